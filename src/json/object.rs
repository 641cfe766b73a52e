//! An [`Object`]: a JSON object of which each member is read on its own. So a member that is missing, null or
//! of an unexpected kind does not affect the others. [`Lenient`] does the same for the entries of a list.

use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::reading::from_str;
use crate::text;

/// The members of a JSON object by name, not read yet. If a name occurs twice, the last one counts.
#[derive(Clone, Debug, Default)]
pub struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        // A list, not a hash map: few members are looked up, once each.
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Object {
    /// The member of this name, as it is written; `None` if it is missing or null.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&RawValue> {
        self.member(name).filter(|raw| raw.get() != "null")
    }

    /// Whether the member of this name is null, and not missing.
    #[must_use]
    pub fn is_null(&self, name: &str) -> bool {
        self.member(name).is_some_and(|raw| raw.get() == "null")
    }

    fn member(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, raw)| &**raw)
    }

    /// The member of this name; `None` if it is missing, null or not of this type.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        from_str(self.raw(name)?.get()).ok()
    }

    /// The text of this name. A number counts as a text, because some ids are written as either. `None` if it
    /// is missing or of another kind, or if nothing of it is visible.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let number = || self.get::<serde_json::Number>(name).map(|number| number.to_string());
        self.get::<String>(name).or_else(number).filter(|text| text::is_visible(text))
    }

    /// The object of this name; one without members if it is missing or of another kind.
    #[must_use]
    pub fn object(&self, name: &str) -> Object {
        self.get(name).unwrap_or_default()
    }

    /// The readable entries of the list of this name; none if it is missing or of another kind.
    #[must_use]
    pub fn list<T: DeserializeOwned>(&self, name: &str) -> Vec<T> {
        self.get::<Vec<Lenient<T>>>(name).into_iter().flatten().filter_map(|entry| entry.0).collect()
    }
}

/// A value that may be of any kind; `None` if it is not of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lenient<T>(pub Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Lenient<T>, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Lenient(from_str(raw.get()).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_member_costs_only_itself() {
        let object: Object = from_str(
            r#"{"a": "x", "a": "y", "n": 7, "o": {"in": "z"}, "odd": [1], "blank": " ", "none": null, "half": "\ud83d"}"#,
        )
        .unwrap();
        let text = |name| object.text(name);
        assert_eq!(
            ["a", "n", "o", "odd", "blank", "none", "missing", "half"].map(text),
            [Some("y".into()), Some("7".into()), None, None, None, None, None, Some("\u{FFFD}".into())]
        );
        assert_eq!(object.object("o").text("in").as_deref(), Some("z"));
        assert_eq!(object.object("a").text("in"), None);
        assert!(object.raw("odd").is_some() && object.raw("none").is_none());
        assert_eq!(["none", "missing", "odd"].map(|name| object.is_null(name)), [true, false, false]);
    }

    #[test]
    fn an_odd_entry_of_a_list_costs_only_itself() {
        let object: Object = from_str(r#"{"list": ["a", null, {"b": 1}, "c"], "text": "a"}"#).unwrap();
        assert_eq!(object.list::<String>("list"), ["a", "c"]);
        assert_eq!(object.list::<Object>("list").len(), 1);
        assert_eq!(object.list::<String>("text"), [""; 0]);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for other in ["[]", "null", "\"x\"", "7", "{"] {
            assert!(from_str::<Object>(other).is_err(), "{other}");
        }
    }
}
