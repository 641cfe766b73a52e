//! The [`Output`] of a run: a line for each letter on stdout, as a table or as JSON, a progress bar on a
//! terminal, and the totals. It holds no personal data, and decides nothing.

use anstyle::AnsiColor;
use jiff::Timestamp;
use okta_request_enricher::text;
use serde_json::{Value, json};

use super::dead_letter::DeadLetter;
use super::failure_record::LetterClass;
use crate::terminal::table::{Cell, Layout};
use crate::terminal::{self, Progress, bold, progress, style};

/// The widths of the columns before the last: the fate, the request's id, the age.
const COLUMNS: [usize; 3] = [10, 24, 4];

/// The column of ages.
const AGE: usize = 2;

/// Before the path of a call.
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Posted,
    Duplicate,
    Skipped,
    Dropped,
    Failed,
    Unreadable,
    ToSend,
    ToDrop,
}

impl Fate {
    const ALL: [Fate; 8] = [
        Fate::Posted,
        Fate::Duplicate,
        Fate::Skipped,
        Fate::Dropped,
        Fate::ToSend,
        Fate::ToDrop,
        Fate::Failed,
        Fate::Unreadable,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Fate::Posted => "posted",
            Fate::Duplicate => "duplicate",
            Fate::Skipped => "skipped",
            Fate::Dropped => "dropped",
            Fate::Failed => "failed",
            Fate::Unreadable => "unreadable",
            Fate::ToSend => "to_send",
            Fate::ToDrop => "to_drop",
        }
    }

    fn color(self) -> AnsiColor {
        match self {
            Fate::Posted | Fate::Duplicate | Fate::ToSend => AnsiColor::Green,
            Fate::Skipped | Fate::Dropped | Fate::ToDrop => AnsiColor::Yellow,
            Fate::Failed | Fate::Unreadable => AnsiColor::Red,
        }
    }
}

/// One message, and what became of it.
pub(super) struct Row<'a> {
    pub(super) fate: Fate,
    /// The id of the message in the queue.
    pub(super) message_id: &'a str,
    /// `None` for an event of the housekeeping, and for a message that can't be read.
    pub(super) letter: Option<&'a DeadLetter>,
    pub(super) failed_at: Option<Timestamp>,
    /// Why it failed this time, why it was skipped, or why it can't be read.
    pub(super) text: Option<&'a str>,
    /// The class of this time's failure.
    pub(super) class_now: Option<LetterClass>,
}

/// What the run has shown so far.
pub(super) struct Output {
    json: bool,
    counts: [usize; Fate::ALL.len()],
    bar: Progress,
    /// Letters whose message may already stand.
    pub(super) doubtful: usize,
}

impl Output {
    /// `expected`: how many messages are likely to come.
    pub(super) fn new(json: bool, expected: u64) -> Output {
        Output {
            json,
            counts: [0; Fate::ALL.len()],
            bar: progress(usize::try_from(expected).unwrap_or(usize::MAX)),
            doubtful: 0,
        }
    }

    /// Shows the letter in flight beside the progress bar.
    pub(super) fn working_on(&self, letter: &DeadLetter) {
        let id = letter.request_id.as_ref().map(ToString::to_string);
        self.bar.set_message(id.unwrap_or_default());
    }

    /// How many failed or unreadable letters stay in the queue.
    pub(super) fn kept(&self) -> usize {
        self.count(Fate::Failed) + self.count(Fate::Unreadable)
    }

    fn count(&self, fate: Fate) -> usize {
        Fate::ALL.iter().position(|one| *one == fate).map_or(0, |place| self.counts[place])
    }

    fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Shows one message. Fails if stdout is closed.
    pub(super) fn row(&mut self, row: &Row<'_>) -> Result<(), String> {
        let first = self.total() == 0;
        if let Some(place) = Fate::ALL.iter().position(|one| *one == row.fate) {
            self.counts[place] += 1;
        }
        self.bar.inc(u64::from(row.fate != Fate::Unreadable));
        let now = Timestamp::now();
        let text = if self.json {
            terminal::json_line(&row.json(now))
        } else {
            let layout = Layout::of(&COLUMNS, 0).right([AGE]);
            let headings = ["NOW", "REQUEST", "AGE", "WHY"].map(|it| Cell::from(it).styled(bold()));
            let heading = if first { layout.row(&headings) } else { String::new() };
            heading + &layout.row(&row.cells(now))
        };
        self.bar.suspend(|| {
            let written = terminal::write_to_stdout(&text);
            written.map_err(|error| {
                format!("failed to write to standard output: {}", text::system_error(&error))
            })
        })
    }

    /// The totals: "12 dead letters: 9 posted, 1 duplicate, 1 dropped, 1 failed (kept)".
    pub(super) fn summary(&self) -> String {
        self.bar.finish_and_clear();
        let counted: Vec<_> = Fate::ALL
            .into_iter()
            .map(|fate| (fate, self.count(fate)))
            .filter(|(_, count)| *count > 0)
            .map(|(fate, count)| {
                let kept = if matches!(fate, Fate::Failed | Fate::Unreadable) { " (kept)" } else { "" };
                format!("{count} {}{kept}", fate.as_str().replace('_', " "))
            })
            .collect();
        let letters = text::count(self.total(), "dead letter");
        if counted.is_empty() { letters } else { format!("{letters}: {}", counted.join(", ")) }
    }
}

impl<'a> Row<'a> {
    /// A message that can't be read, unless more is known.
    pub(super) fn new(message_id: &'a str, failed_at: Option<Timestamp>) -> Row<'a> {
        Row { fate: Fate::Unreadable, message_id, letter: None, failed_at, text: None, class_now: None }
    }

    fn json(&self, now: Timestamp) -> Value {
        let (letter, failure) = (self.letter, self.letter.map(|letter| &letter.failure));
        json!({
            "message_id": self.message_id,
            "request_id": letter.and_then(|letter| letter.request_id.as_ref()).map(ToString::to_string),
            "form": failure.map(|failure| failure.form.as_str()),
            "class": failure.map(|failure| failure.class.as_str()),
            "reason": failure.map(|failure| failure.reason.as_str()),
            "lambda_request_id": failure.and_then(|failure| failure.lambda_request_id.as_deref()),
            "published": letter.and_then(|letter| letter.published).map(|at| at.to_string()),
            "failed_at": self.failed_at.map(|at| at.to_string()),
            "age_seconds": self.failed_at.map(|at| now.duration_since(at).as_secs()),
            "outcome": self.fate.as_str(),
            "error_class": self.class_now.map(LetterClass::as_str),
            "text": self.text,
        })
    }

    fn cells(&self, now: Timestamp) -> [Cell; 4] {
        let request = self.letter.and_then(|letter| letter.request_id.as_ref()).map(ToString::to_string);
        let age = self.failed_at.map(|at| age(now.duration_since(at).as_secs()));
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        [
            Cell::from(self.fate.as_str().replace('_', " ")).styled(style(self.fate.color())),
            Cell::from(or_none(request)),
            Cell::from(or_none(age)),
            self.why(),
        ]
    }

    /// Why it has this fate now, and below it why it was in the queue.
    fn why(&self) -> Cell {
        let classed = |class: LetterClass, text: &str| format!("{}: {}", class.as_str(), without_paths(text));
        let before = match (self.letter, self.fate) {
            (Some(letter), _) => classed(letter.failure.class, &letter.failure.reason),
            (None, Fate::Unreadable) => format!("message {}", self.message_id),
            (None, _) => "the housekeeping's own event".to_owned(),
        };
        let now = match (self.text, self.class_now) {
            (None, _) => return Cell::from(before),
            (Some(text), Some(class)) => classed(class, text),
            (Some(text), None) => without_paths(text),
        };
        match self.letter {
            _ if now == before => Cell::from(now),
            None => Cell::hanging(&now).below(&before),
            Some(_) => Cell::hanging(&now).below(&format!("before: {before}")),
        }
    }
}

/// In one unit: "42s", "12m", "3h", "5d".
fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{}s", seconds.max(0)),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A text without the paths of calls: they would take all the room, and the request's id is in a column of its
/// own.
fn without_paths(text: &str) -> String {
    let mut last = "";
    let words = text.split(' ').map(|word| {
        let is_path = METHODS.contains(&std::mem::replace(&mut last, word)) && word.starts_with('/');
        match word.ends_with(':') {
            true if is_path => "/…:",
            false if is_path => "/…",
            _ => word,
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        for (seconds, shown) in [
            (-5, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3599, "59m"),
            (3600, "1h"),
            (172_799, "47h"),
            (172_800, "2d"),
        ] {
            assert_eq!(age(seconds), shown);
        }
    }

    #[test]
    fn a_text_loses_the_paths_of_calls() {
        for (text, shown) in [
            ("failed: POST /a/b/c: Okta answered 403", "failed: POST /…: Okta answered 403"),
            ("GET /a failed; see /var/task/a.toml", "GET /… failed; see /var/task/a.toml"),
        ] {
            assert_eq!(without_paths(text), shown);
        }
    }
}
