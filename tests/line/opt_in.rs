//! The sections `labels` and `approval`, which a rule has to ask for; and all sections together.

use serde_json::{Value, json};

use crate::scene::{OWN_REQUEST, STRANGER, Scene, ZOE, is_silent, rule, says};

const ROSA: &str = "00u1Bo4Vv7qwaxye92u7";
const MARGARET: &str = "00u1hbBMXNfBFZO5fR7M";

const LABELS: &str = "/governance/api/v1/resource-labels";
const APP_ORN: &str = "orn:okta:idp:00o1acmeOrg000000sim:apps:githubcloud:0oa1RX7XhyMSUUjaac5U";

async fn labels(labels: &[(&str, &[&str])]) -> Scene {
    let scene = Scene::own("labels", "").await;
    scene.world(|world| {
        for (name, values) in labels {
            world.label(APP_ORN, name, values);
        }
    });
    scene
}

#[tokio::test]
async fn labels_are_named_with_their_values() {
    for (marks, line) in [
        (
            &[("Crown Jewel", &["Crown Jewel"][..]), ("Compliance", &["SOX"])][..],
            "Crown Jewel; Compliance: SOX",
        ),
        (&[("Compliance", &["SOX", "GDPR"])], "Compliance: SOX, GDPR"),
        (&[("Privileged", &[])], "Privileged"),
    ] {
        let scene = labels(marks).await;
        let message = scene.degraded_message(&[]).await;
        says(&message, &format!("Marked in Okta: {line}"));
        is_silent(&message, "hecked");
        assert_eq!(scene.calls(LABELS), 1);
    }
    let message = labels(&[("A\nWARNING: none", &["x\nManager: approved"])]).await.message().await;
    assert!(
        !message.lines().any(|line| line.starts_with("WARNING") || line.starts_with("Manager")),
        "{message}"
    );
}

#[tokio::test]
async fn no_label_and_no_right_are_silence_and_a_failure_is_said() {
    let message = labels(&[]).await.degraded_message(&[]).await;
    is_silent(&message, "Marked");
    is_silent(&message, "hecked");
    let scene = labels(&[("Crown Jewel", &[])]).await;
    scene.fault("labels=403");
    let message = scene.degraded_message(&["labels"]).await;
    is_silent(&message, "Marked");
    is_silent(&message, "hecked");
    for (fault, reason) in
        [("labels=503", "Okta answered 503"), ("labels=garbage", "Okta's answer could not be read")]
    {
        let scene = labels(&[("Crown Jewel", &[])]).await;
        scene.fault(fault);
        let message = scene.degraded_message(&["labels"]).await;
        is_silent(&message, "Marked");
        says(&message, &format!("Not checked: labels ({reason})"));
    }
    let scene = labels(&[]).await;
    scene.answers(
        "labels",
        &json!({"data": [{"orn": "orn:okta:idp:00o1:apps:other:0oa1", "labels": [{"name": "Low"}]}]}),
    );
    let message = scene.degraded_message(&["labels"]).await;
    is_silent(&message, "Low");
    let scene = labels(&[]).await.with_policy(&rule("labels", "required = [\"labels\"]"));
    scene.fault("labels=403");
    assert!(scene.error().await.contains("`labels`, which the rule `r` requires"));
}

/// The catalog has the app's name, but labels belong to what the app's own call says.
#[tokio::test]
async fn labels_of_an_app_that_only_the_catalog_names_are_not_read() {
    let scene = labels(&[("Crown Jewel", &[])]).await;
    scene.fault("app=403");
    let message = scene.degraded_message(&["labels"]).await;
    is_silent(&message, "Marked");
    is_silent(&message, "hecked");
    let scene = labels(&[("Crown Jewel", &[])]).await.with_policy(&rule("labels", "required = [\"labels\"]"));
    scene.fault("app=403");
    assert!(scene.error().await.contains("`labels`, which the rule `r` requires"));
}

/// Labels are the org's words about the resource.
#[tokio::test]
async fn a_stranger_reads_labels_and_approvers() {
    let mut scene = labels(&[("Crown Jewel", &[])]).await.with_policy(&rule("labels approval", ""));
    scene.is_asked_by_a_stranger();
    let message = scene.message().await;
    says(&message, "Marked in Okta: Crown Jewel");
    says(&message, "Waiting for: Rosa Delgado Ruiz");
    is_silent(&message, "Not shown");

    let hides = rule("labels approval", "on_behalf = { sections = [\"profile\"] }");
    let mut scene = labels(&[("Crown Jewel", &[])]).await.with_policy(&hides);
    scene.is_asked_by_a_stranger();
    let message = scene.message().await;
    says(&message, "Not shown, since someone else asked: labels, approver");
}

const TASKS: &str = "/governance/api/v2/tasks";

/// The sample's request with these tasks: kind, status, assignees.
async fn tasks(tasks: &[(&str, &str, &[&str])]) -> Scene {
    let scene = Scene::own("approval", "").await;
    scene.world(|world| {
        world.tasks.clear();
        for (number, (kind, status, people)) in tasks.iter().enumerate() {
            let assignees: Value =
                people.iter().map(|id| json!({"externalId": id, "type": "OKTA_USER"})).collect();
            world.insert_task(json!({
                "id": format!("{number:024x}"), "requestId": OWN_REQUEST, "status": status, "type": kind,
                "label": "Approve or deny", "assignees": assignees, "createdAt": "2026-11-24T09:06:26Z",
                "updatedAt": "2026-11-24T09:06:26Z",
            }));
        }
    });
    scene
}

#[tokio::test]
async fn approvers_are_named_as_far_as_the_open_tasks_say() {
    for (given, line) in [
        (&[("APPROVAL", "OPEN", &[ROSA][..])][..], "Waiting for: Rosa Delgado Ruiz"),
        (&[("APPROVAL", "OPEN", &[ROSA, MARGARET])], "Waiting for: Rosa Delgado Ruiz, Margaret Achieng"),
        (
            &[
                ("APPROVAL", "OPEN", &[ROSA]),
                ("APPROVAL", "LOCKED", &[MARGARET]),
                ("TODO", "OPEN", &[STRANGER]),
            ],
            "Waiting for: Rosa Delgado Ruiz",
        ),
        (
            &[
                ("APPROVAL", "OPEN", &[ROSA]),
                ("APPROVAL", "OPEN", &[ROSA, MARGARET, STRANGER, "00u1DgdmAn2TK3nOB30Q"]),
            ],
            "Waiting for: Rosa Delgado Ruiz, Margaret Achieng, Priya Raghunathan and 1 more",
        ),
        // An account that is gone.
        (&[("APPROVAL", "OPEN", &["00uDeleted0000000001"])], "Waiting for: 00uDeleted0000000001"),
    ] {
        let scene = tasks(given).await;
        let message = scene.message().await;
        says(&message, line);
        says(&message, "Checked: approver");
        is_silent(&message, "WARNING");
        assert_eq!(scene.calls(TASKS), 1);
    }
}

#[tokio::test]
async fn the_one_who_asks_as_approver_and_nobody_as_approver_are_warned_of() {
    let message = tasks(&[("APPROVAL", "OPEN", &[ROSA, ZOE])]).await.message().await;
    says(&message, "WARNING: the person asking is also the approver");
    says(&message, "Checked: approver");
    let message = tasks(&[("APPROVAL", "OPEN", &[])]).await.message().await;
    says(&message, "WARNING: no approver is assigned");
    is_silent(&message, "Waiting for");

    // A stranger who approves.
    let mut scene = tasks(&[("APPROVAL", "OPEN", &[STRANGER])]).await;
    scene.is_asked_by_a_stranger();
    says(&scene.message().await, "WARNING: the person asking is also the approver");
}

#[tokio::test]
async fn nothing_is_said_while_okta_assigns_or_nothing_waits() {
    for given in [
        &[][..],
        &[("APPROVAL", "ASSIGNING", &[][..])],
        &[("APPROVAL", "OPEN", &[][..]), ("APPROVAL", "ASSIGNING", &[][..])],
        &[("APPROVAL", "COMPLETED", &[ZOE][..])],
        &[("QUESTION", "OPEN", &[ZOE][..])],
    ] {
        let message = tasks(given).await.degraded_message(&[]).await;
        for word in ["Waiting", "approver", "hecked"] {
            is_silent(&message, word);
        }
    }
    // Okta lists no tasks of the older generation.
    let scene = Scene::of("v1").await.with_policy(&rule("approval", "required = [\"approval\"]"));
    is_silent(&scene.degraded_message(&[]).await, "approver");
    assert_eq!(scene.calls(TASKS), 0);
}

#[tokio::test]
async fn tasks_that_can_not_be_read_are_said_to_be_not_checked() {
    for (fault, reason) in
        [("tasks=503", "Okta answered 503"), ("tasks=garbage", "Okta's answer could not be read")]
    {
        let scene = tasks(&[("APPROVAL", "OPEN", &[ROSA])]).await;
        scene.fault(fault);
        let message = scene.degraded_message(&["approval"]).await;
        says(&message, &format!("Not checked: approver ({reason})"));
        is_silent(&message, "Waiting");
    }
    let scene = tasks(&[("APPROVAL", "OPEN", &[ROSA])]).await;
    scene.fault("tasks=403");
    let message = scene.degraded_message(&["approval"]).await;
    is_silent(&message, "hecked");
    let scene = tasks(&[]).await;
    scene.answers("tasks", &json!({"data": [{"requestId": OWN_REQUEST, "type": "APPROVAL", "status": "OPEN", "assignees": [7]}]}));
    let message = scene.degraded_message(&["approval"]).await;
    says(&message, "Not checked: approver (Okta does not say)");
    is_silent(&message, "no approver");
    let scene = tasks(&[]).await.with_policy(&rule("approval", "required = [\"approval\"]"));
    scene.fault("tasks=503");
    assert!(scene.error().await.contains("`approval`, which the rule `r` requires"));
}

const ALL: &str = "profile manager request access sod history peers labels approval";

/// Facts and checks of all sections, each call once.
/// The calls of samples of all kinds under a rule with everything.
async fn all_calls() -> Vec<(&'static str, Vec<String>)> {
    let more = format!(
        "grants = true\nend_date = \"contractEnd\"\nrelevant = {{ groups = [\"Eng*\"] }}\nrequired = [{}]",
        // The manager of one sample has no account.
        ALL.split(' ')
            .filter(|name| *name != "manager")
            .map(|name| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let cases =
        ["v2", "on-behalf", "v1", "sod-conflict", "already-has-app", "by-a-service", "outlives-contract"];
    let mut all = Vec::new();
    for case in cases {
        let scene = Scene::of(case).await.with_policy(&rule(ALL, &more));
        scene.message().await;
        let calls = scene.okta.calls();
        all.push((case, calls.iter().map(|call| format!("{} {}", call.method, call.path)).collect()));
    }
    all
}

#[tokio::test]
async fn all_sections_together_send_no_call_twice() {
    for (case, calls) in all_calls().await {
        let mut once = calls.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), calls.len(), "{case}: {calls:#?}");
    }
}

/// Schemas, types, conditions and collections: `enricher check` alone reads these.
#[tokio::test]
async fn no_section_makes_a_call_of_check_and_the_message_is_all_that_is_written() {
    for (case, calls) in all_calls().await {
        for call in &calls {
            let of_check = ["/meta/", "/request-conditions", "/collections/"];
            assert!(!of_check.iter().any(|path| call.contains(path)), "{case}: {call}");
        }
        let written: Vec<_> = calls.iter().filter(|call| !call.starts_with("GET ")).collect();
        assert!(
            matches!(written[..], [post] if post.starts_with("POST ") && post.ends_with("/messages")),
            "{case}: {calls:#?}"
        );
    }
}
