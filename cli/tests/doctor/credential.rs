//! The secret and the credential in it: an API token or a service app.

use okta_simulator::doubles::{FUNCTION_NAME, SecretFault};
use okta_simulator::{CLIENT_ID, TOKEN, World, service_app_secret};
use serde_json::Value;

use crate::Deployment;

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
    ran.has_only("fail", "credential", "Okta refuses the credential", "Security > API > Tokens");
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
    let (status, detail, remedy) = ran.found("secret");
    assert_eq!(status, "warn");
    assert!(detail.starts_with("OKTA_API_TOKEN holds an API token"), "{detail}");
    assert!(detail.ends_with("the function's own secret was not checked"), "{detail}");
    assert_eq!(remedy, "unset OKTA_API_TOKEN to check the secret");
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
