//! Why a folder is no world: each fault with its file, its line and what to write.

use std::{fmt, path::PathBuf};

use super::{super::World, record::Record};

/// Why there is no world.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The folder itself can't be used.
    #[error("failed to read the world `{}`: {cause}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// Why, and what to do.
        cause: String,
    },
    /// Its files have faults.
    #[error("the world has {} faults", .0.len())]
    Faulty(Vec<WorldFault>),
}

/// One fault of a file. It displays as `FILE:LINE: text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldFault {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; `None` if the fault is about the whole file.
    pub line: Option<usize>,
    /// What is wrong, and what to write.
    pub text: String,
}

impl fmt::Display for WorldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        self.line.map_or(Ok(()), |line| write!(f, "{line}:"))?;
        write!(f, " {}", self.text)
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    all: Vec<WorldFault>,
    /// Whether a file could not be read to its end. Then nobody knows which ids lead nowhere.
    pub(super) is_incomplete: bool,
}

impl Faults {
    pub(super) fn add(&mut self, record: &Record, line: usize, text: String) {
        self.all.push(WorldFault { file: record.file.to_path_buf(), line: Some(line), text });
    }

    pub(super) fn add_of_file(&mut self, file: PathBuf, line: Option<usize>, text: String) {
        self.all.push(WorldFault { file, line, text });
    }

    /// A file that could not be read to its end.
    pub(super) fn add_unread(&mut self, file: PathBuf, line: Option<usize>, text: String) {
        self.is_incomplete = true;
        self.add_of_file(file, line, text);
    }

    /// The world, if there is no fault.
    pub(super) fn none(mut self, world: World) -> Result<World, WorldError> {
        if self.all.is_empty() {
            return Ok(world);
        }
        self.all.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
        Err(WorldError::Faulty(self.all))
    }
}
