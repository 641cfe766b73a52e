//! The housekeeping that a schedule asks for: it checks whether Okta's log stream still runs, and enriches
//! open requests that have no record in the ledger, because the stream lost their events. They take the same
//! way as an event.
//!
//! Okta delivers its log at best effort, turns a stream off after two failed deliveries, and replays nothing
//! (Okta help, "Log streaming"). Two lists, one of each generation, may show the same request. If nothing
//! proves which entries are one request, nothing is posted: the message may stand under the other id.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::try_join;
use jiff::Timestamp;

use crate::attempt::{Invocation, Line};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::ledger::protocol::RECORD_LIFE;
use crate::ledger::{Ledger, Standing};
use crate::okta::endpoint::Endpoint;
use crate::okta::{ListedRequest, OktaClient};
use crate::outcome::{Attempt, Housekeeping, Outcome, Reached, Stream};
use crate::request::{Api, RequestId};
use crate::same_request::{Traces, Twin};

/// The hourly run looks this far back. Someone must mend a stream that is off for longer.
const WINDOW: Duration = Duration::from_hours(24);

/// A search by hand may look this far back: the ledger keeps the record of every request that was answered
/// since.
pub const LONGEST_WINDOW: Duration = RECORD_LIFE.saturating_sub(Duration::from_hours(24));

const _: () = assert!(WINDOW.as_secs() < LONGEST_WINDOW.as_secs());

/// A younger request is left alone: its event may still come.
const LEAST_AGE: Duration = Duration::from_mins(15);

/// The lists are read from this long before the window.
const MARGIN: Duration = Duration::from_mins(10);

/// A run takes up another request only if this much of its deadline is left. The next run takes the rest.
const LEAST_TIME: Duration = Duration::from_secs(20);

/// The calls that it makes besides those for a message.
pub const ENDPOINTS: [Endpoint; 3] = [Endpoint::LogStreams, Endpoint::RequestsV1, Endpoint::RequestsV2];

/// Why the lists can't be read with an API token.
pub const NEEDS_SERVICE_APP: &str =
    "it needs a service app in the secret: Okta shows the lists of requests to no API token";

/// Runs the housekeeping, and keeps what one run leaves for the next.
#[derive(Debug, Default)]
pub(crate) struct Housekeeper {
    /// A client with a token of its own. Scopes that are missing here cost no message.
    lists: OnceLock<OktaClient>,
    /// An earlier run logged that reconciliation is off.
    said_off: AtomicBool,
}

/// What the comparison of the lists with the ledger found.
#[derive(Debug, Default)]
pub struct Found {
    /// The number of open requests that were compared.
    pub open: usize,
    /// Requests without a message, and without an attempt that may still post one, under any of their ids.
    /// Oldest first.
    pub lost: Vec<ListedRequest>,
    /// Requests that seem lost, but on which nothing may be posted, and why.
    pub unproven: Vec<(RequestId, Unproven)>,
}

/// Why nothing may be posted on a request that seems lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// A request of the other generation may be the same.
    #[error("it may be known by another id that has a message")]
    MaybeTwin,
    /// v1 names several people, or none.
    #[error("Okta does not say who gets the access")]
    PersonUnknown,
}

impl Housekeeper {
    /// Checks the stream, and enriches what it lost, as far as the time allows.
    pub(crate) async fn run(&self, line: &Line, invocation: Invocation<'_>) -> Attempt {
        let lists = self.lists(line).for_attempt();
        let mut warnings = Vec::new();
        let stream = match stream(line, &lists, invocation).await {
            Ok(stream) => stream,
            Err(warning) => {
                warnings.push(warning.text);
                warning.stream
            }
        };
        let reconciled = self.reconcile(line, &lists, invocation, &mut warnings).await;
        let (result, reached) = match reconciled {
            Ok(done) => (Ok(Outcome::Reconciled(Housekeeping { stream, ..done })), None),
            Err(error) => {
                let done = Housekeeping { stream, ..Housekeeping::default() };
                (Err(error), Some(Reached::Housekeeping(done)))
            }
        };
        Attempt { reached, warnings, okta_calls: lists.calls(), ..Attempt::ended(result) }
    }

    /// The open requests since `since` that have no record in the ledger.
    pub(crate) async fn lost(
        &self,
        line: &Line,
        since: Timestamp,
        deadline: Deadline,
    ) -> Result<Found, Error> {
        lost(line, self.lists(line), since, deadline).await
    }

    fn lists(&self, line: &Line) -> &OktaClient {
        self.lists.get_or_init(|| line.okta.for_endpoints(&ENDPOINTS))
    }

    async fn reconcile(
        &self,
        line: &Line,
        lists: &OktaClient,
        invocation: Invocation<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Housekeeping, Error> {
        let mut done = Housekeeping::default();
        if let Some(off) = why_off(line, invocation.deadline).await? {
            if !self.said_off.swap(true, Ordering::Relaxed) {
                warnings.push(format!("reconciliation is off: {off}"));
            }
            return Ok(done);
        }
        let now = Timestamp::now();
        let window = WINDOW.min(line.config.max_event_age);
        let found = lost(line, lists, now.checked_sub(window).unwrap_or(now), invocation.deadline).await?;
        (done.open, done.unproven) = (found.open, found.unproven.len());
        warnings.extend(found.unproven.iter().map(|(id, reason)| {
            format!("the request `{id}` has no record, but {reason}: nothing was posted; look at it in Okta")
        }));
        for listed in found.lost {
            if invocation.deadline.remaining() < LEAST_TIME {
                done.left += 1;
            } else {
                done.count(&line.enrich(&listed.event(), invocation).await.result);
            }
        }
        Ok(done)
    }
}

/// Why lost requests can't be found; `None` if they can.
async fn why_off(line: &Line, deadline: Deadline) -> Result<Option<&'static str>, Error> {
    if line.config.dry_run {
        return Ok(Some("DRY_RUN is set, and without claims nothing tells what was answered"));
    }
    if matches!(line.ledger, Ledger::Memory(_)) {
        return Ok(Some("set LEDGER_TABLE, so that it is known which requests were answered"));
    }
    Ok((!line.okta.may_list(deadline).await?).then_some(NEEDS_SERVICE_APP))
}

async fn lost(line: &Line, lists: &OktaClient, since: Timestamp, deadline: Deadline) -> Result<Found, Error> {
    let now = Timestamp::now();
    let oldest = now.checked_sub(LONGEST_WINDOW).unwrap_or(now);
    // The ledger's whole first day counts.
    let began = line.ledger.since(now, deadline).await?.as_second();
    let began = Timestamp::from_second(began - began.rem_euclid(24 * 60 * 60)).unwrap_or(now);
    compare(lists, &line.ledger, since.max(oldest), began, now, deadline).await
}

/// What to say about the stream, and what is known of it.
struct StreamWarning {
    stream: Stream,
    text: String,
}

/// Whether Okta sends events to this function.
async fn stream(
    line: &Line,
    lists: &OktaClient,
    invocation: Invocation<'_>,
) -> Result<Stream, StreamWarning> {
    let streams = lists.log_streams(invocation.deadline).await.map_err(|error| StreamWarning {
        stream: Stream::Unknown,
        text: format!(
            "failed to read the log streams: {}; until that works, only silence tells that the stream is off",
            Error::from(error)
        ),
    })?;
    let region = line.config.region.as_deref();
    let ours: Vec<_> = streams.iter().filter(|stream| stream.ends_in(invocation.account, region)).collect();
    if ours.is_empty() {
        return Err(StreamWarning {
            stream: Stream::Unknown,
            text: "the org has no log stream to EventBridge in this account and region; add one in the Admin Console \
                   (Reports > Log Streaming)"
                .to_owned(),
        });
    }
    if ours.iter().any(|stream| stream.active) {
        return Ok(Stream::Active);
    }
    let names: Vec<_> = ours.iter().map(|stream| format!("`{}`", stream.name)).collect();
    Err(StreamWarning {
        stream: Stream::Inactive,
        text: format!(
            "Okta has turned the log stream {} off, and sends no events; activate it in the Admin Console (Reports > \
             Log Streaming)",
            names.join(", ")
        ),
    })
}

/// Compares the open requests since `since` with the ledger. Requests from before the ledger `began` are left
/// out: it has no records of them. It is at least as old as the oldest request in it.
async fn compare(
    okta: &OktaClient,
    ledger: &Ledger,
    since: Timestamp,
    began: Timestamp,
    now: Timestamp,
    deadline: Deadline,
) -> Result<Found, Error> {
    // Okta changes the two entries of one request at different moments. With a margin the lists show both or
    // neither.
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

/// The open requests that are old enough, oldest first, each once; and for each why nothing may be posted on
/// it.
fn open_requests(
    v1: Vec<ListedRequest>,
    v2: &[ListedRequest],
    since: Timestamp,
    now: Timestamp,
) -> Vec<(ListedRequest, Option<Unproven>)> {
    let newer: Vec<Traces<'_>> = v2.iter().map(ListedRequest::traces).collect();
    let v1: Vec<(ListedRequest, Twin)> = v1
        .into_iter()
        .map(|request| {
            let twin = request.traces().twin_in(&newer);
            (request, twin)
        })
        .filter(|(_, twin)| *twin != Twin::Proven)
        .collect();
    let older: Vec<Traces<'_>> = v1.iter().map(|(request, _)| request.traces()).collect();
    let maybe_twin = |twin| (twin == Twin::Possible).then_some(Unproven::MaybeTwin);
    let of_v1 = v1.iter().map(|(request, twin)| {
        let unproven =
            if request.people.len() == 1 { maybe_twin(*twin) } else { Some(Unproven::PersonUnknown) };
        (request.clone(), unproven)
    });
    let of_v2 = v2.iter().map(|request| (request.clone(), maybe_twin(request.traces().twin_in(&older))));
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
