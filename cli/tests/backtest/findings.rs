//! What a policy's author learns from a backtest: what would fail, be empty or be too much, and what the policy
//! forgot.

use okta_simulator::doubles::{SECRET_NAME, Stage, file};
use okta_simulator::{CLIENT_ID, Simulator, service_app_secret};
use serde_json::json;

use super::support::{Ran, operator};
use super::{backtest, unhurried};

/// Tries a policy.
fn backtest_policy(okta: &Simulator, policy: &str, arguments: &[&str]) -> Ran {
    let policy = file(policy);
    let arguments = [arguments, &["--policy", policy.path().to_str().unwrap()]].concat();
    backtest(okta, &service_app_secret(), &arguments)
}

/// What to settle before the policy is switched on.
fn to_settle(ran: &Ran) -> String {
    let lines = ran.document()["to_settle"].as_array().unwrap().clone();
    lines.iter().map(|line| line.as_str().unwrap().to_owned() + "\n").collect()
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
async fn a_scope_that_is_not_granted_is_named() {
    let okta = unhurried().await;
    let without = |scope: &str| {
        okta.with_world(|world| {
            let app = world.service_app_mut(CLIENT_ID);
            app.scopes.retain(|granted| granted != scope);
        });
        backtest(&okta, &service_app_secret(), &["--json", "--limit", "4"])
    };
    // Names are read by calls of their own, or from the catalog.
    let settle = to_settle(&without("okta.accessRequests.catalog.read"));
    assert!(!settle.contains("scope"), "the names' own calls are allowed: {settle}");
    let settle = to_settle(&without("okta.apps.read"));
    let says = "Okta did not grant the scope okta.accessRequests.catalog.read: grant it to the service app";
    assert!(settle.contains(says), "{settle}");
    let ran = without("okta.users.read");
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let settle = to_settle(&ran);
    assert!(settle.contains("would fail: failed to read the profile"), "{settle}");
    assert!(settle.contains("okta.users.read"), "{settle}");
}
