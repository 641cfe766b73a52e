//! The checks of lists of groups, apps and bundles.

use super::Checker;
use crate::okta::IdForm;
use crate::policy::Items;
use crate::policy::reading::{Keys, Table};

impl Checker<'_> {
    /// The items of a table. `name` is its key.
    pub(super) fn items(&mut self, table: &Table<'_>, name: &str) -> Items {
        self.reader.report_unknown_keys(table, &Keys::ITEMS);
        let mut list = |key: &str, kind: IdForm| {
            let entries = self.reader.texts(table, &Keys::ITEMS, key);
            let list = format!("{name}.{key}");
            for entry in &entries {
                if entry.get_ref().trim().is_empty() {
                    let cause = format!("`{list}` has an empty entry");
                    self.fault(entry.span(), &cause, "delete it, or write an id or a glob");
                }
                self.id_or_name(entry.span(), &list, kind, entry.get_ref());
            }
            entries.into_iter().map(toml::Spanned::into_inner).collect()
        };
        Items {
            groups: list("groups", IdForm::Group),
            apps: list("apps", IdForm::App),
            bundles: list("bundles", IdForm::Bundle),
        }
    }
}
