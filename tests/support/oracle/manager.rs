//! Who a person's manager is in a world, as far as Okta tells it.

use super::case::Case;
use super::failures::{Call, How};
use super::people::Person;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manager {
    /// The profile names none.
    None,
    /// It names somebody who has no account, or more than one.
    NoAccount,
    Themselves,
    Found {
        id: &'static str,
        by_email: bool,
    },
    Failed(Call, How),
}

pub(crate) fn of(case: &Case, subject: &'static str) -> Manager {
    let Some(person) = case.people.by_id(subject) else { return Manager::None };
    let Some(text) = person.manager_id.as_deref().filter(|text| !text.trim().is_empty()) else {
        return Manager::None;
    };
    let same = |one: &Option<String>| one.as_ref().is_some_and(|one| one.eq_ignore_ascii_case(text));
    if text == subject || same(&person.login) {
        return Manager::Themselves;
    }
    let found = |person: &Person, by_email| match person.id {
        id if id == subject => Manager::Themselves,
        id => Manager::Found { id, by_email },
    };
    if text.starts_with("00u") {
        return match (case.people.by_id(text), case.people.by_id(text).and_then(|it| failure(case, it))) {
            (None, _) | (_, Some((_, How::NotFound))) => Manager::NoAccount,
            (_, Some((call, how))) => Manager::Failed(call, how),
            (Some(person), None) => found(person, false),
        };
    }
    if let Some(person) = case.people.iter().find(|person| same(&person.login)) {
        return found(person, false);
    }
    if !text.contains('@') {
        return Manager::NoAccount;
    }
    if let Some(how) = case.failures.of(Call::Search) {
        return Manager::Failed(Call::Search, how);
    }
    let with_address: Vec<_> = case.people.iter().filter(|person| same(&person.email)).collect();
    match with_address[..] {
        [only] => found(only, true),
        _ => Manager::NoAccount,
    }
}

fn failure(case: &Case, person: &Person) -> Option<(Call, How)> {
    let call = Call::Person(person.id);
    case.failures.of(call).map(|how| (call, how))
}
