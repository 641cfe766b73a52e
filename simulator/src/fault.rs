//! A fault is one way in which Okta, or the network before it, fails: which calls fail, how, and how often.
//! Tests and `--fault` arm faults; [`FAULTS_HELP`](super::FAULTS_HELP) describes their written form. A fault
//! either refuses a call, and then nothing happened, or it spoils the reply, and then the call took effect.
//! `spoilt_reply` makes that reply.

use std::time::Duration;

use super::call::Call;

/// Which calls fail, how, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The calls that fail.
    pub on: Calls,
    /// How many of them fail. `None`: all; but then a [`FaultKind::RateLimited`] ends with its window.
    pub times: Option<u32>,
    /// How they fail.
    pub kind: FaultKind,
}

/// A choice of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Every call.
    Any,
    /// Every call with this name. [`FAULTS_HELP`](super::FAULTS_HELP) has all names. Any other name matches no
    /// call.
    Named(&'static str),
    /// Every call whose method and path match.
    Like {
        /// The method, in upper case; `None`: any method.
        method: Option<String>,
        /// The text that the path with its query contains. If the text ends in `$`, the path ends with the
        /// rest of the text.
        part: String,
    },
}

impl Calls {
    /// Whether this call is one of them.
    pub(super) fn include(&self, call: &Call) -> bool {
        match self {
            Self::Any => true,
            Self::Named(name) => call.route.name() == *name,
            Self::Like { method, part } => {
                let path_matches = match part.strip_suffix('$') {
                    Some(end) => call.path.ends_with(end),
                    None => call.path.contains(part.as_str()),
                };
                path_matches && method.as_deref().is_none_or(|method| method == call.method.as_str())
            }
        }
    }
}

/// How a call fails. "JSON" below means the content type `application/json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// This status, with Okta's error body; with HTML for 502, 503 and 504.
    Status {
        /// 400 to 599.
        status: u16,
        /// Whether the call took effect before it failed.
        after: bool,
    },
    /// This status with this error. The call has no effect.
    Error {
        /// 400 to 599.
        status: u16,
        /// A code of Okta (`E0000015`), or an error of OAuth (`access_denied`). It chooses the error body.
        code: String,
        /// The error in words; `None`: those of the code.
        description: Option<String>,
    },
    /// This redirect. The call has no effect.
    Redirect {
        /// 300 to 399.
        status: u16,
        /// The base URL in `Location`, before the call's path.
        to: String,
    },
    /// 429. The first such call opens a window of this length; at its end the calls succeed again.
    RateLimited(Duration),
    /// 429 with `X-Rate-Limit-Limit: 0`, which is how Okta reports too many calls at the same time.
    Concurrency,
    /// 403 with `error="insufficient_scope"`, naming this OAuth scope.
    InsufficientScope(String),
    /// The correct reply, delayed by this time. The call takes effect before the delay.
    Slow(Duration),
    /// No reply, for as long as the client waits. The call has no effect.
    Hang,
    /// The connection is cut before the request is read. The call has no effect.
    CutBefore,
    /// The call takes effect, then the connection is cut without a reply.
    CutAfter,
    /// The correct reply, but the connection is cut after half of the announced body.
    Truncated,
    /// The correct reply, but after half of the announced body nothing comes. The connection stays open.
    Stalled,
    /// 200 as JSON with a body that is not JSON. The call takes effect.
    Garbage,
    /// 200 as JSON with an empty body. The call takes effect.
    Empty,
    /// 200 as JSON with 50 MB that are not JSON. The call takes effect.
    Huge,
    /// 200 with an HTML page, as a captive portal answers. The call takes effect.
    Html,
    /// The correct reply, but as `text/plain`.
    PlainText,
    /// The correct reply, but without the `X-Rate-Limit-*` headers.
    Bare,
    /// The correct reply, and the last. With it every connection is closed, and new ones are refused until
    /// [`Simulator::accept_connections`](super::Simulator::accept_connections).
    Gone,
    /// 200 as JSON with this body. For tests; it has no written form. The call takes effect.
    Body(Vec<u8>),
}

impl FaultKind {
    /// Whether the call takes effect in spite of the fault.
    pub(super) fn takes_effect(&self) -> bool {
        match self {
            Self::Status { after, .. } => *after,
            Self::Error { .. }
            | Self::Redirect { .. }
            | Self::RateLimited(_)
            | Self::Concurrency
            | Self::InsufficientScope(_)
            | Self::Hang
            | Self::CutBefore => false,
            Self::Slow(_)
            | Self::CutAfter
            | Self::Truncated
            | Self::Stalled
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
}
