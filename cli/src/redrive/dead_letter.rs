//! A [`DeadLetter`] is one failed event in the dead-letter queue: the event without its wrappers, otherwise
//! byte for byte as it was, and why it failed. Pure: it knows no queue, and does not decide what happens to a
//! letter.

use std::borrow::Cow;

use jiff::Timestamp;
use okta_request_enricher::event::{self, Incoming};
use okta_request_enricher::request::RequestId;

use super::failure_record::{Attributes, FailureRecord};
use super::layer::{DEPTH, Layer, REDRIVE, Unreadable};
use super::members::Members;

#[cfg(test)]
mod tests;

/// What a message in the queue holds.
#[derive(Debug, PartialEq)]
pub(super) enum Contents {
    /// An event to send again.
    Letter(Box<DeadLetter>),
    /// A scheduled event of the housekeeping. Not worth sending again: the next one does its work.
    Housekeeping { failed_at: Option<Timestamp> },
}

/// A failed event.
#[derive(Debug, PartialEq)]
pub(super) struct DeadLetter {
    event: String,
    /// Why it is in the queue.
    pub(super) failure: FailureRecord,
    /// The access request, if the event names one.
    pub(super) request_id: Option<RequestId>,
    /// When Okta published the event.
    pub(super) published: Option<Timestamp>,
}

impl DeadLetter {
    /// The event as it was sent the first time. With `repost`, asks the function to post even if a message
    /// may already stand on the request.
    pub(super) fn event(&self, repost: bool) -> Cow<'_, str> {
        let members = || serde_json::from_str::<Members<'_>>(&self.event).ok();
        match repost.then(members).flatten() {
            Some(members) => members.with(REDRIVE, Some(r#"{"repost":true}"#)).into(),
            None => (&self.event).into(),
        }
    }
}

/// Reads a message of the queue: its body, its attributes, and when it was sent there.
pub(super) fn read(
    body: &[u8],
    attributes: &Attributes,
    sent: Option<Timestamp>,
) -> Result<Contents, Unreadable> {
    let mut failure = FailureRecord::of_attributes(attributes);
    let mut text = Cow::from(std::str::from_utf8(body).map_err(|_| Unreadable::NotJson)?);
    for _ in 0..DEPTH {
        let inner = match Layer::of(&text)? {
            Layer::Event { json, housekeeping } => {
                failure.failed_at = failure.failed_at.or(sent);
                return Ok(contents(json, housekeeping, failure));
            }
            Layer::Wrapper(inner) => inner,
            // The innermost record is about the event itself; an outer one is about a wrapper.
            Layer::Record(inner, record) => {
                failure = record;
                inner
            }
        };
        text = inner.into();
    }
    Err(Unreadable::TooDeep)
}

fn contents(event: String, housekeeping: bool, failure: FailureRecord) -> Contents {
    if housekeeping {
        return Contents::Housekeeping { failed_at: failure.failed_at };
    }
    let request = match event::parse(event.as_bytes()) {
        Ok(Incoming::Created(request)) => Some(request),
        // The function decides about it: a newer version may read what this one can't.
        Ok(Incoming::OtherEventType(_) | Incoming::NotMade(_) | Incoming::Scheduled | Incoming::Describe)
        | Err(_) => None,
    };
    Contents::Letter(Box::new(DeadLetter {
        event,
        failure,
        published: request.as_ref().and_then(|request| request.published),
        request_id: request.map(|request| request.request_id),
    }))
}
