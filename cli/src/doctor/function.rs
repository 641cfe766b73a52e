//! Checks the deployed function: its state, its timeout, and what belongs to it.

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{LastUpdateStatus, State};

use super::check::{Check, NO_FUNCTION};
use super::dead_letters::Queue;
use super::findings::Findings;
use super::{concurrency, dead_letters};
use crate::queue_url::QueueUrl;

/// Okta's rate-limit window, in seconds. An invocation must be able to wait for its end.
const LEAST_TIMEOUT: i32 = 60;

/// The names of these checks, but for that of the queue.
pub(super) const CHECKS: [&str; 3] = ["function", "timeout", concurrency::CHECK];

/// Makes the checks, and that of the dead-letter queue, which it returns. Without a function, checks only the
/// queue.
pub(super) async fn check(
    aws: &SdkConfig,
    function: Option<&GetFunctionConfigurationOutput>,
    queue: Option<&QueueUrl>,
    findings: &mut Findings<'_>,
) -> Option<Queue> {
    let url = if let Some(function) = function {
        let name = function.function_name().unwrap_or_default();
        let client = Client::new(aws);
        findings.add(state(function));
        findings.add(timeout(function));
        let queue = async {
            match queue {
                Some(queue) => Ok(queue.clone()),
                None => dead_letters::find_queue(aws, &client, name, function).await,
            }
        };
        let (concurrency, queue) = tokio::join!(Box::pin(concurrency::check(&client, name)), Box::pin(queue));
        findings.add(concurrency);
        queue
    } else {
        findings.skip(&CHECKS, NO_FUNCTION);
        let unknown = || Check::skipped(dead_letters::CHECK, NO_FUNCTION);
        queue.cloned().ok_or_else(unknown)
    };
    let queue = match url {
        Ok(url) => dead_letters::read(aws, url).await,
        Err(check) => Err(check),
    };
    match queue {
        Ok(queue) => {
            let name = function.and_then(|function| function.function_name());
            findings.add(dead_letters::check(&queue, name));
            Some(queue)
        }
        Err(check) => {
            findings.add(check);
            None
        }
    }
}

fn state(function: &GetFunctionConfigurationOutput) -> Check {
    const CHECK: &str = "function";
    let state = function.state();
    let status = state.map_or("unknown", State::as_str);
    if matches!(state, Some(State::Failed | State::Deactivated | State::Deactivating | State::Deleting)) {
        let why = function.state_reason().unwrap_or("no reason given");
        return Check::fail(CHECK, format!("it is {status}: {why}"), "deploy again");
    }
    match function.last_update_status() {
        Some(LastUpdateStatus::Failed) => {
            let why = function.last_update_status_reason().unwrap_or("no reason given");
            return Check::fail(
                CHECK,
                format!("its last update failed: {why}"),
                "deploy again; until then, the previous version runs",
            );
        }
        Some(LastUpdateStatus::InProgress) => {
            return Check::warn(CHECK, "it is being updated", "run this again in a minute");
        }
        _ => {}
    }
    let architecture = function.architectures().first().map_or("unknown architecture", |it| it.as_str());
    let runtime = function.runtime().map_or("no runtime", |runtime| runtime.as_str());
    let memory = function.memory_size().unwrap_or_default();
    let detail = format!("{status}, {runtime}, {architecture}, {memory} MB");
    match state {
        Some(State::Active) => Check::ok(CHECK, detail),
        _ => Check::warn(CHECK, detail, "nothing; its next event starts it, which may take a minute"),
    }
}

fn timeout(function: &GetFunctionConfigurationOutput) -> Check {
    let seconds = function.timeout().unwrap_or_default();
    if seconds < LEAST_TIMEOUT {
        return Check::warn(
            "timeout",
            format!("{seconds} s: too short to wait for the end of Okta's rate-limit window, a minute"),
            "set it to 90 s, as the template does",
        );
    }
    Check::ok("timeout", format!("{seconds} s"))
}
