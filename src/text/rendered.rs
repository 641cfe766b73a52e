//! Keeps text safe through a template: its filters may undo what neutralising has done (`upper`, `replace`,
//! `reverse`), and its own text may complete a link that a value begins (`{{ a }}/{{ b }}`). Marks in a value
//! tell what it is, whatever a filter made of it.

use super::characters::{FSI, PDI, is_isolate, is_right_to_left};
use super::defang::{defang, is_harmless};
use super::quoted::in_quotes;
use super::visible::{Spaces, visible};

// Noncharacters, "intended for process-internal uses" (Unicode, section 23.7). No neutralised text has one.
const VALUE_BEGINS: char = '\u{FDD0}';
const VALUE_ENDS: char = '\u{FDD1}';
/// Stands before the program's own words.
const OWN: char = '\u{FDD2}';
/// Stands before somebody's text.
const FOREIGN: char = '\u{FDD3}';
/// Begins somebody's text in quotes.
const QUOTE: char = '“';
/// The first mark of a value that must stay in the message.
const FIRST_KEPT: u32 = 0xFDD4;
/// How many values of a message can be marked as ones that must stay.
pub const KEPT: usize = 28;

/// What a template's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody's text begins it, so it stands in quotes where it begins a line.
    Foreign,
    /// The program's own words begin it.
    Own,
}

/// Which of the values that must stay are in a line: one bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept(u32);

impl Kept {
    /// Whether none is.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the value with this number is.
    #[must_use]
    pub fn has(self, number: usize) -> bool {
        number < KEPT && self.0 & (1 << number) != 0
    }

    /// The one with this number.
    #[must_use]
    pub fn of_number(number: usize) -> Kept {
        if number < KEPT { Kept(1 << number) } else { Kept::default() }
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Kept) -> Kept {
        Kept(self.0 | other.0)
    }

    /// Those of the first without those of the second.
    #[must_use]
    pub fn without(self, other: Kept) -> Kept {
        Kept(self.0 & !other.0)
    }

    fn of(c: char) -> Option<Kept> {
        let number = u32::from(c).checked_sub(FIRST_KEPT)?;
        usize::try_from(number).is_ok_and(|number| number < KEPT).then(|| Kept(1 << number))
    }
}

/// Marks a value for a template. An empty value stays empty, so that a template can ask whether it is there.
#[must_use]
pub fn marked(text: &str, origin: Origin, keep: Option<usize>) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut marked = String::with_capacity(text.len() + 9);
    marked.push(if origin == Origin::Own { OWN } else { FOREIGN });
    // A filter may take the quotation mark away, and leave somebody's text.
    match text.strip_prefix(QUOTE).filter(|_| origin == Origin::Own) {
        Some(rest) => {
            marked.extend([QUOTE, FOREIGN]);
            marked.push_str(rest);
        }
        None => marked.push_str(text),
    }
    match keep {
        Some(number) => kept(marked, number),
        None => marked,
    }
}

/// A value with the mark of one that must stay. An empty one stays empty.
#[must_use]
pub fn kept(mut value: String, number: usize) -> String {
    if !value.is_empty() {
        value.extend(u32::try_from(number).ok().and_then(|number| char::from_u32(FIRST_KEPT + number)));
    }
    value
}

/// What begins a marked value: the last mark before its first visible character says it. Without a mark it
/// may be anything.
#[must_use]
pub fn origin(marked: &str) -> Origin {
    let marks = marked.chars().take_while(|c| is_mark(*c) || c.is_whitespace());
    match marks.filter(|c| matches!(*c, OWN | FOREIGN)).last() {
        Some(OWN) => Origin::Own,
        _ => Origin::Foreign,
    }
}

/// A value without its marks.
#[must_use]
pub fn unmarked(text: &str) -> String {
    if !may_have_marks(text) {
        return text.to_owned();
    }
    let (mut plain, mut from) = (String::with_capacity(text.len()), 0);
    for (at, mark) in marks(text) {
        plain.push_str(&text[from..at]);
        from = at + mark.len_utf8();
    }
    plain.push_str(&text[from..]);
    plain
}

/// The byte with which all marks begin, and few other characters do.
const MARK_BEGINS: u8 = 0xEF;

/// Whether a text may have a mark.
fn may_have_marks(text: &str) -> bool {
    text.as_bytes().contains(&MARK_BEGINS)
}

/// The marks in a text, each with its place.
fn marks(text: &str) -> impl Iterator<Item = (usize, char)> {
    let begin = text.bytes().enumerate().filter(|(_, byte)| *byte == MARK_BEGINS);
    begin.filter_map(|(at, _)| Some((at, text[at..].chars().next().filter(|c| is_mark(*c))?)))
}

/// Whether a value is marked as one that must stay.
#[must_use]
pub fn is_kept(text: &str) -> bool {
    marks(text).any(|(_, mark)| Kept::of(mark).is_some())
}

/// What a template writes for an expression: neutralised once more, between marks that [`line()`] removes.
/// Line breaks stay; no neutralised value has one, so the template's author wrote them.
#[must_use]
pub fn value(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    safe.push(VALUE_BEGINS);
    if is_harmless(text) {
        safe.push_str(text);
        safe.push(VALUE_ENDS);
        return safe;
    }
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            safe.extend([VALUE_ENDS, '\n', VALUE_BEGINS]);
        }
        safe.extend((origin(line) == Origin::Own).then_some(OWN));
        for (at, part) in line.split(FOREIGN).enumerate() {
            safe.extend((at > 0).then_some(FOREIGN));
            let plain = unmarked(part);
            if is_harmless(&plain) {
                safe.push_str(&plain);
            } else {
                neutralise_again(&plain, &mut safe);
            }
            safe.extend(marks(part).map(|(_, mark)| mark).filter(|mark| Kept::of(*mark).is_some()));
        }
    }
    safe.push(VALUE_ENDS);
    safe
}

/// Neutralises a line of a value. Isolates that were put around a part of it stay, if they are in pairs. What
/// reorders text outside of them gets its own.
fn neutralise_again(line: &str, safe: &mut String) {
    let parts: Vec<&str> = if are_in_pairs(line) { line.split(is_isolate).collect() } else { vec![line] };
    for (at, part) in parts.into_iter().enumerate() {
        let part = defang(&visible(part, usize::MAX, Spaces::Kept), |_| false);
        let isolated = at % 2 == 1 || part.iter().any(|c| is_right_to_left(*c));
        safe.extend(isolated.then_some(FSI));
        safe.extend(part);
        safe.extend(isolated.then_some(PDI));
    }
}

/// Whether each isolate in a text ends before the next one begins.
fn are_in_pairs(text: &str) -> bool {
    let mut isolates = text.chars().filter(|c| is_isolate(*c));
    while let Some(begins) = isolates.next() {
        if begins != FSI || isolates.next() != Some(PDI) {
            return false;
        }
    }
    true
}

/// A line of a rendered template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its text, safe to show, without white space at the end.
    pub text: String,
    /// The values in it that must stay.
    pub kept: Kept,
}

/// A line of a rendered template, without its marks. Values are disarmed together with the template's own
/// text around them, and that text stays. A value of somebody's text that begins the line stands in quotes,
/// so that it can't look like a line of the program's own.
#[must_use]
pub fn line(marked: &str) -> Line {
    let kept = marks(marked).filter_map(|(_, mark)| Kept::of(mark)).fold(Kept::default(), Kept::and);
    let quoted = in_quotes_at_start(marked);
    let marked = quoted.as_deref().unwrap_or(marked);
    let plain = unmarked(marked);
    if is_harmless(plain.trim_end()) {
        return Line { text: plain.trim_end().to_owned(), kept };
    }
    let (mut text, mut literal) = (Vec::with_capacity(marked.len()), Vec::with_capacity(marked.len()));
    let mut in_value = false;
    for c in marked.chars() {
        if is_mark(c) {
            in_value = (in_value || c == VALUE_BEGINS) && c != VALUE_ENDS;
        } else {
            text.push(c);
            literal.push(!in_value);
        }
    }
    let text: String = defang(&text, |at| literal.get(at).copied().unwrap_or_default()).into_iter().collect();
    Line { text: text.trim_end().to_owned(), kept }
}

/// The line with its first value in quotes, if somebody's text begins it.
fn in_quotes_at_start(marked: &str) -> Option<String> {
    let (before, rest) = marked.split_once(VALUE_BEGINS)?;
    let (first, after) = rest.split_once(VALUE_ENDS)?;
    if !before.trim().is_empty() {
        return None;
    }
    let text = unmarked(first);
    if text.trim().is_empty() {
        // Nothing is shown, so the next value may begin the line.
        return in_quotes_at_start(after).map(|after| format!("{before}{first}{after}"));
    }
    let marks: String = marks(first).map(|(_, mark)| mark).collect();
    (origin(first) == Origin::Foreign)
        .then(|| format!("{before}{VALUE_BEGINS}{}{marks}{VALUE_ENDS}{after}", in_quotes(&text)))
}

/// Whether a character is a mark, which no message shows.
#[must_use]
pub fn is_mark(c: char) -> bool {
    matches!(c, VALUE_BEGINS | VALUE_ENDS | OWN | FOREIGN) || Kept::of(c).is_some()
}
