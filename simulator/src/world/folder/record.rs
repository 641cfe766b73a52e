//! A [`Record`]: one JSON object of a file, with the place where it stands.

use std::{path::Path, sync::Arc};

use serde_json::Value;

/// One object of a file.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) file: Arc<Path>,
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    /// As it stands in the file.
    pub(super) text: String,
    pub(super) value: Value,
}

impl Record {
    /// `FILE:LINE`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.file.display(), self.line)
    }

    /// The text at this JSON pointer; `None` if there is none.
    pub(super) fn text_at(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer).and_then(Value::as_str)
    }

    /// The line of a text at a JSON pointer, from 1; with an empty text, that of the pointer's last member. The
    /// record's own line if it is not found.
    pub(super) fn line_of(&self, pointer: &str, text: &str) -> usize {
        let names = pointer.split('/').filter(|name| !name.is_empty() && *name != "*");
        let mut at = 0;
        for quoted in names.chain(Some(text).filter(|text| !text.is_empty())) {
            at += self.text[at..].find(&format!("\"{quoted}\"")).unwrap_or(0);
        }
        self.line + self.text[..at].matches('\n').count()
    }
}
