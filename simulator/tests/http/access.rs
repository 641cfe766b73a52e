//! Calls with an access token: its proof, its life, its scopes, the roles of its app.

use okta_simulator::{CLIENT_ID, Simulator, World};
use serde_json::{Value, json};

use super::{
    client::send,
    service_app::{bearer, claims, get, header, jwk, now, other_jwk, sha256, token, unchanged, without_dpop},
};

const USER: &str = "/api/v1/users/me";
const V2: &str = "/governance/api/v2/requests";

#[tokio::test]
async fn a_correct_proof_is_accepted_and_each_mistake_in_one_refused() {
    let okta = Simulator::start().await.expect("a free port");
    let token = token(&okta, "okta.users.read").await;
    assert_eq!(get(&okta, &token, USER, &unchanged()).await.status, 200);
    let mut private = jwk();
    private["d"] = "dQtp-SNvR_7zW012_Jr-xpPT7Zif7ZZa-J6FkXrBHAI".into();
    let mut mixed = jwk();
    mixed["x"] = jwk()["y"].clone();
    for (changes, reason) in [
        (header(json!({ "typ": "JWT" })), "'typ'"),
        (header(json!({ "alg": "HS256" })), "'alg'"),
        (header(json!({ "alg": "ES384" })), "signature"),
        (header(json!({ "jwk": null })), "'jwk'"),
        (header(json!({ "jwk": private })), "'jwk'"),
        (header(json!({ "jwk": mixed })), "signature"),
        (header(json!({ "alg": "ES384", "jwk": other_jwk() })), "is bound to"),
        (claims(json!({ "htm": "POST" })), "'htm'"),
        (claims(json!({ "htu": format!("{}/api/v1/users/you", okta.url()) })), "'htu'"),
        (claims(json!({ "htu": format!("{}{USER}?x=y", okta.url()) })), "'htu'"),
        (claims(json!({ "htu": format!("http://localhost{USER}") })), "'htu'"),
        (claims(json!({ "iat": now() - 310 })), "'iat'"),
        (claims(json!({ "iat": now() + 310 })), "'iat'"),
        (claims(json!({ "ath": "" })), "'ath'"),
        (claims(json!({ "ath": sha256("another") })), "'ath'"),
        (claims(json!({ "jti": null })), "'jti'"),
    ] {
        let response = get(&okta, &token, USER, &changes).await;
        let why = response.header("www-authenticate");
        assert!(response.status == 400 && why.contains("error=\"invalid_dpop_proof\""), "{reason}: {why}");
        assert!(why.contains(reason), "{reason}: {why}");
    }
    let once = claims(json!({ "jti": "once" }));
    assert_eq!(get(&okta, &token, USER, &once).await.status, 200);
    assert!(get(&okta, &token, USER, &once).await.header("www-authenticate").contains("already been used"));
    assert_eq!(get(&okta, &token, "/api/v1/users/a%40b.c", &unchanged()).await.status, 400);
    let bare = send(&okta, "GET /api/v1/users/me", &[("Authorization", &format!("DPoP {token}"))], "").await;
    assert!(bare.header("www-authenticate").contains("header is missing"));
}

#[tokio::test]
async fn a_proof_for_a_call_with_a_query_names_only_the_path() {
    let okta = Simulator::start().await.expect("a free port");
    let token = token(&okta, "okta.users.read").await;
    let url = format!("{}/api/v1/users/me/groups", okta.url());
    let changes = claims(json!({ "htu": url }));
    assert_eq!(get(&okta, &token, "/api/v1/users/me/groups?limit=2", &changes).await.status, 200);
}

#[tokio::test]
async fn a_token_needs_its_own_scheme_and_expires() {
    let okta = Simulator::start().await.expect("a free port");
    let bound = token(&okta, "okta.users.read").await;
    let response = bearer(&okta, &bound, USER).await;
    assert_eq!(response.status, 401);
    assert!(response.header("www-authenticate").starts_with("DPoP ") && response.body.contains("E0000011"));
    okta.with_world(World::revoke_access_tokens);
    let revoked = get(&okta, &bound, USER, &unchanged()).await;
    assert!(revoked.status == 401 && revoked.header("www-authenticate").contains("invalid_token"));

    okta.with_world(|world| world.service_app_mut(CLIENT_ID).dpop_required = false);
    let free = token(&okta, "okta.users.read").await;
    assert_eq!(bearer(&okta, &free, USER).await.status, 200);
    assert_eq!(get(&okta, &free, USER, &unchanged()).await.status, 401);
    okta.with_world(|world| world.clock_offset = 3601);
    assert_eq!(bearer(&okta, &free, USER).await.status, 401);
}

#[tokio::test]
async fn each_path_needs_its_scope() {
    let okta = without_dpop().await;
    let (v1, bundle) = okta
        .with_world(|world| (world.v1_requests.keys().next().cloned(), world.bundles.keys().next().cloned()));
    let v1 = format!("/governance/api/v1/requests/{}", v1.expect("a v1 request"));
    let bundle = format!("/governance/api/v1/entitlement-bundles/{}", bundle.expect("a bundle"));
    for (path, scope) in [
        (USER, "okta.users.read"),
        ("/api/v1/users/me/appLinks", "okta.users.read"),
        ("/api/v1/logStreams", "okta.logStreams.read"),
        (v1.as_str(), "okta.governance.accessRequests.read"),
        (v1.as_str(), "okta.governance.accessRequests.manage"),
        (bundle.as_str(), "okta.governance.entitlements.read"),
        (V2, "okta.accessRequests.request.read"),
        (V2, "okta.accessRequests.request.manage"),
    ] {
        assert_eq!(bearer(&okta, &token(&okta, scope).await, path).await.status, 200, "{path} {scope}");
        let refused = bearer(&okta, &token(&okta, "okta.apps.read").await, path).await;
        assert_eq!(refused.status, 403, "{path}");
        let challenge = refused.header("www-authenticate");
        let named = format!("scope=\"{}\"", scope.replace(".manage", ".read"));
        assert!(
            challenge.starts_with("Bearer authorization_uri=\"") && challenge.contains(&named),
            "{challenge}"
        );
    }
}

/// Every call that reads, with the scope that it needs.
fn calls(okta: &Simulator) -> [(String, &'static str); 17] {
    okta.with_world(|world| {
        let first = |records: &std::collections::BTreeMap<String, Value>| {
            records.keys().next().cloned().expect("a record in the sample")
        };
        let (v1, v2) = ("/governance/api/v1", "/governance/api/v2");
        let grants = "grants?filter=entitlementBundleId%20eq%20%22enb11F1Mr0hFo816fxE6%22";
        [
            (USER.to_owned(), "okta.users.read"),
            ("/api/v1/users?search=id%20eq%20%2200u1%22".to_owned(), "okta.users.read"),
            (format!("{USER}/groups"), "okta.users.read"),
            (format!("{USER}/appLinks"), "okta.users.read"),
            (format!("/api/v1/groups/{}", first(&world.groups)), "okta.groups.read"),
            (format!("/api/v1/apps/{}", first(&world.apps)), "okta.apps.read"),
            ("/api/v1/logStreams".to_owned(), "okta.logStreams.read"),
            (format!("{v1}/requests/{}", first(&world.v1_requests)), "okta.governance.accessRequests.read"),
            (V2.to_owned(), "okta.accessRequests.request.read"),
            (
                format!("{v2}/catalogs/default/entries/{}", first(&world.catalog_entries)),
                "okta.accessRequests.catalog.read",
            ),
            (
                format!("{v1}/request-types/{}", first(&world.request_types)),
                "okta.governance.accessRequests.read",
            ),
            (
                format!("{v1}/entitlement-bundles/{}", first(&world.bundles)),
                "okta.governance.entitlements.read",
            ),
            (format!("{v1}/{grants}"), "okta.governance.entitlements.read"),
            (format!("/api/v1/groups/{}/users", first(&world.groups)), "okta.groups.read"),
            (format!("/api/v1/apps/{}/users", first(&world.apps)), "okta.apps.read"),
            (format!("{v1}/resource-labels?filter=orn%20eq%20%22orn:x%22"), "okta.governance.labels.read"),
            (format!("{v2}/tasks"), "okta.accessRequests.tasks.read"),
        ]
    })
}

#[tokio::test]
async fn each_path_needs_a_role_that_allows_it() {
    let okta = without_dpop().await;
    for (roles, allowed) in [
        (vec!["SUPER_ADMIN"], "UUUUGASRRCTBBMPLK"),
        (vec!["ACCESS_REQUESTS_ADMIN"], "UUUUG--RRCT--M--K"),
        (vec!["APP_ADMIN"], "UUUUGA-----BBMP--"),
        (vec!["READ_ONLY_ADMIN"], "UUUUGA-------MP--"),
        (vec!["HELP_DESK_ADMIN"], "UUUUG--------M---"),
        (vec!["REPORT_ADMIN"], "-----------------"),
        (vec!["ACCESS_REQUESTS_ADMIN", "APP_ADMIN"], "UUUUGA-RRCTBBMP-K"),
        (vec!["okta.governance.labels.read"], "---------------L-"),
        (vec![], "-----------------"),
    ] {
        let roles: Vec<String> = roles.into_iter().map(str::to_owned).collect();
        okta.with_world(|world| {
            world.token_roles.clone_from(&roles);
            world.service_app_mut(CLIENT_ID).roles.clone_from(&roles);
        });
        for ((path, scope), letter) in calls(&okta).into_iter().zip(allowed.chars()) {
            let status = if letter == '-' { 403 } else { 200 };
            let answer = bearer(&okta, &token(&okta, scope).await, &path).await;
            let seen = (answer.status, answer.header("www-authenticate"));
            assert_eq!(seen, (status, String::new()), "{roles:?} {path}: {}", answer.body);
            assert_eq!(answer.body.contains("E0000006"), status == 403, "{}", answer.body);
            assert_eq!(super::client::status(&okta, &format!("GET {path}"), "").await, Some(status));
        }
    }
}

#[tokio::test]
async fn an_org_without_governance_says_so_of_its_calls_alone() {
    let okta = without_dpop().await;
    okta.with_world(|world| world.lacks_governance = true);
    for (path, scope) in calls(&okta) {
        let lacking = path.starts_with("/governance/");
        let answer = bearer(&okta, &token(&okta, scope).await, &path).await;
        assert_eq!(answer.status, if lacking { 401 } else { 200 }, "{path}");
        assert_eq!(answer.json()["errorCode"] == "E0000015", lacking, "{path}: {}", answer.body);
        let status = super::client::status(&okta, &format!("GET {path}"), "").await;
        assert_eq!(status, Some(answer.status), "{path}");
    }
    okta.with_world(World::revoke_access_tokens);
}

#[tokio::test]
async fn api_tokens_list_unless_okta_refuses() {
    let okta = Simulator::start().await.expect("a free port");
    for (refusal, status) in [(None, 200), (Some(401), 401), (Some(403), 403)] {
        okta.with_world(|world| world.token_lists_refused = refusal);
        for api in ["v1", "v2"] {
            let list = format!("GET /governance/api/{api}/requests");
            assert_eq!(super::client::status(&okta, &list, "").await, Some(status));
        }
        assert_eq!(super::client::status(&okta, &format!("GET {USER}"), "").await, Some(200));
    }
}
