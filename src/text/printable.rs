//! Text for terminals and log lines: nothing in it moves a cursor, forges a line, hides or reorders text.

use std::fmt::Write as _;
use std::io::{self, Write};

use icu_properties::props::GeneralCategory;

use super::characters::{category, is_ignorable};
use super::visible::{Spaces, visible};

/// Makes a text safe to print on one line of a terminal or a log. Line breaks, controls and blank symbols
/// become spaces; invisible and directional characters are dropped, except where they change a letter or an
/// emoji; unknown characters become `�`. Everything else stays, so that columns stay in line.
#[must_use]
pub fn printable(text: &str) -> String {
    if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return text.to_owned();
    }
    visible(text, usize::MAX, Spaces::Kept).into_iter().collect()
}

/// Escapes each character of a JSON document that a terminal or a viewer of logs would act on, but that JSON
/// allows in a text: `DEL`, C1 controls, line separators, invisible and directional characters. The document
/// has the same meaning afterwards. Its line breaks between members stay.
#[must_use]
pub fn printable_json(document: &str) -> String {
    if document.bytes().all(|b| b.is_ascii() && b != b'\x7F') {
        return document.to_owned();
    }
    let mut safe = String::with_capacity(document.len());
    for c in document.chars() {
        let acts = !c.is_ascii() && is_acted_on(c) || c == '\u{7F}';
        if acts {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Writes log lines, each made safe by `form`: [`printable`] or [`printable_json`]. A line must come in one
/// piece, with its line break, as `tracing_subscriber` writes it.
#[derive(Debug)]
pub struct PrintableLines<W> {
    out: W,
    form: fn(&str) -> String,
}

impl<W> PrintableLines<W> {
    /// Writes to `out`.
    pub fn new(out: W, form: fn(&str) -> String) -> PrintableLines<W> {
        PrintableLines { out, form }
    }
}

impl<W: Write> Write for PrintableLines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let safe = (self.form)(text.strip_suffix('\n').unwrap_or(&text)) + "\n";
        self.out.write_all(safe.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn is_acted_on(c: char) -> bool {
    c.is_control()
        || is_ignorable(c)
        || matches!(
            category(c),
            GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::PrivateUse
                | GeneralCategory::Unassigned
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What may not reach a terminal, by a list of its own.
    fn acts(c: char) -> bool {
        c.is_control()
            || matches!(u32::from(c),
                0xAD | 0x61C | 0x200B | 0x200E | 0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF
                | 0xFFF9..=0xFFFB | 0xE0001..=0xE007F)
    }

    #[test]
    fn printed_text_moves_no_cursor_and_keeps_its_columns() {
        for (text, shown) in [
            ("\u{1b}]0;PWNED\u{7}\u{1b}[2Jx", " ]0;PWNED  [2Jx"),
            ("a\nb\r\nc\td", "a b  c d"),
            ("\u{9b}31m\u{85}\u{7f}", " 31m  "),
            ("  ok    name\u{202e}x\u{2066}y\u{2069}\u{200b}", "  ok    namexy"),
            ("a\u{2028}b\u{2029}c", "a b c"),
            ("علی\u{200C}رضا 👩🏽\u{200D}💻", "علی\u{200C}رضا 👩🏽\u{200D}💻"),
            ("\u{E0041}\u{FEFF}\u{F8FF}", "\u{FFFD}"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
        }
    }

    #[test]
    fn a_log_line_is_one_line() {
        let mut log = Vec::new();
        let mut text = PrintableLines::new(&mut log, printable);
        text.write_all("WARN a\u{1b}[2J\nINFO b\u{202e}\n".as_bytes()).unwrap();
        let mut json = PrintableLines::new(&mut log, printable_json);
        json.write_all("{\"a\":\"\u{2028}\u{9b}\"}\n".as_bytes()).unwrap();
        let log = String::from_utf8(log).unwrap();
        assert_eq!(log, "WARN a [2J INFO b\n{\"a\":\"\\u2028\\u009b\"}\n");
    }

    proptest! {
        #[test]
        fn nothing_acts_in_printed_text(text in "\\PC*|.{0,60}|[\\x00-\\xA0\\u{2000}-\\u{2070}\\u{E0000}-\\u{E0080}]*") {
            let shown = printable(&text);
            prop_assert!(!shown.chars().any(acts), "{:?}", shown);
            prop_assert_eq!(printable(&shown), shown);
        }

        #[test]
        fn a_printed_document_acts_on_nothing_and_means_the_same(text in "\\PC*|.{0,60}|[\\x00-\\xA0\\u{2000}-\\u{2070}\\u{E0000}-\\u{E0080}]*") {
            let value = serde_json::json!({ text.clone(): [text] });
            let shown = printable_json(&value.to_string());
            prop_assert!(!shown.chars().any(acts), "{:?}", shown);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
