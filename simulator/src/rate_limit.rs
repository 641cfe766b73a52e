//! Rate limits as Okta keeps them: one bucket for each method and path template, a number of calls for each window, and
//! three headers on every reply that tell the limit, what remains, and when the window ends. The figures are those of
//! [`super::Limits`]; the rules are Okta's page "Rate limits overview".

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

/// The state of one bucket, as the `X-Rate-Limit-*` headers tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Calls for each window; 0 is Okta's sign of the concurrency limit.
    pub(super) limit: u32,
    /// Calls left in this window.
    pub(super) remaining: u32,
    /// The window's end, UTC epoch seconds.
    pub(super) reset: i64,
}

/// All buckets' windows.
#[derive(Debug, Default)]
pub(super) struct RateLimits(HashMap<&'static str, Window>);

#[derive(Debug)]
struct Window {
    ends: i64,
    used: u32,
}

impl RateLimits {
    /// Counts one call; the flag is false when the bucket was already empty.
    pub(super) fn take(
        &mut self,
        bucket: &'static str,
        limit: u32,
        length: Duration,
        now: Timestamp,
    ) -> (Rate, bool) {
        let now = now.as_second();
        let fresh = Window { ends: now + i64::try_from(length.as_secs()).unwrap_or(60).max(1), used: 0 };
        let window = self.0.entry(bucket).or_insert(Window { ends: i64::MIN, used: 0 });
        if window.ends <= now {
            *window = fresh;
        }
        let allowed = window.used < limit;
        if allowed {
            window.used += 1;
        }
        (Rate { limit, remaining: limit.saturating_sub(window.used), reset: window.ends }, allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_counts_down_refuses_and_fills_again() {
        let mut limits = RateLimits::default();
        let mut take = |second| {
            let now = Timestamp::from_second(second).expect("a small number of seconds is a time");
            limits.take("GET /x", 2, Duration::from_mins(1), now)
        };
        assert_eq!(take(100), (Rate { limit: 2, remaining: 1, reset: 160 }, true));
        assert_eq!(take(110), (Rate { limit: 2, remaining: 0, reset: 160 }, true));
        assert_eq!(take(159), (Rate { limit: 2, remaining: 0, reset: 160 }, false));
        assert_eq!(take(160), (Rate { limit: 2, remaining: 1, reset: 220 }, true));
    }
}
