//! Posts the message of a request, and says what is known of it afterwards.

use crate::deadline::Deadline;
use crate::error::Error;
use crate::okta::OktaClient;
use crate::outcome::Post;
use crate::request::RequestId;

/// The one request that a message is posted on.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) id: &'a RequestId,
    /// The request was raised a moment ago.
    pub(super) young: bool,
    /// An earlier attempt may have posted a message on it.
    pub(super) may_have_message: bool,
}

/// Posts. If a message may stand already, this is the last post that the ledger allows, so it first asks
/// whether the message endpoint is alive: an outage must not spend it. That holds for `enricher redrive
/// --repost`, too.
pub(super) async fn post(
    okta: &OktaClient,
    Target { id, young, may_have_message }: Target<'_>,
    message: &str,
    deadline: Deadline,
) -> Result<(), (Error, Post)> {
    if may_have_message && let Err(error) = Box::pin(okta.takes_messages(id.api(), deadline)).await {
        return Err((Error::held_back(id, error), Post::No));
    }
    okta.post_message(id, message, deadline).await.map_err(|error| {
        let post = if error.nothing_was_done() { Post::No } else { Post::InDoubt };
        (Error::of_post(error, young), post)
    })
}
