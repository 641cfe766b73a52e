//! The [`ExpectedTexts`] are stored messages, with which a replay compares its own.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use anstyle::AnsiColor;
use okta_request_enricher::{text, text_file};
use similar::TextDiff;

use super::events::Event;
use crate::failure::Failure;
use crate::terminal::{self, style};

/// Equal lines shown around each difference.
const CONTEXT: usize = 1;

/// A folder with a text for each event, `<name of the event file>.txt`.
pub(super) struct ExpectedTexts<'a> {
    folder: &'a Path,
    /// Store the messages instead of comparing with them.
    update: bool,
    events: usize,
    /// Events with a message.
    messages: usize,
    /// Events whose message is not the stored one.
    differing: usize,
}

impl<'a> ExpectedTexts<'a> {
    /// Fails if two events would have one text, or if there is no folder to compare with.
    pub(super) fn new(folder: &'a Path, update: bool, events: &[Event]) -> Result<Self, Failure> {
        if !update && !folder.is_dir() {
            let folder = folder.display();
            return Err(
                format!("there is no folder `{folder}`; --update makes it and stores the messages").into()
            );
        }
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for event in events {
            if let Some(other) = owners.insert(&event.text_name, &event.name) {
                let stored = folder.join(&event.text_name);
                return Err(format!(
                    "`{other}` and `{}` would both have the text `{}`; rename one of them",
                    event.name,
                    stored.display()
                )
                .into());
            }
        }
        Ok(ExpectedTexts { folder, update, events: events.len(), messages: 0, differing: 0 })
    }

    /// Compares the message of an event with its stored text, and prints the differing lines, and how the
    /// attempt `ended` if there is no message. With `update`, stores the message instead. An event without a
    /// message has no text.
    pub(super) fn hold(&mut self, event: &Event, message: Option<&str>, ended: &str) -> Result<(), Failure> {
        let stored = self.folder.join(&event.text_name);
        let message = message.map(|message| format!("{message}\n"));
        self.messages += usize::from(message.is_some());
        let fault = |verb: &str, error: io::Error| {
            format!("failed to {verb} `{}`: {}", stored.display(), text::system_error(&error))
        };
        if self.update {
            std::fs::create_dir_all(self.folder).map_err(|error| {
                let why = text::system_error(&error);
                format!("failed to make the folder `{}`: {why}", self.folder.display())
            })?;
            match message {
                Some(message) => {
                    std::fs::write(&stored, message).map_err(|error| fault("write", error))?;
                }
                None if stored.exists() => {
                    std::fs::remove_file(&stored).map_err(|error| fault("remove", error))?;
                }
                None => {}
            }
            return Ok(());
        }
        let expected = stored.exists().then(|| text_file::read_to_string(&stored)).transpose();
        // Editors and git on Windows may end lines with a carriage return.
        let expected = expected.map_err(|error| fault("read", error))?.map(|text| text.replace("\r\n", "\n"));
        if message == expected {
            return Ok(());
        }
        self.differing += 1;
        let color = style(AnsiColor::Red);
        let (name, path) = (&event.name, stored.display());
        match (&expected, &message) {
            (None, _) => {
                terminal::eprintln!("{color}{name} has no text{color:#} `{path}` (--update stores it):");
            }
            (Some(_), None) => {
                terminal::eprintln!("{color}{name} has no message{color:#}, but the text `{path}`: {ended}");
            }
            _ => terminal::eprintln!(
                "{color}{name} differs{color:#} from `{path}` (--update stores the new message):"
            ),
        }
        for line in diff(&expected.unwrap_or_default(), &message.unwrap_or_default()).lines() {
            terminal::eprintln!("{line}");
        }
        Ok(())
    }

    pub(super) fn all_as_expected(&self) -> bool {
        self.differing == 0
    }

    /// "29 events: 25 messages as expected, 4 without a message"
    pub(super) fn summary(&self) -> String {
        let ExpectedTexts { folder, events, messages, differing, .. } = self;
        let (all, count) = (text::count(*events, "event"), text::count(*messages, "message"));
        let without = match events - messages {
            0 => String::new(),
            without => format!(", {without} without a message"),
        };
        match differing {
            _ if self.update => format!("{all}: {count} stored in `{}`{without}", folder.display()),
            0 => format!("{all}: {count} as expected{without}"),
            differing => format!("{all}: {differing} not as expected"),
        }
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
