//! [`Tokens`]: the access tokens of a service app. A token is fetched once, shared, renewed shortly before
//! its end, and bound to a key pair by DPoP if Okta asks for that.
//!
//! Okta developer guide "Implement OAuth for Okta with a service app".

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use secrecy::SecretString;
use tokio::time::Instant;

use super::answers;
use super::assertion::Assertion;
use super::call::Call;
use super::dpop::{self, Dpop};
use super::endpoint::Endpoint;
use super::error::{ClientFault, OktaError};
use super::exchange::{Body, Exchange};
use super::scopes;
use super::sending::{Route, Sending};
use crate::credential::ServiceApp;
use crate::deadline::Deadline;
use crate::json::{self, Object};

/// How long before its end a token is renewed; a tenth of its life if that is less.
const RENEW_BEFORE: Duration = Duration::from_mins(1);

/// A token is renewed after a day, whatever Okta says.
const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// How long it is remembered which scopes Okta grants. An admin may grant others in the meantime.
const SCOPE_MEMORY: Duration = Duration::from_mins(5);

/// The access token of this process, and what a new one takes.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The scopes that a token is asked for.
    scopes: Vec<&'static str>,
    dpop: Arc<Dpop>,
    held: tokio::sync::Mutex<Held>,
    /// Those that the last token lacks; apart from it, so that nobody waits for a fetch to read them.
    lacking: Mutex<Vec<&'static str>>,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<Arc<AccessToken>>,
    /// Learnt after Okta refused all scopes together: those that it grants, or the error if it grants none.
    granted: Option<Learnt<Result<Vec<&'static str>, OktaError>>>,
    /// Why there is no token.
    failure: Option<Learnt<OktaError>>,
}

/// What was learnt of an app, and when.
#[derive(Debug)]
struct Learnt<T> {
    of: AppKey,
    at: Instant,
    what: T,
}

/// The app and its key. What holds for one is not used with another.
#[derive(Debug, PartialEq, Eq)]
struct AppKey {
    client_id: String,
    key_id: String,
}

/// A token that Okta gave.
#[derive(Debug)]
pub(super) struct AccessToken {
    pub(super) value: SecretString,
    /// Okta said `token_type: DPoP`: each call must carry a proof.
    pub(super) bound: bool,
    /// Scopes that the program would have, and that the token lacks.
    lacking: Vec<&'static str>,
    pub(super) fetched: Instant,
    renew_at: Instant,
    of: AppKey,
}

impl AppKey {
    fn of(app: &ServiceApp) -> AppKey {
        AppKey { client_id: app.client_id.clone(), key_id: app.key_id.clone() }
    }

    fn is(&self, app: &ServiceApp) -> bool {
        (&self.client_id, &self.key_id) == (&app.client_id, &app.key_id)
    }
}

impl Tokens {
    /// No token yet.
    pub(super) fn new(scopes: Vec<&'static str>, dpop: Arc<Dpop>) -> Tokens {
        Tokens { scopes, dpop, held: tokio::sync::Mutex::default(), lacking: Mutex::default() }
    }

    /// The proofs for calls with these tokens.
    pub(super) fn dpop(&self) -> &Arc<Dpop> {
        &self.dpop
    }

    /// Scopes that were asked for and not granted.
    pub(super) fn lacking(&self) -> Vec<String> {
        let lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.iter().map(|scope| (*scope).to_owned()).collect()
    }

    /// The current token, or a new one. Concurrent callers share one fetch, also if it fails.
    pub(super) async fn get(
        &self,
        app: &ServiceApp,
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<Arc<AccessToken>, OktaError> {
        let asked = Instant::now();
        let mut held = self.held.lock().await;
        if let Some(token) = &held.token
            && asked < token.renew_at
            && token.of.is(app)
        {
            return Ok(Arc::clone(token));
        }
        if let Some(failure) = &held.failure
            && asked <= failure.at
            && failure.of.is(app)
        {
            return Err(failure.what.clone());
        }
        match self.fetch_granted(app, &mut held.granted, route, deadline).await {
            Ok(token) => {
                self.lacking.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&token.lacking);
                Ok(Arc::clone(held.token.insert(Arc::new(token))))
            }
            Err(error) => {
                if error.is_answer() {
                    let (of, what) = (AppKey::of(app), error.clone());
                    held.failure = Some(Learnt { of, at: Instant::now(), what });
                }
                Err(error)
            }
        }
    }

    /// Drops the token that was fetched at this time. Another call may have renewed it already.
    pub(super) async fn forget(&self, fetched: Option<Instant>) {
        let mut held = self.held.lock().await;
        if held.token.as_ref().map(|token| token.fetched) == fetched {
            held.token = None;
        }
    }

    /// A token for the scopes that Okta grants. Log lines report the others, and so does the call that needs
    /// one. What a refusal has taught is remembered: finding it out takes several calls.
    async fn fetch_granted(
        &self,
        app: &ServiceApp,
        granted: &mut Option<Learnt<Result<Vec<&'static str>, OktaError>>>,
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<AccessToken, OktaError> {
        let fetch = async |scopes: &[&'static str]| self.fetch(app, scopes, route, deadline).await;
        if granted.as_ref().is_some_and(|known| !known.of.is(app) || known.at.elapsed() > SCOPE_MEMORY) {
            *granted = None;
        }
        if let Some(Learnt { what: Ok(scopes), .. }) = granted {
            match fetch(scopes).await {
                Err(error) if error.refuses_scopes() => {}
                token => return token,
            }
        }
        // Asked for even if Okta has refused each scope a moment ago: an admin may have mended that.
        match fetch(&self.scopes).await {
            Err(OktaError::InvalidScope { .. }) => {}
            token => return token,
        }
        if let Some(Learnt { what: Err(each), .. }) = granted {
            return Err(each.clone());
        }
        let found = scopes::granted(&self.scopes, fetch).await;
        let (what, token) = match found {
            Ok((scopes, token)) => (Ok(scopes), Ok(token)),
            Err(error) if error.refuses_scopes() => (Err(error.clone()), Err(error)),
            Err(error) => return Err(error),
        };
        *granted = Some(Learnt { of: AppKey::of(app), at: Instant::now(), what });
        token
    }

    async fn fetch(
        &self,
        app: &ServiceApp,
        scopes: &[&'static str],
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<AccessToken, OktaError> {
        let exchange = self.ask(app, scopes, route, deadline).await?;
        if !exchange.status.is_success() {
            return Err(OktaError::of_token_answer(token_call(), &exchange, app, &self.scopes));
        }
        let unreadable = |cause| OktaError::Unreadable { call: token_call(), cause };
        let Ok(Body::Whole(body)) = &exchange.body else {
            return Err(unreadable("the answer broke off or is too large".to_owned()));
        };
        let grant: Object = json::from_slice(body).map_err(|error| {
            unreadable(format!(
                "the answer is not a token (line {}, column {})",
                error.line(),
                error.column()
            ))
        })?;
        let value =
            grant.text("access_token").ok_or_else(|| unreadable("the answer holds no token".to_owned()))?;
        // Okta grants those of the scopes that the app has, and says which they are.
        let granted = grant.text("scope");
        let has = |scope: &str| match &granted {
            Some(granted) => granted.split_ascii_whitespace().any(|granted| granted == scope),
            None => scopes.contains(&scope),
        };
        let seconds = grant.text("expires_in").and_then(|seconds| seconds.parse().ok());
        let life = Duration::from_secs(seconds.unwrap_or(3600)).min(LONGEST_LIFE);
        Ok(AccessToken {
            bound: grant.text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("DPoP")),
            value: value.into(),
            lacking: self.scopes.iter().copied().filter(|scope| !has(scope)).collect(),
            fetched: Instant::now(),
            renew_at: Instant::now() + life.saturating_sub(RENEW_BEFORE.min(life / 10)),
            of: AppKey::of(app),
        })
    }

    /// Sends the token call. It is sent again if the proof needs a nonce, and if Okta has seen the assertion
    /// already: something on the way may send a call twice.
    async fn ask(
        &self,
        app: &ServiceApp,
        scopes: &[&str],
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<Exchange, OktaError> {
        let (mut nonce_taken, mut assertion_renewed) = (false, false);
        loop {
            let exchange = self.ask_once(app, scopes, route, deadline).await?;
            self.dpop.take_nonce(Endpoint::Token, &exchange.headers);
            let again = if dpop::demands_nonce(&exchange) {
                &mut nonce_taken
            } else if answers::client_fault(exchange.start()) == Some(ClientFault::UsedBefore) {
                &mut assertion_renewed
            } else {
                return Ok(exchange);
            };
            if std::mem::replace(again, true) {
                return Ok(exchange);
            }
        }
    }

    /// Sends the token call, with a new assertion and proof for each try. The proof is always sent: Okta
    /// requires one of every new service app, and asking first would cost each cold start a round trip.
    /// `token_type` in the answer says whether the token is bound.
    async fn ask_once(
        &self,
        app: &ServiceApp,
        scopes: &[&str],
        route: Route<'_>,
        deadline: Deadline,
    ) -> Result<Exchange, OktaError> {
        let call =
            Call { content_type: Some("application/x-www-form-urlencoded"), ..Call::new(Endpoint::Token) };
        let url = route.org.join(&call.path);
        let mut assertion = Assertion { app, scopes, url: url.as_str(), dpop: &self.dpop, route };
        let sending = Sending::new(route, &call, None, deadline);
        sending
            .until_answered(async |sending| {
                let exchange = sending.once(&mut assertion).await?;
                if exchange.status == StatusCode::TOO_MANY_REQUESTS || exchange.status.is_server_error() {
                    let (status, headers) = (exchange.status, &exchange.headers);
                    return Err(OktaError::of_answer(call.name(), status, headers, exchange.start()));
                }
                Ok(exchange)
            })
            .await
    }
}

fn token_call() -> String {
    Call::new(Endpoint::Token).name()
}
