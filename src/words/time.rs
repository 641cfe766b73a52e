//! Lengths of time as [`Piece`]s.

use jiff::civil::DateTime;
use jiff::fmt::temporal::SpanParser;
use jiff::{Timestamp, tz::Offset};

use super::piece::Piece;
use super::term::Term;

/// An ISO 8601 duration as Okta writes it (`P40D`, `PT65H`). Units are not converted: "65 hours" stays "65
/// hours", because the requester chose it and Okta's page shows it so. `None` for text that is not a
/// duration, and for durations that are zero, negative or finer than a second.
#[must_use]
pub fn duration(iso: &str) -> Option<Piece> {
    let span = SpanParser::new().parse_span(iso).ok()?;
    let finer = [span.get_milliseconds(), span.get_microseconds(), span.get_nanoseconds()];
    let units = [
        (i64::from(span.get_years()), Term::Years),
        (i64::from(span.get_months()), Term::Months),
        (i64::from(span.get_weeks()), Term::Weeks),
        (i64::from(span.get_days()), Term::Days),
        (i64::from(span.get_hours()), Term::Hours),
        (span.get_minutes(), Term::Minutes),
        (span.get_seconds(), Term::Seconds),
    ];
    let known = units.into_iter().filter_map(|(n, unit)| {
        let n = u64::try_from(n).ok().filter(|n| *n > 0)?;
        Some(Piece::counted(unit, n))
    });
    let mut pieces: Vec<Piece> = known.collect();
    if finer != [0; 3] {
        return None;
    }
    match pieces.len() {
        0 => None,
        1 => pieces.pop(),
        _ => Some(Piece::Series(pieces)),
    }
}

/// How long ago `then` was: "today", "12 days", "5 months", "3 years". It counts whole calendar days in UTC
/// up to 90, then whole months up to 23, then whole years. A moment in the future counts as today.
#[must_use]
pub fn age(then: Timestamp, now: Timestamp) -> Piece {
    let day = |at: Timestamp| at.as_second().div_euclid(24 * 60 * 60);
    let days = day(now) - day(then);
    let months = {
        let (then, now) = (Offset::UTC.to_datetime(then), Offset::UTC.to_datetime(now));
        let month = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month());
        month(now) - month(then) - i64::from(now.day() < then.day())
    };
    let (unit, n) = match (days, months) {
        (..=0, _) => return Term::Today.into(),
        (..=90, _) => (Term::Days, days),
        (_, ..=23) => (Term::Months, months),
        _ => (Term::Years, months / 12),
    };
    Piece::counted(unit, n.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Words;

    #[test]
    fn durations_read_as_okta_writes_them() {
        let words = Words::english();
        for (iso, says) in [
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
            assert_eq!(duration(iso).map(|piece| words.say(&piece)).as_deref(), Some(says));
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
        ] {
            assert_eq!(duration(none), None, "{none}");
        }
    }

    #[test]
    fn moments_are_told_by_their_distance() {
        let (words, now) = (Words::english(), "2026-11-24T09:12:30Z".parse().unwrap());
        for (then, says) in [
            ("2026-11-24T00:00:00Z", "today"),
            ("2026-11-24T23:59:59Z", "today"),
            ("2026-11-26T01:00:00Z", "today"),
            ("2026-11-23T23:59:59Z", "1 day"),
            ("2026-11-12T10:00:00Z", "12 days"),
            ("2026-08-26T09:00:00Z", "90 days"),
            ("2026-08-24T09:00:00Z", "3 months"),
            ("2026-06-25T09:00:00Z", "4 months"),
            ("2024-11-25T09:00:00Z", "23 months"),
            ("2024-11-24T23:00:00Z", "2 years"),
            ("1969-12-31T23:59:59Z", "56 years"),
        ] {
            assert_eq!(words.say(&age(then.parse().unwrap(), now)), says, "{then}");
        }
    }
}
