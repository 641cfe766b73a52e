//! An [`Environment`] is one execution environment of Lambda, seen from its stop-watch: a process, started as
//! AWS starts it, and the Runtime API that it asks for events. It says when the process asked and when it
//! answered, and what that took of CPU and memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use okta_simulator::doubles::{Background, FUNCTION_NAME, PATIENCE, lambda_environment, listen};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

/// The function's own time limit.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What the process said to the Runtime API.
enum Said {
    /// It asks for an event, and waits for it.
    Next(Instant, oneshot::Sender<Response<Full<Bytes>>>),
    Answer(Instant, Result<String, String>),
}

/// A process that waits for an event.
pub(crate) struct Waiting {
    /// Since when.
    pub(crate) since: Instant,
    event: oneshot::Sender<Response<Full<Bytes>>>,
}

/// The running environment. Dropping it kills the process.
pub(crate) struct Environment {
    child: Child,
    /// When the process was started.
    pub(crate) spawned: Instant,
    said: mpsc::UnboundedReceiver<Said>,
    invocations: u64,
    log_file: PathBuf,
    _home: TempDir,
    _server: Background,
}

impl Environment {
    /// Starts `bin` in Lambda's environment plus `env`. Needs a tokio runtime.
    pub(crate) fn spawn(bin: &Path, env: &BTreeMap<&str, String>) -> Environment {
        // It starts in another directory.
        Environment::spawn_by(Command::new(bin.canonicalize().expect("a path")), env)
    }

    /// The same with a command that runs the binary. Needs a tokio runtime.
    pub(crate) fn spawn_by(mut command: Command, env: &BTreeMap<&str, String>) -> Environment {
        let (listener, addr) = listen();
        let (sender, said) = mpsc::unbounded_channel();
        let server = Background::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.expect("a listening socket accepts");
                let _ = socket.set_nodelay(true);
                let sender = sender.clone();
                let service = service_fn(move |request| serve(request, sender.clone()));
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(socket), service));
            }
        });
        let home = tempfile::tempdir().expect("a temporary directory");
        let log_file = home.path().join("log");
        let log = fs::File::options().create(true).append(true).open(&log_file).expect("a log file");
        command
            .env_clear()
            .envs(lambda_environment(&addr.to_string(), ""))
            .envs(env)
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log);
        let spawned = Instant::now();
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("failed to start `{}`: {error}", command.get_program().display()));
        Environment { child, spawned, said, invocations: 0, log_file, _home: home, _server: server }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the process asks for an event.
    pub(crate) async fn next(&mut self) -> Waiting {
        match self.heard().await {
            Said::Next(since, event) => Waiting { since, event },
            Said::Answer(_, answer) => panic!("an answer to no event: {answer:?}"),
        }
    }

    /// Gives the process an event; the moment at which it left.
    pub(crate) fn give(&mut self, waiting: Waiting, payload: String) -> Instant {
        self.invocations += 1;
        let deadline = (SystemTime::now() + TIME_LIMIT).duration_since(UNIX_EPOCH).expect("after 1970");
        let response = Response::builder()
            .header("content-type", "application/json")
            .header(
                "lambda-runtime-aws-request-id",
                format!("8476a536-e9f4-11e8-9739-{:012x}", self.invocations),
            )
            .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
            .header(
                "lambda-runtime-invoked-function-arn",
                format!("arn:aws:lambda:us-east-1:123456789012:function:{FUNCTION_NAME}"),
            )
            .header(
                "lambda-runtime-trace-id",
                "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
            )
            .body(Full::new(Bytes::from(payload)))
            .expect("a response");
        let left = Instant::now();
        assert!(waiting.event.send(response).is_ok(), "the process no longer waits; logs:\n{}", self.logs());
        left
    }

    /// Waits for the answer to the event given; what it was, and when it came.
    pub(crate) async fn answer(&mut self) -> (Instant, String) {
        match self.heard().await {
            Said::Answer(at, Ok(answer)) => (at, answer),
            Said::Answer(_, Err(error)) => panic!("the invocation failed: {error}\nlogs:\n{}", self.logs()),
            Said::Next(..) => panic!("it asks for an event without an answer; logs:\n{}", self.logs()),
        }
    }

    async fn heard(&mut self) -> Said {
        // Valgrind takes its time, on a busy machine most of all.
        let Ok(said) = tokio::time::timeout(5 * PATIENCE, self.said.recv()).await else {
            panic!("the process says nothing; logs:\n{}", self.logs())
        };
        said.expect("the Runtime API is there as long as its environment")
    }

    /// Ends the process with a signal that lets valgrind write its files, as soon as it is idle.
    pub(crate) async fn end_idle(&mut self) {
        let mut before = Duration::MAX;
        while before != self.cpu() {
            before = self.cpu();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        let sent = Command::new("kill").args(["-s", "TERM", &self.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "`kill` failed");
        self.child.wait().expect("a process that was started");
    }

    fn logs(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log_file).unwrap_or_default()).into_owned()
    }

    /// The CPU time of all threads of the process, exact while it waits: `schedstat` counts nanoseconds,
    /// where `stat` counts hundredths of a second.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.id())).into_iter().flatten().flatten();
        let nanoseconds = tasks.filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// `VmHWM`, the most memory that it had at once, or `VmRSS`, what it has now; in kB.
    pub(crate) fn memory(&self, what: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn serve(
    request: Request<Incoming>,
    said: mpsc::UnboundedSender<Said>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let arrived = Instant::now();
    let path = request.uri().path().to_owned();
    if path.ends_with("/invocation/next") {
        let (sender, event) = oneshot::channel();
        let _ = said.send(Said::Next(arrived, sender));
        // The environment is gone where no event comes: the process is about to be killed.
        return Ok(event.await.unwrap_or_default());
    }
    let body = request.into_body().collect().await?.to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    let answer = if path.ends_with("/response") { Ok(body) } else { Err(body) };
    let _ = said.send(Said::Answer(Instant::now(), answer));
    let mut response = Response::new(Full::new(Bytes::from_static(br#"{"status":"OK"}"#)));
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}
