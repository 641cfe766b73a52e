//! `cargo replay` in a clone: the command `replay` alone, without the SDK of AWS, so that the first message is
//! seen in half of the time. `main.rs` has all commands.

// The files that it shares with the other commands have more than it uses.
#![allow(dead_code)]

mod credential;
mod excerpt;
mod failure;
mod local_org;
mod message_lines;
mod misses;
mod policy_note;
mod policy_option;
mod replay;
mod start;
mod terminal;
mod time_limit;
mod usage;
mod verbosity;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The command `replay` of `enricher`, which needs no AWS.
#[derive(Parser)]
#[command(name = "enricher", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Log each call to Okta on stderr, and why rules do not match
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    Replay(replay::Replay),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli: Cli = match start::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    start::be_verbose(cli.verbose);
    let Command::Replay(replay) = cli.command;
    start::exit_status(Box::pin(replay.run()).await)
}
