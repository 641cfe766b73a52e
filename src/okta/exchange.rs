//! [`Exchange`]: what came back over HTTP, with a bound on what is read of it. It does not judge the status.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};

use crate::http::Broken;

/// How many bytes of a success are read. The largest expected one, a page of 1000 people, is half of it.
pub(super) const MAX_BODY: usize = 4 * 1024 * 1024;

/// How many bytes of another answer are read: only Okta's error code is looked for.
pub(super) const MAX_ERROR_BODY: usize = 64 * 1024;

/// Status, headers and as much of the body as is wanted.
pub(super) struct Exchange {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The error: the connection broke while the body was read, or the body did not come in time.
    pub(super) body: Result<Body, Broken>,
}

/// The bytes that were read of a body.
pub(super) enum Body {
    /// All of them.
    Whole(Bytes),
    /// The first ones of a body that is too long.
    Start(Bytes),
}

impl Exchange {
    /// Reads the rest of an answer whose headers have arrived, for `time` at most.
    pub(super) async fn read(mut response: reqwest::Response, time: Duration) -> Exchange {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let limit = if status.is_success() { MAX_BODY } else { MAX_ERROR_BODY };
        let body = tokio::time::timeout(time, read_bounded(response, limit)).await;
        Exchange { status, headers, body: body.unwrap_or_else(|_| Err(Broken::stalled())) }
    }

    /// What was read of the body; empty if nothing was.
    pub(super) fn start(&self) -> &[u8] {
        match &self.body {
            Ok(Body::Whole(bytes) | Body::Start(bytes)) => bytes,
            Err(_) => &[],
        }
    }
}

/// Reads a body up to `limit` bytes.
pub(super) async fn read_bounded(mut response: reqwest::Response, limit: usize) -> Result<Body, Broken> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok(Body::Start(body.freeze()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Body::Whole(body.freeze()))
}
