//! [`Authorization`]: the headers that show Okta who sends a call. They hold an API token as it is, or an access
//! token of the service app; if that is bound, they also hold a proof for each try. It also decides what to try
//! after a refusal.

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::call::Call;
use super::dpop::{self, DPOP};
use super::error::OktaError;
use super::exchange::Exchange;
use super::refusal::{Refusal, Trial};
use super::sending::{Route, Sign, sensitive};
use super::tokens::Tokens;
use crate::credential::Credential;
use crate::deadline::Deadline;
use crate::secret::{HeldCredential, Secret};

/// The credential that one call uses, and what was renewed for it.
pub(super) struct Authorization<'a> {
    secret: &'a Secret,
    tokens: &'a Tokens,
    refusal: &'a Refusal,
    route: Route<'a>,
    deadline: Deadline,
    held: HeldCredential,
    /// When the access token of the last try was fetched.
    token_fetched: Option<Instant>,
    /// The secret was read again because Okta had refused the app or the key.
    read_again: bool,
    /// The credential was renewed because Okta had refused the call.
    renewed: bool,
    nonce_taken: bool,
    /// This call tries the renewed credential for all.
    trial: Option<Trial<'a>>,
}

impl<'a> Authorization<'a> {
    /// Takes the credential; reads it if there is none yet.
    pub(super) async fn new(
        secret: &'a Secret,
        tokens: &'a Tokens,
        refusal: &'a Refusal,
        route: Route<'a>,
        deadline: Deadline,
    ) -> Result<Authorization<'a>, OktaError> {
        let held = secret.get(deadline).await.map_err(OktaError::Secret)?;
        Ok(Authorization {
            secret,
            tokens,
            refusal,
            route,
            deadline,
            held,
            token_fetched: None,
            read_again: false,
            renewed: false,
            nonce_taken: false,
            trial: None,
        })
    }

    /// What signs the tries of this call.
    pub(super) fn of<'s>(&'s mut self, call: &'s Call) -> Signing<'s, 'a> {
        Signing { authorization: self, call }
    }

    /// The headers for one try. If Okta refuses the service app or its key, the secret is read again once:
    /// the key may have been replaced.
    async fn headers(&mut self, call: &Call) -> Result<HeaderMap, OktaError> {
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
                    let proof = self.tokens.dpop().proof(call.endpoint, url.as_str(), Some(value))?;
                    let mut headers = headers("DPoP", value);
                    headers.insert(DPOP, sensitive(&proof));
                    return Ok(headers);
                }
                Err(error) => self.no_token(error).await?,
            }
        }
    }

    /// Keeps the nonce that an answer brings. Returns whether the call is to be sent again with it.
    pub(super) fn takes_nonce(&mut self, call: &Call, exchange: &Exchange) -> bool {
        self.tokens.dpop().take_nonce(call.endpoint, &exchange.headers)
            && dpop::demands_nonce(exchange)
            && !std::mem::replace(&mut self.nonce_taken, true)
    }

    /// After a 401: renews the credential, which may have been rotated or revoked. If it succeeds, the call
    /// is to be sent again; it fails if Okta refuses the credential for good.
    pub(super) async fn refused(&mut self, call: &Call, error: OktaError) -> Result<(), OktaError> {
        let is_token = matches!(&*self.held.credential, Credential::ApiToken(_));
        if call.endpoint.is_request_list() && (is_token || self.renewed) {
            self.trial = None;
            return Err(error.of_closed_list());
        }
        if self.renewed || !self.renew().await? {
            self.refusal.refused_again(&error);
            self.trial = None;
            return Err(error);
        }
        self.trial = self.refusal.trial(call.endpoint).await?;
        Ok(())
    }

    /// Notes that Okta accepted the credential: if it is refused later, it has changed since.
    pub(super) fn accepted(&mut self) {
        self.held.accept();
        self.refusal.accepted();
        self.trial = None;
    }

    /// After a call for an access token failed. If it succeeds, there is another credential to try.
    async fn no_token(&mut self, error: OktaError) -> Result<(), OktaError> {
        self.refusal.check()?;
        let may_be_replaced =
            matches!(&error, OktaError::InvalidClient { fault, .. } if fault.is_of_the_secret());
        if may_be_replaced && !self.read_again {
            self.read_again = true;
            if self.read_again().await? {
                return Ok(());
            }
        }
        let lasts = error.is_lasting_answer();
        let error = OktaError::Token(Box::new(error));
        if lasts {
            self.refusal.lasts(&error);
        }
        Err(error)
    }

    /// Reads the secret again for an API token, or drops the access token of a service app. Returns whether
    /// another try makes sense. That is true once: a credential that was just renewed is refused for good.
    async fn renew(&mut self) -> Result<bool, OktaError> {
        self.renewed = match &*self.held.credential {
            Credential::ServiceApp(_) => {
                self.tokens.forget(self.token_fetched).await;
                true
            }
            Credential::ApiToken(_) => self.read_again().await?,
        };
        Ok(self.renewed)
    }

    /// Whether the secret holds another credential than the refused one; it is used from now on.
    async fn read_again(&mut self) -> Result<bool, OktaError> {
        let newer = self.secret.after_refusal(&self.held, self.deadline).await.map_err(OktaError::Secret)?;
        let found = newer.is_some();
        if let Some(newer) = newer {
            self.held = newer;
        }
        Ok(found)
    }
}

/// An [`Authorization`] for the tries of one call.
pub(super) struct Signing<'s, 'a> {
    authorization: &'s mut Authorization<'a>,
    call: &'s Call,
}

impl Sign for Signing<'_, '_> {
    fn sign(&mut self) -> LocalBoxFuture<'_, Result<(HeaderMap, Option<Bytes>), OktaError>> {
        let Signing { authorization, call } = self;
        async { Ok((authorization.headers(call).await?, call.body.clone())) }.boxed_local()
    }
}

fn headers(scheme: &str, token: &str) -> HeaderMap<HeaderValue> {
    HeaderMap::from_iter([(AUTHORIZATION, sensitive(&format!("{scheme} {token}")))])
}
