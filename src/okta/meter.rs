//! [`Meter`]: what one client has used: how many calls it sent and how long it waited for rate limits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The counts of one client, from zero. Each attempt has a client with a meter of its own.
#[derive(Debug, Default)]
pub(super) struct Meter {
    calls: AtomicU64,
    waited_milliseconds: AtomicU64,
}

impl Meter {
    /// Counts a call that is sent now.
    pub(super) fn count_call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds a wait for a rate limit.
    pub(super) fn add_wait(&self, wait: Duration) {
        self.waited_milliseconds.fetch_add(whole_milliseconds(wait), Ordering::Relaxed);
    }

    /// The calls so far.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The waits so far; waits at the same time add up.
    pub(super) fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_milliseconds.load(Ordering::Relaxed))
    }
}

/// Milliseconds for counts and logs.
pub(super) fn whole_milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
