//! Requests that were decided or withdrawn before their message could be posted: nobody needs it any more.

use okta_request_enricher::event::Channel;
use okta_simulator::doubles::PROFILE_ONLY;
use serde_json::json;

use crate::scene::{PERSON, REQUEST, STRANGER, Scene, deployment};

/// The sample on behalf, whose request was rejected at once.
async fn rejected() -> Scene {
    let scene = Scene::asked_by(PERSON).await;
    scene.request(|request| request["status"] = "REJECTED".into());
    scene
}

fn make_late(scene: &mut Scene) {
    let hour_ago = jiff::Timestamp::now() - std::time::Duration::from_hours(1);
    scene.event["detail"]["published"] = hour_ago.to_string().into();
}

async fn assert_skipped(scene: &Scene) {
    let attempt = scene.attempt().await;
    let answer = attempt.answer(&deployment()).map_err(ToString::to_string).unwrap();
    assert_eq!(answer["reason"], "the request is closed already (REJECTED)");
    assert_eq!(answer["code"], "request-closed");
    assert!(!scene.okta.calls().iter().any(|call| call.method == "POST"));
}

#[tokio::test]
async fn a_request_that_was_read_and_is_closed_gets_no_post_however_young_it_is() {
    let scene = rejected().await;
    assert_skipped(&scene).await;
    assert_eq!(scene.calls(&format!("/governance/api/v2/requests/{REQUEST}")), 1);

    // Nobody has to be found out about it: the request was read for its people.
    let mut scene = rejected().await;
    scene.channel = Channel::Operator;
    assert_skipped(&scene).await;
    assert_eq!(scene.okta.calls().len(), 1);

    // Nor about the people whom it names in place of the event's.
    let mut scene = rejected().await;
    scene.event_says("requestedForId", STRANGER);
    assert_skipped(&scene).await;
    assert_eq!(scene.calls(&format!("/api/v1/users/{PERSON}/")), 0);
}

#[tokio::test]
async fn a_closed_request_is_no_failure_though_its_person_is_gone_or_unknown() {
    for fault in ["user=404", "user=403"] {
        let mut scene = rejected().await;
        make_late(&mut scene);
        scene.fault(fault);
        assert_skipped(&scene).await;
    }
    let mut scene = rejected().await;
    scene.event_says("requestedForId", json!(null));
    scene.request(|request| request["requestedFor"] = json!(null));
    assert_skipped(&scene).await;
}

#[tokio::test]
async fn the_status_alone_is_asked_for_only_if_the_event_is_late_and_its_lack_stops_nothing() {
    for (late, reads) in [(false, 0), (true, 1)] {
        let mut scene = Scene::asked_by(PERSON).await.with_policy(PROFILE_ONLY);
        if late {
            make_late(&mut scene);
        }
        scene.fault("request=403");
        scene.message().await;
        let calls = scene.okta.calls();
        let of_request = calls.iter().filter(|call| call.method == "GET" && call.path.ends_with(REQUEST));
        assert_eq!(of_request.count(), reads, "{late}");
    }
}
