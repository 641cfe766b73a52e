//! What the function itself says: its version and its policy, beside this enricher and the local file.

use okta_request_enricher::policy::EMBEDDED;
use okta_simulator::doubles::{FUNCTION_NAME, Function, FunctionAnswer, Queue, SECRET_NAME, Stage};
use serde_json::{Value, json};

use crate::support::{Ran, operator};
use crate::{Deployment, Examined};

const POLICY: &str = "[[rule]]\nname = \"x\"\nsections = [\"profile\"]\n";

/// Runs it in a folder of the operator's.
async fn examine_in(deployment: &Deployment, folder: &std::path::Path, more: &[&str]) -> Examined {
    let mut command = deployment.command();
    command.current_dir(folder).args(["--json", "--function", FUNCTION_NAME]).args(more);
    deployment.end(&mut command).await
}

#[tokio::test]
async fn why_the_function_did_not_answer() {
    let failed = |kind: &'static str, text: &str| FunctionAnswer::Fails(kind, text.to_owned());
    let cases = [
        (
            FunctionAnswer::Lambda(403, "AccessDeniedException"),
            "warn",
            "it can't be asked",
            "allow your AWS credentials lambda:InvokeFunction",
        ),
        (
            FunctionAnswer::Lambda(429, "TooManyRequestsException"),
            "warn",
            "Lambda throttles it",
            "concurrency",
        ),
        (FunctionAnswer::Lambda(500, "ServiceException"), "warn", "ServiceException", "run this again"),
        (
            FunctionAnswer::Cut,
            "warn",
            "no connection",
            "check the region and the proxy (HTTPS_PROXY, NO_PROXY), then run this again",
        ),
        (
            FunctionAnswer::Lambda(400, "InvalidZipFileException"),
            "fail",
            "InvalidZipFileException",
            "deploy again",
        ),
        (
            failed("Permanent", "failed to read the event: it has no `detail` [event-not-an-envelope]"),
            "warn",
            "it is older than this enricher",
            "deploy this version",
        ),
        (
            failed("Permanent", "failed to read the configuration: DRY_RUN is `on` [config-invalid]"),
            "fail",
            "every invocation fails: failed to read the configuration: DRY_RUN is `on`",
            "deploy again",
        ),
        (
            failed("Sandbox.Timedout", "2026 Task timed out after 90.00 seconds"),
            "fail",
            "it timed out",
            "see its log",
        ),
        (
            failed("Runtime.InvalidEntrypoint", "Error: fork/exec /var/task/bootstrap: zoe@example.com"),
            "fail",
            "it ended without an answer (Runtime.InvalidEntrypoint)",
            "another architecture",
        ),
        (failed("KeyError", "zoe@example.com"), "fail", "it ended without an answer", "see its log"),
        (
            FunctionAnswer::Returns(json!({"statusCode": 200, "body": "zoe@example.com"})),
            "fail",
            "unexpected response: is --function the enricher?",
            "stack output FunctionName",
        ),
        (FunctionAnswer::Returns(Value::Null), "fail", "unexpected response", "FunctionName"),
    ];
    for (answer, status, says, remedy) in cases {
        let deployment = Deployment::new().await;
        deployment.answers(answer);
        let ran = deployment.examine().await;
        ran.has_only(status, "version", says, remedy);
        assert_eq!(ran.found("people").0, "ok", "the rest is checked: {}", ran.stdout);
        assert!(ran.found("policy").1.contains("(the deployed policy is unknown)"), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn another_version_is_told() {
    let deployment = Deployment::new().await;
    deployment.describe(|it| it["version"] = "99.1.0".into());
    let ran = deployment.examine().await;
    ran.has_only("warn", "version", "the function is 99.1.0, this enricher is ", "enricher init --upgrade");
    for odd in ["zoe@example.com", "the one that Zoe built", ""] {
        deployment.describe(|it| it["version"] = odd.into());
        let ran = deployment.examine().await;
        ran.has_only("fail", "version", "unexpected response: is --function the enricher?", "FunctionName");
        assert!(odd.is_empty() || !ran.stdout.contains(odd), "{}", ran.stdout);
    }
    // Members that this version does not know are no fault.
    deployment.describe(|it| it["architecture"] = json!({"arm64": true}));
    assert_eq!(deployment.examine().await.found("version").0, "ok");
}

#[tokio::test]
async fn the_deployed_policy_is_checked_and_decides_which_rights_are_needed() {
    let deployment = Deployment::new().await;
    let faulty = "[[rule]]\nname = \"x\"\nsections = [\"nothing\"]\n";
    deployment.deploy(faulty);
    let ran = deployment.examine().await;
    assert_eq!(ran.with("fail"), ["policy"], "{}", ran.stdout);
    let (_, detail, remedy) = ran.found("policy");
    assert!(detail.starts_with("/var/task/enrichment.toml (0123456789ab), line 3: "), "{detail}");
    assert!(remedy.contains("enricher check"), "{remedy}");
    let unknown = "the policy decides which are needed, and it can't be used";
    assert_eq!(ran.found("rights"), ("skipped".into(), unknown.into(), String::new()));
    for name in ["secret", "credential", "log stream"] {
        assert_eq!(ran.found(name).0, "ok", "{name} needs no policy: {}", ran.stdout);
    }

    deployment.deploy(
        "[[rule]]\nname = \"x\"\nsections = [\"profile\"]\nattributes = [{ name = \"mobilePhone\", label = \"Phone\" }]\n",
    );
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.with("fail").len()), (0, 0), "{}", ran.stdout);
    assert!(ran.with("warn").contains(&"policy".to_owned()), "{}", ran.stdout);
    assert_eq!(ran.found("policy").1, "/var/task/enrichment.toml (0123456789ab): 1 rule");
    assert_eq!(ran.found("app names").1, "the policy does not show them");
}

#[tokio::test]
async fn a_policy_file_that_the_function_can_not_read_fails() {
    let deployment = Deployment::new().await;
    let fault = "failed to read the policy file `/var/task/mine.toml`: No such file; set ENRICHMENT_FILE";
    let unreadable = |faults: Value| {
        deployment.describe(|it| {
            it["policy"] = Value::Null;
            it["policy_file"] = "/var/task/mine.toml".into();
            it["policy_text"] = Value::Null;
            it["faults"] = faults;
        });
    };
    unreadable(json!([fault]));
    deployment.examine().await.has_only("fail", "policy", fault, "deploy again");
    unreadable(json!([]));
    let says = "the function can't read /var/task/mine.toml";
    deployment.examine().await.has_only("fail", "policy", says, "deploy again");
}

#[tokio::test]
async fn the_local_policy_file_is_compared_with_the_deployed_policy() {
    let deployment = Deployment::new().await;
    deployment.deploy(POLICY);
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let compared = async |more: &[&str]| examine_in(&deployment, here, more).await;
    let is_same = |ran: &Examined, name: &str| {
        let (status, detail, _) = ran.found("local policy");
        assert_eq!(status, "ok", "{detail}");
        assert_eq!(detail, format!("the deployed policy is the same as {name}"));
    };
    assert!(!compared(&[]).await.stdout.contains("local policy"), "there is nothing to compare");

    std::fs::write(here.join("enrichment.toml"), format!("\u{feff}{POLICY}")).unwrap();
    is_same(&compared(&[]).await, "enrichment.toml");
    std::fs::create_dir(here.join("function")).unwrap();
    std::fs::write(here.join("function/enrichment.toml"), EMBEDDED).unwrap();
    let ran = compared(&[]).await;
    ran.has_only(
        "warn",
        "local policy",
        "the deployed policy differs from function/enrichment.toml (",
        "deploy function/enrichment.toml, or",
    );
    assert_eq!(ran.found("policy").0, "ok", "what is deployed is what counts");
    is_same(&compared(&["--policy", "enrichment.toml"]).await, "enrichment.toml");

    let mut command = deployment.command();
    command.current_dir(here).env("ENRICHMENT_FILE", "enrichment.toml");
    is_same(&deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await, "enrichment.toml");

    let ran = compared(&["--policy", "no/such/file.toml"]).await;
    ran.has_only("fail", "local policy", "failed to read no/such/file.toml", "readable policy file");
    std::fs::write(here.join("function/enrichment.toml"), b"caf\xE9").unwrap();
    let ran = compared(&[]).await;
    ran.has_only("warn", "local policy", "failed to read function/enrichment.toml", "--policy");
}

#[tokio::test]
async fn without_a_function_the_given_policy_is_checked() {
    let deployment = Deployment::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("good.toml"), folder.path().join("bad.toml"));
    std::fs::write(&good, POLICY).unwrap();
    std::fs::write(&bad, "[[rule]]\nname = \"x\"\nsections = [\"nothing\"]\n").unwrap();
    let command = |variable: &std::path::Path, option: Option<&std::path::Path>| {
        let mut command = deployment.command();
        command.env("OKTA_ORG_URL", deployment.okta.url()).env("OKTA_SECRET_ID", SECRET_NAME);
        command.env("ENRICHMENT_FILE", variable).arg("--json");
        if let Some(option) = option {
            command.arg("--policy").arg(option);
        }
        command
    };
    let ran = deployment.end(&mut command(&bad, None)).await;
    assert_eq!((ran.status, ran.with("fail")), (1, vec!["policy".to_owned()]), "{}", ran.stdout);
    let ran = deployment.end(&mut command(&bad, Some(&good))).await;
    assert_eq!(ran.with("fail"), Vec::<String>::new(), "{}", ran.stdout);
    assert_eq!(ran.found("policy").1, format!("{}: 1 rule", good.display()));
    assert_eq!(ran.found("app names").1, "the policy does not show them");
    assert_eq!(ran.found("version").1, "no function is named (--function NAME)");
    assert!(deployment.function.events().is_empty());
}

#[tokio::test]
async fn the_deployed_binary_says_what_it_is() {
    let stage = Stage::with_service_app().await;
    let (queue, folder) = (Queue::start(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("enrichment.toml"), POLICY).unwrap();
    let root = folder.path().to_str().unwrap();
    let function = Function::of(stage.spawn_with(&[("LAMBDA_TASK_ROOT", root), ("MAX_EVENT_AGE", "a day")]));
    function.deployed(|it| {
        it.change("GetFunctionConfiguration", |it| {
            it["Environment"]["Variables"] = json!({
                "OKTA_ORG_URL": stage.okta.url(), "OKTA_SECRET_ID": SECRET_NAME, "MAX_EVENT_AGE": "a day",
            });
        });
    });
    let mut command = operator("doctor");
    command
        .current_dir(folder.path())
        .env("AWS_ENDPOINT_URL", stage.aws.url())
        .env("AWS_ENDPOINT_URL_LAMBDA", function.endpoint())
        .env("AWS_ENDPOINT_URL_SQS", queue.endpoint())
        .args(["--json", "--function", FUNCTION_NAME]);
    let ran = Examined(Ran::from(command.output().await.unwrap()));
    assert_eq!(ran.found("version").0, "ok", "{}", ran.stdout);
    let policy = ran.found("policy").1;
    assert!(
        policy.starts_with(&format!("{root}/enrichment.toml (")) && policy.ends_with("): 1 rule"),
        "{policy}"
    );
    assert_eq!(ran.found("local policy").1, "the deployed policy is the same as enrichment.toml");
    let settings = ran.document()["checks"].to_string().matches(r#""name":"settings""#).count();
    assert_eq!(settings, 1, "the fault that both find is told once: {}", ran.stdout);
    assert_eq!(ran.found("settings").2, "give one, such as 86400");
}

/// What these would show or post with another policy would be wrong.
#[tokio::test]
async fn other_commands_take_the_deployed_policy_too() {
    let deployment = Deployment::new().await;
    let run = async |name: &str, variables: &[(&str, &str)], more: &[&str]| {
        let mut command = operator(name);
        command
            .args(["--function", FUNCTION_NAME, "--json", "--since", "30d"])
            .args(more)
            .env("AWS_ENDPOINT_URL", deployment.aws.url())
            .env("AWS_ENDPOINT_URL_LAMBDA", deployment.function.endpoint())
            .envs(variables.iter().copied());
        Ran::from(command.output().await.unwrap())
    };
    deployment.deploy("[[rule]]\nname = \"of-the-function\"\nsections = [\"profile\"]\n");
    let ran = run("backtest", &[], &[]).await;
    assert!(ran.stdout.contains("of-the-function"), "{}{}", ran.stdout, ran.stderr);
    let deployed = format!("policy: deployed in {FUNCTION_NAME} (");
    assert!(ran.stderr.starts_with(&deployed), "{}", ran.stderr);
    // The repository's own policy file lies in the working folder.
    let differs = "enrichment.toml (";
    assert!(ran.stderr.contains(differs) && ran.stderr.contains("differs in lines "), "{}", ran.stderr);
    let named = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(named.path(), "[[rule]]\nname = \"draft\"\nsections = [\"profile\"]\n").unwrap();
    let path = named.path().to_str().unwrap();
    let ran = run("backtest", &[("ENRICHMENT_FILE", path)], &[]).await;
    assert!(ran.stdout.contains("of-the-function"), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(&format!("--policy {path} uses the file")), "{}", ran.stderr);
    let ran = run("backtest", &[("ENRICHMENT_FILE", "/no/such/file")], &["--policy", path]).await;
    assert!(ran.stdout.contains("draft"), "a draft is tried: {}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.starts_with(&format!("policy: {path} (")), "{}", ran.stderr);
    let says = format!("note: {path} differs in line 2 from the policy deployed in {FUNCTION_NAME} (");
    assert!(ran.stderr.contains(&says), "{}", ran.stderr);

    deployment.answers(FunctionAnswer::Lambda(403, "AccessDeniedException"));
    for name in ["backtest", "reconcile"] {
        let ran = run(name, &[], &[]).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        for says in ["the policy of the function is unknown", "lambda:InvokeFunction", "or name a copy"] {
            assert!(ran.stderr.contains(says), "{name}: {}", ran.stderr);
        }
    }
    assert_eq!(deployment.okta.messages(), Vec::new());
}
