//! [`Folder`]: the folder of a kit: whether it may become one, and what of it `--upgrade` has to write. `stage`
//! writes the files. Nothing is written by way of a link.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use okta_request_enricher::text;

use super::files::{Kind, KitFile};
use super::manifest::{self, Manifest};
use super::{shell, stage};
use crate::failure::Failure;

const NEW_FOLDER: &str = "give a new or an empty folder";

/// May be there already: a new repository is empty, too.
const GIT: &str = ".git";

/// Where `--overwrite` keeps what it replaces. Not beside it: what is in `function` is deployed.
pub(super) const EDITED: &str = "edited";

pub(super) struct Folder<'a>(&'a Path);

/// What `--upgrade` has to write.
pub(super) struct Renewal<'a> {
    /// Missing, or as the kit's version wrote it.
    pub(super) stale: Vec<&'a KitFile>,
    /// Someone changed it.
    pub(super) edited: Vec<&'a KitFile>,
}

impl<'a> Folder<'a> {
    pub(super) fn new(path: &'a Path) -> Folder<'a> {
        Folder(path)
    }

    /// Fails if the folder has files already, or a name that the next steps can't show.
    pub(super) fn require_empty(&self) -> Result<(), Failure> {
        let shown = self.0.display();
        if self.0.to_str().is_none_or(|name| text::printable(name) != name) {
            let why = "its name has control, invisible or unknown characters";
            return Err(format!("`{shown}` can't be the kit's folder: {why}; give another name").into());
        }
        let unusable = |error: &io::Error| -> Failure {
            let why = text::system_error(error);
            format!("`{shown}` can't be the kit's folder: {why}; {NEW_FOLDER}").into()
        };
        let entries = match fs::read_dir(self.0) {
            Ok(entries) => entries,
            // A link that leads nowhere is found by its own metadata only.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.0.symlink_metadata().is_err() => {
                return Ok(());
            }
            Err(error) => {
                return Err(unusable(&error));
            }
        };
        if self.0.join(manifest::PATH).exists() {
            let word = shell::word(self.0);
            return Err(
                format!("`{shown}` is a kit already; `enricher init --upgrade {word}` renews it").into()
            );
        }
        let is_unfinished = self.0.join(stage::PATH).exists();
        for entry in entries {
            let name = entry.map_err(|error| unusable(&error))?.file_name();
            if name == GIT || name == stage::PATH {
                continue;
            }
            let name = name.display();
            let (is, remedy) = if is_unfinished {
                ("has a kit that was cut off", "delete its files, or give a new folder")
            } else {
                ("is not empty", NEW_FOLDER)
            };
            return Err(format!("`{shown}` {is}: it has `{name}`; {remedy}").into());
        }
        Ok(())
    }

    /// Writes all files of a new kit, or none.
    pub(super) fn fill(&self, files: &[KitFile]) -> Result<(), Failure> {
        let was_there = self.0.exists();
        fs::create_dir_all(self.0).map_err(|error| stage::failed(self.0, &error))?;
        let _lock = self.lock()?;
        // Another run may have filled it meanwhile.
        self.require_empty()?;
        let filled = stage::place(
            self.0,
            files.iter().map(|file| (PathBuf::from(file.path), &*file.content, file.kind)),
        );
        if filled.is_err() {
            self.empty(files);
            if !was_there {
                drop(fs::remove_dir(self.0));
            }
        }
        filled
    }

    /// Removes what [`Folder::fill`] has written. What can't be removed stays: the error before this is told.
    fn empty(&self, files: &[KitFile]) {
        for file in files {
            drop(fs::remove_file(self.0.join(file.path)));
        }
        for folder in files.iter().filter_map(|file| Path::new(file.path).parent()) {
            if !folder.as_os_str().is_empty() {
                drop(fs::remove_dir(self.0.join(folder)));
            }
        }
    }

    /// Keeps other runs out of the folder, until the lock is dropped. Where folders have no locks, nothing does.
    pub(super) fn lock(&self) -> Result<Option<File>, Failure> {
        let Ok(folder) = File::open(self.0) else { return Ok(None) };
        match folder.try_lock() {
            Ok(()) => Ok(Some(folder)),
            Err(TryLockError::WouldBlock) => Err(format!(
                "another `enricher init` is at work in `{}`; wait for its end, then run this again",
                self.0.display()
            )
            .into()),
            Err(TryLockError::Error(_)) => Ok(None),
        }
    }

    /// Compares the files that this version writes with those of the kit. Writes nothing.
    pub(super) fn compare<'f>(
        &self,
        files: &'f [KitFile],
        former: &Manifest,
    ) -> Result<Renewal<'f>, Failure> {
        let mut renewal = Renewal { stale: Vec::new(), edited: Vec::new() };
        for file in files {
            match self.content(file)? {
                // With its new content it was written by a run that was cut off later.
                Some(content) if content == file.content => {
                    if !can_run(&self.0.join(file.path), file.kind) {
                        renewal.stale.push(file);
                    }
                }
                Some(content) if !former.wrote(file.path, &content) => renewal.edited.push(file),
                _ => renewal.stale.push(file),
            }
        }
        Ok(renewal)
    }

    /// Whether the kit has a text as it is to be.
    pub(super) fn has(&self, file: &KitFile) -> Result<bool, Failure> {
        Ok(self.content(file)?.is_some_and(|content| content == file.content))
    }

    /// Writes what is stale or edited, and keeps what was edited.
    pub(super) fn renew(&self, renewal: &Renewal<'_>) -> Result<(), Failure> {
        let mut replaced = Vec::new();
        for file in &renewal.edited {
            let kept = Path::new(EDITED).join(file.path);
            if self.read(&kept)?.is_some() {
                let shown = self.0.join(kept);
                return Err(unrenewed(&shown, "is there already", "move it away first"));
            }
            let content = self.read(Path::new(file.path))?.unwrap_or_default();
            replaced.push((kept, content, file.kind));
        }
        let replaced = replaced.iter().map(|(path, content, kind)| (path.clone(), &**content, *kind));
        // kit.json comes last: a run that is cut off before can be repeated.
        let files = renewal.edited.iter().chain(&renewal.stale);
        stage::place(
            self.0,
            replaced.chain(files.map(|file| (PathBuf::from(file.path), &*file.content, file.kind))),
        )
    }

    /// What the kit has of a file, with Unix's line breaks: git on Windows checks text out with others. `None` if
    /// it is missing.
    fn content(&self, file: &KitFile) -> Result<Option<Vec<u8>>, Failure> {
        let content = self.read(Path::new(file.path))?;
        Ok(if file.kind == Kind::Text { content.map(with_unix_line_breaks) } else { content })
    }

    /// The content of a file below the folder, `None` if it is missing. Fails if a link leads to it, for what is
    /// written there could be anyone's.
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        for part in path.ancestors().filter(|part| !part.as_os_str().is_empty()) {
            let whole = self.0.join(part);
            let Ok(metadata) = whole.symlink_metadata() else { continue };
            if metadata.is_symlink() {
                return Err(unrenewed(&whole, "is a symbolic link", "put what it leads to in its place"));
            }
            if part == path && !metadata.is_file() {
                return Err(unrenewed(&whole, "is not a file", "move it away first"));
            }
            if part != path && !metadata.is_dir() {
                return Err(unrenewed(&whole, "is not a folder", "move it away first"));
            }
        }
        let whole = self.0.join(path);
        match fs::read(&whole) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(format!("failed to read `{}`: {}", whole.display(), text::system_error(&error)).into())
            }
        }
    }
}

fn unrenewed(path: &Path, why: &str, remedy: &str) -> Failure {
    format!("`{}` {why}, and nothing was renewed; {remedy}", path.display()).into()
}

fn with_unix_line_breaks(content: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(content) {
        Ok(text) => text.replace("\r\n", "\n").into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// Whether Lambda can run the file, if it is a program.
#[cfg(unix)]
fn can_run(path: &Path, kind: Kind) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    let can_run = |metadata: fs::Metadata| metadata.permissions().mode() & 0o555 == 0o555;
    kind == Kind::Text || path.metadata().is_ok_and(can_run)
}

#[cfg(not(unix))]
fn can_run(_: &Path, _: Kind) -> bool {
    true
}
