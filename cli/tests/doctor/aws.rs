//! The ledger table, the function, permissions and the dead-letter queue.

use std::time::Duration;

use okta_simulator::doubles::{Denied, FUNCTION_NAME, SECRET_NAME};
use serde_json::{Value, json};

use crate::Deployment;

/// One answer of AWS changed; the check, its status, and what it says.
pub(crate) type Case<'a> = (&'a str, fn(&mut Value), &'a str, &'a str, &'a str, &'a str);

#[tokio::test]
async fn what_is_wrong_with_the_table() {
    fn no_recovery(it: &mut Value) {
        let described = &mut it["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
        described["PointInTimeRecoveryStatus"] = "DISABLED".into();
    }
    let cases: [Case<'_>; 7] = [
        (
            "DescribeTable",
            |it| it["Table"]["KeySchema"][0]["AttributeName"] = "pk".into(),
            "fail",
            "ledger",
            "not `id`",
            "partition key",
        ),
        (
            "DescribeTable",
            |it| it["Table"]["TableStatus"] = "DELETING".into(),
            "fail",
            "ledger",
            "is DELETING",
            "DynamoDB",
        ),
        (
            "DescribeTable",
            |it| it["Table"]["Replicas"] = json!([{"RegionName": "eu-west-1"}]),
            "warn",
            "ledger",
            "global table",
            "one region only",
        ),
        (
            "DescribeTable",
            |it| it["Table"]["DeletionProtectionEnabled"] = false.into(),
            "warn",
            "ledger protection",
            "deletion protection: off",
            "LedgerDeletionProtection=true",
        ),
        (
            "DescribeTimeToLive",
            |it| it["TimeToLiveDescription"]["TimeToLiveStatus"] = "DISABLED".into(),
            "warn",
            "ledger expiry",
            "do not expire",
            "time to live",
        ),
        (
            "DescribeTimeToLive",
            |it| it["TimeToLiveDescription"]["AttributeName"] = "ttl".into(),
            "warn",
            "ledger expiry",
            "by `ttl`",
            "`expires_at`",
        ),
        (
            "DescribeContinuousBackups",
            no_recovery,
            "warn",
            "ledger protection",
            "point-in-time recovery: off",
            "LedgerPointInTimeRecovery=true",
        ),
    ];
    for (operation, change, status, name, says, remedy) in cases {
        let deployment = Deployment::new().await;
        deployment.aws.deployed(|it| it.change(operation, change));
        deployment.examine().await.has_only(status, name, says, remedy);
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_function() {
    let cases: [Case<'_>; 6] = [
        ("GetFunctionConfiguration", |it| it["Timeout"] = 30.into(), "warn", "timeout", "30 s", "90 s"),
        (
            "GetFunctionConfiguration",
            |it| it["LastUpdateStatus"] = "Failed".into(),
            "fail",
            "function",
            "last update failed",
            "deploy again",
        ),
        (
            "GetFunctionConfiguration",
            |it| it["LastUpdateStatus"] = "InProgress".into(),
            "warn",
            "function",
            "being updated",
            "in a minute",
        ),
        (
            "GetFunctionConfiguration",
            |it| it["State"] = "Failed".into(),
            "fail",
            "function",
            "it is Failed",
            "deploy again",
        ),
        (
            "GetFunctionConcurrency",
            |it| it["ReservedConcurrentExecutions"] = 0.into(),
            "fail",
            "concurrency",
            "stopped",
            "aws lambda delete-function-concurrency --function-name okta-request-enricher",
        ),
        (
            "GetFunctionEventInvokeConfig",
            |it| it["DestinationConfig"] = json!({}),
            "fail",
            "dead letters",
            "no destination",
            "on-failure destination",
        ),
    ];
    for (operation, change, status, name, says, remedy) in cases {
        let deployment = Deployment::new().await;
        deployment.function.deployed(|it| it.change(operation, change));
        deployment.examine().await.has_only(status, name, says, remedy);
    }
}

#[tokio::test]
async fn where_nothing_is_reserved_the_accounts_limit_decides() {
    let unreserved = async |limit: Value| {
        let deployment = Deployment::new().await;
        deployment.function.deployed(|it| {
            it.change("GetFunctionConcurrency", |it| *it = json!({}));
            it.change("GetAccountSettings", |it| *it = limit);
        });
        deployment.examine().await
    };
    let limit = |all: i32, left: i32| json!({"AccountLimit": {"ConcurrentExecutions": all, "UnreservedConcurrentExecutions": left}});
    for few in [limit(10, 10), limit(1000, 101)] {
        let ran = unreserved(few.clone()).await;
        let (status, detail, _) = ran.found("concurrency");
        assert_eq!((ran.status, status.as_str()), (0, "ok"), "{detail}");
        let (all, left) = (
            &few["AccountLimit"]["ConcurrentExecutions"],
            &few["AccountLimit"]["UnreservedConcurrentExecutions"],
        );
        assert_eq!(
            detail,
            format!(
                "none reserved: at most {left} at once; the account's limit of {all} leaves none to reserve"
            )
        );
    }
    for enough in [limit(1000, 102), limit(1000, 1000), json!({}), json!({"AccountLimit": {}})] {
        let ran = unreserved(enough).await;
        ran.has_only("warn", "concurrency", "none reserved", "deploy with ReservedConcurrency=2");
    }
    let deployment = Deployment::new().await;
    deployment.function.deployed(|it| {
        it.change("GetFunctionConcurrency", |it| *it = json!({}));
        it.refuse("GetAccountSettings", "AccessDeniedException");
    });
    let ran = deployment.examine().await;
    ran.has_only("warn", "concurrency", "AccessDeniedException", "lambda:GetAccountSettings");
}

#[tokio::test]
async fn an_answer_that_can_not_be_read_is_said_to_be_one() {
    let deployment = Deployment::new().await;
    deployment.aws.deployed(|it| it.change("DescribeTable", |it| it["Table"] = "no table".into()));
    deployment.examine().await.has_only("warn", "ledger", "unreadable answer (HTTP 200", "run this again");
}

#[tokio::test]
async fn two_regions_are_warned_of() {
    let deployment = Deployment::new().await;
    let examine = async |region: &str| {
        let mut command = deployment.command();
        command.args(["--json", "--function", FUNCTION_NAME]).env("AWS_DEFAULT_REGION", region);
        deployment.end(&mut command).await
    };
    examine("eu-west-1").await.has_only(
        "warn",
        "session",
        "AWS_REGION is us-east-1, AWS_DEFAULT_REGION is eu-west-1",
        "set both",
    );
    assert_eq!(examine("us-east-1").await.found("session").0, "ok");
}

#[tokio::test]
async fn a_permission_that_lacks_is_a_warning_with_its_name() {
    for (operation, name, permission) in [
        ("DescribeTable", "ledger", "dynamodb:DescribeTable"),
        ("DescribeTimeToLive", "ledger expiry", "dynamodb:DescribeTimeToLive"),
        ("DescribeContinuousBackups", "ledger protection", "dynamodb:DescribeContinuousBackups"),
        ("DescribeEventBus", "outcome bus", "events:DescribeEventBus"),
        ("ListEventBuses", "rule", "events:ListEventBuses"),
        ("ListRuleNamesByTarget", "rule", "events:ListRuleNamesByTarget"),
        ("DescribeRule", "rule", "events:DescribeRule"),
        ("ListArchives", "archive", "events:ListArchives"),
        ("DescribeEventSource", "event source", "events:DescribeEventSource"),
        ("ListTargetsByRule", "undelivered", "events:ListTargetsByRule"),
        ("DescribeAlarmsForMetric", "alarms", "cloudwatch:DescribeAlarmsForMetric"),
        ("ListSchedules", "housekeeping", "events:ListRuleNamesByTarget"),
    ] {
        let deployment = Deployment::new().await;
        deployment.aws.deployed(|it| it.refuse(operation, "AccessDeniedException"));
        let remedy = format!("allow your AWS credentials {permission}");
        let ran = deployment.examine().await;
        ran.has_only("warn", name, "AccessDeniedException", &remedy);
        let bus_is_known = !["ListEventBuses", "ListArchives"].contains(&operation);
        assert_eq!(ran.found("archive").0 == "ok", bus_is_known, "{operation}");
    }
    for (operation, name) in
        [("GetFunctionConcurrency", "concurrency"), ("GetFunctionEventInvokeConfig", "dead letters")]
    {
        let deployment = Deployment::new().await;
        deployment.function.deployed(|it| it.refuse(operation, "AccessDeniedException"));
        let remedy = format!("allow your AWS credentials lambda:{operation}");
        deployment.examine().await.has_only("warn", name, "AccessDeniedException", &remedy);
    }
    for operation in ["GetQueueUrl", "GetQueueAttributes"] {
        let deployment = Deployment::new().await;
        deployment.queue.deny(Denied::Operation(operation));
        let ran = deployment.examine().await;
        assert_eq!(
            (ran.status, ran.with("warn")),
            (0, vec!["dead letters".to_owned(), "undelivered".to_owned()])
        );
        for name in ["dead letters", "undelivered"] {
            let (_, detail, remedy) = ran.found(name);
            assert!(detail.contains("AccessDeniedException"), "{detail}");
            assert!(remedy.contains(&format!("allow your AWS credentials sqs:{operation}")), "{remedy}");
        }
    }
}

#[tokio::test]
async fn dead_letters_are_counted_in_the_queue_of_the_function_or_the_one_given() {
    let deployment = Deployment::new().await;
    deployment.queue.put("{}", &[], Duration::from_hours(1));
    deployment.queue.put("zoe@example.com", &[], Duration::from_hours(1));
    let ran = deployment.examine().await;
    let redrive =
        format!("enricher redrive --queue-url {} --function {FUNCTION_NAME}", deployment.queue.url());
    ran.has_only("warn", "dead letters", "2 letters in the queue (kept for 14 days)", &redrive);
    assert_eq!(deployment.queue.hidden(), 0, "nothing is received");

    let mut command = deployment.command();
    command.env("OKTA_ORG_URL", deployment.okta.url()).env("OKTA_SECRET_ID", SECRET_NAME);
    let ran = deployment.end(command.args(["--json", "--queue-url", &deployment.queue.url()])).await;
    assert!(ran.found("dead letters").1.starts_with("2 letters in the queue"), "{}", ran.stdout);
    assert_eq!(
        ran.found("function"),
        ("skipped".into(), "no function is named (--function NAME)".into(), String::new())
    );
    assert_eq!(ran.found("log stream").0, "ok", "the region alone is compared: {}", ran.stdout);
}
