//! The [search](search) for lost requests: open requests of Okta's lists that have no
//! message by the ledger's records.
//!
//! Two [lists](Lists), one of each generation, may show the same request. Only Okta's answer about a newer request
//! shows which older one is the same. If nothing proves which entries are one request, nothing may be posted: the
//! message may stand under the other id. Each request is read at most once, and only if it seems lost, or if a lost older
//! request may be the same one.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::found::{Cut, Found, Lost, Unproven};
use super::lists::{Lists, ids_of};
use super::open::{Open, Turn};
use crate::attempt::Pipeline;
use crate::deadline::Deadline;
use crate::error::{Class, Error};
use crate::ledger::Standing;
use crate::ledger::protocol::RECORD_LIFE;
use crate::okta::{AccessRequest, ListedRequest, OktaClient, OktaError};
use crate::outcome::SkipReason;
use crate::policy::{Choice, Person, Posting};
use crate::request::{Api, RequestId};
use crate::same_request::Relation;

/// A search by hand may look this far back: the ledger keeps the record of every request that was answered
/// since.
pub const LONGEST_WINDOW: Duration = RECORD_LIFE.saturating_sub(Duration::from_hours(24));

/// Compares the open requests since `since` with the ledger. Requests from before the ledger began are left
/// out: it has no records of them. It began at the latest with the oldest request in it. A list that Okta
/// refuses does not affect the other one. If the older one could not be read just now, the next run decides
/// about newer requests: their messages may stand under ids of the older list.
pub(super) async fn search(
    pipeline: &Pipeline,
    okta: &OktaClient,
    since: Timestamp,
    deadline: Deadline,
) -> Result<Found, Error> {
    let now = pipeline.clock.now();
    let (asked, oldest) = (since, now.checked_sub(LONGEST_WINDOW).unwrap_or(now));
    let since = since.max(oldest);
    let began = if pipeline.config.dry_run {
        pipeline.ledger.began(now, deadline).await
    } else {
        pipeline.ledger.since(now, deadline).await
    };
    // The ledger's whole first day counts.
    let began = began?.as_second();
    let began = Timestamp::from_second(began - began.rem_euclid(24 * 60 * 60)).unwrap_or(now);
    let (lists, unread) = Lists::read(okta, since, deadline).await;
    let found = Found { unread, ..Found::default() };
    let search = Search { pipeline, okta, deadline, now, lists, read: HashMap::new(), found };
    let (mut found, began) = search.run(since, began).await?;
    found.cut = if began > since {
        Some(Cut::LedgerBegan(began))
    } else {
        (since > asked).then_some(Cut::RecordLife(since))
    };
    Ok(found)
}

/// A search that is under way.
struct Search<'a> {
    pipeline: &'a Pipeline,
    okta: &'a OktaClient,
    deadline: Deadline,
    now: Timestamp,
    lists: Lists,
    /// The newer requests that were read, by their place in the list.
    read: HashMap<usize, Result<AccessRequest, OktaError>>,
    found: Found,
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
            places.map(|(api, open)| (self.lists.of(api)[open.place].id.clone(), open.turn())).collect();
        for open in newer.iter().filter(|open| open.standing != Standing::Settled) {
            self.judge_newer(open.place).await?;
        }
        for open in older.iter().filter(|open| open.standing != Standing::Settled) {
            self.judge_older(open.place).await;
        }
        let alone = older
            .iter()
            .filter(|open| self.lists.newer_related_to(open.place, Relation::Same).is_empty())
            .count();
        self.found.open = newer.len() + alone;
        self.found.young = self.lists.young(since, self.now);
        self.found.lost.sort_by_key(|Lost { listed, .. }| turns.get(&listed.id));
        Ok((self.found, began))
    }

    async fn open(
        &self,
        api: Api,
        since: Timestamp,
        known: &mut HashSet<String>,
    ) -> Result<Vec<Open>, Error> {
        let (list, ledger) = (self.lists.of(api), &self.pipeline.ledger);
        Ok(Open::all(list, since, self.now, ledger, known, self.deadline).await?)
    }

    /// Decides about a newer request without a message.
    async fn judge_newer(&mut self, place: usize) -> Result<(), Error> {
        let request = &self.lists.newer[place];
        if let Some(reason) = self.skipped(request)
            && !self.condition_decides(request, &reason)
        {
            self.found.skipped.push((request.clone(), reason));
            return Ok(());
        }
        self.read(place).await;
        if self.was_not_read_now(place) {
            self.found.left += 1;
            return Ok(());
        }
        let (request, read) =
            (&self.lists.newer[place], self.read.get(&place).and_then(|read| read.as_ref().ok()));
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
        let related = |relation| self.lists.older_related_to(place, relation);
        let same = related(Relation::Same);
        if same.len() > 1 || (same.is_empty() && !related(Relation::Possible).is_empty()) {
            self.found.unproven.push((request.id.clone(), Unproven::MaybeTwin));
            return Ok(());
        }
        let mut ids = ids_of(request);
        ids.extend(same.first().map(|older| older.id.clone()).filter(|id| !ids.contains(id)));
        if ids.len() > 1 {
            let found = self.pipeline.ledger.look_up(&ids, self.now, self.deadline).await?;
            if found.standing == Standing::Settled {
                self.found.same.push(ids);
                return Ok(());
            }
        }
        if ids.len() == 1 && self.lists.older_awaited {
            self.found.left += 1;
            return Ok(());
        }
        let lost = Lost::new(request.clone(), ids.split_off(1), read.cloned());
        self.found.lost.push(lost);
        Ok(())
    }

    /// Decides about an older request without a message. It may be a newer one that has a message.
    async fn judge_older(&mut self, place: usize) {
        let skipped = self.skipped(&self.lists.older[place]);
        if skipped.is_none() {
            for newer in self.lists.newer_related_to(place, Relation::Possible) {
                self.read(newer).await;
            }
        }
        let request = self.lists.older[place].clone();
        let same = self.lists.newer_related_to(place, Relation::Same);
        if let [newer] = same[..] {
            // The newer entry decides. The ledger need not be asked about this id again.
            self.found.same.push(vec![self.lists.newer[newer].id.clone(), request.id]);
            return;
        }
        if let Some(reason) = skipped {
            self.found.skipped.push((request, reason));
            return;
        }
        let possible = self.lists.newer_related_to(place, Relation::Possible);
        if possible.iter().any(|newer| self.was_not_read_now(*newer)) {
            self.found.left += 1;
            return;
        }
        // Each older request has a request type. One without it may be a newer request, which the other list
        // would show.
        let unlisted = self.lists.newer_unread && request.request_type_id.is_none();
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
        let (event, policy) = (request.event(), &self.pipeline.config.policy);
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
        self.pipeline.rule_for(&request.event(), self.now).err()
    }

    /// Whether the request's condition may decide otherwise. A list may leave it out; the request itself has
    /// it.
    fn condition_decides(&self, request: &ListedRequest, reason: &SkipReason) -> bool {
        let asks_for_condition = match reason {
            SkipReason::RuleUnknown(unknown) => unknown.is_condition(),
            SkipReason::SubjectLineUnknown => self.pipeline.config.request_types.may_name_condition(),
            _ => false,
        };
        asks_for_condition && request.marks.condition_id.is_none()
    }

    /// Reads a newer request, unless its marks are known or it was read already.
    async fn read(&mut self, place: usize) {
        let request = &self.lists.newer[place];
        if request.marks.identify() || self.read.contains_key(&place) {
            return;
        }
        let read = self.okta.request(&request.id, self.deadline).await;
        if let Ok(read) = &read {
            self.lists.newer[place].marks = read.marks.clone();
        }
        self.read.insert(place, read);
    }

    /// Whether this newer request could not be read just now: a later run may.
    fn was_not_read_now(&self, place: usize) -> bool {
        let passes = |error: &OktaError| Error::from(error.clone()).class() == Class::Retryable;
        self.read.get(&place).is_some_and(|read| read.as_ref().is_err_and(passes))
    }
}

/// Whether neither a newer request nor its entry names the Okta user who gets the access.
fn names_nobody(entry: &ListedRequest, read: &AccessRequest) -> bool {
    read.requested_for.is_none() && (read.requested_for_another || entry.requested_for.is_none())
}
