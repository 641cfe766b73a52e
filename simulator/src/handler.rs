//! The handler takes one call from its arrival to its reply. It records the call, applies an armed fault,
//! counts the call against its rate limit, and checks the caller's rights. Then another file answers, chosen
//! by the route. That is Okta's own order, as far as a caller can observe it.

use std::sync::Arc;

use axum::{
    body::to_bytes,
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use http::{StatusCode, request::Parts};

use super::{
    auth,
    call::Call,
    connection::Connection,
    directory,
    fault::FaultKind,
    governance, holders,
    rate_limit::Rate,
    record::RecordedCall,
    refusal,
    reply::Reply,
    route::Route,
    schemas, spoilt_reply,
    state::{OktaState, SharedState},
    token, user_search,
};

/// The largest request body that is read, in bytes. The calls that this Okta answers send a few thousand.
const BODY_LIMIT: usize = 1 << 20;

/// Answers every path that has no handler of its own.
pub(super) async fn answer(
    State(state): State<Arc<SharedState>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    handle(&state, &connection, request, None).await
}

/// Answers one call. `fault` is the one that its sender chose; `None`: one of the armed ones, if any matches.
pub(super) async fn handle(
    state: &SharedState,
    connection: &Connection,
    request: Request,
    fault: Option<FaultKind>,
) -> Response {
    let (parts, body) = request.into_parts();
    let (call, number, fault) = state.lock().arrive(parts, connection, fault);
    if matches!(fault, Some(FaultKind::CutBefore)) || connection.is_port_closed() {
        return cut(connection);
    }
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        // The client hung up in the middle of its request, or sent more than the limit.
        return cut(connection);
    };
    if matches!(fault, Some(FaultKind::Hang)) {
        return std::future::pending().await;
    }
    let (reply, rate) = state.lock().respond(&call, &body, fault.as_ref());
    match fault {
        Some(FaultKind::CutAfter) => return cut(connection),
        Some(FaultKind::Slow(delay)) => tokio::time::sleep(delay).await,
        Some(FaultKind::Gone) => connection.refuse_all_others(),
        _ => {}
    }
    let mut state = state.lock();
    state.calls[number].status = Some(reply.status.as_u16());
    let now = state.now();
    reply.into_response(rate, now, &mut state.world.serial)
}

/// Cuts the connection. The response only satisfies axum: it never reaches the client.
fn cut(connection: &Connection) -> Response {
    connection.cut();
    Response::default()
}

impl OktaState {
    /// Records the call. Returns it with its index in [`OktaState::calls`] and the fault that makes it fail.
    /// That is `chosen`, or else an armed one.
    fn arrive(
        &mut self,
        parts: Parts,
        connection: &Connection,
        chosen: Option<FaultKind>,
    ) -> (Call, usize, Option<FaultKind>) {
        let now = self.now();
        let version = parts.version;
        let call = Call::from_parts(parts);
        self.calls.push(RecordedCall::arriving(&call, version, connection.number(), now));
        let fault = chosen.or_else(|| self.faults.next_for(&call, now));
        (call, self.calls.len() - 1, fault)
    }

    /// The reply, and the figures of the call's rate limit. A fault that refuses the call changes
    /// nothing in the world.
    fn respond(&mut self, call: &Call, body: &[u8], fault: Option<&FaultKind>) -> (Reply, Rate) {
        let limits = self.world.limits;
        let limit = if call.route.is_governance() { limits.governance } else { limits.directory };
        let now = self.now();
        let (rate, allowed) = self.rate_limits.count(call.route.bucket(), limit, limits.window, now);
        let spoil = |fault, reply| spoilt_reply::spoil(fault, reply, call, now, limit);
        let reply = match fault {
            Some(fault) if !fault.takes_effect() => spoil(fault, Reply::empty(StatusCode::OK)),
            _ if !allowed => refusal::rate_limited(),
            Some(fault) => spoil(fault, self.reply_to(call, body)),
            None => self.reply_to(call, body),
        };
        (reply, rate)
    }

    fn reply_to(&mut self, call: &Call, body: &[u8]) -> Reply {
        if let Some(to) = &self.world.redirect_to {
            return refusal::redirect(StatusCode::FOUND, to, call);
        }
        if call.route == Route::Unknown {
            self.complain(call, "no such path");
            return refusal::not_found(&call.path, "Endpoint");
        }
        if call.method != call.route.method() {
            self.complain(call, "no such method on this path");
            let summary = "The endpoint does not support the provided HTTP method";
            return refusal::error(StatusCode::METHOD_NOT_ALLOWED, "E0000022", summary);
        }
        self.complain_of_parameters(call);
        if let Err(refusal) = auth::check(self, call) {
            return refusal;
        }
        let reply = match call.route {
            Route::Request(_)
            | Route::Messages(_)
            | Route::Requests(_)
            | Route::Bundle
            | Route::Grants
            | Route::Labels
            | Route::Tasks
            | Route::CatalogEntry
            | Route::Conditions
            | Route::Collection
            | Route::RequestType => governance::answer(self, call, body),
            Route::Token => token::answer(self, call, body),
            Route::Users => user_search::page(&self.world, call).unwrap_or_else(|refusal| refusal),
            Route::GroupUsers | Route::AppUsers => {
                holders::page(&self.world, call).unwrap_or_else(|refusal| refusal)
            }
            Route::UserSchema | Route::UserTypes => schemas::answer(&self.world, call),
            _ => directory::answer(&self.world, call),
        };
        if call.route.is_list() && reply.status == StatusCode::BAD_REQUEST {
            self.complain(call, "the list refused the parameters");
        }
        reply
    }
}
