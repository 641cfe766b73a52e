//! What Lambda says of the deployed function, and where its failures go.

use aws_config::SdkConfig;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{LastUpdateStatus, State};
use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::QueueAttributeName;
use url::Url;

use super::aws::{failed, is_missing};
use super::report::{Check, Report};
use crate::redrive::{in_region, queue_region};

/// Okta's rate-limit window, in seconds: an invocation must be able to wait it out.
const LEAST_TIMEOUT: i32 = 60;

/// Makes the checks; without the function those of the queue alone.
pub(super) async fn check(
    aws: &SdkConfig,
    function: Option<&GetFunctionConfigurationOutput>,
    queue: Option<&Url>,
    report: &mut Report,
) {
    let Some(function) = function else {
        report.skip(&["function", "timeout", "concurrency"], "give --function");
        report.add(match queue {
            Some(url) => dead_letters(aws, url.as_str(), None).await,
            None => Check::skipped("dead letters", "give --function or --queue-url"),
        });
        return;
    };
    let name = function.function_name().unwrap_or_default();
    let client = aws_sdk_lambda::Client::new(aws);
    report.add(state(function));
    report.add(timeout(function));
    report.add(concurrency(&client, name).await);
    let queue = match queue {
        Some(url) => Ok(url.to_string()),
        None => failures_queue(aws, &client, name, function).await,
    };
    report.add(match queue {
        Ok(url) => dead_letters(aws, &url, Some(name)).await,
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
                "deploy again; the version before runs on",
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
        _ => Check::warn(CHECK, detail, "it wakes at its next event, which may take a minute"),
    }
}

fn timeout(function: &GetFunctionConfigurationOutput) -> Check {
    let seconds = function.timeout().unwrap_or_default();
    if seconds < LEAST_TIMEOUT {
        return Check::warn(
            "timeout",
            format!("{seconds} s: too short to wait for Okta's rate limit, which takes a minute"),
            "set it to 90 s, as the template does",
        );
    }
    Check::ok("timeout", format!("{seconds} s"))
}

async fn concurrency(client: &aws_sdk_lambda::Client, name: &str) -> Check {
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
        Ok(Some(reserved)) => Check::ok(CHECK, format!("{reserved} requests at once, at most")),
        Ok(None) => Check::warn(
            CHECK,
            "none reserved: a burst of requests runs into Okta's rate limits",
            "deploy with ReservedConcurrency=2, where the account's limit leaves enough unreserved",
        ),
        Err(error) => failed(
            CHECK,
            "the reserved concurrency",
            &error,
            "lambda:GetFunctionConcurrency",
            "see --function",
        ),
    }
}

/// The queue that takes what fails for good; or why it is not known.
async fn failures_queue(
    aws: &SdkConfig,
    client: &aws_sdk_lambda::Client,
    name: &str,
    function: &GetFunctionConfigurationOutput,
) -> Result<String, Check> {
    const CHECK: &str = "dead letters";
    // arn:aws:lambda:<region>:<account>:function:<name>[:<alias or version>]
    let qualifier = function.function_arn().and_then(|arn| arn.split(':').nth(7)).map(str::to_owned);
    let asked = client.get_function_event_invoke_config().function_name(name).set_qualifier(qualifier).send();
    let destination = match Box::pin(asked).await {
        Ok(config) => config.destination_config.and_then(|it| it.on_failure).and_then(|it| it.destination),
        Err(error) if error.code().is_some_and(is_missing) => None,
        Err(error) => {
            let permission = "lambda:GetFunctionEventInvokeConfig, or give --queue-url";
            return Err(failed(CHECK, "where failures go", &error, permission, "see --function"));
        }
    };
    let older = || function.dead_letter_config()?.target_arn().map(str::to_owned);
    let Some(arn) = destination.or_else(older) else {
        return Err(Check::fail(
            CHECK,
            "the function has no destination for failures: an event that fails three times is lost",
            "give it an SQS queue as its on-failure destination; the template does",
        ));
    };
    // arn:aws:sqs:<region>:<account>:<name>
    let parts: Vec<_> = arn.split(':').collect();
    let ["arn", _, "sqs", region, account, queue] = parts[..] else {
        return Err(Check::skipped(CHECK, format!("failures go to {arn}, which can't be counted")));
    };
    let region = aws_config::Region::new(region.to_owned());
    let sqs = aws_sdk_sqs::Client::new(&in_region(aws, Some(region)));
    let asked = sqs.get_queue_url().queue_name(queue).queue_owner_aws_account_id(account).send();
    match Box::pin(asked).await {
        Ok(answer) => Ok(answer.queue_url.unwrap_or_default()),
        Err(error) => {
            let missing = "the destination for failures names a queue that is gone: deploy again";
            let permission = "sqs:GetQueueUrl, or give --queue-url";
            Err(failed(CHECK, &format!("the queue {queue}"), &error, permission, missing))
        }
    }
}

async fn dead_letters(aws: &SdkConfig, url: &str, function: Option<&str>) -> Check {
    const CHECK: &str = "dead letters";
    let region = Url::parse(url).ok().and_then(|url| queue_region(&url)).or_else(|| aws.region().cloned());
    let client = aws_sdk_sqs::Client::new(&in_region(aws, region));
    let asked = client
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
        .attribute_names(QueueAttributeName::MessageRetentionPeriod)
        .send();
    let answer = match Box::pin(asked).await {
        Ok(answer) => answer,
        Err(error) => {
            let missing = "see that it is the queue's URL (stack output DeadLetterQueueUrl)";
            return failed(CHECK, &format!("the queue {url}"), &error, "sqs:GetQueueAttributes", missing);
        }
    };
    let number = |name| answer.attributes()?.get(&name)?.parse::<u64>().ok();
    let waiting = number(QueueAttributeName::ApproximateNumberOfMessages).unwrap_or(0)
        + number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).unwrap_or(0);
    let kept = number(QueueAttributeName::MessageRetentionPeriod)
        .map(|seconds| format!(" (kept for {} days)", seconds / 86_400))
        .unwrap_or_default();
    if waiting == 0 {
        return Check::ok(CHECK, format!("none{kept}"));
    }
    let (letters, without) = match waiting {
        1 => ("letter waits", "its request has no message"),
        _ => ("letters wait", "their requests have no message"),
    };
    let function = function.map(|name| format!(" --function {name}")).unwrap_or_default();
    Check::warn(
        CHECK,
        format!("{waiting} {letters}{kept}: {without}"),
        format!("enricher redrive --queue-url {url}{function} --dry-run shows why"),
    )
}
