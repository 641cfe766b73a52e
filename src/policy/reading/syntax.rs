//! Faults of a file's TOML, in words of this program: the parser's own name its grammar. One fault a line is
//! reported, since the others are mostly its consequences.

mod diagnosis;
mod language;

use std::ops::Range;

use toml::de::{DeTable, DeValue, Error};

use self::diagnosis::Diagnosis;
pub(super) use self::language::other_language;
use super::{PolicyFault, Value};

/// The faults of a file's TOML, ordered by place. `end`: from here on nothing is known, since something before
/// it is not closed.
pub(super) struct SyntaxFaults {
    pub(super) faults: Vec<PolicyFault>,
    pub(super) end: usize,
}

/// Puts the parser's errors into words.
pub(super) fn faults(text: &str, table: &DeTable<'_>, errors: &[Error]) -> SyntaxFaults {
    let mut places: Vec<(Range<usize>, &str)> =
        errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message())).collect();
    places.sort_by_key(|(place, _)| place.start);
    let mut faults: Vec<PolicyFault> = Vec::new();
    let open = places.iter().any(|(_, message)| is_open(message)).then(|| first_open(text, table));
    let open = open.flatten();
    let end = open.as_ref().map_or(text.len() + 1, |open| open.start);
    for (place, message) in places.into_iter().filter(|(place, _)| place.start < end) {
        let fault = Diagnosis { text, table, place, message }.fault();
        if faults.last().is_none_or(|last| last.line != fault.line) {
            faults.push(fault);
        }
    }
    if let Some(open) = open {
        faults.push(unclosed(text, open));
    }
    SyntaxFaults { faults, end }
}

/// Whether an error says that something is open up to the end of the file.
fn is_open(message: &str) -> bool {
    ["unclosed array", "unclosed inline table", "invalid multi-line"].iter().any(|it| message.starts_with(it))
        && !message.starts_with("unclosed array table")
}

/// The place of the first value that reaches to the end of the file.
fn first_open(text: &str, table: &DeTable<'_>) -> Option<Range<usize>> {
    let open = table.values().filter_map(|value| open_in(text, value));
    open.min_by_key(|place| place.start)
}

fn open_in(text: &str, value: &Value<'_>) -> Option<Range<usize>> {
    let place = value.span();
    // The place of a table under a heading is the heading.
    let before = text.get(..place.start).unwrap_or_default();
    let is_heading = before.trim_end_matches([' ', '\t']).ends_with('\n') || before.trim().is_empty();
    match value.get_ref() {
        DeValue::Array(list) if is_heading => {
            list.iter().filter_map(|it| open_in(text, it)).min_by_key(|it| it.start)
        }
        DeValue::Table(table) if is_heading || !text[place.start..].starts_with('{') => {
            first_open(text, table)
        }
        DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_) => {
            (place.end >= text.trim_end().len()).then_some(place)
        }
        _ => None,
    }
}

fn unclosed(text: &str, place: Range<usize>) -> PolicyFault {
    let opening = text.get(place.clone()).unwrap_or_default();
    let (what, closing) = match opening.get(..1) {
        Some("[") => ("the list", "]"),
        Some("{") => ("the table", "}"),
        _ => ("the text", opening.get(..3).unwrap_or("\"\"\"")),
    };
    let remedy = format!("write `{closing}` at its end");
    PolicyFault::new(text, place, &format!("{what} that begins here is not closed"), &remedy)
}

/// The value that ends at a place, if one does.
fn value_before(table: &DeTable<'_>, end: usize) -> Option<Range<usize>> {
    fn within(value: &Value<'_>, end: usize) -> Option<Range<usize>> {
        match value.get_ref() {
            DeValue::Array(list) => list.iter().find_map(|value| within(value, end)),
            DeValue::Table(table) => value_before(table, end),
            _ => (value.span().end == end).then(|| value.span()),
        }
    }
    table.values().find_map(|value| within(value, end))
}

/// The last place before another at which a key of this name stands.
fn key_before(table: &DeTable<'_>, name: &str, end: usize) -> Option<usize> {
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
