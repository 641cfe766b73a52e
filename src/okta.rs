//! The [`OktaClient`]: one way to send a call to the org, and so the one place that adds the credential, keeps
//! the deadline, bounds what is read and turns an answer into a value or an [`OktaError`]. The calls themselves,
//! with their wire types, stand in the files below, one noun each. Nothing here can decide, grant or change
//! access: the only call that writes posts a message.

mod error;
mod requests;
mod users;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

pub use self::error::{Answer, OktaError};
pub use self::requests::AccessRequest;
pub use self::users::User;
use crate::config::OrgUrl;
use crate::deadline::Deadline;
use crate::secret::{Held, Secret};

/// How long one call may take, reading its answer included; less when the deadline is nearer.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// What is read of a good answer. The largest expected one, a page of 200 groups, is a tenth of it.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// What is read of an answer that is only looked at for Okta's error code.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// A client of one org.
#[derive(Debug)]
pub struct OktaClient {
    http: reqwest::Client,
    org: OrgUrl,
    secret: Secret,
    calls: AtomicU64,
}

/// One call as it is sent. `path` is made of constants and parsed ids only, so it needs no encoding, can't leave
/// its place, and may stand in logs.
#[derive(Debug)]
struct Call {
    method: Method,
    path: String,
    content_type: Option<&'static str>,
    body: Option<Bytes>,
}

impl Call {
    fn get(path: String) -> Call {
        Call { method: Method::GET, path, content_type: None, body: None }
    }

    fn post(path: String, body: &serde_json::Value) -> Call {
        Call {
            method: Method::POST,
            path,
            content_type: Some("application/json"),
            body: Some(body.to_string().into()),
        }
    }

    fn with_content_type(self, content_type: &'static str) -> Call {
        Call { content_type: Some(content_type), ..self }
    }

    /// `GET /api/v1/users/00u…`, for errors and logs.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl OktaClient {
    /// A client that has sent nothing yet.
    #[must_use]
    pub fn new(http: reqwest::Client, org: OrgUrl, secret: Secret) -> OktaClient {
        OktaClient { http, org, secret, calls: AtomicU64::new(0) }
    }

    /// The org it talks to.
    #[must_use]
    pub fn org(&self) -> &OrgUrl {
        &self.org
    }

    /// How many calls were sent with the credential so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Reads the credential and opens the connection, at the same time, so that the first event finds both.
    /// What fails is met again, and told, by the call that needs it.
    pub async fn warm(&self, deadline: Deadline) {
        // Answers without a credential (Okta API reference, "Well-Known URIs"), and every org has it.
        let connect =
            self.http.get(self.org.join("/.well-known/okta-organization")).timeout(deadline.remaining());
        let (secret, connection) = tokio::join!(self.secret.get(deadline), async {
            // Read to its end, so that an HTTP/1.1 connection goes back to the pool.
            read_bounded(connect.send().await?, MAX_ERROR_BODY).await
        });
        if let Err(error) = secret {
            tracing::debug!(%error, "the credential could not be read ahead");
        }
        if let Err(error) = connection {
            tracing::debug!(cause = %error::transport_cause(&error), "the connection to Okta could not be opened ahead");
        }
    }

    /// Sends a call and reads its answer as JSON.
    async fn json<T: DeserializeOwned>(&self, call: Call, deadline: Deadline) -> Result<T, OktaError> {
        let name = call.name();
        let body = self.send(call, deadline).await?;
        serde_json::from_slice(&body).map_err(|error| {
            // serde_json's own text may quote the answer.
            let cause = if body.is_empty() {
                "the answer is empty".to_owned()
            } else {
                format!(
                    "the answer is not the expected JSON (line {}, column {})",
                    error.line(),
                    error.column()
                )
            };
            OktaError::Unreadable { call: name, cause }
        })
    }

    /// Sends a call. A 401 costs one new read of the credential and one more try: it may have been rotated.
    async fn send(&self, call: Call, deadline: Deadline) -> Result<Bytes, OktaError> {
        let held = self.secret.get(deadline).await.map_err(OktaError::Secret)?;
        match self.send_once(&call, &held, deadline).await {
            // A pooled connection may have died while Lambda froze the process. A read can be sent again; a post
            // whose bytes may have left can not, and goes over the connection that a read has just proven.
            Err(OktaError::Unreachable { .. }) if call.method == Method::GET => {
                self.send_once(&call, &held, deadline).await
            }
            Err(refused @ OktaError::Unauthorized { .. }) => {
                match self.secret.after_refusal(&held, deadline).await.map_err(OktaError::Secret)? {
                    Some(newer) => self.send_once(&call, &newer, deadline).await,
                    None => Err(refused),
                }
            }
            answer => answer,
        }
    }

    async fn send_once(&self, call: &Call, held: &Held, deadline: Deadline) -> Result<Bytes, OktaError> {
        let name = call.name();
        let timeout = CALL_TIMEOUT.min(deadline.remaining());
        if timeout.is_zero() {
            return Err(OktaError::OutOfTime { call: name });
        }
        let mut request = self
            .http
            .request(call.method.clone(), self.org.join(&call.path))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, authorization(held));
        if let Some(content_type) = call.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let answered = async {
            let response = request.send().await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let limit = if status.is_success() { MAX_BODY } else { MAX_ERROR_BODY };
            Ok::<_, reqwest::Error>((status, headers, read_bounded(response, limit).await))
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        let started = tokio::time::Instant::now();
        let (status, headers, body) = match tokio::time::timeout(timeout, answered).await {
            Err(_) => return Err(OktaError::TimedOut { call: name, after: timeout }),
            Ok(Err(error)) => {
                return Err(OktaError::Unreachable { call: name, cause: error::transport_cause(&error) });
            }
            Ok(Ok(answered)) => answered,
        };
        tracing::debug!(
            okta.call = name,
            okta.status = status.as_u16(),
            okta.request_id = error::request_id(&headers),
            okta.milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "call answered"
        );
        outcome(call, status, &headers, body)
    }
}

/// What an answer means.
fn outcome(
    call: &Call,
    status: StatusCode,
    headers: &HeaderMap,
    body: Result<Body, reqwest::Error>,
) -> Result<Bytes, OktaError> {
    if !status.is_success() {
        let start = match &body {
            Ok(Body::Whole(bytes) | Body::Start(bytes)) => bytes.as_ref(),
            Err(_) => &[],
        };
        return Err(OktaError::of_answer(call.name(), status, headers, start));
    }
    if call.method == Method::POST {
        // The status says that it was done; nothing in the body, nor its loss, can take that back.
        return Ok(Bytes::new());
    }
    match body {
        Ok(Body::Whole(bytes)) => Ok(bytes),
        Ok(Body::Start(_)) => Err(OktaError::Unreadable {
            call: call.name(),
            cause: format!("the answer is larger than {} MiB", MAX_BODY / 1024 / 1024),
        }),
        Err(error) => Err(OktaError::Unreadable {
            call: call.name(),
            cause: format!("the answer broke off ({})", error::transport_cause(&error)),
        }),
    }
}

fn authorization(held: &Held) -> HeaderValue {
    let text = format!("SSWS {}", held.credential.api_token().expose_secret());
    // `Credential::parse` let through graphic ASCII only.
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// What was read of an answer's body.
enum Body {
    Whole(Bytes),
    /// It is longer than was asked for.
    Start(Bytes),
}

async fn read_bounded(mut response: reqwest::Response, limit: usize) -> Result<Body, reqwest::Error> {
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
