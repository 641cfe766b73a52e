//! The alarms: whether one watches the function, whom it notifies, and whether anyone confirmed.

use serde_json::{Value, json};

use crate::Deployment;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:on-call";

/// The check after one answer of CloudWatch or SNS was changed.
async fn with(operation: &str, change: impl FnOnce(&mut Value)) -> (String, String, String) {
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| it.change(operation, change));
    let ran = deployment.examine().await;
    let found = ran.found("alarms");
    if found.0 == "warn" {
        ran.has_only("warn", "alarms", &found.1, &found.2);
    }
    assert_eq!(ran.status, i32::from(found.0 == "fail"), "{found:?}");
    found
}

fn subscriptions(arns: &[&str]) -> Value {
    let each = |arn: &&str| json!({"SubscriptionArn": arn, "Endpoint": "zoe.bronte-mueller@example.com", "TopicArn": TOPIC});
    json!({"Subscriptions": arns.iter().map(each).collect::<Vec<_>>()})
}

#[tokio::test]
async fn alarms_that_notify_nobody_are_warned_of() {
    let alarm = |change: fn(&mut Value)| with("DescribeAlarmsForMetric", change);
    for (found, says, remedy) in [
        (alarm(|it| *it = json!({})).await, "none watches AsyncEventsDropped", "the template's alarms"),
        (alarm(|it| it["MetricAlarms"] = json!([])).await, "none watches", "the template's alarms"),
        (alarm(|it| it["MetricAlarms"] = json!([{}])).await, "the alarms notify nobody", "AlarmTopicArn"),
        (
            alarm(|it| it["MetricAlarms"][0]["AlarmActions"] = json!([])).await,
            "the alarms notify nobody",
            "deploy with AlarmTopicArn=<ARN of an SNS topic>",
        ),
        (
            alarm(|it| it["MetricAlarms"][0]["ActionsEnabled"] = false.into()).await,
            "the alarms notify nobody: their actions are off",
            "aws cloudwatch enable-alarm-actions --alarm-names ",
        ),
    ] {
        assert_eq!(found.0, "warn", "{found:?}");
        assert!(found.1.contains(says) && found.2.contains(remedy), "{found:?}");
    }
}

#[tokio::test]
async fn a_topic_to_which_nobody_listens_is_warned_of() {
    let topic = |arns| with("ListSubscriptionsByTopic", move |it| *it = subscriptions(arns));
    let (status, detail, remedy) = topic(&["PendingConfirmation"]).await;
    assert_eq!((status.as_str(), remedy.contains("open the e-mail from AWS")), ("warn", true), "{remedy}");
    assert!(remedy.contains("after two days: subscribe again"), "{remedy}");
    assert!(detail.starts_with("nobody has confirmed a subscription to on-call"), "{detail}");
    for none in [&[][..], &["Deleted"][..]] {
        let (status, detail, remedy) = topic(none).await;
        assert_eq!((status.as_str(), remedy.contains(TOPIC)), ("warn", true), "{remedy}");
        assert!(detail.starts_with("nobody subscribes to on-call"), "{detail}");
    }
    let (status, detail, _) = topic(&["PendingConfirmation", "arn:aws:sns:us-east-1:1:on-call:2"]).await;
    assert_eq!(
        (status.as_str(), detail.as_str()),
        ("ok", "AsyncEventsDropped notifies on-call, 1 subscription")
    );
}

#[tokio::test]
async fn one_that_confirmed_is_found_on_a_later_page() {
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| {
        it.change("ListSubscriptionsByTopic", |it| *it = subscriptions(&["PendingConfirmation"]));
        it.add_page("ListSubscriptionsByTopic", subscriptions(&["arn:aws:sns:us-east-1:1:on-call:2"]));
    });
    assert_eq!(deployment.examine().await.found("alarms").0, "ok");
}

#[tokio::test]
async fn an_action_that_is_no_topic_counts_as_someone() {
    let incident = "arn:aws:ssm-incidents::123456789012:response-plan/plan";
    let (status, detail, _) =
        with("DescribeAlarmsForMetric", |it| it["MetricAlarms"][0]["AlarmActions"] = json!([incident])).await;
    assert_eq!((status.as_str(), detail.as_str()), ("ok", "AsyncEventsDropped has 1 action"));
}

#[tokio::test]
async fn a_topic_that_is_gone_or_may_not_be_read() {
    let gone = "arn:aws:sns:us-east-1:123456789012:gone";
    let (status, detail, remedy) =
        with("DescribeAlarmsForMetric", |it| it["MetricAlarms"][0]["AlarmActions"] = json!([gone])).await;
    assert_eq!(status, "fail", "{detail} {remedy}");
    assert!(remedy.contains("AlarmTopicArn"), "{remedy}");

    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| it.refuse("ListSubscriptionsByTopic", "AuthorizationError"));
    let ran = deployment.examine().await;
    ran.has_only("warn", "alarms", "AuthorizationError", "sns:ListSubscriptionsByTopic");
}
