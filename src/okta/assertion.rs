//! The [`Assertion`] by which a service app asks for a token: who the app is, signed with the app's key.
//!
//! RFC 7523, section 2.2; Okta developer guide "Implement OAuth for Okta with a service app".

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{LocalBoxFuture, ready};
use http::HeaderMap;
use serde_json::json;
use url::form_urlencoded;

use super::dpop::{DPOP, Dpop};
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::sending::{Route, Sign, sensitive};
use crate::credential::ServiceApp;

/// How long an assertion is valid; Okta accepts an hour at most.
const ASSERTION_LIFE: Duration = Duration::from_mins(5);

/// Who asks for a token, and for what. Each try has an assertion and a proof of its own.
pub(super) struct Assertion<'a> {
    pub(super) app: &'a ServiceApp,
    pub(super) scopes: &'a [&'a str],
    /// The URL of the token call.
    pub(super) url: &'a str,
    pub(super) dpop: &'a Dpop,
    pub(super) route: Route<'a>,
}

impl Sign for Assertion<'_> {
    fn sign(&mut self) -> LocalBoxFuture<'_, Result<(HeaderMap, Option<Bytes>), OktaError>> {
        let signed = || {
            let form = self.form()?;
            let proof = self.dpop.proof(Endpoint::Token, self.url, None)?;
            Ok((HeaderMap::from_iter([(DPOP, sensitive(&proof))]), Some(form)))
        };
        Box::pin(ready(signed()))
    }
}

impl Assertion<'_> {
    /// The form that asks for the token.
    fn form(&self) -> Result<Bytes, OktaError> {
        let Assertion { app, scopes, url, route: Route { clock, luck, .. }, .. } = self;
        let now = clock.now().as_second();
        let life = i64::try_from(ASSERTION_LIFE.as_secs()).unwrap_or(300);
        let claims = json!({
            "iss": app.client_id,
            "sub": app.client_id,
            "aud": url,
            "iat": now,
            "exp": now + life,
            "jti": luck.id().map_err(|_| OktaError::NoRandomness)?,
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
}
