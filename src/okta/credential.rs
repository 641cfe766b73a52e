//! How a call shows who sends it: an API token as it is, or an access token of the service app, fetched once,
//! shared, renewed shortly before its end, and bound to a key pair by DPoP where Okta asks for that. Okta
//! developer guides: "Implement OAuth for Okta with a service app", "Configure OAuth 2.0 Demonstrating
//! Proof-of-Possession"; RFC 7523 (assertion), RFC 9449 (DPoP).

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use url::form_urlencoded;

use super::endpoint::Endpoint;
use super::error::OktaError;
use super::{Body, Call, Exchange, OktaClient, Tries};
use crate::deadline::Deadline;
use crate::jws::{self, SigningKey};
use crate::secret::{Credential, HeldCredential, ServiceApp};

/// How far ahead an assertion expires; Okta takes an hour at most.
const ASSERTION_LIFE: Duration = Duration::from_mins(5);

/// How long before its end an access token is renewed; a tenth of its life where that is less.
const RENEW_BEFORE: Duration = Duration::from_mins(1);

/// Whatever Okta says: a token is renewed after a day.
const LONGEST_LIFE: Duration = Duration::from_hours(24);

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The access token of this process, and what it takes to get one.
#[derive(Debug)]
pub(super) struct Tokens {
    /// Asked for: what the policy in force needs.
    scopes: Vec<&'static str>,
    held: tokio::sync::Mutex<Option<AccessToken>>,
    /// For DPoP proofs; made new in each process that has a service app's credential, and never leaves it. `None` only if
    /// the system has no randomness.
    key: LazyLock<Option<SigningKey>>,
    /// Okta's latest nonce for the token call; it is good for 24 hours.
    nonce: Mutex<Option<String>>,
    /// Scopes asked for and not granted.
    lacking: Mutex<Vec<String>>,
}

#[derive(Clone, Debug)]
struct AccessToken {
    value: SecretString,
    /// `token_type` was `DPoP`: each call carries a proof.
    bound: bool,
    fetched: Instant,
    renew_at: Instant,
    /// Of which app and key; another one in the secret makes it old.
    client_id: String,
    key_id: String,
}

#[derive(Deserialize)]
struct Grant {
    token_type: String,
    access_token: SecretString,
    expires_in: Option<u64>,
    scope: Option<String>,
}

impl Tokens {
    pub(super) fn new(scopes: Vec<&'static str>) -> Tokens {
        Tokens {
            scopes,
            held: tokio::sync::Mutex::default(),
            key: LazyLock::new(|| SigningKey::generate().ok()),
            nonce: Mutex::default(),
            lacking: Mutex::default(),
        }
    }

    /// Scopes that were asked for and that Okta did not grant.
    pub(super) fn lacking(&self) -> Vec<String> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn nonce(&self) -> Option<String> {
        self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps the nonce of an answer; whether there was one.
    fn take_nonce(&self, headers: &HeaderMap) -> bool {
        let Some(nonce) = headers.get(DPOP_NONCE).and_then(|nonce| nonce.to_str().ok()) else { return false };
        *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce.to_owned());
        true
    }

    /// A fresh proof for one try of one call. `url` has no query.
    fn proof(&self, endpoint: Endpoint, url: &str, token: Option<&AccessToken>) -> Result<String, OktaError> {
        let mut claims = json!({
            "htm": endpoint.method().as_str(), "htu": url, "iat": Timestamp::now().as_second(), "jti": unique_id()?,
        });
        match (token, self.nonce()) {
            (Some(token), _) => claims["ath"] = jws::sha256(token.value.expose_secret()).into(),
            (None, Some(nonce)) => claims["nonce"] = nonce.into(),
            (None, None) => {}
        }
        let key = self.key.as_ref().ok_or(OktaError::NoRandomness)?;
        key.dpop_proof(&claims).map_err(|_| OktaError::NoRandomness)
    }
}

impl OktaClient {
    /// The headers that authorize one try of a call, and when the access token in them was fetched. A service app whose key Okta refuses costs one new read of the
    /// secret: the key may have been rolled.
    pub(super) async fn authorize(
        &self,
        held: &mut HeldCredential,
        call: &Call,
        deadline: Deadline,
    ) -> Result<(HeaderMap, Option<Instant>), OktaError> {
        let mut read_anew = false;
        loop {
            let app = match &*held.credential {
                Credential::ApiToken(token) => {
                    return Ok((header(AUTHORIZATION, "SSWS", token.expose_secret()), None));
                }
                Credential::ServiceApp(app) => app,
            };
            match self.access_token(app, deadline).await {
                Ok(token) if token.bound => {
                    let url = self.org.join(&call.path);
                    let proof = self.tokens.proof(call.endpoint, url.as_str(), Some(&token))?;
                    let mut headers = header(AUTHORIZATION, "DPoP", token.value.expose_secret());
                    headers.insert(DPOP, sensitive(&proof));
                    return Ok((headers, Some(token.fetched)));
                }
                Ok(token) => {
                    return Ok((
                        header(AUTHORIZATION, "Bearer", token.value.expose_secret()),
                        Some(token.fetched),
                    ));
                }
                Err(refused @ OktaError::InvalidClient { .. }) if !read_anew => {
                    read_anew = true;
                    match self.secret.after_refusal(held, deadline).await.map_err(OktaError::Secret)? {
                        Some(newer) => *held = newer,
                        None => return Err(refused),
                    }
                }
                Err(error) => return Err(OktaError::Token(Box::new(error))),
            }
        }
    }

    /// What to try after a 401: for an API token the secret read anew, for a service app another access token.
    /// `false` where nothing can have changed.
    pub(super) async fn renew(
        &self,
        held: &mut HeldCredential,
        used: Option<Instant>,
        deadline: Deadline,
    ) -> Result<bool, OktaError> {
        match &*held.credential {
            Credential::ServiceApp(_) => {
                let mut token = self.tokens.held.lock().await;
                // Another call may have renewed it already.
                if token.as_ref().map(|token| token.fetched) == used {
                    *token = None;
                }
            }
            Credential::ApiToken(_) => match self.secret.after_refusal(held, deadline).await {
                Ok(Some(newer)) => *held = newer,
                Ok(None) => return Ok(false),
                Err(error) => return Err(OktaError::Secret(error)),
            },
        }
        Ok(true)
    }

    /// Fetches the access token ahead of the first call that needs one.
    pub(super) async fn warm_token(
        &self,
        held: &HeldCredential,
        deadline: Deadline,
    ) -> Result<(), OktaError> {
        match &*held.credential {
            Credential::ApiToken(_) => Ok(()),
            Credential::ServiceApp(app) => self.access_token(app, deadline).await.map(drop),
        }
    }

    /// The token in hand, or a new one; concurrent callers share one fetch.
    async fn access_token(&self, app: &ServiceApp, deadline: Deadline) -> Result<AccessToken, OktaError> {
        let mut held = self.tokens.held.lock().await;
        if let Some(token) = &*held
            && Instant::now() < token.renew_at
            && (&token.client_id, &token.key_id) == (&app.client_id, &app.key_id)
        {
            return Ok(token.clone());
        }
        let token = match self.fetch_token(app, &self.tokens.scopes, deadline).await {
            Err(OktaError::InvalidScope { .. }) => self.fetch_token_of_what_is_granted(app, deadline).await,
            token => token,
        }?;
        Ok(held.insert(token).clone())
    }

    /// Okta refuses all scopes when one is not granted to the app, and does not say which: asked for one by one, the
    /// others still serve. What is lacking is told by each log line, and by the call that needs it.
    async fn fetch_token_of_what_is_granted(
        &self,
        app: &ServiceApp,
        deadline: Deadline,
    ) -> Result<AccessToken, OktaError> {
        let asked = &self.tokens.scopes;
        let tries =
            join_all(asked.iter().map(|scope| self.fetch_token(app, std::slice::from_ref(scope), deadline)))
                .await;
        let mut granted = Vec::new();
        for (scope, tried) in asked.iter().zip(tries) {
            match tried {
                Ok(_) => granted.push(*scope),
                Err(OktaError::InvalidScope { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if granted.is_empty() {
            return Err(OktaError::InvalidScope { asked: asked.join("`, `") });
        }
        let token = self.fetch_token(app, &granted, deadline).await?;
        let lacking = asked.iter().filter(|scope| !granted.contains(scope)).map(|scope| (*scope).to_owned());
        self.tokens.lacking.lock().unwrap_or_else(PoisonError::into_inner).extend(lacking);
        Ok(token)
    }

    async fn fetch_token(
        &self,
        app: &ServiceApp,
        scopes: &[&str],
        deadline: Deadline,
    ) -> Result<AccessToken, OktaError> {
        let exchange = match self.ask_for_token(app, scopes, deadline).await? {
            // The dance of RFC 9449, section 8: the answer brings the nonce that the proof must hold.
            refused
                if refused.status == StatusCode::BAD_REQUEST && self.tokens.take_nonce(&refused.headers) =>
            {
                self.ask_for_token(app, scopes, deadline).await?
            }
            exchange => exchange,
        };
        self.tokens.take_nonce(&exchange.headers);
        let call = || Call::new(Endpoint::Token).name();
        let body = match (exchange.status.is_success(), &exchange.body) {
            (true, Ok(Body::Whole(body))) => body,
            (false, Ok(Body::Whole(body) | Body::Start(body))) => {
                return Err(OktaError::of_token_answer(call(), &exchange, body, app, scopes));
            }
            (false, Err(_)) => return Err(OktaError::of_token_answer(call(), &exchange, &[], app, scopes)),
            (true, _) => {
                let cause = "the answer broke off or is too large".to_owned();
                return Err(OktaError::Unreadable { call: call(), cause });
            }
        };
        let grant: Grant = serde_json::from_slice(body).map_err(|error| OktaError::Unreadable {
            call: call(),
            cause: format!("the answer is not a token (line {}, column {})", error.line(), error.column()),
        })?;
        if let Some(granted) = &grant.scope {
            let granted: Vec<&str> = granted.split(' ').collect();
            *self.tokens.lacking.lock().unwrap_or_else(PoisonError::into_inner) = scopes
                .iter()
                .filter(|scope| !granted.contains(scope))
                .map(|scope| (*scope).to_owned())
                .collect();
        }
        let life = Duration::from_secs(grant.expires_in.unwrap_or(3600)).min(LONGEST_LIFE);
        Ok(AccessToken {
            bound: grant.token_type.eq_ignore_ascii_case("DPoP"),
            value: grant.access_token,
            fetched: Instant::now(),
            renew_at: Instant::now() + life.saturating_sub(RENEW_BEFORE.min(life / 10)),
            client_id: app.client_id.clone(),
            key_id: app.key_id.clone(),
        })
    }

    /// The token call, sent again where it failed and that may pass. The proof is sent unasked: Okta asks for one of every new service app, and asking
    /// first would cost each cold start a round trip. Whether the token is bound is what its `token_type` says.
    async fn ask_for_token(
        &self,
        app: &ServiceApp,
        scopes: &[&str],
        deadline: Deadline,
    ) -> Result<Exchange, OktaError> {
        let call = Call::new(Endpoint::Token);
        let mut tries = Tries::new();
        loop {
            let error = match self.ask_once(app, scopes, &call, &mut tries, deadline).await {
                Ok(exchange)
                    if exchange.status == StatusCode::TOO_MANY_REQUESTS
                        || exchange.status.is_server_error() =>
                {
                    OktaError::of_answer(call.name(), exchange.status, &exchange.headers, &[])
                }
                Ok(exchange) => return Ok(exchange),
                Err(error) => error,
            };
            self.before_next_try(&mut tries, &call, error, deadline).await?;
        }
    }

    async fn ask_once(
        &self,
        app: &ServiceApp,
        scopes: &[&str],
        call: &Call,
        tries: &mut Tries,
        deadline: Deadline,
    ) -> Result<Exchange, OktaError> {
        let url = self.org.join(&call.path);
        let now = Timestamp::now().as_second();
        let life = i64::try_from(ASSERTION_LIFE.as_secs()).unwrap_or(300);
        let claims = json!({
            "iss": app.client_id, "sub": app.client_id, "aud": url.as_str(), "iat": now, "exp": now + life, "jti": unique_id()?,
        });
        let assertion = app.key.jwt(&app.key_id, &claims).map_err(|_| OktaError::NoRandomness)?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", &scopes.join(" "))
            .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .append_pair("client_assertion", &assertion)
            .finish();
        let request = self
            .client(tries)
            .post(url.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(DPOP, sensitive(&self.tokens.proof(Endpoint::Token, url.as_str(), None)?))
            .body(form);
        self.exchange(request.headers(tries.headers()), call, tries.timeout(call), deadline).await
    }
}

fn unique_id() -> Result<String, OktaError> {
    jws::unique_id().map_err(|_| OktaError::NoRandomness)
}

fn header(name: HeaderName, scheme: &str, token: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, sensitive(&format!("{scheme} {token}")))])
}

/// A header's value that no debug output shows. One that can't be a header is sent empty, and refused.
fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}
