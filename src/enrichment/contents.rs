//! What the requested thing gives: the entitlements of a bundle, the apps and members of a group, and whether
//! it gives administrator rights in Okta.

use super::thing::Named;
use crate::okta::{AskedKind, BundleContents, Contents, GroupStats, Thing};
use crate::section::{Check, CheckKind, Fact, Label, Line, Value, Warning, WarningKind};
use crate::words::{Piece, Term};

/// The most values of entitlements that a message names.
const VALUES: usize = 5;
/// The most administrator roles that a warning names.
const ROLES: usize = 2;

/// The fact `contents`.
pub(super) fn fact(asked: Option<&Named>) -> Fact {
    let fact = |label, line, value| Fact { label, line, ..Fact::by_name("contents", value) };
    match asked.map(|named| &named.thing) {
        Some(Ok(Thing { contents: Contents::Bundle(bundle), .. })) => {
            // The warning may name the roles already.
            let line = if names_all_roles(bundle) { Line::ByNameOnly } else { Line::Labelled };
            fact(Label::Own(Term::Contains), line, Value::if_any(entitlements(bundle)))
        }
        Some(Ok(Thing { contents: Contents::Group(group), .. })) => {
            fact(Label::None, Line::Sentence, Value::if_any(counts(*group)))
        }
        Some(Err(error)) => fact(Label::None, Line::ByNameOnly, Value::lacking(error)),
        Some(Ok(_)) | None => fact(Label::None, Line::ByNameOnly, Value::NotApplicable),
    }
}

/// "Role (Vendor Maintainer, Payment Clerk)". An entitlement without values counts as one value.
fn entitlements(bundle: &BundleContents) -> Option<Piece> {
    let mut room = VALUES;
    let mut shown = Vec::new();
    let mut total = 0;
    for entitlement in &bundle.entitlements {
        total += entitlement.values.len().max(1);
        let values = entitlement.values.iter().take(room).map(|value| Piece::short_name(value));
        let values: Vec<Piece> = values.collect();
        if room == 0 {
            continue;
        }
        let name = Piece::short_name(&entitlement.name);
        room -= values.len().max(1);
        shown.push(if values.is_empty() {
            name
        } else {
            Piece::said(Term::Entitlement, [name, Piece::all(values)])
        });
    }
    match total.saturating_sub(VALUES) {
        _ if shown.is_empty() => None,
        0 => Some(Piece::all(shown)),
        more => Some(Piece::said(Term::AndMore, [Piece::all(shown), Piece::number(more)])),
    }
}

fn counts(group: GroupStats) -> Option<Piece> {
    let apps = group.apps.map(|n| Piece::counted(Term::Apps, n));
    let members = group.members.map(|n| Piece::counted(Term::Members, n));
    match (apps, members) {
        (Some(apps), Some(members)) => Some(Piece::said(Term::GroupOpens, [apps, members])),
        (Some(apps), None) => Some(Piece::said(Term::GroupOpensOnly, [apps])),
        (None, Some(members)) => Some(Piece::said(Term::GroupHasOnly, [members])),
        (None, None) => None,
    }
}

/// The check of administrator rights. It applies to groups, and to bundles that are roles of Okta's own
/// administrators. `None` if it does not apply, or Okta does not say it.
pub(super) fn check(asked: Option<&Named>) -> Option<Check> {
    const KIND: CheckKind = CheckKind::AdministratorRights;
    let made = |warnings| Some(Check::made(KIND, Term::CheckAdministrator, warnings));
    let warning = |text: Piece| vec![Warning::new(WarningKind::AdministratorRights, text)];
    let named = asked?;
    match &named.thing {
        Ok(Thing { contents: Contents::Group(group), .. }) => {
            made(if group.has_admins? { warning(Term::GroupOfAdministrators.into()) } else { Vec::new() })
        }
        Ok(Thing { contents: Contents::Bundle(bundle), name }) if bundle.is_admin_role == Some(true) => {
            made(warning(Piece::said(Term::AdministratorRole, [roles(bundle, name)])))
        }
        Err(error) if matches!(named.asked.kind, AskedKind::Group | AskedKind::Bundle) => {
            Some(Check::not_done(KIND, Term::CheckAdministrator, error.into()))
        }
        Ok(_) | Err(_) => None,
    }
}

/// Whether it is an administrator role, and its warning names all roles.
fn names_all_roles(bundle: &BundleContents) -> bool {
    let values: usize = bundle.entitlements.iter().map(|entitlement| entitlement.values.len()).sum();
    bundle.is_admin_role == Some(true) && values <= ROLES
}

/// The names of the roles, or else of the bundle.
fn roles(bundle: &BundleContents, name: &str) -> Piece {
    let values = bundle.entitlements.iter().flat_map(|entitlement| &entitlement.values);
    let values: Vec<Piece> = values.map(|value| Piece::short_name(value)).collect();
    if values.is_empty() { Piece::short_name(name) } else { Piece::list(values, ROLES) }
}
