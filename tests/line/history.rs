//! Whether the same was asked for before for the same person, and denied.

use serde_json::{Value, json};

use crate::scene::{APP, BUNDLE, OWN_REQUEST, STRANGER, Scene, ZOE, is_silent, rule, says};

const LIST: &str = "/governance/api/v2/requests?";

/// The sample's request, the only one of its Okta.
async fn scene() -> Scene {
    let scene = Scene::own("history", "").await;
    scene.world(|world| world.v2_requests.retain(|id, _| id == OWN_REQUEST));
    scene
}

/// An earlier request for the same, with these changes.
fn add(scene: &Scene, number: usize, created: &str, status: &str, change: impl FnOnce(&mut Value)) {
    scene.world(|world| {
        let mut request = world.request_mut(OWN_REQUEST).clone();
        request["id"] = format!("req{number:017}").into();
        request["created"] = created.into();
        request["status"] = status.into();
        change(&mut request);
        world.insert_request(request);
    });
}

fn earlier(scene: &Scene, requests: &[(&str, &str)]) {
    for (number, (created, status)) in requests.iter().enumerate() {
        add(scene, number, created, status, |request| {
            request["resolved"] = "2026-10-03T22:59:59.000-02:00".into();
        });
    }
}

const TIMES: &str = "Asked for before, last 12 months: ";

#[tokio::test]
async fn earlier_requests_are_counted_with_their_results() {
    for (requests, line) in [
        (&[("2026-10-01T00:00:00Z", "APPROVED")][..], "1 time (1 approved)"),
        (
            &[
                ("2026-01-12T00:00:00Z", "DENIED"),
                ("2026-02-02T00:00:00Z", "APPROVED"),
                ("2026-07-06T00:00:00Z", "APPROVED"),
            ],
            "3 times (2 approved, 1 denied)",
        ),
        (&[("2026-10-01T00:00:00Z", "CANCELED"), ("2026-10-02T00:00:00Z", "EXPIRED")], "2 times"),
        (&[("2026-10-01T00:00:00Z", "REJECTED"), ("2026-10-02T00:00:00Z", "PENDING")], "2 times"),
        (&[("2026-10-01T00:00:00Z", "SOMETHING_NEW")], "1 time"),
    ] {
        let scene = scene().await;
        earlier(&scene, requests);
        let message = scene.degraded_message(&[]).await;
        says(&message, &format!("{TIMES}{line}"));
        is_silent(&message, "WARNING");
        says(&message, "Checked: earlier requests");
    }
}

/// The day is that of the decision, in UTC: 2026-10-03T22:59:59-02:00 is on the fourth.
#[tokio::test]
async fn the_latest_decision_is_warned_of_if_it_was_a_denial() {
    let warning = "WARNING: the same access was denied on 2026-10-04";
    for (requests, counted) in [
        (&[("2026-10-01T00:00:00Z", "DENIED")][..], None),
        (
            &[("2026-10-01T00:00:00Z", "DENIED"), ("2026-01-01T00:00:00Z", "APPROVED")],
            Some("2 times (1 approved, 1 denied)"),
        ),
        (
            &[("2026-10-01T00:00:00Z", "DENIED"), ("2026-01-01T00:00:00Z", "DENIED")],
            Some("2 times (2 denied)"),
        ),
        // What nobody decided does not hide the denial.
        (
            &[("2026-10-01T00:00:00Z", "DENIED"), ("2026-11-01T00:00:00Z", "CANCELED")],
            Some("2 times (1 denied)"),
        ),
        (
            &[("2026-10-01T00:00:00Z", "DENIED"), ("2026-11-24T09:00:00Z", "PENDING")],
            Some("2 times (1 denied)"),
        ),
    ] {
        let scene = scene().await;
        earlier(&scene, requests);
        let message = scene.message().await;
        says(&message, warning);
        assert!(message.starts_with("1 to look at: "), "{message}");
        match counted {
            Some(counted) => says(&message, &format!("{TIMES}{counted}")),
            // The warning says it already.
            None => is_silent(&message, TIMES),
        }
    }
}

#[tokio::test]
async fn a_denial_without_a_readable_day_is_warned_of_without_one() {
    for resolved in [json!(null), json!("last week"), json!(7)] {
        let scene = scene().await;
        add(&scene, 1, "2026-10-01T00:00:00Z", "DENIED", |request| request["resolved"] = resolved);
        let message = scene.message().await;
        says(&message, "WARNING: the same access was denied before");
        is_silent(&message, "denied on");
    }
}

#[tokio::test]
async fn twelve_months_count_to_the_second() {
    for (created, line) in [
        ("2025-11-24T09:06:30Z", Some("1 time (1 approved)")),
        ("2025-11-24T09:06:29Z", None),
        ("2025-11-24T10:06:30+01:00", Some("1 time (1 approved)")),
    ] {
        let scene = scene().await;
        earlier(&scene, &[(created, "APPROVED")]);
        let message = scene.message().await;
        match line {
            Some(line) => says(&message, &format!("{TIMES}{line}")),
            None => is_silent(&message, TIMES),
        }
        says(&message, "Checked: earlier requests");
    }
    // After a day that not every year has.
    let leap = scene().await.at("2028-02-29T12:00:00Z");
    leap.own_request(|request| request["created"] = "2028-02-29T11:59:00Z".into());
    earlier(&leap, &[("2027-02-28T12:00:00Z", "APPROVED"), ("2027-02-28T11:59:59Z", "APPROVED")]);
    says(&leap.message().await, &format!("{TIMES}1 time (1 approved)"));
}

#[tokio::test]
async fn only_the_same_person_resource_and_part_count() {
    let scene = scene().await;
    let at = "2026-10-01T00:00:00Z";
    add(&scene, 1, at, "DENIED", |request| request["requestedFor"]["externalId"] = STRANGER.into());
    add(&scene, 2, at, "DENIED", |request| {
        request["requested"]["accessScopeId"] = "enb1MQzd2QRprQCjXYLW".into();
    });
    add(&scene, 3, at, "DENIED", |request| {
        request["requested"]["resourceId"] = "0oa14APWzd5rpmUqfGsL".into();
    });
    // Raised after this request.
    add(&scene, 4, "2026-11-24T09:06:27Z", "DENIED", |_| {});
    let message = scene.degraded_message(&[]).await;
    is_silent(&message, "denied");
    is_silent(&message, TIMES);
    says(&message, "Checked: earlier requests");
    assert_eq!(scene.calls(LIST), 1);
    let list = scene.okta.calls().into_iter().find(|call| call.path.starts_with(LIST)).unwrap();
    assert!(list.path.contains("orderBy=created"), "{}", list.path);
    assert!([ZOE, APP, BUNDLE].iter().all(|id| list.path.contains(id)), "{}", list.path);
}

/// Okta repeats an app without parts as its own scope, or leaves the scope out.
#[tokio::test]
async fn of_a_whole_app_requests_for_a_part_of_it_do_not_count() {
    for scope in [None, Some(("APPLICATION", APP))] {
        let mut scene = scene().await;
        scene.asks_for(("APPLICATION", APP), scope);
        add(&scene, 1, "2026-10-01T00:00:00Z", "APPROVED", |_| {});
        add(&scene, 2, "2026-10-01T00:00:00Z", "DENIED", |request| {
            request["requested"]["accessScopeId"] = BUNDLE.into();
            request["requested"]["accessScopeType"] = "ENTITLEMENT_BUNDLE".into();
        });
        says(&scene.message().await, &format!("{TIMES}1 time (1 approved)"));
    }
}

#[tokio::test]
async fn a_list_that_goes_on_or_has_an_odd_entry_says_nothing_but_that_it_was_not_read() {
    let not_read = "Not checked: earlier requests (Okta's list could not be read to its end)";
    let long = scene().await;
    earlier(&long, &[("2026-10-01T00:00:00Z", "DENIED"); 4]);
    long.world(|world| world.requests_page = 1);
    let message = long.degraded_message(&["history"]).await;
    says(&message, not_read);
    is_silent(&message, TIMES);
    assert_eq!(long.calls(LIST), 3);

    // The third page is the last.
    let whole = scene().await;
    earlier(&whole, &[("2026-10-01T00:00:00Z", "APPROVED"), ("2026-10-02T00:00:00Z", "APPROVED")]);
    whole.world(|world| world.requests_page = 1);
    says(&whole.message().await, &format!("{TIMES}2 times (2 approved)"));
    // A request from before the year ends the reading.
    let old = scene().await;
    earlier(
        &old,
        &[
            ("2026-10-01T00:00:00Z", "APPROVED"),
            ("2024-10-02T00:00:00Z", "DENIED"),
            ("2024-10-01T00:00:00Z", "DENIED"),
        ],
    );
    old.world(|world| world.requests_page = 1);
    says(&old.message().await, &format!("{TIMES}1 time (1 approved)"));

    for odd in [json!("soon"), json!(null)] {
        let scene = scene().await;
        add(&scene, 1, "2026-10-01T00:00:00Z", "DENIED", |request| request["created"] = odd);
        says(&scene.degraded_message(&["history"]).await, not_read);
    }
}

#[tokio::test]
async fn a_failure_for_the_moment_is_said_and_a_lacking_right_is_not() {
    for (fault, reason) in [
        ("503", "Okta answered 503"),
        ("hang", "no answer from Okta in time"),
        ("garbage", "Okta's answer could not be read"),
    ] {
        let scene = scene().await;
        scene.fault(&format!("list={fault}"));
        let message = scene.degraded_message(&["history"]).await;
        says(&message, &format!("Not checked: earlier requests ({reason})"));
        assert!(message.starts_with("Nothing to look at, 1 check not done: "), "{message}");
    }
    for status in [401, 403] {
        let scene = scene().await;
        scene.world(|world| world.token_lists_refused = Some(status));
        let message = scene.degraded_message(&["history"]).await;
        is_silent(&message, "hecked");
        is_silent(&message, "earlier");
        assert!(message.starts_with("Nothing to look at: "), "{message}");
    }
}

#[tokio::test]
async fn required_means_that_the_list_was_read() {
    let required = rule("history", "required = [\"history\"]");
    for fault in ["list=503", "list=403", "request=503"] {
        let scene = scene().await.with_policy(&required);
        scene.fault(fault);
        let error = scene.error().await;
        assert!(error.contains("`history`, which the rule `r` requires"), "{fault}: {error}");
    }
    let scene = scene().await.with_policy(&required);
    says(&scene.message().await, "Checked: earlier requests");
}

/// Okta lists requests of the older generation without what they ask for.
#[tokio::test]
async fn a_v1_request_has_no_such_check() {
    for more in ["", "required = [\"history\"]"] {
        let scene = Scene::of("v1").await.with_policy(&rule("history", more));
        let message = scene.degraded_message(&[]).await;
        is_silent(&message, "earlier requests");
        assert_eq!(scene.calls(LIST), 0);
    }
}

/// Not even if the rule shows strangers the section.
#[tokio::test]
async fn a_stranger_never_reads_what_was_asked_for_before() {
    for on_behalf in ["", "on_behalf = { sections = [\"history\"] }"] {
        let mut scene = scene().await.with_policy(&rule("history", on_behalf));
        scene.is_asked_by_a_stranger();
        earlier(&scene, &[("2026-10-01T00:00:00Z", "DENIED")]);
        let message = scene.message().await;
        says(&message, "Not shown, since someone else asked: earlier requests");
        for word in ["denied", "Asked for before", "hecked: earlier", "WARNING"] {
            is_silent(&message, word);
        }
    }
}
