//! What the world around the program sees of one invocation: its calls, their answers, its end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::process::Process;

/// What the program keeps back of Lambda's time, to answer in words.
const RESERVE: Duration = Duration::from_secs(2);

/// The number of an invocation, from 1. 0 stands for none: a process that starts, or its background work.
pub(crate) type Number = usize;

/// An outcome event, as the bus got it.
#[derive(Debug)]
pub(crate) struct OutcomeEvent {
    pub(crate) detail_type: String,
    pub(crate) detail: Value,
}

/// The process at work on one event.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) process: usize,
    /// Lambda's request id: the same for all attempts of a delivery.
    pub(crate) request_id: String,
    pub(crate) is_housekeeping: bool,
    /// The work of an operator at the command line, which no Lambda stops.
    pub(crate) by_hand: Option<ByHand>,
    pub(crate) insists: bool,
    pub(crate) began: Instant,
    /// When Lambda stops it; by hand, when its time is over.
    pub(crate) limit: Instant,
    pub(crate) ended: Option<End>,
    pub(crate) ended_at: Option<Instant>,
    pub(crate) posts: Vec<Post>,
    /// Whether the message endpoint was asked about an id that cannot exist, and answered as Okta does.
    pub(crate) probed: bool,
    /// The last answer of each read, by its path: whether it came whole, and its status.
    pub(crate) reads: BTreeMap<String, Reply>,
    /// How often each read was sent, and when its last answer came.
    pub(crate) tries: BTreeMap<String, (usize, Instant)>,
    /// When the last answer came without which there is no message.
    pub(crate) ready_at: Instant,
    pub(crate) writes: Vec<Write>,
    /// The first request that it took up and that had a record before; only the housekeeping has one.
    pub(crate) tried_again: Option<String>,
    /// Whether it was told that its claim is stored.
    pub(crate) knows_its_claim: bool,
    /// Whether a call of the table failed, or met a fault on its way.
    pub(crate) table_failed: bool,
    /// Whether the bus did not take an outcome event, or the call with it met a fault on its way.
    pub(crate) bus_failed: bool,
    /// Outcome events that the bus took.
    pub(crate) events: Vec<OutcomeEvent>,
    pub(crate) lines: Vec<Value>,
    /// How many milliseconds the process's clock is ahead.
    pub(crate) ahead: i64,
    pub(crate) frozen: bool,
    /// Whether a call of it panicked by design, as if the program had a bug there.
    pub(crate) met_bug: bool,
    /// Whether a call may have failed without being sent: for want of a credential, or for a rate limit.
    pub(crate) may_hold_back: bool,
    /// The calls whose rate limit was used up at some moment of it: its process may hold them back.
    pub(crate) limited: BTreeSet<String>,
    /// Whether a rate limit was used up while it was at work.
    pub(crate) met_limit: bool,
    /// How many access tokens it asked for.
    pub(crate) token_calls: usize,
    /// Whether it met a failure that has to do with its credential.
    pub(crate) lacks_credential: bool,
    /// Whether the secret held what Okta accepts, all the time.
    pub(crate) has_valid_credential: bool,
    /// Whether a call for the secret failed.
    pub(crate) secret_failed: bool,
    /// The API token that it last used; empty if it uses none.
    pub(crate) token: String,
    pub(crate) calls: usize,
}

/// A piece of work of the operator who reconciles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ByHand {
    /// The request that is repaired; `None`: the search.
    pub(crate) repairs: Option<String>,
    /// Whether messages are posted. If not, nothing is changed at all.
    pub(crate) posts: bool,
}

impl Invocation {
    /// One that has done nothing yet, and has so much time from now on.
    pub(crate) fn of(process: &Process, request_id: &str, time: Duration) -> Invocation {
        let began = Instant::now();
        Invocation {
            process: process.number,
            request_id: request_id.to_owned(),
            is_housekeeping: false,
            by_hand: None,
            insists: false,
            began,
            limit: began + time,
            ended: None,
            ended_at: None,
            posts: Vec::new(),
            probed: false,
            reads: BTreeMap::new(),
            tries: BTreeMap::new(),
            ready_at: began,
            writes: Vec::new(),
            tried_again: None,
            knows_its_claim: false,
            table_failed: false,
            bus_failed: false,
            events: Vec::new(),
            lines: Vec::new(),
            ahead: process.ahead,
            frozen: false,
            met_bug: false,
            limited: BTreeSet::new(),
            met_limit: false,
            may_hold_back: false,
            token_calls: 0,
            lacks_credential: false,
            has_valid_credential: false,
            secret_failed: false,
            token: String::new(),
            calls: 0,
        }
    }

    /// Whether it knows its request from one of Okta's lists, and not from an event.
    pub(crate) fn is_by_list(&self) -> bool {
        self.is_housekeeping || self.by_hand.is_some()
    }

    /// Whether the program caught a panic in it, and said so.
    pub(crate) fn says_it_panicked(&self) -> bool {
        self.lines.iter().any(|line| line["code"] == "panicked")
    }

    /// After this moment it sends nothing but what records its outcome.
    pub(crate) fn deadline(&self) -> Instant {
        if self.by_hand.is_some() { self.limit } else { self.limit - RESERVE }
    }
}

/// How an invocation ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Answered(Value),
    Failed { class: String, message: String },
    Killed,
    OutOfTime,
}

/// An attempt to post a message.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) at: Instant,
    pub(crate) reply: Reply,
    /// An earlier attempt may have posted.
    pub(crate) is_second: bool,
    /// Somebody before Okta may have made up the answer.
    pub(crate) is_made_up: bool,
    /// The API token that it was sent with; empty if it was an access token.
    pub(crate) token: String,
}

/// What a call came to, as its caller saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Not yet, or never.
    None,
    /// It was never sent: no connection.
    Refused,
    /// The connection broke.
    Broken,
    /// A status; whether Okta says that it is in read-only mode; whether the body came as Okta wrote it.
    Status { status: u16, read_only: bool, is_okta_s: bool },
}

impl Reply {
    pub(crate) fn is_success(self) -> bool {
        matches!(self, Reply::Status { status: 200..300, .. })
    }

    /// Whether a read with this reply told what was asked.
    pub(crate) fn is_whole(self) -> bool {
        matches!(self, Reply::Status { status: 200..300, is_okta_s: true, .. })
    }

    /// Whether Okta does not show a list to this credential.
    pub(crate) fn refuses_list(self) -> bool {
        matches!(self, Reply::Status { status: 401 | 403 | 404, .. })
    }

    /// Whether a post with this reply certainly left nothing.
    pub(crate) fn is_known_refusal(self) -> bool {
        match self {
            Reply::Refused => true,
            // 408: the server may have begun to act on it.
            Reply::Status { status, read_only, .. } => {
                (300..500).contains(&status) && status != 408 || read_only
            }
            Reply::None | Reply::Broken => false,
        }
    }
}

/// A record that the table stored.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) by: Number,
    pub(crate) at: Instant,
    pub(crate) state: String,
    pub(crate) owner: String,
    pub(crate) count: u64,
    pub(crate) ids: Vec<String>,
}

/// A message that stands on a request.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) by: Number,
    pub(crate) text: String,
    pub(crate) at: Instant,
}
