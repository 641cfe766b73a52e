//! The [`ExpectedTexts`] are stored messages, with which a replay compares its own.

use std::path::Path;

use anstyle::AnsiColor;
use okta_request_enricher::text_file;
use similar::TextDiff;

use crate::failure::Failure;
use crate::terminal::{self, style};

/// Equal lines shown around each difference.
const CONTEXT: usize = 1;

/// A folder with a text for each event file, `<name of the event file>.txt`.
pub(super) struct ExpectedTexts<'a> {
    pub(super) folder: &'a Path,
    /// Store the messages instead of comparing with them.
    pub(super) update: bool,
}

impl ExpectedTexts<'_> {
    /// Compares the message of an event file with its stored text, and prints the differing lines. Returns
    /// whether they are equal. With `update`, stores the message instead. An event without a message has no
    /// text.
    pub(super) fn hold(&self, event: &Path, message: Option<&str>) -> Result<bool, Failure> {
        let stored = self.folder.join(format!("{}.txt", event.file_stem().unwrap_or_default().display()));
        let message = message.map(|message| format!("{message}\n"));
        if self.update {
            std::fs::create_dir_all(self.folder)?;
            match message {
                Some(message) => std::fs::write(&stored, message)?,
                None if stored.exists() => std::fs::remove_file(&stored)?,
                None => {}
            }
            return Ok(true);
        }
        let expected = stored.exists().then(|| text_file::read_to_string(&stored)).transpose()?;
        // Editors and git on Windows may end lines with a carriage return.
        let expected = expected.map(|text| text.replace("\r\n", "\n"));
        if message == expected {
            return Ok(true);
        }
        let color = style(AnsiColor::Red);
        let stored = stored.display();
        terminal::eprintln!("{color}differs from `{stored}`{color:#} (--update stores the new message):");
        for line in diff(&expected.unwrap_or_default(), &message.unwrap_or_default()).lines() {
            terminal::eprintln!("{line}");
        }
        Ok(false)
    }
}

/// The lines to remove from `old` (`-`) and to add (`+`), with the lines around them.
fn diff(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut text = String::new();
    for change in diff.grouped_ops(CONTEXT).iter().flatten().flat_map(|group| diff.iter_changes(group)) {
        text += &format!("  {} {}\n", change.tag(), change.value().trim_end_matches('\n'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reordered_lines_differ() {
        assert_eq!(diff("a\nb\nc\nd\n", "a\nc\nb\nd\n"), "    a\n  + c\n    b\n  - c\n    d\n");
        assert_eq!(diff("a\na\n", "a\n"), "    a\n  - a\n");
        assert_eq!(diff("", "a\n"), "  + a\n");
    }
}
