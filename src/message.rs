//! [`Message`]: the plain text that approvers read, made of a [`Content`] by a [`Template`]. The message keeps
//! Okta's limit: long answers are shortened, then left out from the end. Headline, warnings, people, checks and
//! provenance stay under every template. Pure.

mod error;
mod headline;
mod language;
mod lines;
mod selection;
mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::Environment;

pub use self::error::TemplateError;
pub use self::lines::LIMIT;
use self::lines::{cut, joined, with_all, without_lines};
use self::view::{Must, Room, VALUE_LIMIT, View};
use crate::section::Content;
use crate::text::{self, Kept, Line, utf16_len};
use crate::words::{NAME_LIMIT, Term, Words};

/// The most answers of the request form that a message shows. Forms are short.
const ANSWERS: usize = 10;

/// The longest answers that are tried if the message is too long with those of [`VALUE_LIMIT`].
const ANSWER_LENGTHS: [usize; 4] = [180, 120, 80, SHORTEST];
const SHORTEST: usize = 50;

/// The name of the one template of an environment.
const NAME: &str = "message";

/// The template of rules that have none. It shows the requester's answers.
const BUILT_IN: &str = "\
{{ headline }}
{% for warning in warning_lines -%}
{{ warning }}
{% endfor -%}
{% if more_warnings %}{{ more_warnings }}
{% endif %}
{% for fact in people -%}
{{ fact.text }}
{% endfor -%}
{% for section in sections %}{% for fact in section.facts -%}
{{ fact.text }}
{% endfor %}{% endfor -%}
{% if answers_note %}{{ answers_note }}
{% endif -%}
{% for check in checks -%}
{{ check.text }}
{% endfor -%}
{{ provenance }}";

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
pub struct Template {
    environment: Arc<Environment<'static>>,
    /// Whether it shows the requester's answers, so that the message must say what of them it leaves out.
    shows_answers: bool,
}

impl Template {
    /// The template of rules that have none.
    #[must_use]
    pub fn built_in() -> Template {
        // A test renders it. If it did not parse, every message would fail with an error.
        let environment = compiled(BUILT_IN).unwrap_or_else(|_| Environment::empty());
        Template { environment: Arc::new(environment), shows_answers: true }
    }

    /// Compiles a template.
    ///
    /// # Errors
    ///
    /// A syntax error, with its line.
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        let environment = compiled(source)?;
        let names = environment.get_template(NAME).map(|it| it.undeclared_variables(true));
        let shows_answers = names.is_ok_and(|names| {
            ["sections", "request", "request.answers"].iter().any(|it| names.contains(*it))
        });
        Ok(Template { environment: Arc::new(environment), shows_answers })
    }

    /// Whether the template says where the warnings stand.
    #[must_use]
    pub fn shows_warnings(&self) -> bool {
        self.environment.get_template(NAME).is_ok_and(|template| {
            let names = template.undeclared_variables(false);
            names.contains("warnings") || names.contains("warning_lines")
        })
    }

    /// The texts in quotation marks, with which it may compare values.
    #[must_use]
    pub fn compared(&self) -> BTreeSet<String> {
        let template = self.environment.get_template(NAME);
        let source = template.as_ref().map_or("", |template| template.source());
        source.split(['\'', '"']).filter(|text| text.len() <= NAME_LIMIT).map(str::to_owned).collect()
    }

    /// The errors of the variables that the template names and that this message does not have.
    #[must_use]
    pub fn unknown_names(&self, sample: &Content, words: &Words) -> Vec<TemplateError> {
        let Ok(template) = self.compiled() else { return Vec::new() };
        let known = serde_json::to_value(View::new(sample, words, WHOLE)).unwrap_or_default();
        let is_unknown = |name: &&String| known.pointer(&format!("/{}", name.replace('.', "/"))).is_none();
        let names: BTreeSet<String> = template.undeclared_variables(true).into_iter().collect();
        let listed = names_of(&known);
        let unknown = names.iter().filter(is_unknown);
        unknown.map(|name| TemplateError::unknown_variable(template.source(), name, &listed)).collect()
    }

    /// Renders a sample, to find failing expressions.
    ///
    /// # Errors
    ///
    /// A failing expression, an empty message, or a text of the template's own that leaves no room for what must
    /// stay.
    pub fn try_out(&self, sample: &Content, words: &Words) -> Result<(), TemplateError> {
        let composed = self.compose(sample, words)?;
        let fault = |text, remedy| Err(TemplateError::of_all(text, remedy));
        match composed.fit {
            Fit::Whole => Ok(()),
            // Many warnings may push out lines, and nothing else may.
            Fit::WithoutLines if !sample.warnings().is_empty() => Ok(()),
            Fit::Empty => {
                fault("the message is empty on some requests", "write at least one line that is always there")
            }
            Fit::WithoutLines | Fit::OnlyMust => {
                fault("its own text is too long for Okta's 5000 characters", "shorten it")
            }
        }
    }

    /// Renders the message.
    ///
    /// # Errors
    ///
    /// An expression fails.
    pub fn render(&self, content: &Content, words: &Words) -> Result<Message, TemplateError> {
        Ok(Message(self.compose(content, words)?.text))
    }

    /// The same, with how much of what the template writes is in the message. For operators.
    ///
    /// # Errors
    ///
    /// An expression fails.
    pub fn render_to_fit(&self, content: &Content, words: &Words) -> Result<(Message, Fit), TemplateError> {
        self.compose(content, words).map(|composed| (Message(composed.text), composed.fit))
    }

    fn compose(&self, content: &Content, words: &Words) -> Result<Composed, TemplateError> {
        let shows_answers = self.shows_answers;
        let mut view = View::new(content, words, Room { shows_answers, ..WHOLE });
        let mut lines = self.lines(&view)?;
        if lines.iter().all(|line| line.text.is_empty()) {
            return Ok(Composed { text: joined(&with_all(&[], &view.must)), fit: Fit::Empty });
        }
        let text = joined(&with_all(&lines, &view.must));
        if utf16_len(&text) <= LIMIT {
            return Ok(Composed { text, fit: Fit::Whole });
        }
        let rooms = if shows_answers { smaller(view.answers.min(ANSWERS)) } else { Vec::new() };
        let mut best = None;
        // The first room that fits, by bisection. If none does, the last one is tried last.
        let (mut first, mut end) = (0, rooms.len());
        while first < end {
            let middle = usize::midpoint(first, end);
            view = View::new(content, words, rooms[middle]);
            lines = self.lines(&view)?;
            let text = joined(&with_all(&lines, &view.must));
            if utf16_len(&text) <= LIMIT {
                (best, end) = (Some(text), middle);
            } else {
                first = middle + 1;
            }
        }
        if let Some(text) = best {
            return Ok(Composed { text, fit: Fit::Whole });
        }
        let left_out = words.say(&Term::LinesLeftOut.into());
        let text = without_lines(with_all(&lines, &view.must), &left_out);
        if utf16_len(&text) <= LIMIT {
            return Ok(Composed { text, fit: Fit::WithoutLines });
        }
        let left_out = Line { text: left_out, kept: Kept::default() };
        let text = joined(&with_all(&[left_out], &view.must));
        Ok(Composed { text: cut(text), fit: Fit::OnlyMust })
    }

    fn compiled(&self) -> Result<minijinja::Template<'_, '_>, TemplateError> {
        self.environment.get_template(NAME).map_err(|error| TemplateError::of(&error, ""))
    }

    /// The lines that the template writes. A value counts as kept where it first stands whole.
    fn lines(&self, view: &View) -> Result<Vec<Line>, TemplateError> {
        let template = self.compiled()?;
        let text = template.render(minijinja::value::Serde(view));
        let text = text.map_err(|error| TemplateError::of(&error, template.source()))?;
        let mut lines: Vec<Line> = text.trim().lines().map(text::line).collect();
        let mut seen = Kept::default();
        for line in lines.iter_mut().filter(|line| !line.kept.is_empty()) {
            // Most templates change nothing, and letters are slow to compare.
            let is_whole = |must: &&Must| {
                line.text.contains(&text::unmarked(&must.value))
                    || letters(&line.text).contains(&letters(&must.value))
            };
            let whole = view.must.iter().filter(|must| line.kept.has(must.number)).filter(is_whole);
            let whole = whole.map(|must| Kept::of_number(must.number)).fold(Kept::default(), Kept::and);
            line.kept = whole.without(seen);
            seen = seen.and(whole);
        }
        Ok(lines)
    }
}

/// An environment with this template.
fn compiled(source: &str) -> Result<Environment<'static>, TemplateError> {
    let mut environment = language::environment();
    environment
        .add_template_owned(NAME, source.to_owned())
        .map_err(|error| TemplateError::of(&error, source))?;
    Ok(environment)
}

/// The rooms for so many answers that are smaller than [`WHOLE`], the largest first: all answers shorter and
/// shorter, then fewer and fewer of the shortest.
fn smaller(answers: usize) -> Vec<Room> {
    let room = |length, answers| Room { length, answers, ..WHOLE };
    let shorter = ANSWER_LENGTHS.map(|length| room(length, answers));
    let fewer = (0..answers).rev().map(|answers| room(SHORTEST, answers));
    shorter.into_iter().filter(|_| answers > 0).chain(fewer).collect()
}

/// The room for answers that most messages have.
const WHOLE: Room = Room { length: VALUE_LIMIT, answers: ANSWERS, shows_answers: true };

struct Composed {
    text: String,
    fit: Fit,
}

/// How much of what the template writes is in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The template writes nothing, so only what must stay is there.
    Empty,
    /// All of it, with the answers as the limit allows.
    Whole,
    /// All but the last lines.
    WithoutLines,
    /// Only what must stay, in the lines of the built-in template.
    OnlyMust,
}

/// A text without what `upper`, quotes and brackets change.
fn letters(text: &str) -> String {
    text::unmarked(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The names of all variables: `request.access`, `request.answers`, ….
fn names_of(known: &serde_json::Value) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in known.as_object().into_iter().flatten() {
        match value {
            serde_json::Value::Object(inner) => names.extend(inner.keys().map(|key| format!("{name}.{key}"))),
            _ => names.push(name.clone()),
        }
    }
    names
}

#[cfg(test)]
mod tests;
