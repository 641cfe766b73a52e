//! In place of `bus` in a build without the cargo feature `aws`: a type without values, so
//! that there is never such a bus.

use crate::deadline::Deadline;
use crate::deployment::Deployment;
use crate::outcome::Attempt;

/// No bus.
#[derive(Debug)]
pub enum OutcomeBus {}

impl OutcomeBus {
    /// Sends nothing.
    #[expect(clippy::unused_async, reason = "as with AWS")]
    pub async fn publish(&self, _: &Attempt, _: &Deployment, _: &str, _: Deadline) {
        match *self {}
    }
}
