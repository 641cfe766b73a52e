//! The [`Members`] of a JSON object, each value byte for byte: an event is sent again exactly as it came.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// Name and value of each member, in their order. Names may repeat; the last one counts.
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl Members<'_> {
    /// The value of a member as it stands.
    pub(super) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// The value of a member that is a string.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// The parsed value of a member; null if there is none.
    pub(super) fn value(&self, name: &str) -> Value {
        self.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }

    /// The object with this value for `name`, or without `name`.
    pub(super) fn with(&self, name: &str, value: Option<&str>) -> String {
        let others =
            self.0.iter().filter(|(key, _)| key != name).map(|(key, value)| (key.as_str(), value.get()));
        let members = others.chain(value.map(|value| (name, value)));
        let members: Vec<_> = members.map(|(key, value)| format!("{}:{value}", Value::from(key))).collect();
        format!("{{{}}}", members.join(","))
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
