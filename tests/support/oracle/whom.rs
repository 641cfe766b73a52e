//! Who gets the access and who asked, and so what a message may show: by the specification, from event, request
//! and failures.

use super::asks::SERVICE;
use super::case::Case;
use super::failures::{Call, How};
use super::manager::{self, Manager};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    Person(&'static str),
    Service,
    Unknown,
}

/// Whom a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    One {
        subject: &'static str,
        asker: Asker,
        doubtful: bool,
    },
    /// One of so many people.
    Several(usize),
    /// Nobody says it, so there is no message.
    Unknown,
}

/// What the one who asked is to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Entitled,
    Stranger,
    /// A stranger, as far as could be read: the manager could not be.
    PerhapsManager,
    /// A stranger whose address is the manager's.
    ManagerByEmail,
    Uncertain,
}

fn asker(id: Option<&'static str>) -> Asker {
    match id {
        Some(SERVICE) => Asker::Service,
        Some(id) => Asker::Person(id),
        None => Asker::Unknown,
    }
}

fn contradict(one: Asker, other: Asker) -> bool {
    one != Asker::Unknown && other != Asker::Unknown && one != other
}

impl Whom {
    pub(crate) fn of(case: &Case) -> Whom {
        let ask = &case.ask;
        let by = asker(ask.event_by);
        if case.failures.of(Call::Request).is_some() {
            let raiser = match by {
                Asker::Person(id) if !ask.is_v2 => Some(id),
                _ => None,
            };
            let Some(subject) = ask.event_for.or(raiser) else { return Whom::Unknown };
            let asker = if ask.from_okta { by } else { Asker::Unknown };
            return Whom::One { subject, asker, doubtful: !ask.from_okta };
        }
        if ask.is_v2 { Whom::of_v2(case, by) } else { Whom::of_v1(case, by) }
    }

    /// The request's own word goes before the event's, and a disagreement means the strict view.
    fn of_v2(case: &Case, by: Asker) -> Whom {
        let ask = &case.ask;
        let Some(subject) = ask.gets else { return Whom::Unknown };
        let asker = match asker(ask.by) {
            Asker::Unknown if ask.from_okta => by,
            known => known,
        };
        let another = ask.event_for.is_some_and(|named| named != subject);
        Whom::One { subject, asker, doubtful: another || contradict(self::asker(ask.by), by) }
    }

    /// A v1 request names people, and does not say who of them asked.
    fn of_v1(case: &Case, by: Asker) -> Whom {
        let ask = &case.ask;
        let raiser = match by {
            Asker::Person(id) => Some(id),
            _ => None,
        };
        let subject = ask.event_for.or(raiser);
        let is_named = |id: &str| Some(id) == subject || Some(id) == raiser;
        match (subject, &ask.people[..]) {
            (Some(subject), people) if people.iter().any(|id| is_named(id)) => {
                let asker = match (by, people) {
                    (Asker::Unknown, [only]) => Asker::Person(only),
                    _ => by,
                };
                let others = !people.iter().all(|id| is_named(id));
                let unproven = !ask.from_okta && !people.contains(&subject);
                Whom::One { subject, asker, doubtful: others || unproven }
            }
            (named, [only]) => {
                let asker = if by == Asker::Service { by } else { Asker::Person(only) };
                let another = named.is_some_and(|named| named != *only);
                Whom::One { subject: only, asker, doubtful: another || contradict(asker, by) }
            }
            (_, people) => Whom::Several(people.len()),
        }
    }
}

impl Standing {
    pub(crate) fn of(case: &Case, subject: &'static str, asker: Asker, doubtful: bool) -> Standing {
        if case.rule.strangers().is_none() {
            return Standing::Entitled;
        }
        match asker {
            _ if doubtful => Standing::Uncertain,
            Asker::Unknown => Standing::Uncertain,
            Asker::Service => Standing::Entitled,
            Asker::Person(id) if id == subject => Standing::Entitled,
            Asker::Person(id) => match manager::of(case, subject) {
                Manager::Found { id: manager, by_email: false } if manager == id => Standing::Entitled,
                Manager::Found { id: manager, by_email: true } if manager == id => Standing::ManagerByEmail,
                Manager::Failed(_, how) if !matches!(how, How::Forbidden | How::NotGranted) => {
                    Standing::PerhapsManager
                }
                _ => Standing::Stranger,
            },
        }
    }
}
