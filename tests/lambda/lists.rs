//! The housekeeping on Okta's real lists: entries of the newer generation are sparse, both lists may show one
//! request, and Okta may refuse either.

use std::collections::BTreeMap;

use okta_simulator::doubles::{Lambda, PROFILE_ONLY, Stage, changed, file, keep};
use okta_simulator::{CLIENT_ID, Calls, Fault, FaultKind};
use serde_json::{Value, json};

use crate::housekeeping::scheduled;

/// Adds the entry of the older generation of this newer request; returns its id.
fn older_side(stage: &mut Stage, v2: &str) -> String {
    let newer = stage.okta.with_world(|world| world.request_mut(v2).clone());
    let approval = newer["requestApproval"].clone();
    let (v1, _) = stage.raise("v1", 60, |older| {
        older["id"] = approval["externalRequestId"].clone();
        older["permalinkId"] = approval["permalinkId"].clone();
        older["requesterUserIds"] = json!([newer["requestedFor"]["externalId"]]);
        older["created"] = newer["created"].clone();
    });
    // Each entry has an id of its own.
    stage.okta.with_world(|world| world.v1_requests.remove(&v1));
    approval["externalRequestId"].as_str().unwrap().to_owned()
}

fn set(stage: &Stage, id: &str, member: &str, value: &str) {
    stage.okta.with_world(|world| world.request_mut(id)[member] = value.into());
}

/// Runs the housekeeping; returns its counts of open, posted and unproven requests.
async fn run(lambda: &Lambda) -> (Value, [u64; 3]) {
    let answer = lambda.invoke(scheduled()).await.response();
    let counts = ["open", "posted", "unproven"].map(|name| answer[name].as_u64().unwrap());
    (answer, counts)
}

/// How often requests of the newer generation were read so far.
fn reads(stage: &Stage) -> usize {
    let calls = stage.okta.calls();
    calls.iter().filter(|call| call.method == "GET" && call.path.contains("/v2/requests/req")).count()
}

#[tokio::test]
async fn a_lost_request_that_both_lists_show_gets_its_one_message_when_okta_says_that_they_are_one() {
    let mut stage = Stage::without_requests().await;
    let (v2, _) = stage.raise("v2", 60, |request| request["status"] = "SUBMITTED".into());
    let v1 = older_side(&mut stage, &v2);
    let lambda = stage.spawn();
    // Before the approval, Okta does not show whether they are one request.
    let (_, counts) = run(&lambda).await;
    assert_eq!(counts, [2, 0, 2]);
    let line = lambda.log_lines_json().pop().unwrap();
    assert_eq!(line["level"], "WARN");
    assert!(line["warnings"].to_string().contains("may be known by another id"), "{line}");
    assert_eq!(stage.messages(), BTreeMap::new());

    set(&stage, &v2, "status", "PENDING");
    assert_eq!(run(&lambda).await.1, [1, 1, 0]);
    let once: BTreeMap<_, _> = [(v2.clone(), 1)].into();
    assert_eq!(stage.messages(), once);
    // It is recorded under both ids: nothing is read again, and an event that names the older one is
    // answered.
    let before = reads(&stage);
    assert_eq!(run(&lambda).await.1, [1, 0, 0]);
    assert_eq!(reads(&stage), before);
    assert_eq!(stage.aws.records()[&v1]["state"], "posted");
    assert_eq!(stage.messages(), once);
}

#[tokio::test]
async fn a_request_that_was_answered_under_one_id_is_not_lost_under_the_other() {
    for answered_on_v2 in [true, false] {
        let mut stage = Stage::without_requests().await;
        let lambda = stage.spawn();
        let (v2, event) = stage.raise("v2", 60, keep);
        let v1 = older_side(&mut stage, &v2);
        let (event, posted) = if answered_on_v2 { (event, v2) } else { (event.replace(&v2, &v1), v1) };
        // The event names the older request plainly: as one with a request type.
        let event = if answered_on_v2 { event } else { typed(&event) };
        assert_eq!(lambda.invoke(event).await.response()["outcome"], "posted");
        let once: BTreeMap<_, _> = [(posted, 1)].into();
        assert_eq!(stage.messages(), once);
        let before = reads(&stage);
        assert_eq!(run(&lambda).await.1, [1, 0, 0], "{answered_on_v2}");
        assert_eq!(reads(&stage), before + 1);
        // What Okta said is recorded: the next run need not ask again.
        assert_eq!(run(&lambda).await.1, [1, 0, 0]);
        assert_eq!(reads(&stage), before + 1);
        assert_eq!(stage.messages(), once);
    }
}

#[tokio::test]
async fn while_the_older_list_can_t_be_read_no_newer_request_gets_a_message_that_may_stand_under_its_older_id()
 {
    let mut stage = Stage::without_requests().await;
    let lambda = stage.spawn();
    let (v2, event) = stage.raise("v2", 60, keep);
    let v1 = older_side(&mut stage, &v2);
    lambda.invoke(typed(&event.replace(&v2, &v1))).await.response();
    let once: BTreeMap<_, _> = [(v1, 1)].into();
    stage.fault("GET /governance/api/v1/requests?=500");
    let (class, text) = lambda.invoke(scheduled()).await.error();
    assert_eq!(class, "Retryable", "{text}");
    assert_eq!(lambda.log_lines_json().pop().unwrap()["housekeeping"]["left"], 1);
    assert_eq!(stage.messages(), once);
    stage.heal();
    assert_eq!(run(&lambda).await.1, [1, 0, 0]);
    assert_eq!(stage.messages(), once);
}

/// The event with a request type, and without what only newer requests have.
fn typed(event: &str) -> String {
    changed(event, |event| {
        let debug_data = event["detail"]["debugContext"]["debugData"].as_object_mut().unwrap();
        debug_data.retain(|name, _| {
            !name.contains("Condition") && !name.contains("Resource") && !name.contains("Scope")
        });
        debug_data.insert("requestTypeId".to_owned(), "61eb06a3c462d20007f0235c".into());
    })
}

#[tokio::test]
async fn an_id_that_okta_names_after_the_decision_tells_the_two_apart_too() {
    let mut stage = Stage::without_requests().await;
    let (v2, event) = stage.raise("v2", 60, keep);
    let v1 = older_side(&mut stage, &v2);
    let lambda = stage.spawn();
    lambda.invoke(typed(&event.replace(&v2, &v1))).await.response();
    stage.okta.with_world(|world| {
        let approval = &mut world.request_mut(&v2)["requestApproval"];
        approval["permalinkId"] = Value::Null;
        approval["decisions"] = json!([{"decision": "APPROVE"}]);
    });
    assert_eq!(run(&lambda).await.1, [1, 0, 0]);
    // Different numbers prove that they are two requests.
    let (other, _) = stage.raise("v2", 60, |request| {
        request["requestedFor"] = json!({"type": "OKTA_USER", "externalId": "00u1F5GHSf7bLpPyKNqn"});
    });
    assert_eq!(run(&lambda).await.1, [2, 1, 0]);
    assert_eq!(stage.messages(), [(v1, 1), (other, 1)].into());
}

#[tokio::test]
async fn a_list_that_okta_refuses_costs_the_other_one_nothing_and_is_named() {
    for (scope, unread) in
        [("okta.accessRequests.request.read", "v2"), ("okta.governance.accessRequests.read", "v1")]
    {
        let mut stage = Stage::without_requests().await;
        let (on_v1, _) = stage.raise("v1", 60, keep);
        let (on_v2, _) = stage.raise("v2", 600, keep);
        stage.okta.with_world(|world| {
            world.service_app_mut(CLIENT_ID).scopes.retain(|granted| granted != scope);
        });
        let lambda = stage.spawn();
        let (answer, counts) = run(&lambda).await;
        assert_eq!(counts, [1, 1, 0], "{answer}");
        assert_eq!(answer["unread"][0]["list"], unread);
        assert!(answer["unread"][0]["reason"].as_str().unwrap().contains("Okta answered 403"), "{answer}");
        let line = lambda.log_lines_json().pop().unwrap();
        let warning = line["warnings"].to_string();
        assert!(warning.contains(&format!("lost {unread} requests are not found")), "{warning}");
        assert!(warning.contains(&format!("a service app with the scope `{scope}`")), "{warning}");
        assert_eq!(line["housekeeping"]["unread"], answer["unread"]);
        let found = if unread == "v2" { on_v1 } else { on_v2 };
        assert_eq!(stage.messages(), [(found, 1)].into());

        // The warning comes once, because the refusal lasts. Each answer names the list.
        assert_eq!(run(&lambda).await.0["unread"][0]["list"], unread);
        let line = lambda.log_lines_json().pop().unwrap();
        assert_eq!((&line["level"], &line["warnings"]), (&json!("INFO"), &Value::Null), "{line}");
    }
}

#[tokio::test]
async fn an_older_request_that_only_the_other_list_could_explain_waits_for_it() {
    let mut stage = Stage::without_requests().await;
    let (v2, event) = stage.raise("v2", 60, keep);
    let v1 = older_side(&mut stage, &v2);
    stage.okta.with_world(|world| world.request_mut(&v1)["requestTypeId"] = Value::Null);
    let lambda = stage.spawn();
    lambda.invoke(event).await.response();
    stage.fault("GET /governance/api/v2/requests?=403");
    let (answer, counts) = run(&lambda).await;
    assert_eq!((counts, &answer["unread"][0]["list"]), ([1, 0, 1], &json!("v2")), "{answer}");
    assert_eq!(stage.messages(), [(v2, 1)].into());
}

#[tokio::test]
async fn an_api_token_finds_what_okta_lets_it_list() {
    for (refused, posted) in [(None, 2), (Some(401), 0), (Some(403), 0)] {
        let mut stage = Stage::without_requests().await;
        stage.aws.set_secret(stage.okta.token());
        let (on_v1, event) = stage.raise("v1", 60, keep);
        let (on_v2, _) = stage.raise("v2", 600, keep);
        stage.okta.with_world(|world| world.token_lists_refused = refused);
        let lambda = stage.spawn();
        let (answer, counts) = run(&lambda).await;
        assert_eq!(counts[1], posted, "{answer}");
        let unread = answer["unread"].as_array().map_or(0, Vec::len);
        assert_eq!(
            (answer["stream"].as_str(), unread),
            (Some("ACTIVE"), if refused.is_some() { 2 } else { 0 })
        );
        if refused.is_some() {
            let line = lambda.log_lines_json().pop().unwrap();
            assert_eq!(line["warnings"].as_array().unwrap().len(), 2, "{line}");
            // The refusal is about the list, not about the token: events still get their messages.
            assert_eq!(lambda.invoke(event).await.response()["outcome"], "posted");
            assert_eq!(stage.messages(), [(on_v1, 1)].into());
        } else {
            assert_eq!(stage.messages(), [(on_v1, 1), (on_v2, 1)].into());
        }
    }
}

#[tokio::test]
async fn an_org_without_a_generation_is_no_failure() {
    let mut stage = Stage::without_requests().await;
    let (lost, _) = stage.raise("v2", 60, keep);
    stage.fault("GET /governance/api/v1/requests?=401:E0000015");
    let (answer, counts) = run(&stage.spawn()).await;
    assert_eq!((counts, &answer["unread"][0]["list"]), ([1, 1, 0], &json!("v1")), "{answer}");
    assert_eq!(stage.messages(), [(lost, 1)].into());
}

#[tokio::test]
async fn a_list_that_fails_fails_the_run_and_newer_requests_wait_for_the_older_list() {
    for (list, fault) in [("v2", "500"), ("v1", "500"), ("v2", "garbage")] {
        let mut stage = Stage::without_requests().await;
        let (on_v1, _) = stage.raise("v1", 60, keep);
        let (on_v2, _) = stage.raise("v2", 600, keep);
        stage.fault(&format!("GET /governance/api/{list}/requests?={fault}"));
        let lambda = stage.spawn();
        let (class, text) = lambda.invoke(scheduled()).await.error();
        assert_eq!(class, "Retryable");
        assert!(
            text.contains(&format!(
                "failed to list the access requests: GET /governance/api/{list}/requests"
            )),
            "{text}"
        );
        let line = lambda.log_lines_json().pop().unwrap();
        // The newer one's message may stand under an id of the older list.
        let (posted, left) = if list == "v2" { (1, 0) } else { (0, 1) };
        assert_eq!(line["Reconciled"], posted, "{line}");
        let housekeeping = [&line["housekeeping"]["posted"], &line["housekeeping"]["left"]];
        assert_eq!(housekeeping, [&json!(posted), &json!(left)], "{line}");
        let found: BTreeMap<_, _> = (list == "v2").then(|| (on_v1.clone(), 1)).into_iter().collect();
        assert_eq!(stage.messages(), found);
        stage.heal();
        assert_eq!(run(&lambda).await.1, [2, 2 - posted, 0]);
        assert_eq!(stage.messages(), [(on_v1, 1), (on_v2, 1)].into());
    }
}

#[tokio::test]
async fn a_list_that_leads_in_a_circle_is_an_error_at_once() {
    let mut stage = Stage::without_requests().await;
    let (lost, _) = stage.raise("v1", 60, keep);
    let lambda = stage.spawn();
    let page = |after: &str| {
        let href = format!("https://acme-admin.okta.com/governance/api/v2/requests?after={after}&limit=200");
        json!({"data": [], "_links": {"next": {"href": href}}}).to_string().into_bytes()
    };
    // Pages that lead to themselves, and two that lead to each other.
    for (first, second, calls) in [("A", "A", 2), ("A", "B", 3)] {
        stage.okta.clear_faults();
        let before = stage.okta.calls().len();
        for (part, after) in [("after=A", second), ("/v2/requests?", first)] {
            let on = Calls::Like { method: Some("GET".to_owned()), part: part.to_owned() };
            stage.okta.fault(Fault { on, times: None, kind: FaultKind::Body(page(after)) });
        }
        let (class, text) = lambda.invoke(scheduled()).await.error();
        assert_eq!(class, "Retryable");
        assert!(text.contains("the links to the next page lead in a circle"), "{text}");
        let made = stage.okta.calls().split_off(before);
        let made: Vec<_> = made.iter().filter(|call| call.path.contains("/v2/requests?")).collect();
        assert_eq!(made.len(), calls, "{made:?}");
    }
    // The simulator complains of the cursors, which are not its own.
    let posted: Vec<_> = stage.okta.messages().into_iter().map(|posted| posted.request_id).collect();
    assert_eq!(posted, [lost]);
}

#[tokio::test]
async fn a_request_that_moves_from_page_to_page_is_one() {
    let mut stage = Stage::without_requests().await;
    let (v2, _) = stage.raise("v2", 60, keep);
    older_side(&mut stage, &v2);
    for list in ["v1", "v2"] {
        let mut entries = stage.okta.with_world(|world| {
            let requests = if list == "v1" { &world.v1_requests } else { &world.v2_requests };
            requests.values().cloned().collect::<Vec<_>>()
        });
        for entry in &mut entries {
            entry.as_object_mut().unwrap().remove("requestApproval");
        }
        let twice = [entries.clone(), entries].concat();
        let page = json!({"data": twice}).to_string().into_bytes();
        let on = Calls::Like { method: Some("GET".to_owned()), part: format!("/{list}/requests?") };
        stage.okta.fault(Fault { on, times: None, kind: FaultKind::Body(page) });
    }
    assert_eq!(run(&stage.spawn()).await.1, [1, 1, 0]);
    assert_eq!(stage.messages(), [(v2, 1)].into());
}

#[tokio::test]
async fn what_oktas_limits_leave_unread_is_left_for_the_next_run_and_each_is_read_once() {
    const LIMIT: u32 = 4;
    let mut stage = Stage::without_requests().await;
    for _ in 0..6 {
        stage.raise("v2", 60, keep);
    }
    stage.okta.with_world(|world| world.limits.governance = LIMIT);
    let policy = file(PROFILE_ONLY);
    let lambda = stage.spawn_with(&[("ENRICHMENT_FILE", policy.path().to_str().unwrap())]);
    let (answer, counts) = run(&lambda).await;
    assert_eq!((counts, &answer["left"], &answer["failed"]), ([6, 4, 0], &json!(2), &json!(0)), "{answer}");
    assert_eq!(reads(&stage), 4);
    stage.okta.with_world(|world| world.limits.governance = 1000);
    let (answer, counts) =
        run(&stage.spawn_with(&[("ENRICHMENT_FILE", policy.path().to_str().unwrap())])).await;
    assert_eq!((counts, &answer["left"]), ([6, 2, 0], &json!(0)), "{answer}");
    assert_eq!(stage.messages().into_values().collect::<Vec<_>>(), [1; 6]);
}
