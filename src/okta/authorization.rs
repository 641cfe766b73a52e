//! [`Authorization`]: the headers that show Okta who sends a call: an API token as it is, or an access token
//! of the service app, with a proof for each try if the token is bound. It also decides what to try after a
//! refusal.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::call::Call;
use super::error::OktaError;
use super::sending::Route;
use super::tokens::{DPOP, Tokens, sensitive};
use crate::credential::Credential;
use crate::deadline::Deadline;
use crate::secret::{HeldCredential, Secret};

/// The credential that one call uses, and what was renewed for it.
pub(super) struct Authorization<'a> {
    secret: &'a Secret,
    tokens: &'a Tokens,
    route: Route<'a>,
    deadline: Deadline,
    held: HeldCredential,
    /// When the access token of the last try was fetched.
    token_fetched: Option<Instant>,
    renewed: bool,
}

impl<'a> Authorization<'a> {
    /// Takes the credential; reads it if there is none yet.
    pub(super) async fn new(
        secret: &'a Secret,
        tokens: &'a Tokens,
        route: Route<'a>,
        deadline: Deadline,
    ) -> Result<Authorization<'a>, OktaError> {
        let held = secret.get(deadline).await.map_err(OktaError::Secret)?;
        Ok(Authorization { secret, tokens, route, deadline, held, token_fetched: None, renewed: false })
    }

    /// The headers for one try. If Okta refuses the service app's key, the secret is read again once: the key
    /// may have been replaced.
    pub(super) async fn headers(&mut self, call: &Call) -> Result<HeaderMap, OktaError> {
        let mut read_again = false;
        loop {
            let app = match &*self.held.credential {
                Credential::ApiToken(token) => return Ok(headers("SSWS", token.expose_secret())),
                Credential::ServiceApp(app) => app,
            };
            match self.tokens.get(app, self.route, self.deadline).await {
                Ok(token) => {
                    self.token_fetched = Some(token.fetched);
                    let value = token.value.expose_secret();
                    if !token.bound {
                        return Ok(headers("Bearer", value));
                    }
                    let url = self.route.org.join(&call.path);
                    let proof = self.tokens.proof(call.endpoint, url.as_str(), Some(&token))?;
                    let mut headers = headers("DPoP", value);
                    headers.insert(DPOP, sensitive(&proof));
                    return Ok(headers);
                }
                Err(refused @ OktaError::InvalidClient { .. }) if !read_again => {
                    read_again = true;
                    if !self.read_again().await? {
                        return Err(refused);
                    }
                }
                Err(error) => return Err(OktaError::Token(Box::new(error))),
            }
        }
    }

    /// After a 401: reads the secret again for an API token, or drops the access token of a service app.
    /// Returns whether another try makes sense. That is true once: a credential that was just renewed is
    /// refused for good.
    pub(super) async fn renew(&mut self) -> Result<bool, OktaError> {
        if self.renewed {
            return Ok(false);
        }
        self.renewed = match &*self.held.credential {
            Credential::ServiceApp(_) => {
                self.tokens.forget(self.token_fetched).await;
                true
            }
            Credential::ApiToken(_) => self.read_again().await?,
        };
        Ok(self.renewed)
    }

    /// Notes that Okta accepted the credential: if it is refused later, it has changed since.
    pub(super) fn accepted(&self) {
        self.held.accept();
    }

    /// Whether the secret may hold another credential than the refused one; it is used from now on.
    async fn read_again(&mut self) -> Result<bool, OktaError> {
        let newer = self.secret.after_refusal(&self.held, self.deadline).await.map_err(OktaError::Secret)?;
        let found = newer.is_some();
        if let Some(newer) = newer {
            self.held = newer;
        }
        Ok(found)
    }
}

fn headers(scheme: &str, token: &str) -> HeaderMap<HeaderValue> {
    HeaderMap::from_iter([(AUTHORIZATION, sensitive(&format!("{scheme} {token}")))])
}
