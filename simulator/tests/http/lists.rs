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
    assert_eq!(all.len(), 20);
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
    let (mut path, mut pages) = (format!("/api/v1/users/{id}/groups"), 0);
    loop {
        let page = bearer(&okta, &token, &path).await;
        assert_eq!(page.json().as_array().map(Vec::len), Some(1));
        pages += 1;
        let links = page.header("link");
        let Some(next) = links.lines().find_map(|link| link.strip_suffix(">; rel=\"next\"")) else { break };
        path = next.split_once("okta.com").expect("the org's host").1.to_owned();
    }
    assert_eq!(pages, okta.with_world(|world| world.memberships[&id].len()));
}
