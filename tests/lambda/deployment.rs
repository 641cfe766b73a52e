//! Which policy file is in force, that answers, log lines and outcome events name it, and what an operator's
//! `{"describe":true}` is answered.

use okta_request_enricher::deployment::VARIABLES;
use okta_request_enricher::policy::EMBEDDED;
use okta_request_enricher::policy_file::Fingerprint;
use okta_simulator::doubles::{Aws, Lambda, Stage, event, event_with, file};
use serde_json::{Value, json};
use tempfile::TempDir;

const DESCRIBE: &str = r#"{"describe":true}"#;
const SCHEDULED: &str = r#"{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}"#;
const TOKEN: &str = "00aBcDeFgHiJkLmNoPqRsTuVwXyZ-0123456789_ab";

/// A policy of one rule with this name.
fn policy(rule: &str) -> String {
    format!("[[rule]]\nname = \"{rule}\"\nsections = [\"profile\"]\n")
}

fn fingerprint(policy: &str) -> Value {
    json!(Fingerprint::of(policy.as_bytes()))
}

/// A function's folder with this policy file.
fn folder(policy: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("enrichment.toml"), policy).unwrap();
    folder
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}

fn faults(described: &Value) -> Vec<&str> {
    described["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap()).collect()
}

/// The first log line of this outcome.
fn line(lambda: &Lambda, outcome: &str) -> Value {
    let lines = lambda.log_lines_json();
    lines.iter().find(|line| line["outcome"] == outcome).unwrap_or_else(|| panic!("{lines:#?}")).clone()
}

#[tokio::test]
async fn the_file_beside_the_binary_goes_before_the_built_in_one_and_the_variable_before_both() {
    let beside = folder(policy("beside"));
    let named = file(&policy("named"));
    let named = named.path().to_str().unwrap();
    let empty = tempfile::tempdir().unwrap();
    for (variables, rule, text) in [
        (vec![("LAMBDA_TASK_ROOT", path(&empty))], "every-request", EMBEDDED.to_owned()),
        (vec![("LAMBDA_TASK_ROOT", path(&beside))], "beside", policy("beside")),
        (vec![("LAMBDA_TASK_ROOT", path(&beside)), ("ENRICHMENT_FILE", "")], "beside", policy("beside")),
        (vec![("LAMBDA_TASK_ROOT", path(&beside)), ("ENRICHMENT_FILE", named)], "named", policy("named")),
    ] {
        let stage = Stage::new().await;
        let lambda = stage.spawn_with(&variables);
        let answer = lambda.invoke(event("v2")).await.response();
        assert_eq!((&answer["rule"], &answer["policy"]), (&json!(rule), &fingerprint(&text)));
        assert_eq!(line(&lambda, "posted")["policy"], fingerprint(&text));
    }
}

#[tokio::test]
async fn every_answer_line_and_outcome_event_names_the_policy() {
    let beside = folder(policy("beside"));
    let stage =
        Stage::with_ledger().await.with("LAMBDA_TASK_ROOT", path(&beside)).with("OUTCOME_BUS", "outcomes");
    let lambda = stage.spawn();
    let dry = stage.spawn_with(&[("DRY_RUN", "true")]);
    let policy = fingerprint(&policy("beside"));
    for (lambda, payload, outcome) in [
        (&lambda, event("v2"), "posted"),
        (&lambda, event("v2"), "duplicate"),
        (&lambda, event("failed-outcome"), "skipped"),
        (&dry, SCHEDULED.into(), "reconciled"),
        (&lambda, DESCRIBE.into(), "described"),
        (&dry, event("v1"), "dry_run"),
    ] {
        let answer = lambda.invoke(payload).await.response();
        assert_eq!((&answer["outcome"], &answer["policy"]), (&json!(outcome), &policy));
    }
    stage.fault("user=503");
    lambda.invoke(event("on-behalf")).await.error();
    lambda.invoke("not json").await.error();
    let lines = [lambda.log_lines_json(), dry.log_lines_json()].concat();
    assert!(lines.iter().filter(|line| line["outcome"] == "failed").count() >= 2, "{lines:#?}");
    for line in lines.iter().filter(|line| line.get("outcome").is_some()) {
        assert_eq!(line["policy"], policy, "{line}");
        assert_eq!(line["FunctionName"], "okta-request-enricher");
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["FunctionName"]]));
    }
    let events = stage.aws.events();
    assert!(events.iter().any(|event| event.detail_type == "Access Request Enrichment Failed"));
    for event in events {
        assert_eq!(event.detail["policy"], policy, "{:?}", event.detail);
    }
}

#[tokio::test]
async fn a_wrong_file_fails_every_invocation_in_words_wherever_it_is() {
    let unreadable = tempfile::tempdir().unwrap();
    std::fs::create_dir(unreadable.path().join("enrichment.toml")).unwrap();
    let wrong = "[[rule]]\nname = \"a\"\nsections = [\"profil\"]\n";
    for (folder, says, fingerprint) in [
        (folder(wrong), "line 3: ", fingerprint(wrong)),
        (folder(b"caf\xE9"), "not UTF-8 text", json!(Fingerprint::of(b"caf\xE9"))),
        (folder(vec![b'#'; 300_000]), "larger than 256 kB", Value::Null),
        (unreadable, "Is a directory", Value::Null),
    ] {
        let file = folder.path().join("enrichment.toml").to_str().unwrap().to_owned();
        for variable in [("LAMBDA_TASK_ROOT", path(&folder)), ("ENRICHMENT_FILE", &file)] {
            let stage = Stage::new().await;
            let lambda = stage.spawn_with(&[variable]);
            for _ in 0..2 {
                let (class, text) = lambda.invoke(event("v2")).await.error();
                assert_eq!(class, "Permanent");
                assert!(text.contains(&file) && text.contains(says), "{text}");
                let names_the_variable = text.contains("ENRICHMENT_FILE");
                assert!(!names_the_variable || variable.0 == "ENRICHMENT_FILE", "{text}");
            }
            let line = line(&lambda, "failed");
            assert_eq!((&line["policy"], &line["code"]), (&fingerprint, &json!("config-invalid")));

            let described = lambda.invoke(DESCRIBE).await.response();
            assert_eq!((&described["policy"], &described["policy_file"]), (&fingerprint, &json!(file)));
            assert!(faults(&described).iter().any(|fault| fault.contains(says)), "{described:#}");
            assert_eq!(described["policy_text"], if says == "line 3: " { json!(wrong) } else { Value::Null });
            assert_eq!(stage.aws.secret_reads(), 0);
            assert_eq!(stage.okta.calls().len(), 0);
        }
    }
}

#[tokio::test]
async fn the_outcome_bus_learns_which_request_failed_by_a_wrong_policy() {
    let wrong = "[[rule]]\n";
    let folder = folder(wrong);
    let stage = Stage::new().await.with("LAMBDA_TASK_ROOT", path(&folder)).with("OUTCOME_BUS", "outcomes");
    let lambda = stage.spawn();
    lambda.invoke(event("v2")).await.error();
    lambda.invoke(SCHEDULED).await.error();
    lambda.invoke(DESCRIBE).await.response();
    let [event] = &stage.aws.events()[..] else { panic!("{:?}", stage.aws.events()) };
    assert_eq!(event.detail_type, "Access Request Enrichment Failed");
    for (member, value) in [
        ("request_id", json!("req16zRXf4PBGnr7o18A")),
        ("code", json!("config-invalid")),
        ("policy", fingerprint(wrong)),
    ] {
        assert_eq!((&event.detail[member], &line(&lambda, "failed")[member]), (&value, &value));
    }
}

#[tokio::test]
async fn a_description_has_version_policy_and_every_setting_and_calls_nothing() {
    let stage = Stage::with_ledger().await.with("OUTCOME_BUS", "outcomes").with("REQUEST_TYPES", "");
    let lambda = stage.spawn();
    lambda.wait_for_next().await;
    let before = (stage.okta.calls().len(), stage.aws.ledger_calls().len(), stage.aws.secret_reads());
    let described = lambda.invoke(DESCRIBE).await.response();
    assert_eq!(
        before,
        (stage.okta.calls().len(), stage.aws.ledger_calls().len(), stage.aws.secret_reads()),
        "INIT alone has called"
    );
    assert_eq!(stage.aws.events().len(), 0);
    let settings = described["settings"].as_object().unwrap();
    assert_eq!(settings.keys().map(String::as_str).collect::<Vec<_>>(), VARIABLES);
    for (variable, value) in [
        ("OKTA_ORG_URL", json!(stage.okta.url())),
        ("LAMBDA_TASK_ROOT", json!("/var/task")),
        ("REQUEST_TYPES", Value::Null),
        ("ENRICHMENT_FILE", Value::Null),
        ("AWS_ENDPOINT_URL", json!(stage.aws.url())),
    ] {
        assert_eq!(settings[variable], value, "{variable}");
    }
    let rest: Vec<_> =
        described.as_object().unwrap().iter().filter(|(name, _)| *name != "settings").collect();
    assert_eq!(
        json!(rest),
        json!([
            ["outcome", "described"],
            ["version", env!("CARGO_PKG_VERSION")],
            ["policy", fingerprint(EMBEDDED)],
            ["policy_file", null],
            ["policy_text", EMBEDDED],
            ["faults", []],
        ])
    );
    let line = line(&lambda, "described");
    let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    assert!(metrics.iter().all(|metric| line[metric["Name"].as_str().unwrap()] == 0), "{line}");
    assert!(!line.to_string().contains("every-request"), "{line}");
    assert_eq!((line["level"].as_str(), lambda.logs().len()), (Some("INFO"), 1));
}

#[tokio::test]
async fn a_description_is_given_under_wrong_settings_and_names_every_fault() {
    let aws = Aws::start();
    let lambda = Lambda::spawn(
        [
            ("OKTA_ORG_URL", "https://acme-admin.okta.com"),
            ("DRY_RUN", "maybe"),
            ("SSL_CERT_FILE", "/no/such.pem"),
        ],
        &aws,
    );
    let described = lambda.invoke(DESCRIBE).await.response();
    let faults = faults(&described);
    for says in [
        "OKTA_ORG_URL is the admin console",
        "OKTA_SECRET_ID is not set",
        "DRY_RUN is neither",
        "SSL_CERT_FILE",
    ] {
        assert!(faults.iter().any(|fault| fault.contains(says)), "{says}: {faults:#?}");
    }
    assert_eq!((faults.len(), described["settings"]["DRY_RUN"].as_str()), (4, Some("maybe")));
    assert_eq!(described["policy_text"], EMBEDDED);

    let lambda = Stage::new().await.spawn_with(&[("SSL_CERT_FILE", "/no/such.pem")]);
    let described = lambda.invoke(DESCRIBE).await.response();
    assert!(described["faults"][0].as_str().unwrap().contains("/no/such.pem"), "{described:#}");
}

#[tokio::test]
async fn only_an_operator_s_question_is_answered_with_a_description() {
    let stage = Stage::new().await;
    let lambda = stage.spawn();
    let asks = |event: &mut Value| event["describe"] = json!(true);
    assert_eq!(lambda.invoke(event_with("v2", asks)).await.response()["outcome"], "posted");
    for payload in [
        r#"{"describe":false}"#,
        r#"{"describe":"true"}"#,
        r#"{"describe":true,"source":"aws.partner/okta.com/acme/x"}"#,
        r#"{"describe":true,"detail":{}}"#,
        r#"{"describe":true,"eventType":"access.request.create"}"#,
        r#"[{"describe":true}]"#,
    ] {
        lambda.invoke(payload).await.error();
    }
}

#[tokio::test]
async fn no_credential_is_in_a_description_or_a_log() {
    let aws = Aws::start();
    let not_needed_to_run =
        |name: &&str| !name.starts_with("AWS_LAMBDA_FUNCTION") && *name != "AWS_ENDPOINT_URL";
    for value in [
        TOKEN.to_owned(),
        json!({"api_token": "hunter2"}).to_string(),
        format!("http://u:hunter2@{TOKEN}"),
        format!("http://{TOKEN}/x"),
        format!("SSWS {TOKEN}"),
    ] {
        let all: Vec<_> =
            VARIABLES.into_iter().filter(not_needed_to_run).map(|name| (name, value.as_str())).collect();
        let lambda = Lambda::spawn(all, &aws);
        let described = lambda.invoke(DESCRIBE).await.response();
        lambda.invoke(event("v2")).await.error();
        let all = format!("{described} {:?}", lambda.logs());
        // An address has its host in lower case.
        assert!(!all.to_lowercase().contains(&TOKEN.to_lowercase()) && !all.contains("hunter2"), "{all}");
    }
    let proxied = Lambda::spawn([("HTTPS_PROXY", "http://user:hunter2@proxy.corp:3128")], &aws);
    let described = proxied.invoke(DESCRIBE).await.response();
    assert_eq!(described["settings"]["HTTPS_PROXY"], "http://(not shown)@proxy.corp:3128");
}

#[tokio::test]
async fn a_credential_in_place_of_the_policy_file_is_not_answered() {
    for text in [
        TOKEN.to_owned(),
        format!("token = \"{TOKEN}\"\n"),
        json!({"api_token": "hunter2"}).to_string(),
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n".to_owned(),
        "# -----BEGIN  RSA PRIVATE\tKEY -----\n# hunter2\n".to_owned(),
        r#"key = "{\"kty\":\"EC\",\"d\":\"hunter2\"}""#.to_owned(),
        // base64 of {"api_token": "hunter2", "org": "acme.okta.com", "a": 1}
        "token = 'eyJhcGlfdG9rZW4iOiAiaHVudGVyMiIsICJvcmciOiAiYWNtZS5va3RhLmNvbSIsICJhIjogMX0='\n# hunter2"
            .to_owned(),
    ] {
        let folder = folder(&text);
        let stage = Stage::new().await;
        let lambda = stage.spawn_with(&[("LAMBDA_TASK_ROOT", path(&folder))]);
        let described = lambda.invoke(DESCRIBE).await.response();
        let (_, error) = lambda.invoke(event("v2")).await.error();
        assert!(error.contains("holds a credential, not a policy"), "{error}");
        assert_eq!((&described["policy"], &described["policy_text"]), (&fingerprint(&text), &Value::Null));
        let all = format!("{described} {error} {:?}", lambda.logs());
        assert!(!all.contains(TOKEN) && !all.contains("hunter2"), "{all}");
    }
}

/// Lambda's limit is 6 MB for an answer, CloudWatch's is 1 MB for a line (their guides, "quotas").
#[tokio::test]
async fn answers_and_log_lines_stay_within_aws_s_limits_whatever_the_policy_file_holds() {
    let sections = vec!["'sod'"; 30_000].join(",");
    for text in [
        "\u{1}".repeat(256 * 1024),
        "\"".repeat(256 * 1024),
        format!("{} = 1\n", "n".repeat(250_000)),
        format!("[[rule]]\nname = 'a'\nsections = ['profile']\nrequired = [{sections}]\n"),
    ] {
        let folder = folder(&text);
        let stage = Stage::new().await;
        let lambda = stage.spawn_with(&[("LAMBDA_TASK_ROOT", path(&folder))]);
        let described = lambda.invoke(DESCRIBE).await.response();
        assert!(described.to_string().len() < 2_000_000, "{}", described.to_string().len());
        assert_eq!((&described["policy_text"], &described["policy"]), (&json!(text), &fingerprint(&text)));
        let (_, error) = lambda.invoke(event("v2")).await.error();
        assert!(error.len() < 20_000, "{}", error.len());
        assert!(lambda.logs().iter().all(|line| line.len() < 100_000));
    }
}
