//! What `enricher check` asks: user schemas and types, request conditions, collections.

use okta_simulator::{CLIENT_ID, Simulator, World};
use serde_json::Value;

use super::client::get_with_api_token;

#[test]
fn the_sample_s_schemas_have_every_attribute_of_its_users() {
    let world = World::sample();
    for user in world.users.values() {
        let kind = user["type"]["id"].as_str().expect("a type");
        let kind = world.user_types.iter().find(|it| it["id"] == kind).expect("the type is listed");
        let link = kind["_links"]["schema"]["href"].as_str().expect("a link");
        let schema = &world.user_schemas[link.rsplit('/').next().expect("an id")];
        for name in user["profile"].as_object().expect("a profile").keys() {
            let has = |part: &str| schema["definitions"][part]["properties"].get(name).is_some();
            assert!(has("base") || has("custom"), "{name} of {}", user["id"]);
        }
    }
}

#[test]
fn the_sample_s_conditions_are_those_that_its_requests_matched() {
    let world = World::sample();
    for request in world.v2_requests.values() {
        let link = request["_links"]["approvalCondition"]["href"].as_str().expect("a link");
        let app = request["requested"]["resourceId"].as_str().expect("an app");
        let listed = &world.conditions[app];
        assert!(listed.iter().any(|it| it["_links"]["self"]["href"] == link), "{link}");
        assert!(listed.is_sorted_by_key(|it| it["id"].to_string()), "{app}");
    }
}

#[tokio::test]
async fn the_default_type_s_schema_has_two_names() {
    let okta = Simulator::start().await.expect("a free port");
    let schema = |id: &str| {
        let path = format!("/api/v1/meta/schemas/user/{id}");
        let okta = &okta;
        async move { get_with_api_token(okta, &path).await }
    };
    let default = schema("default").await.json();
    assert_eq!(default, schema("osc1acmeDefault000sim").await.json());
    assert_ne!(default, schema("osc1acmePartner000sim").await.json());
    assert_eq!(schema("osc00000000000000000").await.status, 404);
    assert_eq!(okta.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_world_without_types_has_the_attributes_of_its_users() {
    let okta = Simulator::start().await.expect("a free port");
    okta.with_world(|world| {
        world.user_types.clear();
        world.user_schemas.clear();
        world.user_mut("00u1F5GHSf7bLpPyKNqn")["profile"]["shoeSize"] = 38.into();
    });
    let path = "/api/v1/meta/schemas/user/default";
    let definitions = get_with_api_token(&okta, path).await.json()["definitions"].clone();
    assert_eq!(definitions["base"]["properties"]["title"]["title"], "Title");
    let custom = &definitions["custom"]["properties"];
    assert_eq!(
        (&custom["shoeSize"]["type"], &custom["onCall"]["type"]),
        (&"number".into(), &"boolean".into())
    );
    assert_eq!((custom.get("title"), custom.get("partnerCompany")), (None, None));
    assert_eq!(get_with_api_token(&okta, "/api/v1/meta/types/user").await.body, "[]");
}

#[tokio::test]
async fn conditions_come_in_pages_and_only_of_an_app_that_exists() {
    let okta = Simulator::start().await.expect("a free port");
    let list = |app: &str, query: &str| {
        let path = format!("/governance/api/v2/resources/{app}/request-conditions{query}");
        let okta = &okta;
        async move { get_with_api_token(okta, &path).await }
    };
    let snowflake = "0oa1dgT23eS164RcwzWt";
    let all = list(snowflake, "").await.json();
    assert_eq!(all["data"].as_array().map(Vec::len), Some(2), "{all}");
    let first = list(snowflake, "?limit=1").await;
    let next = format!("after={}", all["data"][0]["id"].as_str().expect("an id"));
    assert!(first.header("link").contains(&next), "{}", first.header("link"));
    assert_eq!(list(snowflake, &format!("?{next}")).await.json()["data"][0], all["data"][1]);
    assert_eq!(list("0oa1QPynime1tuffYiie", "").await.json()["data"], Value::Array(vec![]));
    assert_eq!(list("0oa00000000000000000", "").await.status, 404);
    assert_eq!(okta.complaints(), Vec::<String>::new());
    assert_eq!(list(snowflake, "?limit=201").await.status, 400);
    assert_eq!(okta.complaints().len(), 1);
}

#[tokio::test]
async fn each_of_these_calls_takes_a_role_that_okta_names() {
    let okta = Simulator::start().await.expect("a free port");
    for (path, role) in [
        ("/api/v1/meta/schemas/user/default", "ORG_ADMIN"),
        ("/api/v1/meta/types/user", "APP_ADMIN"),
        ("/governance/api/v1/collections/col1hT5sRw2QxZ8vKj4M", "APP_ADMIN"),
        ("/governance/api/v2/resources/0oa1dgT23eS164RcwzWt/request-conditions", "ACCESS_REQUESTS_ADMIN"),
    ] {
        for (given, status) in [(role, 200), ("READ_ONLY_ADMIN", 403)] {
            okta.with_world(|world| world.token_roles = vec![given.to_owned()]);
            assert_eq!(get_with_api_token(&okta, path).await.status, status, "{path} {given}");
        }
    }
    let scopes = okta.with_world(|world| world.service_app_mut(CLIENT_ID).scopes.clone());
    assert!(scopes.contains(&"okta.userTypes.read".to_owned()), "{scopes:?}");
}
