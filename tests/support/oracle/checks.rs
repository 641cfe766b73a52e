//! The checks that can be made in a world, and what they find.

use super::approval;
use super::asked::{Asked, AskedFor, Lack, apps_of, groups_of};
use super::case::Case;
use super::conflicts::{Conflict, Conflicts};
use super::contents;
use super::ends;
use super::failures::Call;
use super::history;
use super::labels;
use super::manager::{self, Manager};
use super::texts::{quoted, shortened, visible};
use super::things::{Kind, Thing};
use super::toxic;
use super::whom::Asker;

/// What a warning is about, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grave {
    HighConflict,
    Administrator,
    Account,
    Conflict,
    EndDate,
    DeniedBefore,
    AlreadyHeld,
    Manager,
    Approver,
}

/// A warning, in all wordings that are true.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Warning {
    pub(crate) grave: Grave,
    pub(crate) wordings: Vec<String>,
}

impl Warning {
    pub(crate) fn new(grave: Grave, wording: impl Into<String>) -> Warning {
        Warning { grave, wordings: vec![wording.into()] }
    }
}

/// A check that applies to a request.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    /// Its place in the lists of checks.
    pub(crate) place: usize,
    pub(crate) section: &'static str,
    pub(crate) name: &'static str,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) lack: Option<Lack>,
}

pub(crate) const OKTA_RULES: &str = "separation of duties (Okta's rules)";
pub(crate) const OUR_RULES: &str = "separation of duties (our rules)";

/// The names of all checks, with their sections, in the order of a message.
const NAMES: [(&str, &str); 13] = [
    ("profile", "person"),
    ("request", "what is asked for"),
    ("profile", "account"),
    ("profile", "end date"),
    ("manager", "manager"),
    ("request", "administrator rights"),
    ("access", "access held"),
    ("access", "access held (groups and apps only)"),
    ("history", "earlier requests"),
    ("sod", OKTA_RULES),
    ("sod", OUR_RULES),
    ("approval", "approver"),
    ("labels", "labels"),
];

impl Check {
    pub(crate) fn of(name: &'static str, warnings: Vec<Warning>, lack: Option<Lack>) -> Check {
        let place = NAMES.iter().position(|(_, known)| *known == name).unwrap();
        Check { place, section: NAMES[place].0, name, warnings, lack }
    }

    /// Whether a message says that it was not made: what is a matter of set-up it says only of some.
    pub(crate) fn is_said_undone(&self) -> bool {
        let hides = !matches!(self.section, "profile" | "manager" | "sod");
        self.lack.as_ref().is_some_and(|lack| !(lack.of_rights && hides))
    }

    /// Whether a message lists it among the checks that were made.
    pub(crate) fn is_said_made(&self) -> bool {
        self.lack.is_none() && !matches!(self.name, "person" | "what is asked for")
    }
}

/// The checks of one section about this person.
pub(crate) fn of_section(case: &Case, section: &str, subject: &'static str, asker: Asker) -> Vec<Check> {
    match section {
        "request" => request(case),
        "profile" => [account(case, subject)].into_iter().chain(ends::check(case, subject)).collect(),
        "history" => history::told(case, subject).1.into_iter().collect(),
        "labels" => labels::told(case).1.into_iter().collect(),
        "approval" => approval::told(case, asker).1.into_iter().collect(),
        "peers" => Vec::new(),
        "manager" => vec![manager(case, subject, asker)],
        "access" => access(case, subject).into_iter().collect(),
        _ => {
            let ours = (!case.rule.toxic.is_empty()).then(|| toxic::check(case, subject));
            okta_rules(case).into_iter().chain(ours).collect()
        }
    }
}

/// What is asked for can't be read, and administrator rights.
pub(crate) fn request(case: &Case) -> Vec<Check> {
    unread(case).into_iter().chain(contents::told(case).1).collect()
}

/// What is asked for can't be read. It is no check if everything was read.
fn unread(case: &Case) -> Option<Check> {
    let asked = AskedFor::of(case);
    let request = case.failures.of(Call::Request).map(|how| Lack::of_call(Call::Request, how));
    let names = asked.resource.iter().chain(&asked.scope).filter_map(|it| it.name.as_ref().err().cloned());
    let lacks: Vec<Lack> = request.into_iter().chain(names).collect();
    let first = lacks.iter().find(|lack| !lack.of_rights).or(lacks.first())?.clone();
    Some(Check::of("what is asked for", Vec::new(), Some(first)))
}

fn account(case: &Case, subject: &str) -> Check {
    let says = match case.people.by_id(subject).and_then(|person| person.status) {
        Some("ACTIVE" | "PASSWORD_EXPIRED" | "RECOVERY") => None,
        Some("STAGED" | "PROVISIONED") => Some("this person's account is not active yet"),
        Some("LOCKED_OUT") => Some("this person's account is locked out after failed sign-ins"),
        Some("SUSPENDED") => Some("this person's account is suspended"),
        Some("DEPROVISIONED") => Some("this person's account is deactivated"),
        _ => return Check::of("account", Vec::new(), Some(Lack::because("status unknown"))),
    };
    Check::of("account", says.into_iter().map(|says| Warning::new(Grave::Account, says)).collect(), None)
}

/// What a message warns of if the manager asked.
pub(crate) fn manager_asked(by_email: bool) -> Warning {
    let how = if by_email { " (matched by e-mail)" } else { "" };
    let says =
        format!("the manager raised this request{how}: the manager's approval would not be a second opinion");
    Warning::new(Grave::Manager, says)
}

fn manager(case: &Case, subject: &'static str, asker: Asker) -> Check {
    let not_done = |why: &str| Check::of("manager", Vec::new(), Some(Lack::because(why)));
    let warn = |says: &str| Warning::new(Grave::Manager, says);
    match manager::of(case, subject) {
        Manager::None => not_done("the profile names none"),
        Manager::NoAccount => not_done("no matching Okta account"),
        Manager::Failed(call, how) => Check::of("manager", Vec::new(), Some(Lack::of_call(call, how))),
        Manager::Themselves => {
            Check::of("manager", vec![warn("this person is set as their own manager")], None)
        }
        Manager::Found { id, by_email } => {
            let status = case.people.by_id(id).and_then(|person| person.status);
            let (mut inactive, mut lack) = (None, None);
            match status.unwrap_or_default() {
                _ if !case.rule.manager_details => {}
                "ACTIVE" | "PASSWORD_EXPIRED" | "RECOVERY" => {}
                "DEPROVISIONED" => inactive = Some(warn("the manager's account is deactivated")),
                "SUSPENDED" => inactive = Some(warn("the manager's account is suspended")),
                "LOCKED_OUT" => {
                    inactive = Some(warn("the manager's account is locked out after failed sign-ins"));
                }
                "STAGED" | "PROVISIONED" => inactive = Some(warn("the manager's account is not active yet")),
                _ => lack = Some(Lack::because("status unknown")),
            }
            let raised = (asker == Asker::Person(id)).then(|| manager_asked(by_email));
            Check::of("manager", inactive.into_iter().chain(raised).collect(), lack)
        }
    }
}

/// Whether the person holds exactly this already.
fn access(case: &Case, subject: &str) -> Option<Check> {
    let asked = AskedFor::of(case);
    let (groups, apps) = (groups_of(case, subject), apps_of(case, subject));
    let unnamed = asked.unnamed(case).map(|lack| Check::of("access held", Vec::new(), Some(lack)));
    let exactly = || asked.exactly().and_then(|exactly| held(case, exactly, subject, &groups, &apps));
    let mut check = unnamed.or_else(exactly);
    // Relevant access that was not read may be missing.
    let relevant = &case.rule.relevant;
    let groups = groups.err().filter(|_| !relevant.groups.is_empty());
    let apps = apps.err().filter(|_| !relevant.apps.is_empty());
    if let Some(lack) = [groups, apps].into_iter().flatten().find(|lack| !lack.of_rights) {
        let check = check.get_or_insert_with(|| Check::of("access held", Vec::new(), Some(lack.clone())));
        if check.lack.as_ref().is_none_or(|lack| lack.of_rights) {
            check.lack = Some(lack);
        }
    }
    // Of several things, only one is looked for.
    check.filter(|check| asked.more.is_empty() || !check.warnings.is_empty() || check.lack.is_some())
}

fn held(
    case: &Case,
    exactly: &Asked,
    subject: &str,
    groups: &Result<Vec<Thing>, Lack>,
    apps: &Result<Vec<Thing>, Lack>,
) -> Option<Check> {
    let undone = |lack: &Lack| Some(Check::of("access held", Vec::new(), Some(lack.clone())));
    let made = |says: Option<String>| {
        let warnings = says.map(|says| Warning::new(Grave::AlreadyHeld, says)).into_iter().collect();
        Some(Check::of("access held", warnings, None))
    };
    let is_in = |things: &[Thing]| things.iter().any(|thing| thing.id == exactly.id);
    match exactly.kind {
        Kind::Group => match groups {
            Err(lack) => undone(lack),
            Ok(groups) => made(is_in(groups).then(|| "already a member of this group".to_owned())),
        },
        Kind::App => match apps {
            Err(lack) => undone(lack),
            Ok(apps) if is_in(apps) => made(Some("already has this app".to_owned())),
            // The links prove nothing about an app that is not among them.
            Ok(_) => None,
        },
        Kind::Bundle if case.rule.grants => match case.failures.of(Call::Grants) {
            Some(how) => undone(&Lack::of_call(Call::Grants, how)),
            None => made(case.grants.told(&exactly.id, subject)),
        },
        kind => match (groups, apps) {
            (Err(lack), Err(other)) => undone(if lack.of_rights { other } else { lack }),
            (Err(lack), _) | (_, Err(lack)) => undone(lack),
            _ => (kind == Kind::Bundle)
                .then(|| Check::of("access held (groups and apps only)", Vec::new(), None)),
        },
    }
}

/// Okta's own rules.
pub(crate) fn okta_rules(case: &Case) -> Option<Check> {
    let ask = &case.ask;
    // Only what is asked for shows whether an empty list of an older request says anything.
    let says_none = matches!(&ask.event_conflicts, Conflicts::Said(said) if said.is_empty());
    let unread = case.failures.of(Call::Request).filter(|_| ask.is_v2 || says_none);
    let lists: Vec<&Conflicts> = match unread {
        Some(_) => vec![&ask.event_conflicts],
        None => vec![&ask.event_conflicts, &ask.conflicts],
    };
    let mut conflicts: Vec<&Conflict> = Vec::new();
    for list in &lists {
        let Conflicts::Said(said) = list else { continue };
        for conflict in said {
            if !conflicts.iter().any(|known| known.is_same(conflict)) {
                conflicts.push(conflict);
            }
        }
    }
    let plain = AskedFor::of(case).all().all(|asked| matches!(asked.kind, Kind::App | Kind::Group));
    let lack = match unread {
        _ if lists.contains(&&Conflicts::Unreadable) => {
            Some(Lack::because("Okta's answer has an unknown form"))
        }
        _ if !conflicts.is_empty() => None,
        Some(how) => Some(Lack::of_call(Call::Request, how)),
        // They cover entitlements alone.
        None if plain => return None,
        None if lists.iter().any(|list| matches!(list, Conflicts::Said(_))) => None,
        None if ask.is_v2 => Some(Lack::because("Okta has not assessed this request")),
        None => return None,
    };
    let warnings = conflicts.iter().map(|conflict| Warning::new(Grave::Conflict, conflict.wording()));
    Some(Check::of(OKTA_RULES, warnings.collect(), lack))
}

impl Conflict {
    /// Whether both lists tell of one conflict: of the same rule and app. Two rules without a name may be two, so long
    /// as anything else differs.
    fn is_same(&self, other: &Conflict) -> bool {
        // A text of which nothing is visible is none.
        let told = |conflict: &Conflict| {
            [&conflict.rule, &conflict.app, &conflict.description].map(|text| visible(text.clone()))
        };
        let ([rule, app, about], others) = (told(self), told(other));
        [&rule, &app] == [&others[0], &others[1]] && (rule.is_some() || about == others[2])
    }

    fn wording(&self) -> String {
        let named = visible(self.rule.clone()).map(|rule| quoted(&rule, 60));
        let rule = named.unwrap_or_else(|| "a rule without a name".to_owned());
        let app =
            visible(self.app.clone()).map_or_else(String::new, |app| format!(" ({})", shortened(&app, 60)));
        let about = visible(self.description.clone())
            .map_or_else(String::new, |it| format!(": {}", shortened(&it, 120)));
        format!("conflict with {rule}{app}{about}")
    }
}
