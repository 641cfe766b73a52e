//! What all commands show and read alike: colours, progress, failures, spans of time.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use anstyle::AnsiColor;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Span, SpanRelativeTo};

/// From this many steps on, a terminal shows progress.
const MANY: usize = 5;

/// A bold colour; `anstream` leaves it out where the output is no terminal or `NO_COLOR` is set.
pub(crate) fn style(color: AnsiColor) -> anstyle::Style {
    color.on_default().bold()
}

/// Progress through so many steps; nothing where it would not be seen.
pub(crate) fn progress(steps: usize) -> ProgressBar {
    if steps < MANY || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    let form = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    form.map(|form| bar.clone().with_style(form)).unwrap_or(bar)
}

/// Says why the command failed, and its exit status.
pub(crate) fn failed(why: &str) -> ExitCode {
    anstream::eprintln!("{}error:{} {why}", style(AnsiColor::Red), anstyle::Reset);
    ExitCode::FAILURE
}

/// Reads a span of time, as an argument.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let span = text.parse::<Span>().ok();
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    length
        .and_then(|length| Duration::try_from(length).ok())
        .ok_or_else(|| "a time looks like 30m, 6h or 2d".to_owned())
}
