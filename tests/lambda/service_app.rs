//! The service app: assertions, DPoP, scopes, renewal and rotation, by the deployed binary against the
//! simulator's strict token endpoint, which verifies with another JOSE library.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use okta_simulator::doubles::{Lambda, Stage, event};
use okta_simulator::{CLIENT_ID, RecordedCall, Simulator, World, service_app_secret};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CATALOG: &str = "okta.accessRequests.catalog.read";

/// An event about another request, which is like that of the sample.
fn another(okta: &Simulator, case: &str, number: usize) -> String {
    okta.with_world(|world| world.another_request(&event(case), number))
}

fn token_calls(okta: &Simulator) -> Vec<RecordedCall> {
    okta.calls().into_iter().filter(|call| call.path == "/oauth2/v1/token").collect()
}

fn app<R>(okta: &Simulator, change: impl FnOnce(&mut okta_simulator::ServiceApp) -> R) -> R {
    okta.with_world(|world| change(world.service_app_mut(CLIENT_ID)))
}

fn last_line(lambda: &Lambda) -> Value {
    lambda.log_lines_json().pop().unwrap()
}

#[tokio::test]
async fn a_service_app_with_dpop_posts_and_fetches_its_token_before_the_first_event() {
    let stage = Stage::with_service_app().await;
    let lambda = stage.spawn();
    lambda.wait_for_next().await;
    assert_eq!(token_calls(&stage.okta).len(), 2, "the nonce, then the token");
    lambda.invoke(event("v2")).await.response();
    lambda.invoke(event("v1")).await.response();
    assert_eq!(token_calls(&stage.okta).len(), 2, "the token is kept");
    assert_eq!(stage.okta.messages().len(), 2);
    assert_eq!(stage.okta.complaints(), Vec::<String>::new());
    assert_eq!(last_line(&lambda)["level"], "INFO");
}

#[tokio::test]
async fn a_service_app_without_dpop_posts() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| app.dpop_required = false);
    stage.spawn().invoke(event("v2")).await.response();
    assert_eq!(stage.okta.messages().len(), 1);
    assert_eq!(stage.okta.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_key_in_any_form_that_openssl_makes_signs() {
    for (file, public) in [
        ("rsa.pem", "rsa"),
        ("rsa-pkcs1.pem", "rsa"),
        ("ec-p256.pem", "ec-p256"),
        ("ec-p384.pem", "ec-p384"),
        ("rsa.jwk.json", "rsa"),
        ("ec-p256.jwk.json", "ec-p256"),
        ("ec-p384.jwk.json", "ec-p384"),
    ] {
        let stage = Stage::with_service_app().await;
        let mut jwk: Value =
            serde_json::from_slice(&std::fs::read(format!("tests/keys/{public}.jwk.json")).unwrap()).unwrap();
        let kid = jwk["kid"].as_str().unwrap().to_owned();
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            jwk.as_object_mut().unwrap().remove(private);
        }
        app(&stage.okta, |app| app.set_client_keys([(kid.as_str(), jwk.to_string().as_str())]));
        let text = std::fs::read_to_string(format!("tests/keys/{file}")).unwrap();
        let secret = match serde_json::from_str::<Value>(&text) {
            // The key id is in the JWK.
            Ok(jwk) => json!({"client_id": CLIENT_ID, "private_key": jwk}),
            Err(_) => json!({"client_id": CLIENT_ID, "private_key": text, "key_id": kid}),
        };
        stage.aws.set_secret(secret.to_string());
        let answer = stage.spawn().invoke(event("v2")).await;
        assert_eq!(answer.response()["outcome"], "posted", "{file}");
    }
}

#[tokio::test]
async fn rotation_in_the_middle_of_a_run_fails_no_event() {
    let stage = Stage::with_service_app().await;
    stage.okta.with_world(|world| {
        world.limits.directory = 100_000;
        world.limits.governance = 100_000;
    });
    let lambda = stage.spawn();
    for n in 0..200 {
        match n {
            80 => stage.okta.with_world(World::rotate_dpop_nonce),
            // The second time the next token is asked for with the old nonce.
            40 | 81 => stage.okta.with_world(World::revoke_access_tokens),
            120 => {
                // The key is rolled: the secret first, then the old key is deactivated.
                let jwk = std::fs::read_to_string("tests/keys/ec-p256.jwk.json").unwrap();
                let mut public: Value = serde_json::from_str(&jwk).unwrap();
                let private = public.clone();
                public.as_object_mut().unwrap().remove("d");
                stage.aws.set_secret(json!({"client_id": CLIENT_ID, "private_key": private}).to_string());
                app(&stage.okta, |app| app.set_client_keys([("ec-256-1", public.to_string().as_str())]));
                stage.okta.with_world(World::revoke_access_tokens);
            }
            // Back to an API token, without a word.
            160 => {
                stage.aws.set_secret(stage.okta.token());
                app(&stage.okta, |app| app.set_client_keys([]));
                stage.okta.with_world(World::revoke_access_tokens);
            }
            _ => {}
        }
        let answer = lambda.invoke(another(&stage.okta, if n % 2 == 0 { "v1" } else { "v2" }, n)).await;
        assert_eq!(answer.response()["outcome"], "posted", "event {n}");
    }
    assert_eq!(stage.okta.messages().len(), 200);
}

#[tokio::test]
async fn tokens_that_end_all_the_time_fail_no_event() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| app.expires_in = 1);
    stage.okta.with_world(|world| world.limits.governance = 100_000);
    let lambda = stage.spawn();
    let (mut fetched, mut events) = (0, 0);
    while fetched < 5 {
        events += 1;
        lambda.invoke(another(&stage.okta, "v1", events)).await.response();
        fetched = token_calls(&stage.okta).iter().filter(|call| call.status == Some(200)).count();
    }
}

#[tokio::test]
async fn a_key_that_okta_does_not_know_is_told_with_its_remedy() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| app.set_client_keys([]));
    let lambda = stage.spawn();
    let (class, text) = lambda.invoke(event("v2")).await.error();
    assert_eq!(class, "Permanent");
    assert!(
        text.contains("invalid_client") && text.contains(CLIENT_ID) && text.contains("public key"),
        "{text}"
    );
    assert!(!lambda.logs().join("\n").contains("PRIVATE KEY"));
}

#[tokio::test]
async fn a_source_without_its_scope_degrades_and_the_scope_is_named() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| app.scopes.retain(|scope| scope != "okta.governance.entitlements.read"));
    let lambda = stage.spawn();
    assert_eq!(lambda.invoke(event("v2")).await.response()["degraded"], json!([]));
    assert_eq!(last_line(&lambda)["level"], "INFO", "the catalog has the name of the bundle");

    // The scopes of both calls for the name are missing: the warning names the one with fewer rights.
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| {
        app.scopes.retain(|scope| !matches!(scope.as_str(), "okta.governance.entitlements.read" | CATALOG));
    });
    let lambda = stage.spawn();
    let answer = lambda.invoke(event("v2")).await.response();
    assert_eq!(answer["degraded"], json!(["request"]));
    let message = stage.okta.messages()[0].message.clone();
    assert!(message.starts_with("Nothing to look at: “Zoë Brontë-Müller is requesting GitHub"), "{message}");
    let line = last_line(&lambda);
    assert_eq!(line["level"], "WARN");
    assert!(line["warnings"][0].as_str().unwrap().contains(&format!("`{CATALOG}`")), "{line}");
}

#[tokio::test]
async fn a_narrowed_grant_is_noticed_and_named() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| {
        let lacks = |scope: &str| matches!(scope, "okta.apps.read" | CATALOG);
        app.scopes.retain(|scope| !lacks(scope));
    });
    let lambda = stage.spawn();
    assert_eq!(lambda.invoke(event("v2")).await.response()["degraded"], json!(["request"]));
    assert!(last_line(&lambda)["warnings"][0].as_str().unwrap().contains(&format!("`{CATALOG}`")));
}

/// What Okta refused to one credential says nothing about another.
#[tokio::test]
async fn a_refusal_is_remembered_as_long_as_the_credential_is_the_same() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| app.roles = vec!["ACCESS_REQUESTS_ADMIN".to_owned()]);
    let lambda = stage.spawn();
    for (case, direct) in [("v2", 2), ("sod-conflict", 2)] {
        assert_eq!(lambda.invoke(event(case)).await.response()["degraded"], json!([]), "{case}");
        let calls = stage.okta.calls();
        let for_names = |path: &str| path.contains("/apps/") || path.contains("/entitlement-bundles/");
        assert_eq!(calls.iter().filter(|call| for_names(&call.path)).count(), direct, "{case}");
    }
    // A token with all rights takes the place of the app.
    stage.aws.set_secret(stage.okta.token());
    app(&stage.okta, |app| app.set_client_keys([]));
    stage.okta.with_world(World::revoke_access_tokens);
    let calls = stage.okta.calls().len();
    assert_eq!(lambda.invoke(event("deprovisioned")).await.response()["degraded"], json!([]));
    let later = stage.okta.calls().split_off(calls);
    let answered =
        |part: &str| later.iter().find(|call| call.path.contains(part)).and_then(|call| call.status);
    assert_eq!((answered("/apps/"), answered("/entitlement-bundles/")), (Some(200), Some(200)));
    assert_eq!(answered("/catalogs/"), None);
}

#[tokio::test]
async fn only_the_post_fails_the_event_and_names_scope_or_role() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| app.scopes.retain(|scope| scope != "okta.accessRequests.request.manage"));
    let (class, text) = stage.spawn().invoke(event("v2")).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("failed to post the message"), "{text}");
    assert!(text.contains("the OAuth scope `okta.accessRequests.request.manage`"), "{text}");

    let stage = Stage::with_service_app().await;
    // It may read the person, but not post.
    app(&stage.okta, |app| app.roles = vec!["READ_ONLY_ADMIN".to_owned()]);
    let (class, text) = stage.spawn().invoke(event("v2")).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("failed to post the message") && text.contains("ACCESS_REQUESTS_ADMIN"), "{text}");
}

#[tokio::test]
async fn no_scope_at_all_is_told() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| app.scopes.clear());
    let (class, text) = stage.spawn().invoke(event("v2")).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("none of the scopes") && text.contains("Okta API Scopes"), "{text}");
}

#[tokio::test]
async fn a_scope_that_okta_refuses_costs_each_start_few_calls_and_the_events_none() {
    let stage = Stage::with_service_app().await;
    app(&stage.okta, |app| {
        app.scopes.retain(|scope| scope != "okta.groups.read");
        app.missing_scope_error = Some("invalid_scope");
    });
    for start in 1..=2 {
        let before = token_calls(&stage.okta).len();
        let lambda = stage.spawn();
        lambda.wait_for_next().await;
        let warm = token_calls(&stage.okta).len();
        assert!(warm - before <= 8, "start {start}: {} calls", warm - before);
        let event = another(&stage.okta, "v2", start);
        assert_eq!(lambda.invoke(event).await.response()["outcome"], "posted");
        assert_eq!(token_calls(&stage.okta).len(), warm);
    }
}

#[tokio::test]
async fn no_token_or_key_is_in_the_logs() {
    let stage = Stage::with_service_app().await;
    let lambda = stage.spawn_with(&[("AWS_LAMBDA_LOG_LEVEL", "TRACE")]);
    lambda.invoke(event("v2")).await.response();
    stage.fault("token=401");
    stage.okta.with_world(World::revoke_access_tokens);
    lambda.invoke(event("v1")).await.error();
    let logs = lambda.logs().join("\n");
    assert!(logs.contains("call answered"), "the level is in force");
    for secret in ["eyJ", "PRIVATE KEY", "DPoP ", "Bearer ", "client_assertion", "example.com", "Zoë"] {
        assert!(!logs.contains(secret), "{secret}: {logs}");
    }
}

/// An address before Okta, and all bytes that were sent to it.
async fn overheard(okta: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let all = heard.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut from, mut back) = client.into_split();
            let (mut answers, mut to) = TcpStream::connect(okta).await.unwrap().into_split();
            tokio::spawn(async move { tokio::io::copy(&mut answers, &mut back).await });
            let all = all.clone();
            tokio::spawn(async move {
                let mut bytes = vec![0; 16 * 1024];
                while let Ok(read @ 1..) = from.read(&mut bytes).await {
                    all.lock().unwrap().extend_from_slice(&bytes[..read]);
                    if to.write_all(&bytes[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (address, heard)
}

#[tokio::test]
async fn the_private_key_is_in_nothing_that_okta_is_sent() {
    let stage = Stage::with_service_app().await;
    let (address, heard) = overheard(stage.okta.addr()).await;
    let lambda = stage.spawn_with(&[("OKTA_ORG_URL", &format!("http://{address}"))]);
    lambda.invoke(event("v2")).await.response();
    lambda.invoke(event("v1")).await.response();
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
    assert!(heard.contains("client_assertion=") && heard.contains("/messages"), "{heard}");
    let secret: Value = serde_json::from_str(&service_app_secret()).unwrap();
    let key = secret["private_key"].as_str().unwrap();
    assert!(key.lines().count() > 3);
    for line in key.lines() {
        assert!(!heard.contains(line), "{line}");
    }
}
