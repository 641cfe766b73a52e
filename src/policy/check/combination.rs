//! The checks of a toxic combination.

use super::Checker;
use crate::policy::reading::{Keys, Table};
use crate::policy::{Items, Severity, ToxicCombination};

const SEVERITIES: [(&str, Severity); 3] =
    [("low", Severity::Low), ("medium", Severity::Medium), ("high", Severity::High)];

impl Checker<'_> {
    /// The toxic combination of a table; `None` if it has a fault.
    pub(super) fn combination(&mut self, table: &Table<'_>) -> Option<ToxicCombination> {
        let keys = &Keys::COMBINATION;
        self.reader.report_unknown_keys(table, keys);
        let name = self.reader.required_text(table, keys, "name");
        if name.get_ref().trim().is_empty() {
            let cause = "the toxic combination has an empty `name`";
            self.fault(name.span(), cause, "write one, messages show it");
        }
        let name = name.into_inner();
        let description = self.reader.text(table, keys, "description");
        let description = description.map(|text| text.get_ref().to_string()).unwrap_or_default();
        self.reader.required(table, keys, "severity");
        let severity = self.reader.choice(table, keys, "severity", &SEVERITIES);
        let [one, other] = ["one", "other"].map(|side| self.side(table, side, &name));
        Some(ToxicCombination { name, description, severity: severity?, one: one?, other: other? })
    }

    fn side(&mut self, table: &Table<'_>, side: &str, name: &str) -> Option<Items> {
        self.reader.required(table, &Keys::COMBINATION, side);
        let items = self.reader.table(table, &Keys::COMBINATION, side)?;
        let faults = self.reader.count();
        let listed = self.items(&items, side);
        if listed.is_empty() && self.reader.count() == faults {
            let cause = format!("the side `{side}` of `{name}` is empty");
            self.fault(items.place, &cause, "list groups, apps or bundles");
        }
        Some(listed)
    }
}
