//! Probes: what a credential is and which calls it may make, found out by calls that change nothing. They are
//! sent like every other call, so they meet the same credential, limits and answers.
//!
//! Okta answers 403 if a scope or a role is missing, before it looks for the thing that the call names. So
//! 404 shows that the call is allowed. (This order was observed; Okta does not promise it.) A probe can't
//! find out which part of all things a role may see.

use std::time::Duration;

use serde_json::json;

use super::call::{Call, Tries};
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::{OktaAnswer, OktaError};
use crate::credential::Credential;
use crate::deadline::Deadline;
use crate::json::Object;
use crate::request::{Api, UserId};

/// How long the question may take whether the message endpoint is alive. A post that takes longer is rare.
const LONGEST_QUESTION: Duration = Duration::from_secs(10);

/// Who a credential belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// An API token of this user; `None` if Okta does not say which.
    User(Option<UserId>),
    /// A service app whose key Okta accepts.
    ServiceApp,
}

impl OktaClient {
    /// Who the credential belongs to, found out by a call that only a valid credential passes. For a service
    /// app that is the call for a token.
    pub async fn identity(&self, deadline: Deadline) -> Result<Identity, OktaError> {
        let credential = self.credential(deadline).await?;
        match &*credential {
            Credential::ServiceApp(_) => {
                self.fetch_token(&credential, deadline).await.map(|()| Identity::ServiceApp)
            }
            Credential::ApiToken(_) => {
                let user: Object = self.json(Call::on(Endpoint::User, "me"), deadline).await?;
                Ok(Identity::User(user.text("id").as_deref().and_then(UserId::parse)))
            }
        }
    }

    /// Checks that the credential may make this call. A list is read; any other call names an id that nothing
    /// has.
    ///
    /// # A message is never posted
    ///
    /// Only an attempt to post shows whether posting is allowed. So the call names a request that can't
    /// exist, by a constant of `endpoint.rs`. Okta answers 403 to a credential without the right, and 404 to
    /// one that has it.
    pub async fn probe(&self, endpoint: Endpoint, deadline: Deadline) -> Result<(), OktaError> {
        if endpoint == Endpoint::Token {
            return self.identity(deadline).await.map(drop);
        }
        match self.ask(endpoint, Tries::Several, deadline).await {
            Err(OktaError::NotFound { .. }) if endpoint.unused_id().is_some() => Ok(()),
            answered => answered,
        }
    }

    /// Asks once whether Okta's message endpoint is alive, by the probe of it. Any refusal in Okta's own form
    /// shows that it is. It waits for no rate limit, and takes half of the time that is left at most: the
    /// other half is for the post. It counts against the rate limit of the posts.
    ///
    /// # Errors
    ///
    /// Fails after 429, 5xx, an answer that is not Okta's, or none.
    pub async fn takes_messages(&self, api: Api, deadline: Deadline) -> Result<(), OktaError> {
        let limit = LONGEST_QUESTION.min(deadline.remaining() / 2);
        match self.ask(api.messages(), Tries::One, deadline.at_most(limit)).await {
            Err(error) if error.answer().is_some_and(OktaAnswer::is_refusal_of_okta) => Ok(()),
            answered => answered,
        }
    }

    async fn ask(&self, endpoint: Endpoint, tries: Tries, deadline: Deadline) -> Result<(), OktaError> {
        let mut call = match endpoint.unused_id() {
            Some(id) => Call::on(endpoint, id),
            None => Call::new(endpoint),
        };
        if let Some(filter) = unused_filter(endpoint) {
            call = call.with_query(&[("filter", filter)]);
        }
        match endpoint {
            Endpoint::Users | Endpoint::RequestsV1 | Endpoint::RequestsV2 | Endpoint::Tasks => {
                call.query = Some("limit=1".to_owned());
            }
            Endpoint::MessageV1 | Endpoint::MessageV2 => {
                call.content_type = Some("application/json");
                // A valid body: otherwise Okta might answer 400 before it looks at the right.
                let message = "A probe of okta-request-enricher, on a request that does not exist";
                call.body = Some(json!({ "message": message }).to_string().into());
            }
            _ => {}
        }
        call.tries = tries;
        let (name, posts) = (call.name(), call.body.is_some());
        match Box::pin(self.send(call, deadline)).await {
            Ok(_) if posts => {
                let cause =
                    "the answer says that a request that does not exist took a message, which Okta would not";
                Err(OktaError::Unreadable { call: name, cause: cause.to_owned() })
            }
            answered => answered.map(drop),
        }
    }

    /// How many calls a minute Okta allows for this endpoint; `None` if no answer has said so yet.
    #[must_use]
    pub fn limit_of(&self, endpoint: Endpoint) -> Option<u64> {
        self.usage().get(&endpoint)?.limit
    }
}

/// A filter that nothing matches, for a list that Okta does not show without one.
fn unused_filter(endpoint: Endpoint) -> Option<&'static str> {
    match endpoint {
        Endpoint::Grants => Some(
            r#"targetPrincipal.externalId eq "00u00000000000000000" AND targetPrincipal.type eq "OKTA_USER""#,
        ),
        Endpoint::ResourceLabels => {
            Some(r#"orn eq "orn:okta:directory:00o00000000000000000:groups:00g00000000000000000""#)
        }
        _ => None,
    }
}
