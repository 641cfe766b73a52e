//! When two ids name one access request. Okta knows a request by an id of the older generation (24
//! hexadecimal digits), by one of the newer (`req…`), or by both, and an event may name either. Every
//! decision about that stands here: which id an event means, which entry of a list is the event's request,
//! and which entries of the two lists may be one request.
//!
//! A wrong decision shows one person's facts on another person's request, or posts twice. So an id is
//! replaced only by proof, never by a guess. Pure: no call, no clock.

use std::time::Duration;

use jiff::Timestamp;

use crate::request::{Api, RequestId, UserId};

/// The longest time between the creation of a request and the publishing of its event, or between its entries
/// in both lists.
const SAME_MOMENT: Duration = Duration::from_secs(30);

/// The ids by which one event names its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedIds {
    /// The id to post to, unless a list proves another one.
    pub first: RequestId,
    /// The others, without repetition.
    pub others: Vec<RequestId>,
}

/// One event names two different ids of the newer generation. Choosing one of them would be a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoRequests(pub RequestId, pub RequestId);

/// Chooses among the ids that one event names: the first of the newer generation, else the first of the
/// older. `None` if there are no ids.
///
/// # Errors
///
/// Two different ids of the newer generation.
pub fn choose(ids: impl IntoIterator<Item = RequestId>) -> Result<Option<NamedIds>, TwoRequests> {
    let (newer, older): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| id.api() == Api::V2);
    if let Some(second) = newer.iter().find(|id| **id != newer[0]) {
        return Err(TwoRequests(newer[0].clone(), second.clone()));
    }
    let mut all = newer.into_iter().chain(older);
    let Some(first) = all.next() else { return Ok(None) };
    let mut others: Vec<_> = all.filter(|id| *id != first).collect();
    others.dedup();
    Ok(Some(NamedIds { first, others }))
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
    /// The event named another id of the same request. A list of requests proved which one.
    FoundInList,
    /// The request seems to be of the newer generation, and the event names an older id. No list proved
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
    /// The other ids of the same request.
    pub aliases: Vec<RequestId>,
    /// How `id` was found.
    pub resolution: Resolution,
}

impl ResolvedIds {
    /// The event's own id.
    #[must_use]
    pub fn unchanged(event: &Traces<'_>, others: &[RequestId], resolution: Resolution) -> ResolvedIds {
        ResolvedIds { id: event.id.clone(), aliases: others.to_vec(), resolution }
    }

    /// The one entry of a list of the newer generation that is proven to be the event's request; `None` if no
    /// entry is, or more than one.
    #[must_use]
    pub fn found_in_list<'l>(
        event: &Traces<'_>,
        others: &[RequestId],
        list: impl IntoIterator<Item = Traces<'l>>,
    ) -> Option<ResolvedIds> {
        let mut proven = list.into_iter().filter(|entry| event.is_proven_to_be(entry));
        let (Some(only), None) = (proven.next(), proven.next()) else { return None };
        let mut aliases = others.to_vec();
        if only.id != event.id {
            aliases.push(event.id.clone());
        }
        Some(ResolvedIds { id: only.id.clone(), aliases, resolution: Resolution::FoundInList })
    }
}

/// What distinguishes one request from another, as far as an event or an entry of a list has it.
#[derive(Clone, Debug)]
pub struct Traces<'a> {
    /// The id in the event or entry.
    pub id: &'a RequestId,
    /// The id in the other generation, if Okta names it.
    pub other_id: Option<&'a RequestId>,
    /// The request's number in links to it.
    pub permalink: Option<&'a str>,
    /// When the request was created, or its event published.
    pub raised: Option<Timestamp>,
    /// Who gets the access, if Okta names that person as such.
    pub requested_for: Option<&'a UserId>,
    /// Everyone who is named.
    pub people: Vec<&'a UserId>,
    /// The id of the bundle, group or other scope that is asked for.
    pub scope: Option<&'a str>,
}

/// Whether an entry of one generation's list is in the other generation's list too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twin {
    /// No entry of the other list can be the same request.
    None,
    /// Okta names both ids together.
    Proven,
    /// An entry of the other list may be the same request; nothing proves it either way.
    Possible,
}

impl Traces<'_> {
    /// Whether `entry`, of the newer generation's list, is proven to be this event's request.
    ///
    /// The id of the older generation or the permalink decides if both sides have it. If neither has, the
    /// event must name who gets the access: else the entry may be another request of the same requester.
    fn is_proven_to_be(&self, entry: &Traces<'_>) -> bool {
        let same_id = entry.other_id.map(|id| id == self.id);
        let same_permalink = entry.permalink.zip(self.permalink).map(|(theirs, ours)| theirs == ours);
        let same_request = match (same_id, same_permalink) {
            (Some(false), _) | (_, Some(false)) => false,
            (Some(true), _) | (_, Some(true)) => true,
            (None, None) => self.requested_for.is_some(),
        };
        same_request
            && entry.id.api() == Api::V2
            && entry.scope == self.scope
            && self.raised.zip(entry.raised).is_some_and(|(ours, theirs)| same_moment(ours, theirs))
    }

    /// Whether an entry of the other generation's list may be the same request: created at the same moment,
    /// with a person in common. People who are not named rule nothing out.
    fn may_be(&self, other: &Traces<'_>) -> bool {
        let (ours, theirs) = (&self.people, &other.people);
        let same_people = ours.is_empty() || theirs.is_empty() || ours.iter().any(|id| theirs.contains(id));
        same_people && self.raised.zip(other.raised).is_none_or(|(ours, theirs)| same_moment(ours, theirs))
    }

    /// Looks for this entry in the other generation's list.
    #[must_use]
    pub fn twin_in(&self, others: &[Traces<'_>]) -> Twin {
        let named = |other: &Traces<'_>| other.other_id == Some(self.id) || self.other_id == Some(other.id);
        if others.iter().any(named) {
            return Twin::Proven;
        }
        let unnamed = |other: &&Traces<'_>| other.other_id.is_none();
        let possible =
            self.other_id.is_none() && others.iter().filter(unnamed).any(|other| self.may_be(other));
        if possible { Twin::Possible } else { Twin::None }
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
        Traces {
            id,
            other_id: None,
            permalink: None,
            raised: Some(Timestamp::UNIX_EPOCH),
            requested_for: None,
            people: Vec::new(),
            scope: None,
        }
    }

    #[test]
    fn a_newer_id_goes_before_an_older_one_and_two_newer_ones_are_an_error() {
        let chosen = choose([id(OLDER), id(NEWER), id(OLDER)]).unwrap().unwrap();
        assert_eq!(chosen, NamedIds { first: id(NEWER), others: vec![id(OLDER)] });
        assert_eq!(choose([]), Ok(None));
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
    fn a_number_that_both_sides_have_decides_and_else_the_event_must_name_who_gets_the_access() {
        let (older, newer, person) = (id(OLDER), id(NEWER), UserId::parse("00u1ubyAhm6SVvcvk0g4").unwrap());
        let (event, entry) = (traces(&older), traces(&newer));
        let named = Traces { requested_for: Some(&person), ..event.clone() };
        let with = |permalink, other_id| Traces { other_id, permalink, ..entry.clone() };
        let numbered = Traces { permalink: Some("7"), ..event.clone() };
        let other = id("618ad20a5ccefb000985fd16");
        for (event, entry, proven) in [
            (&event, entry.clone(), false),
            (&named, entry.clone(), true),
            (&numbered, with(Some("7"), None), true),
            (&numbered, with(Some("8"), None), false),
            (&event, with(None, Some(&older)), true),
            (&named, with(None, Some(&other)), false),
            (&numbered, with(Some("8"), Some(&older)), false),
        ] {
            let found = ResolvedIds::found_in_list(event, &[], [entry]).is_some();
            assert_eq!(found, proven, "{event:?}");
        }
        let late = Traces { raised: Timestamp::from_second(31).ok(), ..entry.clone() };
        assert_eq!(ResolvedIds::found_in_list(&named, &[], [late]), None, "another moment");
        let scoped = Traces { scope: Some("enb1"), ..entry.clone() };
        assert_eq!(ResolvedIds::found_in_list(&named, &[], [scoped]), None, "another scope");
        assert_eq!(ResolvedIds::found_in_list(&named, &[], [entry.clone(), entry]), None, "two that fit");
    }

    #[test]
    fn entries_of_both_lists_are_told_apart_by_proof() {
        let (older, newer) = (id(OLDER), id(NEWER));
        let (one, other) = (traces(&older), traces(&newer));
        let linked = Traces { other_id: Some(&older), ..other.clone() };
        assert_eq!(one.twin_in(std::slice::from_ref(&linked)), Twin::Proven);
        assert_eq!(linked.twin_in(std::slice::from_ref(&one)), Twin::Proven);
        assert_eq!(one.twin_in(std::slice::from_ref(&other)), Twin::Possible);
        let another = id("618ad20a5ccefb000985fd16");
        let linked_elsewhere = Traces { other_id: Some(&another), ..other.clone() };
        assert_eq!(one.twin_in(&[linked_elsewhere]), Twin::None);
        let later = Traces { raised: Timestamp::from_second(31).ok(), ..other };
        assert_eq!(one.twin_in(&[later]), Twin::None);
    }
}
