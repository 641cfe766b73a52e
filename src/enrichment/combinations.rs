//! The policy's toxic combinations, for the section `sod`: does the person hold both sides of one, or would the
//! requested access complete them? The check is called made only for what was really compared.

use futures_util::future::join_all;

use super::inquiry::Inquiry;
use super::naming::shown;
use super::request::{self, Named};
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, AppLink, AskedKind, Group, OktaError};
use crate::policy::{Items, Severity, ToxicCombination};
use crate::section::{Check, CheckKind, Lack, Reason, Warning, WarningKind};
use crate::words::{Piece, SHORT_NAME_LIMIT, Term};

/// The calls that the section `sod` makes for them, if the policy has any.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::UserGroups,
    Endpoint::UserAppLinks,
    Endpoint::App,
    Endpoint::Group,
    Endpoint::Bundle,
    Endpoint::CatalogEntry,
    Endpoint::RequestType,
];

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

/// Reads what the combinations need, and compares it.
pub(super) async fn check(
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

/// The warning with what the org or the policy says about it.
pub(super) fn described(warning: Piece, description: &str) -> Piece {
    if description.trim().is_empty() {
        return warning;
    }
    Piece::said(Term::Described, [warning, Piece::text(description, DESCRIPTION_LIMIT)])
}

/// The name of a rule, combination or thing, as a warning quotes it.
pub(super) fn quoted(name: &str) -> Piece {
    Piece::quoted(name, SHORT_NAME_LIMIT)
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
