//! [`Policy`]: the rules of `enrichment.toml`. The first rule that matches a request decides what its message
//! shows. The policy also lists toxic combinations: pairs of access that nobody should hold at once. The
//! binary contains one policy; `policy_file` finds the one in force. Parsing is strict: it rejects whatever could
//! surprise the author, with line and remedy. Matching is pure. This file does not know how facts are
//! gathered.

mod check;
mod fault;
mod items;
mod matching;
mod reading;
#[cfg(feature = "schema")]
pub mod schema;
pub mod unmet;
mod warnings;

pub use self::fault::{PolicyError, PolicyFault, Unreadable};
pub use self::items::Items;
use self::matching::Matches;
pub use self::matching::{Match, Needed, Person, UnknownMember};
use self::reading::{Mended, Reader};
use crate::event::RequestEvent;
use crate::message::Template;
use crate::section::Source;
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
    /// The section `access` also checks whether the person holds the bundle that is asked for.
    pub grants: bool,
    /// The profile attribute with the day on which the person's contract ends; the `profile` section checks
    /// it.
    pub end_date: Option<String>,
}

/// When a rule's message is posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Message", rename_all = "lowercase"))]
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Attribute {
    /// The attribute's variable name in Okta's Profile Editor; a base or a custom attribute.
    pub name: String,
    /// The label before the value in the message; at most 40 characters.
    pub label: String,
}

/// A pair of access that nobody should hold at once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct ToxicCombination {
    /// Its name in messages.
    pub name: String,
    /// Why nobody should hold both; shown in messages.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub description: String,
    /// How dangerous it is.
    pub severity: Severity,
    /// One side: holding or requesting any of these is enough.
    pub one: Items,
    /// The other side: holding or requesting any of these is enough.
    pub other: Items,
}

/// How dangerous a toxic combination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "lowercase"))]
pub enum Severity {
    /// The approver should know.
    Low,
    /// The approver should ask.
    Medium,
    /// The request should be denied, or someone else should decide.
    High,
}

impl Policy {
    /// Parses the text of a policy file. `file` is its name in errors.
    ///
    /// # Errors
    ///
    /// All faults of the text.
    pub fn parse(file: &str, text: &str) -> Result<Policy, PolicyError> {
        let text = Mended::not(text);
        let (table, reader) = Reader::parse(&text);
        check::checked(&table, reader)
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

    /// The same for a request that was found in a list. It fails before the person is read if a rule depends on
    /// something that only an event has, and comes before the first sure match.
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
