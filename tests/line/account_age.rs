//! Since when there is an account: said while it is younger than 90 days, to the second.

use serde_json::{Value, json};

use crate::scene::{NOW, PERSON, STRANGER, Scene, ZOE, is_silent, rule, says};

async fn scene(created: Value, activated: Value) -> Scene {
    let scene = Scene::own("profile", "").await;
    scene.world(|world| {
        let user = world.user_mut(ZOE);
        user["created"] = created;
        user["activated"] = activated;
    });
    scene
}

#[tokio::test]
async fn an_account_is_young_for_90_days_from_its_activation_or_else_its_creation() {
    let old = json!("2020-01-01T00:00:00.000Z");
    for (created, activated, line) in [
        (old.clone(), json!("2026-11-07T09:00:00.000Z"), Some("Account since 2026-11-07 (17 days)")),
        // The age in words counts days of the calendar, in UTC.
        (old.clone(), json!("2026-08-26T09:06:31Z"), Some("Account since 2026-08-26 (90 days)")),
        (old.clone(), json!("2026-08-26T09:06:30Z"), None),
        (json!("2026-11-24T09:00:00Z"), json!(null), Some("Account since 2026-11-24 (today)")),
        (json!("2026-11-23T00:00:00Z"), json!("soon"), Some("Account since 2026-11-23 (1 day)")),
        (json!("2026-11-23T00:00:00Z"), old.clone(), None),
        (json!(null), json!(null), None),
        // A clock that is ahead.
        (old, json!("2026-11-25T00:00:00Z"), None),
    ] {
        let message = scene(created, activated).await.message().await;
        match line {
            Some(line) => says(&message, line),
            None => is_silent(&message, "Account since"),
        }
        is_silent(&message, "oined");
    }
}

#[tokio::test]
async fn a_stranger_never_reads_it() {
    let scene = Scene::asked_by(STRANGER).await.with_policy(&rule("profile history", "")).at(NOW);
    scene.world(|world| world.user_mut(PERSON)["activated"] = "2026-11-20T00:00:00Z".into());
    is_silent(&scene.message().await, "Account since");
}
