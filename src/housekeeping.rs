//! The housekeeping that a schedule asks for. It checks whether Okta's log stream still runs. It enriches open
//! requests that have no message by the ledger's records: the stream lost their events, or their attempts failed.
//! They take the same way as an event.
//!
//! Okta delivers its log at best effort, turns a stream off after two failed deliveries, and replays nothing
//! (Okta help, "Log streaming"). The check of the stream and the two lists of requests fail independently.

mod found;
mod lists;
mod open;
mod search;
mod stream;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use self::search::search;
use crate::STEPS;
use crate::attempt::{Invoked, Pipeline};
use crate::deadline::Deadline;
use crate::error::{Code, Error};
use crate::ledger::Ledger;
use crate::okta::OktaClient;
use crate::okta::endpoint::Endpoint;
use crate::outcome::{Attempt, Housekeeping, Outcome, Reached};
use crate::request::Api;

pub use self::found::{Cut, Found, Lost, Unproven, Unread};
pub use self::lists::LEAST_AGE;
pub use self::search::LONGEST_WINDOW;

/// The hourly run looks this far back. Someone must mend a stream that is off for longer.
const WINDOW: Duration = Duration::from_hours(24);

const _: () = assert!(WINDOW.as_secs() < LONGEST_WINDOW.as_secs());

/// A run begins with another request only if this much of its time is left. The next run does the rest.
const LEAST_TIME: Duration = Duration::from_secs(20);

/// The calls that it makes besides those for a message.
pub const ENDPOINTS: [Endpoint; 4] =
    [Endpoint::LogStreams, Endpoint::RequestsV1, Endpoint::RequestsV2, Endpoint::RequestV2];

/// Runs the housekeeping, and keeps what one run leaves for the next.
#[derive(Debug, Default)]
pub(crate) struct Housekeeper {
    /// A client with a token of its own. Scopes that are missing here cost no message.
    lists: OnceLock<OktaClient>,
    said: Said,
}

/// Lasting conditions that an earlier run logged. Later runs do not repeat them.
#[derive(Debug, Default)]
struct Said {
    off: AtomicBool,
    streams_refused: AtomicBool,
    v1_refused: AtomicBool,
    v2_refused: AtomicBool,
}

/// What a run did, and what stopped a part of it.
#[derive(Default)]
struct Run {
    done: Housekeeping,
    warnings: Vec<String>,
    failure: Option<Error>,
}

impl Housekeeper {
    /// Checks the stream, and enriches what it lost, as far as the time allows.
    pub(crate) async fn run(&self, pipeline: &Pipeline, invoked: &Invoked<'_>) -> Attempt {
        let lists = self.lists(pipeline).for_attempt();
        let invocation = invoked.invocation;
        let region = pipeline.config.region.as_deref();
        let stream = stream::state(
            &lists,
            invocation.account,
            region,
            &self.said.streams_refused,
            invocation.deadline,
        );
        // At the same time: the stream may have to wait for its rate limit.
        let ((stream, warning), reconciled) =
            tokio::join!(stream, Box::pin(self.reconcile(pipeline, &lists, invoked)));
        let Run { done, warnings, failure } =
            reconciled.unwrap_or_else(|error| Run { failure: Some(error), ..Run::default() });
        let done = Housekeeping { stream, ..done };
        let (result, reached) = match failure {
            None => (Ok(Outcome::Reconciled(done)), None),
            Some(error) => (Err(error), Some(Reached::Housekeeping(done))),
        };
        let warnings = warning.into_iter().chain(warnings).collect();
        let (okta_calls, rate_limit_wait) = (lists.calls(), lists.waited());
        Attempt { reached, warnings, okta_calls, rate_limit_wait, ..Attempt::ended(result) }
    }

    /// The open requests since `since` that have no message by the ledger's records.
    pub(crate) async fn lost(
        &self,
        pipeline: &Pipeline,
        since: Timestamp,
        deadline: Deadline,
    ) -> Result<Found, Error> {
        search(pipeline, self.lists(pipeline), since, deadline).await
    }

    fn lists(&self, pipeline: &Pipeline) -> &OktaClient {
        self.lists.get_or_init(|| pipeline.okta.for_endpoints(&ENDPOINTS))
    }

    async fn reconcile(
        &self,
        pipeline: &Pipeline,
        lists: &OktaClient,
        invoked: &Invoked<'_>,
    ) -> Result<Run, Error> {
        let deadline = invoked.invocation.deadline;
        if let Some(off) = why_off(pipeline) {
            let said = self.said.off.swap(true, Ordering::Relaxed);
            let warnings = (!said).then(|| format!("reconciliation is off: {off}"));
            return Ok(Run { warnings: warnings.into_iter().collect(), ..Run::default() });
        }
        let now = pipeline.clock.now();
        let window = WINDOW.min(pipeline.config.max_event_age);
        let since = now.checked_sub(window).unwrap_or(now);
        // The other half is for what it finds.
        let searching = deadline.at_most(deadline.remaining() / 2);
        let found = search(pipeline, lists, since, searching).await?;
        let mut done = Housekeeping {
            open: found.open,
            skipped: found.skipped.len(),
            left: found.left,
            unproven: found.unproven.len(),
            unread: found.unread.iter().map(Unread::summary).collect(),
            ..Housekeeping::default()
        };
        // Each generation has rate limits and a message endpoint of its own. Once the limits are used up, each
        // further attempt would fail. Once the endpoint does not answer, each further post would be in doubt.
        let mut closed = Vec::new();
        for lost in &found.lost {
            let api = lost.listed.id.api();
            if deadline.remaining() < LEAST_TIME || closed.contains(&api) {
                done.left += 1;
                continue;
            }
            let result = pipeline.enrich(lost.lead(), invoked).await.result;
            if result
                .as_ref()
                .is_err_and(|error| matches!(error.code(), Code::OktaRateLimited | Code::PostHeldBack))
            {
                closed.push(api);
            }
            count(&mut done, &result);
        }
        for ids in &found.same {
            if let Err(error) = pipeline.ledger.join(ids, now, deadline).await {
                tracing::info!(target: STEPS, %error, "the next run compares these ids again");
            }
        }
        let unproven = found.unproven.iter().map(|(id, reason)| {
            format!(
                "the ledger knows of no message on the request `{id}`, but {reason}: nothing was posted; look at it \
                 in Okta"
            )
        });
        let warnings = unproven.chain(self.said.news(&found.unread)).collect();
        let failure = found.unread.iter().find(|list| !list.error.refuses_list()).map(Unread::failure);
        Ok(Run { done, warnings, failure })
    }
}

impl Said {
    /// The warnings about lists that Okta refuses: each once, until the list can be read again.
    fn news(&self, unread: &[Unread]) -> Vec<String> {
        let mut news = Vec::new();
        for (api, said) in [(Api::V1, &self.v1_refused), (Api::V2, &self.v2_refused)] {
            let refused = unread.iter().find(|list| list.api == api && list.error.refuses_list());
            if !said.swap(refused.is_some(), Ordering::Relaxed) {
                news.extend(refused.map(ToString::to_string));
            }
        }
        news
    }
}

/// Why lost requests can't be found; `None` if they can.
fn why_off(pipeline: &Pipeline) -> Option<&'static str> {
    if pipeline.config.dry_run {
        return Some("DRY_RUN is set, and without claims it is unknown which requests were answered");
    }
    matches!(pipeline.ledger, Ledger::Memory(_))
        .then_some("set LEDGER_TABLE, so that it is known which requests were answered")
}

/// Counts a lost request by how its attempt ended.
fn count(done: &mut Housekeeping, result: &Result<Outcome, Error>) {
    match result {
        Ok(Outcome::Posted { .. }) => done.posted += 1,
        // Its event came after all.
        Ok(Outcome::Duplicate) => {}
        Ok(_) => done.skipped += 1,
        Err(_) => done.failed += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::SkipReason;

    #[test]
    fn a_lost_request_that_is_answered_in_the_meantime_is_none_without_a_message() {
        let mut done = Housekeeping::default();
        for result in
            [Ok(Outcome::Duplicate), Ok(Outcome::Skipped(SkipReason::NoRule)), Err(Error::panicked())]
        {
            count(&mut done, &result);
        }
        assert_eq!((done.posted, done.skipped, done.failed), (0, 1, 1));
    }
}
