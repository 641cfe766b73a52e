//! Checks the alarms: whether one watches the function, whom it notifies, and whether anyone confirmed.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::{Dimension, MetricAlarm};
use aws_sdk_sns::error::SdkError;
use okta_request_enricher::text;

use super::aws_failure::failed;
use super::check::{AGAIN, Check};
use super::pages;
use crate::aws::{in_region, region_of_arn};

/// The name of this check.
pub(super) const CHECK: &str = "alarms";

/// The metric of the alarm that every deployment has, in Lambda's namespace.
const METRIC: &str = "AsyncEventsDropped";

const NAME_TOPIC: &str = "deploy with AlarmTopicArn=<ARN of an SNS topic>";

/// How many topics are asked for their subscriptions.
const MOST_TOPICS: usize = 5;

/// Checks the alarms of the function with this name.
pub(super) async fn check(aws: &SdkConfig, function: &str) -> Check {
    let client = aws_sdk_cloudwatch::Client::new(aws);
    let dimension = Dimension::builder().name("FunctionName").value(function).build();
    let asked =
        client.describe_alarms_for_metric().namespace("AWS/Lambda").metric_name(METRIC).dimensions(dimension);
    let alarms = match Box::pin(asked.send()).await {
        Ok(answer) => answer.metric_alarms.unwrap_or_default(),
        Err(error) => {
            return failed(CHECK, "the alarms", &error, "cloudwatch:DescribeAlarmsForMetric", AGAIN);
        }
    };
    if alarms.is_empty() {
        let detail = format!("none watches {METRIC} of the function: nobody learns of lost events");
        return Check::warn(CHECK, detail, "deploy the template's alarms");
    }
    let actions = actions(&alarms);
    if actions.is_empty() {
        let is_off = alarms.iter().any(|alarm| !alarm.alarm_actions().is_empty());
        let remedy = if is_off { "aws cloudwatch enable-alarm-actions, for each alarm" } else { NAME_TOPIC };
        return Check::warn(CHECK, "the alarms notify nobody", remedy);
    }
    let (topics, others): (Vec<_>, Vec<_>) = actions.into_iter().partition(|arn| is_topic(arn));
    if !others.is_empty() || topics.is_empty() {
        return Check::ok(
            CHECK,
            format!("{METRIC} has {}", text::count(others.len() + topics.len(), "action")),
        );
    }
    let mut worst = None;
    for topic in topics.into_iter().take(MOST_TOPICS) {
        let check = listeners(aws, topic).await;
        if check.is_ok() {
            return check;
        }
        worst.get_or_insert(check);
    }
    worst.unwrap_or_else(|| Check::skipped(CHECK, "no topic to ask"))
}

/// What these alarms do when they go off, each once.
fn actions(alarms: &[MetricAlarm]) -> Vec<&str> {
    // Actions are on by default.
    let on = alarms.iter().filter(|alarm| alarm.actions_enabled() != Some(false));
    let mut actions: Vec<&str> = on.flat_map(MetricAlarm::alarm_actions).map(String::as_str).collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

fn is_topic(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("sns")
}

/// Whether anyone listens to a topic. Shows no address.
async fn listeners(aws: &SdkConfig, topic: &str) -> Check {
    let name = topic.rsplit(':').next().unwrap_or_default();
    let client = aws_sdk_sns::Client::new(&in_region(aws, region_of_arn(topic)));
    let subscriptions = pages::all(async |token| {
        let asked = client.list_subscriptions_by_topic().topic_arn(topic).set_next_token(token);
        let answer = Box::pin(asked.send()).await?;
        Ok((answer.subscriptions.unwrap_or_default(), answer.next_token))
    });
    let subscriptions = match subscriptions.await {
        Ok(subscriptions) => subscriptions,
        Err(error) => {
            let (what, error): (_, SdkError<_>) = (format!("the subscriptions of the topic {name}"), error);
            let missing = "deploy with the ARN of a topic that exists (AlarmTopicArn)";
            return failed(CHECK, &what, &error, "sns:ListSubscriptionsByTopic", missing);
        }
    };
    // A subscription that is not confirmed, or was deleted, has a word in place of the ARN.
    let states = || subscriptions.iter().filter_map(|subscription| subscription.subscription_arn());
    let confirmed = states().filter(|arn| arn.starts_with("arn:")).count();
    if confirmed > 0 {
        return Check::ok(
            CHECK,
            format!("{METRIC} notifies {name}, {}", text::count(confirmed, "subscription")),
        );
    }
    if states().any(|state| state == "PendingConfirmation") {
        return Check::warn(
            CHECK,
            format!("nobody has confirmed a subscription to {name}: the alarms notify nobody"),
            "open the e-mail from AWS and confirm it (after three days: subscribe again)",
        );
    }
    Check::warn(
        CHECK,
        format!("nobody subscribes to {name}: the alarms notify nobody"),
        format!("aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS"),
    )
}
