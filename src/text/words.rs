//! Dates, plurals and lengths of texts. These functions do not neutralise: callers pass
//! trusted text, or neutralise the result, as `message` does with every value (see
//! [`neutralise`](super::neutralise)).

use std::fmt::Display;

use jiff::civil::Time;
use jiff::fmt::temporal::Pieces;
use jiff::{Timestamp, tz::Offset};

/// A number and its noun, in the plural unless it is one: "1 day", "2 days". For nouns whose plural ends in
/// "s".
#[must_use]
pub fn count<N: Copy + Display + PartialEq + From<u8>>(n: N, noun: &str) -> String {
    let plural = if n == N::from(1) { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

/// The day of a time in UTC: "2026-11-24".
#[must_use]
pub fn date(at: Timestamp) -> String {
    Offset::UTC.to_datetime(at).date().to_string()
}

/// The minute of a time in UTC: "2026-11-24 09:12 UTC".
#[must_use]
pub fn datetime(at: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(at);
    format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}

/// A day or moment as somebody wrote it (ISO 8601), in the writer's own zone: "2026-12-24", "2026-12-24 18:30
/// -08:00", "2026-12-25 02:30 UTC". Midnight in UTC is a day: forms store a day without a time like that. A
/// moment without a zone stays without one. `None` for text of another format.
#[must_use]
pub fn moment(iso: &str) -> Option<String> {
    let pieces = Pieces::parse(iso.trim()).ok()?;
    let (date, offset) = (pieces.date(), pieces.to_numeric_offset());
    let Some(time) = pieces.time() else { return Some(date.to_string()) };
    if time == Time::midnight() && offset == Some(Offset::UTC) {
        return Some(date.to_string());
    }
    let zone = match offset.map(Offset::seconds) {
        None => String::new(),
        Some(0) => " UTC".to_owned(),
        Some(seconds) => {
            let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
            format!(" {sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    };
    Some(format!("{date} {:02}:{:02}{zone}", time.hour(), time.minute()))
}

/// The length of a text in UTF-16 units.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_the_zone_that_it_was_written_in() {
        for (written, words) in [
            ("2026-12-24T18:30:00-08:00", "2026-12-24 18:30 -08:00"),
            ("2026-12-24T18:30:59.999+05:30", "2026-12-24 18:30 +05:30"),
            ("2026-12-25T02:30:00Z", "2026-12-25 02:30 UTC"),
            ("2026-12-25T02:30:00.000+00:00", "2026-12-25 02:30 UTC"),
            ("2026-12-24T18:30:00", "2026-12-24 18:30"),
            ("2026-12-24T18:30-0800", "2026-12-24 18:30 -08:00"),
            ("2026-12-24T18:30:00-08:00[America/Los_Angeles]", "2026-12-24 18:30 -08:00"),
            (" 2026-12-24 ", "2026-12-24"),
            ("2026-12-24T00:00:00Z", "2026-12-24"),
            ("2026-12-24T00:00:00.000Z", "2026-12-24"),
            ("2026-12-24T00:00:00-08:00", "2026-12-24 00:00 -08:00"),
            ("2026-12-24T00:00:00", "2026-12-24 00:00"),
            ("9999-12-31T23:59:59Z", "9999-12-31 23:59 UTC"),
        ] {
            assert_eq!(moment(written).as_deref(), Some(words), "{written}");
        }
        for none in ["", "soon", "24/12/2026", "2026-02-30", "1766620200000", "2026-12-24T25:00:00Z", "P1D"] {
            assert_eq!(moment(none), None, "{none}");
        }
    }

    #[test]
    fn utf16_units_are_counted() {
        assert_eq!(["", "a", "é", "李", "😀"].map(utf16_len), [0, 1, 1, 1, 2]);
    }
}
