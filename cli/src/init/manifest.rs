//! [`Manifest`]: a kit's kit.json: which version made the kit, for which processor, and the checksums by which
//! `--upgrade` sees what someone edited since.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use okta_request_enricher::{shape, text, text_file};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::files::KitFile;
use super::stage;
use crate::failure::Failure;
use crate::terminal;

/// Its file's name.
pub(super) const PATH: &str = "kit.json";

/// The limit of its file, in bytes. It has a line for each of a dozen files.
const LIMIT: u64 = 64 * 1024;

/// Members that another version wrote are ignored.
#[derive(Serialize, Deserialize)]
pub(super) struct Manifest {
    version: String,
    pub(super) architecture: Architecture,
    /// SHA-256 of each file that `--upgrade` replaces, in hexadecimal digits, by path.
    files: BTreeMap<String, String>,
    /// The same of a run that was cut off while it moved its files into the kit.
    #[serde(skip)]
    unfinished: BTreeMap<String, String>,
}

impl Manifest {
    /// Describes what this version writes.
    pub(super) fn of(architecture: Architecture, files: &[KitFile]) -> Manifest {
        let renewed = files.iter().filter(|file| file.is_renewed);
        let files = renewed.map(|file| (file.path.to_owned(), checksum(&file.content))).collect();
        Manifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            architecture,
            files,
            unfinished: BTreeMap::new(),
        }
    }

    /// Reads the one of an existing kit.
    pub(super) fn read(kit: &Path) -> Result<Manifest, Failure> {
        let file = kit.join(PATH);
        let restore = |why: &str| -> Failure {
            format!(
                "failed to read `{}`: {why}; restore it, or make a new kit and copy function/enrichment.toml and \
                 samconfig.toml into it",
                file.display()
            )
            .into()
        };
        let text = match read(&file) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                let kit = kit.display();
                return Err(format!(
                    "`{kit}` is not a kit: it has no {PATH}; without --upgrade, `enricher init` makes a new kit"
                )
                .into());
            }
            Err(error) => return Err(restore(&text::system_error(&error))),
        };
        let mut manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| restore(&error.to_string()))?;
        let unfinished = read(&kit.join(stage::PATH).join(PATH)).ok();
        if let Some(Ok(Manifest { files, .. })) = unfinished.map(|text| serde_json::from_str(&text)) {
            manifest.unfinished = files;
        }
        Ok(manifest)
    }

    /// The version that made the kit, if kit.json has something like one.
    pub(super) fn version(&self) -> &str {
        shape::shown(&self.version)
    }

    pub(super) fn file(&self) -> Result<KitFile, Failure> {
        Ok(KitFile::renewed(PATH, terminal::pretty_json(&serde_json::to_value(self)?)))
    }

    /// Whether the kit's file still is what the kit's version wrote, or a run that was cut off.
    pub(super) fn wrote(&self, path: &str, content: &[u8]) -> bool {
        let sums = [&self.files, &self.unfinished].into_iter().filter_map(|files| files.get(path));
        let is = checksum(content);
        sums.into_iter().any(|sum| sum.eq_ignore_ascii_case(&is))
    }
}

/// Reads the file, unless it can't be one of this program's.
fn read(file: &Path) -> io::Result<String> {
    // A pipe would be waited for.
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    match text_file::read_at_most(file, LIMIT)? {
        Some(bytes) => Ok(text_file::decode(&bytes)?.to_owned()),
        None => Err(io::Error::other(format!("it is larger than {} kB", LIMIT / 1024))),
    }
}

fn checksum(content: &[u8]) -> String {
    digest(&SHA256, content)
        .as_ref()
        .iter()
        .fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}
