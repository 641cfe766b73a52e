//! A spoilt reply is what a fault sends instead of the correct reply. Error codes and bodies are Okta's. This
//! file only makes the reply: `handler` delays it, withholds it, or cuts the connection.

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;

use super::{
    call::Call,
    challenge::Challenge,
    fault::FaultKind,
    rate_limit::Rate,
    refusal,
    reply::{AfterHalf, Reply, ReplyBody},
    route::Route,
};

const HTML: &str =
    "<html><head><title>Error</title></head><body><h1>We'll be right back</h1></body></html>\n";
const GARBAGE: &str = "\u{1}\u{2}not json at all }{][";

/// The reply that the fault sends instead of `reply`. `limit` is the number of calls that the route's rate
/// limit allows.
pub(super) fn spoil(fault: &FaultKind, reply: Reply, call: &Call, now: Timestamp, limit: u32) -> Reply {
    let route = call.route;
    match fault {
        FaultKind::Slow(_) | FaultKind::Hang | FaultKind::CutBefore | FaultKind::CutAfter => reply,
        FaultKind::Status { status, .. } => failure(*status, route),
        FaultKind::Error { status, code, description } => with_code(*status, code, description.as_deref()),
        FaultKind::Redirect { status, to } => refusal::redirect(status_of(*status), to, call),
        FaultKind::RateLimited(left) => {
            let reset = now.as_second() + left.as_millis().div_ceil(1000).try_into().unwrap_or(60);
            Reply { rate: Some(Rate { limit, remaining: 0, reset }), ..refusal::rate_limited() }
        }
        FaultKind::Concurrency => {
            let rate = Rate { limit: 0, remaining: 0, reset: now.as_second() };
            Reply { rate: Some(rate), ..refusal::rate_limited() }
        }
        FaultKind::InsufficientScope(scope) => {
            let challenge = Challenge {
                scheme: "Bearer",
                host: "127.0.0.1",
                scope,
                error: "insufficient_scope",
                description: "The access token provided does not contain the required scopes.",
                resource: "/api/v1",
            };
            failure(403, route).with("www-authenticate", challenge.to_string())
        }
        FaultKind::Truncated => Reply { after_half: Some(AfterHalf::End), ..reply },
        FaultKind::Stalled => Reply { after_half: Some(AfterHalf::Silence), ..reply },
        FaultKind::Garbage => ok_json(GARBAGE),
        FaultKind::Empty => ok_json(""),
        FaultKind::Huge => Reply { body: ReplyBody::Huge, ..ok_json("") },
        FaultKind::Html => Reply::of(StatusCode::OK, Some("text/html; charset=utf-8"), HTML),
        FaultKind::PlainText => Reply { content_type: reply.content_type.and(Some("text/plain")), ..reply },
        FaultKind::Bare => Reply { shows_rate: false, ..reply },
        FaultKind::Gone => reply.with("connection", "close"),
        FaultKind::Body(body) => ok_json(body.clone()),
    }
}

/// 200 with JSON's content type and a body that may be anything.
fn ok_json(body: impl Into<Bytes>) -> Reply {
    Reply::of(StatusCode::OK, Some("application/json"), body)
}

/// A status with the error body that has this code.
fn with_code(status: u16, code: &str, description: Option<&str>) -> Reply {
    let words = description.unwrap_or_else(|| refusal::words_of(code));
    if code.starts_with('E') {
        return refusal::error(status_of(status), code, words);
    }
    Reply { status: status_of(status), ..refusal::oauth(code, words) }
}

fn status_of(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A status with the body that Okta sends with it. 502, 503 and 504 come from load balancers, as HTML.
fn failure(status: u16, route: Route) -> Reply {
    if route == Route::Token && matches!(status, 400 | 401) {
        let error = if status == 401 { "invalid_client" } else { "invalid_request" };
        return refusal::oauth(error, "A fault armed in the simulator.");
    }
    let status = status_of(status);
    match status.as_u16() {
        400 => refusal::error(status, "E0000001", "Api validation failed"),
        401 => refusal::invalid_token(),
        403 => refusal::forbidden(),
        404 => refusal::error(status, "E0000007", "Not found: Resource not found"),
        409 => refusal::closed_request(),
        429 => refusal::rate_limited(),
        502..=504 => Reply::of(status, Some("text/html"), HTML),
        _ => refusal::error(status, "E0000009", "Internal Server Error"),
    }
}
