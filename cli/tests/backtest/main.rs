//! `enricher backtest` over the simulator's past requests: what it says, and that nothing is posted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod findings;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use okta_simulator::doubles::file;
use okta_simulator::{Calls, Fault, FaultKind, Simulator, service_app_secret};
use serde_json::{Value, json};
use support::{Ran, enricher};

fn command(okta: &Simulator, arguments: &[&str]) -> Command {
    let mut command = enricher();
    command.args(["backtest", "--since", "10000d"]).args(arguments).env("OKTA_ORG_URL", okta.url());
    command
}

fn backtest(okta: &Simulator, secret: &str, arguments: &[&str]) -> Ran {
    let secret = file(secret);
    command(okta, arguments).env("OKTA_SECRET_FILE", secret.path()).output().unwrap().into()
}

/// The simulator with limits that make nobody wait.
async fn unhurried() -> Simulator {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| world.limits.governance = 1000);
    okta
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_tried_on_every_past_request_and_nothing_is_posted() {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| {
        world.limits.governance = 1000;
        // Some of them are read on the way, and all are closed by now.
        world.v1_requests.values_mut().for_each(|request| request["requestStatus"] = json!("RESOLVED"));
        world.v2_requests.values_mut().for_each(|request| request["status"] = json!("APPROVED"));
        let id = world.v2_requests.keys().next().unwrap().clone();
        // Asked for by a stranger.
        world.request_mut(&id)["requestedBy"]["externalId"] = json!("00u1w9f232fHZB86wJnG");
    });
    let ran = backtest(&okta, &service_app_secret(), &["--json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let found = ran.document();
    // A request that both lists show is one.
    let all = okta.with_world(|world| {
        let twins: Vec<_> =
            world.v2_requests.values().map(|it| it["requestApproval"]["externalRequestId"].clone()).collect();
        world.v1_requests.keys().filter(|id| !twins.contains(&json!(id))).count() + world.v2_requests.len()
    });
    assert_eq!((&found["requests"], &found["tried"]), (&json!(all), &json!(all)), "{found:#}");
    assert_eq!(found["rules"], json!({"every-request": all}), "closed ones, too: {found:#}");
    let conflicts = found["conflicts"].as_object().unwrap();
    assert!(conflicts.keys().any(|text| text.starts_with("conflict with “")), "{found:#}");
    let number: u64 = conflicts.values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(found["warnings"]["conflict"], number, "{found:#}");
    let by_request = found["conflicts_by_request"].as_array().unwrap();
    assert_eq!(
        by_request.iter().map(|it| it["conflicts"].as_array().unwrap().len() as u64).sum::<u64>(),
        number
    );
    let id = by_request[0]["request_id"].as_str().unwrap();
    assert!(okta.with_world(|world| world.v2_requests.contains_key(id)), "{found:#}");
    assert!(found["warnings"]["manager"].as_u64() > Some(0), "{found:#}");
    assert!(found["not_checked"]["manager: the profile names none"].as_u64() > Some(0), "{found:#}");
    let department = &found["shown"]["Department"];
    // Two strangers asked: the one above, and that of a sample.
    assert!(department["own"].as_u64().unwrap() > 1 && department["on_behalf"] == 2, "{found:#}");
    let manager = &found["shown"]["Manager"];
    assert!(manager["own"].as_u64() > Some(1), "{found:#}");
    assert_eq!(manager["on_behalf"], 0, "not for strangers: {found:#}");
    let user = found["calls"].as_array().unwrap().iter().find(|it| it["call"] == "GET /api/v1/users/{id}");
    assert_eq!(user.unwrap()["limit"], 600, "{found:#}");
    assert!(okta.messages().is_empty());
    assert_eq!(okta.complaints(), Vec::<String>::new());
    let people = ["example.com", "Zoë", "00u1"];
    ran.shows_none_of(&people);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_told_with_its_reason_and_equal_ones_are_counted() {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| world.limits.governance = 1000);
    okta.fault("groups=403:okta.users.read".parse().unwrap());
    okta.fault("user=500".parse().unwrap());
    let ran = backtest(&okta, &service_app_secret(), &["--limit", "2"]);
    let text = ran.stdout;
    assert!(text.contains("the newest 2 tried: 0 messages, none posted"), "{text}");
    assert_eq!(ran.status, 1);
    assert!(text.contains("  2  rule every-request: failed to read the profile"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_token_tries_what_okta_lets_it_list_and_a_refused_list_is_named() {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| world.limits.governance = 1000);
    let ran = backtest(&okta, &okta.token(), &["--limit", "2"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("the newest 2 tried: 2 messages, none posted"), "{}", ran.stdout);

    okta.fault("groups=500".parse().unwrap());
    let ran = backtest(&okta, &okta.token(), &["--limit", "10"]);
    for heading in ["\nWarnings\n", "\nNot checked\n", "\nCould not be read\n"] {
        assert!(ran.stdout.contains(heading), "{heading}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("  access: Okta answered 500"), "{}", ran.stdout);
    assert!(ran.stdout.contains("/governance/api/v2/requests/{id}/messages\n"), "{}", ran.stdout);
    okta.clear_faults();

    okta.fault("GET /governance/api/v2/requests?=403".parse().unwrap());
    let ran = backtest(&okta, &okta.token(), &["--json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("GET /governance/api/v2/requests: Okta answered 403"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the list needs a service app with the scope"), "{}", ran.stderr);
    let older = okta.with_world(|world| world.v1_requests.len());
    assert_eq!(ran.document()["requests"], older);

    okta.clear_faults();
    okta.with_world(|world| world.token_lists_refused = Some(401));
    let ran = backtest(&okta, &okta.token(), &[]);
    assert_eq!(ran.status, 1);
    for api in ["v1", "v2"] {
        assert!(
            ran.stderr.contains(&format!("GET /governance/api/{api}/requests: Okta answered 401")),
            "{}",
            ran.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_credential_is_said_once_with_its_remedy() {
    let okta = unhurried().await;
    let ran = backtest(&okta, "00WrongTokenWrongTokenWrongTokenWrong123456", &[]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert_eq!(ran.stderr.matches("Okta refuses the credential").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("Security > API > Tokens"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("left out"), "nothing is tried: {}", ran.stderr);
    assert!(ran.stderr.ends_with("error: no list of requests could be read\n"), "{}", ran.stderr);
    okta.fault("GET /governance/api/v2/requests?=500".parse().unwrap());
    let ran = backtest(&okta, &okta.token(), &[]);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
    let end = "error: one of the two lists could not be read, so nothing was tried\n";
    assert!(ran.stderr.ends_with(end), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_leads_in_a_circle_ends_the_trial_at_once() {
    let okta = Simulator::start().await.unwrap();
    let href = "https://acme-admin.okta.com/governance/api/v2/requests?after=reqAgainAndAgain00001";
    let page = json!({"data": [], "_links": {"next": {"href": href}}}).to_string().into_bytes();
    let on = Calls::Like { method: None, part: "/v2/requests?".to_owned() };
    okta.fault(Fault { on, times: None, kind: FaultKind::Body(page) });
    let ran = backtest(&okta, &service_app_secret(), &[]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("the links to the next page lead in a circle"), "{}", ran.stderr);
    let calls = okta.calls();
    assert_eq!(calls.iter().filter(|call| call.path.contains("/v2/requests?")).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_what_was_found_so_far() {
    let okta = unhurried().await;
    // Half of the limit is left to others, so the fourth call waits for the next window.
    okta.with_world(|world| (world.limits.directory, world.limits.window) = (6, Duration::from_mins(4)));
    let policy = file("[[rule]]\nname = \"all\"\nsections = [\"profile\"]\n");
    let secret = file(&okta.token());
    let child = command(&okta, &["--json", "--policy", policy.path().to_str().unwrap()])
        .env("OKTA_SECRET_FILE", secret.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let users = || okta.calls().iter().filter(|call| call.path.starts_with("/api/v1/users/")).count();
    while users() < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 130, "{}", ran.stderr);
    let found: Value = ran.document();
    let tried = found["tried"].as_u64().unwrap();
    assert!(tried >= 1 && found["interrupted"] == true, "{found:#}");
    assert_eq!(found["rules"]["all"].as_u64(), Some(tried), "{found:#}");
    assert!(ran.stderr.contains(&format!("interrupted after {tried} of ")), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_during_the_first_request_blames_no_option() {
    let okta = unhurried().await;
    okta.fault("user=slow:60s".parse().unwrap());
    let secret = file(&okta.token());
    let child = command(&okta, &[])
        .env("OKTA_SECRET_FILE", secret.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !okta.calls().iter().any(|call| call.path.starts_with("/api/v1/users/00u")) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 130, "{}", ran.stderr);
    assert!(ran.stdout.ends_with("\nNothing was tried\n"), "{}", ran.stdout);
    let mut command = enricher();
    command.args(["backtest", "--since", "1s"]).env("OKTA_ORG_URL", okta.url());
    let ran = Ran::from(command.env("OKTA_SECRET_FILE", secret.path()).output().unwrap());
    assert!(ran.stdout.contains("Nothing was tried: give a longer --since"), "{}{}", ran.stdout, ran.stderr);
}
