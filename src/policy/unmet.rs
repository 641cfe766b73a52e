//! [`Unmet`]: a condition of a rule that a request does not meet, in words for an operator. Its text may hold
//! values of a person's profile. So the function makes none: it belongs on a terminal, not in a log.

use std::fmt::Write as _;

use super::matching::{Match, Person};
use super::{Policy, Rule};
use crate::event::RequestEvent;
use crate::request::RequestSource;
use crate::text::quoted;

/// The wanted values that a text names.
const NAMED: usize = 5;

/// The longest value that a text quotes, in UTF-16 units.
const VALUE_LIMIT: usize = 80;

/// A rule that does not match a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The name of the rule.
    pub rule: String,
    /// The conditions that the request does not meet; at least one.
    pub unmet: Vec<Unmet>,
}

/// A condition of a rule that a request does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// The key in the rule's `match`: `conditions`, `attributes.department`.
    pub condition: String,
    /// What the request has instead; it may be personal.
    pub text: String,
}

impl Policy {
    /// The rules that do not match the request, with the reasons, up to the first rule that matches.
    #[must_use]
    pub fn misses(&self, event: &RequestEvent, person: Person<'_>) -> Vec<Miss> {
        let missed = self.rules.iter().map(|rule| (rule, rule.matches.unmet(event, person)));
        let missed = missed.take_while(|(_, unmet)| !unmet.is_empty());
        missed.map(|(Rule { name, .. }, unmet)| Miss { rule: name.clone(), unmet }).collect()
    }
}

impl Match {
    fn unmet(&self, event: &RequestEvent, person: Person<'_>) -> Vec<Unmet> {
        let mut unmet = Vec::new();
        for condition in self.failing(event, person) {
            match condition {
                "attributes" => self.unmet_attributes(person, &mut unmet),
                _ => unmet.push(Unmet {
                    condition: condition.to_owned(),
                    text: self.unmet_text(condition, event, person),
                }),
            }
        }
        unmet
    }

    fn unmet_text(&self, condition: &str, event: &RequestEvent, person: Person<'_>) -> String {
        let id = |what: &str, id: Option<&String>, wanted: &[String]| match id {
            Some(id) => format!("the {what} is {}, not {}", quoted(id, VALUE_LIMIT), one_of(wanted)),
            None => format!("the request names no {what}"),
        };
        match condition {
            "request_types" => id("request type", event.request_type_id.as_ref(), &self.request_types),
            "conditions" => id("condition", event.condition_id.as_ref(), &self.conditions),
            "resources" => id("resource", event.resource_id.as_ref(), &self.resources),
            "scopes" => id("scope", event.scope_id.as_ref(), &self.scopes),
            "subjects" => match event.known_subject_line() {
                Some(line) => {
                    format!(
                        "the subject line {} fits not {}",
                        quoted(line, VALUE_LIMIT),
                        one_of(&self.subjects)
                    )
                }
                None => "the subject line is unknown: only an event has it".to_owned(),
            },
            "source" => match event.source {
                Some(RequestSource::Web) => "it was raised in “web”".to_owned(),
                Some(RequestSource::Slack) => "it was raised in “slack”".to_owned(),
                None => "where it was raised is unknown: only an event has it".to_owned(),
            },
            "api" => format!("it is a request of “{}”", event.api.as_str()),
            "on_behalf" if event.requested_for.is_none() => {
                "who gets the access is unknown: only an event has it".to_owned()
            }
            "on_behalf" if event.is_on_behalf() => "the requester asked for another person".to_owned(),
            "on_behalf" => "the requester asked for themselves".to_owned(),
            _ => match person {
                Person::Unknown => "nobody knows who gets the access".to_owned(),
                Person::Read { groups: None, .. } => "the person's groups were not read".to_owned(),
                Person::Read { groups: Some(groups), .. } => {
                    let number = crate::text::count(groups.len(), "group");
                    format!("of the person's {number}, none is {}", one_of(&self.groups))
                }
            },
        }
    }

    fn unmet_attributes(&self, person: Person<'_>, unmet: &mut Vec<Unmet>) {
        for (name, wanted) in &self.attributes {
            let text = match person {
                Person::Unknown => "nobody knows who gets the access".to_owned(),
                Person::Read { user: None, .. } => "the person's account was not read".to_owned(),
                Person::Read { user: Some(user), .. } => match user.attribute(name) {
                    None => format!("it is not set for the person, and must be {}", one_of(wanted)),
                    Some(value) if wanted.contains(&value) => continue,
                    Some(value) => {
                        format!("the person's is {}, not {}", quoted(&value, VALUE_LIMIT), one_of(wanted))
                    }
                },
            };
            unmet.push(Unmet { condition: format!("attributes.{name}"), text });
        }
    }
}

/// "one of “a”, “b” and 3 more", or the only one.
fn one_of(wanted: &[String]) -> String {
    let named: Vec<_> = wanted.iter().take(NAMED).map(|it| quoted(it, VALUE_LIMIT)).collect();
    let mut text = if wanted.len() > 1 { "one of ".to_owned() } else { String::new() };
    text += &named.join(", ");
    let more = wanted.len() - named.len();
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}
