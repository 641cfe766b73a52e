//! Headings of tables: `[words]` of one, `[[rule]]` of one among many.

use std::ops::Range;

use crate::policy::fault::PolicyFault;

/// The fault of a heading like `[rule]`, whose table may stand many times.
pub(super) fn single_heading(text: &str, place: Range<usize>) -> PolicyFault {
    let source = text.get(place.clone()).unwrap_or_default();
    let instead = format!("[{source}]");
    let cause = format!("`{source}` is the heading of a single table, and there may be many");
    let remedy = format!("write `{instead}`, with two brackets on each side");
    PolicyFault::new(text, place, &cause, &remedy).instead(instead)
}

/// Whether tables with this heading may stand many times.
pub(super) fn is_one_of_many(heading: &str) -> bool {
    ["rule", "toxic_combination"].contains(&heading)
}
