//! What Okta refuses, by its own codes and words: what the operator is told, and that a refused credential
//! costs few calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::error::{Class, Code, Error};
use okta_request_enricher::handler::Enricher;
use okta_request_enricher::okta::endpoint::Endpoint;
use okta_request_enricher::okta::{OktaClient, OktaError, OrgUrl};
use okta_request_enricher::outcome::{Attempt, Post};
use okta_request_enricher::request::{Api, UserId};
use okta_request_enricher::secret::Secret;
use okta_request_enricher::surroundings::Surroundings;
use okta_simulator::doubles::event;
use okta_simulator::{CLIENT_ID, ServiceApp, Simulator, TOKEN, World, service_app_secret};
use serde_json::{Value, json};

use crate::support;

const AMPLE: Duration = Duration::from_secs(20);

/// An Okta, and an enricher with a credential for it.
struct Line {
    okta: Simulator,
    enricher: Enricher,
}

impl Line {
    async fn new(secret: &str) -> Line {
        let okta = Simulator::start().await.unwrap();
        let enricher = support::enricher(&okta, secret, &[]);
        Line { okta, enricher }
    }

    async fn with_service_app() -> Line {
        Line::new(&service_app_secret()).await
    }

    fn app(&self, change: impl FnOnce(&mut ServiceApp)) {
        self.okta.with_world(|world| change(world.service_app_mut(CLIENT_ID)));
    }

    fn fault(&self, fault: &str) {
        self.okta.fault(fault.parse().unwrap());
    }

    async fn attempt(&self, case: &str) -> Attempt {
        support::attempt(&self.enricher, event(case), AMPLE).await
    }

    /// The error of an attempt that posted nothing, for certain.
    async fn error(&self, case: &str) -> Error {
        let attempt = self.attempt(case).await;
        assert_eq!(attempt.post(), Post::No, "{:?}", attempt.result);
        attempt.result.unwrap_err()
    }

    /// How often each kind of call came so far: the method, and the path without ids.
    fn calls(&self) -> BTreeMap<String, usize> {
        let mut calls = BTreeMap::new();
        for call in self.okta.calls() {
            let path = call.path.split('?').next().unwrap();
            let is_id = |part: &str| {
                part.len() > 16 && part.contains(|c: char| c.is_ascii_digit()) || part.contains('@')
            };
            let kind: Vec<_> = path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
            *calls.entry(format!("{} {}", call.method, kind.join("/"))).or_default() += 1;
        }
        calls
    }

    fn count(&self, kind: &str) -> usize {
        self.calls().get(kind).copied().unwrap_or_default()
    }

    fn token_calls(&self) -> usize {
        self.count("POST /oauth2/v1/token")
    }
}

/// The credential is refused for every call but that for a token.
fn refuse_every_call(line: &Line) {
    for calls in ["GET /api/", "GET /governance/", "POST /governance/"] {
        line.fault(&format!("{calls}=401"));
    }
}

#[tokio::test]
async fn a_refused_credential_is_learnt_once_in_an_attempt() {
    for case in ["v2", "v1", "on-behalf", "no-debug-data"] {
        let line = Line::with_service_app().await;
        refuse_every_call(&line);
        let error = line.error(case).await;
        assert_eq!(error.code(), Code::OktaUnauthorized, "{error}");
        assert_eq!(line.token_calls(), 3, "the nonce, the token, and the renewed one");
        let mut calls = line.calls();
        calls.remove("POST /oauth2/v1/token");
        // Two people are read at the same time.
        let at_once = if case == "on-behalf" { 2 } else { 1 };
        let again: usize = calls.values().map(|count| count.saturating_sub(at_once)).sum();
        assert!(again <= 1, "one call tries the renewed token for all: {case}: {calls:#?}");
        assert!(calls.values().all(|count| *count <= at_once + 1), "{case}: {calls:#?}");
        assert!(!calls.keys().any(|kind| kind.ends_with("/messages")), "the post is not sent: {calls:#?}");
        // A later invocation tries again.
        line.okta.clear_faults();
        assert_eq!(line.attempt(case).await.name(), "posted", "{case}");
    }
}

#[tokio::test]
async fn a_refused_token_that_can_not_have_changed_is_shown_to_each_kind_of_call_once() {
    let line = Line::new(TOKEN).await;
    line.okta.with_world(World::revoke_token);
    let error = line.error("v2").await;
    assert_eq!(error.code(), Code::OktaUnauthorized);
    assert!(line.calls().values().all(|count| *count == 1), "{:#?}", line.calls());
    assert!(!line.calls().keys().any(|kind| kind.ends_with("/messages")));
}

#[tokio::test]
async fn a_call_that_is_refused_alone_costs_the_others_nothing() {
    for call in ["groups", "links", "request"] {
        let line = Line::with_service_app().await;
        line.fault(&format!("{call}=401"));
        let attempt = line.attempt("v2").await;
        assert_eq!((attempt.name(), attempt.degraded().is_empty()), ("posted", false), "{call}");
        assert!(line.calls().values().all(|count| *count <= 3), "{:#?}", line.calls());
    }
}

#[tokio::test]
async fn tokens_revoked_in_the_middle_cost_one_renewal() {
    let line = Line::with_service_app().await;
    assert_eq!(line.attempt("v2").await.name(), "posted");
    assert_eq!(line.token_calls(), 2, "the nonce, then the token");
    line.okta.with_world(World::revoke_access_tokens);
    assert_eq!(line.attempt("v1").await.name(), "posted");
    assert_eq!(
        line.token_calls(),
        3,
        "the calls that met the revoked token share a new one, with the nonce known"
    );
}

#[tokio::test]
async fn a_nonce_is_used_until_okta_wants_another() {
    let line = Line::with_service_app().await;
    line.okta.with_world(World::rotate_dpop_nonce);
    assert_eq!(line.attempt("v2").await.name(), "posted");
    let (before, tokens) = (line.okta.calls().len(), line.token_calls());
    // The older nonce stays good for three days.
    line.okta.with_world(World::rotate_dpop_nonce);
    line.okta.with_world(World::revoke_access_tokens);
    assert_eq!(line.attempt("v1").await.name(), "posted");
    let later = &line.okta.calls()[before..];
    assert_eq!(line.token_calls(), tokens + 1, "a revoked token is renewed");
    assert!(later.iter().all(|call| call.status != Some(400)), "no token call is doubled");
}

#[tokio::test]
async fn an_org_without_the_feature_is_told_and_the_credential_is_left_alone() {
    for secret in [service_app_secret(), TOKEN.to_owned()] {
        let line = Line::new(&secret).await;
        line.okta.with_world(|world| world.lacks_governance = true);
        let error = line.error("v2").await;
        assert_eq!((error.class(), error.code()), (Class::Permanent, Code::OktaFeatureMissing));
        assert!(error.cause().contains("(error code E0000015,"), "{error}");
        assert!(error.cause().ends_with("the org lacks Okta Identity Governance"), "{error}");
        assert!(line.token_calls() <= 2, "nothing is renewed");
        assert!(line.calls().values().all(|count| *count <= 2), "{:#?}", line.calls());
    }
    // Whatever the status.
    let line = Line::new(TOKEN).await;
    line.fault("post=403:E0000015");
    assert_eq!(line.error("v2").await.code(), Code::OktaFeatureMissing);
}

#[tokio::test]
async fn a_network_zone_is_told_apart_from_a_role() {
    let line = Line::with_service_app().await;
    line.app(|app| app.outside_network_zone = true);
    let error = line.error("v2").await;
    assert_eq!((error.class(), error.code()), (Class::Permanent, Code::OktaNetworkZone));
    assert!(
        error.remedy().unwrap().contains("network zone") && error.remedy().unwrap().contains("SubnetIds")
    );
    assert_eq!((line.token_calls(), line.calls().len()), (1, 1), "it is asked once for all calls");

    let line = Line::new(TOKEN).await;
    line.fault("post=403:access_denied");
    assert_eq!(line.error("v2").await.code(), Code::OktaNetworkZone);
    let line = Line::new(TOKEN).await;
    line.fault("post=403:E0000006");
    let error = line.error("v2").await;
    assert_eq!(error.code(), Code::OktaForbidden);
    assert!(error.remedy().unwrap().contains("network zone"), "Okta has no code of its own for API tokens");
}

#[tokio::test]
async fn a_redirect_is_told_with_its_host_and_never_followed() {
    for (fault, says) in [
        (
            "302:https://login.acme.example",
            "it redirects to `login.acme.example`, a custom domain or something in front",
        ),
        ("307:https://acme-admin.okta.com", "it redirects to `acme-admin.okta.com`, an Admin Console"),
        ("301:https://acme2.okta.com", "it redirects to `acme2.okta.com`, one of Okta's hosts"),
        ("308:https://user:hunter2@[::1]", "it redirects elsewhere"),
        ("303:/hunter2", "it redirects elsewhere"),
    ] {
        for call in ["user", "post", "token"] {
            let line = Line::with_service_app().await;
            line.fault(&format!("{call}={fault}"));
            let error = line.error("v2").await;
            assert_eq!(
                (error.class(), error.code()),
                (Class::Permanent, Code::OktaRedirected),
                "{call}: {error}"
            );
            assert!(error.cause().contains(says), "{error}");
            assert!(error.remedy().unwrap().starts_with("set OKTA_ORG_URL to the org's own address"));
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}

#[tokio::test]
async fn in_read_only_mode_nothing_was_posted_for_certain() {
    let line = Line::new(TOKEN).await;
    line.okta.with_world(|world| world.read_only = true);
    for _ in 0..3 {
        let attempt = line.attempt("v2").await;
        assert_eq!((attempt.post(), attempt.is_doubtful()), (Post::No, false));
        let error = attempt.result.unwrap_err();
        assert_eq!((error.class(), error.code()), (Class::Retryable, Code::OktaReadOnly));
        assert!(error.cause().starts_with("failed to post the message: POST /gov"), "{error}");
    }
    line.okta.with_world(|world| world.read_only = false);
    let attempt = line.attempt("v2").await;
    assert_eq!((attempt.name(), attempt.is_doubtful(), line.okta.messages().len()), ("posted", false, 1));
    // A short read-only mode is waited out.
    line.fault("post=503:E0000010x1");
    assert_eq!(line.attempt("v1").await.name(), "posted");
}

#[tokio::test]
async fn a_filter_that_okta_does_not_take_is_a_bug_and_a_refused_post_is_none() {
    for code in ["E0000001", "E0000029", "E0000031", "E0000053"] {
        let line = Line::new(TOKEN).await;
        line.fault(&format!("user=400:{code}"));
        let error = line.error("v2").await;
        assert_eq!((error.class(), error.code()), (Class::Permanent, Code::OktaBadQuery), "{error}");
        assert!(error.remedy().unwrap().contains("please report it"), "{error}");
    }
    let line = Line::new(TOKEN).await;
    line.fault("post=400:E0000001");
    assert_eq!(line.error("v2").await.code(), Code::OktaRefused);
}

#[tokio::test]
async fn oktas_words_about_an_assertion_choose_the_remedy_and_are_not_shown() {
    for (fault, code, remedy) in [
        ("401:invalid_client:The client_assertion token is expired.", Code::OktaClockDiffers, "(NTP)"),
        (
            "401:invalid_client:The client_assertion token was issued in the future.",
            Code::OktaClockDiffers,
            "(NTP)",
        ),
        (
            "401:invalid_client:The client_assertion token has an expiration too far into the future.",
            Code::OktaClockDiffers,
            "(NTP)",
        ),
        (
            "400:invalid_dpop_proof:The DPoP proof JWT is issued in the future.",
            Code::OktaClockDiffers,
            "(NTP)",
        ),
        (
            "401:invalid_client:The client_assertion token has already been used.",
            Code::OktaClientRefused,
            "no proxy sends",
        ),
        (
            "401:invalid_client:The client_assertion JWT kid is invalid.",
            Code::OktaClientRefused,
            "the public key of this id",
        ),
        (
            "401:invalid_client:The client_assertion signature is invalid.",
            Code::OktaClientRefused,
            "its private key",
        ),
        (
            "401:invalid_client:Invalid value for 'client_id' parameter.",
            Code::OktaClientRefused,
            "holds its client id",
        ),
        ("400:unauthorized_client:The client is not authorized.", Code::OktaClientRefused, "API Services"),
        (
            "401:invalid_client:The audience claim for client_assertion must be the endpoint invoked for the request.",
            Code::OktaClientRefused,
            "set OKTA_ORG_URL",
        ),
        ("401:invalid_client:zoe@example.com", Code::OktaClientRefused, "that the app is active"),
    ] {
        let line = Line::with_service_app().await;
        line.fault(&format!("token={fault}"));
        let error = line.error("v2").await;
        assert_eq!(error.code(), code, "{fault}: {error}");
        assert!(error.remedy().unwrap().contains(remedy), "{fault}: {error}");
        let words = fault.splitn(3, ':').nth(2).unwrap();
        assert!(!error.to_string().contains(words), "{error}");
        assert!(line.token_calls() <= 2, "{fault}: {} calls", line.token_calls());
        assert_eq!(line.calls().len(), 1, "no other call is sent");
    }
}

#[tokio::test]
async fn an_assertion_that_okta_has_seen_is_signed_anew() {
    let line = Line::with_service_app().await;
    line.fault("token=401:invalid_client:The client_assertion token has already been used.x1");
    assert_eq!(line.attempt("v2").await.name(), "posted");
    line.fault("token=401:invalid_client:The client_assertion token has already been used.");
    line.okta.with_world(World::revoke_access_tokens);
    let error = line.error("v1").await;
    assert_eq!(error.class(), Class::Retryable, "a later attempt signs another one: {error}");
}

#[tokio::test]
async fn scopes_that_okta_does_not_grant_are_named_and_asked_for_once() {
    let line = Line::with_service_app().await;
    line.app(|app| app.scopes.clear());
    let error = line.error("v2").await;
    assert_eq!((error.class(), error.code()), (Class::Permanent, Code::OktaScopeMissing));
    for scope in ["okta.users.read", "okta.accessRequests.request.manage", "okta.groups.read"] {
        assert!(error.cause().contains(&format!("`{scope}`")), "{error}");
    }
    assert_eq!(line.token_calls(), 2, "the nonce, then the refusal");
    assert_eq!(line.error("v1").await.code(), Code::OktaScopeMissing);
    assert_eq!(line.token_calls(), 3, "the next attempt asks once");
    line.app(|app| *app = World::sample().service_app_mut(CLIENT_ID).clone());
    assert_eq!(line.attempt("v1").await.name(), "posted", "granting them helps at once");
}

#[tokio::test]
async fn scopes_that_okta_refuses_together_are_found_with_few_calls_and_remembered() {
    // Okta's pages disagree: one of them says that a single scope that is not granted refuses all.
    for error in ["invalid_scope", "consent_required"] {
        let line = Line::with_service_app().await;
        line.app(|app| {
            app.scopes.retain(|scope| scope != "okta.governance.accessRequests.read");
            app.missing_scope_error = Some(error);
        });
        let attempt = line.attempt("v2").await;
        if error == "consent_required" {
            // `consent_required` says that no scope is granted.
            assert_eq!(attempt.result.unwrap_err().code(), Code::OktaScopeMissing);
            continue;
        }
        assert_eq!((attempt.name(), attempt.degraded()), ("posted", &[][..]));
        assert!(
            attempt.warnings.iter().any(|warning| warning.contains("`okta.governance.accessRequests.read`")),
            "{:?}",
            attempt.warnings
        );
        let found = line.token_calls();
        assert!(found <= 8, "{found} calls");
        line.okta.with_world(World::revoke_access_tokens);
        assert_eq!(line.attempt("v1").await.name(), "posted");
        assert_eq!(line.token_calls(), found + 1, "the next token is asked for the scopes that were found");
    }
    // Each of them is refused.
    let line = Line::with_service_app().await;
    line.fault("token=400:invalid_scope");
    let error = line.error("v2").await;
    assert_eq!((error.class(), error.code()), (Class::Permanent, Code::OktaScopeMissing));
    assert!(error.cause().contains("Okta refuses each of the scopes `okta."), "{error}");
    let found = line.token_calls();
    assert!(found <= 16, "{found} calls");
    assert_eq!(line.error("v1").await.code(), Code::OktaScopeMissing);
    assert_eq!(line.token_calls(), found + 1, "it is remembered: the scopes are not searched again");
    line.okta.clear_faults();
    assert_eq!(line.attempt("v1").await.name(), "posted", "granting them helps at once");
}

#[tokio::test]
async fn a_failure_on_the_way_to_the_scopes_is_told_and_not_remembered() {
    let line = Line::with_service_app().await;
    line.app(|app| {
        app.scopes.retain(|scope| scope != "okta.apps.read");
        app.missing_scope_error = Some("invalid_scope");
    });
    line.fault("token=400:invalid_scopex2");
    line.fault("token=500");
    let error = line.error("v2").await;
    assert_eq!((error.class(), error.code()), (Class::Retryable, Code::OktaUnavailable), "{error}");
    line.okta.clear_faults();
    assert_eq!(line.attempt("v2").await.name(), "posted");
}

fn client(url: &str, secret: &str, endpoints: &[Endpoint]) -> OktaClient {
    let secret = Arc::new(Secret::given(Credential::parse(secret).unwrap()));
    OktaClient::new(Surroundings::real(None, true).unwrap(), OrgUrl::parse(url).unwrap(), secret, endpoints)
}

#[tokio::test]
async fn a_list_that_no_api_token_may_read_says_nothing_of_the_token() {
    for status in [401, 403] {
        let okta = Simulator::start().await.unwrap();
        okta.with_world(|world| world.token_lists_refused = Some(status));
        let client = client(&okta.url(), TOKEN, &[]);
        for api in [Api::V1, Api::V2] {
            let listed =
                client.requests_since(api, jiff::Timestamp::UNIX_EPOCH, Deadline::after(AMPLE)).await;
            assert!(matches!(listed, Err(OktaError::Forbidden { .. })), "{status}: {listed:?}");
        }
        let owner = okta.with_world(|world| UserId::parse(&world.token_owner).unwrap());
        client.user(&owner, Deadline::after(AMPLE)).await.expect("the token is as good as before");
        assert_eq!(okta.calls().len(), 3 + usize::from(status == 401), "after a 401 the token is tried once");
        okta.with_world(World::revoke_token);
        for attempt in [&client.for_attempt(), &client.for_attempt()] {
            for api in [Api::V1, Api::V2] {
                let since = jiff::Timestamp::UNIX_EPOCH;
                let listed = attempt.requests_since(api, since, Deadline::after(AMPLE)).await;
                assert!(matches!(listed, Err(OktaError::Unauthorized { .. })), "{status}: {listed:?}");
                assert!(!listed.unwrap_err().refuses_list());
            }
        }
    }
}

/// An Okta that wants a nonce in the proofs of all calls, as RFC 9449, section 9, allows.
async fn nonce_wanting_okta(proofs: Arc<Mutex<Vec<Value>>>) -> String {
    async fn answer(State(proofs): State<Arc<Mutex<Vec<Value>>>>, request: Request) -> Response {
        if request.uri().path() == "/oauth2/v1/token" {
            return Json(json!({"token_type": "DPoP", "access_token": "x", "expires_in": 3600}))
                .into_response();
        }
        let proof = request.headers()["dpop"].to_str().unwrap().split('.').nth(1).unwrap().to_owned();
        let proof: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(proof).unwrap()).unwrap();
        let knows = proof["nonce"] == "second";
        proofs.lock().unwrap().push(proof);
        if knows {
            return Json(json!({"id": "00u00000000000000001", "profile": {}})).into_response();
        }
        let headers = [("www-authenticate", r#"DPoP error="use_dpop_nonce""#), ("dpop-nonce", "second")];
        (axum::http::StatusCode::UNAUTHORIZED, headers).into_response()
    }
    let port = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", port.local_addr().unwrap());
    let router = axum::Router::new().fallback(answer).with_state(proofs);
    tokio::spawn(async { axum::serve(port, router).await });
    url
}

#[tokio::test]
async fn a_nonce_that_a_resource_wants_is_taken_up() {
    let proofs = Arc::default();
    let url = nonce_wanting_okta(Arc::clone(&proofs)).await;
    let client = client(&url, &service_app_secret(), &[Endpoint::User]);
    let id = UserId::parse("00u00000000000000001").unwrap();
    for _ in 0..2 {
        client.user(&id, Deadline::after(AMPLE)).await.unwrap();
    }
    let nonces: Vec<_> = proofs.lock().unwrap().iter().map(|proof| proof["nonce"].clone()).collect();
    assert_eq!(nonces, [Value::Null, "second".into(), "second".into()]);
}
