//! A reply is an answer before it becomes HTTP: status, body, and the headers that Okta puts on every answer. Error bodies
//! have Okta's one shape, and the codes and summaries are those of its page "Error codes and descriptions".

use std::{
    convert::Infallible,
    io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::{Value, json};

use super::rate_limit::Rate;

/// One chunk of the huge body, and how many make 50 MB.
const CHUNK: &[u8] = &[b'x'; 65_536];
const CHUNKS: usize = 763;

/// An answer in the making.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<&'static str>,
    pub(super) content: Content,
    /// Overrides the bucket's own figures.
    pub(super) rate: Option<Rate>,
    /// Whether the bucket's figures are told.
    pub(super) tells_rate: bool,
    /// Further headers.
    pub(super) headers: Vec<(&'static str, String)>,
}

/// The body.
#[derive(Debug)]
pub(super) enum Content {
    /// Sent whole.
    Whole(Bytes),
    /// Announced whole, sent in half, then the connection ends.
    Half(Bytes),
    /// 50 MB, streamed without a length.
    Huge,
}

impl Reply {
    /// 200 with JSON.
    pub(super) fn json(value: &Value) -> Self {
        Self::of(StatusCode::OK, Some("application/json"), value.to_string())
    }

    /// A status without a body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self::of(status, None, "")
    }

    /// Any body.
    pub(super) fn of(status: StatusCode, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        let content = Content::Whole(body.into());
        Self { status, content_type, content, rate: None, tells_rate: true, headers: Vec::new() }
    }

    /// The same with one header more; a name may come twice.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Okta's error body without causes.
    pub(super) fn error(status: StatusCode, code: &str, summary: &str) -> Self {
        Self::error_because(status, code, summary, &[])
    }

    /// Okta's error body.
    pub(super) fn error_because(status: StatusCode, code: &str, summary: &str, causes: &[&str]) -> Self {
        let causes: Vec<Value> = causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
        let body = json!({
            "errorCode": code,
            "errorSummary": summary,
            "errorLink": code,
            "errorId": serial("oae"),
            "errorCauses": causes,
        });
        Self::of(status, Some("application/json"), body.to_string())
    }

    /// 404, in Okta's words.
    pub(super) fn not_found(id: &str, kind: &str) -> Self {
        let summary = format!("Not found: Resource not found: {id} ({kind})");
        Self::error(StatusCode::NOT_FOUND, "E0000007", &summary)
    }

    /// 429, in Okta's words.
    pub(super) fn rate_limited() -> Self {
        let summary = "API call exceeded rate limit due to too many requests.";
        Self::error(StatusCode::TOO_MANY_REQUESTS, "E0000047", summary)
    }

    /// The HTTP response, with the headers every Okta answer has.
    pub(super) fn into_response(self, rate: Rate, now: Timestamp) -> Response {
        let rate = self.rate.unwrap_or(rate);
        let announced = match &self.content {
            Content::Half(bytes) => Some(bytes.len()),
            Content::Whole(_) | Content::Huge => None,
        };
        let mut response = Response::new(self.content.into_body());
        *response.status_mut() = self.status;
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        };
        if self.tells_rate {
            set("x-rate-limit-limit", rate.limit.to_string());
            set("x-rate-limit-remaining", rate.remaining.to_string());
            set("x-rate-limit-reset", rate.reset.to_string());
        }
        set("x-okta-request-id", serial("req-"));
        set("cache-control", "no-cache, no-store".to_owned());
        set("pragma", "no-cache".to_owned());
        set("expires", "0".to_owned());
        set("strict-transport-security", "max-age=315360000; includeSubDomains".to_owned());
        // Set here rather than left to hyper, so that it follows `World::clock_offset`.
        if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&now) {
            set("date", date);
        }
        if let Some(kind) = self.content_type {
            set("content-type", kind.to_owned());
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        if let Some(length) = announced {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }
}

impl Content {
    fn into_body(self) -> Body {
        match self {
            Self::Whole(bytes) => Body::from(bytes),
            Self::Half(bytes) => {
                let half = bytes.slice(..bytes.len() / 2);
                Body::from_stream(stream::unfold(Some(half), |half| async {
                    if let Some(half) = half {
                        return Some((Ok(half), None));
                    }
                    // Lets the half leave before the connection ends.
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
                }))
            }
            Self::Huge => {
                let chunks = std::iter::repeat_n(Bytes::from_static(CHUNK), CHUNKS);
                Body::from_stream(stream::iter(chunks.map(Ok::<_, Infallible>)))
            }
        }
    }
}

/// A text of 20 or so characters, unique in this process: error and trace ids, tokens, nonces.
pub(super) fn serial(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{prefix}simulated{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}
