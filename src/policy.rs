//! The [`Policy`] is the file that tailors the program: rules, of which the first that matches a request says
//! what its message shows, and the toxic combinations of access that it warns of. It is embedded at build time
//! (`enrichment.toml`) and replaceable by `ENRICHMENT_FILE`. Reading it is strict: whatever could surprise its
//! author is a fault, with its line and what to write. Matching is pure; nothing here knows how facts are gathered.

mod check;

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use wildmatch::WildMatch;

use crate::event::{Delivery, RequestEvent};
use crate::message::Template;
use crate::request::{Api, RequestSource};
use crate::section::Source;

/// The file that is in the binary.
pub const EMBEDDED: &str = include_str!("../enrichment.toml");

/// The rules, in order, and what they share.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Tried in order.
    pub rules: Vec<Rule>,
    /// Pairs of access that nobody should hold at once.
    pub toxic_combinations: Vec<ToxicCombination>,
}

/// Which requests, and what their message shows.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, in answers and log lines.
    pub name: String,
    /// What a request must be.
    pub matches: Match,
    /// What the message shows, and how it is written.
    pub own: View,
    /// The same for requests that a stranger raised: someone who is neither the person who gets the access nor that
    /// person's manager. `None`: strangers see what everyone sees.
    pub strangers: Option<View>,
    /// Without these sections the attempt fails and is retried, instead of posting.
    pub required: Vec<Source>,
    /// Groups and apps that the `access` section names if the person holds them.
    pub relevant: Items,
}

impl Rule {
    /// What the message on a request shows, by whether a stranger raised the request.
    #[must_use]
    pub fn view(&self, by_stranger: bool) -> &View {
        match &self.strangers {
            Some(strangers) if by_stranger => strangers,
            _ => &self.own,
        }
    }
}

/// What a message shows, and how it is written.
#[derive(Clone, Debug)]
pub struct View {
    /// What it shows.
    pub shows: Shows,
    /// How it is written.
    pub template: Template,
}

/// Sections, and the attributes of the profile among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shows {
    /// In order.
    pub sections: Vec<Source>,
    /// In order.
    pub attributes: Vec<Attribute>,
}

/// What a request must be; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Match {
    /// Ids of v1 request types.
    pub request_types: Vec<String>,
    /// Ids of v2 request conditions.
    pub conditions: Vec<String>,
    /// Ids of the apps or other resources asked for (v2).
    pub resources: Vec<String>,
    /// Ids of the bundles, groups or other scopes asked for (v2).
    pub scopes: Vec<String>,
    /// Globs over the request's subject line: `*` is any text, `?` one character; upper and lower case are one. On
    /// v2 the subject holds the requester's own name, so prefer ids.
    pub subjects: Vec<String>,
    /// Where it was raised.
    pub source: Option<RequestSource>,
    /// The generation of the request.
    pub api: Option<Api>,
    /// Whether someone asked for another person.
    pub on_behalf: Option<bool>,
}

/// One attribute of the profile.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attribute {
    /// The attribute's variable name in Okta's Profile Editor; base or custom.
    pub name: String,
    /// What stands before the value.
    pub label: String,
}

/// Groups, apps and bundles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Items {
    /// Ids of groups, or globs over their names.
    pub groups: Vec<String>,
    /// Ids of apps, or globs over their labels.
    pub apps: Vec<String>,
    /// Ids of entitlement bundles, or globs over their names. What is held of these can't be read, only what is
    /// asked for.
    pub bundles: Vec<String>,
}

/// A pair of access that nobody should hold at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToxicCombination {
    /// Its name, in messages.
    pub name: String,
    /// Why it is one; shown in messages.
    #[serde(default)]
    pub description: String,
    /// How bad it is.
    pub severity: Severity,
    /// One side: any of these.
    pub one: Items,
    /// The other side: any of these.
    pub other: Items,
}

/// How bad a toxic combination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth a question.
    Medium,
    /// Should be denied, or decided by someone else.
    High,
}

impl Severity {
    /// As it stands in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }
}

/// A policy file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "enrichment.toml"))]
pub(crate) struct File {
    /// The first rule that matches a request is used; a request that none matches gets no message.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<FileRule>"))]
    rule: Vec<Spanned<FileRule>>,
    /// Pairs of access that nobody should hold at once.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ToxicCombination>"))]
    toxic_combination: Vec<Spanned<ToxicCombination>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Rule"))]
struct FileRule {
    /// What answers and log lines call it.
    name: String,
    /// What a request must be; left out: any request.
    #[serde(default, rename = "match")]
    matches: Match,
    /// What the message shows, in order.
    sections: Vec<Source>,
    /// The attributes of the person's profile that the `profile` section shows, in order. Everyone who can view the
    /// request reads them, the requester included.
    #[serde(default)]
    attributes: Vec<Attribute>,
    /// Sections without which nothing is posted: the attempt fails, and is tried again.
    #[serde(default)]
    required: Vec<Source>,
    /// Groups and apps that the `access` section names, where they are held.
    #[serde(default)]
    relevant: Items,
    /// The message, as a minijinja template; left out: the built-in one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    template: Option<Spanned<String>>,
    /// What the message shows when the requester is neither the person who gets the access nor that person's
    /// manager: otherwise anyone could read about anyone by asking for them. Left out: name, title, department.
    on_behalf: Option<OnBehalf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct OnBehalf {
    /// As in the rule.
    sections: Vec<Source>,
    /// As in the rule.
    #[serde(default)]
    attributes: Vec<Attribute>,
    /// As in the rule.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    template: Option<Spanned<String>>,
}

/// Why a policy file can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file can't be read.
    #[error("failed to read the policy file `{file}`: {cause}; see ENRICHMENT_FILE")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the system says.
        cause: String,
    },
    /// The file is wrong, here and perhaps in other places.
    #[error("the policy file `{file}` is wrong: {}", .faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Wrong {
        /// Its path.
        file: String,
        /// In the order of their lines.
        faults: Vec<Fault>,
    },
}

/// One thing in a policy file that must be changed, or, as a warning, thought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub text: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// The JSON Schema of policy files, for editors.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(File).to_value()
}

impl Policy {
    /// The policy that is in the binary.
    pub fn embedded() -> Result<Policy, PolicyError> {
        Policy::parse("enrichment.toml", EMBEDDED)
    }

    /// Reads a policy file.
    pub fn read(path: &Path) -> Result<Policy, PolicyError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Policy::parse(&file, &text),
            Err(error) => Err(PolicyError::Unreadable { file, cause: error.to_string() }),
        }
    }

    /// Parses a policy file's text; `file` is for errors only.
    pub fn parse(file: &str, text: &str) -> Result<Policy, PolicyError> {
        Policy::check(text)
            .map(|(policy, _)| policy)
            .map_err(|faults| PolicyError::Wrong { file: file.to_owned(), faults })
    }

    /// The first rule that matches. The error: whether an earlier rule matches can't be told, since what it matches on is
    /// not known of a request that was found in a list.
    pub fn rule_for(&self, event: &RequestEvent) -> Result<Option<&Rule>, Untold> {
        for rule in &self.rules {
            match rule.matches.holds(event) {
                Holds::Yes => return Ok(Some(rule)),
                Holds::No => {}
                Holds::Untold(member) => return Err(Untold { rule: rule.name.clone(), member }),
            }
        }
        Ok(None)
    }
}

/// A rule that can't be decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Its name.
    pub rule: String,
    /// What of its `match` only an event tells.
    pub member: &'static str,
}

/// Whether a request is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    /// It depends on this member of the match, of which the request tells nothing.
    Untold(&'static str),
}

impl Match {
    fn holds(&self, event: &RequestEvent) -> Holds {
        let id = |wanted: &[String], id: &Option<String>| {
            wanted.is_empty()
                || id.as_ref().is_some_and(|id| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(id)))
        };
        let of_list = event.delivery == Delivery::List;
        let untold = [
            ("conditions", of_list && event.condition_id.is_none() && !self.conditions.is_empty()),
            ("subjects", event.known_subject_line().is_none() && !self.subjects.is_empty()),
            ("source", of_list && self.source.is_some()),
            ("on_behalf", of_list && event.requested_for.is_none() && self.on_behalf.is_some()),
        ];
        let untold_of = |name| untold.iter().any(|(member, yes)| *member == name && *yes);
        let told = id(&self.request_types, &event.request_type_id)
            && (untold_of("conditions") || id(&self.conditions, &event.condition_id))
            && id(&self.resources, &event.resource_id)
            && id(&self.scopes, &event.scope_id)
            && (untold_of("subjects")
                || self.subjects.is_empty()
                || any_glob(&self.subjects, &event.request_subject))
            && (untold_of("source") || self.source.is_none_or(|source| event.source == Some(source)))
            && self.api.is_none_or(|api| api == event.api)
            && (untold_of("on_behalf")
                || self.on_behalf.is_none_or(|on_behalf| on_behalf == event.is_on_behalf()));
        match untold.iter().find(|(_, yes)| *yes) {
            _ if !told => Holds::No,
            Some((member, _)) => Holds::Untold(member),
            None => Holds::Yes,
        }
    }
}

fn any_glob(globs: &[String], text: &str) -> bool {
    globs.iter().any(|glob| WildMatch::new_case_insensitive(glob).matches(text))
}

impl Items {
    /// Whether a group is meant, by its id or name.
    #[must_use]
    pub fn has_group(&self, id: &str, name: &str) -> bool {
        has(&self.groups, id, name)
    }

    /// Whether an app is meant, by its id or label.
    #[must_use]
    pub fn has_app(&self, id: &str, label: &str) -> bool {
        has(&self.apps, id, label)
    }

    /// Whether a bundle is meant, by its id or name.
    #[must_use]
    pub fn has_bundle(&self, id: &str, name: &str) -> bool {
        has(&self.bundles, id, name)
    }

    /// Whether nothing is meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.apps.is_empty() && self.bundles.is_empty()
    }
}

fn has(wanted: &[String], id: &str, name: &str) -> bool {
    wanted.iter().any(|entry| entry == id) || any_glob(wanted, name)
}
