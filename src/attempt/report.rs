//! Reports how an attempt ended: to the log, to the ledger, and to whoever waits for outcome events.

use std::time::Duration;

use super::{Invocation, Pipeline};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::log_line::log_line;
use crate::outcome::{Attempt, Post, UsedGrant};
use crate::request::RequestId;

/// How long the ledger is asked to take back a claim of which it is unknown whether it is stored. The table
/// may be down, and the attempt has failed.
const UNKNOWN_CLAIM: Duration = Duration::from_secs(3);

impl Pipeline {
    /// Reports how an attempt ended: one log line; then, at the same time, the ledger's record and the
    /// outcome event.
    pub(crate) async fn conclude(&self, attempt: &Attempt, invocation: Invocation<'_>) {
        let Invocation { request_id, deadline, .. } = invocation;
        let deployment = &self.config.deployment;
        (self.log)(log_line(attempt, deployment, request_id, self.clock.now()));
        // Boxed: the SDK's futures are large.
        tokio::join!(Box::pin(self.record(attempt, deadline)), async {
            if let Some(bus) = &self.outcome_bus {
                Box::pin(bus.publish(attempt, deployment, request_id, deadline)).await;
            }
        });
    }

    /// Tells the ledger what became of the grant.
    async fn record(&self, attempt: &Attempt, deadline: Deadline) {
        let Some(UsedGrant { grant, post }) = &attempt.used_grant else { return };
        let deadline = deadline.with_overtime();
        let (told, then) = match post {
            Post::Stands => {
                (self.ledger.complete(grant, deadline).await, "a later attempt may post a second message")
            }
            Post::No => {
                (self.ledger.release(grant, deadline).await, "the next attempt counts as a doubtful one")
            }
            Post::Unclaimed => (
                self.ledger.release(grant, deadline.at_most(UNKNOWN_CLAIM)).await,
                "if the claim is stored, the next attempt counts as a doubtful one",
            ),
            Post::Withheld(why) => (
                self.ledger.withhold(grant, *why, deadline).await,
                "the next attempt counts as a doubtful one",
            ),
            Post::InDoubt => {
                (self.ledger.doubt(grant, deadline).await, "the next attempt waits for the end of this claim")
            }
        };
        if let Err(error) = told {
            let error = Error::from(error);
            tracing::warn!(request_id = attempt.request_id().map(RequestId::as_str), "{error}; {then}");
        }
    }
}
