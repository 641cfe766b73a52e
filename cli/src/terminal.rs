//! The terminal, as all commands write to it. Everything printed goes through here: [`println!`] and
//! [`eprintln!`] for a line, [`print_json`] for a document. So nothing from outside can move the cursor,
//! forge a line, or hide or reorder text, whichever command prints it.

mod cell;
pub(crate) mod table;

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anstyle::AnsiColor;
use indicatif::{ProgressBar, ProgressStyle};
use okta_request_enricher::text;
use serde_json::Value;
use terminal_size::Width;

use crate::verbosity;

/// Fewer steps than this are done before anyone looks at a progress bar.
const LEAST_STEPS: usize = 5;

/// The columns of a line if nobody says how many there are.
const WIDTH: usize = 80;

/// The time between two pictures of a spinner.
const TICK: Duration = Duration::from_millis(100);

/// Characters kept of a printed text, so that a hostile one can't fill the screen.
const MAX_CHARS: usize = 2000;

/// Prints one line on stdout. Its texts are made printable; a [`Style`] in it is kept.
macro_rules! print_line {
    ($($text:tt)*) => { $crate::terminal::to_stdout(&$crate::terminal::line(format_args!($($text)*))) };
}

/// Prints one line on stderr. Its texts are made printable; a [`Style`] in it is kept.
macro_rules! eprint_line {
    ($($text:tt)*) => { $crate::terminal::to_stderr(&$crate::terminal::line(format_args!($($text)*))) };
}

pub(crate) use {eprint_line as eprintln, print_line as println};

thread_local! {
    /// Whether a [`Style`] is being written.
    static IN_STYLE: Cell<bool> = const { Cell::new(false) };
}

/// A style of this program's own, from where it stands in a line. `{:#}` ends it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Style(anstyle::Style);

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        IN_STYLE.set(true);
        let written = self.0.fmt(f);
        IN_STYLE.set(false);
        written
    }
}

/// A bold colour. It is left out if the output is no terminal or `NO_COLOR` is set.
pub(crate) fn style(color: AnsiColor) -> Style {
    Style(color.on_default().bold())
}

pub(crate) fn bold() -> Style {
    Style(anstyle::Style::new().bold())
}

pub(crate) fn dimmed() -> Style {
    Style(anstyle::Style::new().dimmed())
}

/// One line, with its line break. What is formatted while no [`Style`] is being written becomes printable.
pub(crate) fn line(text: fmt::Arguments<'_>) -> String {
    let mut line = Line::default();
    let _ = line.write_fmt(text);
    line.flush();
    line.shown.push('\n');
    line.shown
}

#[derive(Default)]
struct Line {
    shown: String,
    /// The text behind the last style. [`text::printable`] keeps a joiner only between certain characters, so it
    /// must see a text whole, not in the parts in which it is formatted.
    text: String,
}

impl Line {
    fn flush(&mut self) {
        self.shown += &text::printable(&std::mem::take(&mut self.text));
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if IN_STYLE.get() {
            self.flush();
            self.shown.push_str(part);
        } else {
            self.text.push_str(part);
        }
        Ok(())
    }
}

/// Prints what [`line()`] made. A reader that stops early, such as `head`, is no failure. Any other failure, such
/// as a full disk, ends the program: its output is not complete.
pub(crate) fn to_stdout(line: &str) {
    match write_to_stdout(line) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            print_error(&format!("failed to write the output: {}", text::system_error(&error)));
            std::process::exit(2);
        }
        Ok(()) | Err(_) => {}
    }
}

/// Prints what [`line()`] made. A failure is ignored: there is no other place to report it.
pub(crate) fn to_stderr(line: &str) {
    let _ = anstream::stderr().write_all(line.as_bytes());
}

/// Prints what [`line()`] or [`json_line`] made, and reports why it failed.
pub(crate) fn write_to_stdout(lines: &str) -> io::Result<()> {
    let mut out = anstream::stdout();
    out.write_all(lines.as_bytes())?;
    out.flush()
}

/// A JSON document on one line, with its line break.
pub(crate) fn json_line(document: &Value) -> String {
    text::printable_json(&format!("{document}\n"))
}

/// Prints a JSON document on one line of stdout.
pub(crate) fn print_json(document: &Value) {
    to_stdout(&json_line(document));
}

/// A JSON document, indented, with its last line break.
pub(crate) fn pretty_json(document: &Value) -> String {
    text::printable_json(&format!("{document:#}\n"))
}

/// Prints a JSON document on stdout, indented.
pub(crate) fn print_pretty_json(document: &Value) {
    to_stdout(&pretty_json(document));
}

/// A progress bar.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn set_message(&self, message: impl fmt::Display) {
        self.0.set_message(text::printable(&message.to_string()));
    }

    pub(crate) fn inc(&self, steps: u64) {
        self.0.inc(steps);
    }

    /// Hides the bar while something else is printed.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    pub(crate) fn finish_and_clear(&self) {
        self.0.finish_and_clear();
    }
}

/// Whether progress can be drawn. With `-v`, lines of the log would be written through it.
fn is_for_progress() -> bool {
    io::stderr().is_terminal() && !verbosity::is_verbose()
}

/// A progress bar for this many steps. Hidden for a few steps, with `-v`, and if stderr is no terminal.
pub(crate) fn progress(steps: usize) -> Progress {
    if steps < LEAST_STEPS || !is_for_progress() {
        return Progress(ProgressBar::hidden());
    }
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    let form = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    Progress(form.map(|form| bar.clone().with_style(form)).unwrap_or(bar))
}

/// Progress of steps whose number is unknown. Hidden with `-v`, and if stderr is no terminal.
pub(crate) fn spinner(message: &'static str) -> Progress {
    if !is_for_progress() {
        return Progress(ProgressBar::hidden());
    }
    let bar = ProgressBar::new_spinner().with_message(message);
    bar.enable_steady_tick(TICK);
    let form = ProgressStyle::with_template("{spinner} {msg} ({pos} done)");
    Progress(form.map(|form| bar.clone().with_style(form)).unwrap_or(bar))
}

/// The columns of a line on stdout: what `COLUMNS` says, else the width of the terminal; `None` if neither is
/// known.
pub(crate) fn known_width() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns);
    said.filter(|columns| *columns > 0).or_else(terminal).map(usize::from)
}

/// The same; 80 if unknown.
pub(crate) fn width() -> usize {
    known_width().unwrap_or(WIDTH)
}

/// Prints an error on stderr.
pub(crate) fn print_error(why: &str) {
    let red = style(AnsiColor::Red);
    eprintln!("{red}error:{red:#} {why}");
}

/// Prints why the command failed; returns exit status 1.
pub(crate) fn failed(why: &str) -> ExitCode {
    print_error(why);
    ExitCode::FAILURE
}

/// Makes a text from outside fit for a report: on one line of at most 2000 characters, without words that
/// contain `@`, which may be e-mail addresses.
///
/// This program's own texts hold no personal data. But anybody with access may write into a queue, and names
/// in AWS and Okta are chosen by others.
pub(crate) fn printable(text: &str) -> String {
    let start: String = text.chars().take(MAX_CHARS).collect();
    let visible = text::printable(&start);
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

    #[test]
    fn a_line_keeps_the_programs_styles_and_no_others() {
        let (green, hostile) = (style(AnsiColor::Green), "a\u{1b}[31mb\nc\u{9b}2J\u{202e}");
        let shown = line(format_args!("{green}ok{green:#}  {hostile}"));
        assert_eq!(shown, format!("{green}ok{green:#}  a [31mb c 2J\n"));
        assert_eq!(shown.matches('\u{1b}').count(), 3);
    }
}
