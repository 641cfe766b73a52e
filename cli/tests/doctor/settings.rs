//! The settings of the function: wrong, unwise, or naming what AWS does not have.

use okta_simulator::doubles::{FUNCTION_NAME, FunctionAnswer, LEDGER_TABLE, SECRET_NAME, file};
use okta_simulator::service_app_secret;
use serde_json::{Value, json};

use crate::Deployment;

#[tokio::test]
async fn every_fault_of_the_settings_is_told_and_what_needs_them_is_skipped() {
    let deployment = Deployment::new().await;
    deployment.set("OKTA_ORG_URL", "https://acme-admin.okta.com");
    deployment.set("MAX_EVENT_AGE", "a day");
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["settings", "settings"]);
    assert_eq!(ran.status, 1);
    let (_, detail, remedy) = ran.found("settings");
    assert_eq!(detail, "OKTA_ORG_URL is the admin console's address");
    assert_eq!(remedy, "write https://acme.okta.com");
    assert_eq!(
        ran.with("skipped"),
        ["org", "clock", "secret", "credential", "rights", "rate limits", "log stream"]
    );
    assert_eq!(ran.found("org").1, "no valid OKTA_ORG_URL");
    assert_eq!(ran.found("ledger").0, "ok", "what does not need them is checked");

    deployment.set("OKTA_ORG_URL", &deployment.okta.url());
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["settings"]);
    assert_eq!(ran.found("org").0, "ok");
    assert_eq!(ran.found("credential"), ("skipped".into(), "the settings are invalid".into(), String::new()));
}

#[tokio::test]
async fn variables_that_lambda_does_not_show_are_those_that_the_function_tells() {
    let deployment = Deployment::new().await;
    deployment.function.deployed(|it| {
        it.change("GetFunctionConfiguration", |it| {
            it["Environment"] = json!({"Error": {"ErrorCode": "AccessDeniedException", "Message": "no key"}});
        });
    });
    // Nothing is known, so nothing is said to be unset.
    for answer in [FunctionAnswer::Lambda(403, "AccessDeniedException"), FunctionAnswer::Returns(Value::Null)]
    {
        deployment.answers(answer);
        let ran = deployment.examine().await;
        ran.has_only("fail", "environment", "they are encrypted", "kms:Decrypt");
        assert!(ran.found("environment").2.contains("lambda:InvokeFunction"), "{}", ran.stdout);
    }
    deployment.describe(|_| {});
    assert_eq!(deployment.examine().await.with("fail"), ["settings", "settings"]);
    deployment.describe(|it| {
        it["settings"] = json!({
            "OKTA_ORG_URL": deployment.okta.url(), "OKTA_SECRET_ID": SECRET_NAME, "LEDGER_TABLE": LEDGER_TABLE,
            "OUTCOME_BUS": "(not shown: it looks like a credential)", "REQUEST_TYPES": null,
        });
    });
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.with("warn").len()), (0, 0), "{}", ran.stdout);
    assert_eq!(ran.found("ledger").0, "ok");
    assert_eq!(ran.found("outcome bus").0, "skipped");
}

#[tokio::test]
async fn settings_that_are_legal_but_unwise_are_warned_of() {
    let deployment = Deployment::new().await;
    deployment.set("DRY_RUN", "true");
    deployment.examine().await.has_only(
        "warn",
        "dry run",
        "nothing is posted",
        "set DryRun=false and deploy",
    );

    let deployment = Deployment::new().await;
    deployment.set("LEDGER_TABLE", "");
    let ran = deployment.examine().await;
    ran.has_only("warn", "ledger setting", "LEDGER_TABLE is not set", "DynamoDB table");
    assert_eq!(ran.found("ledger").0, "skipped");
}

#[tokio::test]
async fn a_credential_in_place_of_a_name_is_a_fault_and_is_shown_nowhere() {
    let token = format!("00{}", "hunter2-".repeat(5));
    for name in ["LEDGER_TABLE", "OUTCOME_BUS", "MAX_EVENT_AGE"] {
        let deployment = Deployment::new().await;
        deployment.set(name, &token);
        let ran = deployment.examine().await;
        assert_eq!((ran.status, ran.found("settings").0.as_str()), (1, "fail"), "{name}");
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("hunter2"), "{name}");
    }
    let deployment = Deployment::new().await;
    let mut command = deployment.command();
    let ran = deployment
        .end(command.args(["--json", "--function", FUNCTION_NAME]).env("ENRICHMENT_FILE", &token))
        .await;
    assert_eq!(ran.found("policy").0, "ok", "the deployed one");
    let (status, detail, _) = ran.found("local policy");
    assert_eq!(status, "fail");
    assert!(detail.ends_with("a credential stands in place of the path"), "{detail}");
    let mut command = deployment.command();
    let roots = deployment
        .end(command.args(["--json", "--function", FUNCTION_NAME]).env("SSL_CERT_FILE", &token))
        .await;
    let says = "failed to read the roots in `(not shown)` (SSL_CERT_FILE)";
    assert!(roots.found("environment").1.starts_with(says), "{}", roots.stdout);
    assert!(!format!("{}{}", roots.stdout, roots.stderr).contains("hunter2"));
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("hunter2"));
}

#[tokio::test]
async fn what_the_function_itself_reports_is_told_once() {
    let deployment = Deployment::new().await;
    deployment.set("MAX_EVENT_AGE", "a day");
    let fault = "MAX_EVENT_AGE is not a whole number of seconds above 0; give one, such as 86400";
    deployment.describe(|it| it["faults"] = json!([fault]));
    let ran = deployment.examine().await;
    ran.has_only("fail", "settings", "MAX_EVENT_AGE is not a whole number", "give one, such as 86400");
    assert_eq!(ran.with("fail").len(), 1);

    // Only the function can read the files in its package.
    let deployment = Deployment::new().await;
    deployment.describe(|it| it["faults"] = json!(["failed to read the roots in `/var/task/ca.pem`"]));
    let ran = deployment.examine().await;
    ran.has_only("fail", "settings", "the function reports: failed to read the roots", "deploy again");
    assert_eq!(ran.found("people").0, "ok", "the rest is checked");
}

#[tokio::test]
async fn what_the_settings_name_and_aws_does_not_have() {
    let deployment = Deployment::new().await;
    deployment.set("OUTCOME_BUS", "another");
    deployment.examine().await.has_only("fail", "outcome bus", "ResourceNotFoundException", "OutcomeBusName");

    let deployment = Deployment::new().await;
    deployment.set("LEDGER_TABLE", "another");
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["ledger", "ledger expiry", "ledger protection"], "{}", ran.stdout);
    assert!(ran.found("ledger").2.contains("LedgerTableName"), "{}", ran.stdout);

    let deployment = Deployment::new().await;
    let ran = deployment.end(deployment.command().args(["--json", "--function", "another"])).await;
    ran.has_only("fail", "environment", "ResourceNotFoundException", "check the name");
    assert_eq!(ran.found("org").0, "skipped");
    assert!(deployment.okta.calls().is_empty());
}

/// Another program may act on the question, whatever it takes it for.
#[tokio::test]
async fn a_function_without_the_enrichers_variables_is_not_invoked() {
    for environment in [Value::Null, json!({"Variables": {}}), json!({"Variables": {"DRY_RUN": "true"}})] {
        let deployment = Deployment::new().await;
        deployment.function.deployed(|it| {
            it.change("GetFunctionConfiguration", |it| it["Environment"] = environment);
        });
        let ran = deployment.examine().await;
        let says = "was not asked: is --function the enricher?";
        ran.has_only("fail", "version", says, "stack output FunctionName");
        assert_eq!(ran.with("ok"), ["environment"], "another program is not judged");
        assert!(deployment.function.events().is_empty(), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn a_function_is_looked_for_where_its_arn_says() {
    let deployment = Deployment::new().await;
    let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{FUNCTION_NAME}");
    let examine = async |function: &str, regions: &[(&str, &str)]| {
        let mut command = deployment.command();
        command
            .args(["--json", "--function", function])
            .env_remove("AWS_REGION")
            .envs(regions.iter().copied());
        deployment.end(&mut command).await
    };
    for regions in [&[][..], &[("AWS_REGION", "eu-central-1")]] {
        let ran = examine(&arn, regions).await;
        assert_eq!((ran.status, ran.with("warn").len()), (0, 0), "{}", ran.stdout);
    }
    let denied = Deployment::new().await;
    denied.function.deployed(|it| it.refuse("GetFunctionConfiguration", "AccessDeniedException"));
    denied.examine().await.has_only(
        "fail",
        "environment",
        "AccessDeniedException",
        "check the name, or allow your AWS credentials lambda:GetFunctionConfiguration",
    );
    let both = [("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "eu-central-1")];
    let ran = examine("another", &both).await;
    ran.has_only(
        "fail",
        "environment",
        "`another` in us-east-1: ResourceNotFoundException",
        "check the name",
    );
    let detail = ran.found("environment").1;
    assert!(detail.contains("AWS_DEFAULT_REGION is eu-central-1, and sam deploys to the latter"), "{detail}");
}

#[tokio::test]
async fn without_aws_credentials_okta_is_checked_all_the_same() {
    let deployment = Deployment::new().await;
    let file = file(&service_app_secret());
    let mut command = deployment.command();
    command
        .env("OKTA_ORG_URL", deployment.okta.url())
        .env("OKTA_SECRET_FILE", file.path())
        .env("LEDGER_TABLE", LEDGER_TABLE);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        command.env_remove(name);
    }
    let ran = deployment.end(command.arg("--json")).await;
    assert_eq!(ran.with("fail"), ["session"], "{}", ran.stdout);
    assert_eq!(ran.with("warn"), ["secret"], "the function's own was not looked at");
    assert_eq!(ran.found("messages, v1").0, "ok");
    assert_eq!(ran.found("ledger").1, "there is no AWS session (see session)");
}

#[tokio::test]
async fn wrong_usage_has_a_status_of_its_own() {
    let deployment = Deployment::new().await;
    let ran = deployment.end(deployment.command().args(["--queue-url", "dead-letters"])).await;
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("a queue's URL looks like"), "{}", ran.stderr);
    // A variable of the shell that is not set.
    let ran = deployment.end(deployment.command().args(["--function", ""])).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("'--function <NAME>'"), "{}", ran.stderr);

    deployment.function.deployed(|it| it.refuse("GetFunctionConfiguration", "ValidationException"));
    let ran = deployment.examine().await;
    ran.has_only("fail", "environment", "ValidationException", "a name, NAME:ALIAS or an ARN");
}

/// Variables of the shell that are no text are none of this program's.
#[cfg(unix)]
#[tokio::test]
async fn a_variable_that_is_not_utf_8_is_left_alone() {
    use std::os::unix::ffi::OsStrExt as _;

    let deployment = Deployment::new().await;
    let mut command = deployment.command();
    command.env("FOLDER", std::ffi::OsStr::from_bytes(b"caf\xe9")).env("OKTA_ORG_URL", deployment.okta.url());
    let ran = deployment.end(command.env("OKTA_API_TOKEN", okta_simulator::TOKEN).arg("--json")).await;
    assert_eq!((ran.status, ran.found("org").0.as_str()), (0, "ok"), "{}{}", ran.stdout, ran.stderr);
    command.env("OKTA_API_TOKEN", std::ffi::OsStr::from_bytes(b"00\xe9"));
    let ran = deployment.end(&mut command).await;
    assert_eq!(ran.found("secret").1, "failed to read OKTA_API_TOKEN: it is not UTF-8", "{}", ran.stdout);
}
