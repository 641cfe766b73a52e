//! [`Policy`]: the rules of `enrichment.toml`. The first rule that matches a request decides what its message
//! shows. The policy also lists toxic combinations: pairs of access that nobody should hold at once. The
//! binary contains one policy; `policy_file` finds the one in force. Parsing is strict: it rejects whatever could
//! surprise the author, with line and remedy. Matching is pure. This file does not know how facts are
//! gathered.

mod check;
mod items;
mod matching;
mod unmet;
mod warnings;
mod words;

use serde::Deserialize;
use toml::Spanned;

pub use self::items::Items;
use self::matching::Matches;
pub use self::matching::{Match, Needed, Person, UnknownMember};
pub use self::unmet::{Miss, Unmet};
use self::words::FileWords;
use crate::event::RequestEvent;
use crate::message::Template;
use crate::section::Source;
use crate::text;
use crate::words::Words;

/// The text of the policy that the binary contains.
pub const EMBEDDED: &str = include_str!("../enrichment.toml");

/// The rules, and the toxic combinations that all rules share.
#[derive(Clone, Debug)]
pub struct Policy {
    /// In the order in which they are tried.
    pub rules: Vec<Rule>,
    /// Pairs of access that nobody should hold at once.
    pub toxic_combinations: Vec<ToxicCombination>,
    /// The words of its messages.
    pub words: Words,
}

/// Which requests the rule matches, and what their messages show.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, in answers and log lines.
    pub name: String,
    /// The requests that it matches.
    pub matches: Match,
    /// When its message is posted.
    pub message: Posting,
    /// The message for a requester who gets the access, or who is that person's manager.
    pub own: RuleView,
    /// The message for every other requester: a stranger. `None`: strangers see the same message.
    pub strangers: Option<RuleView>,
    /// If a check of these sections applies and was not made, the attempt fails and is retried; no message is
    /// posted.
    pub required: Vec<Source>,
    /// The `access` section names these groups and apps if the person holds them.
    pub relevant: Items,
    /// The `manager` section shows the manager's login, and the state of the account.
    pub manager_details: bool,
    /// The `access` section reads which bundles the person holds, too.
    pub grants: bool,
    /// The profile attribute with the day on which the person's contract ends; the `profile` section checks
    /// it.
    pub end_date: Option<String>,
}

/// When a rule's message is posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Message"))]
pub enum Posting {
    /// On every request.
    #[default]
    Always,
    /// Only if there is something to look at, or a check was not done.
    Warnings,
    /// Never.
    None,
}

/// The rule of a request.
#[derive(Clone, Copy, Debug)]
pub enum Choice<'a> {
    /// The first rule that matches.
    Rule(&'a Rule),
    /// Whether the next rule matches depends on this, which was not read yet.
    Needs(Needed),
}

/// Why a request has no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unruled {
    /// No rule matches.
    NoRule,
    /// Whether a rule matches depends on something that only an event has.
    Unknown(UnknownMember),
}

impl Rule {
    fn unknown(&self, member: &'static str) -> Unruled {
        Unruled::Unknown(UnknownMember { rule: self.name.clone(), member })
    }

    /// What the message shows, depending on whether a stranger raised the request.
    #[must_use]
    pub fn view(&self, by_stranger: bool) -> &RuleView {
        match &self.strangers {
            Some(strangers) if by_stranger => strangers,
            _ => &self.own,
        }
    }
}

/// One kind of message.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// Its sections and attributes.
    pub shows: Shows,
    /// Its wording.
    pub template: Template,
}

/// The sections of a message, and the attributes that its `profile` section shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shows {
    /// In the order of the message.
    pub sections: Vec<Source>,
    /// In the order of the message.
    pub attributes: Vec<Attribute>,
}

/// One attribute of the person's profile.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attribute {
    /// The attribute's variable name in Okta's Profile Editor; a base or a custom attribute.
    pub name: String,
    /// The label before the value in the message; at most 40 characters.
    pub label: String,
}

/// A pair of access that nobody should hold at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToxicCombination {
    /// Its name in messages.
    pub name: String,
    /// Why nobody should hold both; shown in messages.
    #[serde(default)]
    pub description: String,
    /// How dangerous it is.
    pub severity: Severity,
    /// One side: holding or requesting any of these is enough.
    pub one: Items,
    /// The other side: holding or requesting any of these is enough.
    pub other: Items,
}

/// How dangerous a toxic combination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Severity {
    /// The approver should know.
    Low,
    /// The approver should ask.
    Medium,
    /// The request should be denied, or someone else should decide.
    High,
}

/// A policy file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "enrichment.toml"))]
pub(crate) struct File {
    /// The first rule that matches a request is used. A request that no rule matches gets no message.
    // An absent list becomes an empty one, which `check` reports with its remedy.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<FileRule>", required, !default))]
    rule: Vec<Spanned<FileRule>>,
    /// Pairs of access that nobody should hold at once.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ToxicCombination>"))]
    toxic_combination: Vec<Spanned<ToxicCombination>>,
    /// Texts that replace the program's own words in messages, all or some: labels, warnings, reasons, units.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "FileWords"))]
    words: Option<Spanned<FileWords>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Rule"))]
struct FileRule {
    /// The rule's name in answers and log lines.
    name: String,
    /// Which requests the rule matches; if absent, every request.
    #[serde(default, rename = "match")]
    matches: Match,
    /// When the message is posted: `"always"`; `"warnings"`, only if there is something to look at or a check
    /// was not done; `"none"`, never. If absent: always.
    #[serde(default)]
    message: Posting,
    /// The sections of the message, in order. A rule with `message = "none"` needs none.
    #[serde(default)]
    sections: Vec<Source>,
    /// The attributes of the person's profile that the `profile` section shows, in order. Everyone who can
    /// view the request can read them, including the requester.
    #[serde(default)]
    attributes: Vec<Attribute>,
    /// If a check of one of these sections applies and was not made, nothing is posted; the attempt fails and
    /// is retried.
    #[serde(default)]
    required: Vec<Source>,
    /// The `access` section names these groups and apps if the person holds them.
    #[serde(default)]
    relevant: Items,
    /// `false`: of the manager, the section `manager` shows the display name alone, without login and without
    /// the state of the account. Then people who can edit their own `managerId` learn no more about others.
    #[serde(default = "yes")]
    manager_details: bool,
    /// `true`: the section `access` also reads whether the person holds the bundle that is asked for. That
    /// takes a call of Okta's in beta, and the role Application Administrator.
    #[serde(default)]
    grants: bool,
    /// The variable name of the profile attribute with the last day of the person's contract (ISO 8601). The
    /// section `profile` then checks whether the access would last longer.
    end_date: Option<String>,
    /// The wording of the message, a minijinja template; if absent, the built-in template.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    template: Option<Spanned<String>>,
    /// What the message shows if the requester is neither the person who gets the access nor that person's
    /// manager. Otherwise anyone could read about anyone, by requesting access for them. If absent: the
    /// request, and of the person name, title, department and the account's warnings.
    on_behalf: Option<OnBehalf>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct OnBehalf {
    /// The sections of the message, in order.
    sections: Vec<Source>,
    /// The attributes that the `profile` section shows, in order.
    #[serde(default)]
    attributes: Vec<Attribute>,
    /// The wording of the message, a minijinja template; if absent, the built-in template.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    template: Option<Spanned<String>>,
}

/// Why a policy file can't be used. Both texts contain the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The file has at least one fault.
    #[error("the policy file `{file}` is wrong: {}", joined(.faults))]
    Wrong {
        /// Its path.
        file: String,
        /// All faults, ordered by line.
        faults: Vec<PolicyFault>,
    },
}

/// Why a policy file can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the policy file `{file}`: {cause}; {remedy}")]
pub struct Unreadable {
    /// Its path.
    pub file: String,
    /// Why it can't be read.
    pub cause: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// How many faults of a file an error names. Each invocation logs and answers them, and both have limits:
/// CloudWatch takes 1 MB, Lambda 6 MB.
const NAMED_FAULTS: usize = 20;

fn joined(faults: &[PolicyFault]) -> String {
    let mut texts: Vec<_> = faults.iter().take(NAMED_FAULTS).map(ToString::to_string).collect();
    let rest = faults.len().saturating_sub(NAMED_FAULTS);
    if rest > 0 {
        texts.push(format!("and {}; `enricher check` prints all", text::count(rest, "more fault")));
    }
    texts.join("; ")
}

/// A fault of a policy file, or a warning about something legal that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// The line in the file, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub text: String,
}

/// Characters kept of the beginning and of the end of a fault's text. A fault quotes a name of the file, which
/// may be as long as the file; the remedy comes last.
const KEPT: (usize, usize) = (300, 200);

impl PolicyFault {
    /// Texts of the file that `text` quotes become printable, on one line. A long text loses its middle.
    fn new(line: usize, text: &str) -> PolicyFault {
        let text = text::printable(text);
        let (first, last) = KEPT;
        let length = text.chars().count();
        if length <= first + last {
            return PolicyFault { line, text };
        }
        let (start, end) = (text.chars().take(first), text.chars().skip(length - last));
        PolicyFault { line, text: start.chain(['…']).chain(end).collect() }
    }
}

impl std::fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// The JSON Schema of policy files, for editors (draft 2020-12).
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(File).to_value()
}

impl Policy {
    /// Parses the text of a policy file. `file` is its name in errors.
    ///
    /// # Errors
    ///
    /// All faults of the text.
    pub fn parse(file: &str, text: &str) -> Result<Policy, PolicyError> {
        check::checked(text)
            .map(|checked| checked.policy)
            .map_err(|faults| PolicyError::Wrong { file: file.to_owned(), faults })
    }

    /// The first rule that matches the event, as far as what is known of the person decides it. The rules are
    /// decided in order. So nothing is needed for rules after the one that matches.
    ///
    /// # Errors
    ///
    /// No rule matches, or whether a rule matches depends on something unknown. Only requests found in Okta's
    /// list lack it.
    pub fn rule_for(&self, event: &RequestEvent, person: Person<'_>) -> Result<Choice<'_>, Unruled> {
        for rule in &self.rules {
            match rule.matches.holds(event, person) {
                Matches::Yes => return Ok(Choice::Rule(rule)),
                Matches::No => {}
                Matches::Needs(needed) => return Ok(Choice::Needs(needed)),
                Matches::Unknown(member) => return Err(rule.unknown(member)),
            }
        }
        Err(Unruled::NoRule)
    }

    /// The same for a request of which nobody wants to read the person only to learn that its event is
    /// needed: a rule that comes before the first sure match must not depend on something unknown.
    ///
    /// # Errors
    ///
    /// As [`rule_for`](Policy::rule_for).
    pub fn rule_for_listed(&self, event: &RequestEvent) -> Result<Choice<'_>, Unruled> {
        let choice = self.rule_for(event, Person::UNREAD)?;
        for rule in &self.rules {
            match rule.matches.holds(event, Person::UNREAD) {
                Matches::Yes => break,
                Matches::No | Matches::Needs(_) => {}
                Matches::Unknown(member) => return Err(rule.unknown(member)),
            }
        }
        Ok(choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_short_whatever_the_file_quotes_and_however_many_faults_it_has() {
        let name = "n".repeat(100_000);
        let rule = "[[rule]]\nname = \"a\"\n".repeat(100);
        let required = ["\"sod\""; 1000].join(", ");
        for text in [
            format!("{name} = 1"),
            format!("[[rule]]\nname = \"{name}\"\nsections = []\nrequired = [{required}]\n"),
            rule.clone(),
        ] {
            let error = Policy::parse("enrichment.toml", &text).unwrap_err();
            assert!(error.to_string().len() < 20_000, "{}", error.to_string().len());
            let PolicyError::Wrong { faults, .. } = error else { panic!("{error}") };
            assert!(faults.iter().all(|fault| fault.text.chars().count() <= 501), "{faults:#?}");
        }
        let error = Policy::parse("enrichment.toml", &rule).unwrap_err().to_string();
        assert!(error.contains("line 1: `a` shows nothing"), "{error}");
        assert!(error.ends_with("more faults; `enricher check` prints all"), "{error}");
    }

    #[test]
    fn a_long_fault_keeps_its_beginning_and_its_remedy() {
        let text = format!("the rule `{}` is wrong; delete it", "n".repeat(1000));
        let PolicyFault { text, .. } = PolicyFault::new(1, &text);
        assert!(text.starts_with("the rule `nnn") && text.ends_with("nnn` is wrong; delete it"), "{text}");
        assert_eq!(text.chars().count(), 501);
    }
}
