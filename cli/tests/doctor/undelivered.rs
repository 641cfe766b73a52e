//! Events that EventBridge can't hand over: the rule's target names a queue, and the queue's policy takes them.

use okta_simulator::doubles::RULE;
use serde_json::{Value, json};

use crate::Deployment;

#[tokio::test]
async fn what_can_not_be_delivered_needs_a_queue_that_takes_it() {
    let lost = "an event that can't be handed over is lost";
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| {
        it.change("ListTargetsByRule", |it| drop(it["Targets"][0]["DeadLetterConfig"].take()));
    });
    deployment.examine().await.has_only(
        "fail",
        "undelivered",
        "names no dead-letter queue",
        "changed by hand",
    );

    let of_another = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/x"}},
    }]});
    for policy in [None, Some(of_another.to_string())] {
        let deployment = Deployment::new().await;
        deployment.queue.set_policy(policy);
        let ran = deployment.examine().await;
        ran.has_only("fail", "undelivered", lost, "changed by hand");
    }
    let deployment = Deployment::new().await;
    deployment.queue.set_policy(Some("no JSON".to_owned()));
    let ran = deployment.examine().await;
    ran.has_only("warn", "undelivered", "statements that this check can't decide", "sqs:SendMessage");

    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| {
        it.change("ListTargetsByRule", |it| {
            it["Targets"][0]["DeadLetterConfig"]["Arn"] = "arn:aws:sqs:us-east-1:123456789012:gone".into();
        });
    });
    let ran = deployment.examine().await;
    ran.has_only("fail", "undelivered", "failed to read the queue gone: ", "by hand");

    // What AWS does not say is not judged.
    for (operation, pointer) in
        [("ListTargetsByRule", "/Targets"), ("ListTargetsByRule", "/Targets/0/Arn"), ("DescribeRule", "/Arn")]
    {
        let deployment = Deployment::new().await;
        deployment.aws.deployed(|it| {
            it.change(operation, |it| *it.pointer_mut(pointer).unwrap() = Value::Null);
        });
        let ran = deployment.examine().await;
        let (status, detail, _) = ran.found("undelivered");
        assert_eq!((ran.status, status.as_str()), (0, "skipped"), "{detail}");
        assert!(detail.contains(RULE), "{detail}");
    }
}
