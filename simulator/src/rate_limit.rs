//! Rate limits as Okta keeps them. Each API call (method and path template) has a bucket of its own, which
//! allows a number of calls in a window of time. Three headers on every reply show the limit, the calls left,
//! and the end of the window. The numbers are those of [`Limits`](super::Limits); the rules are those of
//! Okta's page "Rate limits overview".

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

/// The figures of one limit after a call, as the `X-Rate-Limit-*` headers show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Calls allowed in a window. Okta shows 0 if the caller reached the concurrency limit instead.
    pub(super) limit: u32,
    /// Calls left in the current window.
    pub(super) remaining: u32,
    /// The end of the current window, in UTC epoch seconds.
    pub(super) reset: i64,
}

/// The current window of each limit.
#[derive(Debug, Default)]
pub(super) struct RateLimits(HashMap<&'static str, Window>);

#[derive(Debug)]
struct Window {
    /// UTC epoch seconds.
    ends: i64,
    used: u32,
}

impl RateLimits {
    /// Counts one call in `bucket`. Returns the figures after the call, and whether the limit allows the
    /// call. `length` is rounded down to whole seconds; a window has at least one.
    pub(super) fn count(
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
    fn a_bucket_counts_down_refuses_and_starts_again() {
        let mut limits = RateLimits::default();
        let mut count = |second| {
            let now = Timestamp::from_second(second).expect("a valid time");
            limits.count("GET /x", 2, Duration::from_mins(1), now)
        };
        assert_eq!(count(100), (Rate { limit: 2, remaining: 1, reset: 160 }, true));
        assert_eq!(count(110), (Rate { limit: 2, remaining: 0, reset: 160 }, true));
        assert_eq!(count(159), (Rate { limit: 2, remaining: 0, reset: 160 }, false));
        assert_eq!(count(160), (Rate { limit: 2, remaining: 1, reset: 220 }, true));
    }
}
