//! The deployed binary in Lambda's loop: spawned, against doubles of the Runtime API and Secrets Manager, and
//! the simulator; over plain HTTP and over TLS under a private root.

use std::time::Duration;

use okta_request_enricher::policy::EMBEDDED;
use okta_request_enricher::policy_file::Fingerprint;
use okta_simulator::doubles::{
    Alpn, Aws, EventsFault, InvokeOptions, Lambda, PROFILE_ONLY, SecretFault, Stage, TlsFront, event,
    event_with, file, published,
};
use okta_simulator::{Simulator, World};
use serde_json::json;

#[tokio::test]
async fn an_event_becomes_a_message_an_answer_and_one_log_line() {
    let stage = Stage::new().await;
    let lambda = stage.spawn();
    let answer = lambda.invoke(event("v2")).await.response();
    assert_eq!(
        answer,
        json!({"outcome": "posted", "request_id": "req16zRXf4PBGnr7o18A", "api": "v2", "rule": "every-request",
               "degraded": [], "policy": Fingerprint::of(EMBEDDED.as_bytes())})
    );
    assert_eq!(stage.okta.messages().len(), 1);
    assert_eq!(stage.okta.complaints(), Vec::<String>::new());

    let lines = lambda.log_lines_json();
    assert_eq!((lines.len(), lambda.logs().len()), (1, 1), "{:?}", lambda.logs());
    let line = &lines[0];
    assert_eq!(
        (&line["level"], &line["outcome"], &line["Posted"]),
        (&json!("INFO"), &json!("posted"), &json!(1))
    );
    assert_eq!(line["OktaCalls"], 9);
    let all = lambda.logs().join("\n");
    for private in ["Zoë", "example.com", "Engineering", &stage.okta.token()] {
        assert!(!all.contains(private), "{all}");
    }
}

#[tokio::test]
async fn the_secret_and_the_connection_are_ready_before_the_first_event_and_kept() {
    let stage = Stage::new().await;
    let lambda = stage.spawn();
    lambda.wait_for_next().await;
    assert_eq!(stage.aws.secret_reads(), 1);
    for _ in 0..3 {
        lambda.invoke(event("v1")).await.response();
    }
    assert_eq!(stage.aws.secret_reads(), 1);
    assert!(stage.okta.calls()[0].connection == 1, "the connection of INIT is used");
    assert_eq!(stage.aws.empty_event_puts(), 0, "what the configuration does not use is not opened");
}

#[tokio::test]
async fn a_secret_in_json_works_as_a_bare_one() {
    let stage = Stage::new().await;
    stage.aws.set_secret(json!({"api_token": stage.okta.token()}).to_string());
    stage.spawn().invoke(event("v1")).await.response();
}

#[tokio::test]
async fn a_rotated_token_costs_one_new_read_and_no_event() {
    let stage = Stage::new().await;
    let lambda = stage.spawn();
    lambda.invoke(event("v1")).await.response();
    stage.okta.with_world(|world| world.set_token("00Rotated"));
    stage.aws.set_secret("00Rotated");
    lambda.invoke(event("v2")).await.response();
    assert_eq!((stage.aws.secret_reads(), stage.okta.messages().len()), (2, 2));
}

#[tokio::test]
async fn a_revoked_token_is_read_anew_once_then_told_with_its_remedy() {
    let stage = Stage::new().await;
    stage.okta.with_world(World::revoke_token);
    let (class, text) = stage.spawn().invoke(event("v1")).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("Okta answered 401") && text.contains("Security > API > Tokens"), "{text}");
    assert_eq!(stage.aws.secret_reads(), 2);
}

#[tokio::test]
async fn an_unreadable_payload_is_told_in_words() {
    let stage = Stage::new().await;
    let lambda = stage.spawn();
    for (payload, says) in [
        (event("truncated"), "it is not JSON"),
        (event("not-an-object"), "not a JSON object"),
        ("42".into(), "not a JSON object"),
        ("{}".into(), "it has no `detail`"),
        ("not json".into(), "it is not JSON"),
    ] {
        let (class, text) = lambda.invoke(payload).await.error();
        assert_eq!(class, "Permanent", "{text}");
        assert!(text.starts_with("failed to read the event: ") && text.contains(says), "{text}");
    }
    lambda.invoke(event("v1")).await.response();
}

#[tokio::test]
async fn a_fault_of_the_environment_is_told_by_every_invocation_and_ends_no_process() {
    let aws = Aws::start();
    let lambda = Lambda::spawn([("OKTA_ORG_URL", "https://acme-admin.okta.com")], &aws);
    for _ in 0..2 {
        let (class, text) = lambda.invoke(event("v1")).await.error();
        assert_eq!(class, "Permanent");
        assert!(
            text.contains("OKTA_ORG_URL is the admin console's address; write https://acme.okta.com"),
            "{text}"
        );
        assert!(text.contains("OKTA_SECRET_ID is not set"), "{text}");
    }
    assert_eq!(lambda.logs().len(), 2, "{:?}", lambda.logs());
}

#[tokio::test]
async fn each_refusal_of_secrets_manager_is_told_with_its_remedy_and_class() {
    for (fault, class, says) in [
        (SecretFault::NotFound, "Permanent", "correct OKTA_SECRET_ID"),
        (SecretFault::AccessDenied, "Permanent", "secretsmanager:GetSecretValue"),
        (SecretFault::DecryptionFailure, "Permanent", "kms:Decrypt"),
        (SecretFault::Internal, "Retryable", "InternalServiceError"),
        (SecretFault::Hangs, "Retryable", "no answer in time"),
    ] {
        let stage = Stage::new().await;
        stage.aws.fail_secret(fault);
        let lambda = stage.spawn();
        let options = InvokeOptions { time_limit: Duration::from_secs(5), ..Default::default() };
        let (answered, text) = lambda.invoke_with(event("v1"), options).await.error();
        assert_eq!(answered, class, "{text}");
        assert!(text.starts_with("failed to read the secret `") && text.contains(says), "{text}");
        stage.aws.set_secret(stage.okta.token());
        lambda.invoke(event("v1")).await.response();
    }
}

#[tokio::test]
async fn a_secret_of_the_wrong_form_is_explained_and_not_shown() {
    let stage = Stage::new().await;
    stage.aws.set_secret(r#"{"password":"hunter2"}"#);
    let lambda = stage.spawn();
    let (class, text) = lambda.invoke(event("v1")).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("`api_token`"), "{text}");
    assert!(!lambda.logs().join("\n").contains("hunter2"));
}

#[tokio::test]
async fn the_answer_comes_before_lambdas_own_limit() {
    let stage = Stage::new().await;
    let lambda = stage.spawn();
    stage.fault("post=slow:30s");
    let options = InvokeOptions { time_limit: Duration::from_secs(4), ..Default::default() };
    let (class, text) = lambda.invoke_with(event("v1"), options).await.error();
    assert_eq!(class, "Retryable");
    assert!(text.contains("no answer from Okta within"), "{text}");
}

#[tokio::test]
async fn okta_is_reached_over_tls_under_a_private_root_by_either_http() {
    for (alpn, protocol) in [(Alpn::H2, "h2"), (Alpn::Http1, "http/1.1"), (Alpn::Both, "h2")] {
        let stage = Stage::new().await;
        let front = TlsFront::start(stage.okta.addr(), alpn);
        let roots = front.ca_file().display().to_string();
        let lambda = stage.spawn_with(&[("OKTA_ORG_URL", &front.url()), ("SSL_CERT_FILE", &roots)]);
        lambda.invoke(event("v2")).await.response();
        lambda.invoke(event("v1")).await.response();
        assert_eq!(stage.okta.messages().len(), 2);
        assert!(front.protocols().iter().all(|spoken| spoken == protocol));
        if protocol == "h2" {
            assert_eq!(front.connections(), 1, "one connection serves all calls");
        }
    }
}

#[tokio::test]
async fn a_server_that_the_roots_do_not_vouch_for_gets_no_credential() {
    let stage = Stage::new().await;
    let front = TlsFront::start(stage.okta.addr(), Alpn::Both);
    let lambda = stage.spawn_with(&[("OKTA_ORG_URL", &front.url())]);
    let (class, text) = lambda.invoke(event("v1")).await.error();
    assert_eq!(class, "Retryable");
    assert!(text.contains("no connection (invalid peer certificate: UnknownIssuer)"), "{text}");
    assert_eq!(stage.okta.calls().len(), 0);
}

#[tokio::test]
async fn a_file_of_roots_that_can_not_be_used_is_named() {
    let stage = Stage::new().await;
    let lambda = stage.spawn_with(&[("SSL_CERT_FILE", "/no/such/file.pem")]);
    let (class, text) = lambda.invoke(event("v1")).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("`/no/such/file.pem` (SSL_CERT_FILE)"), "{text}");
}

#[tokio::test]
async fn an_event_of_another_org_is_warned_about_and_handled() {
    let stage = Stage::new().await;
    // A loopback org has no name of its own, so nothing can be foreign to it.
    let lambda = stage.spawn();
    let foreign =
        event_with("v1", |event| event["source"] = json!("aws.partner/okta.com/other-org/system-log"));
    lambda.invoke(foreign).await.response();
}

#[tokio::test]
async fn connections_that_died_while_frozen_cost_no_event() {
    let stage = Stage::new().await;
    let lambda = stage.spawn();
    for posted in 1..=3 {
        let event = stage.okta.with_world(|world| world.another_request(&event("v1"), posted));
        lambda.invoke(event).await.response();
        assert_eq!(stage.okta.messages().len(), posted);
        stage.okta.cut_connections();
    }
}

#[tokio::test]
async fn each_outcome_is_told_on_the_bus_without_personal_data() {
    let stage = Stage::new().await;
    let lambda = stage.spawn_with(&[("OUTCOME_BUS", "outcomes")]);
    lambda.invoke(event("v2")).await.response();
    lambda.invoke(event("failed-outcome")).await.response();
    stage.fault("user=503");
    lambda.invoke(event("v1")).await.error();
    let events = stage.aws.events();
    let types: Vec<_> = events.iter().map(|event| event.detail_type.as_str()).collect();
    assert_eq!(
        types,
        ["Access Request Enriched", "Access Request Skipped", "Access Request Enrichment Failed"]
    );
    for event in &events {
        assert_eq!((event.bus.as_str(), event.source.as_str()), ("outcomes", "okta-request-enricher"));
        assert!(event.detail["lambda_request_id"].is_string(), "{:?}", event.detail);
        assert!(!event.detail.to_string().contains("example.com"), "{:?}", event.detail);
    }
    assert_eq!(events[0].detail["request_id"], "req16zRXf4PBGnr7o18A");
    assert_eq!(events[2].detail["error_class"], "Retryable");
    assert_eq!(stage.aws.empty_event_puts(), 1, "INIT opens the connection, once");
}

#[tokio::test]
async fn an_outcome_bus_that_fails_costs_no_message() {
    for fault in [
        EventsFault::EntryRejected { code: "InternalFailure", message: "x" },
        EventsFault::Internal,
        EventsFault::Hangs,
    ] {
        let stage = Stage::new().await;
        stage.aws.fail_events(fault);
        let lambda = stage.spawn_with(&[("OUTCOME_BUS", "outcomes")]);
        let options = InvokeOptions { time_limit: Duration::from_secs(5), ..Default::default() };
        lambda.invoke_with(event("v2"), options).await.response();
        assert_eq!(stage.okta.messages().len(), 1);
        let told = lambda.log_lines_json().iter().any(|line| {
            line["message"].as_str().is_some_and(|text| text.starts_with("failed to send the outcome event"))
        });
        assert!(told, "{:?}", lambda.logs());
    }
}

/// The calls, by path template, that were in flight together, in the order in which such groups came.
async fn rounds(okta: &Simulator, answered: impl Future<Output = ()>) -> Vec<Vec<String>> {
    let before = okta.calls().len();
    let mut rounds: Vec<Vec<String>> = Vec::new();
    let mut watch = async || loop {
        let calls = okta.calls();
        let mut flying: Vec<String> = calls[before..]
            .iter()
            .filter(|call| call.status.is_none())
            .map(|call| {
                let path = call.path.split('?').next().unwrap_or_default();
                let parts = path.split('/').filter(|part| !part.is_empty());
                let part = |part: &str| {
                    // An id or a login.
                    if part.contains('@') || (part.len() > 16 && part.chars().any(|c| c.is_ascii_digit())) {
                        "{id}".to_owned()
                    } else {
                        part.to_owned()
                    }
                };
                format!("{} /{}", call.method, parts.map(part).collect::<Vec<_>>().join("/"))
            })
            .collect();
        flying.sort();
        // A round is whole when it has grown to its largest, before any of it is answered.
        match rounds.last_mut() {
            Some(last) if flying.starts_with(last) || last.iter().all(|call| flying.contains(call)) => {
                *last = flying;
            }
            Some(last) if flying.is_empty() || flying.iter().all(|call| last.contains(call)) => {}
            _ if flying.is_empty() => {}
            _ => rounds.push(flying),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    tokio::select! {
        () = answered => {}
        () = watch() => {}
    }
    rounds
}

/// docs/performance.md draws these: what an approver waits for are the rounds.
#[tokio::test]
async fn calls_that_need_not_wait_for_each_other_are_in_flight_together() {
    let profile_only = file(PROFILE_ONLY);
    let profile_only = profile_only.path().to_str().unwrap().to_owned();
    for (policy, expected) in [
        (
            Some(&profile_only),
            vec![vec!["GET /api/v1/users/{id}"], vec!["POST /governance/api/v2/requests/{id}/messages"]],
        ),
        (
            None,
            vec![
                vec![
                    "GET /api/v1/users/{id}",
                    "GET /api/v1/users/{id}/appLinks",
                    "GET /api/v1/users/{id}/groups",
                    "GET /governance/api/v2/requests/{id}",
                ],
                vec![
                    "GET /api/v1/apps/{id}",
                    "GET /api/v1/users/{id}",
                    "GET /governance/api/v1/entitlement-bundles/{id}",
                    "GET /governance/api/v2/requests",
                ],
                vec!["POST /governance/api/v2/requests/{id}/messages"],
            ],
        ),
    ] {
        let stage = Stage::new().await;
        let more: Vec<_> = policy.map(|file| ("ENRICHMENT_FILE", file.as_str())).into_iter().collect();
        let lambda = stage.spawn_with(&more);
        lambda.wait_for_next().await;
        stage.fault("any=slow:800ms");
        let fresh = published(&event("v2"), jiff::Timestamp::now());
        let answered = async {
            lambda.invoke(fresh).await.response();
        };
        assert_eq!(rounds(&stage.okta, answered).await, expected);
    }
}

#[tokio::test]
async fn without_a_table_each_process_remembers_for_itself() {
    let stage = Stage::new().await;
    let (one, other) = (stage.spawn(), stage.spawn());
    for (process, outcome) in [(&one, "posted"), (&one, "duplicate"), (&other, "posted")] {
        assert_eq!(process.invoke(event("v2")).await.response()["outcome"], outcome);
    }
    assert_eq!(stage.okta.messages().len(), 2);
}

#[tokio::test]
async fn the_ledger_holds_ids_states_and_times_and_no_personal_data() {
    let stage = Stage::with_ledger().await;
    let lambda = stage.spawn();
    for case in ["v2", "v1", "on-behalf", "failed-outcome"] {
        lambda.invoke(event(case)).await.response();
    }
    stage.fault("post=503");
    lambda.invoke(event("sod-conflict")).await.error();
    let records = stage.aws.records();
    assert!(records.len() >= 4, "{records:?}");
    let members = ["claimed_until", "count", "expires_at", "id", "ids", "owner", "reason", "state"];
    for record in records.values() {
        let others: Vec<_> =
            record.as_object().unwrap().keys().filter(|it| !members.contains(&it.as_str())).collect();
        assert!(others.is_empty(), "{others:?}: {record}");
        let text = record.to_string();
        for private in ["example.com", "Zo", "Priya", "Lan", "00u"] {
            assert!(!text.contains(private), "{private}: {text}");
        }
    }
}
