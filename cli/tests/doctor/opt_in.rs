//! The rights of facts that a policy has to ask for: not mentioned unless it does, and never asked of a super
//! admin. The deployed policy decides.

use okta_simulator::{CLIENT_ID, ServiceApp};

use crate::{Deployment, Examined};

const CHECKS: [&str; 4] = ["bundles held", "peers", "labels", "approvers"];

const POLICY: &str = "[[rule]]\nname = \"r\"\ngrants = true\n\
    sections = [\"profile\", \"access\", \"peers\", \"labels\", \"approval\"]\n";

async fn examine(policy: &str, change: impl FnOnce(&mut ServiceApp)) -> Examined {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| change(world.service_app_mut(CLIENT_ID)));
    deployment.deploy(policy);
    deployment.examine().await
}

#[tokio::test]
async fn rights_that_no_rule_needs_are_not_mentioned() {
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"profile\", \"access\", \"history\"]\n";
    let ran = examine(policy, |_| {}).await;
    for name in CHECKS {
        assert!(!ran.stdout.contains(&format!("\"{name}\"")), "{name}: {}", ran.stdout);
    }
}

#[tokio::test]
async fn each_right_of_an_opted_in_section_is_tried() {
    let ran = examine(POLICY, |_| {}).await;
    for name in CHECKS {
        let (status, detail, _) = ran.found(name);
        assert_eq!(status, "ok", "{name}: {detail}");
        assert!(detail.starts_with("allowed (okta."), "{name}: {detail}");
    }
}

#[tokio::test]
async fn a_missing_right_is_optional_and_named_with_its_least_role() {
    let scopes = [
        "okta.governance.entitlements.read",
        "okta.governance.labels.read",
        "okta.accessRequests.tasks.read",
    ];
    let ran = examine(POLICY, |app| app.scopes.retain(|scope| !scopes.contains(&scope.as_str()))).await;
    assert_eq!((ran.status, ran.with("fail")), (0, vec![]), "{}", ran.stdout);
    for (name, scope, role) in [
        ("bundles held", scopes[0], "the role Application Administrator"),
        ("labels", scopes[1], "a custom admin role with the permission okta.governance.labels.read"),
        ("approvers", scopes[2], "the role Access Requests Administrator"),
    ] {
        let (status, detail, _) = ran.found(name);
        assert_eq!(status, "skipped", "{name}: {detail}");
        assert!(detail.starts_with(&format!("the OAuth scope {scope} is not granted: ")), "{detail}");
        assert!(detail.ends_with(&format!("optional: {scope} with {role}")), "{detail}");
        assert!(!detail.contains("uper"), "{detail}");
    }
}

/// A rule that requires the section posts nothing without the right.
#[tokio::test]
async fn the_missing_right_of_a_required_section_fails() {
    let policy = format!("{POLICY}required = [\"approval\"]\n");
    let ran =
        examine(&policy, |app| app.scopes.retain(|scope| scope != "okta.accessRequests.tasks.read")).await;
    let (status, detail, remedy) = ran.found("approvers");
    assert_eq!((ran.status, status.as_str()), (1, "fail"), "{detail} {remedy}");
    assert!(remedy.contains("grant it to the service app"), "{remedy}");
}
