//! A [`Lambda`] is one execution environment of AWS Lambda: the deployed binary, started as AWS starts it,
//! and the Runtime API that it asks for events. It runs one event at a time. It never retries and never
//! starts a second process: a test does both itself.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use axum::body::Bytes;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::aws::Aws;
use super::invocation::{Answer, InvokeOptions};
use super::loopback::{Background, PATIENCE, listen};
use super::runtime_api::{Runtime, RuntimeApi};
use super::signature::{FUNCTION_NAME, REGION, credentials};

/// One running process. Dropping it kills the process, and prints its logs if the test is failing.
pub struct Lambda {
    api: Arc<RuntimeApi>,
    _server: Background,
    _child: Background,
    _home: TempDir,
    pid: u32,
}

impl Lambda {
    /// Starts the deployed binary in Lambda's environment plus `env`, with `aws` as its AWS. Needs a tokio
    /// runtime.
    ///
    /// The process sees neither the environment nor the working directory of the test. This returns at once,
    /// before INIT has ended.
    #[track_caller]
    pub fn spawn<'a>(env: impl IntoIterator<Item = (&'a str, &'a str)>, aws: &Aws) -> Self {
        let bin = bootstrap();
        let home = tempfile::tempdir().expect("a temporary directory");
        let log_file = home.path().join("log");
        // A file instead of a pipe: all that the process wrote before its answer can be read without waiting,
        // and a full pipe cannot stop it.
        let log = File::options().create(true).append(true).open(&log_file).expect("a log file");

        let (listener, addr) = listen();
        let child = Command::new(&bin)
            .env_clear()
            .envs(lambda_environment(&addr.to_string(), &aws.url()))
            .envs(env)
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| panic!("failed to start `{}`: {e}", bin.display()));

        let api = Arc::new(RuntimeApi::new(log_file));
        let server = Background::spawn(Arc::clone(&api).serve(listener));
        let pid = child.id().expect("a process that was just started");
        let child = Background::spawn(Arc::clone(&api).watch(child));
        Self { api, _server: server, _child: child, _home: home, pid }
    }

    /// Gives the process one event and waits for the outcome.
    pub async fn invoke(&self, payload: impl Into<Vec<u8>>) -> Answer {
        self.invoke_with(payload, InvokeOptions::default()).await
    }

    /// [`invoke`](Self::invoke), with a request id or a time limit.
    ///
    /// Concurrent calls wait for each other. Dropping the future does not withdraw the event.
    pub async fn invoke_with(&self, payload: impl Into<Vec<u8>>, options: InvokeOptions) -> Answer {
        let index = self.api.enqueue(Bytes::from(payload.into()), &options);
        let taken = |state: &Runtime| state.is_taken(index).then_some(());
        let over = |state: &Runtime| state.outcome(index);
        self.api.wait(PATIENCE, taken).await.unwrap_or_else(|| self.never_asked());
        if let Some(answer) = self.api.wait(options.time_limit, over).await {
            return answer;
        }
        self.api.end(|logs| Answer::Exited(format!("timed out after {:?}\n{logs}", options.time_limit)));
        self.kill().await;
        self.api.wait(PATIENCE, over).await.expect("an ended process is an answer")
    }

    /// Waits until the process asks for the next event: after INIT, or after the last event.
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

    /// The lines on stdout and stderr, in order, complete up to the process's last answer.
    pub fn logs(&self) -> Vec<String> {
        self.api.log_text().lines().map(str::to_owned).collect()
    }

    /// The lines that are JSON objects.
    pub fn log_lines_json(&self) -> Vec<Value> {
        self.logs()
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(Value::is_object)
            .collect()
    }

    /// Kills the process as Lambda does, without a warning, and waits for its end. A pending invocation
    /// returns [`Answer::Exited`].
    pub async fn kill(&self) {
        let gone = self.api.kill().await;
        assert!(gone.is_some(), "the killed process has not ended within {PATIENCE:?}");
    }

    /// Freezes the process until [`thaw`](Self::thaw), as Lambda does between invocations.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Continues a frozen process.
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
            #[expect(clippy::print_stderr, reason = "shown by the test runner beside the failure")]
            {
                eprintln!("--- logs of the function ---\n{}---", self.api.log_text());
            }
        }
    }
}

/// The Lambda's binary. Cargo builds it into the folder above the running test's own.
///
/// `cargo test --workspace` and `cargo build` build it; `cargo test -p enricher` alone does not.
pub fn bootstrap() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the running test");
    let folder = test.ancestors().nth(2).expect("the test is in target/PROFILE/deps");
    let bootstrap = folder.join("okta-request-enricher");
    assert!(
        bootstrap.is_file(),
        "there is no {}: run `cargo build` or `cargo test --workspace` first",
        bootstrap.display()
    );
    bootstrap
}

/// The variables that Lambda sets for a function on `provided.al2023`.
/// Source: “Defined runtime environment variables”, AWS Lambda developer guide.
pub fn lambda_environment(runtime_api: &str, aws_url: &str) -> Vec<(&'static str, String)> {
    let variables = [
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
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ENDPOINT_URL", aws_url),
    ];
    let all = variables.into_iter().chain(credentials());
    all.map(|(name, value)| (name, value.to_owned())).collect()
}
