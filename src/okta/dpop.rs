//! [`Dpop`]: proofs that this process holds the key to which its access tokens are bound, and the nonces that
//! Okta wants in them.
//!
//! RFC 9449; Okta developer guide "Configure OAuth 2.0 Demonstrating Proof-of-Possession".

use std::sync::{LazyLock, Mutex, PoisonError};

use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::json;

use super::answers::{self, USE_NONCE};
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::exchange::Exchange;
use crate::clock::Clock;
use crate::jws::{self, ProofKey};
use crate::luck::Luck;

/// The header that holds a proof.
pub(super) const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The key of this process, and Okta's latest nonces.
#[derive(Debug)]
pub(super) struct Dpop {
    clock: Clock,
    luck: Luck,
    /// Each process makes its own when it first needs one, and never shows it. `None` only if the system has
    /// no random numbers.
    key: LazyLock<Option<ProofKey>>,
    /// For token calls. Okta takes a nonce for three days after it has made a newer one.
    token_nonce: Mutex<Option<String>>,
    /// For all other calls. Okta asks for none yet.
    resource_nonce: Mutex<Option<String>>,
}

impl Dpop {
    /// No key and no nonce yet.
    pub(super) fn new(clock: Clock, luck: Luck) -> Dpop {
        Dpop {
            clock,
            luck,
            key: LazyLock::new(|| ProofKey::generate().ok()),
            token_nonce: Mutex::default(),
            resource_nonce: Mutex::default(),
        }
    }

    /// A new proof for one try of one call. `url` has no query; `token` is `None` for a token call.
    pub(super) fn proof(
        &self,
        endpoint: Endpoint,
        url: &str,
        token: Option<&str>,
    ) -> Result<String, OktaError> {
        let mut claims = json!({
            "htm": endpoint.method().as_str(),
            "htu": url,
            "iat": self.clock.now().as_second(),
            "jti": self.luck.id().map_err(|_| OktaError::NoRandomness)?,
        });
        if let Some(token) = token {
            claims["ath"] = jws::sha256(token).into();
        }
        if let Some(nonce) = &*self.nonce(endpoint).lock().unwrap_or_else(PoisonError::into_inner) {
            claims["nonce"] = nonce.as_str().into();
        }
        let key = self.key.as_ref().ok_or(OktaError::NoRandomness)?;
        key.proof(&claims).map_err(|_| OktaError::NoRandomness)
    }

    /// Keeps the nonce of an answer, which is for the calls to come; returns whether there was one.
    pub(super) fn take_nonce(&self, endpoint: Endpoint, headers: &HeaderMap) -> bool {
        let Some(nonce) = headers.get(DPOP_NONCE).and_then(|nonce| nonce.to_str().ok()) else { return false };
        *self.nonce(endpoint).lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce.to_owned());
        true
    }

    fn nonce(&self, endpoint: Endpoint) -> &Mutex<Option<String>> {
        if endpoint == Endpoint::Token { &self.token_nonce } else { &self.resource_nonce }
    }
}

/// Whether an answer says that the proof needs the nonce that it brings. An answer that broke off before its
/// reason counts as one: only its nonce is known.
pub(super) fn demands_nonce(exchange: &Exchange) -> bool {
    if !matches!(exchange.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED)
        || !exchange.headers.contains_key(DPOP_NONCE)
    {
        return false;
    }
    match (answers::challenge(&exchange.headers), answers::code(exchange.start())) {
        (None, None) => true,
        (challenge, code) => {
            challenge.is_some_and(|text| text.contains(USE_NONCE)) || code.as_deref() == Some(USE_NONCE)
        }
    }
}
