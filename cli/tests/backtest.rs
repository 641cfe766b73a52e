//! `enricher backtest` over the simulator's past requests: what it says, and that nothing is posted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use okta_simulator::doubles::{SECRET_NAME, Stage, file};
use okta_simulator::{CLIENT_ID, Calls, Fault, FaultKind, Simulator, service_app_secret};
use serde_json::{Value, json};
use support::{Ran, enricher, operator};

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

/// Tries a policy.
fn backtest_policy(okta: &Simulator, policy: &str, arguments: &[&str]) -> Ran {
    let policy = file(policy);
    let arguments = [arguments, &["--policy", policy.path().to_str().unwrap()]].concat();
    backtest(okta, &service_app_secret(), &arguments)
}

/// What to settle before the policy is switched on.
fn to_settle(ran: &Ran) -> String {
    let lines = ran.document()["to_settle"].as_array().unwrap().clone();
    lines.iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect()
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
    let ran = backtest(&okta, &okta.token(), &["--limit", "100"]);
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

/// Fails in its own words for one of the sample requests, and in none of the samples of `check`.
const FAILS_FOR_ONE: &str = r#"
[[rule]]
name = "of-treasury"
match = { attributes = { department = ["Treasury"] } }
sections = ["profile"]

[[rule]]
name = "newer"
match = { api = "v2" }
sections = ["request", "profile"]
attributes = [{ name = "costCentre", label = "Cost center" }, { name = "department", label = "Department" }]
template = "{{ headline }}{% if 'Salesforce' in headline %}{{ 1 // 0 }}{% endif %}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_would_fail_is_counted_with_its_rule_and_its_request() {
    let okta = unhurried().await;
    let ran = backtest_policy(&okta, FAILS_FOR_ONE, &["--json"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let found = ran.document();
    let failure = &found["would_fail"][0];
    assert_eq!((&failure["rule"], &failure["requests"]), (&json!("newer"), &json!(1)), "{found:#}");
    assert!(failure["reason"].as_str().unwrap().contains("unable to calculate 1 // 0"), "{found:#}");
    assert!(failure["newest"][0].as_str().unwrap().starts_with("req"), "{found:#}");
    assert_eq!(found["by_rule"][1]["would_fail"], 1);
    let settle = to_settle(&ran);
    assert!(settle.contains("1 message of the rule newer would fail: failed to render"), "{settle}");
    let shown = backtest_policy(&okta, FAILS_FOR_ONE, &[]).stdout;
    assert!(
        shown.contains("\nWould fail\n  1  rule newer: failed to render the message template"),
        "{shown}"
    );
    assert!(okta.messages().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_match_nothing_and_attributes_that_nobody_has_are_named() {
    let okta = unhurried().await;
    let ran = backtest_policy(&okta, FAILS_FOR_ONE, &["--json"]);
    let found = ran.document();
    assert_eq!(found["rules"]["of-treasury"], 0, "{found:#}");
    assert_eq!(found["never_set"], json!(["costCentre"]), "{found:#}");
    let settle = to_settle(&ran);
    assert!(settle.contains("rules that matched nothing: of-treasury\n"), "{settle}");
    assert!(settle.contains("attributes that nobody has: costCentre ("), "{settle}");
    let rule = found["shown_by_rule"].as_array().unwrap();
    let department = rule.iter().find(|it| it["label"] == "Department").unwrap();
    assert!(department["rule"] == "newer" && department["own"].as_u64() > Some(1), "{found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_no_rule_matches_is_counted_and_shown_for_each_request_on_demand() {
    let okta = unhurried().await;
    let ran = backtest_policy(&okta, FAILS_FOR_ONE, &["--json"]);
    let found = ran.document();
    let older = found["without_message"][0]["requests"].clone();
    assert!(older.as_u64() > Some(1), "{found:#}");
    let unmet =
        |rule: &str, condition: &str| json!({"rule": rule, "condition": condition, "requests": older});
    assert_eq!(found["unmet"], json!([unmet("of-treasury", "attributes.department"), unmet("newer", "api")]));
    let kinds = found["kinds"].as_array().unwrap();
    let unmatched = kinds.iter().filter(|kind| kind["matched"] == 0);
    assert!(unmatched.clone().all(|kind| kind["kind"].as_str().unwrap().starts_with("request type ")));
    let settle = to_settle(&ran);
    let says = format!("request types and conditions that no rule matches: {} (", unmatched.count());
    assert!(settle.contains(&says), "{settle}");
    ran.shows_none_of(&["Procurement"]);

    let ran = backtest_policy(&okta, FAILS_FOR_ONE, &["-v"]);
    for says in [
        "rule of-treasury does not match: match.attributes.department: the person's is “Procurement”, not “Treasury”",
        "rule newer does not match: match.api: it is a request of “v1”",
    ] {
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_shown_those_with_warnings_first() {
    let okta = unhurried().await;
    let ran = backtest(&okta, &service_app_secret(), &["--show", "2"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("2 of "), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("  rule every-request\n  | 1 to look at: ").count(), 2, "{}", ran.stdout);
    let found = backtest(&okta, &service_app_secret(), &["--show", "1", "--json"]).document();
    let message = &found["messages"][0];
    assert!(message["message"].as_str().unwrap().contains("WARNING: "), "{found:#}");
    assert_eq!((&message["rule"], found["messages"].as_array().unwrap().len()), (&json!("every-request"), 1));
    assert_eq!(backtest(&okta, &service_app_secret(), &["--json"]).document().get("messages"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_on_too_many_messages_is_marked() {
    let okta = unhurried().await;
    okta.with_world(|world| world.users.values_mut().for_each(|user| user["status"] = json!("SUSPENDED")));
    let ran = backtest(&okta, &service_app_secret(), &["--json", "--limit", "10"]);
    let found = ran.document();
    let warned =
        |kind: &str| found["warned"].as_array().unwrap().iter().find(|it| it["kind"] == kind).cloned();
    let account = warned("account").unwrap();
    assert_eq!((&account["share"], &account["too_many"]), (&json!(100), &json!(true)), "{found:#}");
    assert!(to_settle(&ran).contains("approvers will stop reading it"), "{found:#}");
    let shown = backtest(&okta, &service_app_secret(), &["--limit", "10"]).stdout;
    assert!(shown.contains("  100 %  account: approvers will stop reading it\n"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_or_cut_message_is_counted() {
    let okta = unhurried().await;
    let rule = |name: &str, template: &str| {
        format!("[[rule]]\nname = \"{name}\"\nsections = [\"request\"]\ntemplate = \"{template}\"\n")
    };
    // Neither is what `check` sees in its samples.
    let empty = rule("empty", "{% if people[0].text | length < 26 %}x{% endif %}");
    let found = backtest_policy(&okta, &empty, &["--json", "--limit", "10"]).document();
    let misfit = &found["misfits"][0];
    assert_eq!(misfit["rule"], "empty", "{found:#}");
    assert!(misfit["reason"].as_str().unwrap().starts_with("the template writes nothing"), "{found:#}");

    let (open, close) = ("{% for a in 'aaaaaaaaaa' %}".repeat(4), "{% endfor %}".repeat(4));
    let long =
        rule("long", &format!("x{{% if 'Salesforce' in headline %}}{open}wwww\\n{close}{{% endif %}}"));
    let ran = backtest_policy(&okta, &long, &["--json"]);
    assert!(
        to_settle(&ran).contains("of the rule long: longer than Okta's 5000 characters"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.status, 0, "it would be posted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_an_event_shows_is_not_called_a_request_without_a_message() {
    let okta = unhurried().await;
    let policy = "[[rule]]\nname = \"sap\"\nmatch = { subjects = [\"*sap*\"] }\nsections = [\"profile\"]\n";
    let ran = backtest_policy(&okta, policy, &["--json"]);
    let found = ran.document();
    let reason = found["undecided"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("which only an event has"), "{found:#}");
    let settle = to_settle(&ran);
    assert!(settle.contains("can't be tried: replay their events"), "{settle}");
}

/// Live, each message would fail.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_may_not_post_is_found_out_and_nothing_is_posted() {
    let stage = Stage::with_service_app().await;
    stage.okta.with_world(|world| {
        world.limits.governance = 1000;
        let app = world.service_app_mut(CLIENT_ID);
        app.scopes.retain(|scope| scope != "okta.accessRequests.request.manage");
    });
    let says = "no message can be posted on v2 requests (";
    let why = "the OAuth scope okta.accessRequests.request.manage is not granted; grant";
    let own = backtest(&stage.okta, &service_app_secret(), &["--json", "--limit", "4"]);
    let settle = to_settle(&own);
    assert!(settle.contains(says) && settle.contains(why), "{settle}");
    assert!(settle.contains("with the credential of OKTA_SECRET_FILE"), "{settle}");
    assert_eq!(own.status, 0, "an operator's credential need not post");

    let mut command = operator("backtest");
    command.args(["--since", "10000d", "--limit", "4", "--json"]).env("AWS_ENDPOINT_URL", stage.aws.url());
    command.env("OKTA_ORG_URL", stage.okta.url()).env("OKTA_SECRET_ID", SECRET_NAME);
    let ran = Ran::from(command.output().await.unwrap());
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let settle = to_settle(&ran);
    assert!(settle.contains(says) && settle.contains(why), "{settle}");
    assert!(stage.okta.messages().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_what_was_found_so_far() {
    let okta = unhurried().await;
    // Half of the limit is left to others, so the fourth call waits for the next window.
    okta.with_world(|world| (world.limits.directory, world.limits.window) = (6, Duration::from_secs(240)));
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
