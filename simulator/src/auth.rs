//! Authorization decides who calls and what they may do. Only this file reads the credential in the
//! `Authorization` header. An API token (`SSWS`) has all rights of the user who made it. A service app's
//! access token (`DPoP`, `Bearer`) has the rights of its scopes and of the app's admin roles. `token` gives
//! out access tokens.

use http::{StatusCode, header};

use super::{
    call::Call, challenge::Challenge, dpop, grants::AccessToken, refusal, reply::Reply, route::Route,
    service_app::ServiceApp, state::OktaState,
};

/// Identifies the caller and checks whether they may make the call. The error is Okta's refusal.
pub(super) fn check(state: &mut OktaState, call: &Call) -> Result<(), Reply> {
    if matches!(call.route, Route::Organization | Route::Token) {
        return Ok(());
    }
    match call.header(&header::AUTHORIZATION).and_then(|value| value.split_once(' ')) {
        Some(("SSWS", token)) if state.world.accepts(token.trim()) => check_api_token(call),
        Some((scheme @ ("DPoP" | "Bearer"), token)) => check_access_token(state, call, scheme, token),
        _ => Err(refusal::invalid_token()),
    }
}

fn check_api_token(call: &Call) -> Result<(), Reply> {
    if matches!(call.route, Route::Requests(_)) {
        // For both request lists, Okta's OpenAPI files name OAuth as the only security scheme.
        return Err(refusal::forbidden());
    }
    Ok(())
}

fn check_access_token(state: &mut OktaState, call: &Call, scheme: &str, text: &str) -> Result<(), Reply> {
    let now = state.now().as_second();
    let token = state.world.grants.token(text, now).cloned();
    // A token bound to a key is sent as `DPoP`, any other as `Bearer`.
    let fits = |token: &AccessToken| token.thumbprint.is_some() == (scheme == "DPoP");
    let Some(token) = token.as_ref().filter(|token| fits(token)) else {
        let scheme = if token.is_some_and(|token| token.thumbprint.is_some()) { "DPoP" } else { scheme };
        let challenge = challenge(call, scheme, "invalid_token", "The access token is invalid.");
        return Err(refusal::invalid_token().with("www-authenticate", challenge));
    };
    if let Some(thumbprint) = &token.thumbprint {
        check_proof(state, call, text, thumbprint, now)?;
    }
    let scope = call.route.scope();
    if !scope.is_none_or(|scope| covers(&token.scopes, scope)) {
        let why = "The access token provided does not contain the required scopes.";
        let challenge = challenge(call, scheme, "insufficient_scope", why);
        return Err(refusal::forbidden().with("www-authenticate", challenge));
    }
    let app = state.world.service_apps.get(&token.client_id);
    if call.route.is_governance() && !app.is_some_and(ServiceApp::may_govern) {
        return Err(refusal::forbidden());
    }
    Ok(())
}

/// Checks the proof that a call with a bound token must carry. Okta refuses a wrong one with 400 and no body;
/// only the challenge says why.
fn check_proof(
    state: &mut OktaState,
    call: &Call,
    access_token: &str,
    thumbprint: &str,
    now: i64,
) -> Result<(), Reply> {
    let checked = dpop::check(&mut state.world.grants, call, now, Some(access_token)).and_then(|proof| {
        let why = "The DPoP proof JWT is not signed with the key that the access token is bound to.";
        if proof.thumbprint == thumbprint { Ok(()) } else { Err(why) }
    });
    checked.map_err(|why| {
        state.complain(call, why);
        let challenge = challenge(call, "DPoP", "invalid_dpop_proof", why);
        Reply::empty(StatusCode::BAD_REQUEST).with("www-authenticate", challenge)
    })
}

/// Whether the granted scopes include `wanted`. A `.manage` scope includes the `.read` scope of its area.
fn covers(granted: &[String], wanted: &str) -> bool {
    let area = wanted.strip_suffix(".read");
    granted.iter().any(|scope| {
        scope == wanted
            || area.is_some() && scope.strip_suffix(".manage").is_some_and(|own| Some(own) == area)
    })
}

fn challenge(call: &Call, scheme: &str, error: &str, description: &str) -> String {
    let challenge = Challenge {
        scheme,
        host: &call.authority,
        scope: call.route.scope().unwrap_or_default(),
        error,
        description,
        resource: call.path_alone(),
    };
    challenge.to_string()
}
