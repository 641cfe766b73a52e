//! The profile: who the person is, and whether the account is alive. It is fetched by `gather`, since no message
//! can do without it.

use serde_json::{Map, Value};

use super::{Line, Section};
use crate::event::UserId;
use crate::okta::User;
use crate::policy::Attribute;

/// The profile's lines: who, on whose request, the rule's attributes, the account.
#[must_use]
pub fn evaluate(id: &UserId, user: &User, asked_by_another: bool, attributes: &[Attribute]) -> Section {
    let status = user.status.as_deref().unwrap_or_default();
    let mut lines: Vec<Line> = warning(status).map(Line::Warning).into_iter().collect();
    lines.push(fact("For", Some(name(id, &user.profile))));
    if asked_by_another {
        lines.push(fact("Asked by", Some("someone else, on this person's behalf".to_owned())));
    }
    lines.extend(
        attributes.iter().map(|attribute| fact(&attribute.label, value(&user.profile, &attribute.name))),
    );
    lines.push(fact("Account", Some(account(status))));
    Section { lines }
}

fn fact(label: &str, value: Option<String>) -> Line {
    Line::Fact { label: label.to_owned(), value }
}

/// "Zoë Lindqvist (zoe@example.com)"; the id where the profile has neither name nor login.
fn name(id: &UserId, profile: &Map<String, Value>) -> String {
    let first_and_last = || {
        let parts: Vec<_> =
            ["firstName", "lastName"].iter().filter_map(|part| value(profile, part)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    match (value(profile, "displayName").or_else(first_and_last), value(profile, "login")) {
        (Some(name), Some(login)) => format!("{name} ({login})"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => id.to_string(),
    }
}

/// An attribute of any kind as text; null, blank and empty ones are `None`.
fn value(profile: &Map<String, Value>, name: &str) -> Option<String> {
    fn text(value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Array(items) => Some(items.iter().filter_map(text).collect::<Vec<_>>().join(", ")),
            other => Some(other.to_string()),
        }
    }
    text(profile.get(name)?).filter(|text| !text.trim().is_empty())
}

/// The account's status (Okta API reference, "Users", `status`) in words.
fn account(status: &str) -> String {
    match status {
        "ACTIVE" => "active",
        "STAGED" => "staged: made, but not activated yet",
        "PROVISIONED" => "provisioned: activated, but never used yet",
        "PASSWORD_EXPIRED" => "active, with an expired password",
        "RECOVERY" => "active, in password recovery",
        "LOCKED_OUT" => "locked out after failed sign-ins",
        "SUSPENDED" => "suspended",
        "DEPROVISIONED" => "deactivated",
        "" => "status unknown",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// Statuses of accounts that should not get access without a question.
fn warning(status: &str) -> Option<&'static str> {
    match status {
        "SUSPENDED" => Some("this person's account is suspended"),
        "DEPROVISIONED" => Some("this person's account is deactivated"),
        "LOCKED_OUT" => Some("this person's account is locked out after failed sign-ins"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(profile: Value) -> String {
        let Value::Object(profile) = profile else { panic!("an object") };
        name(&UserId::parse("00u1ubyAhm6SVvcvk0g4").unwrap(), &profile)
    }

    #[test]
    fn a_person_is_named_by_what_the_profile_has() {
        assert_eq!(named(json!({"displayName": "Zoë L", "firstName": "Z", "login": "z@x"})), "Zoë L (z@x)");
        assert_eq!(named(json!({"firstName": "Zoë", "lastName": "L", "displayName": null})), "Zoë L");
        assert_eq!(named(json!({"lastName": " ", "login": "z@x"})), "z@x");
        assert_eq!(named(json!({})), "00u1ubyAhm6SVvcvk0g4");
    }

    #[test]
    fn attributes_of_any_kind_become_text() {
        let Value::Object(profile) =
            json!({"a": ["x", null, 1], "b": true, "c": {"k": 1}, "d": [], "e": null})
        else {
            panic!("an object")
        };
        let values = ["a", "b", "c", "d", "e", "f"].map(|name| value(&profile, name));
        assert_eq!(
            values,
            [Some("x, 1".into()), Some("true".into()), Some(r#"{"k":1}"#.into()), None, None, None]
        );
    }
}
