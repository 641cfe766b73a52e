//! `enricher`: the operator's command line. Each command has a file. Data goes to stdout, everything else to
//! stderr. Exit status: 0 all well, 1 something failed, 2 wrong usage.

mod aws;
mod backtest;
mod check;
mod completions;
mod credential;
mod deployed;
mod differing_lines;
mod doctor;
mod environment;
mod excerpt;
mod failure;
mod init;
mod interrupt;
mod invocation;
mod local_org;
mod man;
mod message_lines;
mod misses;
mod policy_note;
mod policy_option;
mod preview;
mod queue_url;
mod reconcile;
mod redrive;
mod replay;
mod request_id;
mod roots;
mod simulate;
mod start;
mod terminal;
mod time_limit;
mod time_span;
mod usage;
mod verbosity;
mod world;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

/// Tools for okta-request-enricher, the Lambda that posts the facts an approver needs onto Okta access
/// requests.
#[derive(Parser)]
#[command(
    name = "enricher",
    version,
    after_help = "\
Examples:
  Show a message; needs no account and no AWS:
    enricher replay events/access.request.create--v2.json
  Show the message that a request of your org would get; posts nothing:
    enricher preview --function okta-request-enricher req42kjDgk1EubTwo0g4
  Check a policy file:
    enricher check enrichment.toml
  Write a deployment kit, and check what was deployed:
    enricher init kit
    enricher doctor --function okta-request-enricher

`enricher COMMAND --help` has more examples.
Exit status: 0 all well, 1 something failed, 2 wrong usage."
)]
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
    Preview(preview::Preview),
    Check(check::CheckPolicy),
    Init(init::Init),
    Simulate(simulate::Simulate),
    Doctor(doctor::Doctor),
    Redrive(redrive::Redrive),
    Reconcile(reconcile::Reconcile),
    Backtest(backtest::Backtest),
    Completions(completions::Completions),
    Man(man::Man),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli: Cli = match start::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    start::be_verbose(cli.verbose);
    let ended = match cli.command {
        Command::Replay(command) => Box::pin(command.run()).await,
        Command::Preview(command) => Box::pin(command.run()).await,
        Command::Check(command) => Box::pin(command.run()).await,
        Command::Init(command) => command.run(),
        Command::Simulate(command) => command.run().await,
        Command::Doctor(command) => Box::pin(command.run()).await,
        Command::Redrive(command) => command.run().await,
        Command::Reconcile(command) => Box::pin(command.run()).await,
        Command::Backtest(command) => Box::pin(command.run()).await,
        Command::Completions(command) => command.run(Cli::command()),
        Command::Man(command) => command.run(Cli::command()),
    };
    start::exit_status(ended)
}
