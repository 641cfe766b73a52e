//! [`Lead`]: a request to be enriched, with what is known of it before its attempt.

use crate::event::RequestEvent;
use crate::okta::AccessRequest;
use crate::request::RequestId;

/// A request to be enriched: its event, and what Okta has already said about it.
#[derive(Clone, Copy, Debug)]
pub struct Lead<'a> {
    /// The request event, from the stream or made of a list's entry.
    pub event: &'a RequestEvent,
    /// Other ids of the request, as Okta's answers name them. Ids that only an event names are left out.
    pub aliases: &'a [RequestId],
    /// The request, if it was read already.
    pub read: Option<&'a AccessRequest>,
}

impl<'a> Lead<'a> {
    /// A request of which only the event is known.
    #[must_use]
    pub fn of(event: &'a RequestEvent) -> Lead<'a> {
        Lead { event, aliases: &[], read: None }
    }
}
