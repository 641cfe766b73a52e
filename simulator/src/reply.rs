//! A reply is what the simulator answers, before it becomes HTTP: a status, a body, and the headers that Okta
//! puts on every answer. A body can also be broken, for faults. `refusal` has the error replies.

use std::{convert::Infallible, io, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::Value;

use super::{rate_limit::Rate, serial::Serial};

/// One chunk of [`ReplyBody::Huge`].
const CHUNK: &[u8] = &[b'x'; 65_536];
/// This many chunks are 50 MB.
const CHUNKS: usize = 763;
/// How long the first half of a body has to reach the client before the connection ends.
const HALF_DELAY: Duration = Duration::from_millis(30);

/// What comes after half of a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum AfterHalf {
    /// The connection ends.
    End,
    /// Nothing, on a connection that stays open.
    Silence,
}

/// One reply.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: ReplyBody,
    /// What comes after half of the body that `Content-Length` announces; `None`: the other half.
    pub(super) after_half: Option<AfterHalf>,
    /// Figures for the `X-Rate-Limit-*` headers that replace those of the call's own rate limit.
    pub(super) rate: Option<Rate>,
    /// Whether the reply has `X-Rate-Limit-*` headers.
    pub(super) shows_rate: bool,
    /// More headers: names in lower case, and values. A name may come twice.
    pub(super) headers: Vec<(&'static str, String)>,
}

/// The body of a reply.
#[derive(Debug)]
pub(super) enum ReplyBody {
    /// Sent completely.
    Whole(Bytes),
    /// An error body. Its member `errorId` is filled in when it is sent.
    Error {
        /// The body as JSON.
        json: Box<Value>,
        /// Makes the id.
        id: fn(&mut Serial) -> String,
    },
    /// 50 MB, streamed without a `Content-Length`.
    Huge,
}

impl Reply {
    /// 200 with this JSON.
    pub(super) fn json(value: &Value) -> Self {
        Self::of(StatusCode::OK, Some("application/json"), value.to_string())
    }

    /// A status without a body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self::of(status, None, "")
    }

    /// A status with any body; without a content type if `content_type` is `None`.
    pub(super) fn of(status: StatusCode, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        let body = ReplyBody::Whole(body.into());
        Self {
            status,
            content_type,
            body,
            after_half: None,
            rate: None,
            shows_rate: true,
            headers: Vec::new(),
        }
    }

    /// The reply with one more header; a name, in lower case, may come twice.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The HTTP response, with the headers that every answer of Okta has. `now` becomes its `Date`, and
    /// `serial` numbers it.
    pub(super) fn into_response(self, rate: Rate, now: Timestamp, serial: &mut Serial) -> Response {
        let rate = self.rate.unwrap_or(rate);
        let (body, announced) = self.body.into_body(self.after_half, serial);
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        };
        if self.shows_rate {
            set("x-rate-limit-limit", rate.limit.to_string());
            set("x-rate-limit-remaining", rate.remaining.to_string());
            set("x-rate-limit-reset", rate.reset.to_string());
        }
        set("x-okta-request-id", serial.next("req-"));
        set("cache-control", "no-cache, no-store".to_owned());
        set("pragma", "no-cache".to_owned());
        set("expires", "0".to_owned());
        set("strict-transport-security", "max-age=315360000; includeSubDomains".to_owned());
        // hyper would set `Date` by the system's clock; the simulator's clock may differ
        // (`World::clock_offset`).
        if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&now) {
            set("date", date);
        }
        if let Some(content_type) = self.content_type {
            set("content-type", content_type.to_owned());
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

impl ReplyBody {
    /// The body as it is sent, and the `Content-Length` that differs from what is sent.
    fn into_body(self, after_half: Option<AfterHalf>, serial: &mut Serial) -> (Body, Option<usize>) {
        let whole = match self {
            Self::Whole(bytes) => bytes,
            Self::Error { mut json, id } => {
                json["errorId"] = id(serial).into();
                json.to_string().into()
            }
            Self::Huge => {
                let chunks = std::iter::repeat_n(Bytes::from_static(CHUNK), CHUNKS);
                return (Body::from_stream(stream::iter(chunks.map(Ok::<_, Infallible>))), None);
            }
        };
        let Some(after_half) = after_half else { return (Body::from(whole), None) };
        let whole = if whole.len() > 1 { whole } else { "{\"truncated\":true}".into() };
        let half = whole.slice(..whole.len() / 2);
        let body = Body::from_stream(stream::unfold(Some(half), move |half| async move {
            if let Some(half) = half {
                return Some((Ok(half), None));
            }
            match after_half {
                AfterHalf::End => tokio::time::sleep(HALF_DELAY).await,
                AfterHalf::Silence => std::future::pending().await,
            }
            Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
        }));
        (body, Some(whole.len()))
    }
}
