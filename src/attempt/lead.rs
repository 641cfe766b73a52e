//! [`Lead`]: a request to be enriched, with what is known of it before its attempt.

use crate::event::RequestEvent;
use crate::okta::AccessRequest;
use crate::request::RequestId;

/// A request to be enriched: its event, and what Okta has already said about it.
#[derive(Clone, Copy, Debug)]
pub struct Lead<'a> {
    /// The request event, from the stream or made of a list's entry.
    pub event: &'a RequestEvent,
    /// Other ids of the request, by Okta's own word. What an event names is none.
    pub aliases: &'a [RequestId],
    /// The request, if it was read already.
    pub read: Option<&'a AccessRequest>,
}

impl<'a> Lead<'a> {
    /// An event about which Okta was not asked yet.
    #[must_use]
    pub fn of(event: &'a RequestEvent) -> Lead<'a> {
        Lead { event, aliases: &[], read: None }
    }
}
