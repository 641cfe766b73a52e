//! `enricher init`, as its user runs it: what is in a kit, which binary it takes, what `--upgrade` replaces and keeps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod binary;
mod contents;
mod new;
#[path = "../support/mod.rs"]
mod support;
mod upgrade;

use std::path::{Path, PathBuf};

use support::Ran;
use tempfile::TempDir;

const ARM64: u16 = 183;
const X86_64: u16 = 62;

/// The files of a kit, in the order of their names.
const FILES: [&str; 12] = [
    ".gitignore",
    "enrichment.schema.json",
    "events/access.request.create--on-behalf.json",
    "events/access.request.create--sod-conflict.json",
    "events/access.request.create--v1.json",
    "events/access.request.create--v2.json",
    "function/bootstrap",
    "function/enrichment.toml",
    "kit.json",
    "runbook.md",
    "samconfig.toml",
    "template.yaml",
];

/// The head of a Linux program for this processor (elf(5)), and what makes it one of Lambda's.
fn program(machine: u16) -> Vec<u8> {
    let mut program = b"\x7FELF\x02\x01\x01\x00\0\0\0\0\0\0\0\0\x03\x00".to_vec();
    program.extend(machine.to_le_bytes());
    program.resize(64, 0);
    program.extend(b"AWS_LAMBDA_RUNTIME_API");
    program
}

/// A folder with a Lambda's binary for each processor, in which kits are made.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.write("arm64", program(ARM64));
        place.write("x86_64", program(X86_64));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn init(&self, arguments: &[&str]) -> Ran {
        support::enricher()
            .current_dir(self.folder.path())
            .arg("init")
            .args(arguments)
            .output()
            .unwrap()
            .into()
    }

    /// Makes a kit for arm64 in `kit`.
    fn kit(&self) {
        let ran = self.init(&["kit", "--bootstrap", "arm64"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    }

    /// The processor that the kit's template names, in whichever form of a list.
    fn processor(&self, kit: &str) -> String {
        let template = self.read(&format!("{kit}/template.yaml"));
        let list =
            template.split("      Architectures:").nth(1).unwrap().trim_start_matches([' ', '\n', '-', '[']);
        list.split([']', '\n']).next().unwrap().to_owned()
    }

    fn files(&self, folder: &str) -> Vec<String> {
        let folder = self.path(folder);
        let mut files = files_below(&folder);
        files.sort();
        files.iter().map(|file| file.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned()).collect()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// SHA-256, in hexadecimal digits.
fn checksum(content: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    digest.as_ref().iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    path.metadata().unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
