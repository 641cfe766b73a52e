//! [`Deadline`]: the time by which an invocation must have answered. It is made once, from the time that
//! Lambda sets. Every call, wait and retry asks it how much time is left.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::clock::Clock;

/// Lambda's own limit for a function's timeout, 15 minutes.
const LONGEST_TIMEOUT_MS: u64 = 900_000;

/// What `work` returns if it ends within `limit`. If there is no time, it is not begun: a time-out of zero would
/// still let it send its call.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    if limit.is_zero() {
        return None;
    }
    tokio::time::timeout(limit, work).await.ok()
}

/// The time by which one invocation must have finished its work.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    /// When Lambda stops the invocation.
    end: Instant,
}

impl Deadline {
    /// How long before Lambda's own limit the deadline is, so that a failure is still answered in words.
    pub const RESERVE: Duration = Duration::from_secs(2);

    /// The part of the reserve that [`Deadline::with_overtime`] adds.
    const OVERTIME: Duration = Duration::from_secs(1);

    /// A deadline `time` from now.
    #[must_use]
    pub fn after(time: Duration) -> Deadline {
        let at = Instant::now() + time;
        Deadline { at, end: at }
    }

    /// The deadline of a Lambda invocation, from the `Lambda-Runtime-Deadline-Ms` header (milliseconds since
    /// the epoch by `clock`; AWS Lambda guide, "Runtime API"), less [`Deadline::RESERVE`].
    #[must_use]
    pub fn of_invocation(epoch_ms: u64, clock: Clock) -> Deadline {
        let now_ms = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
        let left_ms = match epoch_ms {
            // Too small for a time since 1970: `cargo lambda watch` sends the timeout itself.
            ..=LONGEST_TIMEOUT_MS => epoch_ms,
            end => end.saturating_sub(now_ms),
        };
        let limit = Deadline::after(Duration::from_millis(left_ms));
        Deadline { at: limit.at.checked_sub(Deadline::RESERVE).unwrap_or(limit.at), ..limit }
    }

    /// This deadline, or `time` from now if that is sooner.
    #[must_use]
    pub fn at_most(self, time: Duration) -> Deadline {
        Deadline { at: self.at.min(Instant::now() + time), ..self }
    }

    /// A second later, for what must be recorded even if the time is over, such as the outcome.
    #[must_use]
    pub fn with_overtime(self) -> Deadline {
        Deadline { at: self.at + Deadline::OVERTIME, ..self }
    }

    /// How much time is left; zero after the deadline.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// When Lambda stops the invocation, by this clock. Nothing of it happens after this time.
    #[must_use]
    pub fn end(self, clock: Clock) -> Timestamp {
        clock.at(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn without_time_nothing_is_begun() {
        let begun = std::cell::Cell::new(0);
        let work = async || begun.set(begun.get() + 1);
        assert_eq!(within(Duration::ZERO, work()).await, None);
        assert_eq!(begun.get(), 0);
        assert_eq!(within(Duration::from_millis(1), work()).await, Some(()));
        assert_eq!(within(Duration::from_millis(1), std::future::pending::<()>()).await, None);
    }

    #[test]
    fn a_deadline_in_the_past_leaves_nothing() {
        let a_minute_ago = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap() - 60_000;
        assert_eq!(Deadline::of_invocation(a_minute_ago, Clock::System).remaining(), Duration::ZERO);
    }

    #[test]
    fn a_span_in_place_of_a_moment_is_taken_as_one() {
        let left = Deadline::of_invocation(600_000, Clock::System).remaining();
        assert!(left > Duration::from_secs(590) && left <= Duration::from_secs(598), "{left:?}");
    }

    #[test]
    fn two_seconds_of_lambdas_time_are_kept_back() {
        let in_ten_seconds = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap() + 10_000;
        let left = Deadline::of_invocation(in_ten_seconds, Clock::System).remaining();
        assert!(left > Duration::from_secs(7) && left <= Duration::from_secs(8), "{left:?}");
    }
}
