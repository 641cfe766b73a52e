//! What a [search](super::search) for lost requests [found](Found): the lost requests, and everything that it
//! could not decide, with the reason.

use std::fmt;

use jiff::Timestamp;

use crate::attempt::Lead;
use crate::error::Error;
use crate::event::RequestEvent;
use crate::okta::{AccessRequest, ListedRequest, OktaError};
use crate::outcome::{SkipReason, UnreadList};
use crate::request::{Api, RequestId};

/// What the comparison of the lists with the ledger found.
#[derive(Debug, Default)]
pub struct Found {
    /// The number of open requests that were compared. A request that both lists show counts once.
    pub open: usize,
    /// The number of open requests that were not compared: they are younger than [`LEAST_AGE`](super::LEAST_AGE),
    /// and their events may still come.
    pub young: usize,
    /// Why requests were compared since a later moment than asked; `None` if they were not.
    pub cut: Option<Cut>,
    /// Requests without a message, and without an attempt that may still post one, under any of their ids.
    /// Each person's oldest first, then each person's second, and so on; those that were tried before last.
    pub lost: Vec<Lost>,
    /// Requests without a message that get none, and why.
    pub skipped: Vec<(ListedRequest, SkipReason)>,
    /// Requests that seem lost, but on which nothing may be posted, and why.
    pub unproven: Vec<(RequestId, Unproven)>,
    /// The number of requests that seem lost, but that this search could not decide: a request or the v1 list could
    /// not be read just now.
    pub left: usize,
    /// Lists that could not be read. Requests that only such a list shows were not found.
    pub unread: Vec<Unread>,
    /// Groups of ids. By Okta's answers, the ids of a group are one request's, so a message under one of them
    /// counts for all.
    pub same: Vec<Vec<RequestId>>,
}

/// Why older requests were left out, with the moment from which on requests were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The ledger forgets records that are older: see [`LONGEST_WINDOW`](super::LONGEST_WINDOW).
    RecordLife(Timestamp),
    /// The ledger began then.
    LedgerBegan(Timestamp),
}

/// A request whose event was lost.
#[derive(Debug)]
pub struct Lost {
    /// Its entry in the list.
    pub listed: ListedRequest,
    event: RequestEvent,
    aliases: Vec<RequestId>,
    read: Option<AccessRequest>,
}

impl Lost {
    /// `aliases` are its other ids in Okta's answers; `read` is the request if it was read.
    pub(super) fn new(listed: ListedRequest, aliases: Vec<RequestId>, read: Option<AccessRequest>) -> Lost {
        Lost { event: listed.event(), listed, aliases, read }
    }

    /// The request, as an attempt takes it.
    #[must_use]
    pub fn lead(&self) -> Lead<'_> {
        Lead { event: &self.event, aliases: &self.aliases, read: self.read.as_ref() }
    }
}

/// Why nothing may be posted on a request that seems lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// A request of the other generation may be the same.
    #[error("it may be known by another id that has a message")]
    MaybeTwin,
    /// v1 names several people, or none. v2 names no Okta user who gets the access.
    #[error("Okta does not say who gets the access")]
    PersonUnknown,
}

/// A list of requests that could not be read.
#[derive(Debug)]
pub struct Unread {
    /// The generation of its requests.
    pub api: Api,
    /// Why.
    pub error: OktaError,
}

impl Unread {
    /// The error: the purpose of the call, then why it failed.
    #[must_use]
    pub fn failure(&self) -> Error {
        Error::of_call("failed to list the access requests", self.error.clone())
    }

    /// The same for the answer of the housekeeping.
    #[must_use]
    pub fn summary(&self) -> UnreadList {
        let failure = self.failure();
        UnreadList { list: self.api, code: failure.code().as_str(), reason: failure.cause().to_owned() }
    }

    /// What a list that Okta refuses needs, as the end of a sentence; empty if Okta does not refuse it.
    #[must_use]
    pub fn needs(&self) -> String {
        if !self.error.refuses_list() {
            return String::new();
        }
        let scope = self.api.list().scope().unwrap_or("none");
        format!(
            ": the list needs a service app with the scope `{scope}` and the role Access Requests Administrator"
        )
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (failure, api) = (self.failure(), self.api.as_str());
        write!(f, "{}; lost {api} requests are not found{}", failure.cause(), self.needs())
    }
}
