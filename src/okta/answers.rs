//! What an answer of Okta means: its body, or the [`OktaError`] that its status, headers and error code stand
//! for. Only codes and ids of an answer enter an error.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;

use super::call::Call;
use super::error::{OktaAnswer, OktaError, RateLimit};
use super::exchange::{Body, Exchange, MAX_BODY, transport_cause};
use super::rate_limit;
use crate::credential::ServiceApp;

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
            cause: format!("it broke off ({})", transport_cause(&error)),
            sent: true,
        }),
    }
}

impl OktaError {
    /// The error for an answer that is not a success. `body` is at least its start, and may be anything.
    pub(super) fn of_answer(call: String, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> OktaError {
        let answer = Box::new(OktaAnswer::read(status, headers, body));
        match status.as_u16() {
            401 => OktaError::Unauthorized { call, answer },
            403 => OktaError::Forbidden { call, answer, scope: insufficient_scope(headers), role: None },
            404 => OktaError::NotFound { call, answer },
            409 => OktaError::Conflict { call, answer },
            429 => OktaError::RateLimited { call, answer, limit: limit(headers) },
            // 408: the server waited too long for the call, and may have begun to act on it.
            408 | 500.. => OktaError::Unavailable { call, answer },
            _ => OktaError::Refused { call, answer },
        }
    }

    /// The error for a refusal of the token endpoint (RFC 6749, section 5.2).
    pub(super) fn of_token_answer(
        call: String,
        exchange: &Exchange,
        app: &ServiceApp,
        scopes: &[&str],
    ) -> OktaError {
        let answer = OktaAnswer::read(exchange.status, &exchange.headers, exchange.start());
        match answer.code.as_deref() {
            Some("invalid_client") => OktaError::InvalidClient {
                call,
                answer: Box::new(answer),
                client_id: app.client_id.clone(),
                key_id: app.key_id.clone(),
            },
            Some("invalid_scope") => OktaError::InvalidScope { asked: scopes.join("`, `") },
            _ => OktaError::of_answer(call, exchange.status, &exchange.headers, exchange.start()),
        }
    }
}

impl OktaAnswer {
    /// `body` may be anything.
    fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> OktaAnswer {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct ErrorBody {
            /// The token endpoint calls it `error`.
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

/// The scope in `WWW-Authenticate: Bearer error="insufficient_scope", scope="…"` (RFC 6750, section 3.1).
fn insufficient_scope(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("www-authenticate")?.to_str().ok()?;
    let scope =
        text.contains("insufficient_scope").then_some(text)?.split("scope=\"").nth(1)?.split('"').next()?;
    (!scope.is_empty() && scope.split(' ').all(is_identifier)).then(|| scope.to_owned())
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
    headers.get("x-okta-request-id")?.to_str().ok().filter(|text| is_identifier(text))
}

/// Whether a text from an answer has the format of a code or an id. Nothing else of an answer enters an
/// error.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b))
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
