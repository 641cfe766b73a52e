//! [`Items`]: groups, apps and bundles that a policy lists, by their ids or by globs over their names.

use wildmatch::WildMatch;

/// Groups, apps and bundles. Globs are case-insensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields, default))]
pub struct Items {
    /// Ids of groups, or globs over their names.
    pub groups: Vec<String>,
    /// Ids of apps, or globs over their labels.
    pub apps: Vec<String>,
    /// Ids of entitlement bundles, or globs over their names. In a toxic combination only a requested bundle
    /// matches; bundles held are not compared. `relevant` takes no bundles.
    pub bundles: Vec<String>,
}

impl Items {
    /// Whether an entry matches a group, by id or name.
    #[must_use]
    pub fn has_group(&self, id: &str, name: &str) -> bool {
        has(&self.groups, id, name)
    }

    /// Whether an entry matches an app, by id or label.
    #[must_use]
    pub fn has_app(&self, id: &str, label: &str) -> bool {
        has(&self.apps, id, label)
    }

    /// Whether an entry matches a bundle, by id or name.
    #[must_use]
    pub fn has_bundle(&self, id: &str, name: &str) -> bool {
        has(&self.bundles, id, name)
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.apps.is_empty() && self.bundles.is_empty()
    }
}

/// Whether an entry is this id, or a glob that matches this name.
pub(super) fn has(wanted: &[String], id: &str, name: &str) -> bool {
    wanted.iter().any(|entry| entry == id) || any_glob(wanted, name)
}

/// Whether one of the globs matches the text, in any case of letters.
pub(super) fn any_glob(globs: &[String], text: &str) -> bool {
    globs.iter().any(|glob| WildMatch::new_case_insensitive(glob).matches(text))
}
