//! [`Clock`]: the wall clock of a process. It is given, so that a whole run can be played again at the same
//! times. Waits and limits use tokio's clock instead, which never jumps.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Says what time it is.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The system's time.
    System,
    /// A given time, which goes on with tokio's clock.
    Given {
        /// The time at `since`.
        start: Timestamp,
        /// The moment of tokio's clock at which `start` was given.
        since: Instant,
    },
}

impl Clock {
    /// A clock that shows `start` now.
    #[must_use]
    pub fn given(start: Timestamp) -> Clock {
        Clock::Given { start, since: Instant::now() }
    }

    /// The time.
    #[must_use]
    pub fn now(self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Given { start, since } => start.checked_add(since.elapsed()).unwrap_or(start),
        }
    }

    /// The time at a moment of tokio's clock.
    #[must_use]
    pub fn at(self, moment: Instant) -> Timestamp {
        let (now, here) = (self.now(), Instant::now());
        let ahead = SignedDuration::try_from(moment.saturating_duration_since(here));
        let behind = SignedDuration::try_from(here.saturating_duration_since(moment));
        let (Ok(ahead), Ok(behind)) = (ahead, behind) else { return now };
        now.checked_add(ahead - behind).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_given_clock_goes_on_with_tokio_s() {
        let nine = Timestamp::from_second(1_795_510_800).unwrap();
        let clock = Clock::given(nine);
        let begun = Instant::now();
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now(), nine + Duration::from_secs(90));
        assert_eq!(clock.at(begun), nine);
        assert_eq!(clock.at(begun + Duration::from_secs(100)), nine + Duration::from_secs(100));
    }
}
