//! The manners of the command line, whichever command runs: wrong usage, colours, closed pipes, Ctrl-C, the width
//! of help texts, and that every example of a help text runs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod help;
mod output;
#[path = "../support/mod.rs"]
mod support;
mod usage;

use support::{Ran, enricher};

fn run(arguments: &[&str]) -> Ran {
    enricher().args(arguments).output().unwrap().into()
}

/// The names of all commands; the empty one is the program itself.
fn commands() -> Vec<String> {
    let help = run(&["--help"]).stdout;
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = names.filter(|name| !["", "help"].contains(name)).map(str::to_owned);
    std::iter::once(String::new()).chain(names).collect()
}
