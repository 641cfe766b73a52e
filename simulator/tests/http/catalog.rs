//! The access catalog, entitlement bundles and their grants, labels.

use okta_simulator::Simulator;
use serde_json::Value;

use super::client::get_with_api_token;

const ENTRIES: &str = "/governance/api/v2/catalogs/default/entries";

#[tokio::test]
async fn each_requested_entry_is_in_the_catalog_below_the_entry_of_its_app() {
    let okta = Simulator::start().await.expect("a free port");
    let requests: Vec<Value> = okta.with_world(|world| world.v2_requests.values().cloned().collect());
    for request in requests {
        let entry = request["requested"]["entryId"].as_str().expect("an entry");
        let entry = get_with_api_token(&okta, &format!("{ENTRIES}/{entry}")).await.json();
        assert!(entry["requestable"] == true && entry["name"].is_string() && entry["label"].is_string());
        let is_whole_app = request["requested"]["accessScopeType"] == "APPLICATION";
        assert_eq!(is_whole_app, entry.get("parent").is_none(), "{request}");
        let parent = match entry["parent"].as_str() {
            Some(parent) => get_with_api_token(&okta, &format!("{ENTRIES}/{parent}")).await.json(),
            // The entry of an app that is asked for whole.
            None => entry,
        };
        let app = request["requested"]["resourceId"].as_str().expect("an app");
        let label = okta.with_world(|world| world.apps[app]["label"].clone());
        assert_eq!((&parent["name"], parent.get("parent")), (&label, None));
    }
    assert_eq!(get_with_api_token(&okta, &format!("{ENTRIES}/cenNoSuchEntry000000")).await.status, 404);
    assert_eq!(okta.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn grants_are_filtered_by_app_and_person_and_a_filter_is_required() {
    let okta = Simulator::start().await.expect("a free port");
    let list = |filter: &str| {
        let path =
            format!("/governance/api/v1/grants?filter={}", filter.replace(' ', "%20").replace('"', "%22"));
        let okta = &okta;
        async move { get_with_api_token(okta, &path).await }
    };
    let bundles = |answer: &Value| -> Vec<String> {
        let grants = answer["data"].as_array().cloned().unwrap_or_default();
        grants.iter().map(|grant| grant["entitlementBundleId"].as_str().expect("an id").to_owned()).collect()
    };
    let app = r#"target.externalId eq "0oa14APWzd5rpmUqfGsL" AND target.type eq "APPLICATION""#;
    assert_eq!(bundles(&list(app).await.json()).len(), 3);
    let person =
        r#"targetPrincipal.externalId eq "00u1KxrytILnG4bL2AFG" AND targetPrincipal.type eq "OKTA_USER""#;
    let held = list(&format!("{app} AND {person}")).await.json();
    assert_eq!(bundles(&held), ["enb1MQzd2QRprQCjXYLW"]);
    assert_eq!(okta.complaints(), Vec::<String>::new());
    okta.with_world(|world| {
        for grant in world.entitlement_grants.values_mut() {
            grant["status"] = "INACTIVE".into();
        }
    });
    assert_eq!(bundles(&list(app).await.json()), Vec::<String>::new());
    assert_eq!(list(r#"created gt "2026-01-01T00:00:00Z""#).await.status, 400);
    assert_eq!(get_with_api_token(&okta, "/governance/api/v1/grants").await.status, 400);
}

#[tokio::test]
async fn a_bundle_names_its_app_its_entitlements_and_their_values() {
    let okta = Simulator::start().await.expect("a free port");
    let bundle =
        get_with_api_token(&okta, "/governance/api/v1/entitlement-bundles/enb1MQzd2QRprQCjXYLW").await;
    let bundle = bundle.json();
    assert_eq!(bundle["target"]["type"], "APPLICATION");
    assert!(bundle["targetResourceOrn"].as_str().is_some_and(|orn| orn.ends_with(":0oa14APWzd5rpmUqfGsL")));
    assert_eq!(bundle["entitlements"][0]["values"][1]["name"], "Release payments");
}

#[tokio::test]
async fn labels_are_found_by_the_name_of_their_resource() {
    let okta = Simulator::start().await.expect("a free port");
    let list = |filter: &str| {
        let filter = filter.replace(' ', "%20").replace('"', "%22");
        let path = format!("/governance/api/v1/resource-labels?filter={filter}");
        let okta = &okta;
        async move { get_with_api_token(okta, &path).await }
    };
    let sap = "orn:okta:idp:00o1acmeOrg000000sim:apps:sap_s4hana:0oa14APWzd5rpmUqfGsL";
    let found = list(&format!("orn eq \"{sap}\"")).await.json();
    let [resource] = found["data"].as_array().expect("a list").as_slice() else { panic!("{found}") };
    assert_eq!((&resource["orn"], &resource["profile"]["name"]), (&sap.into(), &"SAP S/4HANA".into()));
    assert_eq!(resource["labels"][1]["values"][0]["name"], "SOX");
    assert_eq!(resource.get("resourceType"), None);
    assert_eq!(list(r#"resourceType eq "groups""#).await.json()["data"].as_array().map(Vec::len), Some(1));
    okta.with_world(|world| world.label(sap, "Owner", &["Finance"]));
    let found = list(&format!("orn eq \"{sap}\"")).await.json();
    assert_eq!(found["data"][0]["labels"][2]["values"][0]["name"], "Finance");
    assert_eq!(list(r#"orn eq "orn:okta:x""#).await.json()["data"], serde_json::json!([]));
    assert_eq!(okta.complaints(), Vec::<String>::new());
    for filter in [r#"orn co "sap""#, r#"name eq "SOX""#] {
        assert_eq!(list(filter).await.status, 400, "{filter}");
    }
    assert_eq!(get_with_api_token(&okta, "/governance/api/v1/resource-labels").await.status, 400);
    let bundle = "/governance/api/v1/entitlement-bundles/enb1MQzd2QRprQCjXYLW?include=";
    assert_eq!(get_with_api_token(&okta, &format!("{bundle}full_entitlements")).await.status, 200);
    assert_eq!(get_with_api_token(&okta, &format!("{bundle}everything")).await.status, 400);
}
