//! A [`Lambda`] is one execution environment: a bootstrap process, started as AWS starts it, and the Runtime API it
//! asks for events. It answers each [`Lambda::invoke`] with what the process said, or with how it ended; it never
//! retries, never starts a second process, and runs one event at a time, like the real one.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::aws::{ACCESS_KEY_ID, ACCOUNT, Aws, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN};
use super::{Background, PATIENCE, listen};

/// The function's name in its environment and ARN.
pub const FUNCTION_NAME: &str = "okta-request-enricher";

/// The largest payload and answer that Lambda takes.
const BODY_LIMIT: usize = 6 * 1024 * 1024;

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The function's return value.
    Response(Value),
    /// The function failed this invocation.
    Error { error_type: String, error_message: String },
    /// The process reported that it can't start: the body of `/init/error`.
    InitError(String),
    /// The process is gone without an answer, by itself, by [`Lambda::kill`] or because its time was up:
    /// in words, with its logs.
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

/// What may differ from one invocation to the next.
#[derive(Clone, Debug)]
pub struct InvokeOptions {
    /// Lambda's request id: an asynchronous retry keeps that of the first attempt. `None`: a new one.
    pub request_id: Option<String>,
    /// The function's timeout, counted from the moment the process takes the event. When it is up the process
    /// is killed, as in Lambda.
    pub time_limit: Duration,
}

impl Default for InvokeOptions {
    fn default() -> Self {
        Self { request_id: None, time_limit: Duration::from_secs(30) }
    }
}

/// One running bootstrap. Dropping it kills the process; if the test is failing, its logs are printed then.
pub struct Lambda {
    api: Arc<RuntimeApi>,
    _server: Background,
    _child: Background,
    _home: TempDir,
    pid: u32,
}

impl Lambda {
    /// Starts the process `bin` in Lambda's environment plus `env`, with `aws` for its AWS. Needs a tokio runtime.
    ///
    /// Nothing of the test's own environment or working directory reaches it. It returns at once: INIT goes on.
    #[track_caller]
    pub fn spawn(bin: &Path, env: &[(&str, String)], aws: &Aws) -> Self {
        let bin = bin
            .canonicalize()
            .unwrap_or_else(|e| panic!("failed to find bootstrap `{}`: {e}", bin.display()));
        let home = tempfile::tempdir().expect("a temporary directory");
        let log_file = home.path().join("log");
        // One file for both streams, not a pipe: what the process wrote before it answered is in it by then,
        // so logs can be read without waiting, and a process that logs much is never held up.
        let log = File::options().create(true).append(true).open(&log_file).expect("a log file");

        let (listener, addr) = listen();
        let child = Command::new(&bin)
            .env_clear()
            .envs(environment(&format!("{addr}"), &aws.url()))
            .envs(env.iter().map(|(name, value)| (name, value)))
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| panic!("failed to start `{}`: {e}", bin.display()));

        let api = Arc::new(RuntimeApi { state: watch::Sender::default(), kill: Notify::new(), log_file });
        let server = Background::spawn(Arc::clone(&api).serve(listener));
        let pid = child.id().expect("a process that was just started");
        let child = Background::spawn(Arc::clone(&api).watch(child));
        Self { api, _server: server, _child: child, _home: home, pid }
    }

    /// Gives the process one event and waits for the outcome.
    pub async fn invoke(&self, payload: impl Into<Vec<u8>>) -> Answer {
        self.invoke_with(payload, InvokeOptions::default()).await
    }

    /// [`invoke`](Self::invoke), with a request id or a time limit of the test's choosing.
    ///
    /// Concurrent calls on one `Lambda` wait for each other. Dropping the future does not take the event back.
    pub async fn invoke_with(&self, payload: impl Into<Vec<u8>>, options: InvokeOptions) -> Answer {
        let index = self.api.enqueue(Bytes::from(payload.into()), &options);
        let taken = |state: &Runtime| (!state.queue.contains(&index) || state.end.is_some()).then_some(());
        let over = |state: &Runtime| state.invocations[index].answer.clone().or_else(|| state.end.clone());
        self.api.wait(PATIENCE, taken).await.unwrap_or_else(|| self.never_asked());
        if let Some(answer) = self.api.wait(options.time_limit, over).await {
            return answer;
        }
        self.api.end(|logs| Answer::Exited(format!("timed out after {:?}\n{logs}", options.time_limit)));
        self.kill().await;
        self.api.wait(PATIENCE, over).await.expect("an ended process is an answer")
    }

    /// Waits until the process stands idle: INIT is over, or the last event is dealt with, and it asks for the next.
    pub async fn wait_for_next(&self) {
        let idle_or_ended = |state: &Runtime| state.end.clone().map(Err).or(state.idle.then_some(Ok(())));
        match self.api.wait(PATIENCE, idle_or_ended).await {
            Some(Ok(())) => {}
            Some(Err(end)) => panic!("expected the process to ask for an event, got {end:#?}"),
            None => self.never_asked(),
        }
    }

    fn never_asked(&self) -> ! {
        panic!("the process did not ask for an event within {PATIENCE:?}; logs:\n{}", self.api.log_text())
    }

    /// The lines on stdout and stderr, in order. All that the process wrote before its last answer is among them.
    pub fn logs(&self) -> Vec<String> {
        self.api.log_text().lines().map(str::to_owned).collect()
    }

    /// Those lines that are JSON objects.
    pub fn log_lines_json(&self) -> Vec<Value> {
        self.logs()
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(Value::is_object)
            .collect()
    }

    /// Kills the process as Lambda does, without a warning, and waits until it is gone. A pending invocation
    /// answers [`Answer::Exited`].
    pub async fn kill(&self) {
        self.api.kill.notify_one();
        let gone = self.api.wait(PATIENCE, |state| state.gone.then_some(())).await;
        assert!(gone.is_some(), "the killed process is still there after {PATIENCE:?}");
    }

    /// Stops the process as Lambda does between invocations: no instruction of it runs until [`thaw`](Self::thaw).
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let pid = self.pid.to_string();
        let status = std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(status.expect("`kill` is there").success(), "the process {pid} takes the signal {name}");
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[allow(clippy::print_stderr, reason = "shown by the test runner beside the failure")]
            {
                eprintln!("--- logs of the function ---\n{}---", self.api.log_text());
            }
        }
    }
}

/// What Lambda sets for a function on `provided.al2023`.
pub fn environment(runtime_api: &str, aws_url: &str) -> Vec<(&'static str, String)> {
    [
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("_HANDLER", "bootstrap"),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION_NAME),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/okta-request-enricher"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
        ("AWS_ENDPOINT_URL", aws_url),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

/// The Runtime API of one process, and what became of that process.
struct RuntimeApi {
    state: watch::Sender<Runtime>,
    kill: Notify,
    log_file: PathBuf,
}

#[derive(Default)]
struct Runtime {
    /// All invocations so far; the other members refer to them by index.
    invocations: Vec<Invocation>,
    queue: VecDeque<usize>,
    running: Option<usize>,
    /// The process waits in `next`.
    idle: bool,
    /// Why no further event will be answered.
    end: Option<Answer>,
    /// The process does not exist any more.
    gone: bool,
}

struct Invocation {
    request_id: String,
    payload: Bytes,
    time_limit: Duration,
    answer: Option<Answer>,
}

impl Runtime {
    /// Answers what is running; false if that is not `request_id`.
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
    async fn serve(self: Arc<Self>, listener: tokio::net::TcpListener) {
        let routes = Router::new()
            .route("/invocation/next", get(next))
            .route("/invocation/{id}/response", post(response))
            .route("/invocation/{id}/error", post(error))
            .route("/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(self);
        axum::serve(listener, Router::new().nest("/2018-06-01/runtime", routes)).await.unwrap();
    }

    /// Waits for the process to end, or ends it.
    async fn watch(self: Arc<Self>, mut child: Child) {
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

    fn enqueue(&self, payload: Bytes, options: &InvokeOptions) -> usize {
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

    /// Waits until `pick` finds in the state what it looks for.
    async fn wait<T>(&self, limit: Duration, pick: impl Fn(&Runtime) -> Option<T>) -> Option<T> {
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

    /// The first reason for an end stands.
    fn end(&self, reason: impl FnOnce(&str) -> Answer) {
        let logs = self.log_text();
        self.state.send_modify(|state| state.end = state.end.take().or_else(|| Some(reason(&logs))));
    }

    fn log_text(&self) -> String {
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
        (
            "lambda-runtime-invoked-function-arn",
            format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION_NAME}"),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0".to_owned(),
        ),
    ];
    (headers, invocation.payload.clone()).into_response()
}

async fn response(State(api): State<Arc<RuntimeApi>>, UrlPath(id): UrlPath<String>, body: Bytes) -> Response {
    let answer = match serde_json::from_slice(&body) {
        Ok(value) => Answer::Response(value),
        Err(e) => Answer::Error {
            error_type: "Harness.InvalidJson".to_owned(),
            error_message: format!("the response is not JSON: {e}: {}", String::from_utf8_lossy(&body)),
        },
    };
    api.reply(&id, answer)
}

async fn error(State(api): State<Arc<RuntimeApi>>, UrlPath(id): UrlPath<String>, body: Bytes) -> Response {
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
