//! `enricher completions`: a script by which a shell completes the commands and their options.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::terminal;

/// Print a completion script for a shell
///
/// The script goes to stdout. Save it where your shell looks for completions.
#[derive(Args)]
#[command(after_help = "\
Examples:
    enricher completions bash \\
      > ~/.local/share/bash-completion/completions/enricher
    enricher completions fish > ~/.config/fish/completions/enricher.fish
  Into a folder that is in zsh's fpath:
    enricher completions zsh > ~/.zfunc/_enricher")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Completes the commands and options of `program`.
    pub(crate) fn run(self, mut program: Command) -> Result<ExitCode, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut program, "enricher", &mut text);
        terminal::to_stdout(&String::from_utf8(text)?);
        Ok(ExitCode::SUCCESS)
    }
}
