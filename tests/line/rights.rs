//! A right that the credential lacks is a matter of set-up. What the message then still says, and what it
//! leaves out.

use serde_json::json;

use crate::scene::{MANAGER, Scene, is_silent, says};

/// The log line names it all the same.
#[tokio::test]
async fn manager_and_separation_of_duties_are_said_to_be_not_done_and_the_rest_is_left_out() {
    let scene = Scene::of("v2").await;
    for call in ["request", "bundle", "app", "catalog", "groups", "links", "list"] {
        scene.fault(&format!("{call}=403"));
    }
    scene.fault("/api/v1/users/rosa=403");
    let message = scene.degraded_message(&["manager", "request", "access", "sod", "history"]).await;
    let not_checked = message.lines().find(|line| line.starts_with("Not checked: ")).unwrap();
    let (manager, sod) = not_checked.split_once(", separation of duties (Okta's rules; ").unwrap();
    assert!(manager.starts_with("Not checked: manager (the admin role "), "{not_checked}");
    assert!(sod.starts_with("the admin role Access Requests Administrator is not given)"), "{not_checked}");
    assert!(!sod.contains("earlier") && !sod.contains("access held"), "{not_checked}");
    says(&message, "Checked: account");
    assert!(message.starts_with("Nothing to look at, 2 checks not done: "), "{message}");
    for word in
        ["Contains", "Also holds", "Asked for before", "earlier requests", "access held", "what is asked"]
    {
        is_silent(&message, word);
    }
}

/// Of a manager who can't be read, the same stranger's view as of one who is another.
#[tokio::test]
async fn who_asked_is_a_stranger_if_the_manager_can_not_be_read() {
    let scene = Scene::asked_by(MANAGER).await;
    scene.fault("/api/v1/users/tomasz=403");
    scene.fault(&format!("/api/v1/users/{MANAGER}=403"));
    let message = scene.message().await;
    says(&message, "Not shown, since someone else asked: manager, access held, earlier requests");
    for word in ["lready", "Asked for before", "Account since"] {
        is_silent(&message, word);
    }
}

/// Event and request differ on who asked.
#[tokio::test]
async fn nothing_private_is_shown_if_it_is_not_certain_who_asked() {
    let mut scene = Scene::asked_by(MANAGER).await;
    scene.event_says("requesterId", json!("00u1w9f232fHZB86wJnG"));
    let message = scene.message().await;
    says(&message, "Not shown, since it is not certain who asked: manager, access held, earlier requests");
    for word in ["lready", "Asked for before", "hecked: earlier", "access held, sep"] {
        is_silent(&message, word);
    }
}
