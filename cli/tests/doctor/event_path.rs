//! The path of events: the rule on whatever bus, Okta's event source, the queue for what can't be delivered,
//! the archive, the schedule.

use okta_simulator::doubles::BUS;
use serde_json::{Value, json};

use crate::Deployment;
use crate::aws::Case;

#[tokio::test]
async fn what_is_wrong_with_the_way_of_events() {
    let cases: [Case<'_>; 8] = [
        (
            "ListEventBuses",
            |it| it["EventBuses"] = json!([]),
            "fail",
            "rule",
            "no bus aws.partner/okta.com/",
            "Partner event sources",
        ),
        (
            "ListRuleNamesByTarget",
            |it| it["RuleNames"] = json!([]),
            "fail",
            "rule",
            "has the function as its target",
            "changed by hand",
        ),
        (
            "DescribeRule",
            |it| it["State"] = "DISABLED".into(),
            "fail",
            "rule",
            "is disabled",
            "aws events enable-rule --name okta-request-enricher",
        ),
        (
            "DescribeRule",
            |it| it["EventPattern"] = "{\"source\":[\"aws.ec2\"]}".into(),
            "warn",
            "rule",
            "access.request.create",
            "template's rule",
        ),
        (
            "ListArchives",
            |it| it["Archives"] = json!([]),
            "warn",
            "archive",
            "can't be replayed",
            "ArchiveRetentionDays=14",
        ),
        (
            "ListArchives",
            |it| it["Archives"][0]["State"] = "DISABLED".into(),
            "warn",
            "archive",
            "can't be replayed",
            "ArchiveRetentionDays=14",
        ),
        (
            "ListSchedules",
            |it| it["RuleNames"] = json!([]),
            "warn",
            "housekeeping",
            "nobody looks",
            // As SAM takes a value with a space (docs/configuration.md).
            "\"HousekeepingSchedule='rate(1 hour)'\"",
        ),
        (
            "DescribeSchedule",
            |it| it["State"] = "DISABLED".into(),
            "warn",
            "housekeeping",
            "is disabled",
            "aws events enable-rule",
        ),
    ];
    for (operation, change, status, name, says, remedy) in cases {
        let deployment = Deployment::new().await;
        deployment.aws.deployed(|it| it.change(operation, change));
        deployment.examine().await.has_only(status, name, says, remedy);
    }
}

/// Without Okta's bus, its event source waits for one.
#[tokio::test]
async fn an_event_source_without_a_bus_is_found() {
    let sources = |states: &[&str]| {
        let sources = states.iter().enumerate().map(|(at, state)| {
            let name = format!("aws.partner/okta.com/acme/{at}");
            json!({"Name": name, "State": state, "ExpirationTime": 1_796_000_000})
        });
        json!({"EventSources": sources.collect::<Vec<_>>()})
    };
    for (listed, status, says) in [
        (sources(&["DELETED", "PENDING"]), "fail", "okta.com/acme/1 is PENDING"),
        (sources(&["PENDING", "ACTIVE"]), "ok", "okta.com/acme/1 is ACTIVE"),
        (sources(&["DELETED"]), "fail", "is DELETED"),
        (sources(&[]), "fail", "Okta has none"),
        (json!({}), "fail", "Okta has none"),
    ] {
        let deployment = Deployment::new().await;
        deployment.aws.deployed(|it| {
            it.change("ListEventBuses", |it| drop(it["EventBuses"].as_array_mut().unwrap().pop()));
            it.change("ListEventSources", |it| *it = listed);
        });
        let ran = deployment.examine().await;
        let (found, detail, remedy) = ran.found("event source");
        assert_eq!((ran.status, found.as_str()), (1, status), "{detail} {remedy}");
        assert!(detail.contains(says), "{detail}");
        assert_eq!(detail.contains("without a bus"), says.contains("PENDING"), "{detail}");
        assert_eq!(remedy.contains("\"EventBusName=''\""), says.contains("PENDING"), "{remedy}");
        assert_eq!(ran.found("rule").0, "fail");
        assert!(ran.found("rule").1.starts_with("no bus aws.partner/okta.com/"), "{}", ran.stdout);
        assert_eq!(ran.found("undelivered"), ("skipped".into(), "the rule is unknown".into(), String::new()));
        assert_eq!(ran.found("archive"), ("skipped".into(), "Okta's bus is unknown".into(), String::new()));
        assert_eq!(ran.found("housekeeping").0, "ok");
    }
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| {
        it.change("ListEventBuses", |it| *it = json!({}));
        it.refuse("ListEventSources", "AccessDeniedException");
    });
    let ran = deployment.examine().await;
    assert!(ran.found("event source").2.contains("events:ListEventSources"), "{}", ran.stdout);

    // Whether events are forwarded is unknown, so that no source is no fault.
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| {
        it.refuse("ListEventBuses", "AccessDeniedException");
        it.change("ListEventSources", |it| *it = json!({"EventSources": []}));
    });
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.found("event source").0.as_str()), (0, "skipped"), "{}", ran.stdout);
}

fn bus(name: &str) -> Value {
    json!({"Name": name, "Arn": format!("arn:aws:events:us-east-1:123456789012:event-bus/{name}")})
}

fn rule(name: &str, state: &str, event_type: &str) -> Value {
    json!({
        "Name": name, "State": state, "Arn": format!("arn:aws:events:us-east-1:123456789012:rule/own/{name}"),
        "EventPattern": json!({"detail": {"eventType": [event_type]}}).to_string(),
    })
}

/// A deployment with the rule on a bus of the account's own, to which events are forwarded from another
/// account.
async fn forwarded() -> Deployment {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| {
        world.log_streams[0]["settings"]["accountId"] = "210987654321".into();
    });
    let function = "arn:aws:lambda:us-east-1:123456789012:function:okta-request-enricher";
    let queue = "arn:aws:sqs:us-east-1:123456789012:dead-letters";
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/own/*"}},
    });
    deployment.queue.set_policy(Some(json!({ "Statement": statement }).to_string()));
    deployment.aws.deployed(|it| {
        it.change("ListEventBuses", |it| *it = json!({"EventBuses": [bus("default"), bus("a"), bus("own")]}));
        it.change("ListEventSources", |it| *it = json!({"EventSources": []}));
        it.on_bus("ListRuleNamesByTarget", "a", json!({"RuleNames": []}));
        it.on_bus("ListRuleNamesByTarget", "own", json!({"RuleNames": ["requests"]}));
        it.on_bus("DescribeRule", "own", rule("requests", "ENABLED", "access.request.create"));
        let target = json!({"Id": "1", "Arn": function, "DeadLetterConfig": {"Arn": queue}});
        it.on_bus("ListTargetsByRule", "own", json!({"Targets": [{"Id": "0", "Arn": "other"}, target]}));
        let archive = json!({"ArchiveName": "kept", "State": "ENABLED", "RetentionDays": 14});
        it.on_bus("ListArchives", "own", json!({"Archives": [archive]}));
    });
    deployment
}

#[tokio::test]
async fn the_rule_may_be_on_a_bus_of_any_name() {
    let deployment = forwarded().await;
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.with("warn").len()), (0, 0), "{}", ran.stdout);
    assert_eq!(ran.found("rule").1, "requests on own is enabled");
    assert_eq!(ran.found("event source").0, "skipped");
    assert_eq!(ran.found("undelivered").0, "ok");
    assert_eq!(ran.found("archive").1, "kept keeps events for 14 days");
    let log_stream = ran.found("log stream").1;
    assert!(log_stream.ends_with(" is active, to where events are forwarded from"), "{log_stream}");

    // A source that waits here is another's.
    for state in ["PENDING", "DELETED"] {
        let source = json!({"Name": "aws.partner/okta.com/preview/1", "State": state});
        deployment.aws.deployed(|it| {
            it.change("ListEventSources", |it| *it = json!({"EventSources": [source]}));
        });
        let ran = deployment.examine().await;
        assert_eq!((ran.status, ran.with("warn").len()), (0, 0), "{}", ran.stdout);
        assert_eq!(ran.found("event source").0, "skipped");
    }

    // The bus may be on a later page, and its rule, too.
    let deployment = forwarded().await;
    deployment.aws.deployed(|it| {
        it.change("ListEventBuses", |it| *it = json!({"EventBuses": [bus("default")]}));
        it.add_page("ListEventBuses", json!({"EventBuses": []}));
        it.add_page("ListEventBuses", json!({"EventBuses": [bus("a"), bus("own")]}));
    });
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.found("rule").1.as_str()), (0, "requests on own is enabled"));
}

#[tokio::test]
async fn of_several_rules_the_one_that_sends_requests_counts() {
    let deployment = forwarded().await;
    deployment.aws.deployed(|it| {
        it.on_bus("ListRuleNamesByTarget", "a", json!({"RuleNames": ["others"]}));
        it.on_bus("DescribeRule", "a", rule("others", "ENABLED", "user.lifecycle.create"));
    });
    assert_eq!(deployment.examine().await.found("rule").1, "requests on own is enabled");
    deployment.aws.deployed(|it| {
        it.on_bus("DescribeRule", "own", rule("requests", "DISABLED", "access.request.create"));
    });
    let remedy = "aws events enable-rule --name requests --event-bus-name own";
    deployment.examine().await.has_only("fail", "rule", "requests on own is disabled", remedy);

    // Who may not look at one bus may look at another.
    let deployment = forwarded().await;
    deployment.aws.deployed(|it| it.refuse_on_bus("ListRuleNamesByTarget", "a", "AccessDeniedException"));
    assert_eq!(deployment.examine().await.found("rule").0, "ok");
    deployment.aws.deployed(|it| it.on_bus("ListRuleNamesByTarget", "own", json!({"RuleNames": []})));
    let (status, detail, remedy) = deployment.examine().await.found("rule");
    assert_eq!(status, "warn", "{detail}");
    assert!(remedy.contains("events:ListRuleNamesByTarget"), "{remedy}");
}

#[tokio::test]
async fn what_is_wrong_with_the_event_source() {
    let cases: [Case<'_>; 4] = [
        (
            "DescribeEventSource",
            |it| *it = json!({"Name": BUS, "State": "PENDING", "ExpirationTime": 1_796_000_000}),
            "fail",
            "event source",
            "is PENDING, though its bus is there: no event arrives; it expires at 2026-11-30T",
            "aws events activate-event-source --name aws.partner/okta.com/",
        ),
        (
            "DescribeEventSource",
            |it| it["State"] = "DELETED".into(),
            "fail",
            "event source",
            "Okta's log stream is gone",
            "EventSourceName",
        ),
        (
            "DescribeEventSource",
            |it| it["State"] = "RESTING".into(),
            "warn",
            "event source",
            "its state is RESTING",
            "Partner event sources",
        ),
        (
            "DescribeEventSource",
            |it| *it = json!({}),
            "warn",
            "event source",
            "its state is unknown",
            "Partner event sources",
        ),
    ];
    for (operation, change, status, name, says, remedy) in cases {
        let deployment = Deployment::new().await;
        deployment.aws.deployed(|it| it.change(operation, change));
        deployment.examine().await.has_only(status, name, says, remedy);
    }
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| it.refuse("DescribeEventSource", "ResourceNotFoundException"));
    let ran = deployment.examine().await;
    ran.has_only("fail", "event source", "ResourceNotFoundException", "add the log stream in Okta anew");
}

#[tokio::test]
async fn of_several_rules_on_the_default_bus_an_enabled_schedule_counts() {
    let schedule = |name: &str, state: &str| json!({"Name": name, "State": state, "ScheduleExpression": "rate(2 hours)"});
    let pattern = json!({"Name": "uploads", "State": "ENABLED", "EventPattern": "{\"source\":[\"aws.s3\"]}"});
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| {
        it.change("DescribeSchedule", |it| it["State"] = "DISABLED".into());
        it.add_schedule("uploads", pattern.clone());
    });
    let remedy = "aws events enable-rule --name okta-request-enricher-HousekeepingRule";
    deployment.examine().await.has_only("warn", "housekeeping", "is disabled", remedy);
    deployment.aws.deployed(|it| {
        it.add_schedule("on", schedule("on", "ENABLED"));
        it.add_schedule("off", schedule("off", "DISABLED"));
    });
    let ran = deployment.examine().await;
    assert_eq!(ran.found("housekeeping").1, "on, rate(2 hours)", "{}", ran.stdout);
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| {
        it.change("ListSchedules", |it| it["RuleNames"] = json!([]));
        it.add_schedule("uploads", pattern);
    });
    deployment.examine().await.has_only("warn", "housekeeping", "no schedule starts", "HousekeepingSchedule");
}

#[tokio::test]
async fn buses_without_the_rule_are_named_and_counted() {
    for (names, says) in [
        (&["a", "b", "c", "d", "e"][..], "no rule on a, b, c and 2 more has the function"),
        (&["a", "b", "c"], "no rule on a, b, c has the function"),
    ] {
        let deployment = Deployment::new().await;
        deployment.aws.deployed(|it| {
            let buses: Vec<_> = names.iter().map(|name| bus(name)).collect();
            it.change("ListEventBuses", |it| *it = json!({ "EventBuses": buses }));
            for name in names {
                it.on_bus("ListRuleNamesByTarget", name, json!({"RuleNames": []}));
            }
        });
        let detail = deployment.examine().await.found("rule").1;
        assert!(detail.starts_with(says), "{detail}");
    }
}
