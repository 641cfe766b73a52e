//! A clock is where a simulated Okta takes its time from: the system's clock, or a given start and the time
//! of the tokio runtime since. With tokio's time paused, hours pass at once, and a run can be repeated.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Source);

#[derive(Clone, Copy, Debug)]
enum Source {
    System,
    Given { start: Timestamp, since: Instant },
}

impl Clock {
    /// The system's clock.
    pub const SYSTEM: Self = Self(Source::System);

    /// A clock that shows `start` now, and then advances with tokio's time.
    #[must_use]
    pub fn given(start: Timestamp) -> Self {
        Self(Source::Given { start, since: Instant::now() })
    }

    /// The time now. A given clock stops at the last time that a [`Timestamp`] can hold.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.0 {
            Source::System => Timestamp::now(),
            Source::Given { start, since } => {
                let passed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
                start.checked_add(passed).unwrap_or(Timestamp::MAX)
            }
        }
    }
}
