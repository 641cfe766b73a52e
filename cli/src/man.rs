//! `enricher man`: manual pages, made from the same text as `--help`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use okta_request_enricher::text::system_error;

use crate::failure::Failure;

/// Write the manual pages into a folder
///
/// Writes one page for the program and one for each command: enricher.1, enricher-replay.1, … Creates the
/// folder if it does not exist.
#[derive(Args)]
#[command(after_help = "\
Examples:
    enricher man ~/.local/share/man/man1 && man enricher-redrive")]
pub(crate) struct Man {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    /// Describes `program` and its commands.
    pub(crate) fn run(self, program: Command) -> Result<ExitCode, Failure> {
        let fault = |error: io::Error| {
            let (folder, why) = (self.folder.display(), system_error(&error));
            format!("failed to write the pages into `{folder}`: {why}")
        };
        std::fs::create_dir_all(&self.folder).map_err(fault)?;
        clap_mangen::generate_to(program.disable_help_subcommand(true), &self.folder).map_err(fault)?;
        Ok(ExitCode::SUCCESS)
    }
}
