//! What an answer of Okta means: its body, or the [`OktaError`] that its status, headers and error code stand
//! for. Only codes and ids of an answer enter an error.

use bytes::Bytes;
use http::header::{LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::call::Call;
use super::error::{ClientFault, OktaAnswer, OktaError, RateLimit, RedirectTarget};
use super::exchange::{Body, Exchange, MAX_BODY};
use super::{org, rate_limit};
use crate::credential::ServiceApp;
use crate::json::{self, Object};
use crate::shape;

/// The headers and body of a success; else why there is none.
pub(super) fn read(call: &Call, exchange: Exchange) -> Result<(HeaderMap, Bytes), OktaError> {
    if !exchange.status.is_success() {
        let error = OktaError::of_answer(call.name(), exchange.status, &exchange.headers, exchange.start());
        return Err(match error {
            OktaError::Forbidden { call: name, answer, scope, .. } => {
                OktaError::Forbidden { call: name, answer, scope, role: call.endpoint.role() }
            }
            error => error,
        });
    }
    let Exchange { headers, body, .. } = exchange;
    if call.endpoint.method() == Method::POST {
        // The status says that the call was done, even if the body is strange or lost.
        return Ok((headers, Bytes::new()));
    }
    match body {
        Ok(Body::Whole(bytes)) => Ok((headers, bytes)),
        Ok(Body::Start(_)) => Err(OktaError::Unreadable {
            call: call.name(),
            cause: format!("the answer is larger than {} MiB", MAX_BODY / 1024 / 1024),
        }),
        Err(error) => Err(OktaError::Unreachable {
            call: call.name(),
            cause: format!("it broke off ({error})"),
            sent: true,
        }),
    }
}

impl OktaError {
    /// The error for an answer that is not a success. `body` is at least its start, and may be anything.
    pub(super) fn of_answer(call: String, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> OktaError {
        let answer = Box::new(OktaAnswer::read(status, headers, body));
        if status.is_redirection() {
            return OktaError::Redirected { call, answer, to: redirect_target(headers) };
        }
        match answer.code.as_deref() {
            Some(NO_FEATURE) => return OktaError::FeatureMissing { call, answer },
            Some(READ_ONLY) => return OktaError::ReadOnly { call, answer },
            Some(ACCESS_DENIED) => return OktaError::NetworkZone { call, answer },
            _ => {}
        }
        match status.as_u16() {
            // It is about the proof, not about the credential (RFC 9449, section 9).
            401 if answer.code.as_deref() == Some(USE_NONCE) => OktaError::Refused { call, answer },
            401 => OktaError::Unauthorized { call, answer },
            403 => OktaError::Forbidden { call, answer, scope: insufficient_scope(headers), role: None },
            404 => OktaError::NotFound { call, answer },
            409 => OktaError::Conflict { call, answer },
            429 => OktaError::RateLimited { call, answer, limit: limit(headers) },
            // 408: the server waited too long for the call, and may have begun to act on it.
            408 | 500.. => OktaError::Unavailable { call, answer },
            _ if is_bad_query(&call, &answer) => OktaError::BadQuery { call, answer },
            _ => OktaError::Refused { call, answer },
        }
    }

    /// The error for a refusal of the token endpoint (RFC 6749, section 5.2). `scopes` are all that the
    /// program would have.
    pub(super) fn of_token_answer(
        call: String,
        exchange: &Exchange,
        app: &ServiceApp,
        scopes: &[&str],
    ) -> OktaError {
        let (status, headers, body) = (exchange.status, &exchange.headers, exchange.start());
        let asked = || scopes.join("`, `");
        if let Some(fault) = client_fault(body) {
            let answer = Box::new(OktaAnswer::read(status, headers, body));
            let (client_id, key_id) = (app.client_id.clone(), app.key_id.clone());
            return OktaError::InvalidClient { call, answer, client_id, key_id, fault };
        }
        match code(body).as_deref() {
            Some("consent_required") => OktaError::NoScopeGranted { asked: asked() },
            Some("invalid_scope") => OktaError::InvalidScope { asked: asked() },
            _ => OktaError::of_answer(call, status, headers, body),
        }
    }
}

/// OAuth's error of a refusal that contains the nonce to use (RFC 9449, sections 8 and 9).
pub(super) const USE_NONCE: &str = "use_dpop_nonce";

// Okta API reference, "Error codes".
/// The org lacks the feature. Its status is 401.
const NO_FEATURE: &str = "E0000015";
/// Okta is in read-only mode, and has done nothing. Its status is 503.
const READ_ONLY: &str = "E0000010";
/// OAuth's error where the call comes from another network than the app or token is allowed in (Okta support,
/// "Network Restrictions for OAuth Token Endpoint").
const ACCESS_DENIED: &str = "access_denied";
/// A filter, a cursor, a limit or an order that Okta does not take.
const BAD_QUERY: [&str; 4] = ["E0000001", "E0000029", "E0000031", "E0000053"];

/// Whether Okta refuses how a read is written. `E0000001` to a post may be about the state of a thing.
fn is_bad_query(call: &str, answer: &OktaAnswer) -> bool {
    let code = answer.code.as_deref();
    answer.status == 400 && call.starts_with("GET ") && code.is_some_and(|code| BAD_QUERY.contains(&code))
}

impl OktaAnswer {
    /// `body` may be anything.
    fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> OktaAnswer {
        let body = refusal(body);
        let id = |text: Option<String>| text.filter(|text| shape::is_id(text));
        OktaAnswer {
            status: status.as_u16(),
            code: id(code_in(&body)),
            error_id: id(body.text("errorId")),
            request_id: request_id(headers).map(str::to_owned),
        }
    }
}

/// The body of a refusal. Any member may be missing or of another kind.
fn refusal(body: &[u8]) -> Object {
    json::from_slice(body).unwrap_or_default()
}

/// Okta's code in the body of a refusal. The token endpoint calls it `error`, but not always.
fn code_in(body: &Object) -> Option<String> {
    body.text("errorCode").or_else(|| body.text("error"))
}

/// The error code of a refusal.
pub(super) fn code(body: &[u8]) -> Option<String> {
    code_in(&refusal(body))
}

/// What is wrong with the app, its key or its assertion; `None` if the token endpoint refuses something else.
///
/// The phrases are Okta's own (Okta support, "Okta Client Assertion Error: Invalid Key ID" and "Error Occurs
/// During Authentication due to Invalid Client Assertion Signature").
pub(super) fn client_fault(body: &[u8]) -> Option<ClientFault> {
    const PHRASES: [(&str, ClientFault); 11] = [
        ("already been used", ClientFault::UsedBefore),
        ("expired", ClientFault::Clock),
        ("in the future", ClientFault::Clock),
        ("into the future", ClientFault::Clock),
        ("kid is invalid", ClientFault::Key),
        ("signature is invalid", ClientFault::Key),
        ("jwk", ClientFault::Key),
        ("audience", ClientFault::Address),
        ("client_id", ClientFault::App),
        ("active", ClientFault::App),
        ("not found", ClientFault::App),
    ];
    let body = refusal(body);
    let code = code_in(&body)?;
    // Okta's words are compared with the phrases, and never shown.
    let words = body.text("error_description").or_else(|| body.text("errorSummary"));
    let words = words.unwrap_or_default().to_lowercase();
    let told = PHRASES.into_iter().find_map(|(phrase, fault)| words.contains(phrase).then_some(fault));
    match code.as_str() {
        "invalid_client" => Some(told.unwrap_or(ClientFault::Unsaid)),
        // RFC 6749, section 5.2: the app may not ask for tokens in this way.
        "unauthorized_client" => Some(ClientFault::App),
        // A wrong clock spoils the time in a proof, too.
        "invalid_dpop_proof" => told.filter(|fault| *fault == ClientFault::Clock),
        _ => None,
    }
}

/// Where a redirect points; only a plain host name is kept.
fn redirect_target(headers: &HeaderMap) -> Option<RedirectTarget> {
    let url = Url::parse(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    let host = url.host_str().filter(|host| shape::is_host(host))?.to_owned();
    Some(RedirectTarget {
        is_admin_console: org::is_admin_console(&host),
        is_okta: org::is_okta_host(&host),
        host,
    })
}

/// The text of `WWW-Authenticate`, which says why a call was not authorized (RFC 6750, section 3).
pub(super) fn challenge(headers: &HeaderMap) -> Option<&str> {
    headers.get(WWW_AUTHENTICATE)?.to_str().ok()
}

/// The scope in `WWW-Authenticate: Bearer error="insufficient_scope", scope="…"` (RFC 6750, section 3.1).
fn insufficient_scope(headers: &HeaderMap) -> Option<String> {
    let text = challenge(headers).filter(|text| text.contains("insufficient_scope"))?;
    let scope = text.split("scope=\"").nth(1)?.split('"').next()?;
    (!scope.is_empty() && scope.split(' ').all(shape::is_id)).then(|| scope.to_owned())
}

/// The limit that a 429 reports.
fn limit(headers: &HeaderMap) -> RateLimit {
    if rate_limit::is_concurrency(headers) {
        return RateLimit::Concurrency;
    }
    RateLimit::Window(rate_limit::retry_after(headers).or_else(|| rate_limit::until_reset(headers)))
}

/// Okta's id of the exchange, for errors and logs.
pub(super) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-okta-request-id")?.to_str().ok().filter(|text| shape::is_id(text))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn of(status: u16, headers: &HeaderMap, body: &str) -> String {
        let status = StatusCode::from_u16(status).unwrap();
        let error = OktaError::of_answer("GET /x".into(), status, headers, body.as_bytes());
        format!("{error}; {}", error.remedy().unwrap_or("wait"))
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
                "GET /x: Okta answered 502 (no Okta error code): Okta is not able to answer now; wait"
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
        assert_eq!(limit(&headers(&[("x-rate-limit-limit", "0")])), RateLimit::Concurrency);
        assert_eq!(limit(&HeaderMap::new()), RateLimit::Window(None));
        assert_eq!(
            limit(&headers(&[("retry-after", "7"), ("x-rate-limit-reset", "1")])),
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
