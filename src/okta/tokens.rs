//! [`Tokens`]: the access tokens of a service app. A token is fetched once, shared, renewed shortly before
//! its end, and bound to a key pair by DPoP if Okta asks for that.
//!
//! Okta developer guides: "Implement OAuth for Okta with a service app", "Configure OAuth 2.0 Demonstrating
//! Proof-of-Possession"; RFC 7523 (assertion), RFC 9449 (DPoP).

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use url::form_urlencoded;

use super::call::Call;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::exchange::{Body, Exchange};
use super::sending::{Route, Sending};
use crate::credential::ServiceApp;
use crate::deadline::Deadline;
use crate::jws::{self, SigningKey};

/// How long an assertion is valid; Okta accepts an hour at most.
const ASSERTION_LIFE: Duration = Duration::from_mins(5);

/// How long before its end a token is renewed; a tenth of its life if that is less.
const RENEW_BEFORE: Duration = Duration::from_mins(1);

/// A token is renewed after a day, whatever Okta says.
const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// The header that holds a proof.
pub(super) const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The access token of this process, and what a new one takes.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The scopes that a token is asked for.
    scopes: Vec<&'static str>,
    held: tokio::sync::Mutex<Option<AccessToken>>,
    /// Signs DPoP proofs. Each process makes its own when it first needs one, and never shows it. `None` only
    /// if the system has no random numbers.
    key: LazyLock<Option<SigningKey>>,
    /// Okta's latest nonce for token calls; valid for 24 hours.
    nonce: Mutex<Option<String>>,
    /// Scopes that Okta did not grant.
    lacking: Mutex<Vec<String>>,
}

/// A token that Okta gave.
#[derive(Clone, Debug)]
pub(super) struct AccessToken {
    pub(super) value: SecretString,
    /// Okta said `token_type: DPoP`: each call must carry a proof.
    pub(super) bound: bool,
    pub(super) fetched: Instant,
    renew_at: Instant,
    /// The app and key it was made for. The token is not used with another one.
    client_id: String,
    key_id: String,
}

#[derive(Deserialize)]
struct TokenGrant {
    token_type: String,
    access_token: SecretString,
    expires_in: Option<u64>,
    scope: Option<String>,
}

impl Tokens {
    /// No token yet.
    pub(super) fn new(scopes: Vec<&'static str>) -> Tokens {
        Tokens {
            scopes,
            held: tokio::sync::Mutex::default(),
            key: LazyLock::new(|| SigningKey::generate().ok()),
            nonce: Mutex::default(),
            lacking: Mutex::default(),
        }
    }

    /// Scopes that were asked for and not granted.
    pub(super) fn lacking(&self) -> Vec<String> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The current token, or a new one; concurrent callers share one fetch.
    pub(super) async fn get(
        &self,
        app: &ServiceApp,
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<AccessToken, OktaError> {
        let mut held = self.held.lock().await;
        if let Some(token) = &*held
            && Instant::now() < token.renew_at
            && (&token.client_id, &token.key_id) == (&app.client_id, &app.key_id)
        {
            return Ok(token.clone());
        }
        let token = match self.fetch(app, &self.scopes, route, deadline).await {
            Err(OktaError::InvalidScope { .. }) => self.fetch_granted(app, route, deadline).await,
            token => token,
        }?;
        Ok(held.insert(token).clone())
    }

    /// Drops the token that was fetched at this time. Another call may have renewed it already.
    pub(super) async fn forget(&self, fetched: Option<Instant>) {
        let mut held = self.held.lock().await;
        if held.as_ref().map(|token| token.fetched) == fetched {
            *held = None;
        }
    }

    /// A new proof for one try of one call. `url` has no query; `token` is `None` for a token call.
    pub(super) fn proof(
        &self,
        endpoint: Endpoint,
        url: &str,
        token: Option<&AccessToken>,
    ) -> Result<String, OktaError> {
        let mut claims = json!({
            "htm": endpoint.method().as_str(),
            "htu": url,
            "iat": Timestamp::now().as_second(),
            "jti": unique_id()?,
        });
        match (token, self.nonce()) {
            (Some(token), _) => claims["ath"] = jws::sha256(token.value.expose_secret()).into(),
            (None, Some(nonce)) => claims["nonce"] = nonce.into(),
            (None, None) => {}
        }
        let key = self.key.as_ref().ok_or(OktaError::NoRandomness)?;
        key.dpop_proof(&claims).map_err(|_| OktaError::NoRandomness)
    }

    /// A token for the scopes that Okta grants. Okta refuses all scopes if one is not granted, and does not
    /// say which, so each is asked for alone. Log lines report the others, and so does the call that needs
    /// one.
    async fn fetch_granted(
        &self,
        app: &ServiceApp,
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<AccessToken, OktaError> {
        let asked = &self.scopes;
        let alone = asked.iter().map(|scope| self.fetch(app, std::slice::from_ref(scope), route, deadline));
        let tries = join_all(alone).await;
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
        let token = self.fetch(app, &granted, route, deadline).await?;
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner).extend(missing(asked, &granted));
        Ok(token)
    }

    async fn fetch(
        &self,
        app: &ServiceApp,
        scopes: &[&str],
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<AccessToken, OktaError> {
        let exchange = match self.ask(app, scopes, route, deadline).await? {
            // RFC 9449, section 8: the refusal contains the nonce that the next proof must hold.
            refused if refused.status == StatusCode::BAD_REQUEST && self.take_nonce(&refused.headers) => {
                self.ask(app, scopes, route, deadline).await?
            }
            exchange => exchange,
        };
        self.take_nonce(&exchange.headers);
        if !exchange.status.is_success() {
            return Err(OktaError::of_token_answer(token_call(), &exchange, app, scopes));
        }
        let Ok(Body::Whole(body)) = &exchange.body else {
            let cause = "the answer broke off or is too large".to_owned();
            return Err(OktaError::Unreadable { call: token_call(), cause });
        };
        let grant: TokenGrant = serde_json::from_slice(body).map_err(|error| OktaError::Unreadable {
            call: token_call(),
            cause: format!("the answer is not a token (line {}, column {})", error.line(), error.column()),
        })?;
        if let Some(granted) = &grant.scope {
            let granted: Vec<&str> = granted.split(' ').collect();
            *self.lacking.lock().unwrap_or_else(PoisonError::into_inner) =
                missing(scopes, &granted).collect();
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

    /// Sends the token call, with a new assertion and proof for each try. The proof is always sent: Okta
    /// requires one of every new service app, and asking first would cost each cold start a round trip.
    /// `token_type` in the answer says whether the token is bound.
    async fn ask(
        &self,
        app: &ServiceApp,
        scopes: &[&str],
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<Exchange, OktaError> {
        let call =
            Call { content_type: Some("application/x-www-form-urlencoded"), ..Call::new(Endpoint::Token) };
        let url = route.org.join(&call.path);
        let sending = Sending::new(route, &call, deadline);
        sending
            .until_answered(async |sending| {
                let form = form(app, scopes, url.as_str())?;
                let proof = self.proof(Endpoint::Token, url.as_str(), None)?;
                let headers = HeaderMap::from_iter([(DPOP, sensitive(&proof))]);
                let exchange = sending.once(headers, Some(form)).await?;
                if exchange.status == StatusCode::TOO_MANY_REQUESTS || exchange.status.is_server_error() {
                    return Err(OktaError::of_answer(call.name(), exchange.status, &exchange.headers, &[]));
                }
                Ok(exchange)
            })
            .await
    }

    fn nonce(&self) -> Option<String> {
        self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps the nonce of an answer; returns whether there was one.
    fn take_nonce(&self, headers: &HeaderMap) -> bool {
        let Some(nonce) = headers.get(DPOP_NONCE).and_then(|nonce| nonce.to_str().ok()) else { return false };
        *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce.to_owned());
        true
    }
}

/// The form that asks for a token, with a new assertion.
fn form(app: &ServiceApp, scopes: &[&str], url: &str) -> Result<Bytes, OktaError> {
    let now = Timestamp::now().as_second();
    let life = i64::try_from(ASSERTION_LIFE.as_secs()).unwrap_or(300);
    let claims = json!({
        "iss": app.client_id,
        "sub": app.client_id,
        "aud": url,
        "iat": now,
        "exp": now + life,
        "jti": unique_id()?,
    });
    let assertion = app.key.jwt(&app.key_id, &claims).map_err(|_| OktaError::NoRandomness)?;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", &scopes.join(" "))
        .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .append_pair("client_assertion", &assertion)
        .finish();
    Ok(form.into())
}

fn token_call() -> String {
    Call::new(Endpoint::Token).name()
}

fn missing(asked: &[&str], granted: &[&str]) -> impl Iterator<Item = String> {
    asked.iter().filter(|scope| !granted.contains(scope)).map(|scope| (*scope).to_owned())
}

fn unique_id() -> Result<String, OktaError> {
    jws::unique_id().map_err(|_| OktaError::NoRandomness)
}

/// A header value that no debug output shows. A text that can't be a header is sent empty, and Okta refuses
/// it.
pub(super) fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}
