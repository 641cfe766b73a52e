//! A [`Deadline`] is the one moment by which an invocation must have answered. It is made once, from what Lambda
//! says, and every call, wait and retry asks it how much is left. It knows nothing of what the time is spent on.

use std::time::Duration;

use tokio::time::Instant;

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
        Deadline::after(
            Duration::from_millis(epoch_ms.saturating_sub(now_ms)).saturating_sub(Deadline::RESERVE),
        )
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
        assert_eq!(Deadline::of_invocation(0).remaining(), Duration::ZERO);
    }

    #[test]
    fn two_seconds_of_lambdas_time_are_kept_back() {
        let in_ten_seconds = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap() + 10_000;
        let left = Deadline::of_invocation(in_ten_seconds).remaining();
        assert!(left > Duration::from_secs(7) && left <= Duration::from_secs(8), "{left:?}");
    }
}
