//! A [`Deadline`] is the one moment by which an invocation must have answered. It is made once, from what Lambda
//! says, and every call, wait and retry asks it how much is left. It knows nothing of what the time is spent on.

use std::time::Duration;

use tokio::time::Instant;

/// Lambda's own limit for a function's timeout, 15 minutes.
const LONGEST_TIMEOUT_MS: u64 = 900_000;

/// The moment by which everything of one invocation must be over.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// Kept back from Lambda's own limit, so that a failure is answered in words before Lambda cuts the process.
    pub const RESERVE: Duration = Duration::from_secs(2);

    /// A deadline `time` from now.
    #[must_use]
    pub fn after(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }

    /// The deadline of a Lambda invocation, from the `Lambda-Runtime-Deadline-Ms` header (milliseconds since the
    /// epoch; AWS Lambda guide, "Runtime API"), less [`Deadline::RESERVE`].
    #[must_use]
    pub fn of_invocation(epoch_ms: u64) -> Deadline {
        let now_ms = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
        let left_ms = match epoch_ms {
            // No moment of our days: `cargo lambda watch` sends the span itself.
            ..=LONGEST_TIMEOUT_MS => epoch_ms,
            moment => moment.saturating_sub(now_ms),
        };
        Deadline::after(Duration::from_millis(left_ms).saturating_sub(Deadline::RESERVE))
    }

    /// This deadline, or `time` from now where that is sooner.
    #[must_use]
    pub fn at_most(self, time: Duration) -> Deadline {
        Deadline(self.0.min(Instant::now() + time))
    }

    /// What is left; zero once it has passed.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_in_the_past_leaves_nothing() {
        let a_minute_ago = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap() - 60_000;
        assert_eq!(Deadline::of_invocation(a_minute_ago).remaining(), Duration::ZERO);
    }

    #[test]
    fn a_span_in_place_of_a_moment_is_taken_as_one() {
        let left = Deadline::of_invocation(600_000).remaining();
        assert!(left > Duration::from_secs(590) && left <= Duration::from_secs(598), "{left:?}");
    }

    #[test]
    fn two_seconds_of_lambdas_time_are_kept_back() {
        let in_ten_seconds = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap() + 10_000;
        let left = Deadline::of_invocation(in_ten_seconds).remaining();
        assert!(left > Duration::from_secs(7) && left <= Duration::from_secs(8), "{left:?}");
    }
}
