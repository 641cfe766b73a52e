//! The [search](search) for lost requests: open requests of Okta's lists that have no record in the ledger.
//!
//! Two lists, one of each generation, may show the same request. Entries of the newer list are sparse, so
//! only Okta's answer about a newer request shows which older one is the same. If nothing proves which
//! entries are one request, nothing may be posted: the message may stand under the other id. Each request is
//! read at most once, and only if it seems lost.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::future::join;
use jiff::Timestamp;

use super::found::{Cut, Found, Lost, Unproven, Unread};
use crate::attempt::Line;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::ledger::Standing;
use crate::ledger::protocol::RECORD_LIFE;
use crate::okta::{AccessRequest, ListedRequest, OktaClient, OktaError};
use crate::outcome::SkipReason;
use crate::policy::{Choice, Person, Posting};
use crate::request::{Api, RequestId, UserId};
use crate::same_request::Relation;

/// A search by hand may look this far back: the ledger keeps the record of every request that was answered
/// since.
pub const LONGEST_WINDOW: Duration = RECORD_LIFE.saturating_sub(Duration::from_hours(24));

/// A younger request is left alone: its event may still come.
pub const LEAST_AGE: Duration = Duration::from_mins(15);

/// The lists are read from this long before the window. Okta changes the two entries of one request at
/// different moments: with a margin the lists show both or neither.
const MARGIN: Duration = Duration::from_mins(10);

/// Compares the open requests since `since` with the ledger. Requests from before the ledger began are left
/// out: it has no records of them. It began at the latest with the oldest request in it. A list that Okta
/// refuses does not affect the other one. If the older one could not be read just now, the next run decides
/// about newer requests: their messages may stand under ids of the older list.
pub(super) async fn search(
    line: &Line,
    okta: &OktaClient,
    since: Timestamp,
    deadline: Deadline,
) -> Result<Found, Error> {
    let now = line.clock.now();
    let (asked, oldest) = (since, now.checked_sub(LONGEST_WINDOW).unwrap_or(now));
    let since = since.max(oldest);
    let began = if line.config.dry_run {
        line.ledger.began(now, deadline).await
    } else {
        line.ledger.since(now, deadline).await
    };
    // The ledger's whole first day counts.
    let began = began?.as_second();
    let began = Timestamp::from_second(began - began.rem_euclid(24 * 60 * 60)).unwrap_or(now);
    let listed_since = since.checked_sub(MARGIN).unwrap_or(since);
    let (older, newer) = join(
        Box::pin(okta.requests_since(Api::V1, listed_since, deadline)),
        Box::pin(okta.requests_since(Api::V2, listed_since, deadline)),
    )
    .await;
    let (mut older, mut newer, mut unread) = (older, newer, Vec::new());
    for (api, list) in [(Api::V1, &mut older), (Api::V2, &mut newer)] {
        if let Err(error) = list {
            unread.push(Unread { api, error: error.clone() });
        }
    }
    let newer_unread = newer.is_err();
    let older_awaited = older.as_ref().is_err_and(|error| !error.refuses_list());
    let search = Search {
        line,
        okta,
        deadline,
        now,
        newer_unread,
        older_awaited,
        older: older.unwrap_or_default(),
        newer: newer.unwrap_or_default(),
        read: HashMap::new(),
        found: Found { unread, ..Found::default() },
    };
    let (mut found, began) = search.run(since, began).await?;
    found.cut = if began > since {
        Some(Cut::LedgerBegan(began))
    } else {
        (since > asked).then_some(Cut::RecordLife(since))
    };
    Ok(found)
}

struct Search<'a> {
    line: &'a Line,
    okta: &'a OktaClient,
    deadline: Deadline,
    now: Timestamp,
    newer_unread: bool,
    /// The list of the older generation could not be read just now.
    older_awaited: bool,
    older: Vec<ListedRequest>,
    newer: Vec<ListedRequest>,
    /// The newer requests that were read, by their place in the list.
    read: HashMap<usize, Result<AccessRequest, OktaError>>,
    found: Found,
}

/// An open request: its place in its list, and what the ledger holds about it.
struct Open {
    place: usize,
    created: Timestamp,
    standing: Standing,
    /// How many requests of the same person come before it.
    earlier: usize,
}

/// When a request is looked at: after all with an earlier turn.
type Turn = (bool, usize, Timestamp);

impl Open {
    /// Those that were tried before come last: some fail in each run, and could use up the time of all. Of the others,
    /// the second request of a person comes after the first of everyone: who asks a thousand times must not keep others
    /// waiting. Then the oldest comes first.
    fn turn(&self) -> Turn {
        (self.standing == Standing::Unanswered, self.earlier, self.created)
    }
}

impl Search<'_> {
    /// Returns also since when the ledger holds records.
    async fn run(mut self, since: Timestamp, began: Timestamp) -> Result<(Found, Timestamp), Error> {
        let mut known = HashSet::new();
        let mut newer = self.open(Api::V2, since, &mut known).await?;
        let mut older = self.open(Api::V1, since, &mut known).await?;
        let recorded = |open: &&Open| open.standing != Standing::Unrecorded;
        let oldest = newer.iter().chain(&older).filter(recorded).map(|open| open.created).min();
        let began = oldest.map_or(began, |oldest| began.min(oldest));
        newer.retain(|open| open.created >= began);
        older.retain(|open| open.created >= began);
        let places = newer.iter().map(|open| (Api::V2, open)).chain(older.iter().map(|open| (Api::V1, open)));
        let turns: HashMap<RequestId, Turn> =
            places.map(|(api, open)| (self.list(api)[open.place].id.clone(), open.turn())).collect();
        for open in newer.iter().filter(|open| open.standing != Standing::Settled) {
            self.judge_newer(open.place).await?;
        }
        for open in older.iter().filter(|open| open.standing != Standing::Settled) {
            self.judge_older(open.place).await;
        }
        let alone = older.iter().filter(|open| self.newer_same_as(open.place).next().is_none()).count();
        self.found.open = newer.len() + alone;
        self.found.young = self.young(since);
        self.found.lost.sort_by_key(|Lost { listed, .. }| turns.get(&listed.id));
        Ok((self.found, began))
    }

    /// The number of open requests that are too young. The list of newer requests shows some of the older list,
    /// too.
    fn young(&self, since: Timestamp) -> usize {
        let is_young = |request: &&ListedRequest| {
            request.is_open() && request.created >= since && !self.is_old_enough(request)
        };
        let related = |older: &&ListedRequest| {
            self.newer.iter().any(|newer| newer.traces().relation_to(&older.traces()) != Relation::Different)
        };
        let alone = self.older.iter().filter(is_young).filter(|older| !related(older)).count();
        self.newer.iter().filter(is_young).count() + alone
    }

    fn is_old_enough(&self, request: &ListedRequest) -> bool {
        let age = self.now.duration_since(request.created);
        !age.is_negative() && age.unsigned_abs() >= LEAST_AGE
    }

    /// The open requests of a list that are old enough, by their turn. `known` collects the ids in the
    /// ledger's records, so a request that the ledger has under both ids counts once.
    async fn open(
        &self,
        api: Api,
        since: Timestamp,
        known: &mut HashSet<String>,
    ) -> Result<Vec<Open>, Error> {
        let mut open = Vec::new();
        for (place, request) in self.list(api).iter().enumerate() {
            if !request.is_open()
                || request.created < since
                || !self.is_old_enough(request)
                || known.contains(request.id.as_str())
            {
                continue;
            }
            let ids = ids_of(request);
            let found = self.line.ledger.look_up(&ids, self.now, self.deadline).await?;
            if found.standing != Standing::Unrecorded {
                known.extend(found.ids);
            }
            open.push(Open { place, created: request.created, standing: found.standing, earlier: 0 });
        }
        open.sort_by_key(Open::turn);
        let mut asked: HashMap<Option<&UserId>, usize> = HashMap::new();
        for open in open.iter_mut().filter(|open| open.standing != Standing::Settled) {
            let of_asker = asked.entry(self.list(api)[open.place].asker()).or_default();
            open.earlier = *of_asker;
            *of_asker += 1;
        }
        open.sort_by_key(Open::turn);
        Ok(open)
    }

    fn list(&self, api: Api) -> &[ListedRequest] {
        match api {
            Api::V1 => &self.older,
            Api::V2 => &self.newer,
        }
    }

    /// Decides about a newer request without a message.
    async fn judge_newer(&mut self, place: usize) -> Result<(), Error> {
        let request = &self.newer[place];
        if let Some(reason) = self.skipped(request)
            && !self.condition_decides(request, &reason)
        {
            self.found.skipped.push((request.clone(), reason));
            return Ok(());
        }
        self.read(place).await;
        if self.has_no_time_for(place) {
            self.found.left += 1;
            return Ok(());
        }
        let (request, read) = (&self.newer[place], self.read.get(&place).and_then(|read| read.as_ref().ok()));
        if read.is_some_and(|read| read.closed.is_some()) {
            return Ok(());
        }
        if let Some(reason) = self.skipped(request) {
            self.found.skipped.push((request.clone(), reason));
            return Ok(());
        }
        if read.is_some_and(|read| names_nobody(request, read)) {
            let (request, read) = (request.clone(), read.cloned());
            self.judge_without_person(request, read);
            return Ok(());
        }
        let related = |wanted| -> Vec<&ListedRequest> {
            let traces = request.traces();
            self.older.iter().filter(|older| traces.relation_to(&older.traces()) == wanted).collect()
        };
        let same = related(Relation::Same);
        if same.len() > 1 || (same.is_empty() && !related(Relation::Possible).is_empty()) {
            self.found.unproven.push((request.id.clone(), Unproven::MaybeTwin));
            return Ok(());
        }
        let mut ids = ids_of(request);
        ids.extend(same.first().map(|older| older.id.clone()).filter(|id| !ids.contains(id)));
        if ids.len() > 1 {
            let found = self.line.ledger.look_up(&ids, self.now, self.deadline).await?;
            if found.standing == Standing::Settled {
                self.found.same.push(ids);
                return Ok(());
            }
        }
        if ids.len() == 1 && self.older_awaited {
            self.found.left += 1;
            return Ok(());
        }
        let lost = Lost::new(request.clone(), ids.split_off(1), read.cloned());
        self.found.lost.push(lost);
        Ok(())
    }

    /// Decides about an older request without a message. It may be a newer one that has a message.
    async fn judge_older(&mut self, place: usize) {
        let skipped = self.skipped(&self.older[place]);
        if skipped.is_none() {
            for newer in self.newer_related_to(place, Relation::Possible) {
                self.read(newer).await;
            }
        }
        let request = self.older[place].clone();
        let same: Vec<_> = self.newer_same_as(place).collect();
        if let [newer] = same[..] {
            // The newer entry decides. The ledger need not be asked about this id again.
            self.found.same.push(vec![self.newer[newer].id.clone(), request.id]);
            return;
        }
        if let Some(reason) = skipped {
            self.found.skipped.push((request, reason));
            return;
        }
        let possible = self.newer_related_to(place, Relation::Possible);
        if possible.iter().any(|newer| self.has_no_time_for(*newer)) {
            self.found.left += 1;
            return;
        }
        // Each older request has a request type. One without it may be a newer request, which the other list
        // would show.
        let unlisted = self.newer_unread && request.request_type_id.is_none();
        if !same.is_empty() || !possible.is_empty() || unlisted {
            self.found.unproven.push((request.id, Unproven::MaybeTwin));
        } else if request.people.len() == 1 {
            self.found.lost.push(Lost::new(request, Vec::new(), None));
        } else {
            self.judge_without_person(request, None);
        }
    }

    /// Decides about a request without a message if Okta does not say who gets the access. A rule that posts
    /// nothing needs nobody. It is recorded only if no rule before it asks about the person: the event, if it
    /// comes after all, may name someone for whom a message is posted.
    fn judge_without_person(&mut self, request: ListedRequest, read: Option<AccessRequest>) {
        let (event, policy) = (request.event(), &self.line.config.policy);
        let is_sure = matches!(policy.rule_for(&event, Person::UNREAD), Ok(Choice::Rule(_)));
        match policy.rule_for(&event, Person::Unknown) {
            Ok(Choice::Rule(rule)) if rule.message == Posting::None && is_sure => {
                self.found.lost.push(Lost::new(request, Vec::new(), read));
            }
            Ok(Choice::Rule(rule)) if rule.message == Posting::None => {
                self.found.skipped.push((request, SkipReason::RuleSaysNone));
            }
            Ok(_) => self.found.unproven.push((request.id, Unproven::PersonUnknown)),
            Err(unruled) => self.found.skipped.push((request, unruled.into())),
        }
    }

    /// Why a request gets no message by the policy and the settings; `None` if it gets one.
    fn skipped(&self, request: &ListedRequest) -> Option<SkipReason> {
        self.line.rule_for(&request.event(), self.now).err()
    }

    /// Whether the request's condition may decide otherwise. A list may leave it out; the request itself has
    /// it.
    fn condition_decides(&self, request: &ListedRequest, reason: &SkipReason) -> bool {
        let asks_for_condition = match reason {
            SkipReason::RuleUnknown(unknown) => unknown.is_condition(),
            SkipReason::SubjectLineUnknown => self.line.config.request_types.may_name_condition(),
            _ => false,
        };
        asks_for_condition && request.marks.condition_id.is_none()
    }

    /// Reads a newer request, unless its marks are known or it was read already.
    async fn read(&mut self, place: usize) {
        let request = &self.newer[place];
        if request.marks.identify() || self.read.contains_key(&place) {
            return;
        }
        let read = self.okta.request(&request.id, self.deadline).await;
        if let Ok(read) = &read {
            self.newer[place].marks = read.marks.clone();
        }
        self.read.insert(place, read);
    }

    /// Whether Okta's rate limits left no time to read this newer request.
    fn has_no_time_for(&self, place: usize) -> bool {
        let late = |error: &OktaError| {
            matches!(
                error,
                OktaError::OverLimit { .. } | OktaError::RateLimited { .. } | OktaError::OutOfTime { .. }
            )
        };
        self.read.get(&place).is_some_and(|read| read.as_ref().is_err_and(late))
    }

    fn newer_same_as(&self, older: usize) -> impl Iterator<Item = usize> {
        self.newer_related_to(older, Relation::Same).into_iter()
    }

    fn newer_related_to(&self, older: usize, relation: Relation) -> Vec<usize> {
        let older = self.older[older].traces();
        let related = |newer: &ListedRequest| newer.traces().relation_to(&older) == relation;
        self.newer.iter().enumerate().filter(|(_, newer)| related(newer)).map(|(place, _)| place).collect()
    }
}

/// Whether neither a newer request nor its entry names the Okta user who gets the access.
fn names_nobody(entry: &ListedRequest, read: &AccessRequest) -> bool {
    read.requested_for.is_none() && (read.requested_for_another || entry.requested_for.is_none())
}

/// The ids of a request, as far as Okta has named them.
fn ids_of(request: &ListedRequest) -> Vec<RequestId> {
    std::iter::once(&request.id).chain(&request.marks.older_id).cloned().collect()
}
