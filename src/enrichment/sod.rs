//! The section `sod`: separation of duties. Okta's own rules: the conflicts that Okta wrote into the event or
//! into a v2 request. The policy's rules: its toxic [combinations]. A check is called made only for what was
//! really compared.

use super::combinations::{self, described, quoted};
use super::inquiry::{Inquiry, Matter};
use super::request;
use crate::event::{Conflicts, RequestEvent};
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, Asked, AskedKind, OktaError};
use crate::policy::ToxicCombination;
use crate::request::{Api, Conflict};
use crate::section::{Check, CheckKind, Fact, Lack, Section, Source, Value, Warning, WarningKind};
use crate::words::{Piece, Term};

/// The calls that this source makes for Okta's own rules.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::RequestV2];

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let matter = &inquiry.matter;
    let asks_okta = matter.id.api() == Api::V2 || says_none(matter.event) || !matter.combinations.is_empty();
    let request = if asks_okta { Some(matter.request().await) } else { None };
    let okta = okta_rules(matter.event, matter.id.api(), request.as_deref());
    let ours = match matter.combinations {
        [] => None,
        combinations => Some(combinations::check(inquiry, combinations, request.as_deref()).await),
    };
    of(okta, ours, matter.combinations)
}

/// The section if the person is unknown: only Okta's rules can be checked.
pub(super) async fn of_nobody(matter: &Matter<'_>, why: &Lack) -> Section {
    let okta = okta_rules(matter.event, matter.id.api(), Some(&*matter.request().await));
    let ours = (!matter.combinations.is_empty())
        .then(|| Check::not_done(CheckKind::OurRules, Term::CheckOurRules, why.clone()));
    of(okta, ours, matter.combinations)
}

fn of(okta: Option<Check>, ours: Option<Check>, combinations: &[ToxicCombination]) -> Section {
    let rules = Piece::said(Term::Rules, [Piece::number(combinations.len())]);
    let facts = vec![
        Fact::by_name("okta", verdict(okta.as_ref(), Term::NoConflictsOkta.into())),
        Fact::by_name("combinations", verdict(ours.as_ref(), Piece::said(Term::NoConflictsOurs, [rules]))),
    ];
    Section { source: Source::Sod, facts, checks: okta.into_iter().chain(ours).collect() }
}

/// A check in a few words, for templates.
fn verdict(check: Option<&Check>, no_conflicts: Piece) -> Value {
    let Some(check) = check else { return Value::NotApplicable };
    match (check.warnings.len(), &check.not_done) {
        (0, Some(lack)) => Value::NotAvailable(lack.clone()),
        (0, None) => Value::Known(no_conflicts),
        (found, _) => Value::Known(Piece::said(Term::Conflicts, [Piece::number(found)])),
    }
}

/// The section without its details: one warning says that conflicts exist.
#[must_use]
pub fn without_details(section: Section, exist: Term) -> Section {
    // Its kind is always the same: the severity, and so the place among the warnings, would be a detail.
    let mut unsaid = Some(Warning::new(WarningKind::Conflict, exist));
    let mut hidden = Section { checks: section.checks, ..Section::without_facts(Source::Sod) };
    for check in hidden.checks.iter_mut().filter(|check| !check.warnings.is_empty()) {
        check.warnings = unsaid.take().into_iter().collect();
    }
    hidden
}

/// The check of Okta's own rules, with one warning for each conflict. `None` if it does not apply. Of
/// v1 requests, Okta names conflicts in the event alone. Its rules do not cover plain apps and groups (Okta help,
/// "Separation of duties"). `request` is `None` if it was not read.
#[must_use]
pub fn okta_rules(
    event: &RequestEvent,
    api: Api,
    request: Option<&Result<AccessRequest, OktaError>>,
) -> Option<Check> {
    let read = request.and_then(|request| request.as_ref().ok());
    let of_request = read.map(|request| &request.conflicts);
    let lists = || [Some(&event.conflicts), of_request].into_iter().flatten();
    let mut conflicts: Vec<&Conflict> = Vec::new();
    for list in lists() {
        let Conflicts::Known(list) = list else { continue };
        for conflict in list {
            if !conflicts.iter().any(|known| is_same(known, conflict)) {
                conflicts.push(conflict);
            }
        }
    }
    let warnings: Vec<_> = conflicts.into_iter().map(okta_conflict).collect();
    // An unreadable list may hold conflicts, even if the other list is empty.
    let not_done = if lists().any(|list| *list == Conflicts::Unreadable) {
        Some(Lack::of_answer(Term::UnknownForm))
    } else if !warnings.is_empty() {
        None
    } else if let Some(Err(error)) = request.filter(|_| api == Api::V2 || says_none(event)) {
        Some(error.into())
    } else if !covers(event, read) {
        return None;
    } else if lists().any(|list| matches!(list, Conflicts::Known(_))) {
        None
    } else if api == Api::V2 {
        Some(Lack::of_answer(Term::NotAssessed))
    } else {
        return None;
    };
    Some(Check { warnings, not_done, ..Check::made(CheckKind::OktaRules, Term::CheckOktaRules, Vec::new()) })
}

/// Whether the event has a list of conflicts, and it is empty. On an older request, only what is asked for shows
/// whether that says anything.
fn says_none(event: &RequestEvent) -> bool {
    matches!(&event.conflicts, Conflicts::Known(list) if list.is_empty())
}

/// Whether Okta's rules can cover what is asked for. Okta also sends an empty list for plain apps and groups.
fn covers(event: &RequestEvent, request: Option<&AccessRequest>) -> bool {
    let (resource, scope) = request::asked(event, request);
    let more = request.into_iter().flat_map(|request| &request.more);
    let mut asked = resource.iter().chain(&scope).chain(more).peekable();
    let plain = |asked: &Asked| matches!(asked.kind, AskedKind::App | AskedKind::Group);
    asked.peek().is_none() || !asked.all(plain)
}

/// Whether both are the same conflict: event and request may describe it differently. Without a name, only the rest
/// tells rules apart.
fn is_same(one: &Conflict, other: &Conflict) -> bool {
    one == other || one.rule.is_some() && one.rule == other.rule && one.resource == other.resource
}

fn okta_conflict(conflict: &Conflict) -> Warning {
    let rule = conflict.rule.as_deref().map_or_else(|| Term::UnnamedRule.into(), quoted);
    let text = match &conflict.resource {
        Some(app) => Piece::said(Term::OktaConflictOf, [rule, Piece::short_name(app)]),
        None => Piece::said(Term::OktaConflict, [rule]),
    };
    Warning::new(WarningKind::Conflict, described(text, conflict.description.as_deref().unwrap_or_default()))
}
