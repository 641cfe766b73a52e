//! The org, the credential, its scopes and roles, rate limits and the log stream.

use okta_request_enricher::okta::endpoint::{self, Endpoint};
use okta_simulator::doubles::{Alpn, FUNCTION_NAME, SecretFault, TlsFront};
use okta_simulator::{CLIENT_ID, ServiceApp, TOKEN, World, service_app_secret};
use serde_json::Value;

use crate::{Deployment, Examined};

#[tokio::test]
async fn an_org_that_is_not_there_or_none_of_oktas() {
    let deployment = Deployment::new().await;
    deployment.set("OKTA_ORG_URL", "http://127.0.0.1:9");
    let ran = deployment.examine().await;
    ran.has_only("fail", "org", "no connection", "HTTPS_PROXY");
    assert_eq!(ran.found("secret").1, "the org can't be reached");

    for (fault, says) in [("org=404", "Okta answered 404"), ("org=html", "not that of an Okta org")] {
        let deployment = Deployment::new().await;
        deployment.okta.fault(fault.parse().unwrap());
        deployment.examine().await.has_only("fail", "org", says, "no Okta org answers there");
    }

    let deployment = Deployment::new().await;
    let front = TlsFront::start(deployment.okta.addr(), Alpn::Both);
    deployment.set("OKTA_ORG_URL", &front.url());
    deployment.examine().await.has_only("fail", "org", "certificate", "SSL_CERT_FILE");
    let mut command = deployment.command();
    command.env("SSL_CERT_FILE", front.ca_file());
    let ran = deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await;
    assert_eq!((ran.status, ran.with("fail").len()), (0, 0), "{}", ran.stdout);
}

#[tokio::test]
async fn a_clock_that_is_off() {
    for (seconds, side) in [(100, "behind"), (-40, "ahead of")] {
        let deployment = Deployment::new().await;
        deployment.okta.with_world(|world| world.clock_offset = seconds);
        let ran = deployment.examine().await;
        ran.has_only("warn", "clock", &format!(" s {side} Okta's"), "NTP");
    }
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.clock_offset = -100);
    let ran = deployment.examine().await;
    ran.has_only("fail", "credential", "Okta refuses the service app", "set the clock first");

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.clock_offset = 400);
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.with("fail")), (1, vec!["clock".into(), "credential".into()]));
    assert!(ran.found("clock").1.ends_with("Okta refuses what a service app signs here"), "{}", ran.stdout);
    assert!(ran.found("credential").2.contains("set the clock first"), "{}", ran.stdout);
    assert_eq!(ran.found("rights").1, "the credential was not accepted");
}

#[tokio::test]
async fn a_secret_that_can_not_be_read_or_used() {
    for (fault, says, remedy) in [
        (SecretFault::NotFound, "ResourceNotFoundException", "correct OKTA_SECRET_ID"),
        (
            SecretFault::AccessDenied,
            "AccessDeniedException",
            "allow secretsmanager:GetSecretValue on it (and kms:Decrypt, if its key is a customer managed one) to the function's \
             role, and to your AWS credentials",
        ),
    ] {
        let deployment = Deployment::new().await;
        deployment.aws.fail_secret(fault);
        let ran = deployment.examine().await;
        ran.has_only("fail", "secret", says, remedy);
        assert_eq!(ran.found("credential").1, "there is no credential");
    }
    let deployment = Deployment::new().await;
    deployment.aws.set_secret(r#"{"client_id":"0oa1"}"#);
    deployment.examine().await.has_only("fail", "secret", "no `private_key`", "store an API token alone");
}

#[tokio::test]
async fn an_api_token_is_warned_of_and_its_owner_is_told_by_id() {
    let deployment = Deployment::new().await;
    deployment.aws.set_secret(TOKEN);
    let ran = deployment.examine().await;
    ran.has_only("warn", "secret", "stops working when its owner is deactivated", "service app");
    let owner = deployment.okta.with_world(|world| world.token_owner.clone());
    assert_eq!(ran.found("credential").1, format!("accepted: the token of the user {owner}"));
    assert_eq!(ran.found("request lists").0, "ok");
    assert_eq!(ran.found("messages, v2").0, "ok");

    // Okta lets some tokens list. A refusal is about the lists, not about the token.
    deployment.okta.with_world(|world| world.token_lists_refused = Some(401));
    let ran = deployment.examine().await;
    assert_eq!(ran.found("request lists").0, "warn");
    assert!(ran.found("request lists").1.contains("requests whose event was lost are not found"));
    assert_eq!(ran.found("messages, v2").0, "ok");

    deployment.okta.with_world(World::revoke_token);
    let ran = deployment.examine().await;
    ran.has_only("fail", "credential", "the credential was refused", "Security > API > Tokens");
}

#[tokio::test]
async fn a_token_given_here_is_checked_in_place_of_the_secret() {
    let deployment = Deployment::new().await;
    let mut command = deployment.command();
    command.env("OKTA_ORG_URL", deployment.okta.url()).env("OKTA_API_TOKEN", TOKEN);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"] {
        command.env_remove(name);
    }
    let ran = deployment.end(command.arg("--json")).await;
    assert_eq!((ran.status, ran.with("fail").len()), (0, 0), "{}", ran.stdout);
    assert!(ran.found("secret").1.starts_with("OKTA_API_TOKEN holds an API token"));
    assert_eq!(ran.found("session").0, "skipped", "whoever looks at Okta alone needs no account");
    assert_eq!(deployment.aws.secret_reads(), 0);
}

#[tokio::test]
async fn a_service_app_whose_key_okta_does_not_know() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.service_app_mut(CLIENT_ID).set_client_keys([]));
    let ran = deployment.examine().await;
    ran.has_only("fail", "credential", "with the key `simulator-key-1`", "the secret holds its private key");
}

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
async fn what_okta_refuses_by_its_code_is_told_as_the_function_tells_it() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.service_app_mut(CLIENT_ID).outside_network_zone = true);
    deployment.examine().await.has_only("fail", "credential", "refuses calls from this network", "SubnetIds");

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.redirect_to = Some("https://acme-admin.okta.com".into()));
    deployment.examine().await.has_only(
        "fail",
        "org",
        "`acme-admin.okta.com`, an Admin Console",
        "set OKTA_ORG_URL",
    );

    let deployment = Deployment::new().await;
    deployment.okta.fault("token=302:https://login.acme.example".parse().unwrap());
    deployment.examine().await.has_only("fail", "credential", "`login.acme.example`", "set OKTA_ORG_URL");

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.read_only = true);
    let ran = deployment.examine().await;
    assert_eq!(
        (ran.status, ran.with("warn")),
        (0, vec!["messages, v1".to_owned(), "messages, v2".to_owned()])
    );
    assert!(ran.found("messages, v2").1.ends_with("whether it is allowed is unknown"), "{}", ran.stdout);

    // Okta's words decide, even if the clocks agree now.
    let deployment = Deployment::new().await;
    let expired = "token=401:invalid_client:The client_assertion token is expired.";
    deployment.okta.fault(expired.parse().unwrap());
    deployment.examine().await.has_only("fail", "credential", "by Okta's clock", "(NTP)");
}

#[tokio::test]
async fn a_secret_as_windows_and_forms_leave_it_is_taken_and_a_key_in_place_of_an_id_is_not_shown() {
    let secret: Value = serde_json::from_str(&service_app_secret()).unwrap();
    let spoilt = |change: &dyn Fn(&str) -> String| {
        let mut secret = secret.clone();
        secret["private_key"] = change(secret["private_key"].as_str().unwrap()).into();
        format!("\u{FEFF}{secret}\r\n")
    };
    for text in [
        spoilt(&|pem| pem.replace('\n', " ")),
        spoilt(&|pem| pem.replace('\n', "")),
        spoilt(&|pem| pem.replace('\n', r"\n")),
    ] {
        let deployment = Deployment::new().await;
        deployment.aws.set_secret(text.as_str());
        assert_eq!(deployment.examine().await.status, 0, "{text}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, &text).unwrap();
        let mut command = deployment.command();
        command.env("OKTA_ORG_URL", deployment.okta.url()).env("OKTA_SECRET_FILE", file.path());
        let ran = deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await;
        assert_eq!((ran.status, ran.found("credential").0.as_str()), (0, "ok"), "{}", ran.stdout);
    }
    let deployment = Deployment::new().await;
    let mut command = deployment.command();
    command.env("OKTA_API_TOKEN", format!("\u{FEFF}{TOKEN}\r\n"));
    let ran = deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await;
    assert_eq!(ran.found("credential").0, "ok", "{}", ran.stdout);

    let mut mistaken = secret.clone();
    mistaken["key_id"] = secret["private_key"].clone();
    deployment.aws.set_secret(mistaken.to_string());
    deployment.examine().await.has_only("fail", "secret", "whose `key_id` is no id", "give the key id");
    for credential in [mistaken.to_string(), secret["private_key"].as_str().unwrap().to_owned()] {
        let mut command = deployment.command();
        command.env("OKTA_SECRET_FILE", credential);
        let ran = deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await;
        assert!(
            ran.found("secret").1.contains("OKTA_SECRET_FILE holds a credential, not the name of a file")
        );
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

/// The org's log streams changed; what is said of it.
type StreamCase<'a> = (fn(&mut Vec<Value>), &'a str, &'a str);

#[tokio::test]
async fn a_log_stream_that_is_off_elsewhere_or_not_there() {
    let cases: [StreamCase<'_>; 4] = [
        (|streams| streams[0]["status"] = "INACTIVE".into(), "turned access-requests off", "activate it"),
        (
            |streams| streams[0]["settings"]["region"] = "eu-west-1".into(),
            "none to account 123456789012",
            "add one",
        ),
        (
            |streams| streams[0]["type"] = "splunk_cloud_logstreaming".into(),
            "no log stream to EventBridge",
            "add one",
        ),
        (Vec::clear, "no log stream to EventBridge", "add one"),
    ];
    for (change, says, remedy) in cases {
        let deployment = Deployment::new().await;
        deployment.okta.with_world(|world| change(&mut world.log_streams));
        deployment.examine().await.has_only("fail", "log stream", says, remedy);
    }
}
