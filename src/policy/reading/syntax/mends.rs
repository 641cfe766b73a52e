//! The brackets that headings lack.

use std::ops::Range;

use super::super::kinds::single_heading;
use super::super::mended::Mend;
use super::{PolicyFault, is_one_of_many};

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
        if line.trim() == heading {
            let at = start + line.find('[').unwrap_or_default();
            let place = at..at + heading.len();
            let add = vec![(place.start, "["), (place.end, "]")];
            mends.push(Mend { fault: single_heading(text, place), add });
        }
        start += line.len();
    }
    mends
}
