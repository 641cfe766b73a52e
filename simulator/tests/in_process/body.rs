//! Calls of these tests, and what came back of them.

use std::{future::poll_fn, pin::pin};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use okta_simulator::{Answered, Okta, TOKEN};
use serde_json::json;

/// The host that all calls name.
pub(crate) const HOST: &str = "acme.okta.example";

/// What arrived of one answer.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether the connection broke before the end of the body.
    pub(crate) broken: bool,
}

impl Arrived {
    pub(crate) async fn of(response: Response<Answered>) -> Self {
        let (head, body) = response.into_parts();
        let (mut bytes, mut broken) = (Vec::new(), false);
        let mut body = pin!(body);
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            match frame {
                Ok(frame) => bytes.extend(frame.into_data().expect("no trailers")),
                Err(_) => broken = true,
            }
        }
        Self { status: head.status.as_u16(), headers: head.headers, body: bytes, broken }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

/// A call with the sample's API token.
pub(crate) fn call(method: &str, path: &str, body: &str) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(format!("https://{HOST}{path}"))
        .header("authorization", format!("SSWS {TOKEN}"))
        .header("content-type", "application/json")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("a request")
}

/// The answer to a `GET`.
pub(crate) async fn get(okta: &Okta, path: &str) -> Arrived {
    Arrived::of(okta.answer(call("GET", path, "")).await.expect("an answer")).await
}

/// A post on an open access request of the sample.
pub(crate) fn post(text: &str) -> Request<Bytes> {
    let path = "/governance/api/v2/requests/req16zRXf4PBGnr7o18A/messages";
    call("POST", path, &json!({ "message": text }).to_string())
}
