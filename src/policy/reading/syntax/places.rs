//! Where values and keys stand in a file.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::super::table::Value;

/// The text, number or date at a place, or that ends there.
pub(super) fn value_at(table: &DeTable<'_>, at: usize) -> Option<Range<usize>> {
    fn within(value: &Value<'_>, at: usize) -> Option<Range<usize>> {
        match value.get_ref() {
            DeValue::Array(list) => list.iter().find_map(|value| within(value, at)),
            DeValue::Table(table) => value_at(table, at),
            _ => (value.span().start <= at && at <= value.span().end).then(|| value.span()),
        }
    }
    table.values().find_map(|value| within(value, at))
}

/// The last place before another at which a key of this name stands.
pub(super) fn key_before(table: &DeTable<'_>, name: &str, end: usize) -> Option<usize> {
    fn within(value: &Value<'_>, name: &str, end: usize) -> Option<usize> {
        match value.get_ref() {
            DeValue::Array(list) => list.iter().filter_map(|value| within(value, name, end)).max(),
            DeValue::Table(table) => key_before(table, name, end),
            _ => None,
        }
    }
    let here = table.keys().filter(|key| key.get_ref() == name).map(|key| key.span().start);
    let inside = table.values().filter_map(|value| within(value, name, end));
    here.chain(inside).filter(|at| *at < end).max()
}
