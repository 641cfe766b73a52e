//! The section `sod`: separation of duties. Okta's own rules: the conflicts that Okta wrote into the event or
//! into a v2 request. The policy's toxic combinations: does the person hold both sides, or would the
//! requested access complete them? A check is called made only for what was really compared.

use futures_util::future::join_all;

use super::inquiry::{Inquiry, Matter};
use super::naming::shown;
use super::request::{self, Named};
use crate::event::{Conflicts, RequestEvent};
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, AppLink, Asked, AskedKind, Group, OktaError};
use crate::policy::{Items, Severity, ToxicCombination};
use crate::request::{Api, Conflict};
use crate::section::{Check, CheckKind, Fact, Lack, Reason, Section, Source, Value, Warning, WarningKind};
use crate::words::{Piece, Term};

/// The calls that this source makes for Okta's own rules.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::RequestV2];

/// The calls that it makes for toxic combinations, if the policy has any.
pub const OF_COMBINATIONS: &[Endpoint] = &[
    Endpoint::UserGroups,
    Endpoint::UserAppLinks,
    Endpoint::App,
    Endpoint::Group,
    Endpoint::Bundle,
    Endpoint::CatalogEntry,
    Endpoint::RequestType,
];

/// The longest name in a warning, in UTF-16 units: no single name fills a warning.
const NAME_LIMIT: usize = 60;
/// The longest description of a rule or combination in a warning, in UTF-16 units.
const DESCRIPTION_LIMIT: usize = 120;

/// What the person holds, and what the request asks for.
pub struct Access<'a> {
    /// The groups that the person holds.
    pub groups: &'a Result<Vec<Group>, OktaError>,
    /// The apps that the person holds.
    pub apps: &'a Result<Vec<AppLink>, OktaError>,
    /// The requested things; empty if neither the event nor the request names any.
    pub asked: &'a [Named],
    /// Why some requested things are unknown; `None` if all are known.
    pub unknown: Option<Lack>,
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let matter = &inquiry.matter;
    let asks_okta = matter.id.api() == Api::V2 || says_none(matter.event) || !matter.combinations.is_empty();
    let request = if asks_okta { Some(matter.request().await) } else { None };
    let okta = okta_rules(matter.event, matter.id.api(), request.as_deref());
    let ours = match matter.combinations {
        [] => None,
        combinations => Some(our_rules(inquiry, combinations, request.as_deref()).await),
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
    let mut hidden = Section::without_facts(Source::Sod);
    let gravest = section.checks.iter().flat_map(|check| &check.warnings).map(|warning| warning.kind).min();
    hidden.checks = section.checks;
    let mut said = false;
    for check in &mut hidden.checks {
        let first = !check.warnings.is_empty() && !std::mem::replace(&mut said, true);
        check.warnings.clear();
        // The severity would be a detail, and says where the warning stands.
        check.warnings.extend(gravest.filter(|_| first).map(|_| Warning::new(WarningKind::Conflict, exist)));
    }
    hidden
}

async fn our_rules(
    inquiry: &Inquiry<'_>,
    combinations: &[ToxicCombination],
    request: Option<&Result<AccessRequest, OktaError>>,
) -> Check {
    let known = request.and_then(|request| request.as_ref().ok());
    let matter = &inquiry.matter;
    let (resource, scope) = request::asked(matter.event, known);
    let more = known.into_iter().flat_map(|request| request.more.clone());
    let asked = resource.into_iter().chain(scope).chain(more);
    let names = join_all(asked.map(|asked| request::named(matter, Some(asked))));
    let (groups, apps, asked) = tokio::join!(inquiry.groups(), inquiry.apps(), names);
    let asked: Vec<_> = asked.into_iter().flatten().collect();
    let unknown = match request {
        Some(Ok(request)) => request.partly_unnamed.then(|| Lack::of_answer(Term::OktaDoesNotSay)),
        Some(Err(error)) => Some(error.into()),
        None => None,
    };
    evaluate(combinations, &Access { groups: &groups, apps: &apps, asked: &asked, unknown })
}

/// The check of Okta's own rules, with one warning for each conflict. `None` if it does not apply: Okta never
/// tells of conflicts on v1 requests but in the event, and its rules do not cover plain apps and groups (Okta
/// help, "Separation of duties"). `request` is `None` if it was not read.
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
            let same = |known: &&Conflict| known.rule == conflict.rule && known.resource == conflict.resource;
            if !conflicts.iter().any(same) {
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

fn okta_conflict(conflict: &Conflict) -> Warning {
    let rule = quoted(&conflict.rule);
    let text = match &conflict.resource {
        Some(app) => Piece::said(Term::OktaConflictOf, [rule, Piece::text(app, NAME_LIMIT)]),
        None => Piece::said(Term::OktaConflict, [rule]),
    };
    Warning::new(WarningKind::Conflict, described(text, conflict.description.as_deref().unwrap_or_default()))
}

fn described(warning: Piece, description: &str) -> Piece {
    if description.trim().is_empty() {
        return warning;
    }
    Piece::said(Term::Described, [warning, Piece::text(description, DESCRIPTION_LIMIT)])
}

fn quoted(name: &str) -> Piece {
    Piece::quoted(name, NAME_LIMIT)
}

/// A held or requested thing that one side of a combination lists.
struct Item {
    kind: AskedKind,
    id: String,
    name: String,
    asked: bool,
}

/// The check of the policy's toxic combinations, with one warning for each conflict.
#[must_use]
pub fn evaluate(combinations: &[ToxicCombination], access: &Access<'_>) -> Check {
    let mut by_severity: Vec<_> = combinations.iter().collect();
    by_severity.sort_by_key(|combination| std::cmp::Reverse(combination.severity as u8));
    let warnings = by_severity.into_iter().filter_map(|combination| conflict(combination, access)).collect();
    Check {
        not_done: unread(combinations, access),
        ..Check::made(CheckKind::OurRules, Term::CheckOurRules, warnings)
    }
}

fn conflict(combination: &ToxicCombination, access: &Access<'_>) -> Option<Warning> {
    let (one, other) = (side(&combination.one, access), side(&combination.other, access));
    // The same thing on both sides is not a pair.
    let both = |asked: bool| {
        let counts = |item: &&Item| !item.asked || asked;
        one.iter().filter(counts).find_map(|first| {
            let another = |second: &&Item| (second.kind, &second.id) != (first.kind, &first.id);
            Some((first, other.iter().filter(counts).find(another)?))
        })
    };
    // A pair that the person already holds comes first: denying this request does not prevent it.
    let (first, second) = both(false).or_else(|| both(true))?;
    let (word, first, second) = match (first.asked, second.asked) {
        (false, false) => (Term::HoldsBoth, first, second),
        (false, true) => (Term::HoldsAndAsks, first, second),
        (true, false) => (Term::HoldsAndAsks, second, first),
        (true, true) => (Term::AsksForBoth, first, second),
    };
    let (severity, kind) = match combination.severity {
        Severity::Low => (Term::Low, WarningKind::Conflict),
        Severity::Medium => (Term::Medium, WarningKind::Conflict),
        Severity::High => (Term::High, WarningKind::HighConflict),
    };
    let names = [quoted(&combination.name), quoted(&first.name), quoted(&second.name)];
    let text = Piece::Said(word, [severity.into()].into_iter().chain(names).collect());
    Some(Warning::new(kind, described(text, &combination.description)))
}

/// What could not be compared; `None` if everything was.
fn unread(combinations: &[ToxicCombination], access: &Access<'_>) -> Option<Lack> {
    let sides = || combinations.iter().flat_map(|combination| [&combination.one, &combination.other]);
    let needs_groups = sides().any(|side| !side.groups.is_empty());
    let needs_apps = sides().any(|side| !side.apps.is_empty());
    let mut lacks: Vec<(Term, Lack)> = Vec::new();
    match access.groups {
        Err(error) if needs_groups => lacks.push((Term::PartGroups, error.into())),
        Ok(groups) if needs_groups && !groups.iter().all(Group::is_whole) => {
            lacks.push((Term::PartGroups, Lack::of_answer(Term::EntryUnreadable)));
        }
        _ => {}
    }
    match access.apps {
        Err(error) if needs_apps => lacks.push((Term::PartApps, error.into())),
        Ok(apps) if needs_apps && !apps.iter().all(AppLink::is_whole) => {
            lacks.push((Term::PartApps, Lack::of_answer(Term::EntryUnreadable)));
        }
        _ => {}
    }
    let unknown_access =
        |named: &Named| matches!(named.asked.kind, AskedKind::RequestType | AskedKind::Other);
    if let Some(unknown) = &access.unknown {
        lacks.push((Term::CheckRequest, unknown.clone()));
    } else if access.asked.is_empty() || access.asked.iter().any(unknown_access) {
        lacks.push((Term::CheckRequest, Lack::of_answer(Term::OktaDoesNotSay)));
    }
    let unnamed = access.asked.iter().filter_map(|named| named.thing.as_ref().err());
    lacks.extend(unnamed.map(|error| (Term::PartName, error.into())));
    let errors: Vec<_> = lacks.iter().flat_map(|(_, lack)| lack.errors().to_vec()).collect();
    let mut parts: Vec<Piece> = Vec::new();
    for (part, lack) in lacks {
        let part = Piece::said(Term::PartUnread, [part.into(), lack.reason]);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let max = parts.len();
    let cause = if errors.is_empty() { Reason::Answer } else { Reason::Calls(errors) };
    (max > 0).then_some(Lack { reason: Piece::List { items: parts, max, between: Term::Semicolon }, cause })
}

/// The held and requested things that a side lists.
fn side(side: &Items, access: &Access<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for group in access.groups.iter().flatten().filter(|group| side.has_group(group.id(), group.name())) {
        items.push(Item {
            kind: AskedKind::Group,
            id: group.id().to_owned(),
            name: shown(group.name(), group.id()).to_owned(),
            asked: false,
        });
    }
    for app in access.apps.iter().flatten().filter(|app| side.has_app(app.id(), app.label())) {
        items.push(Item {
            kind: AskedKind::App,
            id: app.id().to_owned(),
            name: shown(app.label(), app.id()).to_owned(),
            asked: false,
        });
    }
    for named in access.asked {
        let (id, name) = (named.asked.id.as_str(), named.name().unwrap_or_default());
        let listed = match named.asked.kind {
            AskedKind::App => side.has_app(id, name),
            AskedKind::Group => side.has_group(id, name),
            AskedKind::Bundle => side.has_bundle(id, name),
            AskedKind::RequestType | AskedKind::Other => false,
        };
        if listed {
            items.push(Item {
                kind: named.asked.kind,
                id: id.to_owned(),
                name: shown(name, id).to_owned(),
                asked: true,
            });
        }
    }
    items
}
