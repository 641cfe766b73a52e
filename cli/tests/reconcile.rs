//! `enricher reconcile` as its user runs it, against the simulator's lists and a double of DynamoDB.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use okta_simulator::doubles::{LEDGER_TABLE, Stage, file, keep};
use okta_simulator::service_app_secret;
use serde_json::json;
use support::{Ran, operator};

/// `enricher reconcile` between the doubles.
async fn reconcile(stage: &Stage, arguments: &[&str]) -> Ran {
    let secret = file(&service_app_secret());
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
        ran.stderr.contains("1 open request: 1 lost, none posted (dry run), 0 unproven"),
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
