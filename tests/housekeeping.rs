//! The housekeeping: what the stream lost is found and enriched, once; a stream that is off is told. By the deployed
//! binary, against the simulator's lists and a double of DynamoDB.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use okta_simulator::{Simulator, service_app_secret};
use serde_json::{Value, json};
use support::*;

const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_okta-request-enricher");

fn scheduled() -> String {
    std::fs::read_to_string("events/scheduled-event.json").unwrap()
}

#[tokio::test]
async fn lost_requests_get_their_message_once_and_others_none() {
    let mut doubles = Doubles::new().await;
    let lambda = doubles.spawn(BOOTSTRAP, &[]);
    let (answered, event) = doubles.raise("v2", 30, keep);
    assert_eq!(lambda.invoke(event).await.response()["outcome"], "posted");
    let (lost_v2, _) = doubles.raise("v2", 60, keep);
    let (lost_v1, _) = doubles.raise("v1", 600, keep);
    doubles.raise("v2", 5, keep);
    doubles.raise("v2", 60, |request| request["status"] = "CANCELED".into());
    doubles.raise("v1", 60, |request| request["requestStatus"] = "RESOLVED".into());
    doubles.raise("v1", 26 * 60, keep);

    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(
        answer,
        json!({"outcome": "reconciled", "open": 3, "posted": 2, "skipped": 0, "failed": 0, "left": 0, "unproven": 0,
               "stream": "ACTIVE"})
    );
    let line = lambda.log_lines_json().pop().unwrap();
    assert_eq!(
        (&line["level"], &line["Reconciled"], &line["StreamActive"]),
        (&json!("INFO"), &json!(2), &json!(1)),
        "{line}"
    );
    let once: BTreeMap<_, _> = [(answered, 1), (lost_v2, 1), (lost_v1, 1)].into();
    assert_eq!(doubles.posts(), once);

    assert_eq!(lambda.invoke(scheduled()).await.response()["posted"], 0);
    assert_eq!(doubles.posts(), once);
}

#[tokio::test]
async fn a_request_is_compared_under_each_of_its_ids() {
    let mut doubles = Doubles::new().await;
    let lambda = doubles.spawn(BOOTSTRAP, &[]);
    // The event knew the older id alone, and the message was posted under it.
    let (v1, event) = doubles.raise("v1", 60, keep);
    lambda.invoke(event).await.response();
    let (v2, _) = doubles.raise("v2", 60, |request| {
        request["requestApproval"]["externalRequestId"] = v1.as_str().into();
    });
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["open"], &answer["posted"], &answer["unproven"]), (&json!(1), &json!(0), &json!(0)));

    // The same, but Okta does not tell that the two are one.
    doubles.okta.with_world(|world| world.request_mut(&v2)["requestApproval"] = json!(null));
    let requesters = doubles.okta.with_world(|world| world.request_mut(&v1)["requesterUserIds"].clone());
    doubles.okta.with_world(|world| {
        world.request_mut(&v2)["requestedFor"]["externalId"] = requesters[0].clone();
        world.request_mut(&v2)["created"] = world.request_mut(&v1)["created"].clone();
    });
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["open"], &answer["posted"], &answer["unproven"]), (&json!(2), &json!(0), &json!(1)));
    let line = lambda.log_lines_json().pop().unwrap();
    assert_eq!((&line["level"], &line["Unproven"]), (&json!("WARN"), &json!(1)));
    assert!(line["warnings"].to_string().contains(&v2), "{line}");
    assert_eq!(doubles.posts(), [(v1, 1)].into());
}

#[tokio::test]
async fn a_request_whose_repair_failed_is_tried_again_by_the_next_run() {
    let mut doubles = Doubles::new().await;
    let (lost, _) = doubles.raise("v2", 60, keep);
    let lambda = doubles.spawn(BOOTSTRAP, &[]);
    for fault in ["user=403", "post=400"] {
        doubles.okta.fault(format!("{fault}x1").parse().unwrap());
        let answer = lambda.invoke(scheduled()).await.response();
        assert_eq!((&answer["posted"], &answer["failed"]), (&json!(0), &json!(1)), "{fault}");
    }
    assert_eq!(lambda.invoke(scheduled()).await.response()["posted"], 1);
    assert_eq!(lambda.invoke(scheduled()).await.response()["posted"], 0);
    assert_eq!(doubles.posts(), [(lost, 1)].into());
}

#[tokio::test]
async fn a_request_of_whose_people_okta_does_not_tell_who_gets_the_access_is_unproven() {
    let mut doubles = Doubles::new().await;
    let (id, _) = doubles.raise("v1", 60, |request| {
        request["requesterUserIds"] = json!(["00u1KxrytILnG4bL2AFG", "00u1F5GHSf7bLpPyKNqn"]);
    });
    let (other, _) = doubles.raise("v2", 60, |request| request["requestedFor"] = json!(null));
    let lambda = doubles.spawn(BOOTSTRAP, &[]);
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(
        (&answer["unproven"], &answer["failed"], &answer["posted"]),
        (&json!(1), &json!(1), &json!(0))
    );
    let lines = lambda.log_lines_json();
    let told = lines.last().unwrap()["warnings"].to_string();
    assert!(told.contains(&id) && told.contains("does not tell who gets the access"), "{told}");
    let failed = lines.iter().find(|line| line["request_id"] == other.as_str()).unwrap();
    assert!(failed["error"].as_str().unwrap().contains("failed to find the person"), "{failed}");
    assert_eq!(doubles.posts(), BTreeMap::new());
}

#[tokio::test]
async fn what_only_an_event_tells_decides_nothing_here() {
    let mut doubles = Doubles::new().await;
    let (on_v1, _) = doubles.raise("v1", 60, keep);
    doubles.raise("v2", 60, keep);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        "[[rule]]\nname = \"jira\"\nmatch = { subjects = [\"*jira*\"] }\nsections = [\"profile\"]\n\
         [[rule]]\nname = \"rest\"\nsections = [\"profile\"]\n",
    )
    .unwrap();
    let lambda = doubles.spawn(BOOTSTRAP, &[("ENRICHMENT_FILE", file.path().to_str().unwrap())]);
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["posted"], &answer["skipped"]), (&json!(1), &json!(1)));
    assert_eq!(doubles.posts(), [(on_v1, 1)].into());
    let lines = lambda.log_lines_json();
    let skipped = lines.iter().find(|line| line["outcome"] == "skipped").unwrap();
    assert_eq!(
        skipped["reason"],
        "whether the rule `jira` is meant depends on its `match.subjects`, which only an event tells"
    );
}

#[tokio::test]
async fn before_its_first_day_the_ledger_knows_nothing_and_nothing_is_posted() {
    let mut doubles = Doubles::new().await;
    doubles.raise("v2", 60, keep);
    // Its first day is yet to come.
    let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
    doubles.aws.put_record(&json!({"id": "since", "since": tomorrow.as_millisecond()}));
    let lambda = doubles.spawn(BOOTSTRAP, &[]);
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["open"], &answer["posted"]), (&json!(0), &json!(0)));
    assert_eq!(doubles.posts(), BTreeMap::new());

    // But it is as old as the oldest request that it knows.
    let (answered, event) = doubles.raise("v1", 90, keep);
    lambda.invoke(event).await.response();
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["open"], &answer["posted"]), (&json!(2), &json!(1)));
    assert_eq!(doubles.posts()[&answered], 1);
}

#[tokio::test]
async fn without_what_it_takes_it_says_so_once_and_is_off() {
    for (table, secret, says) in [
        ("", service_app_secret(), "set LEDGER_TABLE"),
        (LEDGER_TABLE, String::new(), "it needs a service app"),
    ] {
        let mut doubles = Doubles::new().await;
        doubles.raise("v2", 60, keep);
        let secret = if secret.is_empty() { doubles.okta.token() } else { secret };
        doubles.aws.set_secret(secret);
        let lambda = doubles.spawn(BOOTSTRAP, &[("LEDGER_TABLE", table)]);
        for warned in [true, false] {
            let answer = lambda.invoke(scheduled()).await.response();
            assert_eq!((&answer["open"], &answer["posted"]), (&json!(0), &json!(0)));
            let line = lambda.log_lines_json().pop().unwrap();
            assert_eq!(line["warnings"].to_string().contains(says), warned, "{line}");
        }
        assert_eq!(doubles.posts(), BTreeMap::new());
    }
}

#[tokio::test]
async fn a_stream_that_is_off_is_told_with_its_remedy() {
    let doubles = Doubles::new().await;
    doubles.okta.with_world(|world| world.log_streams[0]["status"] = "INACTIVE".into());
    let lambda = doubles.spawn(BOOTSTRAP, &[]);
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(answer["stream"], "INACTIVE");
    let line = lambda.log_lines_json().pop().unwrap();
    assert_eq!((&line["StreamActive"], &line["level"]), (&json!(0), &json!("WARN")));
    assert!(line["warnings"][0].as_str().unwrap().contains("Reports > Log Streaming"), "{line}");

    // One that ends elsewhere is nobody's here.
    doubles.okta.with_world(|world| world.log_streams[0]["settings"]["region"] = "eu-west-3".into());
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(answer["stream"], "unknown");
    let line = lambda.log_lines_json().pop().unwrap();
    assert!(line["StreamActive"].is_null(), "{line}");

    doubles.okta.with_world(|world| {
        let app = world.service_app_mut(okta_simulator::CLIENT_ID);
        app.scopes.retain(|scope| scope != "okta.logStreams.read");
    });
    let answer = doubles.spawn(BOOTSTRAP, &[]).invoke(scheduled()).await.response();
    assert_eq!((&answer["stream"], &answer["outcome"]), (&json!("unknown"), &json!("reconciled")));
}

#[tokio::test]
async fn what_okta_or_the_table_refuse_fails_the_run_and_posts_nothing() {
    let mut doubles = Doubles::new().await;
    doubles.raise("v2", 60, keep);
    doubles.okta.fault("list=500".parse().unwrap());
    let lambda = doubles.spawn(BOOTSTRAP, &[]);
    let (class, text) = lambda.invoke(scheduled()).await.error();
    assert_eq!(class, "Retryable");
    assert!(text.starts_with("failed to list the access requests: GET /governance/api/"), "{text}");
    doubles.aws.fail_ledger(LedgerFault::AccessDenied);
    let (class, text) = lambda.invoke(scheduled()).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("dynamodb:GetItem"), "{text}");
    assert_eq!(doubles.posts(), BTreeMap::new());
}

/// One event in twenty never arrives, some arrive twice, and more requests are open than fit on a page.
#[tokio::test]
async fn after_a_lossy_day_every_request_has_its_one_message() {
    let mut doubles = Doubles::new().await;
    let lambda = doubles.spawn(BOOTSTRAP, &[]);
    let mut all = BTreeMap::new();
    let mut lost = 0;
    for n in 0..100 {
        let (id, event) = doubles.raise(if n % 3 == 0 { "v1" } else { "v2" }, 16 + n, keep);
        all.insert(id, 1);
        match n % 20 {
            7 => lost += 1,
            9 => {
                lambda.invoke(event.clone()).await.response();
                assert_eq!(lambda.invoke(event).await.response()["outcome"], "duplicate");
            }
            _ => {
                lambda.invoke(event).await.response();
            }
        }
    }
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(
        (&answer["open"], &answer["posted"], &answer["failed"]),
        (&json!(100), &json!(lost), &json!(0))
    );
    assert_eq!(doubles.posts(), all);
}
