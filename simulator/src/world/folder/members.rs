//! Which members a record must have, and of which form. All others may be there or not.

use jiff::Timestamp;
use serde_json::Value;

use super::{fault::Faults, kind::Kind, record::Record};

/// The form of a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Time,
    List,
    Object,
    /// One of these words.
    Word(&'static [&'static str]),
}

use Form::{List, Object, Text, Time, Word};

/// A member's JSON pointer, its form, and whether it must be there.
type Member = (&'static str, Form, bool);

const USER_STATUS: Form = Word(&[
    "ACTIVE",
    "DEPROVISIONED",
    "LOCKED_OUT",
    "PASSWORD_EXPIRED",
    "PROVISIONED",
    "RECOVERY",
    "STAGED",
    "SUSPENDED",
]);
const STATUS_V1: Form = Word(&["OPEN", "PENDING", "RESOLVED", "LOCKED"]);
const STATUS_V2: Form =
    Word(&["SUBMITTED", "REJECTED", "PENDING", "APPROVED", "DENIED", "CANCELED", "EXPIRED"]);

fn members(kind: Kind, id: &str) -> &'static [Member] {
    match kind {
        Kind::User => &[
            ("/profile", Object, true),
            ("/profile/login", Text, true),
            ("/profile/email", Text, false),
            ("/status", USER_STATUS, false),
            ("/created", Time, false),
            ("/activated", Time, false),
            ("/statusChanged", Time, false),
            ("/lastLogin", Time, false),
            ("/passwordChanged", Time, false),
        ],
        Kind::Group => &[("/profile", Object, true), ("/profile/name", Text, true), ("/type", Text, false)],
        Kind::App => &[("/label", Text, true), ("/name", Text, false)],
        Kind::Request if id.starts_with("req") => &[
            ("/status", STATUS_V2, true),
            ("/created", Time, true),
            ("/requestedFor/externalId", Text, true),
            ("/requestedBy/externalId", Text, false),
            ("/requested/resourceId", Text, true),
            ("/requesterFieldValues", List, false),
        ],
        Kind::Request => &[
            ("/requestStatus", STATUS_V1, true),
            ("/created", Time, true),
            ("/requesterUserIds", List, true),
            ("/requesterFieldValues", List, false),
            ("/approvals", List, false),
            ("/actions", List, false),
        ],
        Kind::Bundle => {
            &[("/name", Text, true), ("/target/externalId", Text, true), ("/entitlements", List, false)]
        }
        Kind::Grant => &[("/targetPrincipal/externalId", Text, true), ("/status", Text, false)],
        Kind::CatalogEntry | Kind::RequestType => &[("/name", Text, true)],
        Kind::Task => &[("/requestId", Text, true), ("/assignees", List, false)],
        Kind::Label => &[("/orn", Text, true), ("/labels", List, true)],
        Kind::LogStream => &[("/id", Text, true), ("/status", Text, true)],
        Kind::Organization => &[("/id", Text, true)],
    }
}

/// Reports each member that is missing or of another form.
pub(super) fn check(kind: Kind, record: &Record, faults: &mut Faults) {
    let name_member = kind.name_member();
    match record.text_at(name_member) {
        None => faults.add(
            record,
            record.line,
            format!("{} has no `{}`; write its id as a text", kind.noun(), &name_member[1..]),
        ),
        Some(id) => {
            if let Err(form) = kind.id_form(id) {
                let text = format!("the id of {} is not usable; write {form}", kind.noun());
                faults.add(record, record.line_of(name_member, id), text);
            }
        }
    }
    let id = record.text_at(name_member).unwrap_or_default();
    for (pointer, form, is_required) in members(kind, id) {
        let value = record.value.pointer(pointer).unwrap_or(&Value::Null);
        let path = pointer[1..].replace('/', ".");
        if value.is_null() {
            if *is_required && *pointer != name_member {
                faults.add(
                    record,
                    record.line,
                    format!("{} has no `{path}`; write {}", kind.noun(), form.wanted()),
                );
            }
        } else if !form.fits(value) {
            faults.add(
                record,
                record.line_of(pointer, ""),
                format!("`{path}` is not usable; write {}", form.wanted()),
            );
        }
    }
}

impl Form {
    fn fits(self, value: &Value) -> bool {
        match self {
            Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Time => value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()),
            List => value.is_array(),
            Object => value.is_object(),
            Word(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        }
    }

    fn wanted(self) -> String {
        match self {
            Text => "a text".to_owned(),
            Time => "a time, such as \"2026-11-24T09:00:00.000Z\"".to_owned(),
            List => "a list, [ … ]".to_owned(),
            Object => "a JSON object, { … }".to_owned(),
            Word(words) => format!("one of {}", words.join(", ")),
        }
    }
}
