//! [`OktaClient`]: the one way to send a call to the org. It adds the credential, keeps the deadline and the
//! rate limits, and turns an answer into a value or an [`OktaError`]. The calls themselves stand in the files
//! of their nouns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::answers;
use super::authorization::Authorization;
use super::call::Call;
use super::cursor;
use super::doubt::Doubt;
use super::dpop::Dpop;
use super::endpoint::{self, Endpoint};
use super::error::OktaError;
use super::knowledge::Knowledge;
use super::meter::Meter;
use super::org::OrgUrl;
use super::rate_limit::{RateLimits, Usage};
use super::refusal::Refusal;
use super::sending::{Route, Sending};
use super::tokens::Tokens;
use crate::STEPS;
use crate::credential::Credential;
use crate::deadline::{Deadline, within};
use crate::json;
use crate::secret::Secret;
use crate::surroundings::Surroundings;

/// A client of one org. Clones share everything.
#[derive(Clone, Debug)]
pub struct OktaClient {
    shared: Arc<Shared>,
    own: Arc<Own>,
}

/// What each attempt's client has for itself.
#[derive(Debug, Default)]
struct Own {
    meter: Meter,
    refusal: Refusal,
    doubt: Doubt,
}

#[derive(Debug)]
struct Shared {
    surroundings: Surroundings,
    org: OrgUrl,
    secret: Arc<Secret>,
    limits: Arc<RateLimits>,
    tokens: Tokens,
    knowledge: Knowledge,
}

impl OktaClient {
    /// A client that has sent nothing yet. A service app's token is asked for the scopes of `endpoints`.
    #[must_use]
    pub fn new(
        surroundings: Surroundings,
        org: OrgUrl,
        secret: Arc<Secret>,
        endpoints: &[Endpoint],
    ) -> OktaClient {
        let dpop = Arc::new(Dpop::new(surroundings.clock, surroundings.luck.clone()));
        let tokens = Tokens::new(endpoint::scopes(endpoints), dpop);
        OktaClient::with(surroundings, org, secret, Arc::default(), tokens)
    }

    /// A client of the same org with the same credential, connections and limits. Its token is another one,
    /// asked for the scopes of `endpoints`. So a scope that is not granted for these calls does not harm the
    /// other client's calls.
    #[must_use]
    pub fn for_endpoints(&self, endpoints: &[Endpoint]) -> OktaClient {
        let Shared { surroundings, org, secret, limits, tokens, .. } = &*self.shared;
        let tokens = Tokens::new(endpoint::scopes(endpoints), Arc::clone(tokens.dpop()));
        OktaClient::with(surroundings.clone(), org.clone(), Arc::clone(secret), Arc::clone(limits), tokens)
    }

    /// The same client for one attempt: [`calls`](OktaClient::calls) and [`waited`](OktaClient::waited) begin
    /// at zero, and what it learns of a refused credential holds for this attempt alone.
    #[must_use]
    pub fn for_attempt(&self) -> OktaClient {
        let own = Arc::new(Own { doubt: Doubt::new(), ..Own::default() });
        OktaClient { shared: Arc::clone(&self.shared), own }
    }

    fn with(
        surroundings: Surroundings,
        org: OrgUrl,
        secret: Arc<Secret>,
        limits: Arc<RateLimits>,
        tokens: Tokens,
    ) -> OktaClient {
        let knowledge = Knowledge::default();
        let shared = Arc::new(Shared { surroundings, org, secret, limits, tokens, knowledge });
        OktaClient { shared, own: Arc::default() }
    }

    /// The address of the org.
    #[must_use]
    pub fn org(&self) -> &OrgUrl {
        &self.shared.org
    }

    /// How many calls this client's meter has counted. Calls for access tokens are not counted.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.own.meter.calls()
    }

    /// How long calls on this client's meter have waited for rate limits. Waits at the same time add up.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.own.meter.waited()
    }

    /// How often each endpoint was called so far, and its limit. All clients that share limits are counted.
    #[must_use]
    pub fn usage(&self) -> HashMap<Endpoint, Usage> {
        self.shared.limits.usage()
    }

    /// From now on, leaves `percent` of each rate limit to other programs.
    pub fn spare(&self, percent: u64) {
        self.shared.limits.spare(percent);
    }

    /// Scopes that were asked for and that the service app does not have.
    #[must_use]
    pub fn lacking_scopes(&self) -> Vec<String> {
        self.shared.tokens.lacking()
    }

    /// Prepares the first event: reads the credential and opens a connection at the same time, then fetches the
    /// access token. A failure is only logged among the steps: the call that needs it fails again and reports
    /// it.
    pub async fn warm(&self, deadline: Deadline) {
        let Shared { surroundings: Surroundings { http, .. }, org, .. } = &*self.shared;
        let open = async {
            if let Err(error) = http.client().open_ahead(org.join("/")).await {
                tracing::info!(target: STEPS, %error, "the connection to Okta could not be opened ahead");
            }
        };
        let open = within(deadline.remaining(), open);
        // In this order: the network works while the SDK makes its first call.
        let (_, credential) = tokio::join!(open, self.credential(deadline));
        let ready = match credential {
            Ok(credential) => self.fetch_token(&credential, deadline).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ready {
            tracing::info!(target: STEPS, %error, "the credential could not be made ready ahead");
        }
    }

    /// The credential in use; read from the secret if there is none yet.
    pub(super) async fn credential(&self, deadline: Deadline) -> Result<Arc<Credential>, OktaError> {
        let held = self.shared.secret.get(deadline).await.map_err(OktaError::Secret)?;
        Ok(held.credential)
    }

    /// Which version of the secret is in use: what holds for one credential may not hold for another.
    pub(super) async fn credential_version(&self, deadline: Deadline) -> Result<u64, OktaError> {
        Ok(self.shared.secret.get(deadline).await.map_err(OktaError::Secret)?.version)
    }

    /// Fetches the access token of a service app, unless there is a valid one.
    pub(super) async fn fetch_token(
        &self,
        credential: &Credential,
        deadline: Deadline,
    ) -> Result<(), OktaError> {
        match credential {
            Credential::ApiToken(_) => Ok(()),
            Credential::ServiceApp(app) => {
                self.shared.tokens.get(app, self.route(), deadline).await.map(drop)
            }
        }
    }

    /// Whether Okta has accepted the credential for a call of this attempt.
    pub(super) fn is_accepted(&self) -> bool {
        self.own.refusal.is_accepted()
    }

    /// For calls that take no credential.
    pub(super) fn surroundings(&self) -> &Surroundings {
        &self.shared.surroundings
    }

    /// What is known already.
    pub(super) fn knowledge(&self) -> &Knowledge {
        &self.shared.knowledge
    }

    /// Sends a call and reads its answer as JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        call: Call,
        deadline: Deadline,
    ) -> Result<T, OktaError> {
        self.page(call, deadline).await.map(|(answer, _)| answer)
    }

    /// Sends a call and reads its answer as JSON; with it comes the cursor of the next page, if there is one.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        call: Call,
        deadline: Deadline,
    ) -> Result<(T, Option<String>), OktaError> {
        let name = call.name();
        // Boxed: it is a large future, and many of them are in flight.
        let (headers, body) = Box::pin(self.send(call, deadline)).await?;
        let cause = match json::from_slice(&body) {
            Ok(answer) => match cursor::of_headers(&headers) {
                Ok(next) => return Ok((answer, next)),
                Err(cursor::UnreadableLink) => cursor::UNREADABLE_LINK.to_owned(),
            },
            Err(_) if body.is_empty() => "the answer is empty".to_owned(),
            // serde_json's own text may quote the answer.
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                format!("the answer is not the expected JSON (line {line}, column {column})")
            }
        };
        Err(OktaError::Unreadable { call: name, cause })
    }

    /// Sends a call until it is answered or fails for good. After a 401 the credential is renewed once,
    /// because it may have been rotated or revoked. It is not sent if Okta has refused the credential before
    /// in this attempt.
    pub(super) async fn send(&self, call: Call, deadline: Deadline) -> Result<(HeaderMap, Bytes), OktaError> {
        let (Shared { secret, limits, tokens, .. }, Own { refusal, .. }) = (&*self.shared, &*self.own);
        let route = self.route();
        let mut authorization = Authorization::new(secret, tokens, refusal, route, deadline).await?;
        let sending = Sending::new(route, &call, Some(limits), deadline);
        sending
            .until_answered(async |sending| {
                loop {
                    refusal.check()?;
                    let exchange = sending.once(&mut authorization.of(&call)).await?;
                    limits.note(call.endpoint, &exchange.headers);
                    if authorization.takes_nonce(&call, &exchange) {
                        continue;
                    }
                    match answers::read(&call, exchange) {
                        Err(error @ OktaError::Unauthorized { .. }) => {
                            authorization.refused(&call, error).await?;
                        }
                        answered => {
                            if !answered.as_ref().is_err_and(|error| !error.knows_the_caller()) {
                                authorization.accepted();
                            }
                            return answered;
                        }
                    }
                }
            })
            .await
    }

    fn route(&self) -> Route<'_> {
        let Shared { surroundings: Surroundings { http, clock, luck }, org, .. } = &*self.shared;
        let Own { meter, doubt, .. } = &*self.own;
        Route { http, clock: *clock, luck, org, meter, doubt }
    }
}

#[cfg(test)]
mod tests {
    use okta_simulator::Simulator;

    use super::*;
    use crate::request::UserId;

    #[tokio::test]
    async fn each_attempt_has_a_meter_of_its_own_and_shares_the_limits() {
        let okta = Simulator::start().await.unwrap();
        let secret = Arc::new(Secret::given(Credential::parse(&okta.token()).unwrap()));
        let org = OrgUrl::parse(&okta.url()).unwrap();
        let client = OktaClient::new(Surroundings::real(None, true).unwrap(), org, secret, &[]);
        let (one, other) = (client.for_attempt(), client.for_attempt());
        let id = UserId::parse("00u00000000000000000").unwrap();
        let deadline = Deadline::after(Duration::from_secs(20));
        assert!(matches!(one.user(&id, deadline).await, Err(OktaError::NotFound { .. })));
        assert_eq!((one.calls(), other.calls(), client.calls()), (1, 0, 0));
        assert_eq!(other.usage()[&Endpoint::User].calls, 1);
        assert_eq!(one.waited(), Duration::ZERO);
    }
}
