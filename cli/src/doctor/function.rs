//! Checks the deployed function: its state, its timeout, its concurrency.

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{LastUpdateStatus, State};

use super::aws_failure::failed;
use super::check::Check;
use super::dead_letters;
use super::report::Report;
use crate::queue_url::QueueUrl;

/// Okta's rate-limit window, in seconds. An invocation must be able to wait for its end.
const LEAST_TIMEOUT: i32 = 60;

/// Makes the checks, and that of the dead-letter queue. Without a function, checks only the queue.
pub(super) async fn check(
    aws: &SdkConfig,
    function: Option<&GetFunctionConfigurationOutput>,
    queue: Option<&QueueUrl>,
    report: &mut Report,
) {
    let Some(function) = function else {
        report.skip(&["function", "timeout", "concurrency"], "give --function");
        report.add(match queue {
            Some(queue) => dead_letters::check(aws, queue, None).await,
            None => Check::skipped(dead_letters::CHECK, "give --function or --queue-url"),
        });
        return;
    };
    let name = function.function_name().unwrap_or_default();
    let client = Client::new(aws);
    report.add(state(function));
    report.add(timeout(function));
    report.add(concurrency(&client, name).await);
    let queue = match queue {
        Some(queue) => Ok(queue.clone()),
        None => dead_letters::find_queue(aws, &client, name, function).await,
    };
    report.add(match queue {
        Ok(queue) => dead_letters::check(aws, &queue, Some(name)).await,
        Err(check) => check,
    });
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

async fn concurrency(client: &Client, name: &str) -> Check {
    const CHECK: &str = "concurrency";
    let asked = client.get_function_concurrency().function_name(name).send();
    match Box::pin(asked).await.map(|answer| answer.reserved_concurrent_executions) {
        Ok(Some(0)) => Check::warn(
            CHECK,
            "reserved: 0, so the function is stopped and every event becomes a dead letter",
            format!(
                "aws lambda put-function-concurrency --function-name {name} --reserved-concurrent-executions 2, then \
                 enricher redrive"
            ),
        ),
        Ok(Some(reserved)) => Check::ok(CHECK, format!("at most {reserved} at once")),
        Ok(None) => Check::warn(
            CHECK,
            "none reserved: a burst of requests would exceed Okta's rate limits",
            "deploy with ReservedConcurrency=2, if the account's limit leaves enough unreserved",
        ),
        Err(error) => failed(
            CHECK,
            "the reserved concurrency",
            &error,
            "lambda:GetFunctionConcurrency",
            "check --function",
        ),
    }
}
