//! Which request an event is about: an older id of a newer request is looked up and never guessed, and no
//! event silences another request by naming it.

use okta_simulator::World;
use okta_simulator::doubles::{Lambda, Stage, event, event_with};
use serde_json::{Value, json};

/// The request of the sample `v2-by-24-hex`, by both ids.
const OLDER: &str = "609716d4dac77a03650024f7";
const NEWER: &str = "req1NgR2o1oqIbjRlFfs";

fn by_24_hex() -> String {
    event("v2-by-24-hex")
}

/// Invokes with the event; returns the outcome, the request and how it was found.
async fn enriched(lambda: &Lambda, event: String) -> [String; 3] {
    lambda.invoke(event).await.response();
    let line = lambda.log_lines_json().pop().unwrap();
    ["outcome", "request_id", "resolution"].map(|name| line[name].as_str().unwrap_or_default().to_owned())
}

/// Changes the newer request in the world.
fn change(stage: &Stage, change: impl FnOnce(&mut Value)) {
    stage.okta.with_world(|world| change(world.request_mut(NEWER)));
}

fn reads_of_newer(stage: &Stage) -> usize {
    let calls = stage.okta.calls();
    calls.iter().filter(|call| call.method == "GET" && call.path.contains("/v2/requests/req")).count()
}

#[tokio::test]
async fn an_older_id_of_a_newer_request_is_looked_up_and_its_answer_serves_the_message() {
    for secret in [Stage::with_service_app().await, Stage::new().await] {
        let stage = secret;
        let lambda = stage.spawn();
        assert_eq!(enriched(&lambda, by_24_hex()).await, ["posted", NEWER, "listed"]);
        assert_eq!(reads_of_newer(&stage), 1);
        assert_eq!(stage.messages(), [(NEWER.to_owned(), 1)].into());
        assert_eq!(enriched(&lambda, by_24_hex()).await, ["duplicate", NEWER, "listed"]);
    }
}

#[tokio::test]
async fn without_proof_the_events_own_id_is_used_and_never_a_guess() {
    type Edit = fn(&mut World);
    let cases: [(&str, Edit, &str); 7] = [
        ("no approval yet", |world| world.request_mut(NEWER)["status"] = "SUBMITTED".into(), "unproven"),
        ("another number", |world| set_permalink(world, json!(54)), "unproven"),
        (
            "a decision names another id",
            |world| {
                let approval = &mut world.request_mut(NEWER)["requestApproval"];
                approval["decisions"] = json!([{"decision": "APPROVE"}]);
                approval["externalRequestId"] = "609716d4dac77a03650024f8".into();
            },
            "unproven",
        ),
        (
            "an approval outside Okta",
            |world| {
                world.request_mut(NEWER)["requestApproval"] =
                    json!({"type": "EXTERNAL", "externalRequestId": "N/A"});
            },
            "unproven",
        ),
        (
            "another moment",
            |world| world.request_mut(NEWER)["created"] = "2026-11-24T09:29:30Z".into(),
            "unproven",
        ),
        ("two with the number", |world| insert_twin(world, json!({"permalinkId": 53})), "unproven"),
        ("a second one without it", |world| insert_twin(world, Value::Null), "listed"),
    ];
    for (case, edit, resolution) in cases {
        let stage = Stage::with_service_app().await;
        stage.okta.with_world(edit);
        let id = if resolution == "listed" { NEWER } else { OLDER };
        assert_eq!(enriched(&stage.spawn(), by_24_hex()).await, ["posted", id, resolution], "{case}");
        assert_eq!(stage.messages(), [(id.to_owned(), 1)].into(), "{case}");
    }
}

fn set_permalink(world: &mut World, permalink: Value) {
    world.request_mut(NEWER)["requestApproval"]["permalinkId"] = permalink;
}

/// A second request of the same person for the same thing at the same moment.
fn insert_twin(world: &mut World, approval: Value) {
    let mut twin = world.request_mut(NEWER).clone();
    twin["id"] = json!("reqTwinTwinTwinTwin1");
    twin["requestApproval"] = approval;
    world.insert_request(twin);
}

/// The unread one may be the event's request as well.
#[tokio::test]
async fn a_candidate_that_can_not_be_read_now_is_read_by_the_next_attempt() {
    let stage = Stage::with_service_app().await;
    stage.okta.with_world(|world| insert_twin(world, Value::Null));
    stage.fault("GET /governance/api/v2/requests/reqTwinTwinTwinTwin1=500x3");
    let lambda = stage.spawn();
    let (class, text) = lambda.invoke(by_24_hex()).await.error();
    assert_eq!(class, "Retryable");
    assert!(text.starts_with("failed to look up the access request: "), "{text}");
    assert_eq!(enriched(&lambda, by_24_hex()).await, ["posted", NEWER, "listed"]);
}

#[tokio::test]
async fn at_most_five_candidates_are_read() {
    let stage = Stage::with_service_app().await;
    stage.okta.with_world(|world| {
        // No newer request takes the place of a candidate.
        world.v2_requests.retain(|id, _| id == NEWER);
        for number in 0..9 {
            let mut other = world.request_mut(NEWER).clone();
            other["id"] = format!("reqOther00000000000{number}").into();
            other["created"] = format!("2026-11-24T09:28:5{number}Z").into();
            world.insert_request(other);
        }
    });
    enriched(&stage.spawn(), by_24_hex()).await;
    assert_eq!(reads_of_newer(&stage), 5);
}

#[tokio::test]
async fn a_list_that_okta_refuses_leaves_the_events_own_id_and_says_nothing_of_the_credential() {
    for refused in [401, 403] {
        let stage = Stage::new().await;
        stage.okta.with_world(|world| world.token_lists_refused = Some(refused));
        let lambda = stage.spawn();
        let before = stage.aws.secret_reads();
        assert_eq!(enriched(&lambda, by_24_hex()).await, ["posted", OLDER, "unproven"]);
        assert_eq!(stage.aws.secret_reads(), before.max(1), "the token is not doubted");

        let stage = Stage::with_service_app().await;
        stage.fault(&format!("list={refused}"));
        assert_eq!(enriched(&stage.spawn(), by_24_hex()).await, ["posted", OLDER, "unproven"]);
    }
}

#[tokio::test]
async fn a_refused_credential_is_no_word_about_the_id_and_posts_nothing_under_the_events_own() {
    let stage = Stage::with_ledger().await;
    let lambda = stage.spawn();
    assert_eq!(enriched(&lambda, by_24_hex()).await[..2], ["posted", NEWER]);
    // A rotation: Okta takes another token already, and the secret has the old one for a while.
    stage.okta.with_world(|world| world.set_token("00AnotherToken"));
    let (class, text) = lambda.invoke(by_24_hex()).await.error();
    assert_eq!(class, "Permanent", "{text}");
    assert!(text.ends_with("[okta-unauthorized]"), "{text}");
    assert!(!stage.aws.records().contains_key(OLDER), "nothing is claimed");
    stage.aws.set_secret("00AnotherToken");
    assert_eq!(enriched(&stage.spawn(), by_24_hex()).await[..2], ["duplicate", NEWER]);
    assert_eq!(stage.messages(), [(NEWER.to_owned(), 1)].into());
}

/// The first delivery comes before the approval, and a second one after it.
#[tokio::test]
async fn a_repeated_event_posts_once_although_okta_named_the_other_id_in_between() {
    let stage = Stage::with_service_app().await.with("LEDGER_TABLE", okta_simulator::doubles::LEDGER_TABLE);
    change(&stage, |request| request["status"] = "SUBMITTED".into());
    let lambda = stage.spawn();
    assert_eq!(enriched(&lambda, by_24_hex()).await, ["posted", OLDER, "unproven"]);
    change(&stage, |request| request["status"] = "PENDING".into());
    for _ in 0..2 {
        assert_eq!(enriched(&lambda, by_24_hex()).await, ["duplicate", NEWER, "listed"]);
    }
    assert_eq!(stage.messages(), [(OLDER.to_owned(), 1)].into());
}

#[tokio::test]
async fn no_event_silences_another_request_by_naming_it() {
    let victim = event("v1");
    let id = |event: &str| {
        let event: Value = serde_json::from_str(event).unwrap();
        event["detail"]["debugContext"]["debugData"]["accessRequestId"].as_str().unwrap().to_owned()
    };
    let victims_id = id(&victim);
    // Beside a newer id of its own; and with marks of a newer request that Okta knows by its number.
    let beside = event_with("v2", |event| event["detail"]["target"][0]["id"] = victims_id.as_str().into());
    let instead = by_24_hex().replace(OLDER, &victims_id);
    for (poison, own) in [(beside, id(&event("v2"))), (instead, NEWER.to_owned())] {
        for victim_first in [true, false] {
            let stage =
                Stage::with_service_app().await.with("LEDGER_TABLE", okta_simulator::doubles::LEDGER_TABLE);
            let lambda = stage.spawn();
            let events = if victim_first { [&victim, &poison] } else { [&poison, &victim] };
            for event in events {
                assert_eq!(enriched(&lambda, event.clone()).await[0], "posted", "{victim_first}");
            }
            assert_eq!(stage.messages(), [(victims_id.clone(), 1), (own.clone(), 1)].into());
            assert_eq!(stage.aws.records()[&victims_id]["ids"], json!([victims_id]));
        }
    }
}

#[tokio::test]
async fn an_event_that_names_two_older_requests_is_refused_and_silences_neither() {
    let stage = Stage::with_ledger().await;
    let other = "6bf2cba76822b8058735eca2";
    let poison = event_with("v1", |event| event["detail"]["target"][0]["id"] = other.into());
    let lambda = stage.spawn();
    let (class, text) = lambda.invoke(poison).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains(other) && text.contains("[event-with-two-request-ids]"), "{text}");
    assert_eq!(lambda.invoke(event("v1")).await.response()["outcome"], "posted");
    assert_eq!(stage.messages().len(), 1);
}
