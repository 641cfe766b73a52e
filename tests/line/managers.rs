//! The manager in all the forms in which a profile names one.

use serde_json::json;

use crate::scene::{MANAGER, PERSON, STRANGER, Scene};

const UNMATCHED: &str = "\nNot checked: manager (no matching Okta account)\n";
const RAISED: &str = "the manager raised this request";

/// The sample on behalf as the person's own request. The profile names the manager by this text, and the
/// manager has this e-mail address.
async fn managed_by(manager_id: &str, email: &str) -> Scene {
    let scene = Scene::asked_by(PERSON).await;
    scene.world(|world| {
        world.user_mut(PERSON)["profile"]["managerId"] = manager_id.into();
        world.user_mut(MANAGER)["profile"]["email"] = email.into();
    });
    scene
}

#[tokio::test]
async fn a_manager_is_found_by_id_login_and_e_mail_address() {
    const EMAIL: &str = "t.w@example.org";
    // With how many calls for people: the person, the manager, and the search.
    for (manager_id, email, calls) in [
        (MANAGER, EMAIL, 2),
        ("tomasz.wisniewski@example.com", EMAIL, 2),
        ("Tomasz.Wisniewski@example.com ", EMAIL, 2),
        (EMAIL, EMAIL, 3),
        ("T.W@Example.org", EMAIL, 3),
        ("t+w@example.org", "t+w@example.org", 3),
        ("tomasz.wiśniewski@example.org", "Tomasz.Wiśniewski@example.org", 2),
        ("t/w?#%@example.org", "t/w?#%@example.org", 2),
    ] {
        let scene = managed_by(manager_id, email).await;
        let message = scene.message().await;
        assert!(
            message.contains("\nManager: Tomasz Wiśniewski (tomasz.wisniewski@example.com)\n"),
            "{message}"
        );
        assert!(message.contains("\nChecked: account, manager, "), "{manager_id}: {message}");
        assert_eq!(message.matches("WARNING").count(), 1, "the access is held already: {message}");
        let below = scene.calls(&format!("/api/v1/users/{PERSON}/"));
        assert_eq!(scene.calls("/api/v1/users") - below, calls, "{manager_id}");
    }
}

#[tokio::test]
async fn a_text_that_names_no_single_account_names_no_manager() {
    for (manager_id, searches) in [
        ("10417", 0),
        ("nobody@example.org", 1),
        (r#"x" or profile.login eq "tomasz.wisniewski@example.com"#, 0),
        (r"tomasz\@example.org", 0),
        ("two words@example.org", 0),
        ("00uNobody00000000001", 0),
        ("Tomasz Wiśniewski", 0),
    ] {
        let scene = managed_by(manager_id, "t.w@example.org").await;
        let message = scene.message().await;
        assert!(
            message.contains(UNMATCHED) && !message.contains("Manager: Tomasz Wiśniewski (tomasz"),
            "{manager_id}: {message}"
        );
        assert_eq!(scene.calls("/api/v1/users?"), searches, "{manager_id}");
    }
    // Two accounts with one address.
    let scene = managed_by("t.w@example.org", "t.w@example.org").await;
    scene.world(|world| world.user_mut(STRANGER)["profile"]["email"] = "T.W@example.org".into());
    let message = scene.message().await;
    assert!(message.contains(UNMATCHED) && !message.contains("Priya"), "{message}");
}

#[tokio::test]
async fn a_search_that_fails_makes_the_manager_not_available() {
    let scene = managed_by("t.w@example.org", "t.w@example.org").await;
    scene.fault("users=403");
    let attempt = scene.attempt().await;
    assert_eq!(attempt.degraded(), ["manager"]);
    let message = &scene.okta.messages()[0].message;
    assert!(message.contains("\nNot checked: manager (") && !message.contains("Manager: "), "{message}");
}

/// People may change their e-mail address, so it gives no right to the whole message.
#[tokio::test]
async fn who_has_the_manager_s_e_mail_address_alone_is_told_as_the_manager_but_shown_little() {
    let scene = Scene::asked_by(MANAGER).await;
    let by_email = |scene: &Scene| {
        scene.world(|world| {
            world.user_mut(PERSON)["profile"]["managerId"] = "t.w@example.org".into();
            world.user_mut(MANAGER)["profile"]["email"] = "t.w@example.org".into();
        });
    };
    by_email(&scene);
    let message = scene.message().await;
    assert!(message.contains(&format!("days\nWARNING: {RAISED} (matched by e-mail): ")), "{message}");
    assert!(!message.contains("already") && !message.contains("\nManager:"), "{message}");

    // A rule that never shows the manager does not speak of one.
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"request\", \"profile\"]\n";
    let scene = Scene::asked_by(MANAGER).await.with_policy(policy);
    by_email(&scene);
    assert!(!scene.message().await.contains(RAISED));

    // A view for strangers that shows the manager says it once.
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"request\", \"profile\", \"manager\"]\n\
        on_behalf = { sections = [\"request\", \"manager\"] }\n";
    let scene = Scene::asked_by(MANAGER).await.with_policy(policy);
    by_email(&scene);
    let message = scene.message().await;
    assert_eq!(message.matches(&format!("{RAISED} (matched by e-mail)")).count(), 1, "{message}");
}

#[tokio::test]
async fn a_rule_can_hide_the_manager_s_login_and_status() {
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"profile\", \"manager\"]\nmanager_details = ";
    for (details, status, shown) in [
        ("true", "SUSPENDED", "Manager: Tomasz Wiśniewski (tomasz.wisniewski@example.com), suspended\n"),
        ("false", "SUSPENDED", "Manager: Tomasz Wiśniewski\n"),
        ("false", "DEPROVISIONED", "Manager: Tomasz Wiśniewski\n"),
        ("false", "ACTIVE", "Manager: Tomasz Wiśniewski\n"),
    ] {
        let scene = managed_by(MANAGER, "t.w@example.org").await.with_policy(&format!("{policy}{details}\n"));
        scene.world(|world| world.user_mut(MANAGER)["status"] = status.into());
        let message = scene.message().await;
        assert!(message.contains(shown), "{message}");
        assert_eq!(message.contains("WARNING: the manager's account is suspended"), details == "true");
    }
    // An account without a name has no login instead of it.
    let scene = managed_by(MANAGER, "t.w@example.org").await.with_policy(&format!("{policy}false\n"));
    scene.world(|world| {
        let profile = &mut world.user_mut(MANAGER)["profile"];
        *profile = json!({"login": profile["login"], "email": profile["email"]});
    });
    let message = scene.message().await;
    assert!(message.contains(&format!("Manager: {MANAGER}\n")), "{message}");
}

#[tokio::test]
async fn a_manager_who_can_t_sign_in_is_warned_of_and_an_unknown_status_is_not_called_checked() {
    const NAME: &str = "\nManager: Tomasz Wiśniewski (tomasz.wisniewski@example.com)";
    const CHECKED: &str = "\nChecked: account, manager, ";
    for (status, warning, name_goes_on) in [
        ("STAGED", "is not active yet", ", staged: made, but not activated yet\n"),
        ("PROVISIONED", "is not active yet", ", provisioned: activated, but never used yet\n"),
        ("LOCKED_OUT", "is locked out after failed sign-ins", ", locked out after failed sign-ins\n"),
        ("SUSPENDED", "is suspended", ", suspended\n"),
        ("DEPROVISIONED", "is deactivated", ", deactivated\n"),
        ("ACTIVE", "", "\n"),
        ("PASSWORD_EXPIRED", "", "\n"),
        ("RECOVERY", "", "\n"),
    ] {
        let scene = managed_by(MANAGER, "t.w@example.org").await;
        scene.world(|world| world.user_mut(MANAGER)["status"] = status.into());
        let message = scene.message().await;
        assert!(message.contains(&format!("{NAME}{name_goes_on}")), "{message}");
        assert!(message.contains(CHECKED), "{message}");
        let warned = message.contains(&format!("\nWARNING: the manager's account {warning}\n"));
        assert_eq!(warned, !warning.is_empty(), "{status}: {message}");
    }
    for status in [json!("HIBERNATING"), json!(null), json!(7)] {
        let scene = managed_by(MANAGER, "t.w@example.org").await;
        scene.world(|world| world.user_mut(MANAGER)["status"] = status.clone());
        let message = scene.message().await;
        assert!(
            message.contains(&format!("{NAME}\n")) && !message.contains("manager's account"),
            "{message}"
        );
        assert!(message.contains("\nNot checked: manager (status unknown)\n"), "{status}: {message}");
    }
}

#[tokio::test]
async fn a_name_that_looks_like_one_with_a_login_stands_in_quotes_where_there_is_no_login() {
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"profile\", \"manager\"]\nmanager_details = false\n";
    let scene = managed_by(MANAGER, "t.w@example.org").await.with_policy(policy);
    scene.world(|world| world.user_mut(MANAGER)["profile"]["displayName"] = "Ann (ann@example.com)".into());
    let message = scene.message().await;
    assert!(message.contains("\nManager: “Ann (ann@example.com)”\n"), "{message}");
}
