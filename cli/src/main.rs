//! `enricher`: the operator's command line. Each command has a file. Data goes to stdout, everything else to
//! stderr. Exit status: 0 all well, 1 something failed, 2 wrong usage.

mod aws;
mod backtest;
mod check;
mod completions;
mod credential;
mod deployed;
mod doctor;
mod environment;
mod excerpt;
mod failure;
mod init;
mod invocation;
mod man;
mod queue_url;
mod reconcile;
mod redrive;
mod replay;
mod roots;
mod simulate;
mod terminal;
mod time_span;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use okta_request_enricher::text::{self, PrintableLines};

/// Tools for okta-request-enricher, the Lambda that posts the facts an approver needs onto Okta access
/// requests.
#[derive(Parser)]
#[command(
    name = "enricher",
    version,
    after_help = "\
Examples:
  enricher replay events/access.request.create--v2.json   show the message; needs no account
  enricher check enrichment.toml                          check a policy file
  enricher init kit                                       write a deployment kit; needs no Rust
  enricher doctor --function NAME                         check a deployment, and say what to do
  enricher simulate --port 8080                           an Okta on this machine
  enricher redrive --queue-url URL --dry-run              show the dead letters, and why they failed
  enricher reconcile --function NAME --dry-run            show the requests whose events were lost
  enricher backtest --since 30d                           try the policy on past requests; posts nothing

Run `enricher COMMAND --help` for more. Exit status: 0 all well, 1 something failed, 2 wrong usage."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Log each call to Okta on stderr
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    Replay(replay::Replay),
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
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    trace(cli.verbose);
    let ended = match cli.command {
        Command::Replay(command) => command.run().await,
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
    ended.unwrap_or_else(|failure| {
        terminal::print_error(&failure.to_string());
        ExitCode::from(2)
    })
}

/// Reads the arguments. Prints a help text or an error, and returns its exit status, if that is all.
fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let arguments: Vec<_> = arguments.collect();
    Cli::try_parse_from(&arguments).map_err(|error| {
        // clap quotes arguments as they are. So it reads them once more, printable.
        let printable = arguments.iter().map(|it| text::printable(&it.to_string_lossy()));
        let status = error.exit_code();
        match Cli::try_parse_from(printable) {
            Err(error) => drop(error.print()),
            // Only the unprintable characters were wrong.
            Ok(_) => terminal::print_error("an argument has control or invisible characters; type it anew"),
        }
        ExitCode::from(u8::try_from(status).unwrap_or(2))
    })
}

/// Sends the library's log lines to stderr: warnings, and with `verbose` each call to Okta.
fn trace(verbose: bool) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;

    let level = if verbose { LevelFilter::INFO } else { LevelFilter::WARN };
    let targets = Targets::new().with_target("okta_request_enricher", level);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(|| PrintableLines::new(std::io::stderr(), text::printable))
        .with_target(false)
        .without_time();
    tracing_subscriber::registry().with(layer.with_ansi(false).with_filter(targets)).init();
}
