//! The event files that a replay reads: JSON as EventBridge delivers it.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use okta_request_enricher::text_file;

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

/// The file's bytes, without a byte order mark; `-` reads standard input.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if file.as_os_str() != "-" {
        let fault = |error: io::Error| format!("failed to read `{}`: {error}", file.display());
        let bytes = std::fs::read(file).map_err(fault)?;
        return Ok(text_file::without_mark(&bytes).map_err(|error| fault(error.into()))?.to_vec());
    }
    let fault = |error: io::Error| format!("failed to read standard input: {error}");
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(fault)?;
    Ok(text_file::without_mark(&bytes).map_err(|error| fault(error.into()))?.to_vec())
}
