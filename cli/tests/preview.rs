//! `enricher preview` against an org that is real to it: what it shows, and that it posts nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use okta_simulator::doubles::{FUNCTION_NAME, Function, FunctionAnswer, SECRET_NAME, Stage, file};
use okta_simulator::{Simulator, TOKEN, service_app_secret};
use serde_json::json;
use support::{Ran, enricher, operator};

const V2: &str = "req16zRXf4PBGnr7o18A";
const V1: &str = "69a97622417fb5da41baf7b4";

/// Runs it with a credential of the shell, and without AWS.
fn preview(okta: &Simulator, arguments: &[&str]) -> Ran {
    let mut command = enricher();
    // A call of AWS would fail.
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("OKTA_API_TOKEN", TOKEN);
    let ran = command.args(["preview", "--org", &okta.url()]).args(arguments).output().unwrap().into();
    assert_eq!(okta.messages(), Vec::new());
    assert_eq!(okta.complaints(), Vec::<String>::new());
    assert!(okta.calls().iter().all(|call| call.method == "GET"), "{:#?}", okta.calls());
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_both_generations_show_the_message_that_they_would_get() {
    let okta = Simulator::start().await.unwrap();
    let ran = preview(&okta, &[V2, V1]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.starts_with(&format!("okta: {}\npolicy: built in (", okta.url())), "{}", ran.stderr);
    for says in [
        format!("{V2}\n  | Nothing to look at: GitHub Maintainer, GitHub Enterprise, 90 days\n"),
        "  | For: Zoë Brontë-Müller (zoe.bronte-mueller@example.com)\n".to_owned(),
        format!("{V1}\n  | Nothing to look at: “Need access to Jira”\n"),
        "  | Manager: Lars Nygård (lars.nygard@example.com)\n".to_owned(),
    ] {
        assert!(ran.stdout.contains(&says), "{says}: {}", ran.stdout);
    }
    let end = "  not posted: the function would post this message [rule every-request]\n";
    assert_eq!(ran.stdout.matches(end).count(), 2, "{}", ran.stdout);
    let lines = preview(&okta, &["--json", V2, V1]).lines();
    assert_eq!(lines[1]["request_id"], V1);
    assert_eq!((&lines[0]["outcome"], &lines[0]["api"]), (&json!("would_post"), &json!("v2")));
    assert!(lines[0]["message"].as_str().unwrap().contains("For: Zoë"), "{}", lines[0]);
}

/// The message of a replay of the same request differs only in its time.
#[tokio::test(flavor = "multi_thread")]
async fn the_message_is_the_one_that_the_function_posts() {
    let okta = Simulator::start().await.unwrap();
    let previewed = preview(&okta, &["--json", V2]).document()["message"].as_str().unwrap().to_owned();
    let event = "events/access.request.create--v2.json";
    let ran: Ran = enricher()
        .args(["replay", "--json", "--post", "--org", &okta.url(), event])
        .env("OKTA_API_TOKEN", TOKEN)
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let posted = okta.messages()[0].message.clone();
    let facts = |message: &str| message.rsplit_once('\n').unwrap().0.to_owned();
    assert_eq!(facts(&previewed), facts(&posted));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_function_would_not_post_on_is_said_with_the_reason() {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| world.request_mut(V1)["requestStatus"] = json!("RESOLVED"));
    let ran = preview(&okta, &[V1]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("  | For: Amara Okonkwo"), "{}", ran.stdout);
    let closed =
        "  the function would post nothing: the request is closed already (RESOLVED) [rule every-request]\n";
    assert!(ran.stdout.ends_with(closed), "{}", ran.stdout);
    let line = preview(&okta, &["--json", V1]).document();
    assert_eq!((&line["outcome"], &line["code"]), (&json!("would_post_nothing"), &json!("request-closed")));
    assert!(line["message"].is_string(), "{line}");

    let policy = file("[[rule]]\nname = \"jira\"\nmatch = { api = \"v1\" }\nsections = [\"profile\"]\n");
    let path = policy.path().to_str().unwrap();
    let ran = preview(&okta, &["--policy", path, V2]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let unmatched =
        format!("{V2}\n  the function would post nothing: no rule of the policy matches the request\n");
    assert_eq!(ran.stdout, unmatched);
    assert!(ran.stderr.contains(&format!("policy: {path} (")), "{}", ran.stderr);
    assert!(ran.stderr.contains("rule jira does not match: match.api: "), "{}", ran.stderr);

    let ran: Ran = enricher()
        .args(["preview", V1])
        .envs([
            ("OKTA_API_TOKEN", TOKEN),
            ("OKTA_ORG_URL", &okta.url()),
            ("REQUEST_TYPES", "aaaaaaaaaaaaaaaaaaaaaaaa"),
        ])
        .output()
        .unwrap()
        .into();
    let other = "the function would post nothing: the request is not among REQUEST_TYPES";
    assert!(ran.status == 0 && ran.stdout.contains(other), "{}{}", ran.stdout, ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_can_not_be_read_fails_alone() {
    let okta = Simulator::start().await.unwrap();
    let unknown = "69a97622417fb5da41baf7ff";
    let ran = preview(&okta, &[unknown, V2]);
    assert_eq!(ran.status, 1);
    let says = format!(
        "{unknown}\n  failed to read the access request: GET /governance/api/v1/requests/{unknown}: Okta answered 404"
    );
    assert!(ran.stdout.starts_with(&says) && ran.stdout.contains("For: Zoë"), "{}", ran.stdout);
    assert!(ran.stderr.contains("its other id, which begins with req"), "{}", ran.stderr);
    let line = preview(&okta, &["--json", "req00000000000000000"]).document();
    assert_eq!((&line["outcome"], &line["code"]), (&json!("failed"), &json!("okta-not-found")));
    okta.fault("user=403".parse().unwrap());
    let ran = preview(&okta, &[V2]);
    assert!(
        ran.status == 1 && ran.stdout.contains("failed to read the profile of the person"),
        "{}",
        ran.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_said_with_what_to_do() {
    let okta = Simulator::start().await.unwrap();
    for (arguments, variables, says) in [
        (&["preview"][..], &[][..], "<REQUEST_ID>"),
        (&["preview", "JIRA-12"], &[], "an id of an access request is req and 17 letters or digits"),
        (
            &["preview", V2],
            &[("OKTA_API_TOKEN", TOKEN)],
            "give --org URL or --function NAME, or set OKTA_ORG_URL",
        ),
        (
            &["preview", "--org", &okta.url(), V2],
            &[],
            "set OKTA_API_TOKEN or OKTA_SECRET_FILE, or give --function NAME",
        ),
        (&["preview", "--org", "acme.okta.com", V2], &[("OKTA_API_TOKEN", TOKEN)], "in --org has no scheme"),
        (&["preview", "--org", "x", "--function", "y", V2], &[], "cannot be used with"),
        (
            &["preview", "--org", &okta.url(), "--policy", "no-such-file", V2],
            &[("OKTA_API_TOKEN", TOKEN)],
            "no-such-file",
        ),
    ] {
        let ran: Ran = enricher().args(arguments).envs(variables.iter().copied()).output().unwrap().into();
        assert!(ran.status == 2 && ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(okta.calls(), Vec::new());
}

#[tokio::test]
async fn with_a_function_its_settings_secret_and_policy_are_used() {
    let stage = Stage::with_service_app().await;
    assert!(service_app_secret().contains("client_id"));
    let policy = "[[rule]]\nname = \"of-the-function\"\nsections = [\"profile\"]\n";
    let description = json!({
        "outcome": "described", "version": env!("CARGO_PKG_VERSION"), "policy": "0123456789ab",
        "policy_file": "/var/task/enrichment.toml", "policy_text": policy, "faults": [], "settings": {},
    });
    let function = Function::start(move |_| FunctionAnswer::Returns(description.clone()));
    function.deployed(|it| {
        it.change("GetFunctionConfiguration", |answer| {
            answer["Environment"]["Variables"] =
                json!({ "OKTA_ORG_URL": stage.okta.url(), "OKTA_SECRET_ID": SECRET_NAME });
        });
    });
    let mut command = operator("preview");
    command
        .args(["--function", FUNCTION_NAME, V2])
        .env("AWS_ENDPOINT_URL", stage.aws.url())
        .env("AWS_ENDPOINT_URL_LAMBDA", function.endpoint());
    let ran: Ran = command.output().await.unwrap().into();
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("would post this message [rule of-the-function]"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains(&format!("policy: deployed in {FUNCTION_NAME} (0123456789ab)\n")),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.okta.messages(), Vec::new());
}
