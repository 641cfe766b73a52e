//! The brackets that headings lack, and the quotes of texts of several lines.

use std::ops::Range;

use super::super::heading::{is_one_of_many, single_heading};
use crate::policy::fault::{MOST_FAULTS, PolicyFault};

/// What to add to a text, and where; and the fault that this mends.
pub(in crate::policy::reading) struct Mend {
    pub(in crate::policy::reading) fault: PolicyFault,
    pub(in crate::policy::reading) add: Vec<(usize, &'static str)>,
}

/// Closes a heading. `fault` has its place.
pub(super) fn heading(text: &str, fault: PolicyFault) -> Option<Mend> {
    let written = text.get(fault.place.clone())?;
    let instead = fault.instead.as_deref()?;
    let name = written.trim_matches(['[', ']', ' ']);
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c)) {
        return None;
    }
    let missing = |bracket: char| {
        let number = |text: &str| text.matches(bracket).count();
        ["", "[", "[["].get(number(instead).saturating_sub(number(written))).copied().unwrap_or_default()
    };
    let closing = match missing(']') {
        "[[" => "]]",
        "[" => "]",
        _ => "",
    };
    let add = vec![(fault.place.start, missing('[')), (fault.place.end, closing)];
    Some(Mend { fault, add })
}

/// Doubles the brackets of every heading that is repeated with single ones. `place` is the name in one of them.
pub(super) fn headings(text: &str, place: &Range<usize>) -> Vec<Mend> {
    let name = text.get(place.clone()).unwrap_or_default();
    if !is_one_of_many(name) {
        return Vec::new();
    }
    let heading = format!("[{name}]");
    let mut mends = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.trim() == heading && mends.len() < MOST_FAULTS {
            let at = start + line.find('[').unwrap_or_default();
            let place = at..at + heading.len();
            let add = vec![(place.start, "["), (place.end, "]")];
            mends.push(Mend { fault: single_heading(text, place), add });
        }
        start += line.len();
    }
    mends
}

/// Makes the quotes of a text triple that goes on for some lines. `start` is where it begins.
pub(super) fn text(text: &str, start: usize) -> Option<Mend> {
    let rest = text.get(start..)?.strip_prefix('"').filter(|rest| !rest.starts_with('"'))?;
    let mut at = start + 1 + rest.find('\n')?;
    for line in text.get(at..)?.split_inclusive('\n').skip(1).take(LINES) {
        at += line.len();
        let line = line.trim_end();
        if line.starts_with('[') || line.split_once('=').is_some_and(|(key, _)| is_key(key)) {
            return None;
        }
        if line.matches('"').count() % 2 == 1 && line.ends_with('"') {
            let end = start + text.get(start..at)?.trim_end().len();
            let place = start..end;
            let cause = "a text of several lines stands in quotes for one line";
            let fault = PolicyFault::new(text, place, cause, "write `\"\"\"` at both of its ends");
            return Some(Mend { fault, add: vec![(start + 1, "\"\""), (end, "\"\"")] });
        }
    }
    None
}

/// How many lines a text of several lines may have.
const LINES: usize = 100;

fn is_key(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}
