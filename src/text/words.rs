//! Words for facts: durations, dates, plurals and lists. These functions do not neutralise: callers pass
//! trusted text, or neutralise the result, as `message` does with every value (see
//! [`neutralise`](super::neutralise)).

use std::fmt::Display;

use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::{Pieces, SpanParser};
use jiff::{Timestamp, tz::Offset};

/// An ISO 8601 duration as Okta writes it (`P40D`, `PT65H`), in words. Units are not converted: "65 hours"
/// stays "65 hours", because the requester chose it and Okta's page shows it so. `None` for text that is not
/// a duration, and for durations that are zero, negative or finer than a second.
#[must_use]
pub fn duration(iso: &str) -> Option<String> {
    let span = SpanParser::new().parse_span(iso).ok()?;
    let finer = [span.get_milliseconds(), span.get_microseconds(), span.get_nanoseconds()];
    let units = [
        (i64::from(span.get_years()), "year"),
        (i64::from(span.get_months()), "month"),
        (i64::from(span.get_weeks()), "week"),
        (i64::from(span.get_days()), "day"),
        (i64::from(span.get_hours()), "hour"),
        (span.get_minutes(), "minute"),
        (span.get_seconds(), "second"),
    ];
    let words: Vec<String> = units.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| count(*n, unit)).collect();
    (!words.is_empty() && finer == [0; 3]).then(|| words.join(" "))
}

/// The distance from `now` to `then`: "today", "12 days ago", "5 months ago", "3 years ago", "in 2 days". It
/// counts whole calendar days in UTC up to 60, then whole months up to 23, then whole years.
#[must_use]
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let day = |at: Timestamp| at.as_second().div_euclid(24 * 60 * 60);
    let days = (day(now) - day(then)).abs();
    let months = {
        let (first, last) = (then.min(now), then.max(now));
        let (first, last) = (Offset::UTC.to_datetime(first), Offset::UTC.to_datetime(last));
        let month = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month());
        month(last) - month(first) - i64::from(last.day() < first.day())
    };
    let length = match (days, months) {
        (0, _) => return "today".to_owned(),
        (..=60, _) => count(days, "day"),
        (_, ..=23) => count(months, "month"),
        _ => count(months / 12, "year"),
    };
    if then < now { format!("{length} ago") } else { format!("in {length}") }
}

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
    at.strftime("%Y-%m-%d").to_string()
}

/// The minute of a time in UTC: "2026-11-24 09:12 UTC".
#[must_use]
pub fn datetime(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
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

/// The first `max` of `items`, at least one, and the number of the others: "A, B, C and 4 more".
#[must_use]
pub fn list(items: &[impl AsRef<str>], max: usize) -> String {
    let (named, more) = items.split_at(items.len().min(max.max(1)));
    let named = named.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    if more.is_empty() { named } else { format!("{named} and {} more", more.len()) }
}

/// The length of a text in UTF-16 units.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_okta_writes_them() {
        for (iso, words) in [
            ("P40D", "40 days"),
            ("PT65H", "65 hours"),
            ("P1Y2M", "1 year 2 months"),
            ("P2W", "2 weeks"),
            ("P1DT12H", "1 day 12 hours"),
            ("PT90M", "90 minutes"),
            ("PT1M30S", "1 minute 30 seconds"),
            ("P0Y0M7DT0H", "7 days"),
            ("P1M", "1 month"),
            ("P1Y", "1 year"),
        ] {
            assert_eq!(duration(iso).as_deref(), Some(words));
        }
        for none in [
            "",
            "P",
            "PT",
            "40 days",
            "40D",
            "-P1D",
            "P-1D",
            "P1D ",
            "PT0S",
            "P0D",
            "PT0.5S",
            "P99999999999D",
            "null",
        ] {
            assert_eq!(duration(none), None, "{none}");
        }
    }

    #[test]
    fn moments_are_told_by_their_distance() {
        let now: Timestamp = "2026-11-24T09:12:30Z".parse().unwrap();
        for (then, words) in [
            ("2026-11-24T00:00:00Z", "today"),
            ("2026-11-24T23:59:59Z", "today"),
            ("2026-11-23T23:59:59Z", "1 day ago"),
            ("2026-11-12T10:00:00Z", "12 days ago"),
            ("2026-11-26T01:00:00Z", "in 2 days"),
            ("2026-09-25T09:00:00Z", "60 days ago"),
            ("2026-09-24T09:00:00Z", "2 months ago"),
            ("2026-06-25T09:00:00Z", "4 months ago"),
            ("2024-11-25T09:00:00Z", "23 months ago"),
            ("2024-11-24T23:00:00Z", "2 years ago"),
            ("2023-02-01T00:00:00Z", "3 years ago"),
            ("1969-12-31T23:59:59Z", "56 years ago"),
            ("2030-01-01T00:00:00Z", "in 3 years"),
        ] {
            assert_eq!(ago(then.parse().unwrap(), now), words, "{then}");
        }
        assert_eq!(date(now), "2026-11-24");
        assert_eq!(datetime(now), "2026-11-24 09:12 UTC");
    }

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
    fn a_long_list_says_how_much_it_leaves_out() {
        let items = ["A", "B", "C", "D", "E", "F", "G"];
        assert_eq!(list(&items, 3), "A, B, C and 4 more");
        assert_eq!(list(&items, 6), "A, B, C, D, E, F and 1 more");
        assert_eq!(list(&items, 7), "A, B, C, D, E, F, G");
        assert_eq!(list(&items[..2], 9), "A, B");
        assert_eq!(list(&items, 0), "A and 6 more");
        assert_eq!(list(&[] as &[String], 3), "");
    }

    #[test]
    fn utf16_units_are_counted() {
        assert_eq!(["", "a", "é", "李", "😀"].map(utf16_len), [0, 1, 1, 1, 2]);
    }
}
