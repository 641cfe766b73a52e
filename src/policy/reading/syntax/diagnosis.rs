//! [`Diagnosis`]: one error of the TOML parser, in the words of this program.

mod values;

use std::ops::Range;

use toml::de::DeTable;

use super::super::heading::{is_one_of_many, single_heading};
use super::places::{key_before, value_at};
use crate::policy::fault::PolicyFault;
use crate::text::is_visible;

/// The quotes that word processors and chats write.
const CURLY: [char; 10] = ['“', '”', '„', '‟', '‘', '’', '‚', '«', '»', '″'];

/// What a line of the file is, for what is none.
const A_LINE: &str = "a line is `key = value`, a heading such as `[[rule]]`, or a comment with `#`";

/// An error of the parser, and what it is about.
pub(super) struct Diagnosis<'a> {
    pub(super) text: &'a str,
    pub(super) table: &'a DeTable<'a>,
    pub(super) place: Range<usize>,
    /// The parser's text. It begins with what is wrong; `, expected …` follows.
    pub(super) message: &'a str,
}

impl Diagnosis<'_> {
    /// The fault in words.
    pub(super) fn fault(&self) -> PolicyFault {
        let what = self.message.split(", ").next().unwrap_or_default();
        self.of_line(what).unwrap_or_else(|| self.of_error(what))
    }

    fn at(&self, place: Range<usize>, cause: &str, remedy: &str) -> PolicyFault {
        PolicyFault::new(self.text, place, cause, remedy)
    }

    /// A fault with what to write at its place.
    fn replace(&self, place: Range<usize>, cause: &str, instead: String) -> PolicyFault {
        self.at(place, cause, &format!("write `{instead}`")).instead(instead)
    }

    /// The line of the error: where it begins, and its text.
    fn line(&self) -> (usize, &str) {
        let before = self.text.get(..self.place.start).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text.get(start..).unwrap_or_default();
        (start, line.split('\n').next().unwrap_or_default().trim_end())
    }

    /// The character at which the parser stopped.
    fn char(&self) -> Option<char> {
        self.text.get(self.place.start..)?.chars().next()
    }

    /// What the parser calls wrong, or what stands there.
    fn source(&self) -> &str {
        self.text.get(self.place.clone()).unwrap_or_default()
    }

    /// Slips that make several errors, depending on what stands around them.
    fn of_line(&self, what: &str) -> Option<PolicyFault> {
        let (start, line) = self.line();
        let indent = line.len() - line.trim_start().len();
        if what != "duplicate key" && line.contains(CURLY) {
            let first = line.find(CURLY)?;
            let last = line.rfind(CURLY)?;
            let end = last + line[last..].chars().next().map_or(0, char::len_utf8);
            let straight = line[first..end].replace(CURLY, "\"");
            return Some(self.replace(start + first..start + end, "curly quotes", straight));
        }
        if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
            let remedy = "resolve the conflict, and delete its three markers";
            return Some(self.at(start..start + line.len(), "Git marks a conflict here", remedy));
        }
        if let Some(found) = self.braces_of_a_list(start, line) {
            return Some(found);
        }
        if line.trim_start().starts_with("//") || line.trim_start().starts_with("--") {
            let at = start + indent;
            return Some(self.replace(at..at + 2, "a comment begins with `#`", "#".to_owned()));
        }
        if let Some(at) = self.source().find("//").filter(|_| what == "string values must be quoted") {
            let at = self.place.start + at;
            return Some(self.replace(at..at + 2, "a comment begins with `#`", "#".to_owned()));
        }
        let is_of_key =
            ["key with no value", "invalid unquoted key", "missing assignment between key-value pairs"]
                .contains(&what);
        if is_of_key {
            let end = self.place.end + usize::from(self.char() == Some(':'));
            let before = self.text.get(start..end).unwrap_or_default().trim_end();
            if let Some(colon) = before.rfind(':') {
                let at = start + colon;
                return Some(self.replace(at..at + 1, "`:` in place of `=`", "=".to_owned()));
            }
        }
        if what == "key with no value" {
            let trimmed = start + indent..start + line.len();
            let key = line.trim().split([' ', '\t']).next().unwrap_or_default();
            return Some(match line.trim().split_once('=') {
                Some((key, _)) if is_words(key) => {
                    let key = key.trim();
                    let place = start + indent..start + indent + key.len();
                    self.replace(place, "a key has no spaces", key.replace([' ', '\t'], "_"))
                }
                _ if key.len() < line.trim().len() => {
                    let at = start + indent + key.len();
                    self.at(at..at + 1, &format!("`=` is missing after `{key}`"), "write `key = value`")
                }
                _ => self.at(trimmed, &format!("`{key}` has no value"), A_LINE),
            });
        }
        None
    }

    fn of_error(&self, what: &str) -> PolicyFault {
        let (place, source) = (self.place.clone(), self.source());
        let here = place.start..place.end.max(place.start + 1);
        match what {
            "string values must be quoted" => self.unquoted(),
            "invalid boolean" | "invalid float" if source.starts_with(char::is_alphabetic) => self.unquoted(),
            "duplicate key" => self.duplicate(),
            "invalid basic string" | "invalid literal string" => self.text_itself(),
            "missing escaped value" | "too few unicode value digits" | "invalid escape sequence" => {
                self.escape()
            }
            "unexpected key or value"
            | "unexpected content"
            | "unexpected content between comment and newline" => self.after_value(),
            "unclosed array table" | "unclosed table" => self.heading(),
            "missing comma between array elements" => {
                self.at(here, "a comma is missing before this entry", "separate the entries by commas")
            }
            "missing comma between key-value pairs" => {
                self.at(here, "a comma is missing before this key", "separate the keys by commas")
            }
            "extra comma in array" | "extra comma in inline table" => {
                self.at(here, "there is a comma too many", "delete it")
            }
            "unexpected `=` in array" => {
                let remedy = "close the list with `]`, or write braces: `{ key = value }`";
                self.at(here, "`=` stands within a list", remedy)
            }
            "extra `=`" | "extra assignment between key-value pairs" => {
                self.at(here, "there is one `=` too many", "delete it")
            }
            "missing assignment between key-value pairs" | "missing key for inline table element" => {
                self.at(here, "within braces stand keys with values", "write `{ key = value }`")
            }
            "unquoted keys cannot be empty" => {
                let is_heading = self.line().1.trim_start().starts_with('[');
                let remedy = if is_heading { "write a heading such as `[[rule]]`" } else { A_LINE };
                self.at(here, "a name is missing here", remedy)
            }
            _ if self.char().is_some_and(|c| "]}".contains(c)) => self.at(
                here,
                "this bracket closes nothing that is open here",
                "each `[` ends with `]`, each `{` with `}`",
            ),
            "invalid unquoted key" => self.key(),
            "carriage return must be followed by newline" => {
                let remedy = "save the file with the line ends of Linux or of Windows";
                self.at(here, "the line ends with a carriage return alone", remedy)
            }
            _ if what.starts_with("cannot extend value") => {
                let cause = format!("`{source}` has its value already{}", self.line_of_first(source));
                self.at(here, &cause, "write all its keys there")
            }
            _ if what.contains("recur") => self.at(here, "this is nested too deeply", "write it flat"),
            _ if source.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                || what.starts_with("invalid") && value_at(self.table, place.end).is_some() =>
            {
                let place = value_at(self.table, place.end).unwrap_or(place);
                self.quoted(place, "this is neither a number nor a date")
            }
            _ => self.at(here, "this can't be read", A_LINE),
        }
    }

    fn duplicate(&self) -> PolicyFault {
        let (start, line) = self.line();
        let name = self.source();
        let heading = line.trim();
        if heading.starts_with('[') && is_one_of_many(name) {
            let place = start + line.find('[').unwrap_or_default()..start + line.len();
            return single_heading(self.text, place);
        }
        let cause = format!("`{name}` has a value already{}", self.line_of_first(name));
        self.at(self.place.clone(), &cause, "delete one of them")
    }

    /// Where a key stands that is repeated at the error: ` (line 3)`.
    fn line_of_first(&self, name: &str) -> String {
        let first = key_before(self.table, name.trim_matches(['"', '\'']), self.place.start);
        let before = first.and_then(|at| self.text.get(..at));
        before.map(|before| format!(" (line {})", before.matches('\n').count() + 1)).unwrap_or_default()
    }

    /// A heading that is not closed.
    fn heading(&self) -> PolicyFault {
        let (start, line) = self.line();
        let name = line.trim().trim_matches(['[', ']', ' ']);
        let is_one_of_many = line.trim_start().starts_with("[[") || is_one_of_many(name);
        let instead = if is_one_of_many { format!("[[{name}]]") } else { format!("[{name}]") };
        let from = start + line.find('[').unwrap_or_default();
        self.replace(from..start + line.len(), "the heading is not closed", instead)
    }

    /// A character that no key has.
    fn key(&self) -> PolicyFault {
        let odd = self.source().chars().next().unwrap_or(' ');
        if odd.is_whitespace() {
            let cause = format!("an odd space (U+{:04X}) stands here", u32::from(odd));
            return self.at(self.place.clone(), &cause, "write a plain space");
        }
        if is_hidden(odd) {
            return self.hidden(self.place.start);
        }
        if odd.is_alphabetic() {
            let cause = format!("`{odd}` (U+{:04X}) is no letter from a to z", u32::from(odd));
            return self.at(self.place.clone(), &cause, "type the key anew, in plain letters");
        }
        self.at(self.place.clone(), &format!("`{odd}` can't stand in a key"), A_LINE)
    }
}

/// Whether a character shows nothing, and is no space.
fn is_hidden(c: char) -> bool {
    !c.is_whitespace() && !is_visible(c.encode_utf8(&mut [0; 4]))
}

/// Whether a text has only letters, digits, `_`, `-` and spaces.
fn is_words(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || c == '_' || c == '-')
}
