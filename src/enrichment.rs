//! Gathering: from a request event and its rule to the [`Section`]s of a message. Each source is a file below
//! with one shape, a fetch and a pure `evaluate`. This file finds the person of whom the message speaks and asks
//! the sources.

pub mod profile;

use crate::deadline::Deadline;
use crate::event::{RequestEvent, RequestId, UserId};
use crate::okta::endpoint::Endpoint;
use crate::okta::{OktaClient, OktaError};
use crate::policy::Rule;

/// What one source adds to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Lines, in order.
    pub lines: Vec<Line>,
}

/// One line of a message. Every text in it is untrusted, but for labels and warnings, which the program writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Something the approver should not miss; these stand first in the message.
    Warning(&'static str),
    /// A fact; without a value it is shown as not set.
    Fact {
        /// What stands before the value.
        label: String,
        /// The value, as Okta has it.
        value: Option<String>,
    },
}

/// Why no message can be made: without knowing whom it is about there is nothing true to say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatherError {
    /// Neither the event nor the request names an Okta user.
    #[error(
        "failed to find the person who gets the access: neither the event nor the request `{id}` names an Okta user"
    )]
    NoSubject {
        /// The request.
        id: RequestId,
    },
    /// The request, which should have told the person, can't be read.
    #[error("failed to read the access request: {0}")]
    Request(OktaError),
    /// The person's account can't be read.
    #[error("failed to read the person's account: {0}")]
    Subject(OktaError),
}

/// The calls that messages by this policy take.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::User,
        Endpoint::RequestV1,
        Endpoint::RequestV2,
        Endpoint::RequestsV2,
        Endpoint::MessageV1,
        Endpoint::MessageV2,
    ]
}

/// The sections of the message for `event`, by `rule`.
pub async fn gather(
    okta: &OktaClient,
    event: &RequestEvent,
    rule: &Rule,
    deadline: Deadline,
) -> Result<Vec<Section>, GatherError> {
    let subject = subject(okta, event, deadline).await?;
    let user = okta.user(&subject, deadline).await.map_err(GatherError::Subject)?;
    let asked_by_another = event.requester.as_ref().is_some_and(|requester| *requester != subject);
    Ok(vec![profile::evaluate(&subject, &user, asked_by_another, &rule.attributes)])
}

/// Whom the message is about: the event tells, or else the request itself.
async fn subject(okta: &OktaClient, event: &RequestEvent, deadline: Deadline) -> Result<UserId, GatherError> {
    if let Some(subject) = event.subject() {
        return Ok(subject.clone());
    }
    let request = okta.request(&event.request_id, deadline).await.map_err(GatherError::Request)?;
    request.subject.ok_or_else(|| GatherError::NoSubject { id: event.request_id.clone() })
}
