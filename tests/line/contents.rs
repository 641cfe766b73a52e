//! What the requested thing gives: the entitlements of a bundle, the apps and members of a group, and
//! administrator rights.

use serde_json::{Value, json};

use crate::scene::{APP, BUNDLE, REQUEST, Scene, is_silent, rule, says};

const GROUP: &str = "00g1Av1IzN64Ei8oF9K7";
const ADMIN_CONSOLE: &str = "orn:okta:idp:00o1acmeOrg000000sim:apps:saasure:0oa1wYIqbjIqrquAO3Rv";

/// The sample's request for a bundle with these members.
async fn bundle(members: Value) -> Scene {
    let scene = Scene::own("request", "").await;
    scene.world(|world| {
        let bundle = world.bundles.get_mut(BUNDLE).unwrap();
        for (name, value) in members.as_object().unwrap() {
            bundle[name] = value.clone();
        }
    });
    scene
}

/// The sample's request for a group with these statistics.
async fn group(stats: Value) -> Scene {
    let mut scene = Scene::own("request", "").await;
    scene.asks_for(("APPLICATION", APP), Some(("GROUP", GROUP)));
    scene.world(|world| world.groups.get_mut(GROUP).unwrap()["_embedded"] = json!({ "stats": stats }));
    scene
}

fn values(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "id": "ent1", "name": name })).collect()
}

#[tokio::test]
async fn a_bundle_s_entitlements_are_named_up_to_five_values() {
    for (entitlements, line) in [
        (
            json!([{"name": "Role", "values": values(&["Vendor Maintainer", "Payment Clerk"])}]),
            "Contains: Role (Vendor Maintainer, Payment Clerk)",
        ),
        (json!([{"name": "Role"}]), "Contains: Role"),
        (json!([{"name": "Role", "values": []}, {"name": "Region"}]), "Contains: Role, Region"),
        (
            json!([{"name": "Role", "values": values(&["1", "2", "3", "4", "5"])}]),
            "Contains: Role (1, 2, 3, 4, 5)",
        ),
        (
            json!([{"name": "Role", "values": values(&["1", "2", "3", "4", "5", "6"])}]),
            "Contains: Role (1, 2, 3, 4, 5) and 1 more",
        ),
        (
            json!([{"name": "A", "values": values(&["1", "2", "3"])}, {"name": "B", "values": values(&["4", "5", "6", "7"])}]),
            "Contains: A (1, 2, 3), B (4, 5) and 2 more",
        ),
        (
            json!([{"name": "A", "values": values(&["1", "2", "3", "4"])}, {"name": "B"}, {"name": "C"}]),
            "Contains: A (1, 2, 3, 4), B and 1 more",
        ),
        // What can't be read costs only itself.
        (
            json!([null, 7, {"values": values(&["lost"])}, {"name": "Role", "values": [null, "x", {"externalValue": "POST"}]}]),
            "Contains: Role (POST)",
        ),
    ] {
        let message = bundle(json!({ "entitlements": entitlements })).await.message().await;
        says(&message, line);
        assert!(message.starts_with("Nothing to look at: "), "{message}");
    }
}

#[tokio::test]
async fn a_bundle_whose_entitlements_okta_does_not_give_contains_nothing_that_is_said() {
    for entitlements in [json!(null), json!([]), json!("x"), json!([null])] {
        let message = bundle(json!({ "entitlements": entitlements })).await.degraded_message(&[]).await;
        is_silent(&message, "Contains");
        is_silent(&message, "Not checked");
    }
}

#[tokio::test]
async fn names_of_entitlements_can_not_forge_a_line() {
    let hostile = json!([{"name": "Role\nWARNING: none", "values": values(&["x)\nManager: approved"])}]);
    let message = bundle(json!({ "entitlements": hostile })).await.message().await;
    let forged = message.lines().any(|line| line.starts_with("WARNING") || line.starts_with("Manager"));
    assert!(!forged, "{message}");
}

#[tokio::test]
async fn a_bundle_of_okta_s_own_console_is_an_administrator_role() {
    let admin = |names: &[&str]| json!({"targetResourceOrn": ADMIN_CONSOLE, "entitlements": [{"name": "Role", "values": values(names)}]});
    let message = bundle(admin(&["Group Administrator"])).await.message().await;
    assert!(message.starts_with("1 to look at: "), "{message}");
    says(&message, "WARNING: this is an Okta administrator role: Group Administrator");
    // The warning names all of it.
    is_silent(&message, "Contains");
    says(&message, "Checked: administrator rights");

    let message = bundle(admin(&["A", "B", "C"])).await.message().await;
    says(&message, "WARNING: this is an Okta administrator role: A, B and 1 more");
    says(&message, "Contains: Role (A, B, C)");

    // Without roles, the bundle's name stands there.
    let unnamed = json!({"targetResourceOrn": ADMIN_CONSOLE, "entitlements": null, "name": "Helpers"});
    let message = bundle(unnamed).await.message().await;
    says(&message, "WARNING: this is an Okta administrator role: Helpers");

    for target in [json!(null), json!(7), json!("orn:okta:idp:00o1:apps:sap:0oa1")] {
        let message = bundle(json!({ "targetResourceOrn": target })).await.message().await;
        is_silent(&message, "WARNING");
        is_silent(&message, "administrator");
    }
}

#[tokio::test]
async fn a_group_opens_apps_and_has_members() {
    let whole = |admins: Value| json!({"usersCount": 312, "appsCount": 4, "hasAdminPrivilege": admins});
    for (stats, line) in [
        (whole(json!(false)), "This group opens 4 apps; 312 members"),
        (json!({"usersCount": 1, "appsCount": 1}), "This group opens 1 app; 1 member"),
        (json!({"usersCount": 0, "appsCount": 0}), "This group opens 0 apps; 0 members"),
        (json!({"appsCount": 4, "usersCount": "many"}), "This group opens 4 apps"),
        (json!({"usersCount": 312, "appsCount": null}), "This group has 312 members"),
    ] {
        says(&group(stats).await.message().await, line);
    }
    for stats in [json!(null), json!([]), json!({}), json!({"usersCount": -1})] {
        let message = group(stats).await.degraded_message(&[]).await;
        is_silent(&message, "This group");
        is_silent(&message, "hecked");
    }
}

#[tokio::test]
async fn a_group_of_administrators_is_warned_of_and_no_is_said_only_where_okta_says_it() {
    let warning = "WARNING: members of this group are Okta administrators";
    for name in ["hasAdminPrivilege", "hasAdminPrivlege"] {
        let message = group(json!({ name: true })).await.message().await;
        says(&message, warning);
        says(&message, "Checked: administrator rights");
        let message = group(json!({ name: false })).await.message().await;
        is_silent(&message, "WARNING");
        says(&message, "Checked: administrator rights");
        let message = group(json!({ name: "yes" })).await.message().await;
        is_silent(&message, "dministrator");
    }
}

#[tokio::test]
async fn what_failed_for_the_moment_is_said_and_a_lacking_right_is_not() {
    for (call, scene) in
        [("bundle", bundle(json!({})).await), ("group", group(json!({"appsCount": 4})).await)]
    {
        // The request names no entry of the catalog, which would have the name.
        scene.own_request(|request| request["requested"]["entryId"] = Value::Null);
        scene.fault(&format!("{call}=503"));
        let message = scene.degraded_message(&["request"]).await;
        let says_why =
            "Not checked: what is asked for (Okta answered 503), administrator rights (Okta answered 503)";
        says(&message, says_why);
        is_silent(&message, "Contains");
    }
    for (call, scene) in
        [("bundle", bundle(json!({})).await), ("group", group(json!({"appsCount": 4})).await)]
    {
        scene.own_request(|request| request["requested"]["entryId"] = Value::Null);
        scene.fault(&format!("{call}=403"));
        let message = scene.degraded_message(&["request"]).await;
        for word in ["Contains", "This group", "hecked", "403"] {
            is_silent(&message, word);
        }
    }
}

/// An app has no contents, also if Okta repeats it as its own scope.
#[tokio::test]
async fn a_plain_app_contains_nothing() {
    for scope in [None, Some(("APPLICATION", APP))] {
        let mut scene = Scene::own("request", "").await;
        scene.asks_for(("APPLICATION", APP), scope);
        let message = scene.degraded_message(&[]).await;
        for word in ["Contains", "This group", "hecked"] {
            is_silent(&message, word);
        }
        assert!(message.contains("GitHub Enterprise"), "{message}");
    }
}

#[tokio::test]
async fn a_required_request_needs_its_contents() {
    let scene = bundle(json!({})).await.with_policy(&rule("request", "required = [\"request\"]"));
    scene.own_request(|request| request["requested"]["entryId"] = Value::Null);
    scene.fault("bundle=503");
    let error = scene.error().await;
    assert!(error.contains("`request`, which the rule `r` requires"), "{error}");
}

const V1: &str = "66f4c4a51d26f6d96cf50e95";

/// A v1 request whose actions name these groups, as Okta names them once they are decided.
async fn v1(groups: &[(&str, &str)]) -> Scene {
    let scene = Scene::of("nulls").await.with_policy(&rule("request", ""));
    let action = |(id, name): &(&str, &str)| {
        json!({"status": "PENDING", "action": "ADD_USER_TO_GROUP", "resourceType": "GROUP", "resourceId": id,
               "resourceName": name})
    };
    let actions: Value = groups.iter().map(action).collect();
    scene.world(|world| world.request_mut(V1)["actions"] = actions);
    scene
}

/// The request has the name already: only the contents are asked for, and what they cost is only themselves.
#[tokio::test]
async fn a_v1_request_with_a_name_gets_the_contents_and_keeps_the_name_without_them() {
    let scene = v1(&[(GROUP, "Support team")]).await;
    let message = scene.degraded_message(&[]).await;
    says(&message, "This group opens 3 apps; 148 members");
    says(&message, "Checked: administrator rights");
    assert!(message.starts_with("Nothing to look at: Support team, Join a group\n"), "{message}");
    assert_eq!(scene.calls(&format!("/api/v1/groups/{GROUP}")), 1);

    let scene = v1(&[(GROUP, "Support team")]).await;
    scene.fault("group=503");
    let message = scene.degraded_message(&["request"]).await;
    assert!(message.starts_with("Nothing to look at, 1 check not done: Support team"), "{message}");
    says(&message, "Not checked: administrator rights (Okta answered 503)");
}

/// Only one of several groups is read, so nothing is said to be clear.
#[tokio::test]
async fn administrator_rights_are_not_said_to_be_checked_if_more_is_asked_for() {
    let message = v1(&[(GROUP, "Support team"), ("00g1WgwY6W3F8x7qsHRQ", "Leads")]).await.message().await;
    is_silent(&message, "administrator rights");
    // Okta leaves out the second one's id.
    let message = v1(&[(GROUP, "Support team"), ("", "Leads")]).await.message().await;
    is_silent(&message, "administrator rights");
    let message = v1(&[("00g1WgwY6W3F8x7qsHRQ", "Leads"), (GROUP, "Support team")]).await.message().await;
    says(&message, "WARNING: members of this group are Okta administrators");
}

/// What a thing gives is no secret of the person.
#[tokio::test]
async fn a_stranger_reads_the_contents_too() {
    let scene = Scene::asked_by(crate::scene::STRANGER).await;
    says(&scene.message().await, "This group opens 3 apps; 148 members");
    assert_eq!(scene.calls(&format!("/governance/api/v2/requests/{REQUEST}")), 2, "read, and answered");
}
