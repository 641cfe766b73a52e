//! `enricher reconcile` as its user runs it, against the simulator's lists and a double of DynamoDB.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use okta_simulator::service_app_secret;
use serde_json::{Value, json};
use support::*;

/// `enricher reconcile` in the environment of the doubles.
fn reconcile(doubles: &Doubles, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.json");
    std::fs::write(&secret, service_app_secret()).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_enricher"))
        .arg("reconcile")
        .args(arguments)
        .env_clear()
        .env("OKTA_ORG_URL", doubles.okta.url())
        .env("OKTA_SECRET_FILE", &secret)
        .env("LEDGER_TABLE", LEDGER_TABLE)
        .env("AWS_ENDPOINT_URL", doubles.aws.url())
        .env("AWS_REGION", support::aws::REGION)
        .env("AWS_ACCESS_KEY_ID", support::aws::ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", support::aws::SECRET_ACCESS_KEY)
        .env("AWS_SESSION_TOKEN", support::aws::SESSION_TOKEN)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_finds_the_same_by_hand() {
    let mut doubles = Doubles::new().await;
    let (lost, _) = doubles.raise("v2", 60, keep);
    let (status, shown, told) = reconcile(&doubles, &["--dry-run"]);
    assert_eq!(status, Some(0), "{told}");
    assert!(shown.contains(&lost) && shown.contains("lost"), "{shown}");
    assert!(told.contains("1 open request: 1 lost, none posted (dry run), 0 unproven"), "{told}");
    assert_eq!(doubles.posts(), BTreeMap::new());

    let (status, shown, told) = reconcile(&doubles, &["--json"]);
    assert_eq!(status, Some(0), "{told}");
    let line: Value = serde_json::from_str(shown.trim()).unwrap();
    assert_eq!((&line["request_id"], &line["outcome"]), (&json!(lost), &json!("posted")));
    assert!(told.contains("1 lost, 1 posted, 0 failed"), "{told}");
    assert_eq!(reconcile(&doubles, &[]).1, "");
    assert_eq!(doubles.posts(), [(lost, 1)].into());

    doubles.raise("v1", 60, keep);
    doubles.okta.fault("post=503".parse().unwrap());
    let (status, shown, _) = reconcile(&doubles, &[]);
    assert_eq!(status, Some(1));
    assert!(shown.contains("failed") && shown.contains("Okta answered 503"), "{shown}");
}
