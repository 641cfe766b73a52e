//! Who calls, and what they may. This is the one place that reads the `Authorization` header: SSWS tokens now; the
//! token endpoint, scopes and DPoP proofs of an OAuth service app belong here as further kinds of [`Caller`].

use http::{HeaderMap, StatusCode, header};

use super::{reply::Reply, route::Route, world::World};

/// The one who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Without a credential, on the one path that asks for none.
    Anybody,
    /// An API token, with all rights of its creator.
    ApiToken,
}

/// Identifies the caller and checks the call against their rights; the error is Okta's refusal.
pub(super) fn check(world: &World, headers: &HeaderMap, route: Route) -> Result<Caller, Reply> {
    if route == Route::Organization {
        return Ok(Caller::Anybody);
    }
    let caller = identify(world, headers)?;
    if caller == Caller::ApiToken && matches!(route, Route::Requests(_)) {
        // The OpenAPI files list OAuth alone as the security scheme of both request lists.
        return Err(Reply::error(
            StatusCode::FORBIDDEN,
            "E0000006",
            "You do not have permission to perform the requested action",
        ));
    }
    Ok(caller)
}

fn identify(world: &World, headers: &HeaderMap) -> Result<Caller, Reply> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = sent.and_then(|value| value.strip_prefix("SSWS ")).map(str::trim);
    match token {
        Some(token) if world.accepts(token) => Ok(Caller::ApiToken),
        _ => Err(Reply::error(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided")),
    }
}
