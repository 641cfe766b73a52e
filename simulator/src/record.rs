//! What the simulator saw: the calls it received and the messages it accepted. Records are for people and tests to read
//! afterwards; nothing in the simulator reads them back.

use http::{HeaderMap, HeaderValue, Version, header, request::Parts};
use jiff::Timestamp;
use serde_json::{Value, json};

/// One message accepted on an access request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostedMessage {
    /// The request's id as it stood in the path.
    pub request_id: String,
    /// The generation of the API it came through, `v1` or `v2`.
    pub api: &'static str,
    /// The text, 1 to 5000 UTF-16 units.
    pub message: String,
    /// When it was accepted, by the simulator's clock.
    pub at: Timestamp,
}

impl PostedMessage {
    /// The same as JSON; `at` in RFC 3339.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self { request_id, api, message, at } = self;
        json!({ "request_id": request_id, "api": api, "message": message, "at": at.to_string() })
    }
}

/// One call received, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The method, upper case.
    pub method: String,
    /// The path with its query, as received.
    pub path: String,
    /// The status answered; `None` while unanswered, when cut, and when the client left first.
    pub status: Option<u16>,
    /// The scheme of the `Authorization` header (`SSWS`, `Bearer`, `DPoP`), never its secret.
    pub authorization_kind: Option<String>,
    /// `user-agent`, `x-okta-retry-for` and `x-okta-retry-count` where sent, in lower case. Okta's SDKs send the latter
    /// two with a retry: the first try's `X-Okta-Request-Id`, and the number of the retry.
    pub request_headers: Vec<(String, String)>,
    /// The connection it came over, counted from 1: tells whether a client reused one.
    pub connection: u64,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub http_version: &'static str,
    /// When it arrived, by the simulator's clock.
    pub at: Timestamp,
}

impl RecordedCall {
    /// The call as it arrives, not yet answered.
    pub(super) fn arriving(parts: &Parts, connection: u64, at: Timestamp) -> Self {
        let path = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |whole| whole.as_str());
        Self {
            method: parts.method.to_string(),
            path: path.to_owned(),
            status: None,
            authorization_kind: authorization_kind(&parts.headers),
            request_headers: interesting(&parts.headers),
            connection,
            http_version: if parts.version == Version::HTTP_2 { "HTTP/2.0" } else { "HTTP/1.1" },
            at,
        }
    }

    /// The same as JSON; `at` in RFC 3339.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let headers: Value =
            self.request_headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "authorization_kind": self.authorization_kind,
            "request_headers": headers,
            "connection": self.connection,
            "http_version": self.http_version,
            "at": self.at.to_string(),
        })
    }

    /// The value of one of [`RecordedCall::request_headers`], by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request_headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn authorization_kind(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.split_once(' ').map(|(scheme, _)| scheme.to_owned())
}

fn interesting(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    ["user-agent", "x-okta-retry-for", "x-okta-retry-count"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), text(headers.get(name)?))))
        .collect()
}
