//! Writes files into a kit. They are all written into the stage first, a folder in the kit's own, and then moved: so a
//! full disk leaves no half kit. A run that is killed leaves its stage, which the next run removes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use okta_request_enricher::text::system_error;

use super::files::Kind;
use crate::failure::Failure;

/// The stage's name. A run moves its files into the kit in the order in which it wrote them, kit.json last. So a run
/// that is killed in between leaves the old kit.json, and can be repeated.
pub(super) const PATH: &str = ".enricher-new";

/// Writes these files below the kit's folder. The caller has locked it.
pub(super) fn place<'f>(
    kit: &Path,
    files: impl Iterator<Item = (PathBuf, &'f [u8], Kind)>,
) -> Result<(), Failure> {
    let stage = kit.join(PATH);
    let placed = remove(&stage)
        .and_then(|()| fs::create_dir(&stage))
        .map_err(|error| failed(kit, &error))
        .and_then(|()| place_from(&stage, kit, files));
    // The failure before this one is the one to report.
    let removed = remove(&stage).map_err(|error| failed(&stage, &error));
    Ok(placed.and(removed)?)
}

fn place_from<'f>(
    stage: &Path,
    kit: &Path,
    files: impl Iterator<Item = (PathBuf, &'f [u8], Kind)>,
) -> Result<(), String> {
    let mut staged = Vec::new();
    for (path, content, kind) in files {
        let (from, to) = (stage.join(&path), kit.join(&path));
        create_folder_of(&from)
            .and_then(|()| fs::write(&from, content))
            .and_then(|()| set_mode(&from, kind))
            .map_err(|error| failed(&to, &error))?;
        staged.push((from, to));
    }
    for (from, to) in staged {
        create_folder_of(&to).and_then(|()| fs::rename(from, &to)).map_err(|error| failed(&to, &error))?;
    }
    Ok(())
}

/// Why a file or folder of a kit could not be written.
pub(super) fn failed(path: &Path, error: &io::Error) -> String {
    format!("failed to write `{}`: {}", path.display(), system_error(error))
}

fn create_folder_of(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Removes the stage, if there is one. Of a link, only the link is removed.
fn remove(stage: &Path) -> io::Result<()> {
    match fs::remove_dir_all(stage) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
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

#[cfg(not(unix))]
fn set_mode(_: &Path, _: Kind) -> io::Result<()> {
    Ok(())
}
