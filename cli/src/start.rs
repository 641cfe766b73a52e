//! How the program begins and ends, whichever commands it has.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use okta_request_enricher::text::{self, PrintableLines};

use crate::failure::Failure;
use crate::{terminal, usage, verbosity};

/// The exit status of a command that ended so. Prints why it could not do its work.
pub(crate) fn exit_status(ended: Result<ExitCode, Failure>) -> ExitCode {
    ended.unwrap_or_else(|failure| {
        terminal::print_error(&text::system_error(&*failure));
        ExitCode::from(2)
    })
}

/// Reads the arguments. Prints a help text or an error, and returns its exit status, if that is all.
pub(crate) fn parse<P: Parser>(arguments: impl Iterator<Item = OsString>) -> Result<P, ExitCode> {
    let arguments: Vec<_> = arguments.collect();
    if let Some(instead) = usage::dash(&arguments) {
        terminal::print_error(&instead);
        return Err(ExitCode::from(2));
    }
    P::try_parse_from(&arguments).map_err(|error| {
        // An error of clap quotes the arguments as they are, and they may hold control characters. So clap reads the
        // printable arguments, too, and its error about those is printed.
        let printable: Vec<_> = arguments.iter().map(|it| text::printable(&it.to_string_lossy())).collect();
        let status = error.exit_code();
        match P::try_parse_from(&printable) {
            Err(error) => usage::print(&error, P::command(), &printable),
            // Only the unprintable characters were wrong.
            Ok(_) => terminal::print_error("an argument has control or invisible characters; type it anew"),
        }
        ExitCode::from(u8::try_from(status).unwrap_or(2))
    })
}

/// Sends the library's log lines to stderr: warnings, and with `verbose` each call to Okta. Commands say more
/// then, too.
pub(crate) fn be_verbose(verbose: bool) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;

    verbosity::set(verbose);
    let level = if verbose { LevelFilter::INFO } else { LevelFilter::WARN };
    let targets = Targets::new().with_target("okta_request_enricher", level);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(|| PrintableLines::new(std::io::stderr(), text::printable))
        .with_target(false)
        .without_time();
    tracing_subscriber::registry().with(layer.with_ansi(false).with_filter(targets)).init();
}
