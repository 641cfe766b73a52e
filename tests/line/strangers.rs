//! What a message says when someone else asked: conflicts are never hidden without a word.

use serde_json::json;

use crate::scene::{MANAGER, PERSON, STRANGER, Scene};

const EXIST: &str = "WARNING: separation-of-duties conflicts exist; details are not shown, since someone else asked: \
                     see the request in Okta\n";

const RULE: &str = "[[rule]]\nname = \"r\"\nsections = [\"request\", \"profile\", \"access\", \"sod\"]\nrequired = [\"sod\"]\n";
/// The person is in the first group, and asks for the other.
const COMBINATION: &str = "[[toxic_combination]]\nname = \"Pair\"\nseverity = \"high\"\none = { groups = [\"Service Desk*\"] }\n\
    other = { groups = [\"Customer Support\"] }\n";

fn conflict() -> serde_json::Value {
    json!([{"name": "Secret rule", "description": "Secret reason", "resourceName": "SAP"}])
}

/// The sample on behalf, asked by a stranger; the person is in a group that makes the combination a conflict.
async fn scene() -> Scene {
    let scene = Scene::asked_by(STRANGER).await;
    scene.world(|world| {
        let profile = json!({"name": "Service Desk Agents"});
        let group = json!({"id": "00gDesk0000000000001", "type": "OKTA_GROUP", "profile": profile});
        world.insert_group(group, PERSON);
    });
    scene
}

#[tokio::test]
async fn a_stranger_s_message_says_that_conflicts_exist_and_not_which() {
    // Okta's own, and the policy's.
    let okta_s = scene().await;
    okta_s.request(|request| request["riskAssessment"]["riskRules"] = conflict());
    let ours = scene().await.with_policy(&format!("{RULE}{COMBINATION}"));
    for scene in [okta_s, ours] {
        let message = scene.message().await;
        assert!(message.contains(&format!("days\n{EXIST}")), "{message}");
        assert_eq!(message.matches("WARNING").count(), 1, "{message}");
        for detail in ["Secret", "SAP", "Pair", "Service Desk", "onflict with", "severity"] {
            assert!(!message.contains(detail), "{detail}: {message}");
        }
    }
}

#[tokio::test]
async fn a_stranger_s_message_says_nothing_of_a_check_that_found_nothing() {
    let scene = Scene::asked_by(STRANGER).await.with_policy(&format!("{RULE}{COMBINATION}"));
    let message = scene.message().await;
    assert!(!message.contains("onflict") && !message.contains("Separation"), "{message}");
}

#[tokio::test]
async fn a_stranger_s_message_says_which_check_could_not_be_made() {
    let policy = format!("{RULE}{COMBINATION}").replace("required", "# required");
    let scene = scene().await.with_policy(&policy);
    scene.fault("groups=503");
    scene.request(|request| request["riskAssessment"]["riskRules"] = conflict());
    let attempt = scene.attempt().await;
    assert_eq!(attempt.degraded(), ["sod"]);
    let message = &scene.okta.messages()[0].message;
    assert!(message.contains(&format!("days\n{EXIST}")), "{message}");
    let says = "\nNot checked: separation of duties (our rules; groups held: Okta answered 503)\n";
    assert!(
        message.contains(says)
            && message
                .contains("\nChecked: account, administrator rights, separation of duties (Okta's rules)\n"),
        "{message}"
    );
}

#[tokio::test]
async fn what_a_rule_requires_is_required_when_a_stranger_asks() {
    let scene = scene().await.with_policy(&format!("{RULE}{COMBINATION}"));
    scene.fault("groups=503");
    let error = scene.error().await;
    assert!(error.contains("`sod`, which the rule `r` requires"), "{error}");

    let access = RULE.replace("required = [\"sod\"]", "required = [\"access\"]");
    let scene = self::scene().await.with_policy(&access);
    scene.fault("groups=503");
    let error = scene.error().await;
    assert!(error.contains("`access`, which the rule `r` requires"), "{error}");
}

#[tokio::test]
async fn who_asked_and_is_not_certain_is_told_as_the_reason() {
    let mut scene = scene().await;
    scene.event_says("requesterId", PERSON);
    scene.request(|request| request["riskAssessment"]["riskRules"] = conflict());
    let message = scene.message().await;
    assert!(message.contains("details are not shown, since it is not certain who asked: see"), "{message}");
}

#[tokio::test]
async fn title_and_department_keep_the_labels_of_the_rule_and_are_not_called_withheld() {
    let own = "sections = [\"profile\"]\nattributes = [{ name = \"title\", label = \"Position\" }]\n";
    let scene = Scene::asked_by(STRANGER).await.with_policy(&format!("[[rule]]\nname = \"r\"\n{own}"));
    let message = scene.message().await;
    assert!(message.contains("\nPosition: ") && message.contains("\nDepartment: "), "{message}");
    assert!(!message.contains("Title: ") && !message.contains("Not shown"), "{message}");
    let renamed = own.replace("Position", "Role");
    let policy = format!("[[rule]]\nname = \"r\"\n{own}[rule.on_behalf]\n{renamed}");
    let message = Scene::asked_by(STRANGER).await.with_policy(&policy).message().await;
    assert!(message.contains("\nRole: ") && !message.contains("Not shown"), "{message}");
}

/// An `on_behalf` like the rule itself. Since when there is an account no stranger learns all the same.
#[tokio::test]
async fn a_stranger_who_is_shown_the_rule_s_own_sections_learns_no_age_of_the_account() {
    let shows = "sections = [\"profile\", \"request\"]\n";
    let policy = format!("[[rule]]\nname = \"r\"\n{shows}[rule.on_behalf]\n{shows}");
    let with_template = policy.replace(
        "on_behalf]\n",
        "on_behalf]\ntemplate = \"[{{ profile.since }}|{{ profile.last_sign_in }}]\"\n",
    );
    for (asker, is_told) in [(STRANGER, false), (MANAGER, true)] {
        let scene = Scene::asked_by(asker).await.with_policy(&policy);
        scene.world(|world| {
            world.user_mut(PERSON)["activated"] = jiff::Timestamp::now().to_string().into();
        });
        let message = scene.message().await;
        assert_eq!(message.contains("\nAccount since "), is_told, "{message}");
        assert!(message.contains("\nChecked: account"), "{message}");
    }
    let scene = Scene::asked_by(STRANGER).await.with_policy(&with_template);
    assert!(scene.message().await.contains("[|]"));
}

#[tokio::test]
async fn the_template_of_a_rule_is_not_that_of_strangers() {
    let shows = "sections = [\"request\"]\n";
    let template = "template = \"{{ headline }}, by the rule's own template\"\n";
    let policy = format!("[[rule]]\nname = \"r\"\n{shows}{template}[rule.on_behalf]\n{shows}");
    for (asker, is_own) in [(STRANGER, false), (MANAGER, true)] {
        let message = Scene::asked_by(asker).await.with_policy(&policy).message().await;
        assert_eq!(message.contains("by the rule's own template"), is_own, "{message}");
    }
}
