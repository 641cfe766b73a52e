//! [`Diagnosis`]: one error of the TOML parser, in the words of this program.

use std::ops::Range;

use toml::de::DeTable;

use super::super::kinds::single_heading;
use super::{PolicyFault, is_one_of_many, key_before, value_at};

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
            let before = self.text.get(start..self.place.end).unwrap_or_default().trim_end();
            if let Some(colon) = before.rfind(':') {
                let at = start + colon;
                return Some(self.replace(at..at + 1, "`:` in place of `=`", "=".to_owned()));
            }
        }
        if what == "key with no value" {
            let trimmed = start + indent..start + line.len();
            let key = line.trim().split([' ', '\t']).next().unwrap_or_default();
            return Some(match line.trim().split_once('=') {
                Some((key, _)) => {
                    let key = key.trim();
                    let place = start + indent..start + indent + key.len();
                    self.replace(place, "a key has no spaces", key.replace([' ', '\t'], "_"))
                }
                None if key.len() < line.trim().len() => {
                    let at = start + indent + key.len();
                    self.at(at..at + 1, &format!("`=` is missing after `{key}`"), "write `key = value`")
                }
                None => self.at(trimmed, &format!("`{key}` has no value"), A_LINE),
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
            "invalid inline table element" | "missing inline table opening" | "missing array opening" => self
                .at(
                    here,
                    "this bracket closes nothing that is open here",
                    "each `[` ends with `]`, each `{` with `}`",
                ),
            "unquoted keys cannot be empty" => {
                let is_heading = self.line().1.trim_start().starts_with('[');
                let remedy = if is_heading { "write a heading such as `[[rule]]`" } else { A_LINE };
                self.at(here, "a name is missing here", remedy)
            }
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

    /// A value without quotes.
    fn unquoted(&self) -> PolicyFault {
        let (place, source) = (self.place.clone(), self.source());
        let rest = self.text.get(place.end..).unwrap_or_default().trim_start_matches([' ', '\t']);
        match source.to_lowercase().as_str() {
            "" => {
                let (start, line) = self.line();
                let key = line.trim().trim_end_matches(['=', ' ', '\t']);
                let from = start + line.find(key).unwrap_or_default();
                self.at(
                    from..start + line.len(),
                    &format!("`{key}` has no value"),
                    "write one after `=`, or delete the line",
                )
            }
            "true" | "false" => {
                self.replace(place, &format!("`{source}` has a capital letter"), source.to_lowercase())
            }
            "yes" | "on" => self.replace(place, &format!("`{source}` is no value"), "true".to_owned()),
            "no" | "off" => self.replace(place, &format!("`{source}` is no value"), "false".to_owned()),
            "null" | "none" | "nil" => self.at(
                place,
                &format!("`{source}` is no value"),
                "delete the line, or write a text in quotes",
            ),
            _ if rest.starts_with('=') => {
                self.at(place, "a second key stands on this line", "write each key on a line of its own")
            }
            _ => self.quoted(place, "a text needs quotes"),
        }
    }

    fn quoted(&self, place: Range<usize>, cause: &str) -> PolicyFault {
        let source = self.text.get(place.clone()).unwrap_or_default();
        let instead = format!("\"{}\"", source.trim_matches(['"', '\'']).replace('\\', "\\\\"));
        self.replace(place, cause, instead)
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

    /// A text that does not end, or holds what it can't.
    fn text_itself(&self) -> PolicyFault {
        let place = self.place.clone();
        let control = self.source().chars().next().filter(|c| c.is_control());
        if let Some(control) = control {
            let cause = format!("the text has a control character (U+{:04X})", u32::from(control));
            return self.at(place, &cause, "delete it");
        }
        let (start, line) = self.line();
        let begins = value_at(self.table, place.end).unwrap_or(start..start + line.len());
        let quote = if self.message.starts_with("invalid literal") { "'" } else { "\"" };
        let remedy = format!(
            "write `{quote}` at its end; a text of several lines stands between `{}`",
            quote.repeat(3)
        );
        self.at(begins, "the text is not closed on its line", &remedy)
    }

    fn escape(&self) -> PolicyFault {
        let before = self.text.get(..self.place.start).unwrap_or_default();
        let start = before.rfind('\\').unwrap_or(self.place.start);
        let end =
            start + 1 + self.text.get(start + 1..).and_then(|it| it.chars().next()).map_or(0, char::len_utf8);
        let source = self.text.get(start..end).unwrap_or_default();
        let cause = format!("`{}` is no escape", source.trim_end());
        self.at(start..end, &cause, "write `\\\\` for a backslash, or put the text in single quotes")
    }

    /// Something follows a value on its line.
    fn after_value(&self) -> PolicyFault {
        let (start, line) = self.line();
        let line_end = start + line.len();
        let value = value_at(self.table, self.place.start).unwrap_or(self.place.clone());
        let rest = self.text.get(value.end..line_end).unwrap_or_default().trim();
        let rest_place = self.place.start..line_end;
        if line.trim_start().starts_with('[') {
            return self.at(rest_place, "the line goes on after its heading", "begin a new line");
        }
        if rest.is_empty() || rest == "," {
            return self.at(rest_place, "the line goes on after its value", "delete it");
        }
        if rest.starts_with(',') {
            let source = self.text.get(value.start..line_end).unwrap_or_default().trim_end_matches(',');
            return self.replace(
                value.start..line_end,
                "several values stand in brackets",
                format!("[{source}]"),
            );
        }
        if rest.starts_with("//") {
            let at = self.place.start;
            return self.replace(at..at + 2, "a comment begins with `#`", "#".to_owned());
        }
        let remedy =
            "write each key on a line of its own, a quote within a text as `\\\"`, and `#` before a comment";
        self.at(rest_place, "the line goes on after its value", remedy)
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
        let cause = if odd.is_control() || !odd.is_alphanumeric() && !odd.is_ascii() {
            format!("an odd character (U+{:04X}) stands here", u32::from(odd))
        } else {
            format!("`{odd}` can't stand in a key")
        };
        self.at(self.place.clone(), &cause, A_LINE)
    }
}
