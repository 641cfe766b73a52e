//! [`People`]: whom a request is about, and who asked. Event and request may both say so, and differ; this
//! file decides which one is believed. A wrong decision shows one person's facts to another. So in doubt the
//! message shows less. Pure.

use crate::event::{RequestEvent, Word};
use crate::okta::AccessRequest;
use crate::request::{Asker, RequestId, UserId};

/// Whom a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// Who gets the access. The message speaks of this person.
    pub subject: UserId,
    /// Who asked.
    pub asker: Asker,
    /// It is uncertain who asked, or whether the request is about this person.
    pub doubtful: bool,
}

/// Whom event and request name together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// One person who gets the access.
    One(People),
    /// v1: the request names this many people, and nothing says which of them gets the access.
    Several(usize),
    /// No Okta user who gets the access.
    Nobody,
}

/// How the one who asked is related to the person who gets the access. It decides what the message may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskerRole {
    /// It is the person, the manager or a service. The message shows everything.
    Entitled,
    /// Somebody else.
    Stranger,
    /// Somebody else, perhaps the manager: who that is could not be read for the moment.
    PerhapsManager,
    /// Somebody else, whose e-mail address is the one that the profile gives for the manager. An address is
    /// no proof: people may change it.
    ManagerByEmail,
    /// Nobody says for certain who asked.
    Uncertain,
}

impl AskerRole {
    /// Whether the message must hide what strangers may not see.
    #[must_use]
    pub fn is_stranger(self) -> bool {
        self != AskerRole::Entitled
    }
}

impl People {
    /// The people of an event, if the request need not be read for them: the event comes from Okta, and names
    /// who gets the access and who asked.
    #[must_use]
    pub fn of_event(event: &RequestEvent, word: Word) -> Option<People> {
        match (word, &event.requester) {
            (Word::Anyone, _) | (_, Asker::Unknown) => None,
            (Word::Okta, _) => People::without_request(event, word),
        }
    }

    /// The people whom an event names, if the request can't be read. `None` if the event does not name who
    /// gets the access.
    #[must_use]
    pub fn without_request(event: &RequestEvent, word: Word) -> Option<People> {
        let subject = event.subject()?.clone();
        Some(match word {
            Word::Okta => People { subject, asker: event.requester.clone(), doubtful: false },
            Word::Anyone => People { subject, asker: Asker::Unknown, doubtful: true },
        })
    }

    /// Who asked, if that is a person other than the one who gets the access.
    #[must_use]
    pub fn other_requester(&self) -> Option<&UserId> {
        self.asker.person().filter(|requester| **requester != self.subject)
    }
}

impl Named {
    /// Who gets the access; `None` if that is not known.
    #[must_use]
    pub fn subject(&self) -> Option<&UserId> {
        match self {
            Named::One(people) => Some(&people.subject),
            Named::Several(_) | Named::Nobody => None,
        }
    }

    /// The people of an event and its request. The request is preferred.
    #[must_use]
    pub fn by(event: &RequestEvent, word: Word, id: &RequestId, request: &AccessRequest) -> Named {
        match id {
            RequestId::V2(_) => named_by_v2(event, word, request),
            RequestId::V1(_) => named_by_v1(event, word, &request.people),
        }
    }
}

/// A v2 request says who gets the access, and who asked.
fn named_by_v2(event: &RequestEvent, word: Word, request: &AccessRequest) -> Named {
    let of_event = People::without_request(event, word);
    let certain = |subject: &UserId| People {
        subject: subject.clone(),
        asker: if word == Word::Okta { event.requester.clone() } else { Asker::Unknown },
        doubtful: false,
    };
    let people = match &request.requested_for {
        Some(subject) => Some(certain(subject)),
        None if request.requested_for_another => None,
        None => of_event,
    };
    let Some(people) = people else { return Named::Nobody };
    let asker = match &request.requested_by {
        Asker::Unknown => people.asker,
        known => known.clone(),
    };
    // An event that is wrong about one of the two may be wrong about the other.
    let another = event.requested_for.as_ref().is_some_and(|named| *named != people.subject);
    let doubtful = people.doubtful || another || request.requested_by.contradicts(&event.requester);
    Named::One(People { asker, doubtful, ..people })
}

/// A v1 request names people, and does not say who of them asked or gets the access.
fn named_by_v1(event: &RequestEvent, word: Word, people: &[UserId]) -> Named {
    let Some(subject) = event.subject() else { return named_alone(event, people) };
    let named = |id: &UserId| id == subject || Some(id) == event.requester.person();
    if people.is_empty() {
        return People::without_request(event, word).map_or(Named::Nobody, Named::One);
    }
    if !people.iter().any(named) {
        return named_alone(event, people);
    }
    let asker = match (&event.requester, people) {
        (Asker::Unknown, [only]) => Asker::Person(only.clone()),
        (known, _) => known.clone(),
    };
    // All people whom the request names can read the message.
    let others = !people.iter().all(named);
    let unproven = word == Word::Anyone && !people.contains(subject);
    Named::One(People { subject: subject.clone(), asker, doubtful: others || unproven })
}

/// The people of a v1 request whose event names none of them.
fn named_alone(event: &RequestEvent, people: &[UserId]) -> Named {
    match people {
        [] => Named::Nobody,
        [only] => {
            let asker = match &event.requester {
                Asker::Service(id) => Asker::Service(id.clone()),
                Asker::Person(_) | Asker::Unknown => Asker::Person(only.clone()),
            };
            let another = event.requested_for_another || event.subject().is_some_and(|named| named != only);
            let doubtful = another || asker.contradicts(&event.requester);
            Named::One(People { subject: only.clone(), asker, doubtful })
        }
        several => Named::Several(several.len()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::{self, CREATE, Incoming};
    use crate::request::ServiceId;

    const GETS: &str = "00uGets0000000000001";
    const ASKS: &str = "00uAsks0000000000001";
    const OTHER: &str = "00uOther000000000001";
    const SERVICE: &str = "pcaService0000000001";

    /// An event on a v1 request in which this one asked, and this one gets the access.
    fn event(asks: Option<&str>, gets: Option<&str>) -> RequestEvent {
        let debug_data = json!({"accessRequestId": "618ad20a5ccefb000985fd15",
            "requestTypeId": "618ad20a5ccefb000985fd16", "requesterId": asks, "requestedForId": gets});
        let detail: Value = json!({"eventType": CREATE, "debugContext": {"debugData": debug_data}});
        match event::parse(json!({ "detail": detail }).to_string().as_bytes()) {
            Ok(Incoming::Created(event)) => *event,
            other => panic!("{other:?}"),
        }
    }

    /// The result in short: "person by asker, doubtful", or the number of several people.
    fn named(word: Word, asks: Option<&str>, gets: Option<&str>, people: &[&str]) -> String {
        let people: Vec<_> = people.iter().map(|id| UserId::parse(id).unwrap()).collect();
        match named_by_v1(&event(asks, gets), word, &people) {
            Named::One(People { subject, asker, doubtful }) => {
                let asker = match asker {
                    Asker::Person(id) => id.to_string(),
                    Asker::Service(id) => id.to_string(),
                    Asker::Unknown => "?".to_owned(),
                };
                let name = |id: &str| id.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
                format!(
                    "{} by {}{}",
                    name(subject.as_str()),
                    name(&asker),
                    if doubtful { ", doubtful" } else { "" }
                )
            }
            Named::Several(number) => number.to_string(),
            Named::Nobody => "nobody".to_owned(),
        }
    }

    #[test]
    fn of_a_v1_request_the_event_says_who_is_who_if_both_name_the_same_people() {
        use Word::{Anyone, Okta};
        assert!(ServiceId::parse(SERVICE).is_some());
        for (word, asks, gets, people, expected) in [
            (Okta, Some(ASKS), Some(GETS), &[GETS][..], "00uGets by 00uAsks"),
            (Okta, Some(ASKS), Some(GETS), &[ASKS], "00uGets by 00uAsks"),
            (Okta, Some(ASKS), Some(GETS), &[ASKS, OTHER], "00uGets by 00uAsks, doubtful"),
            (Okta, Some(ASKS), Some(GETS), &[OTHER], "00uOther by 00uOther, doubtful"),
            (Okta, Some(ASKS), Some(GETS), &[], "00uGets by 00uAsks"),
            (Okta, Some(ASKS), None, &[ASKS], "00uAsks by 00uAsks"),
            (Okta, None, Some(GETS), &[GETS], "00uGets by 00uGets"),
            (Okta, None, Some(GETS), &[GETS, OTHER], "00uGets by ?, doubtful"),
            (Okta, Some(SERVICE), Some(GETS), &[GETS], "00uGets by pcaService"),
            (Okta, Some(SERVICE), None, &[GETS], "00uGets by pcaService"),
            (Okta, Some(ASKS), Some("not an id"), &[ASKS], "00uAsks by 00uAsks, doubtful"),
            (Okta, Some(ASKS), Some(GETS), &[OTHER, "00uMore0000000000001"], "2"),
            (Okta, None, None, &[], "nobody"),
            // A file that anyone wrote about a request of the one who asked.
            (Anyone, Some(ASKS), Some(GETS), &[ASKS], "00uGets by 00uAsks, doubtful"),
            (Anyone, Some(ASKS), Some(GETS), &[GETS], "00uGets by 00uAsks"),
            (Anyone, Some(ASKS), Some(GETS), &[], "00uGets by ?, doubtful"),
        ] {
            assert_eq!(named(word, asks, gets, people), expected, "{word:?} {asks:?} {gets:?} {people:?}");
        }
    }
}
