//! The token endpoint: a correct call gets a token, and a call with one mistake is refused.

use okta_simulator::{CLIENT_ID, Simulator, World};
use serde_json::json;

use super::{
    client::send,
    service_app::{claims, form, header, jwk, now, post_form, proof, unchanged, without_dpop},
};

#[tokio::test]
async fn a_correct_assertion_gets_a_token_and_each_mistake_in_one_is_refused() {
    let okta = without_dpop().await;
    let response = post_form(&okta, &form(&okta, "okta.users.read", &unchanged()), None).await;
    assert_eq!(response.json()["token_type"], "Bearer", "{}", response.body);
    assert_eq!(
        (&response.json()["expires_in"], &response.json()["scope"]),
        (&3600.into(), &"okta.users.read".into())
    );
    assert!(
        response.header("cache-control").contains("no-store")
            && !response.header("x-okta-request-id").is_empty()
    );
    let behind_tls = json!({ "aud": format!("https://{}/oauth2/v1/token", okta.addr()) });
    assert_eq!(
        post_form(&okta, &form(&okta, "okta.users.read", &claims(behind_tls)), None).await.status,
        200
    );
    for (changes, reason) in [
        (header(json!({ "alg": "none" })), "algorithm"),
        (header(json!({ "alg": "HS256" })), "algorithm"),
        (header(json!({ "alg": "RS256" })), "signature"),
        (header(json!({ "kid": null })), "kid"),
        (header(json!({ "kid": "another" })), "kid"),
        (claims(json!({ "iss": "0oaAnother" })), "'iss' and 'sub'"),
        (claims(json!({ "iss": "0oaAnother", "sub": "0oaAnother" })), "client_id"),
        (claims(json!({ "aud": okta.url() })), "audience"),
        (claims(json!({ "aud": "https://acme.okta.com/oauth2/v1/token" })), "audience"),
        (claims(json!({ "exp": now() - 1 })), "is expired"),
        (claims(json!({ "exp": now() + 3700 })), "too far"),
        (claims(json!({ "exp": null })), "have an expiration"),
        (claims(json!({ "iat": now() + 90 })), "in the future"),
    ] {
        let response = post_form(&okta, &form(&okta, "okta.users.read", &changes), None).await;
        assert_eq!((response.status, response.error()), (401, "invalid_client".into()), "{reason}");
        assert!(response.body.contains(reason), "{reason}: {}", response.body);
    }
    let without = claims(json!({ "iat": null, "jti": null }));
    assert_eq!(post_form(&okta, &form(&okta, "okta.users.read", &without), None).await.status, 200);
    let forged = form(&okta, "okta.users.read", &unchanged());
    let forged = format!("{}AAAA", &forged[..forged.len() - 4]);
    assert!(post_form(&okta, &forged, None).await.body.contains("signature is invalid"));
    okta.with_world(|world| world.verifies_signatures = false);
    assert_eq!(post_form(&okta, &forged, None).await.status, 200);
    assert_eq!(post_form(&okta, &forged, None).await.error(), "invalid_client");
}

#[tokio::test]
async fn an_assertion_is_used_up_even_if_the_call_fails() {
    let okta = Simulator::start().await.expect("a free port");
    let form = form(&okta, "okta.users.read", &unchanged());
    let first = post_form(&okta, &form, None).await;
    assert_eq!((first.status, first.error()), (400, "invalid_dpop_proof".into()));
    assert!(first.body.contains("The DPoP proof JWT header is missing."));
    assert_eq!(okta.complaints(), Vec::<String>::new());
    let second = post_form(&okta, &form, None).await;
    assert_eq!((second.status, second.error()), (401, "invalid_client".into()));
    assert_eq!(okta.complaints().len(), 1);
}

#[tokio::test]
async fn a_form_with_a_mistake_is_refused() {
    let okta = without_dpop().await;
    let right = || form(&okta, "okta.users.read", &unchanged());
    for (form, error) in [
        (right().replace("grant_type", "type"), "invalid_request"),
        (right().replace("client_credentials", "password"), "unsupported_grant_type"),
        (right().replace("jwt-bearer", "saml2-bearer"), "invalid_client"),
        (right().replace("client_assertion=", "assertion="), "invalid_client"),
        (form(&okta, "", &unchanged()), "invalid_scope"),
        (form(&okta, "okta.users.read okta.users.write", &unchanged()), "invalid_scope"),
        (form(&okta, "okta.users.manage okta.roles.read", &unchanged()), "consent_required"),
        (right() + "&scope=okta.apps.read", "invalid_request"),
    ] {
        assert_eq!(post_form(&okta, &form, None).await.error(), error);
    }
    let json = send(&okta, "POST /oauth2/v1/token", &[("Content-Type", "application/json")], &right()).await;
    assert_eq!((json.status, json.error()), (400, "invalid_request".into()));
}

#[tokio::test]
async fn a_token_gets_the_asked_scopes_that_were_granted() {
    let okta = without_dpop().await;
    let ask = |scopes: &str| {
        let form = form(&okta, scopes, &unchanged());
        let okta = &okta;
        async move { post_form(okta, &form, None).await }
    };
    let part = ask("okta.users.manage okta.users.read okta.apps.read").await;
    assert_eq!((part.status, &part.json()["scope"]), (200, &"okta.users.read okta.apps.read".into()));
    okta.with_world(|world| {
        world.service_app_mut(CLIENT_ID).scopes = vec!["okta.apps.read".to_owned()];
    });
    assert_eq!(ask("okta.users.read okta.apps.read").await.json()["scope"], "okta.apps.read");
    okta.with_world(|world| world.service_app_mut(CLIENT_ID).missing_scope_error = Some("invalid_scope"));
    let refused = ask("okta.users.read okta.apps.read").await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_scope".into()));
    let words = "One or more scopes are not configured for the authorization server resource.";
    assert_eq!(refused.json()["error_description"], words);
    assert_eq!(ask("okta.apps.read").await.status, 200);
    okta.with_world(|world| world.service_app_mut(CLIENT_ID).scopes.clear());
    let none = ask("okta.users.read okta.apps.read").await;
    assert_eq!((none.status, none.error()), (400, "consent_required".into()));
    assert_eq!(none.json()["error_description"], "You are not allowed any of the requested scopes.");
    assert_eq!(okta.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn outside_its_network_zone_an_app_gets_no_token() {
    let okta = without_dpop().await;
    okta.with_world(|world| world.service_app_mut(CLIENT_ID).outside_network_zone = true);
    let refused = post_form(&okta, &form(&okta, "okta.users.read", &unchanged()), None).await;
    assert_eq!((refused.status, refused.error()), (403, "access_denied".into()));
}

#[tokio::test]
async fn a_token_call_needs_a_nonce_and_an_old_one_is_good_for_three_days() {
    let okta = Simulator::start().await.expect("a free port");
    let ask = |nonce: Option<String>, offset: i64| {
        okta.with_world(|world| world.clock_offset = offset);
        let times = json!({ "iat": now() + offset, "exp": now() + offset + 300 });
        let form = form(&okta, "okta.users.read", &claims(times));
        let changes = claims(json!({ "nonce": nonce, "iat": now() + offset }));
        let proof = proof(&okta, "POST", "/oauth2/v1/token", &changes);
        let okta = &okta;
        async move { post_form(okta, &form, Some(&proof)).await }
    };
    let mut nonce = None::<String>;
    for round in 0..3 {
        let refused = ask(nonce, 0).await;
        assert_eq!((refused.status, refused.error()), (400, "use_dpop_nonce".into()), "{round}");
        nonce = Some(refused.header("dpop-nonce"));
        let granted = ask(nonce.clone(), 0).await;
        assert_eq!((granted.status, &granted.json()["token_type"]), (200, &"DPoP".into()));
        okta.with_world(World::rotate_dpop_nonce);
        assert_eq!(ask(nonce.clone(), 0).await.status, 200, "an old nonce");
        assert_eq!(ask(nonce.clone(), 3 * 24 * 3600 - 60).await.status, 200, "an old nonce");
        assert_eq!(ask(nonce.clone(), 3 * 24 * 3600 + 60).await.error(), "use_dpop_nonce");
        okta.with_world(World::expire_dpop_nonces);
    }
    assert_eq!(okta.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn after_a_key_is_rolled_the_old_one_gets_no_token() {
    let okta = without_dpop().await;
    let ask = || async { post_form(&okta, &form(&okta, "okta.users.read", &unchanged()), None).await.status };
    okta.with_world(|world| world.service_app_mut(CLIENT_ID).set_client_keys([]));
    assert_eq!(ask().await, 401);
    let jwk = jwk().to_string();
    okta.with_world(|world| {
        world.service_app_mut(CLIENT_ID).set_client_keys([("simulator-key-1", jwk.as_str())]);
    });
    assert_eq!(ask().await, 200);
    okta.fault("token=401x1".parse().expect("a legal fault"));
    assert_eq!(ask().await, 401);
    assert_eq!(ask().await, 200);
}
