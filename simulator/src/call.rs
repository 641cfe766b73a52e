//! One call, from the request as it arrives to the answer as it leaves: recorded, spoilt where a fault is armed for it,
//! counted, authorised, answered. The order is Okta's as far as a caller can tell it.

use std::sync::Arc;

use axum::{
    body::to_bytes,
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, header, request::Parts, uri::Authority};

use super::{
    auth,
    connection::Connection,
    directory,
    fault::FaultKind,
    governance,
    rate_limit::Rate,
    record::RecordedCall,
    reply::Reply,
    route::Route,
    state::{Okta, State as OktaState},
    token,
};

/// Bytes of a request's body that are read; Okta's own calls here need a few thousand.
const BODY_LIMIT: usize = 1 << 20;

/// What is known of a call before its body is read.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) route: Route,
    pub(super) id: String,
    pub(super) method: Method,
    /// The path with its query, as received.
    pub(super) path: String,
    /// The host, with the port where there is one, that the caller believes to speak to.
    pub(super) authority: String,
    pub(super) headers: HeaderMap,
}

impl Call {
    /// The path without its query, as received.
    pub(super) fn path_alone(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// Whether this URL, without query or fragment, is where the call went. Its scheme may be either, so that it holds
    /// behind a front that ends TLS.
    pub(super) fn is_at(&self, url: &str) -> bool {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let Some((authority, path)) = rest.and_then(|rest| Some(rest.split_at(rest.find('/')?))) else {
            return false;
        };
        authority.eq_ignore_ascii_case(&self.authority) && path == self.path_alone()
    }
}

/// The handler of every path.
pub(super) async fn answer(
    State(okta): State<Arc<Okta>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let (call, number, fault) = okta.lock().arrive(parts, &connection);
    if matches!(fault, Some(FaultKind::CutBefore)) || connection.all_refused() {
        connection.cut();
        return Response::default();
    }
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        // The caller left in the middle of its request, or sends without end.
        connection.cut();
        return Response::default();
    };
    if matches!(fault, Some(FaultKind::Hang)) {
        return std::future::pending().await;
    }
    let (reply, rate) = okta.lock().respond(&call, &body, fault.as_ref());
    match fault {
        Some(FaultKind::CutAfter) => {
            connection.cut();
            return Response::default();
        }
        Some(FaultKind::Slow(delay)) => tokio::time::sleep(delay).await,
        Some(FaultKind::Gone) => connection.refuse_all_others(),
        _ => {}
    }
    let mut state = okta.lock();
    state.calls[number].status = Some(reply.status.as_u16());
    reply.into_response(rate, state.now())
}

impl OktaState {
    /// Records the call and takes the fault that will spoil it, if any.
    fn arrive(&mut self, parts: Parts, connection: &Connection) -> (Call, usize, Option<FaultKind>) {
        let now = self.now();
        let record = RecordedCall::arriving(&parts, connection.number(), now);
        let path = record.path.clone();
        self.calls.push(record);
        let (route, id) = Route::of(parts.uri.path());
        // HTTP/2 has it in the URI (`:authority`), HTTP/1.1 in `Host`.
        let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let authority = parts.uri.authority().map(Authority::as_str).or(host).unwrap_or_default().to_owned();
        let call = Call { route, id, method: parts.method, path, authority, headers: parts.headers };
        let fault = self.faults.take(&call, now);
        (call, self.calls.len() - 1, fault)
    }

    /// The answer and the bucket it was counted in. A fault that refuses the call leaves the world as it was.
    fn respond(&mut self, call: &Call, body: &[u8], fault: Option<&FaultKind>) -> (Reply, Rate) {
        let limits = self.world.limits;
        let limit = if call.route.is_governance() { limits.governance } else { limits.directory };
        let now = self.now();
        let (rate, allowed) = self.rate_limits.take(call.route.bucket(), limit, limits.window, now);
        let reply = match fault {
            Some(kind) if !kind.takes_effect() => {
                kind.spoil(Reply::empty(StatusCode::OK), call.route, now, limit)
            }
            _ if !allowed => Reply::rate_limited(),
            Some(kind) => kind.spoil(self.reply_to(call, body), call.route, now, limit),
            None => self.reply_to(call, body),
        };
        (reply, rate)
    }

    fn reply_to(&mut self, call: &Call, body: &[u8]) -> Reply {
        if call.route == Route::Unknown {
            self.complain(call, "no such path");
            return Reply::not_found(&call.path, "Endpoint");
        }
        if call.method != call.route.method() {
            self.complain(call, "no such method on this path");
            let summary = "The endpoint does not support the provided HTTP method";
            return Reply::error(StatusCode::METHOD_NOT_ALLOWED, "E0000022", summary);
        }
        if let Err(refusal) = auth::check(self, call) {
            return refusal;
        }
        match call.route {
            Route::Request(_)
            | Route::Messages(_)
            | Route::Requests(_)
            | Route::Bundle
            | Route::RequestType => governance::answer(self, call, body),
            Route::Token => token::answer(self, call, body),
            _ => directory::answer(&self.world, call),
        }
    }

    /// Notes a call that a correct client would not have made.
    pub(super) fn complain(&mut self, call: &Call, why: &str) {
        self.complaints.push(format!("{} {}: {why}", call.method, call.path));
    }
}
