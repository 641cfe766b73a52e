//! The lines about people, profile, manager and access that are true of a world, and that a message shows.

use jiff::{SignedDuration, Timestamp};

use super::asked::{Lack, apps_of, groups_of};
use super::asks::SERVICE;
use super::case::Case;
use super::failures::Call;
use super::manager::{self, Manager};
use super::people::{Person, now};
use super::texts::{quoted, shortened, visible};
use super::things::Thing;
use super::toxic::lists;
use super::view::View;
use super::whom::{Asker, Standing, Whom};

const DAY: i64 = 24 * 60 * 60;

/// A display name. One that could pass for a login stands in quotes.
pub(crate) fn display_name(name: &str) -> String {
    if name.contains(['@', '＠']) { quoted(name, 80) } else { shortened(name, 80) }
}

/// The name with the login, which stays whole.
fn named(person: &Person) -> Option<String> {
    let name = person.name().map(|name| display_name(&name));
    match (name, person.login.clone()) {
        (Some(name), Some(login)) => Some(format!("{name} ({login})")),
        (name, login) => name.or(login),
    }
}

/// For whom, who asked, and what is withheld.
pub(crate) fn people(case: &Case, view: &View) -> Vec<String> {
    let mut lines = Vec::new();
    match view.whom {
        Whom::One { subject, asker, doubtful } => {
            let name = case.people.by_id(subject).and_then(named).unwrap_or_else(|| subject.to_owned());
            lines.push(format!("For: {name}"));
            lines.extend(asked_by(case, subject, asker, doubtful));
        }
        Whom::Several(people) => lines.push(format!("For: not certain: the request names {people} people")),
        Whom::Unknown => {}
    }
    let since = match (view.whom, view.standing) {
        (Whom::Several(_), _) => "it is not certain who gets the access",
        (_, Standing::Uncertain) => "it is not certain who asked",
        (_, Standing::Stranger | Standing::PerhapsManager | Standing::ManagerByEmail) => "someone else asked",
        (_, Standing::Entitled) => return lines,
    };
    let own = &case.rule.own;
    // Of one of several people nothing is known, so nothing about the person is shown, whatever the view has.
    let is_nobody = matches!(view.whom, Whom::Several(_));
    let mut withheld = Vec::new();
    if is_nobody && !own.attributes.is_empty() {
        withheld.push("attributes");
    } else if !own.attributes.iter().all(|attribute| view.shows.attributes.contains(attribute)) {
        withheld.push("further attributes");
    }
    if own.shows("profile") && case.rule.end_date {
        withheld.push("end date");
    }
    for section in &own.sections {
        let hidden = !view.shows.shows(section);
        match *section {
            "access" => withheld.push("access held"),
            "history" => withheld.push("earlier requests"),
            "peers" => withheld.push("colleagues"),
            "manager" if hidden || is_nobody => withheld.push("manager"),
            "request" if hidden => withheld.push("what is asked for"),
            "profile" if hidden || is_nobody => withheld.push("account"),
            "labels" if hidden => withheld.push("labels"),
            "approval" if hidden => withheld.push("approver"),
            _ => {}
        }
    }
    if !withheld.is_empty() {
        lines.push(format!("Not shown, since {since}: {}", withheld.join(", ")));
    }
    lines
}

fn asked_by(case: &Case, subject: &str, asker: Asker, doubtful: bool) -> Option<String> {
    let uncertain = if doubtful { " (not certain: event and request differ)" } else { "" };
    Some(match asker {
        Asker::Person(id) if id == subject && !doubtful => return None,
        Asker::Person(id) if id == subject => format!("Asked by: this person{uncertain}"),
        Asker::Person(id) => {
            let name = match (case.people.by_id(id), case.failures.of(Call::Person(id))) {
                (_, Some(how)) => unread(&Lack::of_call(Call::Person(id), how)),
                (None, _) => unread(&Lack::because("Okta answered 404")),
                (Some(person), _) => {
                    named(person).unwrap_or_else(|| "someone without a name in Okta".to_owned())
                }
            };
            format!("Asked by: {name}, on this person's behalf{uncertain}")
        }
        Asker::Service => format!("Asked by: a service (client {SERVICE}), not a person{uncertain}"),
        Asker::Unknown => "Asked by: not known".to_owned(),
    })
}

fn unread(lack: &Lack) -> String {
    format!("someone else (name not available: {})", lack.reason)
}

/// The attributes that the rule shows to this reader, and since when there is an account.
pub(crate) fn profile(case: &Case, view: &View, subject: &str) -> Vec<String> {
    let person = case.people.by_id(subject).unwrap();
    let attribute = |(name, label): &(&str, &str)| format!("{label}: {}", attribute(person, name));
    let mut lines: Vec<String> = view.shows.attributes.iter().map(attribute).collect();
    if view.standing == Standing::Entitled {
        lines.extend(person.activated.or(person.created).and_then(account_since));
    }
    lines
}

/// The text of an attribute.
pub(crate) fn attribute(person: &Person, name: &str) -> String {
    let text =
        person.attributes.iter().find(|attribute| attribute.name == name).and_then(|it| it.text.clone());
    text.map_or_else(|| "not set in Okta".to_owned(), |text| shortened(&text, 250))
}

fn account_since(at: Timestamp) -> Option<String> {
    let age = now().duration_since(at);
    if age.is_negative() || age >= SignedDuration::from_hours(90 * 24) {
        return None;
    }
    let day = |at: Timestamp| at.as_second().div_euclid(DAY);
    let age = match day(now()) - day(at) {
        0 => "today".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    Some(format!("Account since {} ({age})", at.strftime("%Y-%m-%d")))
}

/// The manager's name.
pub(crate) fn manager(case: &Case, subject: &'static str) -> Option<String> {
    let person = case.people.by_id(subject)?;
    let written = |how: &str| {
        let name = visible(person.manager.clone())?;
        Some(format!("Manager: {} ({how})", display_name(&name)))
    };
    match manager::of(case, subject) {
        Manager::None => written("from the profile, not checked"),
        Manager::NoAccount => written("from the profile; no matching Okta account"),
        Manager::Themselves => Some("Manager: the person themselves".to_owned()),
        Manager::Failed(..) => None,
        Manager::Found { id, .. } => {
            let manager = case.people.by_id(id)?;
            let details = case.rule.manager_details;
            let name = if details { named(manager) } else { manager.name().map(|name| display_name(&name)) };
            let state = match manager.status.filter(|_| details) {
                Some("DEPROVISIONED") => ", deactivated",
                Some("SUSPENDED") => ", suspended",
                Some("LOCKED_OUT") => ", locked out after failed sign-ins",
                Some("STAGED") => ", staged: made, but not activated yet",
                Some("PROVISIONED") => ", provisioned: activated, but never used yet",
                _ => "",
            };
            Some(format!("Manager: {}{state}", name.unwrap_or_else(|| id.to_owned())))
        }
    }
}

/// The relevant groups and apps that the person holds.
pub(crate) fn relevant(case: &Case, view: &View, subject: &str) -> Option<String> {
    if view.standing != Standing::Entitled {
        return None;
    }
    let (groups, apps) = (&case.rule.relevant.groups, &case.rule.relevant.apps);
    let mut names: Vec<String> = Vec::new();
    for (list, things) in [(groups, groups_of(case, subject)), (apps, apps_of(case, subject))] {
        if list.is_empty() {
            continue;
        }
        let listed = |thing: &Thing| lists(list, &thing.id, thing.name.as_deref());
        let name = |thing: Thing| visible(thing.name).unwrap_or(thing.id);
        names.extend(things.ok()?.into_iter().filter(listed).map(name));
    }
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(8);
    let shown: Vec<String> = names.iter().take(8).map(|name| shortened(name, 80)).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!shown.is_empty()).then(|| format!("Also holds: {}{more}", shown.join(", ")))
}
