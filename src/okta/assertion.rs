//! The form by which a service app asks for a token. It holds an assertion of who the app is, signed with the
//! app's key.
//!
//! RFC 7523, section 2.2; Okta developer guide "Implement OAuth for Okta with a service app".

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use url::form_urlencoded;

use super::error::OktaError;
use crate::clock::Clock;
use crate::credential::ServiceApp;
use crate::luck::Luck;

/// How long an assertion is valid; Okta accepts an hour at most.
const ASSERTION_LIFE: Duration = Duration::from_mins(5);

/// The form that asks for a token, with a new assertion.
pub(super) fn form(
    app: &ServiceApp,
    scopes: &[&str],
    url: &str,
    clock: Clock,
    luck: &Luck,
) -> Result<Bytes, OktaError> {
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
