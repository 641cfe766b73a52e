//! [`RateLimits`]: what Okta's answers say about its rate limits. Each method and path template has one
//! window, shared by the whole org (Okta developer guide, "Rate limits"). So a call that Okta would refuse is
//! known before it is sent.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::endpoint::Endpoint;

/// Okta reports the end of a window in whole seconds of its own clock. Two ends this close are the same
/// window.
const SAME_WINDOW: Duration = Duration::from_secs(2);

/// Okta's windows last a minute. A longer one is cut to this: a wrong answer must not block its call for
/// ever.
const LONGEST_WINDOW: Duration = Duration::from_mins(5);

/// The use of each limit in this process, and the windows that answers reported.
#[derive(Debug, Default)]
pub(super) struct RateLimits {
    endpoints: Mutex<HashMap<Endpoint, Usage>>,
    /// How much of each window is left to other programs, in percent.
    spared: AtomicU64,
}

/// The use of one endpoint's limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How often the endpoint was called.
    pub calls: u64,
    /// Calls that Okta allows in a window, which lasts a minute; `None` if no answer has said so.
    pub limit: Option<u64>,
    window: Option<Window>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    remaining: u64,
    opens: Instant,
}

impl Usage {
    /// How long until the window has a place; `None` if there is one, of which `spared` percent are left to others.
    fn closed_for(&self, spared: u64) -> Option<Duration> {
        let window = self.window?;
        let wait = window.opens.saturating_duration_since(Instant::now());
        let spared = self.limit.unwrap_or(0) * spared / 100;
        (!wait.is_zero() && window.remaining <= spared).then_some(wait)
    }
}

impl RateLimits {
    /// Leaves `percent` of each window to other programs.
    pub(super) fn spare(&self, percent: u64) {
        self.spared.store(percent, Ordering::Relaxed);
    }

    /// The use of each endpoint so far.
    pub(super) fn usage(&self) -> HashMap<Endpoint, Usage> {
        self.lock().clone()
    }

    /// How long until the endpoint's window may have a place; `None` if there is one.
    pub(super) fn closed_for(&self, endpoint: Endpoint) -> Option<Duration> {
        let spared = self.spared.load(Ordering::Relaxed);
        self.lock().get(&endpoint)?.closed_for(spared)
    }

    /// Takes a place in the endpoint's window, for a call that is sent now. `false`: there is none.
    pub(super) fn admit(&self, endpoint: Endpoint) -> bool {
        let spared = self.spared.load(Ordering::Relaxed);
        let mut endpoints = self.lock();
        let usage = endpoints.entry(endpoint).or_default();
        if usage.closed_for(spared).is_some() {
            return false;
        }
        usage.window = usage.window.filter(|window| window.opens > Instant::now());
        if let Some(window) = &mut usage.window {
            window.remaining -= 1;
        }
        usage.calls += 1;
        true
    }

    /// Learns from an answer's headers. Answers overtake each other: within a window the lowest count is the
    /// newest.
    pub(super) fn note(&self, endpoint: Endpoint, headers: &HeaderMap) {
        let (Some(remaining), Some(wait)) = (remaining(headers), until_reset(headers)) else { return };
        let reported = Window { remaining, opens: Instant::now() + wait };
        let mut endpoints = self.lock();
        let usage = endpoints.entry(endpoint).or_default();
        usage.limit =
            numbers(headers, "x-rate-limit-limit").min().and_then(|limit| u64::try_from(limit).ok());
        let window = usage.window.get_or_insert(reported);
        if reported.opens > window.opens + SAME_WINDOW {
            *window = reported;
        } else if reported.opens + SAME_WINDOW >= window.opens {
            window.remaining = window.remaining.min(reported.remaining);
        }
    }

    /// A panic elsewhere leaves the windows whole: no change is made in parts.
    fn lock(&self) -> MutexGuard<'_, HashMap<Endpoint, Usage>> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The values of a header that may appear twice, as two headers or in one.
fn numbers(headers: &HeaderMap, name: &str) -> impl Iterator<Item = i64> {
    let texts = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).filter_map(|text| text.trim().parse().ok())
}

/// Calls left in the window; `None` if the headers report no window. A limit of 0 marks the concurrency
/// limit.
fn remaining(headers: &HeaderMap) -> Option<u64> {
    if is_concurrency(headers) {
        return None;
    }
    u64::try_from(numbers(headers, "x-rate-limit-remaining").min()?).ok()
}

/// Whether the headers report the concurrency limit: calls in flight at one moment.
pub(super) fn is_concurrency(headers: &HeaderMap) -> bool {
    numbers(headers, "x-rate-limit-limit").min() == Some(0)
}

/// How long until the window opens again: `Reset` (epoch seconds) minus the answer's own `Date`. One second
/// is added because both are whole seconds. `None` without a date: this machine's clock may differ.
pub(super) fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let date = jiff::fmt::rfc2822::parse(headers.get("date")?.to_str().ok()?).ok()?.timestamp();
    let seconds = numbers(headers, "x-rate-limit-reset").max()?.saturating_sub(date.as_second()).max(0);
    Some(Duration::from_secs(u64::try_from(seconds).ok()?.saturating_add(1)).min(LONGEST_WINDOW))
}

/// `Retry-After` in seconds. Okta does not document it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    numbers(headers, "retry-after")
        .max()
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WINDOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Tue, 24 Nov 2026 09:00:00 GMT";
    const NINE: i64 = 1_795_510_800;

    fn answer(limit: &str, remaining: &str, reset: i64) -> HeaderMap {
        let reset = reset.to_string();
        let pairs = [
            ("date", DATE),
            ("x-rate-limit-limit", limit),
            ("x-rate-limit-remaining", remaining),
            ("x-rate-limit-reset", &reset),
        ];
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_window_opens_by_the_answers_own_clock() {
        assert_eq!(until_reset(&answer("50", "0", NINE + 12)), Some(Duration::from_secs(13)));
        assert_eq!(until_reset(&answer("50", "0", NINE - 12)), Some(Duration::from_secs(1)));
        assert_eq!(until_reset(&HeaderMap::new()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_only_when_its_own_window_is_used_up() {
        let limits = RateLimits::default();
        let (user, post) = (Endpoint::User, Endpoint::MessageV2);
        assert!(limits.admit(post), "nothing is known yet");
        limits.note(post, &answer("2", "1", NINE + 29));
        assert!(limits.admit(post));
        assert_eq!(limits.closed_for(post), Some(Duration::from_secs(30)), "one was left, and is in flight");
        assert!(!limits.admit(post));
        assert!(limits.admit(user));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(limits.admit(post));
        assert!(limits.admit(post), "of the new window nothing is known yet");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_spared_is_left_to_others() {
        let limits = RateLimits::default();
        let post = Endpoint::MessageV1;
        limits.spare(50);
        limits.note(post, &answer("10", "6", NINE + 30));
        assert!(limits.admit(post));
        assert!(!limits.admit(post), "five of ten are left");
        assert_eq!((limits.usage()[&post].calls, limits.usage()[&post].limit), (1, Some(10)));
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_overtake_each_other_free_nothing() {
        let limits = RateLimits::default();
        let post = Endpoint::MessageV1;
        limits.note(post, &answer("50", "0", NINE + 30));
        limits.note(post, &answer("50", "3", NINE + 31));
        assert!(!limits.admit(post), "the same window, an older answer");
        limits.note(post, &answer("50", "40", NINE + 10));
        assert!(!limits.admit(post), "an older window");
        limits.note(post, &answer("50", "49", NINE + 90));
        assert!(limits.admit(post), "the next window");
    }

    #[tokio::test(start_paused = true)]
    async fn headers_that_come_twice_or_not_at_all_are_met() {
        let limits = RateLimits::default();
        let post = Endpoint::MessageV1;
        for headers in [answer("0", "0", NINE), HeaderMap::new(), answer("50", "none", NINE)] {
            limits.note(post, &headers);
            assert!(limits.admit(post), "{headers:?}");
        }
        let mut twice = answer("50, 50", "7", NINE + 5);
        twice.append("x-rate-limit-remaining", "0".parse().unwrap());
        limits.note(post, &twice);
        assert_eq!(limits.closed_for(post), Some(Duration::from_secs(6)));
        assert!(is_concurrency(&answer("0, 0", "0", NINE)));
    }
}
