//! Authorization decides who calls and what they may do. Only this file reads the credential in the
//! `Authorization` header. An API token (`SSWS`) has the admin roles of the user who made it. A service app's
//! access token (`DPoP`, `Bearer`) has its scopes and the app's admin roles: a call needs both. `token` gives
//! out access tokens, and `admin_role` has the calls that each role allows.

use http::{StatusCode, header};

use super::{
    admin_role, authorization_server::AccessToken, call::Call, challenge::Challenge, dpop, refusal,
    reply::Reply, route::Route, scope, state::OktaState,
};

/// Identifies the caller and checks whether they may make the call. The error is Okta's refusal.
pub(super) fn check(state: &mut OktaState, call: &Call) -> Result<(), Reply> {
    if matches!(call.route, Route::Organization | Route::Token) {
        return Ok(());
    }
    let roles = match call.header(&header::AUTHORIZATION).and_then(|value| value.split_once(' ')) {
        Some(("SSWS", token)) if state.world.accepts(token.trim()) => check_api_token(state, call)?,
        Some((scheme @ ("DPoP" | "Bearer"), token)) => check_access_token(state, call, scheme, token)?,
        _ => return Err(refusal::invalid_token()),
    };
    if !admin_role::allow(&roles, call.route) {
        return Err(refusal::forbidden());
    }
    Ok(())
}

/// Returns the roles behind the API token.
fn check_api_token(state: &OktaState, call: &Call) -> Result<Vec<String>, Reply> {
    check_feature(state, call)?;
    match state.world.token_lists_refused.filter(|_| matches!(call.route, Route::Requests(_))) {
        None => Ok(state.world.token_roles.clone()),
        Some(401) => Err(refusal::invalid_token()),
        Some(_) => Err(refusal::forbidden()),
    }
}

/// Refuses a call of the Identity Governance API if the org lacks it.
fn check_feature(state: &OktaState, call: &Call) -> Result<(), Reply> {
    let is_missing = state.world.lacks_governance && call.route.is_governance();
    if is_missing { Err(refusal::feature_missing()) } else { Ok(()) }
}

/// Checks the access token, its proof and its scopes. Returns the roles of its app.
fn check_access_token(
    state: &mut OktaState,
    call: &Call,
    scheme: &str,
    text: &str,
) -> Result<Vec<String>, Reply> {
    let now = state.now().as_second();
    let token = state.world.authorization_server.token(text, now).cloned();
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
    check_feature(state, call)?;
    if !call.route.scope().is_none_or(|wanted| scope::cover(&token.scopes, wanted)) {
        let why = "The access token provided does not contain the required scopes.";
        let challenge = challenge(call, scheme, "insufficient_scope", why);
        return Err(refusal::forbidden().with("www-authenticate", challenge));
    }
    let app = state.world.service_apps.get(&token.client_id);
    Ok(app.map(|app| app.roles.clone()).unwrap_or_default())
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
    let checked = dpop::check(&mut state.world, call, now, Some(access_token)).and_then(|proof| {
        let why = "The DPoP proof JWT is not signed with the key that the access token is bound to.";
        if proof.thumbprint == thumbprint { Ok(()) } else { Err(why) }
    });
    checked.map_err(|why| {
        state.complain(call, why);
        let challenge = challenge(call, "DPoP", "invalid_dpop_proof", why);
        Reply::empty(StatusCode::BAD_REQUEST).with("www-authenticate", challenge)
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
