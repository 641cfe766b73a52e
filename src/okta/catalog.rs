//! [`CatalogEntry`]: an entry of Okta's access catalog. It names something that can be requested, and takes
//! fewer rights to read than the thing itself (Okta API reference, "Catalogs").

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The id of an entry: `cen…`. It is safe in a URL path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntryId(String);

impl EntryId {
    /// Parses an id: 1 to 64 letters and digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<EntryId> {
        is_path_id(text).then(|| EntryId(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether an id of untrusted origin may enter a path.
pub(super) fn is_path_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Where the catalog has the name of a requested thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogPlace {
    /// In this entry.
    Entry(EntryId),
    /// In the parent of this entry: the app of a bundle or group.
    Above(EntryId),
}

/// An entry of the catalog. A member of an unknown format counts as missing.
#[derive(Clone, Debug, Deserialize)]
pub struct CatalogEntry {
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    parent: Option<String>,
}

impl CatalogEntry {
    /// The name of the app, group or bundle, untrusted; `None` if it is missing or blank.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.trim().is_empty())
    }

    /// The entry of the app above.
    #[must_use]
    pub fn parent(&self) -> Option<EntryId> {
        EntryId::parse(self.parent.as_deref()?)
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_odd_member_costs_only_itself() {
        let read = |value: Value| {
            let entry: CatalogEntry = serde_json::from_value(value).unwrap();
            (entry.name().map(str::to_owned), entry.parent())
        };
        let cen1 = EntryId::parse("cen1");
        assert_eq!(
            read(json!({"name": "SAP", "label": "Application", "parent": "cen1"})),
            (Some("SAP".into()), cen1)
        );
        assert_eq!(read(json!({"name": "SAP", "parent": null})), (Some("SAP".into()), None));
        assert_eq!(read(json!({"name": "SAP", "parent": {"id": "cen1"}})), (Some("SAP".into()), None));
        assert_eq!(read(json!({"name": " ", "parent": "../users"})), (None, None));
        assert_eq!(read(json!({"name": 7})), (None, None));
    }
}
