//! The written form of a fault, for `--fault` and for tests: `CALLS=WHAT` or `CALLS=WHATxN`, as in
//! `post=503x2`. This file reads it, and describes all forms.

use std::{str::FromStr, time::Duration};

use super::{
    fault::{Calls, Fault, FaultKind},
    route::NAMES,
};

/// All written forms of a fault, for `--help`.
///
/// Its lines have at most 70 characters: `--help` indents them by 10 and has 80 columns.
pub const FAULTS_HELP: &str = "\
a fault is CALLS=WHAT, or CALLS=WHATxN for only the first N of these
calls, such as `post=503x2`
CALLS
  user groups links      GET /api/v1/users/{id}, …/groups, …/appLinks
  users                  GET /api/v1/users, a search
  group app              GET /api/v1/groups/{id}, /api/v1/apps/{id}
  members assigned       GET of a group's members, of an app's people
  request post           GET of one access request, POST of a message
  bundle type catalog    GET of an entitlement bundle, a request type,
                         a catalog entry
  grants labels tasks    GET of the lists of entitlement grants,
                         labels, tasks
  list                   GET of the list of access requests
  org streams            GET /.well-known/okta-organization,
                         /api/v1/logStreams
  schema types           GET of a user schema, of the list of user
                         types
  conditions collection  GET of an app's request conditions, of a
                         resource collection
  token                  POST /oauth2/v1/token; 400 and 401 have
                         OAuth's error body
  any                    every call
  'GET /users/00u1'      calls with this method whose path contains
                         this text
  '/00u1$'               calls with any method whose path ends with
                         this text
WHAT
  400 … 599              this status with Okta's error body; HTML for
                         502, 503, 504
  401:E0000015           this status with this error code of Okta
  403:access_denied      this status with this OAuth error; `:TEXT`
                         behind it is the description
  302                    a redirect to another host
  302:https://x.test     a redirect to this one
  500-after              this status, but the call takes effect (a
                         message is stored)
  429  429:5             the rate limit is used up for 1 s, for 5 s,
                         from the first such call on; with xN for N
                         calls
  429:limit0             concurrency limit: 429 with
                         X-Rate-Limit-Limit: 0
  403:okta.users.read    403 insufficient_scope, naming this scope
  slow:3s  slow:250ms    the correct reply, delayed by this time
  hang                   no reply; the call has no effect
  cut-before             connection closed before a reply; the call
                         has no effect
  cut-after              connection closed before a reply; the call
                         takes effect
  truncated              half of the correct reply, then the
                         connection is closed
  stalled                half of the correct reply, then nothing
  garbage empty html     200 with a body that is not JSON, is empty,
                         is a web page; the call takes effect
  huge                   200 with a body of 50 MB; the call takes
                         effect
  text                   the correct reply, but as text/plain
  bare                   the correct reply, but without X-Rate-Limit
                         headers
  gone                   the correct reply, and the last: every
                         connection is closed, new ones are refused";

/// The errors of OAuth that a fault can name: RFC 6749, RFC 6750, RFC 9449, and Okta's reference of its token
/// endpoint.
const OAUTH_ERRORS: [&str; 12] = [
    "access_denied",
    "consent_required",
    "invalid_client",
    "invalid_dpop_proof",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "use_dpop_nonce",
];
/// Where a redirect without a URL points.
const ELSEWHERE: &str = "https://login.acme.example";

/// Why a text is not a fault, and what a fault looks like. The caller quotes the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; a fault is CALLS=WHAT, such as post=503")]
pub struct FaultError(&'static str);

impl FromStr for Fault {
    type Err = FaultError;

    /// Reads a fault in the form that [`FAULTS_HELP`] describes.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        parse(text.trim()).map_err(FaultError)
    }
}

fn parse(text: &str) -> Result<Fault, &'static str> {
    let (calls, what) = text.rsplit_once('=').ok_or("it has no `=`")?;
    let on = calls_of(calls.trim())?;
    let (what, times) = match what.trim().rsplit_once('x') {
        Some((what, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            (what, Some(digits.parse().map_err(|_| "the number of times is too large")?))
        }
        _ => (what.trim(), None),
    };
    if times == Some(0) {
        return Err("`x0` means that no call fails");
    }
    Ok(Fault { on, times, kind: kind_of(what)? })
}

fn calls_of(text: &str) -> Result<Calls, &'static str> {
    if text == "any" {
        return Ok(Calls::Any);
    }
    if let Some(name) = NAMES.into_iter().find(|name| *name == text) {
        return Ok(Calls::Named(name));
    }
    match text.split_once(' ') {
        Some((method, part)) if part.starts_with('/') => {
            Ok(Calls::Like { method: Some(method.to_uppercase()), part: part.to_owned() })
        }
        None if text.starts_with('/') => Ok(Calls::Like { method: None, part: text.to_owned() }),
        _ => Err("no call has the name before the `=`"),
    }
}

fn kind_of(text: &str) -> Result<FaultKind, &'static str> {
    let (word, argument) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest)));
    Ok(match (word, argument) {
        (status, Some(error)) if is_error(error) => error_of(status, error)?,
        ("429", None) => FaultKind::RateLimited(Duration::from_secs(1)),
        ("429", Some("limit0")) => FaultKind::Concurrency,
        ("429", Some(length)) => FaultKind::RateLimited(duration_of(length)?),
        ("403", Some("")) => return Err("a scope must follow `403:`"),
        ("403", Some(scope)) => FaultKind::InsufficientScope(scope.to_owned()),
        ("slow", Some(length)) => FaultKind::Slow(duration_of(length)?),
        ("hang", None) => FaultKind::Hang,
        ("cut-before", None) => FaultKind::CutBefore,
        ("cut-after", None) => FaultKind::CutAfter,
        ("truncated", None) => FaultKind::Truncated,
        ("stalled", None) => FaultKind::Stalled,
        ("garbage", None) => FaultKind::Garbage,
        ("empty", None) => FaultKind::Empty,
        ("huge", None) => FaultKind::Huge,
        ("html", None) => FaultKind::Html,
        ("text", None) => FaultKind::PlainText,
        ("bare", None) => FaultKind::Bare,
        ("gone", None) => FaultKind::Gone,
        (status, to) if redirect_status(status).is_some() => FaultKind::Redirect {
            status: redirect_status(status).unwrap_or(302),
            to: to.unwrap_or(ELSEWHERE).trim_end_matches('/').to_owned(),
        },
        (word, None) => {
            let (number, after) = word.strip_suffix("-after").map_or((word, false), |number| (number, true));
            let status = number.parse().ok().filter(|status| (400..=599).contains(status));
            FaultKind::Status {
                status: status.ok_or("there is no such failure as the one after the `=`")?,
                after,
            }
        }
        _ => {
            return Err("there is no such failure as the one after the `=`, or it takes nothing after a `:`");
        }
    })
}

/// Whether the text is a code of Okta or an error of OAuth, with or without a description.
fn is_error(text: &str) -> bool {
    let code = text.split(':').next().unwrap_or_default();
    let is_oktas = code
        .strip_prefix('E')
        .is_some_and(|digits| digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    is_oktas || OAUTH_ERRORS.contains(&code)
}

fn error_of(status: &str, error: &str) -> Result<FaultKind, &'static str> {
    let status = status.parse().ok().filter(|status| (400..=599).contains(status));
    let (code, description) =
        error.split_once(':').map_or((error, None), |(code, text)| (code, Some(text.trim().to_owned())));
    Ok(FaultKind::Error {
        status: status.ok_or("an error code must follow a status from 400 to 599")?,
        code: code.to_owned(),
        description,
    })
}

fn redirect_status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|status| (300..=399).contains(status))
}

/// Reads `3s`, `250ms`, or a number of seconds without a unit.
fn duration_of(text: &str) -> Result<Duration, &'static str> {
    let (digits, unit): (&str, fn(u64) -> Duration) = if let Some(digits) = text.strip_suffix("ms") {
        (digits, Duration::from_millis)
    } else {
        (text.strip_suffix('s').unwrap_or(text), Duration::from_secs)
    };
    digits.parse().map(unit).map_err(|_| "the time must be a number with `s` or `ms`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_help_is_accepted() {
        for text in [
            "post=503",
            "token=401",
            "streams=403",
            "user=404",
            "post=429:5",
            "post=429:limit0",
            "any=401",
            "user=403:okta.users.read",
            "post=502",
            "user=slow:3s",
            "post=cut-before",
            "post=cut-after",
            "user=truncated",
            "post=stalled",
            "user=garbage",
            "user=empty",
            "user=huge",
            "user=html",
            "user=hang",
            "user=text",
            "user=bare",
            "user=gone",
            "post=500-after",
            "GET /users/00u1=404",
            "/00u1$=500",
            "groups=slow:250msx3",
            "any=401:E0000015",
            "post=503:E0000010x1",
            "token=403:access_denied",
            "token=401:invalid_client:The client_assertion token is expired.",
            "users=302",
            "catalog=307:https://x.test/x2",
        ] {
            assert!(text.parse::<Fault>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_number_of_times_ends_a_fault() {
        let fault: Fault = "post=503x2".parse().expect("a documented form");
        let kind = FaultKind::Status { status: 503, after: false };
        assert_eq!(fault, Fault { on: Calls::Named("post"), times: Some(2), kind });
    }

    #[test]
    fn a_text_that_is_not_a_fault_gets_an_error_that_shows_one() {
        for text in [
            "",
            "post",
            "post=",
            "mail=503",
            "post=200",
            "post=503x0",
            "slow",
            "user=slow:soon",
            "user=403:",
            "user=200:E0000015",
        ] {
            let fault = text.parse::<Fault>().expect_err(text).to_string();
            let (cause, form) = fault.split_once("; ").expect("the cause, then the form");
            assert!(!cause.is_empty() && form == "a fault is CALLS=WHAT, such as post=503", "{fault}");
        }
    }
}
