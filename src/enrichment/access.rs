//! The section `access`: whether the person holds already what is asked for, how many groups and apps the person
//! holds, and which of the rule's `relevant` ones.

use jiff::Timestamp;

use super::inquiry::Inquiry;
use super::naming::shown;
use super::request;
use crate::okta::endpoint::Endpoint;
use crate::okta::{
    AccessRequest, AppLink, Asked, AskedKind, EntitlementGrant, GrantTarget, Group, OktaError,
};
use crate::policy::Items;
use crate::section::{Check, CheckKind, Fact, Lack, Section, Source, Value, Warning, WarningKind};
use crate::words::{Piece, Term};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] =
    &[Endpoint::UserGroups, Endpoint::UserAppLinks, Endpoint::RequestV1, Endpoint::RequestV2];

/// The call that it makes in addition if the rule has `grants = true`.
pub const OF_GRANTS: &[Endpoint] = &[Endpoint::Grants];

/// The most relevant groups and apps that a message names; the line would get too long with more.
const NAMED: usize = 8;

/// What the person holds.
pub struct Held<'a> {
    /// The groups.
    pub groups: &'a Result<Vec<Group>, OktaError>,
    /// The apps.
    pub apps: &'a Result<Vec<AppLink>, OktaError>,
    /// The grants of the bundle that is asked for; `None` if they were not read. Those of other bundles do not
    /// count.
    pub grants: Option<&'a Result<Vec<EntitlementGrant>, OktaError>>,
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let matter = &inquiry.matter;
    let asked = async {
        let request = matter.request().await;
        let (resource, scope) = request::asked(matter.event, request.as_ref().as_ref().ok());
        let asked = request::unnamed(matter.event, &request).map_or(Ok(scope.or(resource)), Err);
        let bundle = asked.as_ref().ok().and_then(Option::as_ref);
        let bundle = bundle.filter(|asked| matter.rule.grants && asked.kind == AskedKind::Bundle);
        let grants = match bundle.and_then(GrantTarget::of) {
            Some(target) => Some(inquiry.grants(&target).await),
            None => None,
        };
        (asked, grants, request.as_ref().as_ref().is_ok_and(AccessRequest::asks_for_more))
    };
    let (groups, apps, (asked, grants, is_more)) = tokio::join!(inquiry.groups(), inquiry.apps(), asked);
    let held = Held { groups: &groups, apps: &apps, grants: grants.as_deref() };
    let asked = asked.as_ref().map(Option::as_ref).map_err(Lack::clone);
    let mut section = evaluate(&held, asked, &matter.rule.relevant, matter.now);
    // Of several things, only one is looked for. So only warnings and failures count.
    section.checks.retain(|check| !is_more || !check.warnings.is_empty() || check.not_done.is_some());
    section
}

/// The check whether the person holds `asked` already, and the facts. `asked` is `Err` if nobody knows what is asked
/// for, with the reason.
#[must_use]
pub fn evaluate(
    held: &Held<'_>,
    asked: Result<Option<&Asked>, Lack>,
    relevant: &Items,
    now: Timestamp,
) -> Section {
    let facts = vec![
        Fact::by_name("groups", held.number_of_groups()),
        Fact::by_name("apps", held.number_of_apps()),
        Fact::named("relevant", Term::AlsoHolds, held.relevant(relevant)),
    ];
    let mut check = asked.map_or_else(|unread| Some(not_done(unread)), |asked| held.check(asked, now));
    // Access that was not read may be relevant.
    if let Some(unread) = held.unread(relevant).filter(|unread| !unread.is_of_rights()) {
        let check = check.get_or_insert_with(|| not_done(unread.clone()));
        // The message is silent about a missing right.
        if check.not_done.as_ref().is_none_or(Lack::is_of_rights) {
            check.not_done = Some(unread);
        }
    }
    Section { source: Source::Access, facts, checks: check.into_iter().collect() }
}

fn not_done(why: Lack) -> Check {
    Check::not_done(CheckKind::AccessHeld, Term::CheckHeld, why)
}

impl Held<'_> {
    /// Okta's built-in group "Everyone" contains everyone, so it is not counted.
    fn own_groups(&self) -> Result<Vec<&Group>, &OktaError> {
        self.groups.as_ref().map(|groups| groups.iter().filter(|group| !group.is_built_in()).collect())
    }

    fn number_of_groups(&self) -> Value {
        match self.own_groups() {
            Ok(groups) => count(groups.len(), Term::Groups),
            Err(error) => Value::lacking(error),
        }
    }

    fn number_of_apps(&self) -> Value {
        match self.apps {
            Ok(apps) => {
                let unreadable = apps.iter().filter(|app| app.id().is_empty()).count();
                count(AppLink::distinct(apps) + unreadable, Term::Apps)
            }
            Err(error) => Value::lacking(error),
        }
    }

    fn relevant(&self, relevant: &Items) -> Value {
        let mut names: Vec<&str> = Vec::new();
        for group in self.own_groups().into_iter().flatten() {
            if relevant.has_group(group.id(), group.name()) {
                names.push(shown(group.name(), group.id()));
            }
        }
        for app in self.apps.iter().flatten().filter(|app| relevant.has_app(app.id(), app.label())) {
            names.push(shown(app.label(), app.id()));
        }
        names.sort_unstable();
        names.dedup();
        match self.unread(relevant) {
            Some(unread) => Value::NotAvailable(unread),
            None if names.is_empty() => Value::NotApplicable,
            None => Value::Known(Piece::list(names.into_iter().map(Piece::name).collect(), NAMED)),
        }
    }

    /// Why access that the rule calls relevant may be missing.
    fn unread(&self, relevant: &Items) -> Option<Lack> {
        let groups = self.groups.as_ref().err().filter(|_| !relevant.groups.is_empty());
        let apps = self.apps.as_ref().err().filter(|_| !relevant.apps.is_empty());
        Lack::of_calls(groups.into_iter().chain(apps))
    }

    /// Whether the person holds this already; `None` if groups and apps say nothing about it.
    fn check(&self, asked: Option<&Asked>, now: Timestamp) -> Option<Check> {
        let made = |name, warnings| Some(Check::made(CheckKind::AccessHeld, name, warnings));
        let not_done = |why: Lack| Some(not_done(why));
        let held = |word| vec![Warning::new(WarningKind::AlreadyHeld, word)];
        match (asked.map(|asked| asked.kind), self.groups, self.apps) {
            (Some(AskedKind::Group), Err(error), _) | (Some(AskedKind::App), _, Err(error)) => {
                not_done(error.into())
            }
            (Some(AskedKind::Group), Ok(groups), _) => {
                let has = |group: &Group| asked.is_some_and(|asked| group.id() == asked.id);
                if groups.iter().any(has) {
                    return made(Term::CheckHeld, held(Term::AlreadyMember));
                }
                if groups.iter().all(|group| !group.id().is_empty()) {
                    return made(Term::CheckHeld, Vec::new());
                }
                not_done(Lack::of_answer(Term::EntryUnreadable))
            }
            // Okta's links leave out apps that it does not show: without a link, the person may have it.
            (Some(AskedKind::App), _, Ok(apps)) => {
                let has = |app: &AppLink| asked.is_some_and(|asked| app.id() == asked.id);
                if apps.iter().any(has) { made(Term::CheckHeld, held(Term::AlreadyApp)) } else { None }
            }
            (Some(AskedKind::Bundle), ..) if let Some(grants) = self.grants => match grants {
                Ok(grants) => {
                    let of_this = |grant: &&EntitlementGrant| {
                        asked.is_some_and(|asked| grant.bundle_id.as_ref() == Some(&asked.id))
                    };
                    let active: Vec<_> =
                        grants.iter().filter(of_this).filter(|grant| grant.gives_access(now)).collect();
                    made(Term::CheckHeld, already_granted(&active).into_iter().collect())
                }
                Err(error) => not_done(error.into()),
            },
            (kind, groups, apps) => {
                match Lack::of_calls(groups.as_ref().err().into_iter().chain(apps.as_ref().err())) {
                    Some(unread) => not_done(unread),
                    None if kind == Some(AskedKind::Bundle) => made(Term::CheckHeldInPart, Vec::new()),
                    None => None,
                }
            }
        }
    }
}

/// The warning about grants that give the bundle now. Of several, the one that lasts longest is named.
fn already_granted(active: &[&EntitlementGrant]) -> Option<Warning> {
    let ends: Option<Vec<Timestamp>> = active.iter().map(|grant| grant.expires).collect();
    let text = match ends.filter(|ends| !ends.is_empty()) {
        Some(ends) => Piece::said(Term::AlreadyHeldUntil, [Piece::Day(ends.into_iter().max()?)]),
        None if active.is_empty() => return None,
        None => Term::AlreadyHeld.into(),
    };
    Some(Warning::new(WarningKind::AlreadyHeld, text))
}

fn count(number: usize, unit: Term) -> Value {
    Value::Known(if number == 0 { Term::None.into() } else { Piece::said(unit, [Piece::number(number)]) })
}
