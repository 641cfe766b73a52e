//! The terminal, as all commands write to it: colours, a progress bar, errors, and text that is safe to
//! print.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anstyle::AnsiColor;
use indicatif::{ProgressBar, ProgressStyle};

/// Fewer steps than this are done before anyone looks at a progress bar.
const LEAST_STEPS: usize = 5;

/// Characters kept of a printed text, so that a hostile one can't fill the screen.
const MAX_CHARS: usize = 2000;

/// A bold colour. `anstream` leaves it out if the output is no terminal or `NO_COLOR` is set.
pub(crate) fn style(color: AnsiColor) -> anstyle::Style {
    color.on_default().bold()
}

/// A progress bar for this many steps. Hidden for a few steps, and if stderr is no terminal.
pub(crate) fn progress(steps: usize) -> ProgressBar {
    if steps < LEAST_STEPS || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    let form = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    form.map(|form| bar.clone().with_style(form)).unwrap_or(bar)
}

/// Prints an error on stderr.
pub(crate) fn print_error(why: &str) {
    anstream::eprintln!("{}error:{} {why}", style(AnsiColor::Red), anstyle::Reset);
}

/// Prints why the command failed; returns exit status 1.
pub(crate) fn failed(why: &str) -> ExitCode {
    print_error(why);
    ExitCode::FAILURE
}

/// Makes a text from outside safe to print: without control and invisible characters, which could move the
/// cursor or reorder the line; without words that contain `@`, which may be e-mail addresses; on one line of
/// at most 2000 characters.
///
/// This program's own texts hold no personal data. But anybody with access may write into a queue, and names
/// in AWS and Okta are chosen by others.
pub(crate) fn printable(text: &str) -> String {
    let visible = text.chars().map(|c| match c {
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    });
    let visible: String = visible.take(MAX_CHARS).collect();
    let words = visible.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_text_moves_no_cursor_and_shows_no_address() {
        assert_eq!(printable("\u{1b}[2Jto zoe@example.com\n\u{202e}x"), "[2Jto … x");
        assert_eq!(printable(&"x".repeat(3000)).len(), 2000);
    }
}
