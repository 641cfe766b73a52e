//! `enricher completions`: what a shell needs to complete the commands and their options.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Failure};

/// Print the completions for a shell
///
/// They go to stdout; put them where your shell looks for completions.
#[derive(Args)]
#[command(after_help = "\
Examples:
  enricher completions bash > ~/.local/share/bash-completion/completions/enricher
  enricher completions zsh > ~/.zfunc/_enricher             a folder that is in your fpath
  enricher completions fish > ~/.config/fish/completions/enricher.fish")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "enricher", &mut text);
        std::io::stdout().write_all(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}
