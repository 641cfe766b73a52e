//! Checks the dead-letter [`Queue`]: that failed events go to one, and how many are in it.

use aws_config::SdkConfig;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::QueueAttributeName;
use okta_request_enricher::text;

use super::aws_failure::{failed, is_missing};
use super::check::{Check, UNDO};
use crate::aws::in_region;
use crate::queue_url::QueueUrl;

/// The name of this check.
pub(super) const CHECK: &str = "dead letters";

/// Finds the queue that receives the function's failed events, by `lambda`.
pub(super) async fn find_queue(
    aws: &SdkConfig,
    lambda: &aws_sdk_lambda::Client,
    name: &str,
    function: &GetFunctionConfigurationOutput,
) -> Result<QueueUrl, Check> {
    // arn:aws:lambda:<region>:<account>:function:<name>[:<alias or version>]
    let qualifier = function.function_arn().and_then(|arn| arn.split(':').nth(7)).map(str::to_owned);
    let asked = lambda.get_function_event_invoke_config().function_name(name).set_qualifier(qualifier).send();
    let destination = match Box::pin(asked).await {
        Ok(config) => config.destination_config.and_then(|it| it.on_failure).and_then(|it| it.destination),
        Err(error) if error.code().is_some_and(is_missing) => None,
        Err(error) => {
            let permission = "lambda:GetFunctionEventInvokeConfig, or give --queue-url";
            return Err(failed(CHECK, "the destination of failures", &error, permission, "check --function"));
        }
    };
    let dead_letter_queue = || function.dead_letter_config()?.target_arn().map(str::to_owned);
    let Some(arn) = destination.or_else(dead_letter_queue) else {
        return Err(Check::fail(
            CHECK,
            "the function has no destination for failures: an event that fails three times is lost",
            "give it an SQS queue as its on-failure destination, as the template does",
        ));
    };
    url_of(aws, &arn).await
}

/// The URL of the queue with this ARN.
async fn url_of(aws: &SdkConfig, arn: &str) -> Result<QueueUrl, Check> {
    // arn:aws:sqs:<region>:<account>:<name>
    let parts: Vec<_> = arn.split(':').collect();
    let ["arn", _, "sqs", region, account, queue] = parts[..] else {
        return Err(Check::skipped(CHECK, format!("failures go to {arn}; only an SQS queue can be checked")));
    };
    let region = aws_config::Region::new(region.to_owned());
    let sqs = aws_sdk_sqs::Client::new(&in_region(aws, Some(region)));
    let asked = sqs.get_queue_url().queue_name(queue).queue_owner_aws_account_id(account).send();
    match Box::pin(asked).await {
        Ok(answer) => QueueUrl::parse(answer.queue_url().unwrap_or_default())
            .map_err(|_| Check::skipped(CHECK, format!("AWS gave no URL of the queue {queue}"))),
        Err(error) => {
            let permission = "sqs:GetQueueUrl, or give --queue-url";
            Err(failed(CHECK, &format!("the queue {queue}"), &error, permission, UNDO))
        }
    }
}

/// What SQS says of a queue.
pub(super) struct Queue {
    url: QueueUrl,
    pub(super) arn: Option<String>,
    /// Its policy, a JSON document; `None` if it has none.
    pub(super) policy: Option<String>,
    letters: u64,
    /// For how many seconds it keeps a letter.
    kept: Option<u64>,
}

/// Reads the attributes of the queue with this ARN.
pub(super) async fn read_by_arn(aws: &SdkConfig, arn: &str) -> Result<Queue, Check> {
    read(aws, url_of(aws, arn).await?).await
}

/// Reads the attributes of a queue.
pub(super) async fn read(aws: &SdkConfig, url: QueueUrl) -> Result<Queue, Check> {
    let region = url.region().or_else(|| aws.region().cloned());
    let client = aws_sdk_sqs::Client::new(&in_region(aws, region));
    let asked = client
        .get_queue_attributes()
        .queue_url(url.to_string())
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
        .attribute_names(QueueAttributeName::MessageRetentionPeriod)
        .attribute_names(QueueAttributeName::Policy)
        .attribute_names(QueueAttributeName::QueueArn)
        .send();
    let answer = Box::pin(asked).await.map_err(|error| {
        let missing = "check the queue's URL (stack output DeadLetterQueueUrl)";
        failed(CHECK, &format!("the queue {url}"), &error, "sqs:GetQueueAttributes", missing)
    })?;
    let text = |name| answer.attributes()?.get(&name).cloned();
    let number = |name| text(name)?.parse::<u64>().ok();
    let waiting = number(QueueAttributeName::ApproximateNumberOfMessages).unwrap_or(0)
        + number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).unwrap_or(0);
    Ok(Queue {
        url,
        arn: text(QueueAttributeName::QueueArn),
        policy: text(QueueAttributeName::Policy).filter(|policy| !policy.is_empty()),
        letters: waiting,
        kept: number(QueueAttributeName::MessageRetentionPeriod),
    })
}

/// Counts the letters in the queue of this function.
pub(super) fn check(queue: &Queue, function: Option<&str>) -> Check {
    let kept = queue.kept.map(|seconds| format!(" (kept for {})", span(seconds))).unwrap_or_default();
    if queue.letters == 0 {
        return Check::ok(CHECK, format!("none{kept}"));
    }
    let function = function.map(|name| format!(" --function {name}")).unwrap_or_default();
    Check::warn(
        CHECK,
        format!("{} in the queue{kept}: requests without a message", text::count(queue.letters, "letter")),
        format!("enricher redrive --queue-url {}{function} --dry-run; it shows why", queue.url),
    )
}

/// In one unit: "14 days", "6 hours", "1 minute".
fn span(seconds: u64) -> String {
    let (unit, length) = match seconds {
        ..3600 => ("minute", 60),
        3600..86_400 => ("hour", 3600),
        _ => ("day", 86_400),
    };
    text::count(seconds / length, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_unit() {
        for (seconds, shown) in [
            (60, "1 minute"),
            (3599, "59 minutes"),
            (3600, "1 hour"),
            (86_399, "23 hours"),
            (86_400, "1 day"),
            (1_209_600, "14 days"),
        ] {
            assert_eq!(span(seconds), shown);
        }
    }
}
