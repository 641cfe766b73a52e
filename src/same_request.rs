//! When two ids name one access request. Okta knows a request by an id of the older generation (24
//! hexadecimal digits), by one of the newer (`req…`), or by both, and an event may name either. This file
//! makes every decision about that: which id an event names, which entry of a list is the event's request,
//! and which entries of the two lists are one request.
//!
//! A wrong decision shows one person's facts on another person's request, posts twice, or silences a request.
//! So an id is replaced only by proof, never by a guess. Only Okta's answers are proof; two ids in one event
//! are none. Pure: no call, no clock.

use std::time::Duration;

use jiff::Timestamp;

use crate::request::{Api, RequestId, UserId};

/// The longest time between the creation of a request and the publishing of its event, or between its entries
/// in both lists.
const SAME_MOMENT: Duration = Duration::from_secs(30);

/// One event names two different requests. Choosing one of them would be a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoRequests(pub RequestId, pub RequestId);

/// Chooses among the ids that one event names: the one of the newer generation, else the one of the older.
/// `None` if there are no ids.
///
/// # Errors
///
/// Two different ids of the generation that decides.
pub fn choose(ids: impl IntoIterator<Item = RequestId>) -> Result<Option<RequestId>, TwoRequests> {
    let (newer, older): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| id.api() == Api::V2);
    let mut deciding = if newer.is_empty() { older } else { newer }.into_iter();
    let Some(first) = deciding.next() else { return Ok(None) };
    match deciding.find(|id| *id != first) {
        Some(second) => Err(TwoRequests(first, second)),
        None => Ok(Some(first)),
    }
}

/// The generation of the request that an event names by `id`. Some events of newer requests name an older id:
/// they name no request type (which each older request has), but a condition, a resource or a scope (which
/// only newer ones have).
#[must_use]
pub fn generation(id: &RequestId, names_request_type: bool, names_newer_parts: bool) -> Api {
    if !names_request_type && names_newer_parts { Api::V2 } else { id.api() }
}

/// How the id in an event led to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The event's id is used.
    AsGiven,
    /// The event named another id of the same request. Okta's answer about that request proved it.
    FoundInList,
    /// The request seems to be of the newer generation, and the event names an older id. Nothing proved
    /// another id, so the event's id is used.
    Unproven,
}

impl Resolution {
    /// Its name in log lines and outcome events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Resolution::AsGiven => "as_given",
            Resolution::FoundInList => "listed",
            Resolution::Unproven => "unproven",
        }
    }
}

/// The ids of one request, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedIds {
    /// The id to post to.
    pub id: RequestId,
    /// Other ids of the same request, by Okta's own word.
    pub aliases: Vec<RequestId>,
    /// How `id` was found.
    pub resolution: Resolution,
}

/// What distinguishes one request from another, as far as an event or an answer of Okta has it.
#[derive(Clone, Debug)]
pub struct Traces<'a> {
    /// The id in the event or entry.
    pub id: &'a RequestId,
    /// v2: the id in the older generation, if Okta names it.
    pub older_id: Option<&'a RequestId>,
    /// The request's number in links to it.
    pub permalink: Option<&'a str>,
    /// When the request was created, or its event published.
    pub raised: Option<Timestamp>,
    /// Everyone who is named.
    pub people: Vec<&'a UserId>,
    /// The id of the bundle, group or other scope that is asked for.
    pub scope: Option<&'a str>,
}

/// How a request of the newer generation relates to one of the older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are one request: Okta gives both the same id or number.
    Same,
    /// They are two requests.
    Different,
    /// They may be one request: raised at the same moment, with a person in common. What one side does not name does
    /// not count. Okta does not say more.
    Possible,
}

impl Traces<'_> {
    /// Whether `entry`, of the newer generation's list, may be this event's request. Only Okta's answer about
    /// that request proves it.
    #[must_use]
    pub fn may_be_listed_as(&self, entry: &Traces<'_>) -> bool {
        entry.id.api() == Api::V2
            && entry.scope == self.scope
            && self.raised.zip(entry.raised).is_some_and(|(ours, theirs)| same_moment(ours, theirs))
    }

    /// Whether Okta's answer about a newer request names this event's id or number, and contradicts neither.
    #[must_use]
    pub fn is_proven_by(&self, older_id: Option<&RequestId>, permalink: Option<&str>) -> bool {
        let same_id = older_id.map(|id| id == self.id);
        let same_number = permalink.zip(self.permalink).map(|(theirs, ours)| theirs == ours);
        same_id.or(same_number) == Some(true) && same_number != Some(false)
    }

    /// How this request of the newer generation relates to `older`.
    #[must_use]
    pub fn relation_to(&self, older: &Traces<'_>) -> Relation {
        let same_id = self.older_id.map(|id| id == older.id);
        let same_number = self.permalink.zip(older.permalink).map(|(ours, theirs)| ours == theirs);
        match (same_id, same_number) {
            (Some(true), _) => Relation::Same,
            // Okta does not say within what its numbers are unique.
            (None, Some(true)) if self.may_be(older) => Relation::Same,
            (None, None) if self.may_be(older) => Relation::Possible,
            _ => Relation::Different,
        }
    }

    /// Whether what both sides name allows that they are one request: see [`Relation::Possible`].
    fn may_be(&self, other: &Traces<'_>) -> bool {
        let (ours, theirs) = (&self.people, &other.people);
        let same_people = ours.is_empty() || theirs.is_empty() || ours.iter().any(|id| theirs.contains(id));
        same_people && self.raised.zip(other.raised).is_none_or(|(ours, theirs)| same_moment(ours, theirs))
    }
}

fn same_moment(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).unsigned_abs() <= SAME_MOMENT
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLDER: &str = "618ad20a5ccefb000985fd15";
    const NEWER: &str = "req42kjDgk1EubTwo0g4";

    fn id(text: &str) -> RequestId {
        RequestId::parse(text).unwrap()
    }

    fn traces(id: &RequestId) -> Traces<'_> {
        let raised = Some(Timestamp::UNIX_EPOCH);
        Traces { id, older_id: None, permalink: None, raised, people: Vec::new(), scope: None }
    }

    #[test]
    fn a_newer_id_goes_before_older_ones_and_two_that_would_decide_are_an_error() {
        let another = id("618ad20a5ccefb000985fd16");
        assert_eq!(choose([id(OLDER), id(NEWER), another.clone()]), Ok(Some(id(NEWER))));
        assert_eq!(choose([id(OLDER), id(OLDER)]), Ok(Some(id(OLDER))));
        assert_eq!(choose([]), Ok(None));
        assert_eq!(choose([id(OLDER), another.clone()]), Err(TwoRequests(id(OLDER), another)));
        let another = id("req42kjDgk1EubTwo0g5");
        assert_eq!(choose([id(NEWER), another.clone()]), Err(TwoRequests(id(NEWER), another)));
    }

    #[test]
    fn an_older_id_with_marks_of_the_newer_generation_is_of_the_newer_one() {
        assert_eq!(generation(&id(OLDER), false, true), Api::V2);
        assert_eq!(generation(&id(OLDER), true, true), Api::V1);
        assert_eq!(generation(&id(OLDER), false, false), Api::V1);
        assert_eq!(generation(&id(NEWER), true, false), Api::V2);
    }

    #[test]
    fn only_an_entry_of_the_same_moment_and_scope_may_be_the_events_request() {
        let (older, newer) = (id(OLDER), id(NEWER));
        let (event, entry) = (traces(&older), traces(&newer));
        assert!(event.may_be_listed_as(&entry));
        let late = Traces { raised: Timestamp::from_second(31).ok(), ..entry.clone() };
        assert!(!event.may_be_listed_as(&late));
        assert!(!event.may_be_listed_as(&Traces { raised: None, ..entry.clone() }));
        assert!(!event.may_be_listed_as(&Traces { scope: Some("enb1"), ..entry.clone() }));
        assert!(!event.may_be_listed_as(&traces(&older)));
    }

    #[test]
    fn only_an_id_or_a_number_of_oktas_proves_the_events_request() {
        let (older, other) = (id(OLDER), id("618ad20a5ccefb000985fd16"));
        let event = Traces { permalink: Some("7"), ..traces(&older) };
        for (older_id, permalink, proven) in [
            (None, None, false),
            (None, Some("7"), true),
            (None, Some("8"), false),
            (Some(&older), None, true),
            (Some(&older), Some("7"), true),
            (Some(&older), Some("8"), false),
            (Some(&other), None, false),
            (Some(&other), Some("7"), false),
        ] {
            assert_eq!(event.is_proven_by(older_id, permalink), proven, "{older_id:?} {permalink:?}");
        }
        assert!(!traces(&older).is_proven_by(None, Some("7")), "an event without a number");
    }

    #[test]
    fn entries_of_both_lists_are_told_apart_by_proof() {
        let (older, newer, another) = (id(OLDER), id(NEWER), id("618ad20a5ccefb000985fd16"));
        let one = Traces { permalink: Some("7"), ..traces(&older) };
        let later = Timestamp::from_second(31).ok();
        for (older_id, permalink, raised, relation) in [
            (None, None, one.raised, Relation::Possible),
            (None, None, later, Relation::Different),
            (Some(&older), None, later, Relation::Same),
            (Some(&another), Some("7"), one.raised, Relation::Different),
            (None, Some("7"), one.raised, Relation::Same),
            (None, Some("7"), later, Relation::Different),
            (None, Some("8"), one.raised, Relation::Different),
        ] {
            let other = Traces { older_id, permalink, raised, ..traces(&newer) };
            assert_eq!(other.relation_to(&one), relation, "{other:?}");
        }
        let person = UserId::parse("00u1ubyAhm6SVvcvk0g4").unwrap();
        let (ours, theirs) = (UserId::parse("00u1ubyAhm6SVvcvk0g5").unwrap(), vec![&person]);
        let other = Traces { people: vec![&ours], ..traces(&newer) };
        assert_eq!(other.relation_to(&Traces { people: theirs, ..one }), Relation::Different);
    }
}
