//! [`Bootstrap`]: the Lambda's binary: where it is installed, and which processor it is for.

use std::path::{Path, PathBuf};

use super::architecture::Architecture;
use crate::failure::Failure;

/// Lambda takes no more, unpacked
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MAX_BYTES: u64 = 250 * 1024 * 1024;

/// The variable in which Lambda tells a program where to ask for events.
const RUNTIME_API: &[u8] = b"AWS_LAMBDA_RUNTIME_API";

pub(crate) struct Bootstrap {
    pub(crate) architecture: Architecture,
    pub(crate) content: Vec<u8>,
    file: PathBuf,
}

impl Bootstrap {
    /// Reads a binary, and takes its processor from its header.
    pub(crate) fn read(file: &Path) -> Result<Bootstrap, Failure> {
        let shown = file.display();
        let unread = |error| format!("failed to read the Lambda's binary `{shown}`: {error}");
        let metadata = std::fs::metadata(file).map_err(unread)?;
        if !metadata.is_file() {
            return Err(format!("`{shown}` is not a file; give the Lambda's binary, `bootstrap`").into());
        }
        if metadata.len() > MAX_BYTES {
            return Err(format!("`{shown}` is larger than Lambda takes (250 MB)").into());
        }
        let content = std::fs::read(file).map_err(unread)?;
        match architecture(&content) {
            Ok(architecture) => Ok(Bootstrap { architecture, content, file: file.to_owned() }),
            Err(kind) => Err(format!(
                "`{shown}` is not a Linux program for arm64 or x86_64 (it is {kind}); give the Lambda's binary, `bootstrap`"
            )
            .into()),
        }
    }

    /// The binary that was installed with this program, for this processor or the preferred one.
    pub(crate) fn installed(architecture: Option<Architecture>) -> Result<Bootstrap, Failure> {
        let wanted = architecture.map_or(Architecture::ALL.to_vec(), |one| vec![one]);
        let places: Vec<_> = wanted.iter().map(|one| place(*one)).collect::<Result<_, _>>()?;
        let Some(index) = places.iter().position(|file| file.exists()) else {
            let places: Vec<_> = places.iter().map(|file| format!("`{}`", file.display())).collect();
            return Err(format!(
                "the Lambda's binary was not installed with this program: there is no {}; install enricher from the \
                 wheel or the archive of a release, or give the binary with --bootstrap FILE",
                places.join(" and no ")
            )
            .into());
        };
        let bootstrap = Bootstrap::read(&places[index])?;
        bootstrap.require(Some(wanted[index]))?;
        Ok(bootstrap)
    }

    /// Fails if the binary is for another processor.
    pub(crate) fn require(&self, architecture: Option<Architecture>) -> Result<(), Failure> {
        match architecture {
            Some(wanted) if wanted != self.architecture => Err(format!(
                "`{}` is for {}, not for {wanted}; give --architecture {} if that is meant",
                self.file.display(),
                self.architecture,
                self.architecture
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// Whether the program can ask Lambda for events. The command line itself, say, can't.
    pub(crate) fn serves_lambda(&self) -> bool {
        self.content.windows(RUNTIME_API.len()).any(|bytes| bytes == RUNTIME_API)
    }
}

/// Where the wheel and the archives of a release put the binary. pipx links to this program, so the link is
/// followed first.
fn place(architecture: Architecture) -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().and_then(|file| file.canonicalize());
    let program = program.map_err(|error| format!("failed to find this program's own file: {error}"))?;
    let installed = program.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
    Ok(installed.join("share/okta-request-enricher").join(architecture.name()).join("bootstrap"))
}

/// The processor of a Linux program, from its ELF header (elf(5)); or what the file is instead.
fn architecture(content: &[u8]) -> Result<Architecture, &'static str> {
    match content {
        [] => Err("empty"),
        [b'P', b'K', 3, 4, ..] => Err("a zip archive, which has to be unpacked"),
        [b'M', b'Z', ..] => Err("a Windows program"),
        [0xCF | 0xCE, 0xFA, 0xED, 0xFE, ..] | [0xCA, 0xFE, 0xBA, 0xBE, ..] => Err("a macOS program"),
        // 64 bits, little-endian; the systems are "System V", which stands for Linux too, and Linux.
        [0x7F, b'E', b'L', b'F', 2, 1, _, 0 | 3, ..] => match content.get(16..20) {
            // An executable file or a position-independent one; the processor.
            Some([2 | 3, 0, 183, 0]) => Ok(Architecture::Arm64),
            Some([2 | 3, 0, 62, 0]) => Ok(Architecture::X86),
            Some([2 | 3, 0, _, _]) => Err("for another processor"),
            Some(_) => Err("no finished program"),
            None => Err("cut off"),
        },
        [0x7F, b'E', b'L', b'F', ..] => Err("for another system or processor"),
        _ => Err("no program"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_the_processor_and_whatever_else_the_file_is() {
        let elf = |class, order, system, kind, machine: u16| {
            let mut header = vec![0x7F, b'E', b'L', b'F', class, order, 1, system];
            header.resize(16, 0);
            header.extend([kind, 0]);
            header.extend(machine.to_le_bytes());
            header
        };
        assert_eq!(architecture(&elf(2, 1, 0, 3, 183)), Ok(Architecture::Arm64));
        assert_eq!(architecture(&elf(2, 1, 3, 2, 62)), Ok(Architecture::X86));
        let arm64 = elf(2, 1, 0, 3, 183);
        let others: [(&[u8], &str); 12] = [
            (b"", "empty"),
            (b"PK\x03\x04...", "a zip archive, which has to be unpacked"),
            (b"MZ\x90", "a Windows program"),
            (b"\xCF\xFA\xED\xFE\x0C\x00\x00\x01", "a macOS program"),
            (b"\xCA\xFE\xBA\xBE", "a macOS program"),
            (b"#!/bin/sh\n", "no program"),
            (&arm64[..19], "cut off"),
            (&elf(1, 1, 0, 2, 40), "for another system or processor"),
            (&elf(2, 2, 0, 2, 62), "for another system or processor"),
            (&elf(2, 1, 9, 2, 62), "for another system or processor"),
            (&elf(2, 1, 0, 3, 243), "for another processor"),
            (&elf(2, 1, 0, 1, 62), "no finished program"),
        ];
        for (content, kind) in others {
            assert_eq!(architecture(content), Err(kind), "{content:?}");
        }
    }
}
