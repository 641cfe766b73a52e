//! [`RequestEvent`]: that an access request was created, who it is about, and whose word that is.

use std::time::Duration;

use jiff::Timestamp;

use super::conflicts::Conflicts;
use crate::request::{Api, Asker, RequestId, RequestSource, UserId};
use crate::same_request::Traces;

/// The event that an access request was created.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestEvent {
    /// The System Log event's `uuid`, the same in every delivery of one event; empty if it is missing or no
    /// id, because the log shows it.
    pub uuid: String,
    /// When Okta published the event; the envelope's `time` if Okta's `published` is missing or can't be read.
    pub published: Option<Timestamp>,
    /// The id of the request. Okta's answers may later lead to another id for it.
    pub request_id: RequestId,
    /// The event also names an id of the older generation. That may be another request's.
    pub names_older_id: bool,
    /// The generation that the event's members indicate. If `request_id` has the format of the other
    /// generation, that generation's API may not know it.
    pub api: Api,
    /// The request's subject line, empty if missing. On v2 it contains the requester's own name: untrusted
    /// text.
    pub request_subject: String,
    /// Who raised the request.
    pub requester: Asker,
    /// Who gets the access; `None` if the event does not name an Okta user.
    pub requested_for: Option<UserId>,
    /// The event names who gets the access, but not by the id of an Okta user.
    pub requested_for_another: bool,
    /// v1: the id of the request type.
    pub request_type_id: Option<String>,
    /// v2: the id of the request condition that matched.
    pub condition_id: Option<String>,
    /// v2: the id of the requested app or other resource.
    pub resource_id: Option<String>,
    /// Okta's word for the kind of the resource.
    pub resource_type: Option<String>,
    /// v2: the id of the requested bundle, group or other scope.
    pub scope_id: Option<String>,
    /// Okta's word for the kind of the scope.
    pub scope_type: Option<String>,
    /// Where the request was raised; `None` if unknown.
    pub source: Option<RequestSource>,
    /// The separation-of-duties conflicts that Okta found.
    pub conflicts: Conflicts,
    /// The request's number in links to it; `None` if unknown.
    pub permalink: Option<String>,
    /// How the event came here.
    pub delivery: Delivery,
    /// The org's subdomain in the envelope's `source`; `None` if `source` is not Okta's partner event source.
    pub source_org: Option<String>,
}

/// How an event came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// From Okta's log stream. Every envelope without the marks of the others counts as this.
    Stream,
    /// From a replay of an EventBridge archive: the envelope has `replay-name` (EventBridge guide, "Archiving
    /// and replaying").
    Archive,
    /// From an operator who accepts that an earlier attempt may have posted: the envelope's `redrive.repost`
    /// is `true`.
    Repost,
    /// From Okta's list of requests, because the stream lost the event. The list does not contain where the
    /// request was raised. On v2 it does not contain the subject line.
    List,
}

/// The way on which events reach the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// EventBridge invokes the deployed function.
    Function,
    /// An operator gives them by hand, from files.
    Operator,
}

/// Whose word an event is about the people of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Okta's own.
    Okta,
    /// Anyone may have written it. The request itself must say who its people are.
    Anyone,
}

/// Younger requests may be unknown to some of Okta's servers; older ones may be closed in the meantime.
pub const YOUTH: Duration = Duration::from_mins(2);

impl RequestEvent {
    /// The marks by which `same_request` recognises the event's request.
    #[must_use]
    pub fn traces(&self) -> Traces<'_> {
        Traces {
            id: &self.request_id,
            older_id: None,
            permalink: self.permalink.as_deref(),
            raised: self.published,
            people: self.requested_for.iter().chain(self.requester.person()).collect(),
            scope: self.scope_id.as_deref(),
        }
    }

    /// Whether the event is less than [`YOUTH`] old. An event without a time is not young.
    #[must_use]
    pub fn is_young(&self, now: Timestamp) -> bool {
        self.published.is_some_and(|at| now.duration_since(at).unsigned_abs() < YOUTH)
    }

    /// The request's subject line. `None` if unknown; empty if there is none.
    #[must_use]
    pub fn known_subject_line(&self) -> Option<&str> {
        let unknown = self.delivery == Delivery::List && self.request_subject.is_empty();
        (!unknown).then_some(self.request_subject.as_str())
    }

    /// Whether the requester asked for another person. `false` if either is unknown.
    #[must_use]
    pub fn is_on_behalf(&self) -> bool {
        self.requested_for.as_ref().zip(self.requester.person()).is_some_and(|(one, other)| one != other)
    }

    /// The person whom the message is about, as far as the event says: who gets the access; on v1, if the
    /// event does not name that person, who asked. Never the event's actor, who only made the call.
    #[must_use]
    pub fn subject(&self) -> Option<&UserId> {
        match self.api {
            _ if self.requested_for_another => None,
            Api::V1 => self.requested_for.as_ref().or(self.requester.person()),
            Api::V2 => self.requested_for.as_ref(),
        }
    }

    /// Whose word the event is. Nobody but Okta can put events on its partner bus (Okta help, "Amazon
    /// EventBridge" log streaming), and entries of Okta's lists come from Okta. A file, or another bus, can
    /// contain anything. An event with ids of both generations may name people of either request.
    #[must_use]
    pub fn word(&self, channel: Channel) -> Word {
        match (self.delivery, channel, &self.source_org) {
            _ if self.names_older_id => Word::Anyone,
            (Delivery::List, ..) | (_, Channel::Function, Some(_)) => Word::Okta,
            _ => Word::Anyone,
        }
    }
}
