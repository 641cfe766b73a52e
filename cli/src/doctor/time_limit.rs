//! The time limit of one check's call, to Okta or AWS.

use std::time::Duration;

use okta_request_enricher::deadline::Deadline;

/// For one call and its retries.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The deadline of a call that starts now.
pub(super) fn deadline() -> Deadline {
    Deadline::after(TIME_LIMIT)
}
