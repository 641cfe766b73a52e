//! Lambda's Runtime API: the endpoints that a function's process asks for events and gives its answers to.
//! Source: “Using the Lambda runtime API for custom runtimes”, AWS Lambda developer guide.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::process::Child;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::invocation::{Answer, InvokeOptions};
use super::loopback::PATIENCE;
use super::signature::function_arn;

/// The largest payload and answer that Lambda takes, in bytes.
/// Source: “Lambda quotas”, AWS Lambda developer guide.
const BODY_LIMIT: usize = 6 * 1024 * 1024;

/// The Runtime API of one process, and the state of that process.
pub(super) struct RuntimeApi {
    state: watch::Sender<Runtime>,
    kill: Notify,
    log_file: PathBuf,
}

/// The invocations of one process, and whether it still runs.
#[derive(Default)]
pub(super) struct Runtime {
    /// All invocations so far; the other members refer to them by index.
    invocations: Vec<Invocation>,
    queue: VecDeque<usize>,
    running: Option<usize>,
    /// The process waits in `next`.
    pub(super) idle: bool,
    /// Why no further event will be answered.
    pub(super) end: Option<Answer>,
    /// The process has ended.
    gone: bool,
}

struct Invocation {
    request_id: String,
    payload: Bytes,
    time_limit: Duration,
    answer: Option<Answer>,
}

impl Runtime {
    /// Whether the process has taken the event, or never will.
    pub(super) fn is_taken(&self, index: usize) -> bool {
        !self.queue.contains(&index) || self.end.is_some()
    }

    /// How the invocation ended; `None` while it runs or waits.
    pub(super) fn outcome(&self, index: usize) -> Option<Answer> {
        self.invocations[index].answer.clone().or_else(|| self.end.clone())
    }

    /// Ends the running invocation with `answer`; false if it does not have this request id.
    fn answer(&mut self, request_id: &str, answer: Answer) -> bool {
        let Some(index) = self.running.filter(|&index| self.invocations[index].request_id == request_id)
        else {
            return false;
        };
        self.running = None;
        self.invocations[index].answer = Some(answer);
        true
    }
}

impl RuntimeApi {
    pub(super) fn new(log_file: PathBuf) -> Self {
        Self { state: watch::Sender::default(), kill: Notify::new(), log_file }
    }

    pub(super) async fn serve(self: Arc<Self>, listener: tokio::net::TcpListener) {
        let routes = Router::new()
            .route("/invocation/next", get(next))
            .route("/invocation/{id}/response", post(response))
            .route("/invocation/{id}/error", post(error))
            .route("/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(self);
        axum::serve(listener, Router::new().nest("/2018-06-01/runtime", routes)).await.unwrap();
    }

    /// Waits for the process to end, or kills it on [`kill`](Self::kill).
    pub(super) async fn watch(self: Arc<Self>, mut child: Child) {
        let status = tokio::select! {
            status = child.wait() => status,
            () = self.kill.notified() => {
                child.start_kill().unwrap();
                child.wait().await
            }
        };
        let status = status.unwrap();
        self.end(|logs| Answer::Exited(format!("the process ended: {status}\n{logs}")));
        self.state.send_modify(|state| {
            state.gone = true;
            state.idle = false;
        });
    }

    /// Kills the process; `None` if it has not ended in time.
    pub(super) async fn kill(&self) -> Option<()> {
        self.kill.notify_one();
        self.wait(PATIENCE, |state| state.gone.then_some(())).await
    }

    /// Queues an event; its index.
    pub(super) fn enqueue(&self, payload: Bytes, options: &InvokeOptions) -> usize {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let request_id = options.request_id.clone().unwrap_or_else(|| {
            format!("00000000-0000-4000-8000-{:012x}", IDS.fetch_add(1, Ordering::Relaxed))
        });
        let mut index = 0;
        self.state.send_modify(|state| {
            index = state.invocations.len();
            state.invocations.push(Invocation {
                request_id,
                payload,
                time_limit: options.time_limit,
                answer: None,
            });
            state.queue.push_back(index);
        });
        index
    }

    /// Waits until `pick` returns a value for the state; `None` if it does not within `limit`.
    pub(super) async fn wait<T>(&self, limit: Duration, pick: impl Fn(&Runtime) -> Option<T>) -> Option<T> {
        let mut states = self.state.subscribe();
        let found = async {
            loop {
                let found = pick(&states.borrow_and_update());
                if let Some(found) = found {
                    return found;
                }
                states.changed().await.expect("the sender is ours");
            }
        };
        timeout(limit, found).await.ok()
    }

    /// Notes why no further event will be answered. The first reason counts.
    pub(super) fn end(&self, reason: impl FnOnce(&str) -> Answer) {
        let logs = self.log_text();
        self.state.send_modify(|state| state.end = state.end.take().or_else(|| Some(reason(&logs))));
    }

    /// All that the process has written so far.
    pub(super) fn log_text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log_file).expect("the log file")).into_owned()
    }

    fn reply(&self, request_id: &str, answer: Answer) -> Response {
        let mut known = false;
        self.state.send_modify(|state| known = state.answer(request_id, answer));
        if known {
            (StatusCode::ACCEPTED, r#"{"status":"OK"}"#).into_response()
        } else {
            let fault = r#"{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}"#;
            (StatusCode::BAD_REQUEST, fault).into_response()
        }
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    let mut states = api.state.subscribe();
    api.state.send_modify(|state| {
        state.idle = true;
        if let Some(index) = state.running.take() {
            state.invocations[index].answer = Some(Answer::Error {
                error_type: "Harness.Unanswered".to_owned(),
                error_message: "the process asked for the next event without answering this one".to_owned(),
            });
        }
    });
    loop {
        states.mark_unchanged();
        let mut event = None;
        api.state.send_if_modified(|state| {
            let Some(index) = state.queue.pop_front() else { return false };
            state.idle = false;
            state.running = Some(index);
            event = Some(deliver(&state.invocations[index]));
            true
        });
        if let Some(event) = event {
            return event;
        }
        states.changed().await.expect("the state outlives its readers");
    }
}

fn deliver(invocation: &Invocation) -> Response {
    let deadline = SystemTime::now() + invocation.time_limit;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", function_arn()),
        (
            "lambda-runtime-trace-id",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0".to_owned(),
        ),
    ];
    (headers, invocation.payload.clone()).into_response()
}

async fn response(State(api): State<Arc<RuntimeApi>>, Path(id): Path<String>, body: Bytes) -> Response {
    let answer = match serde_json::from_slice(&body) {
        Ok(value) => Answer::Response(value),
        Err(e) => Answer::Error {
            error_type: "Harness.InvalidJson".to_owned(),
            error_message: format!("the response is not JSON: {e}: {}", String::from_utf8_lossy(&body)),
        },
    };
    api.reply(&id, answer)
}

async fn error(State(api): State<Arc<RuntimeApi>>, Path(id): Path<String>, body: Bytes) -> Response {
    let text = String::from_utf8_lossy(&body);
    let fault: Value = serde_json::from_slice(&body).unwrap_or_default();
    let member =
        |name: &str| fault[name].as_str().map_or_else(|| format!("no {name} in: {text}"), str::to_owned);
    api.reply(&id, Answer::Error { error_type: member("errorType"), error_message: member("errorMessage") })
}

async fn init_error(State(api): State<Arc<RuntimeApi>>, body: Bytes) -> Response {
    api.end(|_| Answer::InitError(String::from_utf8_lossy(&body).into_owned()));
    (StatusCode::ACCEPTED, r#"{"status":"OK"}"#).into_response()
}
