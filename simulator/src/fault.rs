//! A fault is one way in which Okta, or the network before it, fails: which calls it spoils, how, and how often. Faults are
//! armed by tests and by `--fault`; see [`super::FAULTS_HELP`] for their written form. A fault either refuses a call (then
//! nothing happened) or spoils its answer (then it took effect all the same): the difference a lost 201 makes.

use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::{
    call::Call,
    rate_limit::Rate,
    reply::{Content, Reply},
    route::Route,
    token,
};

const HTML: &str =
    "<html><head><title>Error</title></head><body><h1>We'll be right back</h1></body></html>\n";
const GARBAGE: &str = "\u{1}\u{2}not json at all }{][";

/// Which calls, in what way, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The calls it spoils.
    pub on: Calls,
    /// How many of them; `None` = always. (A [`FaultKind::RateLimited`] without a number ends with its window.)
    pub times: Option<u32>,
    /// How.
    pub kind: FaultKind,
}

/// A choice of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Every call.
    Any,
    /// Every call of one kind: `user groups links group app request post bundle type list org token streams`.
    Named(&'static str),
    /// Every call of this method (if given) whose path and query hold this text, or end with it where it ends in `$`.
    Like {
        /// The method, upper case.
        method: Option<String>,
        /// The text.
        part: String,
    },
}

/// A way to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// This status, with Okta's error body, or HTML for 502, 503 and 504.
    Status {
        /// 400 to 599.
        status: u16,
        /// Whether the call took effect before it failed.
        after: bool,
    },
    /// 429 until a window of this length, opened by the first such call, ends.
    RateLimited(Duration),
    /// 429 with `X-Rate-Limit-Limit: 0`, Okta's sign of too many calls at once.
    Concurrency,
    /// 403 with `error="insufficient_scope"` for this OAuth scope.
    InsufficientScope(String),
    /// The right answer, this late; the call takes effect at once.
    Slow(Duration),
    /// No answer, for as long as the caller waits; nothing is done.
    Hang,
    /// The connection ends before the request is read.
    CutBefore,
    /// The call takes effect, then the connection ends without an answer.
    CutAfter,
    /// The right answer announced, half of it sent, then the connection ends.
    Truncated,
    /// 200 with JSON's content type and no JSON.
    Garbage,
    /// 200 with an empty body.
    Empty,
    /// 200 with 50 MB that never become JSON.
    Huge,
    /// 200 with a page of HTML, as a captive proxy answers.
    Html,
    /// The right answer, called `text/plain`.
    PlainText,
    /// The right answer without `X-Rate-Limit-*`.
    Bare,
    /// The right answer, and the last: every connection is closed with it and new ones are refused, until
    /// [`super::Simulator::accept_connections`].
    Gone,
    /// 200 with JSON's content type and this body; for tests, without a written form.
    Body(Vec<u8>),
}

impl FaultKind {
    /// Whether the call is carried out in spite of the fault.
    pub(super) fn takes_effect(&self) -> bool {
        match self {
            Self::Status { after, .. } => *after,
            Self::RateLimited(_)
            | Self::Concurrency
            | Self::InsufficientScope(_)
            | Self::Hang
            | Self::CutBefore => false,
            Self::Slow(_)
            | Self::CutAfter
            | Self::Truncated
            | Self::Garbage
            | Self::Empty
            | Self::Huge
            | Self::Html
            | Self::PlainText
            | Self::Bare
            | Self::Gone
            | Self::Body(_) => true,
        }
    }

    /// What is answered in place of `reply`.
    pub(super) fn spoil(&self, reply: Reply, route: Route, now: Timestamp, limit: u32) -> Reply {
        match self {
            Self::Slow(_) | Self::Hang | Self::CutBefore | Self::CutAfter => reply,
            Self::Status { status, .. } => failure(*status, route),
            Self::RateLimited(left) => {
                let reset = now.as_second() + left.as_millis().div_ceil(1000).try_into().unwrap_or(60);
                Reply { rate: Some(Rate { limit, remaining: 0, reset }), ..Reply::rate_limited() }
            }
            Self::Concurrency => {
                let rate = Rate { limit: 0, remaining: 0, reset: now.as_second() };
                Reply { rate: Some(rate), ..Reply::rate_limited() }
            }
            Self::InsufficientScope(scope) => {
                let challenge = format!(
                    "Bearer authorization_uri=\"http://127.0.0.1/oauth2/v1/authorize\", realm=\"http://127.0.0.1\", \
                     scope=\"{scope}\", error=\"insufficient_scope\", error_description=\"The access token provided \
                     does not contain the required scopes.\", resource=\"/api/v1\""
                );
                failure(403, route).with("www-authenticate", challenge)
            }
            Self::Truncated => {
                let whole = match reply.content {
                    Content::Whole(bytes) if bytes.len() > 1 => bytes,
                    _ => "{\"truncated\":true}".into(),
                };
                Reply { content: Content::Half(whole), ..reply }
            }
            Self::Garbage => Reply::of(StatusCode::OK, Some("application/json"), GARBAGE),
            Self::Empty => Reply::of(StatusCode::OK, Some("application/json"), ""),
            Self::Huge => {
                Reply { content: Content::Huge, ..Reply::of(StatusCode::OK, Some("application/json"), "") }
            }
            Self::Html => Reply::of(StatusCode::OK, Some("text/html; charset=utf-8"), HTML),
            Self::PlainText => Reply { content_type: reply.content_type.and(Some("text/plain")), ..reply },
            Self::Bare => Reply { tells_rate: false, ..reply },
            Self::Gone => reply.with("connection", "close"),
            Self::Body(body) => Reply::of(StatusCode::OK, Some("application/json"), body.clone()),
        }
    }
}

/// A status with the body Okta sends with it; 502, 503 and 504 come from the load balancers before it.
fn failure(status: u16, route: Route) -> Reply {
    if route == Route::Token && matches!(status, 400 | 401) {
        let error = if status == 401 { "invalid_client" } else { "invalid_request" };
        return token::refusal(error, "A fault armed in the simulator.");
    }
    let (code, summary) = match status {
        400 => ("E0000001", "Api validation failed"),
        401 => ("E0000011", "Invalid token provided"),
        403 => ("E0000006", "You do not have permission to perform the requested action"),
        404 => ("E0000007", "Not found: Resource not found"),
        409 => ("E0000001", "The request is closed and takes no messages"),
        429 => ("E0000047", "API call exceeded rate limit due to too many requests."),
        _ => ("E0000009", "Internal Server Error"),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match status.as_u16() {
        502..=504 => Reply::of(status, Some("text/html"), HTML),
        _ => Reply::error(status, code, summary),
    }
}

/// The faults that wait for their calls, in the order in which they were armed.
#[derive(Debug, Default)]
pub(super) struct ArmedFaults(Vec<Armed>);

#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// The end of the window that a [`FaultKind::RateLimited`] without a number has opened.
    until: Option<Timestamp>,
}

impl ArmedFaults {
    pub(super) fn arm(&mut self, fault: Fault) {
        self.0.push(Armed { fault, until: None });
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that spoils this call; counts it.
    pub(super) fn take(&mut self, call: &Call, now: Timestamp) -> Option<FaultKind> {
        self.0.retain(|armed| armed.fault.times != Some(0) && armed.until.is_none_or(|until| now < until));
        let armed = self.0.iter_mut().find(|armed| armed.fault.on.holds(call))?;
        if let Some(times) = &mut armed.fault.times {
            *times -= 1;
        } else if let FaultKind::RateLimited(length) = armed.fault.kind {
            let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::from_mins(1));
            let until = *armed.until.get_or_insert(now.checked_add(length).unwrap_or(now));
            return Some(FaultKind::RateLimited(until.duration_since(now).unsigned_abs()));
        }
        Some(armed.fault.kind.clone())
    }
}

impl Calls {
    fn holds(&self, call: &Call) -> bool {
        match self {
            Self::Any => true,
            Self::Named(name) => call.route.name() == *name,
            Self::Like { method, part } => {
                let here = match part.strip_suffix('$') {
                    Some(end) => call.path.ends_with(end),
                    None => call.path.contains(part.as_str()),
                };
                here && method.as_deref().is_none_or(|method| method == call.method.as_str())
            }
        }
    }
}
