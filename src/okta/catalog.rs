//! [`CatalogEntry`]: an entry of Okta's access catalog. It names something that can be requested, and takes
//! fewer rights to read than the thing itself (Okta API reference, "Catalogs").

use serde::Deserialize;

use crate::json::Object;

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
#[serde(from = "Object")]
pub struct CatalogEntry {
    name: Option<String>,
    parent: Option<EntryId>,
}

impl From<Object> for CatalogEntry {
    fn from(entry: Object) -> CatalogEntry {
        let parent = entry.text("parent").as_deref().and_then(EntryId::parse);
        CatalogEntry { name: entry.text("name"), parent }
    }
}

impl CatalogEntry {
    /// The name of the app, group or bundle, untrusted; `None` if it is missing or blank.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The entry of the app above.
    #[must_use]
    pub fn parent(&self) -> Option<&EntryId> {
        self.parent.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_odd_member_costs_only_itself() {
        let read = |value: Value| {
            let entry: CatalogEntry = crate::json::from_str(&value.to_string()).unwrap();
            (entry.name().map(str::to_owned), entry.parent().cloned())
        };
        let cen1 = EntryId::parse("cen1");
        assert_eq!(
            read(json!({"name": "SAP", "label": "Application", "parent": "cen1"})),
            (Some("SAP".into()), cen1)
        );
        assert_eq!(read(json!({"name": "SAP", "parent": null})), (Some("SAP".into()), None));
        assert_eq!(read(json!({"name": "SAP", "parent": {"id": "cen1"}})), (Some("SAP".into()), None));
        assert_eq!(read(json!({"name": " ", "parent": "../users"})), (None, None));
        assert_eq!(read(json!({"name": [7]})), (None, None));
    }
}
