//! The housekeeping that a schedule asks for: whether Okta's log stream still runs, and which open requests have no record
//! in the ledger, because the stream lost their events. What is found takes the same way as an event.
//!
//! Okta delivers its log at best effort, turns a stream off after two failed deliveries, and replays nothing (Okta help,
//! "Log streaming"). One request may be known by two ids, one in each generation's list. Where that is not proven either
//! way, nothing is posted: the message may stand under the other id.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::try_join;
use jiff::Timestamp;

use crate::deadline::Deadline;
use crate::error::Error;
use crate::event::RequestEvent;
use crate::handler::{Enricher, Invocation, Ready};
use crate::ledger::protocol::RECORD_LIFE;
use crate::ledger::{Ledger, Standing};
use crate::okta::endpoint::Endpoint;
use crate::okta::{ListedRequest, OktaClient};
use crate::outcome::{Attempt, Housekeeping, Outcome, Stream};
use crate::request::Api;
use crate::request::RequestId;

/// How far back the hourly run looks: a stream that is off for a day is somebody's to mend.
const WINDOW: Duration = Duration::from_hours(24);

/// How far back a search by hand may look: each request that was answered since still has its record.
pub const LONGEST_WINDOW: Duration = RECORD_LIFE.saturating_sub(Duration::from_hours(24));

const _: () = assert!(WINDOW.as_secs() < LONGEST_WINDOW.as_secs());

/// A younger request may still get its event; what is delivered later finds the message there.
const LEAST_AGE: Duration = Duration::from_mins(15);

/// How far before the window the lists begin.
const MARGIN: Duration = Duration::from_mins(10);

/// What must be left of the deadline for another request to be taken up. The rest waits for the next run.
const LEAST_TIME: Duration = Duration::from_secs(20);

/// The calls that it makes beside those for a message.
pub const ENDPOINTS: [Endpoint; 3] = [Endpoint::LogStreams, Endpoint::RequestsV1, Endpoint::RequestsV2];

/// What reading the lists takes.
pub const NEEDS_SERVICE_APP: &str =
    "it needs a service app in the secret: Okta shows the lists of requests to no API token";

/// What is kept between runs.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// With a token of its own: scopes that are lacking here cost no message.
    lists: OnceLock<OktaClient>,
    /// That reconciliation is off was said.
    said_off: AtomicBool,
}

/// What the comparison found.
#[derive(Debug, Default)]
pub struct Found {
    /// Open requests that were compared with the ledger.
    pub open: usize,
    /// Those without a message, and without an attempt that may yet lead to one, under any of their ids; oldest first.
    pub lost: Vec<ListedRequest>,
    /// Those without, on which nothing may be posted, and why.
    pub unproven: Vec<(RequestId, Unproven)>,
}

/// Why nothing may be posted on a request that seems lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// A request of the other generation may be the same.
    #[error("it may be known by another id that has a message")]
    MaybeTwin,
    /// v1 names several people, or none.
    #[error("Okta does not tell who gets the access")]
    PersonUntold,
}

impl Enricher {
    /// What is open since `since` and has no record in the ledger.
    pub async fn lost(&self, since: Timestamp, deadline: Deadline) -> Result<Found, Error> {
        let ready = self.ready.as_ref().map_err(Clone::clone)?;
        ready.lost(since, deadline).await
    }

    /// Takes an event that was found in a list to its message, and tells how that ended.
    pub async fn repair(&self, event: RequestEvent, invocation: Invocation<'_>) -> Attempt {
        let attempt = match &self.ready {
            Ok(ready) => ready.attempt(event, invocation).await,
            Err(error) => Attempt::ended(Err(error.clone())),
        };
        self.conclude(&attempt, invocation).await;
        attempt
    }

    /// Looks after the stream, and enriches what it lost, as far as the time allows.
    pub(crate) async fn housekeep(&self, ready: &Ready, invocation: Invocation<'_>) -> Attempt {
        let mut attempt = Attempt::ended(Ok(Outcome::Reconciled));
        let calls_before = ready.lists().calls();
        let mut done =
            Housekeeping { stream: ready.stream(invocation, &mut attempt).await, ..Housekeeping::default() };
        attempt.okta_calls = ready.lists().calls() - calls_before;
        match ready.reconcilable(invocation.deadline).await {
            Err(error) => attempt.result = Err(error),
            Ok(Err(off)) => {
                if !ready.housekeeping.said_off.swap(true, Ordering::Relaxed) {
                    attempt.warnings.push(format!("reconciliation is off: {off}"));
                }
            }
            Ok(Ok(())) => {
                let now = Timestamp::now();
                let window = WINDOW.min(ready.config.max_event_age);
                let found = ready.lost(now.checked_sub(window).unwrap_or(now), invocation.deadline).await;
                attempt.okta_calls = ready.lists().calls() - calls_before;
                match found {
                    Err(error) => attempt.result = Err(error),
                    Ok(found) => {
                        (done.open, done.unproven) = (found.open, found.unproven.len());
                        attempt.warnings.extend(found.unproven.iter().map(|(id, reason)| {
                            format!("the request `{id}` has no record, but {reason}: nothing was posted; look at it in Okta")
                        }));
                        for listed in found.lost {
                            if invocation.deadline.remaining() < LEAST_TIME {
                                done.left += 1;
                                continue;
                            }
                            let repaired = self.repair(listed.event(), invocation).await;
                            done.count(&repaired.result);
                        }
                    }
                }
            }
        }
        attempt.housekeeping = Some(done);
        attempt
    }
}

impl Ready {
    fn lists(&self) -> &OktaClient {
        self.housekeeping.lists.get_or_init(|| self.okta.for_endpoints(&ENDPOINTS))
    }

    /// Whether what was lost can be found; the inner error: what that takes.
    async fn reconcilable(&self, deadline: Deadline) -> Result<Result<(), &'static str>, Error> {
        if self.config.dry_run {
            return Ok(Err("DRY_RUN is set, and without claims nothing tells what was answered"));
        }
        if matches!(self.ledger, Ledger::Memory(_)) {
            return Ok(Err("set LEDGER_TABLE, so that it is known which requests were answered"));
        }
        match self.okta.may_list(deadline).await {
            Ok(true) => Ok(Ok(())),
            Ok(false) => Ok(Err(NEEDS_SERVICE_APP)),
            Err(error) => Err(error.into()),
        }
    }

    async fn lost(&self, since: Timestamp, deadline: Deadline) -> Result<Found, Error> {
        let now = Timestamp::now();
        let oldest = now.checked_sub(LONGEST_WINDOW).unwrap_or(now);
        // Its whole first day counts.
        let began = self.ledger.since(now, deadline).await?.as_second();
        let began = Timestamp::from_second(began - began.rem_euclid(24 * 60 * 60)).unwrap_or(now);
        compare(self.lists(), &self.ledger, since.max(oldest), began, now, deadline).await
    }

    /// Whether Okta sends events here.
    async fn stream(&self, invocation: Invocation<'_>, attempt: &mut Attempt) -> Stream {
        let region = std::env::var("AWS_REGION").ok();
        let streams = match self.lists().log_streams(invocation.deadline).await {
            Ok(streams) => streams,
            Err(error) => {
                attempt.warnings.push(format!(
                    "failed to read the log streams: {}; until that works, only silence tells that the stream is off",
                    Error::from(error)
                ));
                return Stream::Unknown;
            }
        };
        let ours: Vec<_> =
            streams.iter().filter(|stream| stream.ends_in(invocation.account, region.as_deref())).collect();
        if ours.is_empty() {
            attempt.warnings.push(
                "the org has no log stream to EventBridge in this account and region; add one in the Admin Console \
                 (Reports > Log Streaming)"
                    .to_owned(),
            );
            return Stream::Unknown;
        }
        if ours.iter().any(|stream| stream.active) {
            return Stream::Active;
        }
        let names: Vec<_> = ours.iter().map(|stream| format!("`{}`", stream.name)).collect();
        attempt.warnings.push(format!(
            "Okta has turned the log stream {} off, and sends no events; activate it in the Admin Console (Reports > \
             Log Streaming)",
            names.join(", ")
        ));
        Stream::Inactive
    }
}

/// Compares what is open since `since` with the ledger. Of what was raised before the ledger `began` nothing is known; it
/// is at least as old as the oldest request in it.
async fn compare(
    okta: &OktaClient,
    ledger: &Ledger,
    since: Timestamp,
    began: Timestamp,
    now: Timestamp,
    deadline: Deadline,
) -> Result<Found, Error> {
    // The two entries of one request were not changed at the same moment: neither may fall out alone.
    let listed_since = since.checked_sub(MARGIN).unwrap_or(since);
    let (v1, v2) = try_join(
        Box::pin(okta.requests_since(Api::V1, listed_since, deadline)),
        Box::pin(okta.requests_since(Api::V2, listed_since, deadline)),
    )
    .await
    .map_err(|error| Error::of_call("failed to list the access requests", error))?;
    let (mut began, mut open) = (began, Vec::new());
    for (request, unproven) in open_requests(v1, &v2, since, now) {
        let ids: Vec<_> = std::iter::once(&request.id).chain(&request.other_id).cloned().collect();
        let standing = ledger.standing(&ids, now, deadline).await?;
        if standing != Standing::Unrecorded {
            began = began.min(request.created);
        }
        open.push((request, unproven, standing));
    }
    open.retain(|(request, ..)| request.created >= began);
    let mut found = Found { open: open.len(), ..Found::default() };
    for (request, unproven, standing) in open {
        if standing == Standing::Settled {
            continue;
        }
        match unproven {
            Some(reason) => found.unproven.push((request.id, reason)),
            None => found.lost.push(request),
        }
    }
    Ok(found)
}

/// The open requests that are old enough, oldest first, each once; and of each why nothing may be posted on it.
fn open_requests(
    v1: Vec<ListedRequest>,
    v2: &[ListedRequest],
    since: Timestamp,
    now: Timestamp,
) -> Vec<(ListedRequest, Option<Unproven>)> {
    let twins: HashSet<_> = v2.iter().filter_map(|request| request.other_id.clone()).collect();
    let alone: Vec<ListedRequest> = v2.iter().filter(|request| request.other_id.is_none()).cloned().collect();
    let v1: Vec<ListedRequest> = v1.into_iter().filter(|request| !twins.contains(&request.id)).collect();
    let of_v1 = v1.iter().map(|request| {
        let unproven = match request.people.len() {
            1 => alone.iter().any(|other| request.could_be(other)).then_some(Unproven::MaybeTwin),
            _ => Some(Unproven::PersonUntold),
        };
        (request.clone(), unproven)
    });
    let of_v2 = v2.iter().map(|request| {
        let twin = request.other_id.is_none() && v1.iter().any(|other| request.could_be(other));
        (request.clone(), twin.then_some(Unproven::MaybeTwin))
    });
    let mut open: Vec<_> = of_v1
        .chain(of_v2)
        .filter(|(request, _)| {
            let age = now.duration_since(request.created);
            request.is_open()
                && request.created >= since
                && !age.is_negative()
                && age.unsigned_abs() >= LEAST_AGE
        })
        .collect();
    open.sort_by_key(|(request, _)| request.created);
    open
}
