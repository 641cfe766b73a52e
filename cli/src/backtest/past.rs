//! The org's past requests, from the lists of both generations. A request that both lists show is taken from
//! the newer one. Lists of newer requests are sparse: whether two entries are one request, and which
//! condition matched, is in Okta's answer about the request itself.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::event::RequestEvent;
use okta_request_enricher::handler::Lead;
use okta_request_enricher::housekeeping::Unread;
use okta_request_enricher::okta::{AccessRequest, ListedRequest, OktaClient};
use okta_request_enricher::request::{Api, RequestId};
use okta_request_enricher::same_request::Relation;

/// The time limit for one list, or one request. Most of it is waiting for Okta's rate limits.
pub(super) const TIME_LIMIT: Duration = Duration::from_mins(15);

/// A past request.
pub(super) struct Past {
    pub(super) id: RequestId,
    pub(super) event: RequestEvent,
    read: Option<AccessRequest>,
}

impl Past {
    pub(super) fn lead(&self) -> Lead<'_> {
        Lead { read: self.read.as_ref(), ..Lead::of(&self.event) }
    }
}

/// The requests to try, and how many there are.
pub(super) struct PastRequests {
    /// How many the lists show.
    pub(super) found: usize,
    /// The newest of them, newest first.
    pub(super) tried: Vec<Past>,
    /// Lists that could not be read.
    pub(super) unread: Vec<Unread>,
}

/// Reads the lists since then, and chooses the newest requests, at most `limit`.
pub(super) async fn past_requests(okta: &OktaClient, since: Timestamp, limit: usize) -> PastRequests {
    let (mut lists, mut unread) = ([Vec::new(), Vec::new()], Vec::new());
    for (api, list) in [Api::V1, Api::V2].into_iter().zip(&mut lists) {
        match Box::pin(okta.requests_since(api, since, Deadline::after(TIME_LIMIT))).await {
            Ok(requests) => list.extend(requests.into_iter().filter(|request| request.created >= since)),
            Err(error) => unread.push(Unread { api, error }),
        }
    }
    let [older, newer] = lists;
    let found = older.len() + newer.len();
    let mut reader = Reader { okta, newer, read: HashMap::new() };
    let mut newest: Vec<_> = older.iter().map(|request| (request.created, Entry::Older(request))).collect();
    let places = reader.newer.iter().enumerate();
    newest.extend(places.map(|(place, request)| (request.created, Entry::Newer(place))));
    newest.sort_by_key(|(created, _)| std::cmp::Reverse(*created));
    newest.truncate(limit);
    let (mut tried, mut twice) = (Vec::new(), 0);
    for (_, entry) in newest {
        match entry {
            Entry::Older(request) if reader.has(request).await => twice += 1,
            Entry::Older(request) => {
                tried.push(Past { id: request.id.clone(), event: request.event(), read: None });
            }
            Entry::Newer(place) => tried.push(reader.past(place).await),
        }
    }
    PastRequests { found: found - twice, tried, unread }
}

#[derive(Clone, Copy)]
enum Entry<'a> {
    Older(&'a ListedRequest),
    /// Its place in the list.
    Newer(usize),
}

/// The newer requests, and those of them that were read: each once.
struct Reader<'a> {
    okta: &'a OktaClient,
    newer: Vec<ListedRequest>,
    /// `None` if it could not be read.
    read: HashMap<usize, Option<AccessRequest>>,
}

impl Reader<'_> {
    async fn read(&mut self, place: usize) {
        if self.read.contains_key(&place) {
            return;
        }
        let request = &mut self.newer[place];
        let read = Box::pin(self.okta.request(&request.id, Deadline::after(TIME_LIMIT))).await.ok();
        if let Some(read) = &read {
            request.marks = read.marks.clone();
        }
        self.read.insert(place, read);
    }

    /// Whether the newer list shows this older request, too.
    async fn has(&mut self, older: &ListedRequest) -> bool {
        for place in 0..self.newer.len() {
            if self.relation(place, older) == Relation::Possible {
                self.read(place).await;
            }
            if self.relation(place, older) == Relation::Same {
                return true;
            }
        }
        false
    }

    fn relation(&self, newer: usize, older: &ListedRequest) -> Relation {
        self.newer[newer].traces().relation_to(&older.traces())
    }

    async fn past(&mut self, place: usize) -> Past {
        // A rule may depend on it, and the list may leave it out.
        if self.newer[place].marks.condition_id.is_none() {
            self.read(place).await;
        }
        let request = &self.newer[place];
        let read = self.read.get(&place).cloned().flatten();
        Past { id: request.id.clone(), event: request.event(), read }
    }
}
