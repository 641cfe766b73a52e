//! [`Policy`]: the rules of `enrichment.toml`. The first rule that matches a request decides what its message
//! shows. The policy also lists toxic combinations: pairs of access that nobody should hold at once. The
//! binary contains one policy; `ENRICHMENT_FILE` replaces it. Parsing is strict: it rejects whatever could
//! surprise the author, with line and remedy. Matching is pure. This file does not know how facts are
//! gathered.

mod check;
mod items;
mod matching;
mod words;

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

pub use self::items::Items;
pub use self::matching::{Match, UnknownMember};
use self::words::FileWords;
use crate::event::RequestEvent;
use crate::message::Template;
use crate::section::Source;
use crate::words::Words;
use crate::{text, text_file};

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
}

impl Rule {
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
    #[cfg_attr(feature = "schema", schemars(with = "Vec<FileRule>"))]
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
    /// The sections of the message, in order.
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
    #[error("failed to read the policy file `{file}`: {cause}; see ENRICHMENT_FILE")]
    Unreadable {
        /// Its path.
        file: String,
        /// The operating system's text.
        cause: String,
    },
    /// The file has at least one fault.
    #[error("the policy file `{file}` is wrong: {}", joined(.faults))]
    Wrong {
        /// Its path.
        file: String,
        /// All faults, ordered by line.
        faults: Vec<PolicyFault>,
    },
}

fn joined(faults: &[PolicyFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A fault of a policy file, or a warning about something legal that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// The line in the file, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub text: String,
}

impl PolicyFault {
    /// Texts of the file that `text` quotes become printable, on one line.
    fn new(line: usize, text: &str) -> PolicyFault {
        PolicyFault { line, text: text::printable(text) }
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
    /// The policy that the binary contains.
    ///
    /// # Errors
    ///
    /// Its faults; a test proves that there are none.
    pub fn embedded() -> Result<Policy, PolicyError> {
        Policy::parse("enrichment.toml", EMBEDDED)
    }

    /// Reads a policy file.
    ///
    /// # Errors
    ///
    /// The file can't be read, or has faults.
    pub fn read(path: &Path) -> Result<Policy, PolicyError> {
        let file = path.display().to_string();
        match text_file::read_to_string(path) {
            Ok(text) => Policy::parse(&file, &text),
            Err(error) => Err(PolicyError::Unreadable { file, cause: error.to_string() }),
        }
    }

    /// Parses the text of a policy file. `file` is its name in errors.
    ///
    /// # Errors
    ///
    /// All faults of the text.
    pub fn parse(file: &str, text: &str) -> Result<Policy, PolicyError> {
        Policy::check(text)
            .map(|(policy, _)| policy)
            .map_err(|faults| PolicyError::Wrong { file: file.to_owned(), faults })
    }

    /// The first rule that matches the event.
    ///
    /// # Errors
    ///
    /// Whether a rule matches depends on something unknown. Only requests found in Okta's list lack it.
    pub fn rule_for(&self, event: &RequestEvent) -> Result<Option<&Rule>, UnknownMember> {
        for rule in &self.rules {
            let holds = rule.matches.holds(event);
            if holds.map_err(|member| UnknownMember { rule: rule.name.clone(), member })? {
                return Ok(Some(rule));
            }
        }
        Ok(None)
    }
}
