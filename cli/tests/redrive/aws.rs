//! How the queue and the function are named and reached: arguments, credentials, and faults of AWS.

use okta_simulator::doubles::{
    ACCESS_KEY_ID, ACCOUNT, Denied, FUNCTION_NAME, Function, FunctionAnswer, Queue, REGION,
    SECRET_ACCESS_KEY, SESSION_TOKEN, event,
};
use serde_json::{Value, json};

use crate::{HOUR, command, ended, numbered, posts, redrive, undelivered};

#[tokio::test]
async fn a_fault_of_aws_ends_the_run_with_what_to_do() {
    let (queue, function) = (Queue::start(), posts());
    queue.put(event("v2"), &undelivered(), HOUR);

    let with = |args: &[&str]| ended(command(&queue, &function).args(args).spawn().unwrap());
    let url = queue.url();
    let ran = with(&["--queue-url", &format!("{url}-2"), "--function", FUNCTION_NAME]).await;
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("failed to read the size of the queue")
            && ran.stderr.contains("DeadLetterQueueUrl"),
        "{}",
        ran.stderr
    );

    let ran = with(&["--queue-url", &url, "--function", "another"]).await;
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("error: failed to invoke the function `another`: ResourceNotFoundException"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("stack output FunctionName"), "{}", ran.stderr);

    queue.deny(Denied::All);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("sqs:ChangeMessageVisibility"), "{}", ran.stderr);

    queue.deny(Denied::Operation("DeleteMessage"));
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.hidden()), (1, 0));
    assert!(
        ran.stderr.contains("failed to delete a message") && ran.stderr.contains("duplicate"),
        "{}",
        ran.stderr
    );

    let denied = Function::start(|_| FunctionAnswer::Lambda(403, "AccessDeniedException"));
    let ran = redrive(&queue, &denied, &["--json"]).await;
    assert_eq!((ran.status, queue.hidden()), (1, 0));
    assert!(ran.stderr.contains("lambda:InvokeFunction"), "{}", ran.stderr);

    let dry =
        Function::start(|_| FunctionAnswer::Returns(json!({"outcome": "dry_run", "message": "For: Zoë"})));
    let ran = redrive(&queue, &dry, &[]).await;
    assert_eq!((ran.status, queue.ids().len()), (1, 1));
    assert!(ran.stderr.contains("DRY_RUN"), "{}", ran.stderr);

    // Only the progress bar needs this permission.
    queue.deny(Denied::Operation("GetQueueAttributes"));
    assert_eq!(redrive(&queue, &function, &[]).await.status, 0);
}

#[tokio::test]
async fn another_program_s_answer_deletes_nothing() {
    let queue = Queue::start();
    let function = Function::start(|_| FunctionAnswer::Returns(Value::Null));
    for number in 0..5 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.ids().len(), function.events().len()), (1, 5, 3));
    assert!(ran.stdout.contains("is `--function` the enricher?"), "{}", ran.stdout);
}

#[tokio::test]
async fn a_function_is_named_by_its_name_alias_or_arn() {
    let (queue, function) = (Queue::start(), posts());
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION_NAME}");
    for name in [format!("{FUNCTION_NAME}:live"), format!("{arn}:live"), arn] {
        queue.put(event("v2"), &undelivered(), HOUR);
        let mut child = command(&queue, &function);
        let ran =
            ended(child.args(["--queue-url", &queue.url(), "--function", &name]).spawn().unwrap()).await;
        assert_eq!((ran.status, queue.ids().len()), (0, 0), "{name}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn credentials_and_region_are_found_as_the_aws_cli_finds_them() {
    let (queue, function) = (Queue::start(), posts());
    queue.put(event("v2"), &undelivered(), HOUR);
    let home = tempfile::tempdir().unwrap();
    let of_profile = |env: &[(&str, &str)]| {
        let mut command = command(&queue, &function);
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            command.env_remove(name);
        }
        command.env("HOME", home.path()).envs(env.iter().copied());
        ended(command.args(["--queue-url", &queue.url(), "--function", FUNCTION_NAME]).spawn().unwrap())
    };
    let ran = of_profile(&[]).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("no AWS credentials; sign in"), "{}", ran.stderr);
    let keys = [("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)];
    let ran = of_profile(&keys).await;
    assert!(ran.stderr.contains("no AWS region; set AWS_REGION"), "{}", ran.stderr);

    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let session = format!(
        "[profile operator]\nregion = {REGION}\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session \
         s]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n"
    );
    std::fs::write(home.path().join(".aws/config"), session).unwrap();
    let ran = of_profile(&[("AWS_PROFILE", "operator")]).await;
    assert!(ran.stderr.contains("no AWS credentials of the profile `operator`: failed to load the cached SSO token; sign in: aws sso login --profile operator"), "{}", ran.stderr);

    let profile = format!(
        "[profile operator]\nregion = {REGION}\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = \
         {SECRET_ACCESS_KEY}\naws_session_token = {SESSION_TOKEN}\n"
    );
    std::fs::write(home.path().join(".aws/config"), profile).unwrap();
    let ran = of_profile(&[("AWS_PROFILE", "operator")]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "1 dead letter: 1 posted\n"));
}

#[tokio::test]
async fn wrong_usage_says_what_to_write() {
    let (queue, function) = (Queue::start(), posts());
    let url = queue.url();
    for (args, says) in [
        (vec![], "--queue-url"),
        (vec!["--queue-url", &url], "--function"),
        (vec!["--queue-url", "dead-letters", "--function", "f"], "https://sqs.eu-west-1.amazonaws.com/"),
        (vec!["--queue-url", &url, "--function", "f", "--older-than", "yesterday"], "30m, 6h or 2d"),
        (
            vec!["--queue-url", &url, "--function", "f", "--class", "all"],
            "retryable, permanent, undelivered, expired",
        ),
        (vec!["--queue-url", &url, "--function", "f", "--limit", "0"], "--limit"),
    ] {
        let ran = ended(command(&queue, &function).args(&args).spawn().unwrap()).await;
        assert_eq!(ran.status, 2, "{args:?}");
        assert!(ran.stderr.contains(says), "{args:?}: {}", ran.stderr);
    }
    assert!(queue.calls().is_empty());
    let help = ended(command(&queue, &function).arg("--help").spawn().unwrap()).await;
    assert!(help.stdout.contains("Examples:") && help.stdout.contains("--repost"), "{}", help.stdout);
}

#[tokio::test]
async fn a_queue_without_a_connection_is_said_with_what_to_look_at() {
    let (queue, function) = (Queue::start(), posts());
    let mut command = command(&queue, &function);
    // The discard port: nobody listens.
    command.env("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9");
    let ran = ended(command.args(["--queue-url", &queue.url(), "--dry-run"]).spawn().unwrap()).await;
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.ends_with(
            "no connection; check the region and the proxy (HTTPS_PROXY, NO_PROXY), then run this again\n"
        ),
        "{}",
        ran.stderr
    );
}
