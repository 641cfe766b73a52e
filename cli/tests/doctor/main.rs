//! `enricher doctor` as its user runs it, against the simulator and doubles of AWS: a deployment that is well, and each
//! thing of it broken, one at a time. Nothing is ever posted, and nothing secret or personal is shown.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

use std::ops::Deref;
use std::time::Duration;

use okta_simulator::doubles::{
    Alpn, Aws, Denied, FUNCTION_NAME, Function, LEDGER_TABLE, OUTCOME_BUS, Queue, SECRET_ACCESS_KEY,
    SECRET_NAME, SESSION_TOKEN, SecretFault, Stage, TlsFront, file,
};
use okta_simulator::{CLIENT_ID, Simulator, TOKEN, World, service_app_secret};
use serde_json::{Value, json};
use support::{Ran, operator};
use tokio::process::Command;

/// A deployment that is well, with a service app in the secret.
struct Deployment {
    okta: Simulator,
    aws: Aws,
    queue: Queue,
    function: Function,
}

impl Deployment {
    async fn new() -> Deployment {
        let stage = Stage::with_service_app().await;
        stage.own_log_stream();
        let Stage { okta, aws, .. } = stage;
        let function = Function::start(|_| panic!("the function is not invoked"));
        let deployment = Deployment { okta, aws, queue: Queue::start(), function };
        deployment.set("OKTA_ORG_URL", &deployment.okta.url());
        deployment.set("OKTA_SECRET_ID", SECRET_NAME);
        deployment.set("LEDGER_TABLE", LEDGER_TABLE);
        deployment.set("OUTCOME_BUS", OUTCOME_BUS);
        deployment
    }

    /// Sets a variable of the deployed function.
    fn set(&self, name: &str, value: &str) {
        self.function.deployed(|it| {
            it.change("GetFunctionConfiguration", |answer| {
                answer["Environment"]["Variables"][name] = value.into();
            });
        });
    }

    fn command(&self) -> Command {
        let mut command = operator("doctor");
        command
            .env("AWS_ENDPOINT_URL", self.aws.url())
            .env("AWS_ENDPOINT_URL_SQS", self.queue.endpoint())
            .env("AWS_ENDPOINT_URL_LAMBDA", self.function.endpoint());
        command
    }

    /// Runs it. Whatever is wrong, nothing was posted, no call was malformed, and nothing private is shown.
    async fn end(&self, command: &mut Command) -> Examined {
        let ran = Ran::from(command.output().await.unwrap());
        assert_eq!(self.okta.messages(), Vec::new());
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        assert!(self.function.events().is_empty(), "nothing is invoked");
        ran.shows_none_of(&[
            "@",
            "example.com",
            "PRIVATE KEY",
            "MIGHAgEA",
            TOKEN,
            "eyJ",
            SECRET_ACCESS_KEY,
            SESSION_TOKEN,
        ]);
        Examined(ran)
    }

    async fn examine(&self) -> Examined {
        self.end(self.command().args(["--json", "--function", FUNCTION_NAME])).await
    }
}

/// A run of the doctor.
struct Examined(Ran);

impl Deref for Examined {
    type Target = Ran;

    fn deref(&self) -> &Ran {
        &self.0
    }
}

impl Examined {
    /// The checks that are not ok, by name: status, detail, remedy.
    #[track_caller]
    fn found(&self, name: &str) -> (String, String, String) {
        let document = self.document();
        let check = document["checks"].as_array().unwrap().iter().find(|check| check["name"] == name);
        let check = check.unwrap_or_else(|| panic!("no check `{name}`: {document:#}"));
        let text = |member: &str| check[member].as_str().unwrap_or_default().to_owned();
        (text("status"), text("detail"), text("remedy"))
    }

    /// The names of the checks with this status.
    fn with(&self, status: &str) -> Vec<String> {
        let document = self.document();
        let checks = document["checks"].as_array().unwrap().iter().filter(|check| check["status"] == status);
        checks.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Asserts that this check, and no other, has this status, and what it says; and the exit status that follows.
    #[track_caller]
    fn has_only(&self, status: &str, name: &str, says: &str, remedy: &str) {
        assert_eq!(self.with("fail"), if status == "fail" { vec![name] } else { vec![] }, "{}", self.stdout);
        let warned = self.with("warn");
        assert!(status == "fail" || warned == [name], "{warned:?} {}", self.stdout);
        let (found, detail, told) = self.found(name);
        assert_eq!(found, status, "{detail}");
        assert!(detail.contains(says), "`{says}` not in `{detail}`");
        assert!(told.contains(remedy), "`{remedy}` not in `{told}`");
        assert_eq!(self.status, i32::from(status == "fail"));
    }
}

#[tokio::test]
async fn a_deployment_that_is_well() {
    let deployment = Deployment::new().await;
    let ran = deployment.end(deployment.command().args(["--function", FUNCTION_NAME])).await;
    let shown = ran.stdout.replace(&deployment.okta.url(), "https://acme.okta.com");
    insta::assert_snapshot!(shown);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "32 ok, 0 to think about, 0 failed, 0 skipped\n"));
    let posts = deployment.okta.calls().iter().filter(|call| call.path.ends_with("/messages")).count();
    assert_eq!(posts, 2, "the right to post is asked for, once in each generation");
}

#[tokio::test]
async fn json_is_one_document_with_every_check() {
    let deployment = Deployment::new().await;
    let document = deployment.examine().await.document();
    let checks = document["checks"].as_array().unwrap();
    assert_eq!((document["ok"].as_u64(), document["fail"].as_u64()), (Some(checks.len() as u64), Some(0)));
    assert_eq!(
        checks.iter().find(|check| check["name"] == "people").unwrap(),
        &json!({
            "group": "Okta", "name": "people", "status": "ok",
            "detail": "allowed (okta.users.read), 600 calls a minute", "remedy": null,
        })
    );
}

#[tokio::test]
async fn every_fault_of_the_settings_is_told_and_what_needs_them_is_skipped() {
    let deployment = Deployment::new().await;
    deployment.set("OKTA_ORG_URL", "https://acme-admin.okta.com");
    deployment.set("MAX_EVENT_AGE", "a day");
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["settings", "settings"]);
    assert_eq!(ran.status, 1);
    let (_, detail, remedy) = ran.found("settings");
    assert_eq!(detail, "OKTA_ORG_URL is the admin console's address");
    assert_eq!(remedy, "write https://acme.okta.com");
    assert_eq!(
        ran.with("skipped"),
        ["org", "clock", "secret", "credential", "rights", "rate limits", "log stream"]
    );
    assert_eq!(ran.found("org").1, "OKTA_ORG_URL is not right");
    assert_eq!(ran.found("ledger").0, "ok", "what does not need them is checked");

    deployment.set("OKTA_ORG_URL", &deployment.okta.url());
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["settings"]);
    assert_eq!(ran.found("org").0, "ok");
    assert_eq!(
        ran.found("credential"),
        ("skipped".into(), "the settings are not right".into(), String::new())
    );
}

#[tokio::test]
async fn settings_that_are_legal_but_unwise_are_warned_of() {
    let deployment = Deployment::new().await;
    deployment.set("DRY_RUN", "true");
    deployment.examine().await.has_only("warn", "dry run", "DRY_RUN is set", "DryRun=false");

    let deployment = Deployment::new().await;
    deployment.set("LEDGER_TABLE", "");
    let ran = deployment.examine().await;
    ran.has_only("warn", "ledger setting", "LEDGER_TABLE is not set", "DynamoDB table");
    assert_eq!(ran.found("ledger").0, "skipped");
}

#[tokio::test]
async fn a_policy_file_is_checked_with_its_faults_and_warnings() {
    let deployment = Deployment::new().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let examine = async |text: &str| {
        std::fs::write(file.path(), text).unwrap();
        let mut command = deployment.command();
        command.env("ENRICHMENT_FILE", file.path());
        deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await
    };
    let ran = examine("[[rule]]\nname = \"x\"\nsections = [\"nothing\"]\n").await;
    ran.has_only("fail", "policy", "line 3", "enricher check");
    let ran = examine(
        "[[rule]]\nname = \"x\"\nsections = [\"profile\"]\nattributes = [{ name = \"mobilePhone\", label = \"Phone\" }]\n",
    )
    .await;
    assert_eq!((ran.status, ran.with("fail").len()), (0, 0), "{}", ran.stdout);
    assert!(ran.with("warn").contains(&"policy".to_owned()), "{}", ran.stdout);
    assert_eq!(ran.found("app names").1, "the policy does not show them");
}

#[tokio::test]
async fn an_org_that_is_not_there_or_none_of_oktas() {
    let deployment = Deployment::new().await;
    deployment.set("OKTA_ORG_URL", "http://127.0.0.1:9");
    let ran = deployment.examine().await;
    ran.has_only("fail", "org", "no connection", "HTTPS_PROXY");
    assert_eq!(ran.found("secret").1, "the org can't be reached");

    for (fault, says) in [("org=404", "Okta answered 404"), ("org=html", "not that of an Okta org")] {
        let deployment = Deployment::new().await;
        deployment.okta.fault(fault.parse().unwrap());
        deployment.examine().await.has_only("fail", "org", says, "no Okta org answers there");
    }

    let deployment = Deployment::new().await;
    let front = TlsFront::start(deployment.okta.addr(), Alpn::Both);
    deployment.set("OKTA_ORG_URL", &front.url());
    deployment.examine().await.has_only("fail", "org", "certificate", "SSL_CERT_FILE");
    let mut command = deployment.command();
    command.env("SSL_CERT_FILE", front.ca_file());
    let ran = deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await;
    assert_eq!((ran.status, ran.with("fail").len()), (0, 0), "{}", ran.stdout);
}

#[tokio::test]
async fn a_clock_that_is_off() {
    for (seconds, side) in [(100, "behind"), (-40, "ahead of")] {
        let deployment = Deployment::new().await;
        deployment.okta.with_world(|world| world.clock_offset = seconds);
        let ran = deployment.examine().await;
        ran.has_only("warn", "clock", &format!(" s {side} Okta's"), "NTP");
    }
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.clock_offset = -100);
    let ran = deployment.examine().await;
    ran.has_only("fail", "credential", "Okta does not know the service app", "set the clock first");

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.clock_offset = 400);
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.with("fail")), (1, vec!["clock".into(), "credential".into()]));
    assert!(ran.found("clock").1.ends_with("what a service app signs here is refused"), "{}", ran.stdout);
    assert!(ran.found("credential").2.contains("set the clock first"), "{}", ran.stdout);
    assert_eq!(ran.found("rights").1, "the credential was not accepted");
}

#[tokio::test]
async fn a_secret_that_can_not_be_read_or_used() {
    for (fault, says, remedy) in [
        (SecretFault::NotFound, "ResourceNotFoundException", "correct OKTA_SECRET_ID"),
        (
            SecretFault::AccessDenied,
            "AccessDeniedException",
            "allow your AWS credentials secretsmanager:GetSecretValue",
        ),
    ] {
        let deployment = Deployment::new().await;
        deployment.aws.fail_secret(fault);
        let ran = deployment.examine().await;
        ran.has_only("fail", "secret", says, remedy);
        assert_eq!(ran.found("credential").1, "there is no credential");
    }
    let deployment = Deployment::new().await;
    deployment.aws.set_secret(r#"{"client_id":"0oa1"}"#);
    deployment.examine().await.has_only("fail", "secret", "no `private_key`", "store an API token alone");
}

#[tokio::test]
async fn an_api_token_is_warned_of_and_its_owner_is_told_by_id() {
    let deployment = Deployment::new().await;
    deployment.aws.set_secret(TOKEN);
    let ran = deployment.examine().await;
    ran.has_only("warn", "secret", "dies with its owner", "service app");
    let owner = deployment.okta.with_world(|world| world.token_owner.clone());
    assert_eq!(ran.found("credential").1, format!("accepted: the token of the user {owner}"));
    assert_eq!(ran.found("request lists").1, "Okta shows them to no API token");
    assert_eq!(ran.found("messages, v2").0, "ok");

    deployment.okta.with_world(World::revoke_token);
    let ran = deployment.examine().await;
    ran.has_only("fail", "credential", "the credential was refused", "Security > API > Tokens");
}

#[tokio::test]
async fn a_token_given_here_is_checked_in_place_of_the_secret() {
    let deployment = Deployment::new().await;
    let mut command = deployment.command();
    command.env("OKTA_ORG_URL", deployment.okta.url()).env("OKTA_API_TOKEN", TOKEN);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"] {
        command.env_remove(name);
    }
    let ran = deployment.end(command.arg("--json")).await;
    assert_eq!((ran.status, ran.with("fail").len()), (0, 0), "{}", ran.stdout);
    assert!(ran.found("secret").1.starts_with("OKTA_API_TOKEN holds an API token"));
    assert_eq!(ran.found("session").0, "skipped", "whoever looks at Okta alone needs no account");
    assert_eq!(deployment.aws.secret_reads(), 0);
}

#[tokio::test]
async fn a_service_app_whose_key_okta_does_not_know() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.service_app_mut(CLIENT_ID).set_client_keys([]));
    let ran = deployment.examine().await;
    ran.has_only("fail", "credential", "or not its key simulator-key-1", "the secret holds its private key");
}

#[tokio::test]
async fn each_scope_that_lacks_is_named_where_it_is_needed() {
    for (scope, names, status) in [
        ("okta.users.read", vec!["people", "access held"], 1),
        ("okta.governance.accessRequests.manage", vec!["messages, v1"], 1),
        ("okta.accessRequests.request.manage", vec!["messages, v2"], 1),
        ("okta.apps.read", vec!["app names"], 0),
        ("okta.logStreams.read", vec!["log streams"], 0),
    ] {
        let deployment = Deployment::new().await;
        deployment.okta.with_world(|world| {
            world.service_app_mut(CLIENT_ID).scopes.retain(|granted| granted != scope);
        });
        let ran = deployment.examine().await;
        assert_eq!(ran.status, status, "{scope}: {}", ran.stdout);
        assert_eq!(ran.found("credential").1, format!("accepted, without {scope}"));
        for name in names {
            let (status, detail, remedy) = ran.found(name);
            assert!(status != "ok" && detail.starts_with(&format!("{scope} is not granted: ")), "{detail}");
            assert!(remedy.starts_with(&format!("grant the scope {scope} to the service app")), "{remedy}");
        }
    }
    // A scope to manage includes the one to read.
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| {
        world
            .service_app_mut(CLIENT_ID)
            .scopes
            .retain(|granted| granted != "okta.accessRequests.request.read");
    });
    let ran = deployment.examine().await;
    assert_eq!((ran.found("requests, v2").0.as_str(), ran.found("messages, v2").0.as_str()), ("ok", "ok"));

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.service_app_mut(CLIENT_ID).scopes.clear());
    deployment.examine().await.has_only("fail", "credential", "none of the scopes", "Okta API Scopes");
}

#[tokio::test]
async fn a_role_that_lacks_is_told_apart_from_a_scope() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.service_app_mut(CLIENT_ID).roles.clear());
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["messages, v1", "messages, v2"], "{}", ran.stdout);
    let (_, detail, remedy) = ran.found("messages, v2");
    assert!(detail.contains("Okta answered 403") && detail.contains("a role is lacking"), "{detail}");
    assert!(remedy.starts_with("give the role Access Requests Administrator"), "{remedy}");
    assert_eq!(ran.with("warn"), ["requests, v1", "requests, v2", "bundle names", "request lists"]);
}

#[tokio::test]
async fn small_rate_limits_and_refusals_that_pass() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.limits.governance = 10);
    deployment.examine().await.has_only("warn", "rate limits", "{id}/messages 10", "ReservedConcurrency");

    let deployment = Deployment::new().await;
    deployment.okta.fault("app=503".parse().unwrap());
    deployment.examine().await.has_only("warn", "app names", "can't be told", "run this again");
}

/// One answer of AWS changed; the check, its status, and what it says.
type Case<'a> = (&'a str, fn(&mut Value), &'a str, &'a str, &'a str, &'a str);

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
            "leads to the function",
            "deploy again",
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
            "HousekeepingSchedule",
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

#[tokio::test]
async fn what_is_wrong_with_the_function() {
    let cases: [Case<'_>; 7] = [
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
            "warn",
            "concurrency",
            "stopped",
            "--reserved-concurrent-executions 2",
        ),
        (
            "GetFunctionConcurrency",
            |it| *it = json!({}),
            "warn",
            "concurrency",
            "none reserved",
            "ReservedConcurrency=2",
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
        ("ListSchedules", "housekeeping", "events:ListRuleNamesByTarget"),
    ] {
        let deployment = Deployment::new().await;
        deployment.aws.deployed(|it| it.refuse(operation, "AccessDeniedException"));
        let remedy = format!("allow your AWS credentials {permission}");
        deployment.examine().await.has_only("warn", name, "AccessDeniedException", &remedy);
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
        let remedy = format!("allow your AWS credentials sqs:{operation}");
        deployment.examine().await.has_only("warn", "dead letters", "AccessDeniedException", &remedy);
    }
}

#[tokio::test]
async fn what_the_settings_name_and_aws_does_not_have() {
    let deployment = Deployment::new().await;
    deployment.set("OUTCOME_BUS", "another");
    deployment.examine().await.has_only("fail", "outcome bus", "ResourceNotFoundException", "OutcomeBusName");

    let deployment = Deployment::new().await;
    deployment.set("LEDGER_TABLE", "another");
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["ledger", "ledger expiry", "ledger protection"], "{}", ran.stdout);
    assert!(ran.found("ledger").2.contains("LedgerTableName"), "{}", ran.stdout);

    let deployment = Deployment::new().await;
    let ran = deployment.end(deployment.command().args(["--json", "--function", "another"])).await;
    ran.has_only("fail", "environment", "ResourceNotFoundException", "see the name");
    assert_eq!(ran.found("org").0, "skipped");
    assert!(deployment.okta.calls().is_empty());
}

#[tokio::test]
async fn dead_letters_are_counted_in_the_queue_of_the_function_or_the_one_given() {
    let deployment = Deployment::new().await;
    deployment.queue.put("{}", &[], Duration::from_hours(1));
    deployment.queue.put("zoe@example.com", &[], Duration::from_hours(1));
    let ran = deployment.examine().await;
    let redrive =
        format!("enricher redrive --queue-url {} --function {FUNCTION_NAME}", deployment.queue.url());
    ran.has_only("warn", "dead letters", "2 letters wait (kept for 14 days)", &redrive);
    assert_eq!(deployment.queue.hidden(), 0, "nothing is received");

    let mut command = deployment.command();
    command.env("OKTA_ORG_URL", deployment.okta.url()).env("OKTA_SECRET_ID", SECRET_NAME);
    let ran = deployment.end(command.args(["--json", "--queue-url", &deployment.queue.url()])).await;
    assert!(ran.found("dead letters").1.starts_with("2 letters wait"), "{}", ran.stdout);
    assert_eq!(ran.found("function"), ("skipped".into(), "give --function".into(), String::new()));
    assert_eq!(ran.found("log stream").0, "ok", "the region alone is compared: {}", ran.stdout);
}

/// The org's log streams changed; what is said of it.
type StreamCase<'a> = (fn(&mut Vec<Value>), &'a str, &'a str);

#[tokio::test]
async fn a_log_stream_that_is_off_elsewhere_or_not_there() {
    let cases: [StreamCase<'_>; 4] = [
        (|streams| streams[0]["status"] = "INACTIVE".into(), "turned access-requests off", "activate it"),
        (
            |streams| streams[0]["settings"]["region"] = "eu-west-1".into(),
            "none to account 123456789012",
            "add one",
        ),
        (
            |streams| streams[0]["type"] = "splunk_cloud_logstreaming".into(),
            "no log stream to EventBridge",
            "add one",
        ),
        (Vec::clear, "no log stream to EventBridge", "add one"),
    ];
    for (change, says, remedy) in cases {
        let deployment = Deployment::new().await;
        deployment.okta.with_world(|world| change(&mut world.log_streams));
        deployment.examine().await.has_only("fail", "log stream", says, remedy);
    }
}

#[tokio::test]
async fn without_aws_credentials_okta_is_checked_all_the_same() {
    let deployment = Deployment::new().await;
    let file = file(&service_app_secret());
    let mut command = deployment.command();
    command
        .env("OKTA_ORG_URL", deployment.okta.url())
        .env("OKTA_SECRET_FILE", file.path())
        .env("LEDGER_TABLE", LEDGER_TABLE);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        command.env_remove(name);
    }
    let ran = deployment.end(command.arg("--json")).await;
    assert_eq!(ran.with("fail"), ["session"], "{}", ran.stdout);
    assert_eq!(ran.with("warn"), ["secret"], "the function's own was not looked at");
    assert_eq!(ran.found("messages, v1").0, "ok");
    assert_eq!(ran.found("ledger").1, "there are no AWS credentials");
}

#[tokio::test]
async fn wrong_usage_has_a_status_of_its_own() {
    let deployment = Deployment::new().await;
    let ran = deployment.end(deployment.command().args(["--queue-url", "dead-letters"])).await;
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("a queue's URL looks like"), "{}", ran.stderr);
}
