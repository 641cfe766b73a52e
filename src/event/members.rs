//! Members of a System Log event that Okta spells in several ways, or writes as text or as number.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::text;

/// A target of the event of the type `AccessRequest`; null if there is none.
pub(super) struct Target<'a>(&'a Value);

impl<'a> Target<'a> {
    pub(super) fn all(detail: &'a Value) -> impl Iterator<Item = Target<'a>> {
        let targets = detail["target"].as_array().into_iter().flatten();
        targets
            .filter(|target| text(&target["type"]).is_some_and(|kind| same_name(&kind, "accessrequest")))
            .map(Target)
    }

    pub(super) fn first_of(detail: &'a Value) -> Target<'a> {
        Target::all(detail).next().unwrap_or(Target(&Value::Null))
    }

    pub(super) fn id(&self) -> Option<Cow<'a, str>> {
        text(&self.0["id"])
    }

    pub(super) fn alternate_id(&self) -> Option<Cow<'a, str>> {
        text(&self.0["alternateId"])
    }

    pub(super) fn display_name(&self) -> Option<Cow<'a, str>> {
        text(&self.0["displayName"])
    }

    /// The request's number in links to it.
    pub(super) fn number(&self) -> Option<Cow<'a, str>> {
        self.alternate_id().filter(|number| is_number(number))
    }
}

/// The members of `debugData`. Each is found in any of Okta's spellings.
pub(super) struct DebugData<'a>(Option<&'a Map<String, Value>>);

impl<'a> DebugData<'a> {
    pub(super) fn of(detail: &'a Value) -> DebugData<'a> {
        DebugData(detail["debugContext"]["debugData"].as_object())
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'a Value> {
        self.0.into_iter().flatten().filter(move |(key, _)| same_name(key, name)).map(|(_, value)| value)
    }

    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.all(name).find_map(text)
    }
}

/// Whether a key is `name` in one of Okta's spellings: `camelCase` (raw), `PascalCase` (Workflows) or
/// `snake_case` (data lake). `name` is in lower case, without separators.
fn same_name(key: &str, name: &str) -> bool {
    if key.len() == name.len() {
        return key.eq_ignore_ascii_case(name);
    }
    let letters = key.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase());
    key.len() > name.len() && key.contains('_') && letters.eq(name.bytes())
}

pub(super) fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// A JSON text or number, as text. Text of which nothing is visible, `"null"` and every other kind count as missing: an unneeded
/// member of a wrong kind must not make the event unusable.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if text::is_visible(text) && text != "null" => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}
