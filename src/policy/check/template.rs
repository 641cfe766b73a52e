//! The checks of a template, and where in the file its parts stand.

use std::ops::Range;

use super::Checker;
use crate::message::{Template, TemplateError};
use crate::policy::Shows;
use crate::policy::reading::{Keys, Table};

impl Checker<'_> {
    /// The template of a rule, or of its `on_behalf`; without one, the built-in template. `is_sure`: what the
    /// rule shows is without fault, so that its names are known.
    pub(super) fn template(
        &mut self,
        table: &Table<'_>,
        keys: &Keys,
        shows: &Shows,
        is_sure: bool,
    ) -> Template {
        let Some(text) = self.reader.text(table, keys, "template") else { return self.built_in.clone() };
        let (place, text) = (text.span(), text.into_inner());
        let (template, errors) = match Template::parse(text) {
            Err(error) => (None, vec![error]),
            Ok(template) => {
                let errors = if is_sure { self.errors_of(&template, shows) } else { Vec::new() };
                (Some(template), errors)
            }
        };
        for error in errors {
            let literal = self.reader.source(place.clone());
            let within = |at| place.start + place_in_literal(literal, text, at);
            let part: Range<usize> = within(error.place.start)..within(error.place.end);
            let part = if part.is_empty() { place.clone() } else { part };
            match error.instead {
                Some(instead) => self.reader.replace(part, &error.text, &error.remedy, instead),
                None => self.fault(part, &error.text, &error.remedy),
            }
        }
        template.unwrap_or_else(|| self.built_in.clone())
    }

    /// The unknown variables of a template; without any, the first error on some request.
    fn errors_of(&self, template: &Template, shows: &Shows) -> Vec<TemplateError> {
        let unknown = template.unknown_names(&shows.sample(), &self.words);
        if !unknown.is_empty() {
            return unknown;
        }
        let compared = template.compared();
        let mut samples = shows.samples(&compared);
        samples.try_for_each(|sample| template.try_out(&sample, &self.words)).err().into_iter().collect()
    }
}

/// Where in a text as it is written in TOML (with quotes and escapes) a place of the text itself stands. Both
/// are byte offsets.
fn place_in_literal(literal: &str, text: &str, at: usize) -> usize {
    let quote = literal.chars().next().unwrap_or('"');
    let is_long = literal.starts_with("\"\"\"") || literal.starts_with("'''");
    let mut rest = literal.trim_start_matches(quote);
    if !is_long {
        rest = literal.get(1..).unwrap_or_default();
    } else if let Some(after) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) {
        // TOML drops a line break directly after the opening quotes.
        rest = after;
    }
    for c in text.get(..at).unwrap_or(text).chars() {
        if quote == '"' {
            // A backslash at the end of a line joins it to the next.
            while let Some(after) =
                rest.strip_prefix('\\').filter(|rest| rest.starts_with(char::is_whitespace))
            {
                rest = after.trim_start();
            }
        }
        let length = match (rest.as_bytes(), quote) {
            ([b'\\', kind, ..], '"') => match kind {
                b'x' => 4,
                b'u' => 6,
                b'U' => 10,
                _ => 2,
            },
            ([b'\r', b'\n', ..], _) if c == '\n' => 2,
            _ => c.len_utf8(),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    literal.len() - rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_text_is_found_where_the_file_writes_it() {
        for (literal, text) in [
            ("\"a@b\"", "a@b"),
            ("\"\\n\\u00e4\\x41\\\"@\"", "\nä\u{41}\"@"),
            ("'a\\n@'", "a\\n@"),
            ("\"\"\"\na\nb@\"\"\"", "a\nb@"),
            ("\"\"\"\r\na\r\nb@\"\"\"", "a\nb@"),
            ("\"\"\"\r\na\r\nb@\"\"\"", "a\r\nb@"),
            ("'''\n\\@'''", "\\@"),
            ("\"\"\"a \\\n   b@\"\"\"", "a b@"),
        ] {
            let at = place_in_literal(literal, text, text.find('@').unwrap());
            assert_eq!(literal.get(at..=at), Some("@"), "{literal}");
        }
        assert_eq!(place_in_literal("\"a\"", "a", 9), 2);
    }
}
