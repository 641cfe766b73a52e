//! A record is what the simulator saw: a call that it received, or a message that it accepted. People and
//! tests read records afterwards. The simulator itself never does.

use http::{HeaderValue, Version, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::Call;

/// The request headers that are recorded, in lower case.
const RECORDED_HEADERS: [&str; 3] = ["user-agent", "x-okta-retry-for", "x-okta-retry-count"];

/// One message accepted on an access request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostedMessage {
    /// The id of the access request, as the client wrote it in the path.
    pub request_id: String,
    /// The generation of the API through which it came: `v1` or `v2`.
    pub api: &'static str,
    /// The text: 1 to 5000 UTF-16 units.
    pub message: String,
    /// When it was accepted, by the simulator's clock.
    pub at: Timestamp,
}

impl PostedMessage {
    /// The message as a JSON object with a member for each field; `at` in RFC 3339.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self { request_id, api, message, at } = self;
        json!({ "request_id": request_id, "api": api, "message": message, "at": at.to_string() })
    }
}

/// One call received, whether or not it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The HTTP method, in upper case.
    pub method: String,
    /// The path with its query, as received.
    pub path: String,
    /// The status of the reply. `None` if no reply has been sent: not yet, or the connection ended first.
    pub status: Option<u16>,
    /// The scheme of the `Authorization` header (`SSWS`, `Bearer`, `DPoP`), never its secret.
    /// `None` if the call has no such header.
    pub authorization_kind: Option<String>,
    /// Names, in lower case, and values of the headers `user-agent`, `x-okta-retry-for` and
    /// `x-okta-retry-count`, as far as they were sent. A retry carries the latter two, as in Okta's SDKs: the
    /// `X-Okta-Request-Id` of the first try, and the number of the retry.
    pub request_headers: Vec<(String, String)>,
    /// The connection on which it came, counted from 1. Two calls with one number shared a connection.
    pub connection: u64,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub http_version: &'static str,
    /// When it arrived, by the simulator's clock.
    pub at: Timestamp,
}

impl RecordedCall {
    /// The record of a call that has just arrived and is not yet answered.
    pub(super) fn arriving(call: &Call, version: Version, connection: u64, at: Timestamp) -> Self {
        Self {
            method: call.method.to_string(),
            path: call.path.clone(),
            status: None,
            authorization_kind: authorization_kind(call),
            request_headers: recorded_headers(call),
            connection,
            http_version: if version == Version::HTTP_2 { "HTTP/2.0" } else { "HTTP/1.1" },
            at,
        }
    }

    /// The call as a JSON object with a member for each field; `at` in RFC 3339.
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

    /// The value in [`RecordedCall::request_headers`] with this name, in lower case; `None` if not sent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request_headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn authorization_kind(call: &Call) -> Option<String> {
    let (scheme, _) = call.header(&header::AUTHORIZATION)?.split_once(' ')?;
    Some(scheme.to_owned())
}

fn recorded_headers(call: &Call) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    RECORDED_HEADERS
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), text(call.headers.get(name)?))))
        .collect()
}
