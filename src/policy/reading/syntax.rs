//! Faults of a file's TOML, in words of this program: the parser's own name its grammar. One fault a line is
//! reported, since the others are mostly its consequences.

mod diagnosis;
mod language;
mod mends;
mod places;

use std::ops::Range;

use toml::de::{DeTable, DeValue, Error};

use self::diagnosis::Diagnosis;
pub(super) use self::language::other_language;
pub(super) use self::mends::Mend;
use super::table::Value;
use crate::policy::fault::{MOST_FAULTS, PolicyFault};

/// The faults of a file's TOML, ordered by place. `end`: from here on nothing is known, since something before
/// it is not closed.
pub(super) struct SyntaxFaults {
    pub(super) faults: Vec<PolicyFault>,
    pub(super) end: usize,
}

/// The parser's errors, by their places.
pub(super) struct SyntaxErrors<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    list: Vec<(Range<usize>, &'a str)>,
}

impl<'a> SyntaxErrors<'a> {
    pub(super) fn of(text: &'a str, table: &'a DeTable<'a>, errors: &'a [Error]) -> SyntaxErrors<'a> {
        let mut list: Vec<(Range<usize>, &str)> =
            errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message())).collect();
        list.sort_by_key(|(place, _)| place.start);
        SyntaxErrors { text, table, list }
    }

    /// The errors in words.
    pub(super) fn faults(&self) -> SyntaxFaults {
        let open = self.open();
        let mut end = open.as_ref().map_or(self.text.len() + 1, |open| open.start);
        let mut faults: Vec<PolicyFault> = Vec::new();
        for (place, message) in &self.list {
            if place.start >= end {
                break;
            }
            let fault = self.fault(place, message);
            if is_of_heading(self.text, place, message) {
                // The keys below it belong to no table.
                end = place.start;
            }
            if faults.last().is_none_or(|last| last.line != fault.line) {
                faults.push(fault);
            }
            if faults.len() >= MOST_FAULTS {
                end = end.min(place.end);
                break;
            }
        }
        if let Some(open) = open.filter(|open| open.start == end) {
            faults.push(self.unclosed(open));
        }
        SyntaxFaults { faults, end }
    }

    fn fault(&self, place: &Range<usize>, message: &str) -> PolicyFault {
        Diagnosis { text: self.text, table: self.table, place: place.clone(), message }.fault()
    }

    /// The place of the first value that reaches to the end of the file.
    fn open(&self) -> Option<Range<usize>> {
        let is_open = self.list.iter().any(|(_, message)| is_open(message));
        if is_open { first_open(self.text, self.table) } else { None }
    }

    /// The fault of a value that reaches to the end of the file.
    fn unclosed(&self, place: Range<usize>) -> PolicyFault {
        if let Some(at) = self.wrong_bracket(&place) {
            let (what, closing) = self.kind_of(&self.innermost(&place, at));
            let wrong = self.text.get(at..=at).unwrap_or_default();
            let cause = format!("`{wrong}` does not close {what}");
            let fault = PolicyFault::new(self.text, at..at + 1, &cause, &format!("write `{closing}`"));
            return fault.instead(closing.to_owned());
        }
        let (what, closing) = self.kind_of(&place);
        let cause = format!("{what} that begins here is not closed");
        PolicyFault::new(self.text, place, &cause, &format!("write `{closing}` at its end"))
    }

    /// What begins at a place, and how it ends.
    fn kind_of(&self, place: &Range<usize>) -> (&'static str, &'a str) {
        let opening = self.text.get(place.clone()).unwrap_or_default();
        match opening.get(..1) {
            Some("[") => ("the list", "]"),
            Some("{") => ("the table", "}"),
            _ => ("the text", opening.get(..3).unwrap_or("\"\"\"")),
        }
    }

    /// The innermost list or table in a value that is open at a place.
    fn innermost(&self, value: &Range<usize>, at: usize) -> Range<usize> {
        let mut open = Vec::new();
        let mut quote = None;
        for (offset, c) in self.text.get(value.start..at).unwrap_or_default().char_indices() {
            match c {
                '"' | '\'' if quote.is_none() => quote = Some(c),
                _ if quote == Some(c) => quote = None,
                _ if quote.is_some() => {}
                '[' | '{' => open.push(value.start + offset),
                ']' | '}' => drop(open.pop()),
                _ => {}
            }
        }
        open.last().map_or(value.start, |start| *start)..value.end
    }

    /// Where another bracket stands in place of the closing one, on the line on which a value begins.
    fn wrong_bracket(&self, place: &Range<usize>) -> Option<usize> {
        let value = self.text.get(place.clone())?;
        let line = place.start..place.start + value.split('\n').next().unwrap_or_default().len();
        let messages =
            ["missing inline table opening", "missing array opening", "invalid inline table element"];
        let is_wrong = |message: &str| messages.iter().any(|it| message.starts_with(it));
        let mut on_line = self.list.iter().filter(|(at, _)| line.contains(&at.start));
        on_line.find(|(_, message)| is_wrong(message)).map(|(at, _)| at.start)
    }

    /// How to mend the first of the errors that hide others.
    pub(super) fn mends(&self) -> Vec<Mend> {
        let is_text = |message: &str, place: &Range<usize>| {
            message.starts_with("invalid basic string") && place.is_empty()
        };
        let mut texts = self.list.iter().filter(|(place, message)| is_text(message, place)).take(MOST_FAULTS);
        let mended =
            texts.find_map(|(place, message)| mends::text(self.text, self.fault(place, message).place.start));
        if let Some(mend) = mended {
            return vec![mend];
        }
        let mut lines: Vec<Mend> = Vec::new();
        for (place, message) in
            self.list.iter().filter(|(_, message)| is_of_no_key(message)).take(MOST_FAULTS)
        {
            let start = self.text.get(..place.start).and_then(|it| it.rfind('\n')).map_or(0, |at| at + 1);
            if lines.last().is_none_or(|last| last.add != [(start, "#")]) {
                lines.push(Mend { fault: self.fault(place, message), add: vec![(start, "#")] });
            }
        }
        if !lines.is_empty() {
            return lines;
        }
        let heading = self.list.iter().find(|(place, message)| is_of_heading(self.text, place, message));
        match (heading, self.open()) {
            (Some((place, message)), _) if message.starts_with("unclosed") => {
                mends::heading(self.text, self.fault(place, message)).into_iter().collect()
            }
            (Some((place, _)), _) => mends::headings(self.text, place),
            (None, Some(open)) => self.closed(open).into_iter().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// Closes a list or table before the first line that can't be in it.
    fn closed(&self, open: Range<usize>) -> Option<Mend> {
        let (_, closing) = self.kind_of(&open);
        let closing = ["]", "}"].into_iter().find(|bracket| *bracket == closing)?;
        if self.wrong_bracket(&open).is_some() {
            return None;
        }
        let value = self.text.get(open.clone())?;
        let first_line = open.start + value.split('\n').next().unwrap_or_default().len();
        let stranger = self.list.iter().map(|(place, _)| place.start).find(|at| *at > first_line);
        let before = self.text.get(..stranger.unwrap_or(self.text.len()))?;
        // The line of the stranger itself is not part of the value.
        let before = if stranger.is_some() { before.rsplit_once('\n')?.0 } else { before };
        let at = before.trim_end().len();
        (at > open.start).then(|| Mend { fault: self.unclosed(open), add: vec![(at, closing)] })
    }
}

/// Whether an error says that a line is no key with a value. The parser does not read on behind some of these.
fn is_of_no_key(message: &str) -> bool {
    ["key with no value", "invalid key-value pair"].iter().any(|it| message.starts_with(it))
}

/// Whether an error makes a heading useless.
fn is_of_heading(text: &str, place: &Range<usize>, message: &str) -> bool {
    let line = text.get(..place.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with('[')
        && !line.contains('=')
        && (message.starts_with("unclosed") || message.starts_with("duplicate"))
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
        DeValue::Table(table)
            if is_heading || !text.get(place.start..).is_some_and(|it| it.starts_with('{')) =>
        {
            first_open(text, table)
        }
        DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_) => {
            (place.end >= text.trim_end().len()).then_some(place)
        }
        _ => None,
    }
}
