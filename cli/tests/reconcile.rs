//! `enricher reconcile` as its user runs it, against the simulator's lists and a double of DynamoDB.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use okta_simulator::doubles::{LEDGER_TABLE, Stage, file, keep};
use okta_simulator::service_app_secret;
use serde_json::json;
use support::{Ran, operator};

/// `enricher reconcile` between the doubles, with a service app.
async fn reconcile(stage: &Stage, arguments: &[&str]) -> Ran {
    reconcile_with(stage, &service_app_secret(), arguments).await
}

async fn reconcile_with(stage: &Stage, secret: &str, arguments: &[&str]) -> Ran {
    let secret = file(secret);
    let mut command = operator("reconcile");
    command
        .args(arguments)
        .env("OKTA_ORG_URL", stage.okta.url())
        .env("OKTA_SECRET_FILE", secret.path())
        .env("LEDGER_TABLE", LEDGER_TABLE)
        .env("AWS_ENDPOINT_URL", stage.aws.url());
    command.output().await.unwrap().into()
}

#[tokio::test]
async fn an_operator_finds_the_same_by_hand() {
    let mut stage = Stage::without_requests().await;
    let (lost, _) = stage.raise("v2", 60, keep);
    let ran = reconcile(&stage, &["--dry-run"]).await;
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains(&lost) && ran.stdout.contains("lost"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("1 open request: 1 lost, none posted (dry run), 0 skipped, 0 unproven"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.messages(), BTreeMap::new());

    let ran = reconcile(&stage, &["--json"]).await;
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let line = ran.document();
    assert_eq!((&line["request_id"], &line["outcome"]), (&json!(lost), &json!("posted")));
    assert!(ran.stderr.contains("1 lost, 1 posted, 0 failed"), "{}", ran.stderr);
    assert_eq!(reconcile(&stage, &[]).await.stdout, "");
    assert_eq!(stage.messages(), [(lost, 1)].into());

    stage.raise("v1", 60, keep);
    stage.fault("post=503");
    let ran = reconcile(&stage, &[]).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("failed") && ran.stdout.contains("Okta answered 503"), "{}", ran.stdout);
}

#[tokio::test]
async fn what_no_rule_wants_is_shown_as_skipped_and_a_refused_list_by_name() {
    let mut stage = Stage::without_requests().await;
    stage.raise("v2", 60, keep);
    let (skipped, _) = stage.raise("v1", 600, keep);
    let policy = file("[[rule]]\nname = \"newer\"\nmatch = { api = \"v2\" }\nsections = [\"profile\"]\n");
    let secret = file(&service_app_secret());
    let run = |arguments: &[&str]| {
        let mut command = operator("reconcile");
        command.args(arguments).env("ENRICHMENT_FILE", policy.path()).env("OKTA_SECRET_FILE", secret.path());
        command.env("OKTA_ORG_URL", stage.okta.url()).env("LEDGER_TABLE", LEDGER_TABLE);
        command.env("AWS_ENDPOINT_URL", stage.aws.url()).output()
    };
    let ran: Ran = run(&["--dry-run"]).await.unwrap().into();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains(&format!("{skipped}  ")) && ran.stdout.contains("no rule of the policy"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("1 lost, none posted (dry run), 1 skipped, 0 unproven"), "{}", ran.stderr);

    stage.fault("GET /governance/api/v1/requests?=403:okta.governance.accessRequests.read");
    let ran: Ran = run(&["--json"]).await.unwrap().into();
    assert_eq!(ran.status, 1, "something could not be read");
    assert!(
        ran.stderr.contains("lost v1 requests are not found: the list needs a service app"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.document()["outcome"], "posted");
}

#[tokio::test]
async fn a_message_that_the_rule_withholds_is_counted_as_skipped() {
    let mut stage = Stage::without_requests().await;
    let (withheld, _) = stage.raise("v2", 60, keep);
    let policy = file("[[rule]]\nname = \"quiet\"\nmessage = \"none\"\n");
    let secret = file(&service_app_secret());
    let run = || {
        let mut command = operator("reconcile");
        command.env("ENRICHMENT_FILE", policy.path()).env("OKTA_SECRET_FILE", secret.path());
        command.env("OKTA_ORG_URL", stage.okta.url()).env("LEDGER_TABLE", LEDGER_TABLE);
        command.env("AWS_ENDPOINT_URL", stage.aws.url()).output()
    };
    let ran: Ran = run().await.unwrap().into();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains(&withheld) && ran.stdout.contains("posts no message"), "{}", ran.stdout);
    assert!(ran.stderr.contains("1 lost, 0 posted, 0 failed, 1 skipped, 0 unproven"), "{}", ran.stderr);
    let again: Ran = run().await.unwrap().into();
    assert_eq!((again.status, again.stdout.as_str()), (0, ""), "{}", again.stderr);
}

#[tokio::test]
async fn an_api_token_finds_what_okta_lets_it_list() {
    let mut stage = Stage::without_requests().await;
    let (lost, _) = stage.raise("v2", 60, keep);
    let token = stage.okta.token();
    stage.okta.with_world(|world| world.token_lists_refused = Some(403));
    let ran = reconcile_with(&stage, &token, &[]).await;
    assert_eq!(ran.status, 1);
    for api in ["v1", "v2"] {
        assert!(ran.stderr.contains(&format!("lost {api} requests are not found")), "{}", ran.stderr);
    }
    stage.okta.with_world(|world| world.token_lists_refused = Some(401));
    let ran = reconcile_with(&stage, "00another-token", &[]).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("the credential was refused"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("needs a service app"), "{}", ran.stderr);
    stage.okta.with_world(|world| world.token_lists_refused = None);
    assert_eq!(reconcile_with(&stage, &token, &[]).await.status, 0);
    assert_eq!(stage.messages(), [(lost, 1)].into());
}
