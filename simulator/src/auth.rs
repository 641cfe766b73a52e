//! Who calls, and what they may. This is the one place that reads the `Authorization` header: an API token (`SSWS`) has all
//! rights of its creator, a service app's access token (`DPoP`, `Bearer`) those of its scopes and of the app's admin roles.
//! How a service app gets its token is `token`'s business.

use http::{StatusCode, header};

use super::{call::Call, dpop, grants::AccessToken, reply::Reply, route::Route, state::State};

/// The algorithms as Okta's challenges list them.
const ALGORITHMS: &str = "RS256 RS384 RS512 ES256 ES384 ES512";

/// Identifies the caller and checks the call against their rights; the error is Okta's refusal.
pub(super) fn check(state: &mut State, call: &Call) -> Result<(), Reply> {
    if matches!(call.route, Route::Organization | Route::Token) {
        return Ok(());
    }
    let sent = call.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match sent.and_then(|value| value.split_once(' ')) {
        Some(("SSWS", token)) if state.world.accepts(token.trim()) => api_token(call),
        Some((scheme @ ("DPoP" | "Bearer"), token)) => service_app(state, call, scheme, token),
        _ => Err(invalid_token()),
    }
}

fn api_token(call: &Call) -> Result<(), Reply> {
    if matches!(call.route, Route::Requests(_)) {
        // The OpenAPI files list OAuth alone as the security scheme of both request lists.
        return Err(forbidden());
    }
    Ok(())
}

fn service_app(state: &mut State, call: &Call, scheme: &str, text: &str) -> Result<(), Reply> {
    let now = state.now().as_second();
    let token = state.world.grants.token(text, now).cloned();
    // A token that is bound goes as DPoP, one that is not as Bearer.
    let fits = |token: &AccessToken| token.thumbprint.is_some() == (scheme == "DPoP");
    let Some(token) = token.as_ref().filter(|token| fits(token)) else {
        let scheme = if token.is_some_and(|token| token.thumbprint.is_some()) { "DPoP" } else { scheme };
        return Err(invalid_token().with(
            "www-authenticate",
            challenge(call, scheme, "invalid_token", "The access token is invalid."),
        ));
    };
    if let Some(thumbprint) = &token.thumbprint {
        prove(state, call, text, thumbprint, now)?;
    }
    let scope = call.route.scope();
    if !scope.is_none_or(|scope| covers(&token.scopes, scope)) {
        let why = "The access token provided does not contain the required scopes.";
        return Err(forbidden().with("www-authenticate", challenge(call, scheme, "insufficient_scope", why)));
    }
    let app = state.world.service_apps.get(&token.client_id);
    if call.route.is_governance() && !app.is_some_and(super::ServiceApp::may_govern) {
        return Err(forbidden());
    }
    Ok(())
}

/// Checks the proof that must go with a bound token. Okta answers 400 without a body, and says why in the challenge alone.
fn prove(state: &mut State, call: &Call, text: &str, thumbprint: &str, now: i64) -> Result<(), Reply> {
    let proven = dpop::check(&mut state.world.grants, call, now, Some(text)).and_then(|proof| {
        let why = "The DPoP proof JWT is not signed with the key that the access token is bound to.";
        if proof.thumbprint == thumbprint { Ok(()) } else { Err(why) }
    });
    proven.map_err(|why| {
        state.complain(call, why);
        let challenge = challenge(call, "DPoP", "invalid_dpop_proof", why);
        Reply::empty(StatusCode::BAD_REQUEST).with("www-authenticate", challenge)
    })
}

/// Whether the scopes hold this one, or the `.manage` that includes its `.read`.
fn covers(scopes: &[String], scope: &str) -> bool {
    let area = scope.strip_suffix(".read");
    scopes.iter().any(|granted| {
        granted == scope
            || area.is_some() && granted.strip_suffix(".manage").is_some_and(|own| Some(own) == area)
    })
}

fn invalid_token() -> Reply {
    Reply::error(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided")
}

fn forbidden() -> Reply {
    let summary = "You do not have permission to perform the requested action";
    Reply::error(StatusCode::FORBIDDEN, "E0000006", summary)
}

/// The `WWW-Authenticate` header, with the members Okta puts into it.
fn challenge(call: &Call, scheme: &str, error: &str, description: &str) -> String {
    let host = &call.authority;
    let algorithms = if scheme == "DPoP" { format!("algs=\"{ALGORITHMS}\", ") } else { String::new() };
    format!(
        "{scheme} {algorithms}authorization_uri=\"http://{host}/oauth2/v1/authorize\", realm=\"http://{host}\", \
         scope=\"{}\", error=\"{error}\", error_description=\"{description}\", resource=\"{}\"",
        call.route.scope().unwrap_or_default(),
        call.path_alone(),
    )
}
