//! Conditions without an entry: they exclude no request, though they look as if they did.

use toml::de::DeValue;

use super::Warnings;
use crate::policy::reading::Table;

impl Warnings<'_> {
    /// Warns of the empty lists in a rule's `match`.
    pub(super) fn empty_lists(&mut self, rule: &Table<'_>) {
        let Some(value) = rule.get("match") else { return };
        let Some(keys) = value.get_ref().as_table() else { return };
        if keys.is_empty() {
            let cause = "`match` has no condition, so the rule matches every request";
            self.warn(value.span(), cause, "add a condition, or delete it");
        }
        for (key, value) in keys {
            let is_empty = match value.get_ref() {
                DeValue::Array(list) => list.is_empty(),
                DeValue::Table(table) => table.is_empty(),
                _ => false,
            };
            if is_empty {
                let cause = format!("`match.{}` is empty, so it matches every request", key.get_ref());
                self.warn(value.span(), &cause, "list what it must match, or delete it");
            }
        }
    }
}
