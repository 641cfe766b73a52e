//! [`Setting`]: of which request facts are read, and how; and why no message can be made of them.

use std::time::Duration;

use jiff::Timestamp;

use super::inquiry::Questions;
use crate::deadline::Deadline;
use crate::event::{RequestEvent, Word};
use crate::okta::OktaError;
use crate::request::RequestId;
use crate::section::{Lack, Source};
use crate::words::Words;

/// How long sources may take that the message can do without. A message can't be amended, and hardly anybody
/// opens a request within seconds.
pub const PATIENCE: Duration = Duration::from_secs(8);

/// Of which request facts are read, and how.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Shared by everyone who asks in this invocation.
    pub questions: &'a Questions<'a>,
    /// The request event.
    pub event: &'a RequestEvent,
    /// Whose word the event is.
    pub word: Word,
    /// The request's id, resolved.
    pub id: &'a RequestId,
    /// What counts as now.
    pub now: Timestamp,
    /// The invocation's deadline.
    pub deadline: Deadline,
    /// How long sources may take that the message can do without: [`PATIENCE`] if it will be posted; `None`
    /// if nothing follows that needs the time.
    pub patience: Option<Duration>,
    /// Facts are wanted about a closed request, too.
    pub even_closed: bool,
}

impl Setting<'_> {
    /// The deadline of sources that the message can do without, from now on. Half of the invocation's time is
    /// left to what must follow.
    pub(super) fn brief(&self) -> Deadline {
        let Setting { deadline, patience, .. } = self;
        patience.map_or(*deadline, |patience| deadline.at_most(patience.min(deadline.remaining() / 2)))
    }
}

/// Why no message can be made.
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
    /// The request can't be read, and only it names the person.
    #[error("failed to read the access request: {0}")]
    Request(OktaError),
    /// The person's account can't be read.
    #[error("failed to read the person's account: {0}")]
    Subject(OktaError),
    /// The person's groups can't be read, and a rule matches on them.
    #[error("failed to read the person's groups, on which a rule matches: {0}")]
    Groups(OktaError),
    /// A check of a section that the rule requires was not made.
    #[error(
        "failed to make the checks of the section `{section}`, which the rule `{rule}` requires: {}",
        Words::english().say(&.lack.reason)
    )]
    Required {
        /// The section.
        section: Source,
        /// The rule that requires it.
        rule: String,
        /// Why a check of it was not made.
        lack: Lack,
    },
}
