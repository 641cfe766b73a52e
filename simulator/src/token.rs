//! The token endpoint gives a service app its access token. The app sends a form with a signed assertion of
//! who it is. An app that must use `DPoP` also sends a proof that it holds a key; Okta binds the token to
//! that key. The rules are those of Okta's guides "Implement OAuth for Okta with a service app" and
//! "Configure OAuth 2.0 Demonstrating Proof-of-Possession". The error descriptions are Okta's own where they
//! are known.

use std::collections::BTreeMap;

use serde_json::json;
use url::form_urlencoded;

use super::{
    authorization_server::AccessToken,
    call::Call,
    dpop::{self, Proof},
    jwt::Jwt,
    refusal,
    reply::Reply,
    scope,
    service_app::ServiceApp,
    state::OktaState,
};

const FORM: &str = "application/x-www-form-urlencoded";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest time from now to an assertion's `exp`, in seconds.
const LIFE_LIMIT: i64 = 3600;
/// How far the client's clock may be ahead of this Okta's, in seconds.
const SKEW: i64 = 60;
/// The description for an assertion that comes a second time.
const REPLAYED: &str = "The client_assertion token has already been used.";

/// An OAuth `error` and its `error_description`.
type OAuthError = (&'static str, &'static str);

/// Answers one call to the token endpoint.
pub(super) fn answer(state: &mut OktaState, call: &Call, body: &[u8]) -> Reply {
    issue_token(state, call, body).unwrap_or_else(|(error, description)| {
        // A correct client can cause every other error. Its first try has no proof or nonce. An admin can
        // roll a key or withdraw a scope. A clock can be wrong.
        let is_client_bug = matches!(error, "invalid_request" | "unsupported_grant_type")
            || error == "invalid_dpop_proof" && description != dpop::MISSING
            || description == REPLAYED;
        if is_client_bug {
            state.complain(call, description);
        }
        let reply = refusal::oauth(error, description);
        if error == "use_dpop_nonce" {
            reply.with("dpop-nonce", state.world.authorization_server.nonce())
        } else {
            reply
        }
    })
}

fn issue_token(state: &mut OktaState, call: &Call, body: &[u8]) -> Result<Reply, OAuthError> {
    let form = form(call, body)?;
    let field = |name| form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    match field("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(("unsupported_grant_type", "The grant type is not supported.")),
        None => return Err(("invalid_request", "The grant type is missing.")),
    }
    if field("client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(("invalid_client", "The 'client_assertion_type' is missing or invalid."));
    }
    let assertion =
        field("client_assertion").ok_or(("invalid_client", "The 'client_assertion' is missing."))?;
    let now = state.now().as_second();
    // This uses up the assertion, even if the call then fails because its proof has no nonce.
    let (client_id, app) =
        authenticate(state, call, assertion, now).map_err(|why| ("invalid_client", why))?;
    if app.outside_network_zone {
        return Err(("access_denied", "The client may not call from this network zone."));
    }

    let proof = match dpop::check(&mut state.world, call, now, None) {
        Ok(proof) => Some(with_nonce(state, proof, now)?),
        Err(dpop::MISSING) if !app.dpop_required => None,
        Err(why) => return Err(("invalid_dpop_proof", why)),
    };
    let asked: Vec<&str> = field("scope").unwrap_or_default().split_ascii_whitespace().collect();
    let scopes = grant(&app, &asked)?;
    let token_type = if proof.is_some() { "DPoP" } else { "Bearer" };
    let scope = scopes.join(" ");
    let thumbprint = proof.map(|proof| proof.thumbprint);
    let expires = now + i64::from(app.expires_in);
    let token =
        state.world.authorization_server.issue(AccessToken { client_id, scopes, thumbprint, expires });
    Ok(Reply::json(&json!({
        "token_type": token_type,
        "expires_in": app.expires_in,
        "access_token": token,
        "scope": scope,
    })))
}

/// The scopes of the token: those asked for that an admin granted. The error is Okta's.
fn grant(app: &ServiceApp, asked: &[&str]) -> Result<Vec<String>, OAuthError> {
    if asked.is_empty() {
        let why = "The authorization server resource does not have any configured default scopes, 'scope' must be provided.";
        return Err(("invalid_scope", why));
    }
    if !asked.iter().all(|scope| scope::exists(scope)) {
        return Err(("invalid_scope", refusal::words_of("invalid_scope")));
    }
    let granted = app.grant(asked);
    let missing = if granted.is_empty() { Some("consent_required") } else { app.missing_scope_error };
    match missing {
        Some(error) if granted.len() < asked.len() => Err((error, refusal::words_of(error))),
        _ => Ok(granted),
    }
}

/// The fields of the form by name. A field that comes twice is an error.
fn form(call: &Call, body: &[u8]) -> Result<BTreeMap<String, String>, OAuthError> {
    if call.media_type() != Some(FORM) {
        return Err(("invalid_request", "The content type must be 'application/x-www-form-urlencoded'."));
    }
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(("invalid_request", "A parameter is given more than once."));
        }
    }
    Ok(fields)
}

/// Checks the assertion and uses it up. Returns the client id and the app; the error is Okta's description.
fn authenticate(
    state: &mut OktaState,
    call: &Call,
    assertion: &str,
    now: i64,
) -> Result<(String, ServiceApp), &'static str> {
    let jwt = Jwt::parse(assertion).ok_or("The client_assertion is not a valid JWT.")?;
    let client_id = jwt.text("sub").filter(|sub| jwt.text("iss") == Some(*sub));
    let client_id = client_id.ok_or("The 'iss' and 'sub' of the client_assertion must be the client id.")?;
    let app = state.world.service_apps.get(client_id).ok_or("Invalid value for 'client_id' parameter.")?;
    if !jwt.has_known_algorithm() {
        return Err("The client_assertion algorithm is not supported.");
    }
    let key = jwt.header["kid"].as_str().and_then(|kid| app.key(kid));
    let key = key.ok_or("The client_assertion JWT kid is invalid.")?;
    if state.world.verifies_signatures && !jwt.is_signed_by(key) {
        return Err("The client_assertion signature is invalid.");
    }
    if !jwt.text("aud").is_some_and(|aud| call.is_at(aud)) {
        return Err("The audience claim for client_assertion must be the endpoint invoked for the request.");
    }
    match jwt.seconds("exp") {
        None => return Err("The client_assertion token must have an expiration."),
        Some(exp) if exp <= now => return Err("The client_assertion token is expired."),
        Some(exp) if exp > now + LIFE_LIMIT => {
            return Err("The client_assertion token has an expiration too far into the future.");
        }
        Some(_) => {}
    }
    // For Okta, `iat` and `jti` are optional.
    if jwt.seconds("iat").is_some_and(|iat| iat > now + SKEW) {
        return Err("The client_assertion token was issued in the future.");
    }
    let app = app.clone();
    if jwt.text("jti").is_some_and(|jti| !state.world.authorization_server.use_assertion(client_id, jti)) {
        return Err(REPLAYED);
    }
    Ok((client_id.to_owned(), app))
}

/// Returns the proof if it carries a nonce that is good now.
fn with_nonce(state: &OktaState, proof: Proof, now: i64) -> Result<Proof, OAuthError> {
    if proof.nonce.as_deref().is_some_and(|nonce| state.world.authorization_server.accepts_nonce(nonce, now))
    {
        return Ok(proof);
    }
    Err(("use_dpop_nonce", "Authorization server requires nonce in DPoP proof."))
}
