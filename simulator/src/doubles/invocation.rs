//! One invocation of the function: what it is given, and how it ended.

use std::time::Duration;

use serde_json::Value;

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The function's return value.
    Response(Value),
    /// The function failed this invocation.
    Error {
        /// `errorType`.
        error_type: String,
        /// `errorMessage`.
        error_message: String,
    },
    /// The process reported to `/init/error` that it cannot start; the body.
    InitError(String),
    /// The process ended without an answer, by itself, by [`Lambda::kill`](super::Lambda::kill) or at its
    /// time limit. The text says which, and has the logs.
    Exited(String),
}

impl Answer {
    /// The return value; panics on anything else.
    #[track_caller]
    pub fn response(self) -> Value {
        match self {
            Self::Response(value) => value,
            other => panic!("expected a response, got {other:#?}"),
        }
    }

    /// `(errorType, errorMessage)`; panics on anything else.
    #[track_caller]
    pub fn error(self) -> (String, String) {
        match self {
            Self::Error { error_type, error_message } => (error_type, error_message),
            other => panic!("expected an error, got {other:#?}"),
        }
    }
}

/// The request id and time limit of an invocation.
#[derive(Clone, Debug)]
pub struct InvokeOptions {
    /// Lambda's request id. A retry of an asynchronous invocation has the id of the first attempt. `None`: a
    /// new id.
    pub request_id: Option<String>,
    /// The function's timeout, from the moment the process takes the event. At its end the process is killed,
    /// as Lambda does.
    pub time_limit: Duration,
}

impl Default for InvokeOptions {
    fn default() -> Self {
        Self { request_id: None, time_limit: Duration::from_secs(30) }
    }
}
