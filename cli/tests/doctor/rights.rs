//! What the credential may do: scopes, roles, what Okta has in their place, and rate limits.

use okta_request_enricher::okta::endpoint::{self, Endpoint};
use okta_simulator::{CLIENT_ID, ServiceApp};

use crate::{Deployment, Examined};

#[tokio::test]
async fn each_scope_that_lacks_is_named_where_it_is_needed() {
    for (scope, names, status) in [
        ("okta.users.read", vec!["people", "access held"], 1),
        ("okta.governance.accessRequests.manage", vec!["messages, v1"], 1),
        ("okta.accessRequests.request.manage", vec!["messages, v2"], 1),
    ] {
        let deployment = Deployment::new().await;
        deployment.okta.with_world(|world| {
            world.service_app_mut(CLIENT_ID).scopes.retain(|granted| granted != scope);
        });
        let ran = deployment.examine().await;
        assert_eq!(ran.status, status, "{scope}: {}", ran.stdout);
        assert_eq!(ran.found("credential").1, format!("accepted, without {scope}"));
        for name in names {
            let (status, detail, remedy) = ran.found(name);
            assert!(
                status != "ok" && detail.starts_with(&format!("the OAuth scope {scope} is not granted: ")),
                "{detail}"
            );
            assert!(remedy.starts_with("grant it to the service app"), "{remedy}");
        }
    }
    // A scope to manage includes the one to read.
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| {
        world
            .service_app_mut(CLIENT_ID)
            .scopes
            .retain(|granted| granted != "okta.accessRequests.request.read");
    });
    let ran = deployment.examine().await;
    assert_eq!((ran.found("requests, v2").0.as_str(), ran.found("messages, v2").0.as_str()), ("ok", "ok"));

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.service_app_mut(CLIENT_ID).scopes.clear());
    deployment.examine().await.has_only("fail", "credential", "none of the scopes", "Okta API Scopes");
}

#[tokio::test]
async fn a_role_that_lacks_is_told_apart_from_a_scope() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| {
        world.service_app_mut(CLIENT_ID).roles = vec!["READ_ONLY_ADMIN".to_owned()];
    });
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["messages, v1", "messages, v2"], "{}", ran.stdout);
    let (_, detail, remedy) = ran.found("messages, v2");
    assert!(
        detail.contains("Okta answered 403") && detail.contains("the credential has no right to this"),
        "{detail}"
    );
    assert!(remedy.starts_with("give the role Access Requests Administrator"), "{remedy}");
    assert_eq!(ran.with("warn"), ["requests, v1", "requests, v2", "bundle names", "request lists"]);
    assert_eq!(ran.found("app names").1, "allowed (okta.apps.read), 600 calls a minute");
}

/// The scopes and the role that docs/deploy.md asks for; `more` is granted besides.
async fn with_least_rights(more: &[&str], change: impl FnOnce(&mut ServiceApp)) -> Examined {
    let deployment = Deployment::new().await;
    let needed: Vec<_> = Endpoint::ALL.iter().copied().filter(|call| !call.is_optional()).collect();
    deployment.okta.with_world(|world| {
        let app = world.service_app_mut(CLIENT_ID);
        app.roles = vec!["ACCESS_REQUESTS_ADMIN".to_owned()];
        app.scopes = endpoint::scopes(&needed).iter().chain(more).map(|scope| (*scope).to_owned()).collect();
        change(app);
    });
    deployment.examine().await
}

#[tokio::test]
async fn the_least_rights_are_enough_and_what_more_would_give_is_optional() {
    let ran = with_least_rights(&[], |_| {}).await;
    assert_eq!((ran.status, ran.with("warn"), ran.with("fail")), (0, vec![], vec![]), "{}", ran.stdout);
    assert_eq!(ran.found("credential").1, "accepted: Okta issued a token with every scope that is needed");
    let by_catalog =
        "by the access catalog: allowed (okta.accessRequests.catalog.read), 50 calls a minute; optional: ";
    for (name, optional) in [
        ("app names", "okta.apps.read with the role Read-only Administrator"),
        ("group names", "okta.groups.read with the role Access Requests Administrator"),
        ("bundle names", "okta.governance.entitlements.read with the role Application Administrator"),
    ] {
        assert_eq!(ran.found(name), ("ok".into(), format!("{by_catalog}{optional}"), String::new()));
    }
    let (status, detail, _) = ran.found("log streams");
    assert_eq!(status, "skipped");
    assert_eq!(
        detail,
        "the OAuth scope okta.logStreams.read is not granted: a stream that is off is noticed only by its silence; \
         optional: okta.logStreams.read with the role Super Administrator"
    );
    assert_eq!(ran.found("log stream").0, "skipped");

    // The role may view groups. The other names need more.
    let more =
        ["okta.apps.read", "okta.groups.read", "okta.governance.entitlements.read", "okta.logStreams.read"];
    let ran = with_least_rights(&more, |_| {}).await;
    assert_eq!((ran.status, ran.with("warn"), ran.with("fail")), (0, vec![], vec![]), "{}", ran.stdout);
    assert_eq!(ran.found("group names").1, "allowed (okta.groups.read), 600 calls a minute");
    assert!(
        ran.found("app names").1.starts_with(by_catalog)
            && ran.found("bundle names").1.starts_with(by_catalog)
    );
    assert!(
        ran.found("log streams").1.starts_with("the admin role Super Administrator is not given: "),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn names_that_come_neither_way_take_the_least_right() {
    let ran = with_least_rights(&["okta.groups.read"], |app| {
        app.scopes.retain(|scope| scope != "okta.accessRequests.catalog.read");
    })
    .await;
    assert_eq!(ran.with("warn"), ["credential", "app names", "bundle names"], "{}", ran.stdout);
    assert_eq!(ran.found("credential").1, "accepted, without okta.accessRequests.catalog.read");
    let (_, detail, remedy) = ran.found("app names");
    assert_eq!(
        detail,
        "the OAuth scope okta.accessRequests.catalog.read is not granted: messages show the request's subject line in their place"
    );
    assert!(remedy.starts_with("grant it to the service app"), "{remedy}");
}

#[tokio::test]
async fn an_org_without_identity_governance_is_told_once_and_the_credential_is_well() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.lacks_governance = true);
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.with("fail")), (1, vec!["messages, v1".to_owned()]), "{}", ran.stdout);
    let (_, detail, remedy) = ran.found("messages, v1");
    assert!(
        detail.contains("E0000015") && detail.ends_with("the org lacks Okta Identity Governance"),
        "{detail}"
    );
    assert!(remedy.contains("the credential is not at fault"), "{remedy}");
    for name in ["messages, v2", "requests, v1", "requests, v2", "bundle names", "request lists"] {
        assert_eq!(ran.found(name).0, "skipped", "{name}");
        assert_eq!(ran.found(name).1, "the org lacks Okta Identity Governance", "{name}");
    }
    for name in ["credential", "people", "app names"] {
        assert_eq!(ran.found(name).0, "ok", "{name}");
    }
}

#[tokio::test]
async fn small_rate_limits_and_refusals_that_pass() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.limits.governance = 10);
    deployment.examine().await.has_only("warn", "rate limits", "{id}/messages 10", "ReservedConcurrency");

    let deployment = Deployment::new().await;
    deployment.okta.fault("app=503".parse().unwrap());
    deployment.examine().await.has_only(
        "warn",
        "app names",
        "whether it is allowed is unknown",
        "run this again",
    );
}
