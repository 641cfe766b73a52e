//! The lines of a message: those that must stay are added, and others are left out until Okta's limit is kept.

use super::view::{Must, Place};
use crate::text::{self, Kept, Line, utf16_len};

/// The longest message that Okta accepts: 5000 characters (Okta API reference, "Access Requests", `message`).
/// The program counts UTF-16 units, the strictest reading of "characters".
pub const LIMIT: usize = 5000;

/// The lines with those added that must stay and that the template leaves out. If the template begins with the
/// headline, that stays the first line, which is the notification.
pub(super) fn with_all(lines: &[Line], must: &[Must]) -> Vec<Line> {
    let written = lines.iter().map(|line| line.kept).fold(Kept::default(), Kept::and);
    let missing = |place: Place| {
        let missing = must.iter().filter(move |must| must.place == place && !written.has(must.number));
        missing
            .map(|must| Line { kept: Kept::of_number(must.number), ..text::line(&text::value(&must.line)) })
    };
    let begins_with = |lines: &[Line], place: Place| {
        let is_there =
            |must: &Must| must.place == place && lines.first().is_some_and(|it| it.kept.has(must.number));
        must.iter().any(is_there)
    };
    let (headline, rest) = lines.split_at(usize::from(begins_with(lines, Place::Headline)));
    let mut warnings = 0;
    while !headline.is_empty() && begins_with(&rest[warnings..], Place::Warnings) {
        warnings += 1;
    }
    let (warnings, rest) = rest.split_at(warnings);
    missing(Place::Headline)
        .chain(headline.iter().cloned())
        .chain(missing(Place::Warnings))
        .chain(warnings.iter().cloned())
        .chain(missing(Place::People))
        .chain(rest.iter().cloned())
        .chain(missing(Place::Bottom))
        .collect()
}

pub(super) fn joined(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The lines without the last ones that may be left out, so that the rest keeps the limit.
pub(super) fn without_lines(mut lines: Vec<Line>, left_out: &str) -> String {
    let cost = |line: &Line| utf16_len(&line.text) + 1;
    let mut excess = (lines.iter().map(cost).sum::<usize>() + utf16_len(left_out) + 1).saturating_sub(LIMIT);
    let mut note_at = lines.len();
    for at in (0..lines.len()).rev() {
        if excess == 0 {
            break;
        }
        if lines[at].kept.is_empty() {
            excess = excess.saturating_sub(cost(&lines[at]));
            lines.remove(at);
            note_at = at;
        }
    }
    lines.insert(note_at, Line { text: left_out.to_owned(), kept: Kept::default() });
    joined(&lines)
}

/// Only words of a policy that are much longer than the English ones make this necessary.
pub(super) fn cut(text: String) -> String {
    if utf16_len(&text) <= LIMIT {
        return text;
    }
    let mut units = 0;
    let keep = text.chars().take_while(|c| {
        units += c.len_utf16();
        units < LIMIT
    });
    keep.chain(['…']).collect()
}
