//! [`Unmet`]: a condition of a rule that a request does not meet, in words for an operator. Its text may hold
//! values of a person's profile. So the function makes none: it belongs on a terminal, not in a log.

use super::matching::{Match, Person};
use super::{Policy, Rule};
use crate::event::{Delivery, RequestEvent};
use crate::request::RequestSource;
use crate::text;

/// The wanted values that a text names.
const NAMED: usize = 5;

/// The longest value that a text quotes, in characters.
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
            Some(id) => format!("the {what} is {}, not {}", quoted(id), one_of(wanted)),
            None => format!("the request names no {what}"),
        };
        match condition {
            "request_types" => id("request type", event.request_type_id.as_ref(), &self.request_types),
            "conditions" => id("condition", event.condition_id.as_ref(), &self.conditions),
            "resources" => id("resource", event.resource_id.as_ref(), &self.resources),
            "scopes" => id("scope", event.scope_id.as_ref(), &self.scopes),
            "subjects" => match event.known_subject_line() {
                Some(line) => {
                    format!("the subject line {} matches none of {}", quoted(line), listed(&self.subjects))
                }
                None => "the subject line is unknown: only an event has it".to_owned(),
            },
            "source" => match event.source {
                Some(RequestSource::Web) => "it was raised in “web”".to_owned(),
                Some(RequestSource::Slack) => "it was raised in “slack”".to_owned(),
                None if event.delivery == Delivery::List => {
                    "where it was raised is unknown: only an event has it".to_owned()
                }
                None => "the event does not say where it was raised".to_owned(),
            },
            "api" => format!("it is a request of “{}”", event.api.as_str()),
            "on_behalf" if event.requested_for.is_none() => match event.delivery {
                Delivery::List => "who gets the access is unknown: only an event has it".to_owned(),
                Delivery::Stream | Delivery::Archive | Delivery::Repost => {
                    "the event does not say who gets the access".to_owned()
                }
            },
            "on_behalf" if event.is_on_behalf() => "the requester asked for another person".to_owned(),
            "on_behalf" => "the requester asked for themselves".to_owned(),
            _ => match person {
                Person::Unknown => "nobody knows who gets the access".to_owned(),
                Person::Read { groups: None, .. } => "the person's groups were not read".to_owned(),
                Person::Read { groups: Some(groups), .. } => {
                    let number = text::count(groups.len(), "group");
                    format!("none of the person's {number} is {}", one_of(&self.groups))
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
                        format!("the person's is {}, not {}", quoted(&value), one_of(wanted))
                    }
                },
            };
            unmet.push(Unmet { condition: format!("attributes.{name}"), text });
        }
    }
}

/// A value as it is, so that it can be compared with the policy.
fn quoted(value: &str) -> String {
    let printable = text::printable(value);
    let mut short: String = printable.chars().take(VALUE_LIMIT).collect();
    if short.len() < printable.len() {
        short.push('…');
    }
    format!("“{short}”")
}

/// "one of “a”, “b” and 3 more", or the only one.
fn one_of(wanted: &[String]) -> String {
    if wanted.len() > 1 { format!("one of {}", listed(wanted)) } else { listed(wanted) }
}

fn listed(wanted: &[String]) -> String {
    let named: Vec<_> = wanted.iter().take(NAMED).map(|it| quoted(it)).collect();
    let more = wanted.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::{self, Incoming};

    fn event() -> RequestEvent {
        let data = json!({
            "accessRequestId": "req42kjDgk1EubTwo0g4", "requesterId": "00u1w9f232fHZB86wJnG",
            "requestedForId": "00u2w9f232fHZB86wJnG", "accessRequestSubject": "Access to Jira <b>",
            "requestedResourceId": "0oa1w9f232fHZB86wJnG", "accessRequestSource": "SLACK",
        });
        let detail = json!({"eventType": event::CREATE, "debugContext": {"debugData": data}});
        match event::parse(json!({"detail": detail}).to_string().as_bytes()) {
            Ok(Incoming::Created(event)) => *event,
            other => panic!("{other:?}"),
        }
    }

    fn unmet(matches: &str, event: &RequestEvent, person: Person<'_>) -> Vec<String> {
        let rules = "[[rule]]\nname = \"a\"\nsections = [\"profile\"]\n";
        let text = format!("{rules}match = {{ {matches} }}\n{}", rules.replace("\"a\"", "\"b\""));
        let misses = Policy::parse("enrichment.toml", &text).unwrap().misses(event, person);
        let misses = misses.into_iter().flat_map(|miss| {
            assert_eq!(miss.rule, "a", "the second rule matches");
            miss.unmet
        });
        misses.map(|unmet| format!("{}: {}", unmet.condition, unmet.text)).collect()
    }

    #[test]
    fn each_condition_that_fails_is_said_with_what_the_request_has() {
        let event = event();
        for (matches, says) in [
            (
                "resources = [\"0oa9w9f232fHZB86wJnG\"]",
                "resources: the resource is “0oa1w9f232fHZB86wJnG”, not “0oa9w9f232fHZB86wJnG”",
            ),
            ("scopes = [\"00g9w9f232fHZB86wJnG\"]", "scopes: the request names no scope"),
            (
                "subjects = [\"*sap*\", \"*oracle*\"]",
                "subjects: the subject line “Access to Jira <b>” matches none of “*sap*”, “*oracle*”",
            ),
            ("source = \"web\"", "source: it was raised in “slack”"),
            ("api = \"v1\"", "api: it is a request of “v2”"),
            ("on_behalf = false", "on_behalf: the requester asked for another person"),
            ("groups = [\"Finance\"]", "groups: nobody knows who gets the access"),
            (
                "attributes = { userType = [\"Contractor\"] }",
                "attributes.userType: nobody knows who gets the access",
            ),
        ] {
            assert_eq!(unmet(matches, &event, Person::Unknown), [says]);
        }
        let both = unmet("api = \"v1\", source = \"web\"", &event, Person::Unknown);
        assert_eq!(both.len(), 2, "all that fail: {both:?}");
        assert_eq!(unmet("api = \"v2\"", &event, Person::Unknown), [""; 0]);
    }

    #[test]
    fn what_only_an_event_has_is_said_to_be_unknown() {
        let listed = RequestEvent {
            delivery: Delivery::List,
            request_subject: String::new(),
            source: None,
            requested_for: None,
            ..event()
        };
        for (matches, condition) in [
            ("subjects = [\"*sap*\"]", "subjects"),
            ("source = \"web\"", "source"),
            ("on_behalf = true", "on_behalf"),
        ] {
            let says = unmet(matches, &listed, Person::Unknown).concat();
            assert!(says.starts_with(condition) && says.ends_with("unknown: only an event has it"), "{says}");
        }
    }

    #[test]
    fn what_an_event_leaves_out_is_not_said_to_be_in_an_event() {
        for delivery in [Delivery::Stream, Delivery::Archive, Delivery::Repost] {
            let event = RequestEvent { delivery, source: None, requested_for: None, ..event() };
            for (matches, says) in [
                ("source = \"web\"", "source: the event does not say where it was raised"),
                ("on_behalf = true", "on_behalf: the event does not say who gets the access"),
            ] {
                assert_eq!(unmet(matches, &event, Person::Unknown), [says]);
            }
        }
    }

    #[test]
    fn a_person_s_groups_are_counted_and_not_named() {
        let groups: Vec<crate::okta::Group> =
            serde_json::from_value(json!([{"id": "00g1w9f232fHZB86wJnG", "profile": {"name": "Sales"}}]))
                .unwrap();
        let person = Person::Read { user: None, groups: Some(&groups) };
        let many = "groups = [\"A\", \"B\", \"C\", \"D\", \"E\", \"F\", \"G\"]";
        assert_eq!(
            unmet(many, &event(), person),
            ["groups: none of the person's 1 group is one of “A”, “B”, “C”, “D”, “E” and 2 more"]
        );
        assert_eq!(unmet("groups = [\"sal*\"]", &event(), person), [""; 0]);
    }
}
