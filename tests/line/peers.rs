//! The section `peers`, which a rule has to ask for: how many colleagues of the same manager have this.

use serde_json::{Value, json};

use crate::scene::{APP, BUNDLE, Scene, ZOE, is_silent, rule, says};

const GROUP: &str = "00g1Av1IzN64Ei8oF9K7";
const ROSA: &str = "00u1Bo4Vv7qwaxye92u7";

/// The sample's person asks for a group, and has so many active colleagues, of whom the first ones are in it.
async fn peers(colleagues: usize, with: usize) -> Scene {
    let mut scene = Scene::own("peers", "").await;
    scene.asks_for(("APPLICATION", APP), Some(("GROUP", GROUP)));
    scene.world(|world| {
        let sample = world.user_mut(ZOE).clone();
        for number in 0..colleagues {
            let mut user = sample.clone();
            user["id"] = format!("00uPeer{number:013}").into();
            user["profile"]["login"] = format!("peer{number}@example.com").into();
            user["profile"]["displayName"] = format!("Colleague {number}").into();
            world.insert_user(user);
            if number < with {
                world.memberships.insert(format!("00uPeer{number:013}"), vec![GROUP.to_owned()]);
            }
        }
    });
    scene
}

fn colleague(scene: &Scene, number: usize, change: impl FnOnce(&mut Value)) {
    scene.world(|world| change(world.user_mut(&format!("00uPeer{number:013}"))));
}

#[tokio::test]
async fn colleagues_with_the_same_manager_are_counted_from_5_to_25_and_never_named() {
    for (colleagues, with, line) in [
        (4, 2, None),
        (5, 0, Some("Same manager: 0 of 5 others have this")),
        (8, 6, Some("Same manager: 6 of 8 others have this")),
        (25, 25, Some("Same manager: 25 of 25 others have this")),
        (26, 25, None),
    ] {
        let scene = peers(colleagues, with).await;
        let message = scene.degraded_message(&[]).await;
        match line {
            Some(line) => says(&message, line),
            None => is_silent(&message, "Same manager"),
        }
        is_silent(&message, "Colleague");
        is_silent(&message, "hecked");
        assert_eq!(
            (scene.calls("/api/v1/users?"), scene.calls(&format!("/api/v1/groups/{GROUP}/users"))),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn only_active_colleagues_with_the_same_text_count_and_the_person_does_not() {
    let scene = peers(8, 6).await;
    colleague(&scene, 0, |user| user["status"] = "SUSPENDED".into());
    colleague(&scene, 1, |user| user["profile"]["managerId"] = ROSA.into());
    // Okta's search ignores case.
    colleague(&scene, 2, |user| user["profile"]["managerId"] = "Rosa.Delgado@example.com".into());
    scene.world(|world| world.memberships.get_mut(ZOE).unwrap().push(GROUP.to_owned()));
    says(&scene.message().await, "Same manager: 4 of 6 others have this");
}

#[tokio::test]
async fn the_people_of_an_app_are_counted_and_those_of_a_bundle_are_not() {
    for scope in [None, Some(("APPLICATION", APP))] {
        let mut scene = peers(6, 0).await;
        scene.asks_for(("APPLICATION", APP), scope);
        scene.world(|world| {
            let links = world.app_links[ZOE].clone();
            world.app_links.insert("00uPeer0000000000001".to_owned(), links);
        });
        says(&scene.message().await, "Same manager: 1 of 6 others have this");
    }
    let mut scene = peers(6, 3).await;
    scene.asks_for(("APPLICATION", APP), Some(("ENTITLEMENT_BUNDLE", BUNDLE)));
    is_silent(&scene.degraded_message(&[]).await, "Same manager");
    assert_eq!(scene.calls("/api/v1/users?"), 0, "there is nothing to compare");
}

#[tokio::test]
async fn a_person_without_a_manager_has_no_colleagues() {
    for manager in [json!(null), json!(""), json!(" "), json!("x\" or status eq \"ACTIVE")] {
        let scene = peers(6, 3).await;
        scene.world(|world| world.user_mut(ZOE)["profile"]["managerId"] = manager);
        is_silent(&scene.degraded_message(&[]).await, "Same manager");
        assert_eq!(scene.calls("/api/v1/users?"), 0);
    }
}

#[tokio::test]
async fn a_list_of_colleagues_that_fails_or_goes_on_is_silence() {
    for fault in ["users=503", "users=403", "members=503", "members=403", "members=garbage"] {
        let scene = peers(8, 6).await;
        scene.fault(fault);
        let message = scene.degraded_message(&["peers"]).await;
        is_silent(&message, "Same manager");
        is_silent(&message, "hecked");
    }
    for entry in [json!(null), json!({}), json!({"id": "x"})] {
        let scene = peers(8, 6).await;
        scene.answers("members", &json!([entry]));
        is_silent(&scene.degraded_message(&["peers"]).await, "Same manager");
    }
    // More members than fit on a page.
    let scene = peers(8, 6).await;
    scene.world(|world| {
        for number in 0..1000 {
            let id = format!("00uMany{number:013}");
            world.insert_user(json!({"id": id, "status": "ACTIVE", "profile": {}}));
            world.memberships.insert(id, vec![GROUP.to_owned()]);
        }
    });
    is_silent(&scene.degraded_message(&[]).await, "Same manager");
}

#[tokio::test]
async fn a_stranger_never_reads_of_colleagues() {
    for on_behalf in ["", "on_behalf = { sections = [\"peers\"] }"] {
        let mut scene = peers(8, 6).await.with_policy(&rule("peers", on_behalf));
        scene.is_asked_by_a_stranger();
        let message = scene.message().await;
        is_silent(&message, "Same manager");
        says(&message, "Not shown, since someone else asked: colleagues");
        assert_eq!(scene.calls("/api/v1/users?"), 0);
    }
}
