//! The form that a requester filled in: the `requesterFieldValues` of an access request, in both generations
//! of Okta's API.

use super::value::Written;
use crate::json::Object;
use crate::request::UserId;
use crate::text;

/// A field of the form that the requester filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormAnswer {
    /// The question.
    pub question: Question,
    /// The requester's answer, untrusted; `None` if it is empty.
    pub value: Option<Written>,
    /// The people whom the answer names by their ids; empty if it names anything else.
    pub people: Vec<UserId>,
}

/// The question of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Untrusted text.
    Asked(String),
    /// Okta leaves out the question of this answer alone.
    Unnamed,
    /// Okta leaves out the questions of several answers. This is the number of this one, from 1.
    UnnamedOf(u64),
}

/// What the fields say.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Form {
    /// The answers, in Okta's order.
    pub(super) answers: Vec<FormAnswer>,
    /// The access duration that the requester chose.
    pub(super) duration: Option<String>,
}

impl Form {
    /// Reads the fields.
    pub(super) fn read(fields: &[Object]) -> Form {
        let (mut answers, mut duration) = (Vec::new(), None);
        for field in fields {
            let values = values(field);
            match OwnField::of(field) {
                Some(OwnField::Duration) => {
                    duration = duration.or_else(|| values.first().map(Written::plain));
                }
                Some(OwnField::RequestedFor) => {}
                None => answers.push((question(field), answer(field, values))),
            }
        }
        // A field without question and answer says nothing.
        answers.retain(|(question, (value, _))| question.is_some() || value.is_some());
        let unnamed = answers.iter().filter(|(question, _)| question.is_none()).count();
        let mut number = 0;
        let answers = answers.into_iter().map(|(question, (value, people))| {
            let question = question.map_or_else(
                || {
                    number += 1;
                    if unnamed == 1 { Question::Unnamed } else { Question::UnnamedOf(number) }
                },
                Question::Asked,
            );
            FormAnswer { question, value, people }
        });
        Form { answers: answers.collect(), duration }
    }
}

/// A field that Okta adds to a form. It repeats another member of the request.
enum OwnField {
    RequestedFor,
    Duration,
}

impl OwnField {
    /// Okta writes the ids of its own fields with `OKTA_` before them, and earlier without.
    fn of(field: &Object) -> Option<OwnField> {
        let id = field.text("id")?;
        match id.strip_prefix("OKTA_").unwrap_or(&id) {
            "REQUESTED_FOR" => Some(OwnField::RequestedFor),
            "ACCESS_DURATION" => Some(OwnField::Duration),
            _ => None,
        }
    }
}

/// v1 calls it `prompt`, v2 `label`, and both may leave it out.
fn question(field: &Object) -> Option<String> {
    field.text("prompt").or_else(|| field.text("label"))
}

/// What was filled in or chosen. v2 writes several choices, and some clients a single text, as `values`.
/// Others stand in `value`; there v1 writes several choices as a list, or as a text that contains the JSON of
/// one.
fn values(field: &Object) -> Vec<Written> {
    let of = |name| {
        let raw = field.raw(name).filter(|raw| name == "value" || !raw.get().starts_with('{'))?;
        let listed = Written::entries(raw.get()).or_else(|| Written::entries(field.text(name)?.trim_start()));
        listed.or_else(|| Some(vec![Written::of(raw)?])).filter(|values| !values.is_empty())
    };
    of("values").or_else(|| of("value")).unwrap_or_default()
}

/// The answer, and the people whom it names.
fn answer(field: &Object, values: Vec<Written>) -> (Option<Written>, Vec<UserId>) {
    let kind = field.text("type");
    let people = match kind.as_deref() {
        Some("OKTA_USER_ID") => values.iter().map(|id| UserId::parse(&id.plain())).collect(),
        _ => None,
    };
    let of_kind = |value: Written| match (kind.as_deref(), value) {
        (Some("DATE-TIME" | "ISO_DATE"), Written::Text(written)) => {
            Written::Text(text::moment(&written).unwrap_or(written))
        }
        (Some("DURATION"), Written::Text(written)) => Written::Duration(written),
        (_, value) => value,
    };
    let mut values: Vec<Written> = values.into_iter().map(of_kind).collect();
    let value = if values.len() > 1 { Some(Written::List(values)) } else { values.pop() };
    (value, people.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json;

    fn form(fields: &Value) -> Form {
        Form::read(&json::from_str::<Vec<Object>>(&fields.to_string()).unwrap())
    }

    fn shown(fields: &Value) -> Vec<(Question, Option<String>)> {
        let answers = form(fields).answers.into_iter();
        answers.map(|answer| (answer.question, answer.value.map(|value| value.plain()))).collect()
    }

    fn asked(question: &str) -> Question {
        Question::Asked(question.to_owned())
    }

    fn value(field: &Value) -> Option<String> {
        let Form { mut answers, .. } = form(&json!([field]));
        assert_eq!(answers.len(), 1, "{field}");
        answers.remove(0).value.map(|value| value.plain())
    }

    #[test]
    fn an_answer_without_a_question_has_a_number_if_it_is_not_the_only_one() {
        let said = Some("Stand-in until May.".to_owned());
        let unnamed = json!({"id": "3f0c", "type": "TEXT", "value": "Stand-in until May."});
        let from_a_bridge = json!({"id": "3f0d", "values": ["Stand-in until May."]});
        let named = json!({"id": "3f0e", "label": "Why?", "prompt": null, "value": "So."});
        let empty = json!({"id": "3f0f", "value": null});
        assert_eq!(shown(&json!([unnamed, empty])), [(Question::Unnamed, said.clone())]);
        assert_eq!(
            shown(&json!([unnamed, named, from_a_bridge])),
            [
                (Question::UnnamedOf(1), said.clone()),
                (asked("Why?"), Some("So.".to_owned())),
                (Question::UnnamedOf(2), said)
            ]
        );
    }

    #[test]
    fn a_question_may_be_called_prompt_and_label_at_once() {
        let field = json!({"prompt": "Why?", "label": "Reason", "value": "So."});
        assert_eq!(shown(&json!([field])), [(asked("Why?"), Some("So.".to_owned()))]);
        let field = json!({"prompt": " ", "label": "Reason", "value": "So."});
        assert_eq!(shown(&json!([field]))[0].0, asked("Reason"));
    }

    #[test]
    fn the_fields_that_okta_adds_are_no_answers() {
        for id in ["ACCESS_DURATION", "OKTA_ACCESS_DURATION"] {
            let duration = json!({"id": id, "label": "Access duration", "type": "DURATION", "value": "P30D"});
            let person =
                json!({"id": "OKTA_REQUESTED_FOR", "type": "OKTA_USER_ID", "value": "00u1ubyAhm6SVvcvk0g4"});
            let form = form(&json!([person, duration]));
            assert_eq!(form, Form { answers: Vec::new(), duration: Some("P30D".to_owned()) });
        }
    }

    #[test]
    fn several_choices_are_read_in_every_form_that_okta_has() {
        for choices in [
            json!({"label": "Where?", "type": "MULTISELECT", "values": ["Oslo", null, "Pune"]}),
            json!({"prompt": "Where?", "type": "SELECT", "value": ["Oslo", "Pune"]}),
            json!({"prompt": "Where?", "type": "SELECT", "value": r#" ["Oslo","Pune"]"#}),
            json!({"label": "Where?", "value": "Oslo, Pune", "values": []}),
            json!({"label": "Where?", "value": "Oslo, Pune", "values": {}}),
        ] {
            assert_eq!(value(&choices).as_deref(), Some("Oslo, Pune"), "{choices}");
        }
        let half = json!({"prompt": "Where?", "value": r#"["Oslo \ud83d"]"#});
        assert_eq!(value(&half).as_deref(), Some("Oslo \u{FFFD}"));
        assert_eq!(
            value(&json!({"prompt": "x", "value": "[1] see the ticket"})).as_deref(),
            Some("[1] see the ticket")
        );
        assert_eq!(value(&json!({"prompt": "x", "value": "104233.0"})).as_deref(), Some("104233.0"));
        assert_eq!(value(&json!({"prompt": "x", "value": 104_233.0})).as_deref(), Some("104233"));
        assert_eq!(value(&json!({"prompt": "x", "value": true})).as_deref(), Some("true"));
    }

    #[test]
    fn a_moment_keeps_its_own_zone() {
        for (kind, written, shown) in [
            ("ISO_DATE", "2026-12-24T18:30:00-08:00", "2026-12-24 18:30 -08:00"),
            ("DATE-TIME", "2027-03-31T00:00:00.000Z", "2027-03-31"),
            ("ISO_DATE", "2027-03-31", "2027-03-31"),
            ("ISO_DATE", "31/03/2027", "31/03/2027"),
            ("TEXT", "2026-12-24T18:30:00-08:00", "2026-12-24T18:30:00-08:00"),
            ("DURATION", "P2W", "P2W"),
            ("DURATION", "a while", "a while"),
        ] {
            assert_eq!(value(&json!({"label": "x", "type": kind, "value": written})).as_deref(), Some(shown));
        }
        let several =
            json!({"label": "x", "type": "ISO_DATE", "values": ["2027-03-31T10:00:00Z", "2027-04-01"]});
        assert_eq!(value(&several).as_deref(), Some("2027-03-31 10:00 UTC, 2027-04-01"));
    }

    #[test]
    fn only_ids_in_a_field_for_people_name_people() {
        let people = |field: Value| form(&json!([field])).answers.remove(0).people.len();
        let ids = json!(["00u1ubyAhm6SVvcvk0g4", "00u1ubyAhm6SVvcvk0g5"]);
        assert_eq!(people(json!({"label": "x", "type": "OKTA_USER_ID", "value": ids[0]})), 1);
        assert_eq!(people(json!({"label": "x", "type": "OKTA_USER_ID", "values": ids})), 2);
        assert_eq!(people(json!({"label": "x", "type": "OKTA_USER_ID", "values": [ids[0], "Pia"]})), 0);
        assert_eq!(people(json!({"label": "x", "type": "TEXT", "value": ids[0]})), 0);
    }
}
