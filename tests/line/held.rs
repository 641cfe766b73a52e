//! Whether the person holds already what is asked for, and what else: groups, apps, and bundles where the
//! rule has `grants = true`.

use serde_json::{Value, json};

use crate::scene::{APP, BUNDLE, PERSON, STRANGER, Scene, ZOE, is_silent, rule, says};

const GRANTS: &str = "/governance/api/v1/grants";
const GROUP: &str = "00g17Ucpeetj4oA8TPpk";
const OTHER_GROUP: &str = "00g1Av1IzN64Ei8oF9K7";

#[tokio::test]
async fn a_member_of_the_group_is_warned_of() {
    let mut scene = Scene::own("access", "").await;
    scene.asks_for(("APPLICATION", APP), Some(("GROUP", GROUP)));
    let message = scene.degraded_message(&[]).await;
    says(&message, "WARNING: already a member of this group");
    says(&message, "Checked: access held");
    assert!(message.starts_with("1 to look at: "), "{message}");

    // The person has the app, but the group is asked for.
    let mut scene = Scene::own("access", "").await;
    scene.asks_for(("APPLICATION", APP), Some(("GROUP", OTHER_GROUP)));
    let message = scene.degraded_message(&[]).await;
    is_silent(&message, "lready");
    says(&message, "Checked: access held");
}

/// The event of a v1 request names its type alone.
#[tokio::test]
async fn while_the_request_can_not_be_read_nobody_knows_whether_it_is_held() {
    for sections in ["access", "labels"] {
        let name = if sections == "access" { "access held" } else { sections };
        let only_warnings = rule(sections, "message = \"warnings\"");
        let scene = Scene::of("v1").await.with_policy(&only_warnings);
        scene.fault("request=503");
        let message = scene.degraded_message(&[sections]).await;
        says(&message, &format!("Not checked: {name} (Okta answered 503)"));

        let scene = Scene::of("v1").await.with_policy(&rule(sections, ""));
        scene.fault("request=403");
        is_silent(&scene.degraded_message(&[sections]).await, "hecked");
    }
}

#[tokio::test]
async fn who_has_the_app_is_warned_of_and_an_absent_link_proves_nothing() {
    for scope in [None, Some(("APPLICATION", APP))] {
        let mut scene = Scene::own("access", "").await;
        scene.asks_for(("APPLICATION", APP), scope);
        let message = scene.message().await;
        says(&message, "WARNING: already has this app");
        says(&message, "Checked: access held");

        let mut scene = Scene::own("access", "").await;
        scene.asks_for(("APPLICATION", APP), scope);
        scene
            .world(|world| world.app_links.get_mut(ZOE).unwrap().retain(|link| link["appInstanceId"] != APP));
        let message = scene.degraded_message(&[]).await;
        for word in ["lready", "access held", "hecked"] {
            is_silent(&message, word);
        }
    }
}

/// The sample's bundle, which the person holds by these grants.
async fn with_grants(grants: &[Value]) -> Scene {
    let scene = Scene::own("access", "grants = true").await;
    scene.world(|world| {
        let sample = world.entitlement_grants.values().find(|grant| grant["entitlementBundleId"] == BUNDLE);
        let sample = sample.unwrap().clone();
        world.entitlement_grants.clear();
        for (number, change) in grants.iter().enumerate() {
            let mut grant = sample.clone();
            grant["id"] = format!("gra{number:017}").into();
            for (name, value) in change.as_object().unwrap() {
                grant[name] = value.clone();
            }
            world.insert_grant(grant);
        }
    });
    scene
}

fn until(moment: &str) -> Value {
    json!({"scheduleSettings": {"expirationDate": moment, "timeZone": "UTC"}})
}

#[tokio::test]
async fn a_bundle_that_is_held_is_warned_of_with_its_end() {
    for (grants, warning) in [
        (vec![json!({})], "already holds this"),
        (vec![until("2096-11-30T17:00:00Z")], "already holds this, until 2096-11-30"),
        // The day is in UTC.
        (vec![until("2096-11-30T23:30:00-02:00")], "already holds this, until 2096-12-01"),
        (vec![until("soon")], "already holds this"),
        (vec![json!({"scheduleSettings": null})], "already holds this"),
        (
            vec![until("2096-11-30T17:00:00Z"), until("2097-01-05T17:00:00Z")],
            "already holds this, until 2097-01-05",
        ),
        (vec![until("2096-11-30T17:00:00Z"), json!({})], "already holds this"),
    ] {
        let scene = with_grants(&grants).await;
        let message = scene.degraded_message(&[]).await;
        says(&message, &format!("WARNING: {warning}"));
        says(&message, "Checked: access held");
        assert_eq!(scene.calls(GRANTS), 1);
    }
}

/// Another bundle than the one that is asked for: only what is asked for is a side of a pair.
#[tokio::test]
async fn a_bundle_that_is_held_is_no_side_of_a_toxic_combination() {
    const OTHER: &str = "enb1MQzd2QRprQCjXYLW";
    for (held_or_asked_for, warned) in [(OTHER, false), (BUNDLE, true)] {
        let scene = with_grants(&[json!({"entitlementBundleId": OTHER})]).await;
        let group = scene.okta.with_world(|world| world.memberships[ZOE][0].clone());
        let pair = format!(
            "grants = true\n[[toxic_combination]]\nname = \"Pair\"\nseverity = \"low\"\n\
             one = {{ bundles = [\"{held_or_asked_for}\"] }}\nother = {{ groups = [\"{group}\"] }}"
        );
        let scene = scene.with_policy(&rule("access sod", &pair));
        let message = scene.degraded_message(&[]).await;
        assert_eq!(message.contains("Pair"), warned, "{message}");
    }
}

#[tokio::test]
async fn a_grant_that_gives_nothing_now_is_none() {
    for grants in [
        vec![],
        vec![json!({"action": "DENY"})],
        vec![json!({"status": "SCHEDULED"})],
        vec![json!({"status": "EXPIRED"})],
        vec![until("2020-11-30T17:00:00Z"), until("2026-11-24T00:00:00Z")],
        vec![json!({"entitlementBundleId": "enb1MQzd2QRprQCjXYLW"})],
        vec![json!({"targetPrincipal": {"externalId": STRANGER, "type": "OKTA_USER"}})],
    ] {
        let message = with_grants(&grants).await.degraded_message(&[]).await;
        is_silent(&message, "lready");
        says(&message, "Checked: access held");
    }
    // Even if Okta lists them although it says that it does not.
    for odd in [
        json!({"action": "DENY"}),
        json!({"action": null}),
        json!({"status": "SCHEDULED"}),
        json!({"status": 7}),
        json!({"entitlementBundleId": "enb1MQzd2QRprQCjXYLW"}),
        json!({"entitlementBundleId": null}),
    ] {
        let scene = with_grants(&[]).await;
        let mut grant = json!({"status": "ACTIVE", "action": "ALLOW", "entitlementBundleId": BUNDLE,
                               "targetPrincipal": {"externalId": ZOE, "type": "OKTA_USER"}});
        for (name, value) in odd.as_object().unwrap() {
            grant[name] = value.clone();
        }
        scene.answers("grants", &json!({"data": [grant]}));
        let message = scene.message().await;
        is_silent(&message, "lready");
    }
}

#[tokio::test]
async fn without_grants_in_the_rule_a_bundle_is_not_looked_for() {
    let scene = with_grants(&[json!({})]).await.with_policy(&rule("access", ""));
    let message = scene.degraded_message(&[]).await;
    is_silent(&message, "lready");
    assert_eq!(scene.calls(GRANTS), 0);
    // The grants say nothing about a group or an app.
    let mut scene = with_grants(&[json!({})]).await;
    scene.asks_for(("APPLICATION", APP), Some(("GROUP", OTHER_GROUP)));
    is_silent(&scene.message().await, "lready");
    assert_eq!(scene.calls(GRANTS), 0);
}

#[tokio::test]
async fn grants_that_can_not_be_read_say_nothing_but_why() {
    for (fault, reason) in [("503", "Okta answered 503"), ("garbage", "Okta's answer could not be read")] {
        let scene = with_grants(&[json!({})]).await;
        scene.fault(&format!("grants={fault}"));
        let message = scene.degraded_message(&["access"]).await;
        says(&message, &format!("Not checked: access held ({reason})"));
        is_silent(&message, "lready");
    }
    for entry in [json!(null), json!({"targetPrincipal": {"externalId": STRANGER}}), json!({})] {
        let scene = with_grants(&[]).await;
        scene.answers("grants", &json!({ "data": [entry] }));
        let message = scene.degraded_message(&["access"]).await;
        says(&message, "Not checked: access held (Okta's answer could not be read)");
    }
    let scene = with_grants(&[json!({})]).await;
    scene.fault("grants=403");
    let message = scene.degraded_message(&["access"]).await;
    is_silent(&message, "hecked");
    let scene = with_grants(&[json!({})])
        .await
        .with_policy(&rule("access", "grants = true\nrequired = [\"access\"]"));
    scene.fault("grants=403");
    assert!(scene.error().await.contains("`access`, which the rule `r` requires"));
}

/// One kind of access is asked for; the rule calls others relevant.
#[tokio::test]
async fn groups_and_apps_that_can_not_be_read_are_said_where_they_matter() {
    let relevant = "relevant = { groups = [\"ACME*\"], apps = [\"Jira\"] }";
    let app = async || {
        let mut scene = Scene::own("access", relevant).await;
        scene.asks_for(("APPLICATION", APP), None);
        scene
    };
    let message = app().await.degraded_message(&[]).await;
    says(&message, "Also holds: ACME\\VPN-Users, Jira");

    let scene = app().await;
    scene.fault("groups=503");
    let message = scene.degraded_message(&["access"]).await;
    says(&message, "WARNING: already has this app");
    says(&message, "Not checked: access held (Okta answered 503)");
    is_silent(&message, "Also holds");

    let scene = app().await;
    scene.fault("groups=403");
    let message = scene.degraded_message(&["access"]).await;
    says(&message, "WARNING: already has this app");
    says(&message, "Checked: access held");
    is_silent(&message, "Also holds");

    let scene = app().await;
    scene.fault("links=503");
    let message = scene.degraded_message(&["access"]).await;
    says(&message, "Not checked: access held (Okta answered 503)");
    is_silent(&message, "lready");

    let scene = app().await;
    scene.fault("links=403");
    let message = scene.degraded_message(&["access"]).await;
    is_silent(&message, "hecked");
}

/// A group without an id may be the one that is asked for.
#[tokio::test]
async fn an_unreadable_entry_among_the_groups_is_no_no() {
    let mut scene = Scene::own("access", "").await;
    scene.asks_for(("APPLICATION", APP), Some(("GROUP", OTHER_GROUP)));
    scene.answers("groups", &json!([null, {"id": GROUP, "profile": {"name": "Engineering"}}]));
    let message = scene.degraded_message(&["access"]).await;
    says(&message, "Not checked: access held (an entry of Okta's list could not be read)");
    is_silent(&message, "Checked: access");
}

#[tokio::test]
async fn what_is_relevant_is_named_up_to_eight_and_nothing_is_said_if_none_is_held() {
    let scene = Scene::own("access", "relevant = { groups = [\"SAP *\"] }").await;
    is_silent(&scene.message().await, "Also holds");
    let scene = Scene::own("access", "relevant = { groups = [\"SAP *\"] }").await;
    scene.world(|world| {
        for number in 0..10 {
            let id = format!("00gSap{number:014}");
            world.insert_group(
                json!({"id": id, "type": "OKTA_GROUP", "profile": {"name": format!("SAP {number}")}}),
                ZOE,
            );
        }
    });
    says(
        &scene.message().await,
        "Also holds: SAP 0, SAP 1, SAP 2, SAP 3, SAP 4, SAP 5, SAP 6, SAP 7 and 2 more",
    );
}

/// Otherwise the missing right would hide what failed for the moment.
#[tokio::test]
async fn a_failure_for_the_moment_is_said_beside_a_missing_right() {
    for (group, relevant) in [
        (None, ""),
        (None, "relevant = { groups = [\"*\"], apps = [\"*\"] }"),
        (Some(("GROUP", OTHER_GROUP)), "relevant = { apps = [\"*\"] }"),
    ] {
        let mut scene = Scene::own("access", relevant).await;
        if group.is_some() {
            scene.asks_for(("APPLICATION", APP), group);
        }
        scene.fault("groups=403");
        scene.fault("links=503");
        says(&scene.message().await, "Not checked: access held (Okta answered 503)");
    }
}

/// Not even if the rule shows strangers the section.
#[tokio::test]
async fn a_stranger_never_reads_what_is_held() {
    for on_behalf in ["", "\non_behalf = { sections = [\"access\"] }"] {
        let relevant = "relevant = { groups = [\"*\"], apps = [\"*\"] }";
        let scene =
            Scene::asked_by(STRANGER).await.with_policy(&rule("access", &format!("{relevant}{on_behalf}")));
        scene.world(|world| assert!(world.memberships[PERSON].contains(&OTHER_GROUP.to_owned())));
        let message = scene.message().await;
        for word in ["lready", "Also holds", "Checked: access", "WARNING"] {
            is_silent(&message, word);
        }
        says(&message, "Not shown, since someone else asked: access held");
    }
}

/// A v1 request can ask for several things, of which the first is looked for.
#[tokio::test]
async fn of_several_things_none_is_said_to_be_clear() {
    let scene = async |ids: &[&str]| {
        let scene = Scene::of("nulls").await.with_policy(&rule("access", ""));
        let action = |id: &&str| {
            json!({"status": "PENDING", "action": "ADD_USER_TO_GROUP", "resourceType": "GROUP",
                   "resourceId": id, "resourceName": "A group"})
        };
        let actions: Value = ids.iter().map(action).collect();
        scene.world(|world| world.request_mut("66f4c4a51d26f6d96cf50e95")["actions"] = actions);
        scene.message().await
    };
    says(&scene(&[OTHER_GROUP]).await, "Checked: access held");
    is_silent(&scene(&[OTHER_GROUP, GROUP]).await, "hecked");
    // Okta leaves out the second one's id.
    is_silent(&scene(&[OTHER_GROUP, ""]).await, "hecked");
    // Of which this person is a member.
    says(&scene(&["00g1x03N3DpNT8R4t40a", GROUP]).await, "WARNING: already a member of this group");
}
