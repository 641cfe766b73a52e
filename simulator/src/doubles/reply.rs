//! What a double of AWS answers with: decided under the account's lock, sent after it.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A fault and how many more calls meet it.
#[derive(Default)]
pub(super) enum Failing<F> {
    #[default]
    Never,
    Always(F),
    Times(usize, F),
}

impl<F: Copy> Failing<F> {
    pub(super) fn next(&mut self) -> Option<F> {
        match self {
            Self::Never | Self::Times(0, _) => None,
            Self::Always(fault) => Some(*fault),
            Self::Times(left, fault) => {
                *left -= 1;
                Some(*fault)
            }
        }
    }
}

/// An answer and its delay.
pub(super) struct Reply {
    delay: Duration,
    /// `None`: no answer at all.
    answer: Option<(StatusCode, Value)>,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self::status(200, body)
    }

    pub(super) fn fault(status: u16, code: &str, message: &str) -> Self {
        Self::status(status, json!({ "__type": code, "message": message }))
    }

    pub(super) fn status(status: u16, body: Value) -> Self {
        Self { delay: Duration::ZERO, answer: Some((StatusCode::from_u16(status).unwrap(), body)) }
    }

    pub(super) fn never() -> Self {
        Self { delay: Duration::ZERO, answer: None }
    }

    pub(super) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Waits for the delay, then answers in AWS's JSON.
    pub(super) async fn send(self) -> Response {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let Some((status, body)) = self.answer else { std::future::pending().await };
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amzn-requestid", "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE0"),
        ];
        (status, headers, body.to_string()).into_response()
    }
}

/// A header as text; `None` if it is absent or not ASCII.
pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
