//! The section `history`: how often the same was asked for the same person in the last 12 months, and whether
//! the latest of them that was decided was denied. Okta lists only requests of the newer generation with what
//! they ask for.

use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};

use super::inquiry::Inquiry;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, Earlier, ListedRequest, OktaError};
use crate::request::{Api, RequestId};
use crate::section::{Check, CheckKind, Fact, Lack, Section, Source, Value, Warning, WarningKind};
use crate::words::{Piece, Term};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::RequestV2, Endpoint::RequestsV2];

const KIND: CheckKind = CheckKind::EarlierRequests;
const NAME: Term = Term::CheckHistory;

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let matter = &inquiry.matter;
    if matter.id.api() == Api::V1 {
        return Section::without_facts(Source::History);
    }
    match matter.request().await.as_ref() {
        Ok(request) => match same_access(request) {
            Some((resource, scope)) => {
                let earlier = inquiry.earlier(resource, scope, year_before(matter.now)).await;
                evaluate(&earlier, matter.id, scope.is_none())
            }
            None => Section::without_facts(Source::History),
        },
        Err(error) => not_done(Value::lacking(error), error.into()),
    }
}

/// The ids of the resource and of its part; `None` if Okta does not name what is asked for.
fn same_access(request: &AccessRequest) -> Option<(&str, Option<&str>)> {
    let resource = request.resource.as_ref()?;
    Some((&resource.id, request.scope.as_ref().map(|scope| scope.id.as_str())))
}

/// The same moment a year before.
fn year_before(now: Timestamp) -> Timestamp {
    let year_before = Offset::UTC.to_datetime(now).checked_sub(1.year());
    year_before.and_then(|at| Offset::UTC.to_timestamp(at)).unwrap_or(Timestamp::MIN)
}

fn of(requests: Value, check: Option<Check>) -> Section {
    let facts = vec![Fact::named("requests", Term::AskedBefore, requests)];
    Section { source: Source::History, facts, checks: check.into_iter().collect() }
}

fn not_done(requests: Value, why: Lack) -> Section {
    of(requests, Some(Check::not_done(KIND, NAME, why)))
}

/// Counts the requests before the one with the id `own`. `of_whole`: the whole resource is asked for, so
/// requests for a part of it do not count.
#[must_use]
pub fn evaluate(earlier: &Result<Earlier, OktaError>, own: &RequestId, of_whole: bool) -> Section {
    let earlier = match earlier {
        Ok(earlier) => earlier,
        Err(error) => return not_done(Value::lacking(error), error.into()),
    };
    let is_part = |request: &ListedRequest| {
        let resource = request.resource.as_ref().map(|(id, _)| id);
        request.scope.as_ref().is_some_and(|(id, _)| Some(id) != resource)
    };
    let raised = earlier.requests.iter().find(|request| request.id == *own).map(|request| request.created);
    let is_before = |request: &&ListedRequest| {
        request.id != *own && raised.is_none_or(|raised| request.created <= raised)
    };
    let same = earlier.requests.iter().filter(is_before).filter(|request| !(of_whole && is_part(request)));
    let same: Vec<&ListedRequest> = same.collect();
    if !earlier.is_whole {
        return not_done(Value::NotApplicable, Lack::of_answer(Term::ListIncomplete));
    }
    // A request that nobody decided hides no denial: the requester can raise and cancel as many as they like.
    let decided = same.iter().filter(|request| matches!(request.status.as_str(), "APPROVED" | "DENIED"));
    let warnings: Vec<_> =
        denied(decided.max_by_key(|request| request.created).copied()).into_iter().collect();
    // A single request that was denied is in the warning already.
    let requests = if warnings.len() == same.len() { None } else { counted(&same) };
    of(Value::if_any(requests), Some(Check::made(KIND, NAME, warnings)))
}

/// The warning if this request was denied.
fn denied(latest: Option<&ListedRequest>) -> Option<Warning> {
    let latest = latest.filter(|request| request.status == "DENIED")?;
    let text = match latest.resolved {
        Some(at) => Piece::said(Term::DeniedBefore, [Piece::Day(at)]),
        None => Term::DeniedBeforeUndated.into(),
    };
    Some(Warning::new(WarningKind::DeniedBefore, text))
}

/// "3 times (2 approved, 1 denied)"; `None` if there are none.
fn counted(same: &[&ListedRequest]) -> Option<Piece> {
    let with = |status: &str| same.iter().filter(|request| request.status == status).count();
    let results = [(Term::Approved, with("APPROVED")), (Term::Denied, with("DENIED"))];
    let results: Vec<Piece> = results
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(term, number)| Piece::said(term, [Piece::number(number)]))
        .collect();
    let number = Piece::number(same.len());
    match (same.is_empty(), results.is_empty()) {
        (true, _) => None,
        (false, true) => Some(Piece::said(Term::Times, [number])),
        (false, false) => Some(Piece::said(Term::TimesWith, [number, Piece::all(results)])),
    }
}
