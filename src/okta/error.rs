//! An [`OktaError`] is why a call to Okta gave no value. Its variants are what the caller does next; its text
//! says which call, what Okta answered (status, error code, error id, request id), and what to do. Okta's own
//! summaries are left out: they quote logins and what was sent.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{Exchange, rate_limit};
use crate::secret::{SecretError, ServiceApp};

/// Why a call gave no value. `call` is its method and path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OktaError {
    /// There is no credential to send it with.
    #[error(transparent)]
    Secret(SecretError),
    /// 401, also with a credential that was just read: someone must renew it.
    #[error(
        "{call}: {answer}: the credential was refused, also after renewing it; see in the Admin Console (Security > \
         API > Tokens) whether the token was revoked, is unused for 30 days or its owner is deactivated, and store a \
         valid one in the secret; with a service app, whether the app is active"
    )]
    Unauthorized {
        /// Method and path.
        call: String,
        /// What Okta said.
        answer: Box<OktaAnswer>,
    },
    /// The token endpoint does not know the service app, or not its key.
    #[error(
        "{call}: {answer}: Okta refuses the service app `{client_id}` with the key `{key_id}`, also after reading the \
         secret anew; see in the Admin Console (Applications > the app > General) that the app is active and that the \
         public key of this id is registered and active, and that the secret holds its private key"
    )]
    InvalidClient {
        /// Method and path.
        call: String,
        /// What Okta said.
        answer: Box<OktaAnswer>,
        /// The service app's.
        client_id: String,
        /// The key's.
        key_id: String,
    },
    /// The token endpoint grants none of the scopes.
    #[error(
        "POST /oauth2/v1/token: Okta grants the service app none of the scopes `{asked}`; grant them in the Admin Console \
         (Applications > the app > Okta API Scopes)"
    )]
    InvalidScope {
        /// What was asked for.
        asked: String,
    },
    /// There is no access token to send it with: the call for one failed.
    #[error(transparent)]
    Token(Box<OktaError>),
    /// Nothing can be signed.
    #[error("failed to sign a token or proof: the system gave no random numbers")]
    NoRandomness,
    /// 403: someone must allow it.
    #[error("{call}: {answer}: {}", missing(.scope.as_deref()))]
    Forbidden {
        /// Method and path.
        call: String,
        /// What Okta said.
        answer: Box<OktaAnswer>,
        /// The OAuth scope that Okta asks for.
        scope: Option<String>,
    },
    /// 404: it does not exist, or the credential may not see it.
    #[error(
        "{call}: {answer}: there is no such thing in this org, or the credential may not see it; compare the id with \
         the org in OKTA_ORG_URL, and the admin role of the credential"
    )]
    NotFound {
        /// Method and path.
        call: String,
        /// What Okta said.
        answer: Box<OktaAnswer>,
    },
    /// 409: its state does not allow it, as with a request that is closed.
    #[error("{call}: {answer}: its present state does not allow this; a closed request takes no messages")]
    Conflict {
        /// Method and path.
        call: String,
        /// What Okta said.
        answer: Box<OktaAnswer>,
    },
    /// Any other answer that will not change by itself.
    #[error("{call}: {answer}: Okta does not take this call; look up the error id in the org's System Log")]
    Refused {
        /// Method and path.
        call: String,
        /// What Okta said.
        answer: Box<OktaAnswer>,
    },
    /// 429: later.
    #[error("{call}: {answer}: {limit}")]
    RateLimited {
        /// Method and path.
        call: String,
        /// What Okta said.
        answer: Box<OktaAnswer>,
        /// Which limit, and when it opens again.
        limit: RateLimit,
    },
    /// Not sent, since Okta's answers tell that its limit is used up, for longer than can be waited.
    #[error("{call}: not sent: its rate limit is used up and opens again in {} s", .wait.as_secs())]
    OverLimit {
        /// Method and path.
        call: String,
        /// Until it opens again.
        wait: Duration,
    },
    /// 5xx: later.
    #[error("{call}: {answer}: Okta is not able to answer now")]
    Unavailable {
        /// Method and path.
        call: String,
        /// What Okta said.
        answer: Box<OktaAnswer>,
    },
    /// A success that can't be read.
    #[error("{call}: {cause}")]
    Unreadable {
        /// Method and path.
        call: String,
        /// What is wrong with it.
        cause: String,
    },
    /// No answer, or not all of it: no connection, or it broke.
    #[error("{call}: no complete answer from Okta: {cause}")]
    Unreachable {
        /// Method and path.
        call: String,
        /// What happened to the connection.
        cause: String,
        /// Something of it may have reached Okta.
        sent: bool,
    },
    /// No answer within the time for one call.
    #[error("{call}: no answer from Okta within {:.1} s", .after.as_secs_f32())]
    TimedOut {
        /// Method and path.
        call: String,
        /// How long was waited.
        after: Duration,
    },
    /// The invocation's deadline came before the call could be sent.
    #[error("{call}: not sent: no time was left before the invocation's deadline")]
    OutOfTime {
        /// Method and path.
        call: String,
    },
}

/// What Okta said, as far as it identifies the answer to an admin or to Okta's support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OktaAnswer {
    /// The HTTP status.
    pub status: u16,
    /// `errorCode`, such as `E0000007` (Okta API reference, "Error codes").
    pub code: Option<String>,
    /// `errorId`, which Okta's support asks for.
    pub error_id: Option<String>,
    /// The `X-Okta-Request-Id` header, which the System Log repeats.
    pub request_id: Option<String>,
}

impl fmt::Display for OktaAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Okta answered {} (", self.status)?;
        match &self.code {
            Some(code) => write!(f, "error code {code}")?,
            None => write!(f, "no Okta error code")?,
        }
        if let Some(id) = &self.error_id {
            write!(f, ", error id {id}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request id {id}")?;
        }
        f.write_str(")")
    }
}

/// The limit behind a 429 (Okta developer guide, "Rate limits").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// `X-Rate-Limit-Limit: 0`: too many calls at the same moment.
    Concurrency,
    /// Too many calls in the window; it opens again after this long, where the answer tells.
    Window(Option<Duration>),
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateLimit::Concurrency => f.write_str("the org has too many calls in flight at this moment"),
            RateLimit::Window(Some(wait)) => {
                write!(f, "the rate limit of this call is used up and opens again in {} s", wait.as_secs())
            }
            RateLimit::Window(None) => f.write_str("the rate limit of this call is used up"),
        }
    }
}

impl OktaError {
    /// Sorts an answer that is not a success. `body` is its start at least, and may be anything.
    pub(super) fn of_answer(call: String, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> OktaError {
        let answer = Box::new(OktaAnswer::read(status, headers, body));
        match status.as_u16() {
            401 => OktaError::Unauthorized { call, answer },
            403 => OktaError::Forbidden { call, answer, scope: insufficient_scope(headers) },
            404 => OktaError::NotFound { call, answer },
            409 => OktaError::Conflict { call, answer },
            429 => OktaError::RateLimited { call, answer, limit: rate_limit(headers) },
            // Whoever waited too long for the call may have begun with it.
            408 | 500.. => OktaError::Unavailable { call, answer },
            _ => OktaError::Refused { call, answer },
        }
    }
}

impl OktaError {
    /// Sorts a refusal of the token endpoint (RFC 6749, section 5.2).
    pub(super) fn of_token_answer(
        call: String,
        exchange: &Exchange,
        body: &[u8],
        app: &ServiceApp,
        scopes: &[&str],
    ) -> OktaError {
        let answer = OktaAnswer::read(exchange.status, &exchange.headers, body);
        match answer.code.as_deref() {
            Some("invalid_client") => OktaError::InvalidClient {
                call,
                answer: Box::new(answer),
                client_id: app.client_id.clone(),
                key_id: app.key_id.clone(),
            },
            Some("invalid_scope") => OktaError::InvalidScope { asked: scopes.join("`, `") },
            _ => OktaError::of_answer(call, exchange.status, &exchange.headers, body),
        }
    }
}

impl OktaAnswer {
    /// `body` may be anything.
    fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> OktaAnswer {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct ErrorBody {
            /// The token endpoint has `error` in its place.
            #[serde(alias = "error")]
            error_code: Option<String>,
            error_id: Option<String>,
        }
        let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
        OktaAnswer {
            status: status.as_u16(),
            code: body.error_code.filter(|text| is_identifier(text)),
            error_id: body.error_id.filter(|text| is_identifier(text)),
            request_id: request_id(headers).map(str::to_owned),
        }
    }
}

impl OktaError {
    /// Whether the call certainly changed nothing at Okta: it was never sent, or was refused before anything was done.
    #[must_use]
    pub fn nothing_was_done(&self) -> bool {
        match self {
            OktaError::Secret(_)
            | OktaError::Token(_)
            | OktaError::NoRandomness
            | OktaError::OutOfTime { .. }
            | OktaError::OverLimit { .. }
            | OktaError::InvalidClient { .. }
            | OktaError::InvalidScope { .. }
            | OktaError::Unauthorized { .. }
            | OktaError::Forbidden { .. }
            | OktaError::NotFound { .. }
            | OktaError::Conflict { .. }
            | OktaError::Refused { .. }
            | OktaError::RateLimited { .. } => true,
            OktaError::Unreachable { sent, .. } => !sent,
            OktaError::Unavailable { .. } | OktaError::TimedOut { .. } | OktaError::Unreadable { .. } => {
                false
            }
        }
    }

    /// Okta's id of the exchange that failed, where there was an answer.
    pub(super) fn okta_request_id(&self) -> Option<&str> {
        match self {
            OktaError::RateLimited { answer, .. } | OktaError::Unavailable { answer, .. } => {
                answer.request_id.as_deref()
            }
            _ => None,
        }
    }

    /// The same in a few words, for the place in a message where something is missing: no ids, no remedy.
    #[must_use]
    pub fn brief(&self) -> String {
        match self {
            OktaError::Token(error) => error.brief(),
            OktaError::Secret(_)
            | OktaError::InvalidClient { .. }
            | OktaError::InvalidScope { .. }
            | OktaError::NoRandomness => "no valid credential".to_owned(),
            OktaError::Unauthorized { answer, .. }
            | OktaError::NotFound { answer, .. }
            | OktaError::Conflict { answer, .. }
            | OktaError::Refused { answer, .. }
            | OktaError::Unavailable { answer, .. } => format!("Okta answered {}", answer.status),
            OktaError::Forbidden { scope: Some(scope), .. } => {
                format!("the OAuth scope {scope} is not granted")
            }
            OktaError::Forbidden { scope: None, .. } => "the credential has no right to read it".to_owned(),
            OktaError::RateLimited { .. } | OktaError::OverLimit { .. } => {
                "Okta's rate limit is used up".to_owned()
            }
            OktaError::Unreadable { .. } => "Okta's answer could not be read".to_owned(),
            OktaError::Unreachable { .. } => "no answer from Okta".to_owned(),
            OktaError::TimedOut { .. } | OktaError::OutOfTime { .. } => {
                "no answer from Okta in time".to_owned()
            }
        }
    }
}

fn missing(scope: Option<&str>) -> String {
    match scope {
        Some(scope) => format!(
            "the credential lacks the OAuth scope `{scope}`; grant it to the service app in the Admin Console \
             (Applications > the app > Okta API Scopes)"
        ),
        None => "the credential has no right to this; give the role Access Requests Administrator \
                 (ACCESS_REQUESTS_ADMIN), and one that can read users, to the token's owner, or to the service app \
                 (Applications > the app > Admin roles)"
            .to_owned(),
    }
}

/// The scope named by `WWW-Authenticate: Bearer error="insufficient_scope", scope="…"` (RFC 6750, section 3.1).
fn insufficient_scope(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("www-authenticate")?.to_str().ok()?;
    let scope =
        text.contains("insufficient_scope").then_some(text)?.split("scope=\"").nth(1)?.split('"').next()?;
    (!scope.is_empty() && scope.split(' ').all(is_identifier)).then(|| scope.to_owned())
}

/// The limit that a 429 tells of.
fn rate_limit(headers: &HeaderMap) -> RateLimit {
    if rate_limit::is_concurrency(headers) {
        return RateLimit::Concurrency;
    }
    RateLimit::Window(rate_limit::retry_after(headers).or_else(|| rate_limit::until_reset(headers)))
}

/// Okta's id of the exchange, for errors and logs.
pub(super) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-okta-request-id")?.to_str().ok().filter(|text| is_identifier(text))
}

/// Whether a text from an answer can only be a code or an id: nothing else of an answer enters an error.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b))
}

/// What happened to a connection, from the innermost cause: "connection refused" rather than "error sending
/// request". Addresses and URLs are left out.
pub(super) fn transport_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() {
            "the connection could not be opened in time".to_owned()
        } else {
            "the connection died without a word".to_owned()
        };
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    let text = if std::ptr::addr_eq(cause, std::ptr::from_ref(error)) {
        "the request failed".to_owned()
    } else {
        text
    };
    if error.is_connect() {
        format!("no connection ({text})")
    } else {
        format!("the connection broke ({text})")
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn of(status: u16, headers: &HeaderMap, body: &str) -> String {
        let status = StatusCode::from_u16(status).unwrap();
        OktaError::of_answer("GET /x".into(), status, headers, body.as_bytes()).to_string()
    }

    #[test]
    fn oktas_codes_and_ids_are_in_the_text_and_its_summary_is_not() {
        let body = r#"{"errorCode":"E0000007","errorSummary":"Not found: zoe@example.com","errorId":"oae1"}"#;
        let text = of(404, &headers(&[("x-okta-request-id", "Req1")]), body);
        assert!(
            text.starts_with(
                "GET /x: Okta answered 404 (error code E0000007, error id oae1, request id Req1): "
            ),
            "{text}"
        );
        assert!(!text.contains("zoe"), "{text}");
    }

    #[test]
    fn any_body_makes_a_good_error() {
        for body in ["", "<html>502</html>", "{\"errorCode\":", "[]", r#"{"errorCode":"zoe@example.com"}"#] {
            let text = of(502, &HeaderMap::new(), body);
            assert_eq!(
                text,
                "GET /x: Okta answered 502 (no Okta error code): Okta is not able to answer now"
            );
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let scope = r#"Bearer error="insufficient_scope", scope="okta.users.read""#;
        assert!(of(403, &headers(&[("www-authenticate", scope)]), "").contains("`okta.users.read`"));
        assert!(of(403, &HeaderMap::new(), "").contains("ACCESS_REQUESTS_ADMIN"));
    }

    #[test]
    fn a_429_tells_which_limit_it_is() {
        assert_eq!(rate_limit(&headers(&[("x-rate-limit-limit", "0")])), RateLimit::Concurrency);
        assert_eq!(rate_limit(&HeaderMap::new()), RateLimit::Window(None));
        assert_eq!(
            rate_limit(&headers(&[("retry-after", "7"), ("x-rate-limit-reset", "1")])),
            RateLimit::Window(Some(Duration::from_secs(7)))
        );
    }

    #[test]
    fn nothing_was_done_only_where_that_is_certain() {
        let call = || "POST /x".to_owned();
        let of = |status| {
            OktaError::of_answer(call(), StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), b"")
        };
        for status in [400, 401, 403, 404, 409, 429, 302, 413] {
            assert!(of(status).nothing_was_done(), "{status}");
        }
        for status in [408, 500, 502, 503, 504] {
            assert!(!of(status).nothing_was_done(), "{status}");
        }
        let broke = |sent| OktaError::Unreachable { call: call(), cause: "x".into(), sent };
        assert!(broke(false).nothing_was_done() && !broke(true).nothing_was_done());
        assert!(!OktaError::TimedOut { call: call(), after: Duration::ZERO }.nothing_was_done());
        assert!(OktaError::Token(Box::new(of(503))).nothing_was_done(), "the call itself was never sent");
    }
}
