//! Lists that come in pages.

use serde_json::Value;

use super::{
    client::HttpResponse,
    service_app::{bearer, token, without_dpop},
};

const V2: &str = "/governance/api/v2/requests";

#[tokio::test]
async fn lists_are_filtered_ordered_and_paged() {
    let okta = without_dpop().await;
    let token = token(&okta, "okta.accessRequests.request.read okta.governance.accessRequests.read").await;
    let list = |query: &str| {
        let path = format!("{V2}?{}", query.replace(' ', "%20").replace('"', "%22"));
        let (okta, token) = (&okta, &token);
        async move { bearer(okta, token, &path).await }
    };
    let ids = |response: &HttpResponse| -> Vec<String> {
        let records = response.json()["data"].as_array().cloned().unwrap_or_default();
        records.iter().map(|record| record["id"].as_str().expect("an id").to_owned()).collect()
    };
    let all = ids(&list("orderBy=created desc&limit=200").await);
    assert_eq!(all.len(), 21);
    let first = list("orderBy=created desc&limit=15").await;
    let next = first.json()["_links"]["next"]["href"].as_str().expect("a next page").to_owned();
    assert!(first.header("link").contains(&format!("<{next}>; rel=\"next\"")), "{}", first.header("link"));
    assert!(next.starts_with("https://acme-admin.okta.com/governance/"), "{next}");
    let (_, query) = next.split_once('?').expect("a query");
    let second = list(query).await;
    assert_eq!([ids(&first), ids(&second)].concat(), all);
    assert_eq!(second.json()["_links"]["next"], Value::Null);

    let one =
        list(r#"filter=requestedFor eq "00u1F5GHSf7bLpPyKNqn" AND resourceId eq "0oa1RX7XhyMSUUjaac5U""#)
            .await;
    assert_eq!(ids(&one), ["req16zRXf4PBGnr7o18A"]);
    assert_eq!(okta.complaints(), Vec::<String>::new());
    let later = list(r#"filter=lastUpdated gt "2026-11-24T09:20:57Z""#).await;
    assert_eq!(ids(&later).len(), 11, "the one of that second is not later");
    for operator in ["ge", "lt", "le", "eq"] {
        let refused = list(&format!(r#"filter=lastUpdated {operator} "2026-11-24T09:20:57Z""#)).await;
        assert_eq!((refused.status, &refused.json()["errorCode"]), (400, &"E0000001".into()), "{operator}");
    }
    assert_eq!(list(r#"filter=created gt "2026-11-24T09:20:00Z""#).await.json()["errorCode"], "E0000001");
    for query in ["limit=0", "limit=201", "after=req1", "orderBy=status asc", "orderBy=created"] {
        let refused = list(query).await;
        assert_eq!((refused.status, &refused.json()["errorCode"]), (400, &"E0000029".into()), "{query}");
    }
    let path = "/governance/api/v1/requests?filter=requestStatus%20eq%20%22OPEN%22&limit=2";
    assert_eq!(ids(&bearer(&okta, &token, path).await).len(), 2);
}

#[tokio::test]
async fn a_users_groups_come_in_pages() {
    let okta = without_dpop().await;
    let token = token(&okta, "okta.users.read").await;
    let id = okta.with_world(|world| {
        world.groups_page = 1;
        let rich = world.memberships.iter().find(|(_, groups)| groups.len() > 1);
        rich.expect("a user with two groups").0.clone()
    });
    let (mut path, mut pages) = (format!("/api/v1/users/{id}/groups?limit=200"), 0);
    loop {
        let page = bearer(&okta, &token, &path).await;
        assert_eq!(page.json().as_array().map(Vec::len), Some(1));
        pages += 1;
        let links = page.header("link");
        let Some(next) = links.lines().find_map(|link| link.strip_suffix(">; rel=\"next\"")) else { break };
        path = next.split_once("okta.com").expect("the org's host").1.to_owned();
    }
    assert_eq!(pages, okta.with_world(|world| world.memberships[&id].len()));
    assert_eq!(okta.complaints(), Vec::<String>::new());
    assert_eq!(bearer(&okta, &token, &format!("/api/v1/users/{id}/groups?limit=201")).await.status, 400);
    assert_eq!(okta.complaints().len(), 1);
}

#[tokio::test]
async fn tasks_are_those_of_one_request() {
    let okta = without_dpop().await;
    let token = token(&okta, "okta.accessRequests.tasks.read").await;
    let list = |query: &str| {
        let path = format!("/governance/api/v2/tasks?{}", query.replace(' ', "%20").replace('"', "%22"));
        let (okta, token) = (&okta, &token);
        async move { bearer(okta, token, &path).await }
    };
    let found = list(r#"filter=requestId eq "req16zRXf4PBGnr7o18A" and status eq "OPEN""#).await.json();
    let [task] = found["data"].as_array().expect("a list").as_slice() else { panic!("{found}") };
    assert_eq!(task["assignees"][0]["externalId"], "00u1Bo4Vv7qwaxye92u7");
    let mut other = task.clone();
    other["id"] = "68b0a1576dd8db837f5effff".into();
    other["status"] = "ASSIGNING".into();
    okta.with_world(|world| world.insert_task(other));
    let found = list(r#"filter=requestId eq "req16zRXf4PBGnr7o18A"&limit=1&orderBy=createdAt desc"#).await;
    assert!(found.json()["_links"]["next"]["href"].is_string(), "{}", found.body);
    assert_eq!(okta.complaints(), Vec::<String>::new());
    for query in
        [r#"filter=requestId sw "req""#, r#"filter=label eq "x""#, "limit=201", "orderBy=created desc"]
    {
        assert_eq!(list(query).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn who_has_a_group_or_an_app_comes_in_pages() {
    let okta = without_dpop().await;
    let token = token(&okta, "okta.groups.read okta.apps.read okta.users.read").await;
    let ids = |response: &HttpResponse| -> Vec<String> {
        let records = response.json().as_array().cloned().unwrap_or_default();
        records.iter().map(|record| record["id"].as_str().expect("an id").to_owned()).collect()
    };
    let (group, app, in_group, with_app) = okta.with_world(|world| {
        let group = world.memberships.values().flatten().next().expect("a group").clone();
        let app = world.apps.keys().next().expect("an app").clone();
        let mut in_group: Vec<_> = world
            .memberships
            .iter()
            .filter(|(_, groups)| groups.contains(&group))
            .map(|(id, _)| id.clone())
            .collect();
        in_group.retain(|id| world.users[id]["status"] != "DEPROVISIONED");
        let with_app: Vec<_> = world
            .app_links
            .iter()
            .filter(|(_, links)| links.iter().any(|link| link["appInstanceId"] == app.as_str()))
            .map(|(id, _)| id.clone())
            .collect();
        (group, app, in_group, with_app)
    });
    assert!(in_group.len() > 2 && with_app.len() > 2);
    for (path, wanted, largest) in [
        (format!("/api/v1/groups/{group}/users"), in_group, 1000),
        (format!("/api/v1/apps/{app}/users"), with_app, 500),
    ] {
        assert_eq!(ids(&bearer(&okta, &token, &format!("{path}?limit={largest}")).await), wanted);
        let first = bearer(&okta, &token, &format!("{path}?limit=2")).await;
        assert_eq!(ids(&first), wanted[..2]);
        assert!(first.header("link").contains("rel=\"next\""), "{}", first.header("link"));
        let beyond = bearer(&okta, &token, &format!("{path}?limit={}", largest + 1)).await;
        assert_eq!(beyond.json()["errorCode"], "E0000029");
    }
    for path in ["/api/v1/groups/00g0000000000000000A/users", "/api/v1/apps/0oa0000000000000000A/users"] {
        assert_eq!(bearer(&okta, &token, path).await.status, 404);
    }
    let search = "/api/v1/users?search=profile.managerId%20eq%20%2200u1hbBMXNfBFZO5fR7M%22%20and%20status%20eq%20%22ACTIVE%22";
    let team = bearer(&okta, &token, search).await;
    assert!(
        !ids(&team).is_empty()
            && team.json().as_array().is_some_and(|team| team.iter().all(|one| one["status"] == "ACTIVE"))
    );
}
