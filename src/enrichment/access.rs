//! The section `access`: whether the person holds already what is asked for, how many groups and apps the person
//! holds, and which of the rule's `relevant` ones.

use super::inquiry::Inquiry;
use super::naming::shown;
use super::request;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AppLink, Asked, AskedKind, Group, OktaError};
use crate::policy::Items;
use crate::section::{Check, CheckKind, Fact, Lack, Section, Source, Value, Warning, WarningKind};
use crate::words::{Piece, Term};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] =
    &[Endpoint::UserGroups, Endpoint::UserAppLinks, Endpoint::RequestV1, Endpoint::RequestV2];

/// The most relevant groups and apps that a message names; the line would get too long with more.
const NAMED: usize = 8;

/// What the person holds.
pub struct Held<'a> {
    /// The groups.
    pub groups: &'a Result<Vec<Group>, OktaError>,
    /// The apps.
    pub apps: &'a Result<Vec<AppLink>, OktaError>,
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let matter = &inquiry.matter;
    let (groups, apps, request) = tokio::join!(inquiry.groups(), inquiry.apps(), matter.request());
    let (resource, scope) = request::asked(matter.event, request.as_ref().as_ref().ok());
    let held = Held { groups: &groups, apps: &apps };
    evaluate(&held, scope.or(resource).as_ref(), &matter.rule.relevant)
}

/// The check whether the person holds `asked` already, and the facts.
#[must_use]
pub fn evaluate(held: &Held<'_>, asked: Option<&Asked>, relevant: &Items) -> Section {
    let facts = vec![
        Fact::by_name("groups", held.number_of_groups()),
        Fact::by_name("apps", held.number_of_apps()),
        Fact::named("relevant", Term::AlsoHolds, held.relevant(relevant)),
    ];
    Section { source: Source::Access, facts, checks: held.check(asked).into_iter().collect() }
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
        let mut failed = None;
        if !relevant.groups.is_empty() {
            match self.own_groups() {
                Ok(groups) => {
                    let listed = groups.iter().filter(|group| relevant.has_group(group.id(), group.name()));
                    names.extend(listed.map(|group| shown(group.name(), group.id())));
                }
                Err(error) => failed = Some(error),
            }
        }
        if !relevant.apps.is_empty() {
            match self.apps {
                Ok(apps) => {
                    let listed = apps.iter().filter(|app| relevant.has_app(app.id(), app.label()));
                    names.extend(listed.map(|app| shown(app.label(), app.id())));
                }
                Err(error) => failed = Some(error),
            }
        }
        names.sort_unstable();
        names.dedup();
        match failed {
            Some(error) => Value::lacking(error),
            None if names.is_empty() => Value::NotApplicable,
            None => Value::Known(Piece::list(names.into_iter().map(Piece::name).collect(), NAMED)),
        }
    }

    /// Whether the person holds this already; `None` if groups and apps say nothing about it.
    fn check(&self, asked: Option<&Asked>) -> Option<Check> {
        let made = |name, warnings| Some(Check::made(CheckKind::AccessHeld, name, warnings));
        let not_done = |why: Lack| Some(Check::not_done(CheckKind::AccessHeld, Term::CheckHeld, why));
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
            (_, Err(error), _) | (_, _, Err(error)) => not_done(error.into()),
            (Some(AskedKind::Bundle), Ok(_), Ok(_)) => made(Term::CheckHeldInPart, Vec::new()),
            (_, Ok(_), Ok(_)) => None,
        }
    }
}

fn count(number: usize, unit: Term) -> Value {
    let Piece::Number(n) = Piece::number(number) else { return Value::NotSet };
    Value::Known(if n == 0 { Term::None.into() } else { Piece::counted(unit, n) })
}
