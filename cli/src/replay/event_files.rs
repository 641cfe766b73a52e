//! The files of events that a replay reads, and their bytes.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use okta_request_enricher::{text, text_file};

use crate::failure::Failure;

/// What a file of events in a folder is called.
const EXTENSIONS: [&str; 3] = ["json", "jsonl", "ndjson"];

/// The files, with each folder replaced by those files in it that can hold events, sorted.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let listed = std::fs::read_dir(path).map_err(|error| {
            format!("failed to list `{}`: {}", path.display(), text::system_error(&error))
        })?;
        let mut inside: Vec<_> = listed.filter_map(Result::ok).map(|entry| entry.path()).collect();
        inside.retain(|file| file.extension().is_some_and(|it| EXTENSIONS.iter().any(|known| it == *known)));
        if inside.is_empty() {
            return Err(format!("`{}` holds no .json, .jsonl or .ndjson file", path.display()).into());
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

/// What to call a file in an error.
pub(super) fn name(file: &Path) -> String {
    if file.as_os_str() == "-" { "standard input".to_owned() } else { format!("`{}`", file.display()) }
}

/// The file's bytes, without a byte order mark; `-` reads standard input.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let fault = |error: io::Error| format!("failed to read {}: {}", name(file), text::system_error(&error));
    let bytes = if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    let bytes = bytes.map_err(fault)?;
    Ok(text_file::without_mark(&bytes).map_err(|error| fault(error.into()))?.to_vec())
}
