//! [`Bootstrap`]: the Lambda's binary, which a user gives or which is installed with this program.

use std::io;
use std::path::{Path, PathBuf};

use okta_request_enricher::text::system_error;

use super::architecture::Architecture;
use super::elf;
use crate::failure::Failure;

/// Lambda takes no more, unpacked
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MAX_BYTES: u64 = 250 * 1024 * 1024;

/// `AWS_LAMBDA_RUNTIME_API`, the variable in which Lambda tells a program where to ask for events. Backwards,
/// or this program itself would contain it.
const RUNTIME_API_BACKWARDS: &[u8] = b"IPA_EMITNUR_ADBMAL_SWA";

pub(crate) struct Bootstrap {
    pub(crate) architecture: Architecture,
    pub(crate) content: Vec<u8>,
    file: PathBuf,
}

impl Bootstrap {
    /// Reads a binary, and takes its processor from its header.
    pub(crate) fn read(file: &Path) -> Result<Bootstrap, Failure> {
        let shown = file.display();
        let unread = |error: io::Error| {
            format!("failed to read the Lambda's binary `{shown}`: {}", system_error(&error))
        };
        let metadata = std::fs::metadata(file).map_err(unread)?;
        if !metadata.is_file() {
            return Err(format!("`{shown}` is not a file; give the Lambda's binary, `bootstrap`").into());
        }
        if metadata.len() > MAX_BYTES {
            return Err(format!("`{shown}` is larger than Lambda takes (250 MB)").into());
        }
        let content = std::fs::read(file).map_err(unread)?;
        match elf::architecture(&content) {
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

    /// Whether the program can ask Lambda for events. The command line, for example, can't.
    pub(crate) fn serves_lambda(&self) -> bool {
        let is_name = |bytes: &[u8]| bytes.iter().rev().eq(RUNTIME_API_BACKWARDS);
        self.content.windows(RUNTIME_API_BACKWARDS.len()).any(is_name)
    }
}

/// Where the wheel and the archives of a release put the binary. pipx links to this program, so the link is
/// followed first.
fn place(architecture: Architecture) -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().and_then(|file| file.canonicalize());
    let program = program
        .map_err(|error| format!("failed to find this program's own file: {}", system_error(&error)))?;
    let installed = program.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
    Ok(installed.join("share/okta-request-enricher").join(architecture.name()).join("bootstrap"))
}
