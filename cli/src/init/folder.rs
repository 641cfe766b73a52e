//! [`Folder`]: the folder of a kit, and how files get into it. They are written into a folder of their own first,
//! and then moved: so a full disk leaves no half kit. Nothing is written by way of a link.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files::{Kind, KitFile};
use super::manifest::{self, Manifest};
use super::shell;
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

    /// Fails if the folder has files already.
    pub(super) fn require_empty(&self) -> Result<(), Failure> {
        let shown = self.0.display();
        let entries = match fs::read_dir(self.0) {
            Ok(entries) => entries,
            // A link that leads nowhere is found by its own metadata only.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.0.symlink_metadata().is_err() => {
                return Ok(());
            }
            Err(error) => {
                return Err(format!("`{shown}` can't be the kit's folder: {error}; {NEW_FOLDER}").into());
            }
        };
        if self.0.join(manifest::PATH).exists() {
            let word = shell::word(self.0);
            return Err(
                format!("`{shown}` is a kit already; `enricher init --upgrade {word}` renews it").into()
            );
        }
        for entry in entries {
            let name = entry?.file_name();
            if name != GIT {
                let name = name.display();
                return Err(format!("`{shown}` is not empty: it has `{name}`; {NEW_FOLDER}").into());
            }
        }
        Ok(())
    }

    /// Writes all files of a new kit, or none.
    pub(super) fn fill(&self, files: &[KitFile]) -> Result<(), Failure> {
        let was_there = self.0.exists();
        let filled =
            self.place(files.iter().map(|file| (PathBuf::from(file.path), &*file.content, file.kind)));
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
        self.place(replaced.chain(files.map(|file| (PathBuf::from(file.path), &*file.content, file.kind))))
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
            Err(error) => Err(format!("failed to read `{}`: {error}", whole.display()).into()),
        }
    }

    /// Writes files by way of a folder that is gone afterwards.
    fn place<'f>(&self, files: impl Iterator<Item = (PathBuf, &'f [u8], Kind)>) -> Result<(), Failure> {
        let failed = |path: &Path, error| format!("failed to write `{}`: {error}", path.display());
        fs::create_dir_all(self.0).map_err(|error| failed(self.0, error))?;
        let stage = tempfile::Builder::new().prefix(".enricher-").tempdir_in(self.0);
        let stage = stage.map_err(|error| failed(self.0, error))?;
        let mut staged = Vec::new();
        for (path, content, kind) in files {
            let (from, to) = (stage.path().join(&path), self.0.join(&path));
            let written = create_folder_of(&from).and_then(|()| fs::write(&from, content));
            written.and_then(|()| set_mode(&from, kind)).map_err(|error| failed(&to, error))?;
            staged.push((from, to));
        }
        for (from, to) in staged {
            let moved = create_folder_of(&to).and_then(|()| fs::rename(from, &to));
            moved.map_err(|error| failed(&to, error))?;
        }
        Ok(())
    }
}

fn unrenewed(path: &Path, why: &str, remedy: &str) -> Failure {
    format!("`{}` {why}, and nothing was renewed; {remedy}", path.display()).into()
}

fn create_folder_of(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir_all)
}

fn with_unix_line_breaks(content: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(content) {
        Ok(text) => text.replace("\r\n", "\n").into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// Lambda runs the function as a user of its own, and the zip takes the modes over: so these hold whatever the
/// umask.
#[cfg(unix)]
fn set_mode(path: &Path, kind: Kind) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = match kind {
        Kind::Text => 0o644,
        Kind::Program => 0o755,
    };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Whether Lambda can run the file, if it is a program.
#[cfg(unix)]
fn can_run(path: &Path, kind: Kind) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    let can_run = |metadata: fs::Metadata| metadata.permissions().mode() & 0o555 == 0o555;
    kind == Kind::Text || path.metadata().is_ok_and(can_run)
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: Kind) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn can_run(_: &Path, _: Kind) -> bool {
    true
}
