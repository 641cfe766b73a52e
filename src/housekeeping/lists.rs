//! [`Lists`]: Okta's two lists of access requests, one of each generation. Both may show the same request. Entries of
//! the newer list are sparse, so they show only that two entries may be one request.

use std::time::Duration;

use futures_util::future::join;
use jiff::Timestamp;

use super::found::Unread;
use crate::deadline::Deadline;
use crate::okta::{ListedRequest, OktaClient};
use crate::request::{Api, RequestId};
use crate::same_request::Relation;

/// A younger request is left alone: its event may still come.
pub const LEAST_AGE: Duration = Duration::from_mins(15);

/// The lists are read from this long before the window. Okta changes the two entries of one request at
/// different moments: with a margin the lists show both or neither.
const MARGIN: Duration = Duration::from_mins(10);

/// The lists as far as they could be read; one that could not is empty.
pub(super) struct Lists {
    pub(super) older: Vec<ListedRequest>,
    pub(super) newer: Vec<ListedRequest>,
    pub(super) newer_unread: bool,
    /// The list of the older generation could not be read just now, and the next run may read it.
    pub(super) older_awaited: bool,
}

impl Lists {
    /// Reads both lists. Also returns those that could not be read.
    pub(super) async fn read(
        okta: &OktaClient,
        since: Timestamp,
        deadline: Deadline,
    ) -> (Lists, Vec<Unread>) {
        let since = since.checked_sub(MARGIN).unwrap_or(since);
        let (older, newer) = join(
            Box::pin(okta.requests_since(Api::V1, since, deadline)),
            Box::pin(okta.requests_since(Api::V2, since, deadline)),
        )
        .await;
        let mut unread = Vec::new();
        for (api, list) in [(Api::V1, &older), (Api::V2, &newer)] {
            if let Err(error) = list {
                unread.push(Unread { api, error: error.clone() });
            }
        }
        let newer_unread = newer.is_err();
        let older_awaited = older.as_ref().is_err_and(|error| !error.refuses_list());
        let (older, newer) = (older.unwrap_or_default(), newer.unwrap_or_default());
        (Lists { older, newer, newer_unread, older_awaited }, unread)
    }

    /// The list of this generation.
    pub(super) fn of(&self, api: Api) -> &[ListedRequest] {
        match api {
            Api::V1 => &self.older,
            Api::V2 => &self.newer,
        }
    }

    /// The number of open requests that are too young. The list of newer requests shows some of the older list,
    /// too.
    pub(super) fn young(&self, since: Timestamp, now: Timestamp) -> usize {
        let is_young = |request: &&ListedRequest| {
            request.is_open() && request.created >= since && !is_old_enough(request, now)
        };
        let related = |older: &&ListedRequest| {
            self.newer.iter().any(|newer| newer.traces().relation_to(&older.traces()) != Relation::Different)
        };
        let alone = self.older.iter().filter(is_young).filter(|older| !related(older)).count();
        self.newer.iter().filter(is_young).count() + alone
    }

    /// The older requests that relate so to the newer one at this place.
    pub(super) fn older_related_to(&self, newer: usize, relation: Relation) -> Vec<&ListedRequest> {
        let newer = self.newer[newer].traces();
        self.older.iter().filter(|older| newer.relation_to(&older.traces()) == relation).collect()
    }

    /// The places of the newer requests that relate so to the older one at this place.
    pub(super) fn newer_related_to(&self, older: usize, relation: Relation) -> Vec<usize> {
        let older = self.older[older].traces();
        let related = |newer: &ListedRequest| newer.traces().relation_to(&older) == relation;
        self.newer.iter().enumerate().filter(|(_, newer)| related(newer)).map(|(place, _)| place).collect()
    }
}

/// Whether the event of a request has had its time to come.
pub(super) fn is_old_enough(request: &ListedRequest, now: Timestamp) -> bool {
    let age = now.duration_since(request.created);
    !age.is_negative() && age.unsigned_abs() >= LEAST_AGE
}

/// The ids of a request, as far as Okta has named them.
pub(super) fn ids_of(request: &ListedRequest) -> Vec<RequestId> {
    std::iter::once(&request.id).chain(&request.marks.older_id).cloned().collect()
}
