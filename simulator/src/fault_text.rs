//! The written form of a fault, for `--fault` and for tests: `<calls>=<what>[xN]`, as in `post=503x2`. A text that is not a
//! fault is answered with every form that is.

use std::{str::FromStr, time::Duration};

use super::{
    fault::{Calls, Fault, FaultKind},
    route::NAMES,
};

/// Every legal form, for `--help` and for errors.
pub const FAULTS_HELP: &str = "\
a fault is CALLS=WHAT, or CALLS=WHATxN for the first N of these calls only (`post=503x2`)
CALLS
  user groups links       GET /api/v1/users/{id}, …/groups, …/appLinks
  group app               GET /api/v1/groups/{id}, /api/v1/apps/{id}
  request post            GET of one access request, POST of a message, v1 and v2
  bundle type list org    entitlement bundle, request type, request lists, /.well-known/okta-organization
  token streams           POST /oauth2/v1/token (400 and 401 in OAuth's shape), GET /api/v1/logStreams
  any                     every call
  'GET /users/00u1'       this method, a path holding this text; '/00u1$' any method, a path ending so
WHAT
  400 … 599               that status: Okta's error body, HTML for 502, 503, 504 (`any=401`, `user=404`, `post=409`)
  500-after               the same, but the call took effect (the message is stored)
  429  429:5              rate limit: refused until 1 s, 5 s after the first such call; with xN each of N calls
  429:limit0              concurrency limit: 429 with X-Rate-Limit-Limit 0
  403:okta.users.read     403 insufficient_scope, naming that scope
  slow:3s  slow:250ms     the right answer, late
  hang                    no answer at all; nothing is done
  cut-before              connection closed, request unread
  cut-after               call carried out, connection closed without an answer
  truncated               right answer announced, half of it sent, connection closed
  garbage empty html      200 with no JSON, with no body, with a web page; the call took effect
  huge                    200 with 50 MB
  text bare               the right answer, called text/plain, or without X-Rate-Limit headers
  gone                    the right answer, and the last: every connection closed, new ones refused";

/// A text that is no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to read fault `{text}`: {cause}\n{FAULTS_HELP}")]
pub struct FaultError {
    text: String,
    cause: &'static str,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        parse(text.trim()).map_err(|cause| FaultError { text: text.to_owned(), cause })
    }
}

fn parse(text: &str) -> Result<Fault, &'static str> {
    let (calls, what) = text.rsplit_once('=').ok_or("there is no `=`")?;
    let on = calls_of(calls.trim())?;
    let (what, times) = match what.trim().rsplit_once('x') {
        Some((what, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            (what, Some(digits.parse().map_err(|_| "the number of times is too large")?))
        }
        _ => (what.trim(), None),
    };
    if times == Some(0) {
        return Err("zero times is no fault");
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
        _ => Err("the calls before `=` are unknown"),
    }
}

fn kind_of(text: &str) -> Result<FaultKind, &'static str> {
    let (word, argument) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest)));
    Ok(match (word, argument) {
        ("429", None) => FaultKind::RateLimited(Duration::from_secs(1)),
        ("429", Some("limit0")) => FaultKind::Concurrency,
        ("429", Some(length)) => FaultKind::RateLimited(duration_of(length)?),
        ("403", Some("")) => return Err("the scope after `403:` is missing"),
        ("403", Some(scope)) => FaultKind::InsufficientScope(scope.to_owned()),
        ("slow", Some(length)) => FaultKind::Slow(duration_of(length)?),
        ("hang", None) => FaultKind::Hang,
        ("cut-before", None) => FaultKind::CutBefore,
        ("cut-after", None) => FaultKind::CutAfter,
        ("truncated", None) => FaultKind::Truncated,
        ("garbage", None) => FaultKind::Garbage,
        ("empty", None) => FaultKind::Empty,
        ("huge", None) => FaultKind::Huge,
        ("html", None) => FaultKind::Html,
        ("text", None) => FaultKind::PlainText,
        ("bare", None) => FaultKind::Bare,
        ("gone", None) => FaultKind::Gone,
        (word, None) => {
            let (number, after) = word.strip_suffix("-after").map_or((word, false), |number| (number, true));
            let status = number.parse().ok().filter(|status| (400..=599).contains(status));
            FaultKind::Status { status: status.ok_or("what follows `=` is unknown")?, after }
        }
        _ => return Err("what follows `=` is unknown, or takes nothing after `:`"),
    })
}

/// `3s`, `250ms`, or a bare number of seconds.
fn duration_of(text: &str) -> Result<Duration, &'static str> {
    let (digits, unit): (&str, fn(u64) -> Duration) = if let Some(digits) = text.strip_suffix("ms") {
        (digits, Duration::from_millis)
    } else {
        (text.strip_suffix('s').unwrap_or(text), Duration::from_secs)
    };
    digits.parse().map(unit).map_err(|_| "the time is not a number of `s` or `ms`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_help_is_read() {
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
    fn what_is_no_fault_is_answered_with_the_forms() {
        for text in
            ["", "post", "post=", "mail=503", "post=200", "post=503x0", "slow", "user=slow:soon", "user=403:"]
        {
            let fault = text.parse::<Fault>().expect_err(text).to_string();
            assert!(fault.contains("cut-before") && fault.contains(&format!("`{text}`")), "{fault}");
        }
    }
}
