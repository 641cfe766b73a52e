//! `enricher reconcile` as its user runs it, against the simulator's lists and a double of DynamoDB.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use okta_simulator::doubles::{LEDGER_TABLE, Stage, file, keep};
use okta_simulator::service_app_secret;
use serde_json::json;
use support::{Ran, operator};

/// Ctrl-C between a claim and its post would leave the next attempt in doubt.
#[tokio::test]
async fn ctrl_c_ends_it_after_the_request_in_flight() {
    let mut stage = Stage::without_requests().await;
    for _ in 0..3 {
        stage.raise("v2", 60, keep);
    }
    stage.fault("post=slow:1s");
    let secret = file(&service_app_secret());
    let mut command = operator("reconcile");
    command.arg("--post").env("OKTA_ORG_URL", stage.okta.url()).env("OKTA_SECRET_FILE", secret.path());
    command.env("LEDGER_TABLE", LEDGER_TABLE).env("AWS_ENDPOINT_URL", stage.aws.url());
    let child = command.spawn().unwrap();
    while !stage.okta.calls().iter().any(|call| call.method == "POST" && call.path.ends_with("/messages")) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().await.unwrap());
    assert_eq!(ran.status, 130, "{}", ran.stderr);
    let posted = stage.messages().len();
    assert!((1..3).contains(&posted), "{}", ran.stderr);
    let says = format!("3 lost, {posted} posted, 0 failed, 0 skipped, 0 unproven, {} not tried", 3 - posted);
    assert!(ran.stderr.contains(&says), "{}", ran.stderr);
    let claimed = stage.aws.records().into_values().any(|record| record["state"] == "claimed");
    assert!(!claimed, "no claim is left");
}

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
    for dry in [&[][..], &["--dry-run"]] {
        let before = stage.aws.records();
        let ran = reconcile(&stage, dry).await;
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert!(ran.stdout.starts_with(&lost) && ran.stdout.contains("lost  rule every-request\n  | "));
        assert!(ran.stderr.starts_with("policy: built in ("), "{}", ran.stderr);
        assert!(
            ran.stderr.ends_with(
                "1 open request: 1 lost, none posted (dry run), 0 skipped, 0 unproven\n\
                 nothing was posted; add --post to post 1 message\n"
            ),
            "{}",
            ran.stderr
        );
        assert_eq!(stage.messages(), BTreeMap::new());
        assert_eq!(stage.aws.records(), before, "a dry run leaves no trace in the ledger");
    }
    let line = reconcile(&stage, &["--json"]).await.document();
    assert_eq!((&line["outcome"], &line["rule"]), (&json!("lost"), &json!("every-request")));
    let shown = line["message"].as_str().unwrap().to_owned();

    let ran = reconcile(&stage, &["--json", "--post"]).await;
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let line = ran.document();
    assert_eq!((&line["request_id"], &line["outcome"]), (&json!(lost), &json!("posted")));
    let posted_for_real = format!("Messages are posted for real on {}\n", stage.okta.url());
    assert!(ran.stderr.contains(&posted_for_real), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("1 lost, 1 posted, 0 failed, 0 skipped, 0 unproven\n"), "{}", ran.stderr);
    assert_eq!(stage.okta.messages()[0].message, shown, "what was shown is what is posted");
    let ran = reconcile(&stage, &["--post"]).await;
    assert!(!ran.stderr.contains("for real"), "there is nothing to post: {}", ran.stderr);
    assert_eq!(ran.stdout, "");
    assert_eq!(stage.messages(), [(lost, 1)].into());

    stage.raise("v1", 60, keep);
    stage.fault("post=503");
    let ran = reconcile(&stage, &["--post"]).await;
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
    let why = format!("{skipped}: rule newer does not match: match.api: it is a request of “v1”");
    assert!(!ran.stderr.contains(&why), "{}", ran.stderr);
    let ran: Ran = run(&["-v"]).await.unwrap().into();
    assert!(ran.stderr.contains(&why), "{}", ran.stderr);

    stage.fault("GET /governance/api/v1/requests?=403:okta.governance.accessRequests.read");
    let ran: Ran = run(&["--json", "--post"]).await.unwrap().into();
    assert_eq!(ran.status, 1, "something could not be read");
    assert!(
        ran.stderr.contains("lost v1 requests are not found: the list needs a service app"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.document()["outcome"], "posted");
}

#[tokio::test]
async fn a_message_that_the_rule_withholds_is_not_lost() {
    let mut stage = Stage::without_requests().await;
    let (withheld, _) = stage.raise("v2", 60, keep);
    let policy = file("[[rule]]\nname = \"quiet\"\nmessage = \"none\"\n");
    let policy = ["--policy", policy.path().to_str().unwrap()];
    let says = "skipped  rule quiet: the rule of the policy posts no message";
    let ran = reconcile(&stage, &policy).await;
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains(&withheld) && ran.stdout.contains(says), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("0 lost, none posted (dry run), 1 skipped, 0 unproven\n")
            && ran.stderr.ends_with("nothing was posted; there is no message that --post would post\n"),
        "{}",
        ran.stderr
    );
    let ran = reconcile(&stage, &[&policy[..], &["--post"]].concat()).await;
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains(&withheld) && ran.stdout.contains(says), "{}", ran.stdout);
    assert!(ran.stderr.contains("0 lost, 0 posted, 0 failed, 1 skipped, 0 unproven"), "{}", ran.stderr);
    let again = reconcile(&stage, &policy).await;
    assert_eq!((again.status, again.stdout.as_str()), (0, ""), "{}", again.stderr);
}

#[tokio::test]
async fn a_dry_run_says_what_would_fail() {
    let mut stage = Stage::without_requests().await;
    stage.raise("v2", 60, keep);
    stage.fault("user=500");
    let ran = reconcile(&stage, &[]).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("failed  rule every-request: Retryable: failed to read"), "{}", ran.stdout);
    assert!(ran.stderr.contains("1 lost, none posted (dry run), 1 failed"), "{}", ran.stderr);
    assert!(stage.aws.ledger_calls().iter().all(|call| call == "GetItem"));
}

#[tokio::test]
async fn since_is_never_cut_in_silence() {
    let mut stage = Stage::without_requests().await;
    let (lost, _) = stage.raise("v2", 60, keep);
    stage.raise("v2", 5, keep);
    let ran = reconcile(&stage, &["--since", "2h"]).await;
    assert!(!ran.stderr.contains("--since"), "{}", ran.stderr);
    let young = "0 unproven, 1 left out: younger than 15 minutes, the event may still come\n";
    assert!(ran.stderr.contains(young), "{}", ran.stderr);

    let yesterday = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let day = yesterday.strftime("%Y-%m-%d 00:00 UTC");
    let ran = reconcile(&stage, &["--since", "5d"]).await;
    let says =
        format!("--since is cut: requests from before {day} were not looked at; the ledger began that day");
    assert!(ran.stderr.contains(&says), "{}", ran.stderr);
    assert!(ran.stdout.contains(&lost));

    stage.aws.put_record(&json!({"id": "since", "since": 0}));
    let ran = reconcile(&stage, &["--since", "60d"]).await;
    assert!(ran.stderr.contains("it looks back 44 days at most: the ledger forgets"), "{}", ran.stderr);
    assert!(!reconcile(&stage, &["--since", "43d"]).await.stderr.contains("--since"));

    let ran = reconcile(&stage, &["--since", "15m"]).await;
    assert_eq!(ran.status, 2, "it would find nothing, whatever was lost");
    assert!(ran.stderr.contains("give a longer time"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_dry_run_does_not_begin_the_ledger() {
    let stage = Stage::with_ledger().await;
    stage.aws.set_secret(service_app_secret());
    let ran = reconcile(&stage, &["--since", "7d"]).await;
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("--since is cut"), "{}", ran.stderr);
    assert_eq!(stage.aws.records(), BTreeMap::new());
    assert!(stage.aws.ledger_calls().iter().all(|call| call == "GetItem"));
    assert_eq!(reconcile(&stage, &["--post", "--dry-run"]).await.status, 2);
    assert_eq!(reconcile(&stage, &["--post"]).await.status, 0);
    assert!(stage.aws.record("since").is_some());
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
    assert!(ran.stderr.contains("Okta refuses the credential"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("needs a service app"), "{}", ran.stderr);
    stage.okta.with_world(|world| world.token_lists_refused = None);
    assert_eq!(reconcile_with(&stage, &token, &["--post"]).await.status, 0);
    assert_eq!(stage.messages(), [(lost, 1)].into());
}

/// Without a region or credentials, an error of the first call to AWS would say neither why nor what to do.
#[tokio::test]
async fn without_an_aws_session_it_says_what_to_do() {
    let stage = Stage::without_requests().await;
    let secret = file(&service_app_secret());
    for own in [true, false] {
        for (set, says) in [
            (&[][..], "no AWS region; set AWS_REGION"),
            (&[("AWS_REGION", "us-east-1")], "no AWS credentials; sign in with `aws login`"),
            (&[("AWS_PROFILE", "nope")], "AWS_PROFILE names the profile `nope`, and the AWS files have none"),
            (
                &[("AWS_PROFILE", "nope"), ("AWS_REGION", "us-east-1")],
                "AWS_PROFILE names the profile `nope`, and the AWS files have none",
            ),
        ] {
            let mut command = operator("reconcile");
            for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
                command.env_remove(name);
            }
            command.env("OKTA_ORG_URL", stage.okta.url()).env("LEDGER_TABLE", LEDGER_TABLE);
            command.env("AWS_ENDPOINT_URL", stage.aws.url()).envs(set.iter().copied());
            if own {
                command.env("OKTA_SECRET_FILE", secret.path());
            } else {
                command.env("OKTA_SECRET_ID", "okta");
            }
            let ran: Ran = command.output().await.unwrap().into();
            assert_eq!(ran.status, 2, "{}", ran.stderr);
            assert!(ran.stderr.contains(says), "{}", ran.stderr);
            assert!(!ran.stderr.contains("no usable answer"), "{}", ran.stderr);
        }
    }
    assert!(stage.aws.ledger_calls().is_empty());
}
