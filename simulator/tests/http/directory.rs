//! Users and groups: searches and statistics.

use okta_simulator::Simulator;
use serde_json::{Value, json};

use super::client::get_with_api_token;

#[tokio::test]
async fn a_search_finds_whole_values_in_any_case() {
    let okta = Simulator::start().await.expect("a free port");
    okta.with_world(|world| {
        let mut twin = world.users["00u1KxrytILnG4bL2AFG"].clone();
        twin["id"] = "00uTwinTwinTwinTwin1".into();
        twin["profile"]["login"] = "okonkwo@example.net".into();
        world.insert_user(twin);
    });
    let found = |query: &str| {
        let path = format!("/api/v1/users?{}", query.replace(' ', "%20").replace('"', "%22"));
        let okta = &okta;
        async move {
            let users = get_with_api_token(okta, &path).await.json();
            let users = users.as_array().cloned().unwrap_or_default();
            users.iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
        }
    };
    let both = ["00u1KxrytILnG4bL2AFG", "00uTwinTwinTwinTwin1"];
    assert_eq!(found(r#"search=profile.email eq "AMARA.okonkwo@example.com"&limit=2"#).await, both);
    assert_eq!(found(r#"search=profile.email eq "amara.okonkwo@example.com"&limit=1"#).await, both[..1]);
    assert_eq!(found(r#"search=profile.login eq "Okonkwo@example.net""#).await, both[1..]);
    assert_eq!(found(r#"search=id eq "00u1KxrytILnG4bL2AFG""#).await, both[..1]);
    assert_eq!(found(r#"search=profile.email eq "amara.okonkwo""#).await, [""; 0]);
    let former = found(r#"search=profile.login eq "giulia.rossi@example.com""#).await;
    assert_eq!(former, ["00u1id3tFkSzntbs6VGM"], "a search finds deprovisioned users, too");
    assert!(!found("limit=200").await.contains(&former[0]), "a list without a search does not");
    assert_eq!(okta.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_search_for_anything_else_is_refused() {
    let okta = Simulator::start().await.expect("a free port");
    for search in ["profile.email+sw+%22a%22", "profile.manager+eq+%22a%22", "profile.email+eq+a", ""] {
        let refused = get_with_api_token(&okta, &format!("/api/v1/users?search={search}")).await;
        assert_eq!((refused.status, &refused.json()["errorCode"]), (400, &"E0000031".into()), "{search}");
    }
    get_with_api_token(&okta, "/api/v1/users?find=a").await;
    get_with_api_token(&okta, "/api/v1/users?filter=profile.managerId+eq+%22a%22").await;
    assert_eq!(okta.complaints().len(), 6);
}

#[tokio::test]
async fn a_group_shows_its_statistics_only_if_asked() {
    let okta = Simulator::start().await.expect("a free port");
    let stats = |id: &str, query: &str| {
        let path = format!("/api/v1/groups/{id}{query}");
        let okta = &okta;
        async move { get_with_api_token(okta, &path).await.json()["_embedded"]["stats"].clone() }
    };
    assert_eq!(stats("00g17o3cVDmEsFETdOVq", "").await, Value::Null);
    assert_eq!(stats("00g17o3cVDmEsFETdOVq", "?expand=stats").await["hasAdminPrivilege"], true);
    let everyone = stats("00g1XwVn88aqlttdqHPU", "?expand=stats").await;
    let members = okta.with_world(|world| {
        world
            .memberships
            .values()
            .filter(|groups| groups.contains(&"00g1XwVn88aqlttdqHPU".to_owned()))
            .count()
    });
    assert_eq!((&everyone["usersCount"], &everyone["hasAdminPrivilege"]), (&json!(members), &json!(false)));
    let id = "00u1QNhWbUVqv9Qsqstk";
    let groups = get_with_api_token(&okta, &format!("/api/v1/users/{id}/groups")).await;
    assert!(!groups.body.contains("_embedded"), "{}", groups.body);
}
