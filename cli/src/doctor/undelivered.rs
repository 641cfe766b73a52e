//! Checks where an event goes that EventBridge can't hand over to the function: the rule's target must name a
//! queue, and that queue must let EventBridge send.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::SdkError;

use super::aws_failure::failed;
use super::check::{AGAIN, BY_HAND, Check};
use super::dead_letters::{self, Queue};
use super::pages;
use super::queue_policy::{self, Verdict};
use super::rule::Rule;

/// The name of this check.
pub(super) const CHECK: &str = "undelivered";

/// Checks the target of this rule that is the function with this ARN. `known` is the queue of the function's
/// own failures, usually the same.
pub(super) async fn check(
    aws: &SdkConfig,
    client: &Client,
    rule: &Rule,
    function: &str,
    known: Option<&Queue>,
) -> Check {
    let bus = rule.bus.name();
    let targets = pages::all(async |token| {
        let asked = client.list_targets_by_rule().rule(&rule.name).set_event_bus_name(bus.map(str::to_owned));
        let answer = Box::pin(asked.set_next_token(token).send()).await?;
        Ok((answer.targets.unwrap_or_default(), answer.next_token))
    });
    let targets = match targets.await {
        Ok(targets) => targets,
        Err(error) => {
            let (what, error): (_, SdkError<_>) = (format!("the targets of {}", rule.name), error);
            return failed(CHECK, &what, &error, "events:ListTargetsByRule", AGAIN);
        }
    };
    let Some(target) = targets.iter().find(|target| target.arn() == function) else {
        return Check::skipped(
            CHECK,
            format!("AWS does not show the function among the targets of {}", rule.name),
        );
    };
    let Some(arn) = target.dead_letter_config().and_then(|config| config.arn()) else {
        return Check::fail(
            CHECK,
            format!("{} names no dead-letter queue: an event that can't be handed over is lost", rule.name),
            format!("deploy the template, whose rule names the queue; {BY_HAND}"),
        );
    };
    let read;
    let queue = match known.filter(|queue| queue.arn.as_deref() == Some(arn)) {
        Some(queue) => queue,
        None => match dead_letters::read_by_arn(aws, arn).await {
            Ok(queue) => {
                read = queue;
                &read
            }
            Err(check) => return check.named(CHECK),
        },
    };
    let Some(rule_arn) = &rule.arn else {
        return Check::skipped(CHECK, format!("AWS gave no ARN of the rule {}", rule.name));
    };
    let name = arn.rsplit(':').next().unwrap_or_default();
    let remedy = format!(
        "deploy the template, whose queue policy lets events.amazonaws.com send for the rule; {BY_HAND}"
    );
    match queue.policy.as_deref().map_or(Verdict::No, |text| queue_policy::may_send(text, rule_arn, arn)) {
        Verdict::Yes => Check::ok(CHECK, format!("events that can't be handed over go to {name}")),
        Verdict::No => Check::fail(
            CHECK,
            format!(
                "the policy of {name} does not let EventBridge send for the rule: an event that can't be handed over is lost"
            ),
            remedy,
        ),
        Verdict::Unclear => Check::warn(
            CHECK,
            format!("the policy of {name} has statements that this check can't decide"),
            "see that it lets events.amazonaws.com send (sqs:SendMessage) for the rule's ARN",
        ),
    }
}
