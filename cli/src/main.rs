//! `enricher`: the operator's command line. One file a command; data on stdout, everything else on stderr; exit
//! status 0 all well, 1 something failed, 2 wrong usage.

mod aws;
mod backtest;
mod check;
mod completions;
mod doctor;
mod environment;
mod man;
mod reconcile;
mod redrive;
mod replay;
mod simulate;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What every command may say went wrong: a text that reads alone.
type Failure = Box<dyn std::error::Error>;

/// Tools for okta-request-enricher, the Lambda that puts the facts an approver needs onto Okta access requests.
#[derive(Parser)]
#[command(
    name = "enricher",
    version,
    after_help = "\
Examples:
  enricher replay events/access.request.create--v2.json   see the message, without any account
  enricher check enrichment.toml                          what is wrong with a policy file
  enricher doctor --function NAME                         what is wrong with a deployment, and what to do
  enricher simulate --port 8080                           an Okta for `cargo lambda watch`
  enricher redrive --queue-url URL --dry-run              what is in the dead-letter queue, and why
  enricher reconcile --function NAME --dry-run            which requests the stream lost
  enricher backtest --since 30d                           the policy on past requests, posting nothing

Run `enricher COMMAND --help` for more. Exit status: 0 all well, 1 something failed, 2 wrong usage."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Tell on stderr of each call to Okta
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    Replay(replay::Replay),
    Check(check::Check),
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
    let cli = Cli::parse();
    trace(cli.verbose);
    let ended = match cli.command {
        Command::Replay(command) => command.run().await,
        Command::Check(command) => command.run(),
        Command::Simulate(command) => command.run().await,
        Command::Doctor(command) => Box::pin(command.run()).await,
        Command::Redrive(command) => command.run().await,
        Command::Reconcile(command) => Box::pin(command.run()).await,
        Command::Backtest(command) => Box::pin(command.run()).await,
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    };
    ended.unwrap_or_else(|failure| {
        anstream::eprintln!("{}error:{} {failure}", terminal::style(anstyle::AnsiColor::Red), anstyle::Reset);
        ExitCode::from(2)
    })
}

fn trace(verbose: bool) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;

    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::WARN };
    let targets = Targets::new().with_target("okta_request_enricher", level);
    let layer =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).without_time();
    tracing_subscriber::registry().with(layer.with_ansi(false).with_filter(targets)).init();
}
