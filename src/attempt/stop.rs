//! [`Stop`]: why an attempt ends before its post.

use crate::error::Error;
use crate::outcome::{Outcome, SkipReason};

/// Why an attempt ends before its post.
#[derive(Debug)]
pub enum Stop {
    /// There is nothing to do.
    Skipped(SkipReason),
    /// A message stands already.
    Duplicate,
    /// It failed.
    Failed(Error),
}

impl Stop {
    /// Why there is nothing to do; `None` if it ended in another way.
    pub(super) fn skipped(&self) -> Option<&SkipReason> {
        match self {
            Stop::Skipped(reason) => Some(reason),
            Stop::Duplicate | Stop::Failed(_) => None,
        }
    }
}

impl From<SkipReason> for Stop {
    fn from(reason: SkipReason) -> Stop {
        Stop::Skipped(reason)
    }
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Failed(error.into())
    }
}

impl From<Stop> for Result<Outcome, Error> {
    fn from(stop: Stop) -> Result<Outcome, Error> {
        match stop {
            Stop::Skipped(reason) => Ok(Outcome::Skipped(reason)),
            Stop::Duplicate => Ok(Outcome::Duplicate),
            Stop::Failed(error) => Err(error),
        }
    }
}
