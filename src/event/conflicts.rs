//! The [`Conflicts`] that Okta names in an event or in a request.

use std::borrow::Cow;

use serde_json::Value;

use super::members::text;
use crate::json;
use crate::request::Conflict;

/// The separation-of-duties conflicts that the event names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflicts {
    /// The event does not say whether there are any.
    Unknown,
    /// The event names conflicts in an unknown format.
    Unreadable,
    /// These; empty if there are none.
    Known(Vec<Conflict>),
}

impl Conflicts {
    /// Reads a list of conflicts in which the member `rule` has the name of the rule. Okta also writes such a
    /// list as a text that contains its JSON.
    #[must_use]
    pub fn of_list(list: Option<&Value>, rule: &str) -> Conflicts {
        let list = match list {
            None | Some(Value::Null) => return Conflicts::Unknown,
            Some(Value::String(text)) if text.trim().is_empty() || text == "null" => {
                return Conflicts::Unknown;
            }
            Some(Value::String(text)) => json::from_str(text).ok(),
            Some(list) => Some(list.clone()),
        };
        let Some(Value::Array(entries)) = list else { return Conflicts::Unreadable };
        // One unreadable entry makes the whole list unreadable: a partial list would look complete.
        if !entries.iter().all(Value::is_object) {
            return Conflicts::Unreadable;
        }
        let member = |entry: &Value, name: &str| text(&entry[name]).map(Cow::into_owned);
        let conflict = |entry: &Value| Conflict {
            rule: member(entry, rule),
            description: member(entry, "description"),
            resource: member(entry, "resourceName"),
        };
        Conflicts::Known(entries.iter().map(conflict).collect())
    }
}
