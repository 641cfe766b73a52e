//! Values that the TOML parser can't read.

use std::ops::Range;

use super::super::places::value_at;
use super::{Diagnosis, is_hidden};
use crate::policy::fault::PolicyFault;
use crate::text::nearest;

impl Diagnosis<'_> {
    /// A list, or a template, in braces: `{"a", "b"}`, `{{ headline }}`.
    pub(super) fn braces_of_a_list(&self, line_start: usize, line: &str) -> Option<PolicyFault> {
        let open = line.find('{')?;
        let close = line.rfind('}').filter(|close| *close > open)?;
        let is_value = line.get(..open)?.trim_end().ends_with('=');
        let content = line.get(open + 1..close)?;
        let place = line_start + open..line_start + close + 1;
        if !is_value || !(place.start..place.end).contains(&self.place.start) || content.contains([':', '='])
        {
            return None;
        }
        if content.starts_with(['{', '%']) && !content.contains('"') {
            return Some(self.replace(
                place,
                "a template is a text, and needs quotes",
                format!("\"{{{content}}}\""),
            ));
        }
        let is_list = content.trim_start().starts_with(['"', '\'']);
        is_list
            .then(|| self.replace(place, "a list stands in brackets, not in braces", format!("[{content}]")))
    }

    /// A value without quotes.
    pub(super) fn unquoted(&self) -> PolicyFault {
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
            _ if source.chars().any(is_hidden) => {
                let at = place.start + source.find(is_hidden).unwrap_or_default();
                self.hidden(at)
            }
            _ if source.starts_with('(') && source.ends_with(')') => {
                let content = source.trim_start_matches('(').trim_end_matches(')');
                self.replace(place, "a list stands in brackets", format!("[{content}]"))
            }
            _ if rest.starts_with(',') && !self.line().1.contains(['[', '{']) => self.unquoted_list(),
            _ if rest.starts_with('=') => {
                self.at(place, "a second key stands on this line", "write each key on a line of its own")
            }
            _ => match nearest(source, ["true", "false"]) {
                Some(near) => self.replace(place, &format!("`{source}` is no value"), near.to_owned()),
                None => self.quoted(place, "a text needs quotes"),
            },
        }
    }

    /// Several values without quotes and brackets.
    fn unquoted_list(&self) -> PolicyFault {
        let (start, line) = self.line();
        let place = self.place.start..start + line.len();
        let values = self.text.get(place.clone()).unwrap_or_default().split(',').map(str::trim);
        let values =
            values.filter(|value| !value.is_empty()).map(|value| format!("\"{}\"", value.trim_matches('"')));
        let list = values.collect::<Vec<_>>().join(", ");
        self.replace(place, "several values stand in brackets, each in quotes", format!("[{list}]"))
    }

    /// A character that nobody sees.
    pub(super) fn hidden(&self, at: usize) -> PolicyFault {
        let hidden = self.text.get(at..).and_then(|text| text.chars().next()).unwrap_or(' ');
        let cause = format!("a hidden character (U+{:04X}) stands here", u32::from(hidden));
        self.at(at..at + hidden.len_utf8(), &cause, "delete it")
    }

    pub(super) fn quoted(&self, place: Range<usize>, cause: &str) -> PolicyFault {
        let source = self.text.get(place.clone()).unwrap_or_default();
        let text = source.trim_matches(['"', '\'']);
        if text.contains('"') {
            return self.at(place, cause, "write `\"` around it, and `\\\"` for each quote within");
        }
        self.replace(place, cause, format!("\"{}\"", text.replace('\\', "\\\\")))
    }

    /// A text that does not end, or holds what it can't.
    pub(super) fn text_itself(&self) -> PolicyFault {
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

    pub(super) fn escape(&self) -> PolicyFault {
        let before = self.text.get(..self.place.start).unwrap_or_default();
        let start = before.rfind('\\').unwrap_or(self.place.start);
        let end =
            start + 1 + self.text.get(start + 1..).and_then(|it| it.chars().next()).map_or(0, char::len_utf8);
        let source = self.text.get(start..end).unwrap_or_default();
        let cause = format!("`{}` is no escape", source.trim_end());
        self.at(start..end, &cause, "write `\\\\` for a backslash, or put the text in single quotes")
    }

    /// Something follows a value on its line.
    pub(super) fn after_value(&self) -> PolicyFault {
        let (start, line) = self.line();
        let line_end = start + line.len();
        let value = value_at(self.table, self.place.start).unwrap_or(self.place.clone());
        let rest = self.text.get(value.end..line_end).unwrap_or_default().trim();
        let rest_place = self.place.start..line_end;
        if line.trim_start().starts_with('[') {
            return self.at(rest_place, "the line goes on after its heading", "begin a new line");
        }
        if [",", ";", ",;"].contains(&rest) || rest.is_empty() {
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
}
