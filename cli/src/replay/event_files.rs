//! The event files that a replay reads: JSON as EventBridge delivers it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The files, with each folder replaced by its `*.json` files, sorted.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let listed = std::fs::read_dir(path)
            .map_err(|error| format!("failed to list `{}`: {error}", path.display()))?;
        let mut inside: Vec<_> = listed.filter_map(Result::ok).map(|entry| entry.path()).collect();
        inside.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        if inside.is_empty() {
            return Err(format!("`{}` holds no .json file", path.display()).into());
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

/// The file's bytes; `-` reads standard input.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if file.as_os_str() != "-" {
        return std::fs::read(file)
            .map_err(|error| format!("failed to read `{}`: {error}", file.display()).into());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| format!("failed to read standard input: {error}"))?;
    Ok(bytes)
}
