//! Spans of time as options take them: `30m`, `6h`, `2d`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// Parses an option's value. A day has 24 hours; months and years are refused, since their length varies.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let span = text.parse::<Span>().ok();
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    length
        .and_then(|length| Duration::try_from(length).ok())
        .ok_or_else(|| "a time looks like 30m, 6h or 2d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_given_as_people_write_it() {
        for (text, seconds) in [("1h", 3600), ("90m", 5400), ("2d", 172_800), ("1h 30m", 5400), ("10s", 10)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "1", "soon", "-1h", "1 month"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
