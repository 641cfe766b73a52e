//! [`Message`]: the plain text that approvers read, made of sections by a [`Template`]. Facts enter a message
//! only here, and only neutralised (see `text`). The message is cut to Okta's limit without losing a warning.
//! Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use minijinja::{Environment, UndefinedBehavior, filters};
use serde::Serialize;

use crate::section::{Content, Fact, Key, Source, Value};
use crate::text::{self, neutralise, utf16_len};

/// The longest message that Okta accepts: 5000 characters (Okta API reference, "Access Requests", `message`).
/// The program counts UTF-16 units, the strictest reading of "characters".
pub const LIMIT: usize = 5000;

/// The longest value, in characters: enough for a justification in two sentences.
const VALUE_LIMIT: usize = 250;
/// The longest label, in characters. Only the question of a request form can be longer: the policy's own
/// labels are shorter, see `policy/check.rs`.
const PROMPT_LIMIT: usize = 60;
/// The longest warning, in characters. The sources shorten the names in a warning before.
const WARNING_LIMIT: usize = 340;
/// The most warnings. A request has more only if someone made many conflicts on purpose. So many warnings of
/// the longest kind fit into every message, even with two UTF-16 units a character. So no message loses one
/// of them.
const WARNINGS: usize = 6;

/// The template of rules that have none.
const BUILT_IN: &str = "\
{% for warning in warnings -%}
WARNING: {{ warning }}
{% endfor -%}
{% for section in sections %}{% for fact in section.facts -%}
{{ fact.label }}: {{ fact.value }}
{% endfor %}{% endfor -%}
(added automatically by okta-request-enricher, as of {{ as_of }})";

/// A text that Okta accepts: 1 to [`LIMIT`] characters, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(String);

impl Message {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A compiled template, in the language of minijinja.
#[derive(Clone, Debug)]
pub struct Template(Arc<Environment<'static>>);

/// Why a template can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to render the message template (line {line}): {text}")]
pub struct TemplateError {
    /// The line in the template, from 1.
    pub line: usize,
    /// What is wrong there.
    pub text: String,
}

/// The variables of a template. All their texts are safe to show.
#[derive(Serialize)]
struct MessageView<'a> {
    warnings: &'a [String],
    sections: Vec<SectionView<'a>>,
    as_of: String,
    #[serde(flatten)]
    named: BTreeMap<&'static str, NamedView<'a>>,
}

#[derive(Serialize)]
struct SectionView<'a> {
    name: &'static str,
    facts: Vec<&'a FactView<'a>>,
}

#[derive(Serialize)]
struct FactView<'a> {
    label: String,
    value: String,
    #[serde(skip)]
    fact: &'a Fact,
}

/// The facts of one section, by name.
#[derive(Serialize)]
struct NamedView<'a> {
    #[serde(flatten)]
    facts: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<BTreeMap<&'a str, &'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<&'a FactView<'a>>>,
}

/// The filters and tests of minijinja that templates may use: those for texts and lists of texts. Templates
/// have no other values, and all of minijinja would be a sixtieth of the deployed binary.
fn language() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Filters may undo what neutralising did: `upper`, `replace`, `reverse`.
    environment.set_formatter(|out, _, value| {
        let text = value.as_str().map_or_else(|| Cow::from(value.to_string()), Cow::from);
        out.write_str(&text::value(&text)).map_err(minijinja::Error::from)
    });
    environment.add_filter("shorten", |value: String, limit: usize| neutralise(&value, limit));
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("count", filters::length);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("join", filters::join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lines", filters::lines);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("map", filters::map);
    environment.add_filter("replace", filters::replace);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("split", filters::split);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("upper", filters::upper);
    environment.add_test("defined", minijinja::tests::is_defined);
    environment.add_test("endingwith", minijinja::tests::is_endingwith);
    environment.add_test("none", minijinja::tests::is_none);
    environment.add_test("startingwith", minijinja::tests::is_startingwith);
    environment.add_test("undefined", minijinja::tests::is_undefined);
    environment
}

impl Template {
    /// The template of rules that have none.
    #[must_use]
    pub fn built_in() -> Template {
        // A test renders it. If it did not parse, every message would fail with an error.
        Template::parse(BUILT_IN).unwrap_or_else(|_| Template(Arc::new(Environment::empty())))
    }

    /// Compiles a template.
    ///
    /// # Errors
    ///
    /// A syntax error, with its line.
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        let mut environment = language();
        environment
            .add_template_owned("message", source.to_owned())
            .map_err(|error| template_error(&error))?;
        Ok(Template(Arc::new(environment)))
    }

    /// Whether the template uses a variable.
    #[must_use]
    pub fn uses(&self, variable: &str) -> bool {
        self.0
            .get_template("message")
            .is_ok_and(|template| template.undeclared_variables(false).contains(variable))
    }

    /// Renders a sample, to find unknown variables and failing expressions.
    ///
    /// # Errors
    ///
    /// The first unknown variable, a failing expression or an empty message, with its line in the template.
    pub fn try_out(&self, sample: &Content) -> Result<(), TemplateError> {
        let safe = Safe::new(sample);
        let view = MessageView::new(&safe);
        let template = self.0.get_template("message").map_err(|error| template_error(&error))?;
        let known = serde_json::to_value(&view).unwrap_or_default();
        let mut unknown: Vec<_> = template
            .undeclared_variables(true)
            .into_iter()
            .filter(|name| known.pointer(&format!("/{}", name.replace('.', "/"))).is_none())
            .collect();
        unknown.sort();
        if let Some(name) = unknown.first() {
            let line =
                template.source().lines().position(|line| names_variable(line, name)).map_or(1, |at| at + 1);
            let text = format!("unknown variable `{name}`; the rule's sections have {}", names(&known));
            return Err(TemplateError { line, text });
        }
        let text = template.render(minijinja::value::Serde(&view)).map_err(|error| template_error(&error))?;
        if text.lines().all(|marked| text::line(marked).trim().is_empty()) {
            return Err(TemplateError {
                line: 1,
                text: "the message is empty; write at least one line".to_owned(),
            });
        }
        Ok(())
    }

    /// Renders the message.
    ///
    /// # Errors
    ///
    /// An expression fails, or the message is empty.
    pub fn render(&self, content: &Content) -> Result<Message, TemplateError> {
        let safe = Safe::new(content);
        let view = MessageView::new(&safe);
        let template = self.0.get_template("message").map_err(|error| template_error(&error))?;
        let text = template.render(minijinja::value::Serde(&view)).map_err(|error| template_error(&error))?;
        let lines: Vec<String> = text.lines().map(text::line).collect();
        let text = lines.join("\n");
        let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
        let message = fit(&lines, &safe.warnings);
        if message.is_empty() {
            return Err(TemplateError { line: 1, text: "the message is empty".to_owned() });
        }
        Ok(Message(message))
    }
}

/// Whether a line of a template contains exactly this variable.
fn names_variable(line: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        !line[..at].ends_with(|c| part(c) || c == '.') && !line[at + name.len()..].starts_with(part)
    })
}

/// The names of all variables, for an error: "request.access, request.answers, …".
fn names(known: &serde_json::Value) -> String {
    let members = |value: &serde_json::Value| value.as_object().cloned().unwrap_or_default();
    let mut names = Vec::new();
    for (name, value) in members(known) {
        match value {
            serde_json::Value::Object(inner) => names.extend(inner.keys().map(|key| format!("{name}.{key}"))),
            _ => names.push(name),
        }
    }
    names.join(", ")
}

fn template_error(error: &minijinja::Error) -> TemplateError {
    let text = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    TemplateError { line: error.line().unwrap_or(1), text: text.replace('\n', " ") }
}

/// The texts of a message, neutralised.
struct Safe<'a> {
    warnings: Vec<String>,
    sections: Vec<(Source, Vec<FactView<'a>>)>,
    as_of: Timestamp,
}

impl Safe<'_> {
    fn new(content: &Content) -> Safe<'_> {
        // Conflicts come first: if there are too many warnings, the message keeps these.
        let of =
            |sod: bool| content.sections.iter().filter(move |section| (section.source == Source::Sod) == sod);
        let all: Vec<_> = of(true).chain(of(false)).flat_map(|section| &section.warnings).collect();
        let mut warnings: Vec<_> =
            all.iter().take(WARNINGS).map(|text| neutralise(text, WARNING_LIMIT)).collect();
        if let Some(more) = all.len().checked_sub(WARNINGS).filter(|more| *more > 0) {
            warnings.push(format!("and {more} more warnings; see the request in Okta"));
        }
        let sections = content.sections.iter().map(|section| {
            let facts = section.facts.iter().map(FactView::new);
            (section.source, facts.collect())
        });
        Safe { warnings, sections: sections.collect(), as_of: content.as_of }
    }
}

impl<'a> MessageView<'a> {
    fn new(safe: &'a Safe<'a>) -> MessageView<'a> {
        let sections = safe.sections.iter().map(|(source, facts)| SectionView::new(*source, facts));
        let named =
            safe.sections.iter().map(|(source, facts)| (source.name(), NamedView::new(*source, facts)));
        MessageView {
            warnings: &safe.warnings,
            sections: sections.collect(),
            as_of: text::datetime(safe.as_of),
            named: named.collect(),
        }
    }
}

impl<'a> SectionView<'a> {
    fn new(source: Source, facts: &'a [FactView<'a>]) -> SectionView<'a> {
        let shown = facts.iter().filter(|view| view.fact.value != Value::NotApplicable);
        SectionView { name: source.name(), facts: shown.collect() }
    }
}

impl FactView<'_> {
    fn new(fact: &Fact) -> FactView<'_> {
        let value = match &fact.value {
            Value::Known(text) => neutralise(text, VALUE_LIMIT),
            Value::NotSet => "not set in Okta".to_owned(),
            Value::NotAvailable(lack) => format!("not available ({})", lack.reason),
            Value::NotApplicable => String::new(),
        };
        FactView { label: neutralise(&fact.label, PROMPT_LIMIT), value, fact }
    }
}

impl<'a> NamedView<'a> {
    fn new(source: Source, facts: &'a [FactView<'a>]) -> NamedView<'a> {
        let mut named = NamedView {
            facts: BTreeMap::new(),
            attributes: (source == Source::Profile).then(BTreeMap::new),
            answers: (source == Source::Request).then(Vec::new),
        };
        for view in facts {
            match &view.fact.key {
                Key::Named(name) => drop(named.facts.insert(name, &view.value)),
                Key::Attribute(name) => {
                    named.attributes.get_or_insert_default().insert(name, &view.value);
                }
                Key::Answer => named.answers.get_or_insert_default().push(view),
            }
        }
        named
    }
}

/// The line that replaces the dropped lines of a long message.
const LEFT_OUT: &str = "(further lines are left out: Okta takes no longer message)";

/// Cuts a message to the limit. It drops whole lines from the end, but keeps warnings and the last line,
/// which says where the message comes from. It cuts inside a line only if these alone are too long.
fn fit(lines: &[&str], warnings: &[String]) -> String {
    let whole = lines.join("\n");
    if utf16_len(&whole) <= LIMIT {
        return whole;
    }
    let is_kept = |line: &str| warnings.iter().any(|warning| line.contains(warning.as_str()));
    let Some((last, rest)) = lines.split_last() else { return whole };
    let cost = |line: &str| utf16_len(line) + 1;
    let mut room = LIMIT.saturating_sub(cost(LEFT_OUT) + utf16_len(last));
    for line in rest.iter().filter(|line| is_kept(line)) {
        room = room.saturating_sub(cost(line));
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut full = false;
    for line in rest {
        if is_kept(line) {
            kept.push(line);
        } else if !full && let Some(left) = room.checked_sub(cost(line)) {
            room = left;
            kept.push(line);
        } else {
            full = true;
        }
    }
    kept.extend([LEFT_OUT, last]);
    let text = kept.join("\n");
    // Too long only if the template's own text around a warning, or its last line, is too long.
    if utf16_len(&text) <= LIMIT { text } else { cut(&text) }
}

fn cut(text: &str) -> String {
    let mut units = 0;
    let keep = text.chars().take_while(|c| {
        units += c.len_utf16();
        units < LIMIT
    });
    keep.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::section::Section;

    fn facts(values: &[&str], warnings: &[&str]) -> Content {
        let facts = values.iter().map(|v| Fact::named("name", "Title", Value::Known((*v).into()))).collect();
        let warnings = warnings.iter().map(|w| (*w).to_owned()).collect();
        Content {
            sections: vec![Section { source: Source::Profile, facts, warnings }],
            as_of: Timestamp::UNIX_EPOCH,
        }
    }

    fn render(content: &Content) -> String {
        Template::built_in().render(content).unwrap().0
    }

    #[test]
    fn the_built_in_template_puts_warnings_first_and_where_it_comes_from_last() {
        insta::assert_snapshot!(render(&facts(&["Staff Engineer"], &["the account is suspended"])), @r"
        WARNING: the account is suspended
        Title: Staff Engineer
        (added automatically by okta-request-enricher, as of 1970-01-01 00:00 UTC)
        ");
    }

    #[test]
    fn a_long_message_loses_whole_lines_and_says_so_but_no_warning() {
        let long = "😀".repeat(190);
        let text = render(&facts(&[long.as_str(); 40], &["careful", "the last one"]));
        assert!(utf16_len(&text) <= LIMIT);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[..2], ["WARNING: careful", "WARNING: the last one"]);
        assert_eq!(lines[lines.len() - 2], LEFT_OUT);
        assert!(lines[lines.len() - 1].starts_with("(added automatically"));
        assert!(lines.len() > 10);
    }

    #[test]
    fn the_longest_warnings_stay_whole() {
        let warning = "😀".repeat(1000);
        let text = render(&facts(&["x"; 40], &[warning.as_str(); 20]));
        assert_eq!(
            text.lines().filter(|line| line.starts_with("WARNING: 😀") && line.ends_with('…')).count(),
            WARNINGS
        );
        assert!(text.contains("WARNING: and 14 more warnings") && text.ends_with(" UTC)"));
        assert!(utf16_len(&text) <= LIMIT);
    }

    #[test]
    fn the_message_keeps_the_limit_to_the_unit() {
        for length in 4_600..5_100 {
            let line = "x".repeat(length);
            let text = fit(&[&line, "last"], &[]);
            assert!(utf16_len(&text) <= LIMIT);
            assert_eq!(text.contains(LEFT_OUT), length + 5 > LIMIT, "{length}");
        }
    }

    /// The message of a template, for one value.
    fn rendered(template: &str, value: &str) -> String {
        Template::parse(template).unwrap().render(&facts(&[value], &[])).unwrap().0
    }

    #[test]
    fn no_filter_makes_a_value_act_again() {
        for (template, value, text) in [
            ("{{ profile.name | upper }}", "@here \u{17F}ms:1", "[@]HERE SMS[:]1"),
            ("{{ profile.name | lower }}", "<!CHANNEL> s\u{212A}ype:x", "‹!channel› skype[:]x"),
            ("{{ profile.name | reverse }}", "ereh@ x", "x [@]here"),
            (
                "{{ profile.name | replace('[', '') | replace(']', '') }}",
                "https://evil.com",
                "https[:]//evil[.]com",
            ),
            ("{{ profile.name | replace('‹', '<') | replace('›', '>') }}", "<@U1>", "‹[@]U1›"),
            ("{{ profile.name | split('[.]') | join('.') }}", "evil.com/x", "evil[.]com/x"),
            ("{% filter upper %}{{ profile.name }}{% endfilter %}", "ﬁle:/x", "FILE[:]/X"),
            ("{% set x %}{{ profile.name }}/a{% endset %}{{ x }}", "evil.com", "evil[.]com/a"),
            ("{{ profile.name }}/{{ as_of }}", "evil.com", "evil[.]com/1970-01-01 00:00 UTC"),
            ("{{ profile.name }}:110", "tel", "tel[:]110"),
            ("{{ profile.name | trim('m') }}{{ profile.name | last }}/x", "evil.com", "evil[.]com/x"),
            ("{{ profile.name | list | join('\\n') }}", "ab", "a\nb"),
        ] {
            assert_eq!(rendered(template, value), text, "{template}");
        }
    }

    #[test]
    fn the_templates_own_words_stay() {
        let own = "<!here> *See* [the wiki](https://wiki.example.com/access?q#a), `code` @channel";
        assert_eq!(rendered(&format!("{own} {{{{ profile.name }}}}"), "@here"), format!("{own} [@]here"));
        let link = "https://acme.okta.com/users/{{ profile.name }}.";
        assert_eq!(rendered(link, "00u1"), "https://acme.okta.com/users/00u1.");
    }

    proptest! {
        #[test]
        fn no_value_makes_a_line_or_breaks_the_limit(
            values in proptest::collection::vec(".{0,400}|\\PC*|[@<>:/\\s]*", 1..40),
            warnings in proptest::collection::vec(".{0,900}", 0..12),
        ) {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let warnings: Vec<&str> = warnings.iter().map(String::as_str).collect();
            let text = render(&facts(&values, &warnings));
            prop_assert!(utf16_len(&text) <= LIMIT);
            prop_assert_eq!(text.lines().filter(|line| line.starts_with("WARNING: ") || *line == "WARNING:").count(), warnings.len().min(WARNINGS + 1));
            for line in text.lines() {
                let expected = ["WARNING:", "Title:", "(further", "(added"].iter().any(|start| line.starts_with(start));
                prop_assert!(expected, "{}", line);
            }
        }
    }
}
