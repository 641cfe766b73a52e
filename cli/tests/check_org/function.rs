//! `--function`: the org, the credential and the policy of a deployed function.

use okta_simulator::doubles::{FUNCTION_NAME, Function, FunctionAnswer, SECRET_NAME, Stage, file};
use serde_json::{Value, json};

use crate::support::{Ran, operator};
use crate::{JIRA, rule};

/// A function with this policy, or one that does not answer.
async fn deployed(policy: Option<&str>) -> (Stage, Function) {
    let stage = Stage::new().await;
    let answer = match policy {
        Some(policy) => FunctionAnswer::Returns(json!({
            "outcome": "described", "version": env!("CARGO_PKG_VERSION"), "policy": "0123456789ab",
            "policy_file": "/var/task/enrichment.toml", "policy_text": policy, "faults": [], "settings": {},
        })),
        None => FunctionAnswer::Lambda(403, "AccessDeniedException"),
    };
    let function = Function::start(move |_: &Value| answer.clone());
    let url = stage.okta.url();
    function.deployed(|it| {
        it.change("GetFunctionConfiguration", |answer| {
            answer["Environment"]["Variables"] = json!({"OKTA_ORG_URL": url, "OKTA_SECRET_ID": SECRET_NAME});
        });
    });
    (stage, function)
}

async fn check(stage: &Stage, function: &Function, more: &[&str]) -> Ran {
    let mut command = operator("check");
    command.args(["--function", FUNCTION_NAME]).args(more);
    command.env("AWS_ENDPOINT_URL", stage.aws.url()).env("AWS_ENDPOINT_URL_LAMBDA", function.endpoint());
    // What this shell has for other commands does not count here.
    command.env("ENRICHMENT_FILE", "/no/such/file");
    let ran = Ran::from(command.output().await.unwrap());
    assert_eq!(stage.okta.complaints(), Vec::<String>::new());
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployed_policy_is_checked_in_the_function_s_org() {
    let policy = rule(&format!("match = {{ resources = [\"{JIRA}\", \"0oa1SW2Sj9VkwOqXfkYX\"] }}"));
    let (stage, function) = deployed(Some(&policy)).await;
    let ran = check(&stage, &function, &[]).await;
    assert_eq!((ran.status, ran.sum()), (1, "1 id and 0 attributes found, 1 unknown"), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("error: `match.resources`: the org has no app"), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("--> the policy of {FUNCTION_NAME}:4:48")), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("the policy of {FUNCTION_NAME}: 1 error")), "{}", ran.stdout);
    let (stage, function) = deployed(Some(&rule(""))).await;
    let ran = check(&stage, &function, &[]).await;
    assert!(ran.stdout.contains("ok, 1 rule, policy 0123456789ab\n"), "{}{}", ran.stdout, ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_checked_in_place_of_the_deployed_policy() {
    let mine = file(&rule(&format!("match = {{ resources = [\"{JIRA}\"] }}")));
    let path = mine.path().to_str().unwrap();
    for policy in [Some("[[rule]]\nname = 7"), None] {
        let (stage, function) = deployed(policy).await;
        let ran = check(&stage, &function, &[path]).await;
        assert_eq!((ran.status, ran.sum()), (0, "1 id and 0 attributes found"), "{}", ran.stderr);
        assert!(ran.stdout.starts_with(path), "{}", ran.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_deployed_policy_is_an_error_that_says_what_to_do() {
    let (stage, function) = deployed(None).await;
    let ran = check(&stage, &function, &[]).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("is unknown")
            && ran.stderr.contains("lambda:InvokeFunction")
            && ran.stderr.contains("name a copy"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.okta.calls().len(), 0);
}
