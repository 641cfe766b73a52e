//! How long one event may take.

use std::time::Duration;

/// The time of the deployed function for one event: its timeout of 90 s, less the 2 s it keeps back.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(88);
