//! `enricher check --org` and `--function` as their user runs them, against the simulator: what the org has, what it
//! lacks, what nobody may look up, and what fails. Each id is asked about once, and nothing is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attributes;
mod conditions;
mod failures;
mod function;
mod rights;
#[path = "../support/mod.rs"]
mod support;

use okta_simulator::doubles::file;
use okta_simulator::{Simulator, TOKEN};
use serde_json::{Value, json};
use support::{Ran, enricher};

const JIRA: &str = "0oa1SW2Sj9VkwOqXfkYc";
const SAP: &str = "0oa14APWzd5rpmUqfGsL";
const EVERYONE: &str = "00g1XwVn88aqlttdqHPU";
const CLERK: &str = "enb1MQzd2QRprQCjXYLW";
const ONBOARDING: &str = "col1hT5sRw2QxZ8vKj4M";
const REQUEST_TYPE: &str = "68df878eddd64307621e77c3";
const VENDORS: &str = "rco1IhBfoPYsvXutlysY";
const ZOE: &str = "00u1F5GHSf7bLpPyKNqn";

async fn acme() -> Simulator {
    Simulator::start().await.unwrap()
}

/// A policy with one rule, of which these are the lines after its name.
fn rule(lines: &str) -> String {
    format!("[[rule]]\nname = \"r\"\nsections = [\"profile\", \"access\"]\n{lines}\n")
}

/// Checks this text against the simulator, with this credential.
fn check_with(okta: &Simulator, secret: &str, policy: &str, more: &[&str]) -> Ran {
    let (policy, secret) = (file(policy), file(secret));
    let mut command = enricher();
    command.arg("check").arg(policy.path()).args(["--org", &okta.url()]).args(more);
    let ran = Ran::from(command.env("OKTA_SECRET_FILE", secret.path()).output().unwrap());
    assert_eq!(okta.messages(), Vec::new());
    assert_eq!(okta.complaints(), Vec::<String>::new());
    ran.shows_none_of(&[TOKEN, "PRIVATE KEY", "example.com", "Zoë"]);
    ran
}

/// The same with the API token of a super admin.
fn check(okta: &Simulator, policy: &str) -> Ran {
    check_with(okta, &okta.token(), policy, &[])
}

impl Ran {
    /// The errors and warnings, each with its line: `3: error: …; …`.
    fn of_file(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for line in self.stdout.lines() {
            if line.starts_with("error: ") || line.starts_with("warning: ") {
                found.push(line.to_owned());
                continue;
            }
            let Some(last) = found.last_mut() else { continue };
            if let Some((_, place)) = line.split_once("--> ") {
                *last = format!("{}: {last}", place.rsplit(':').nth(1).unwrap());
            }
            let remedy = line.split_once("= help: ").or_else(|| line.rsplit_once("^ "));
            if let Some((_, remedy)) = remedy {
                *last = format!("{last}; {remedy}");
            }
        }
        found
    }

    /// The last line, behind the org's address.
    #[track_caller]
    fn sum(&self) -> &str {
        let last = self.stdout.lines().last().unwrap_or_default();
        assert!(last.starts_with("checked against http://127.0.0.1:"), "{}{}", self.stdout, self.stderr);
        last.split(": ").nth(1).unwrap()
    }
}

/// The paths of all calls to Okta's API so far.
fn paths(okta: &Simulator) -> Vec<String> {
    let calls = okta.calls().into_iter().map(|call| call.path);
    calls.filter(|path| !path.contains("/oauth2/") && !path.contains("/.well-known/")).collect()
}

/// A policy that names one thing of each kind, twice.
fn of_each_kind() -> String {
    let first = rule(&format!(
        "attributes = [{{ name = \"title\", label = \"Title\" }}, {{ name = \"contractEnd\", label = \"Until\" }}]\n\
         end_date = \"contractEnd\"\n\
         relevant = {{ groups = [\"{EVERYONE}\", \"SAP *\"], apps = [\"{JIRA}\"] }}\n\
         [rule.match]\n\
         resources = [\"{SAP}\", \"{ONBOARDING}\"]\n\
         scopes = [\"{CLERK}\", \"{EVERYONE}\", \"{SAP}\"]\n\
         conditions = [\"{VENDORS}\"]\n\
         groups = [\"{EVERYONE}\"]\n\
         attributes = {{ userType = [\"Contractor\"] }}\n"
    ));
    format!(
        "{first}[[rule]]\nname = \"v1\"\nsections = [\"profile\"]\nmatch = {{ request_types = [\"{}\"] }}\n\
         [[toxic_combination]]\nname = \"x\"\nseverity = \"low\"\none = {{ groups = [\"{EVERYONE}\"] }}\n\
         other = {{ bundles = [\"{CLERK}\", \"Vendor *\"] }}\n",
        REQUEST_TYPE.to_uppercase()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_org_has_is_found_and_each_is_asked_about_once() {
    let okta = acme().await;
    let ran = check(&okta, &of_each_kind());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert_eq!(ran.sum(), "7 ids and 3 attributes found; 2 names or globs skipped");
    assert!(ran.stdout.contains("ok, 2 rules, policy "), "{}", ran.stdout);
    let mut calls = paths(&okta);
    calls.sort();
    let expected = [
        format!("/api/v1/apps/{SAP}"),
        format!("/api/v1/apps/{JIRA}"),
        format!("/api/v1/groups/{EVERYONE}"),
        "/api/v1/meta/schemas/user/default".to_owned(),
        format!("/governance/api/v1/collections/{ONBOARDING}"),
        format!("/governance/api/v1/entitlement-bundles/{CLERK}"),
        format!("/governance/api/v1/request-types/{REQUEST_TYPE}"),
        format!("/governance/api/v2/resources/{SAP}/request-conditions"),
    ];
    assert_eq!(calls, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_org_lacks_is_an_error_with_its_own_line() {
    let okta = acme().await;
    let policy = rule(
        "relevant = { groups = [\"00g1XwVn88aqlttdqHPX\"], apps = [\n\
         \"0oa1SW2Sj9VkwOqXfkY\",\n\
         ] }\n\
         [rule.match]\n\
         scopes = [\n\
         \"enb1MQzd2QRprQCjXYL0\",\n\
         \"col1hT5sRw2QxZ8vKj40\",\n\
         ]",
    );
    let ran = check(&okta, &policy);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.of_file().join("\n"), @r"
    4: error: `relevant.groups`: the org has no group with the id `00g1XwVn88aqlttdqHPX`, or the credential may not see it; copy the id from Okta, or delete it
    5: error: `relevant.apps`: the org has no app with the id `0oa1SW2Sj9VkwOqXfkY`, or the credential may not see it; copy the id from Okta, or delete it
    9: error: `match.scopes`: the org has no bundle with the id `enb1MQzd2QRprQCjXYL0`, or the credential may not see it; copy the id from Okta, or delete it
    10: error: `match.scopes`: the org has no collection with the id `col1hT5sRw2QxZ8vKj40`, or the credential may not see it; copy the id from Okta, or delete it
    ");
    assert_eq!(ran.sum(), "0 ids and 0 attributes found, 4 unknown");
    assert!(!ran.stdout.contains("ok, "), "{}", ran.stdout);
    let types = "[[rule]]\nname = \"v1\"\nsections = [\"profile\"]\nmatch = { request_types = [\"68df878eddd64307621e77c4\"] }\n";
    let ran = check(&okta, types);
    assert!(ran.of_file()[0].contains("the org has no request type with the id"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_kind_is_told_with_what_it_is_and_where_it_belongs() {
    let okta = acme().await;
    okta.with_world(|world| {
        world.groups.get_mut(EVERYONE).unwrap()["profile"]["name"] =
            json!("All\u{202e} <zoe@example.com>\nline: 7: error: forged");
    });
    for (lines, says) in [
        (
            format!("relevant = {{ groups = [\"{JIRA}\"] }}"),
            format!(
                "`relevant.groups`: `{JIRA}` is the app “Jira”, but this list takes groups; move it to `relevant.apps`"
            ),
        ),
        (
            format!("match = {{ groups = [\"{CLERK}\"] }}"),
            format!(
                "`match.groups`: `{CLERK}` is the bundle “Accounts Payable Clerk”, but this list takes groups; move it to \
                 `match.scopes`"
            ),
        ),
        (
            format!("match = {{ resources = [\"{CLERK}\"] }}"),
            "but this list takes apps, collections or request types; move it to `match.scopes`".to_owned(),
        ),
        (
            format!("match = {{ scopes = [\"{VENDORS}\"] }}"),
            format!("`{VENDORS}` has the form of a request condition's id, but this list takes"),
        ),
        (
            format!("match = {{ groups = [\"{ZOE}\"] }}"),
            format!(
                "`{ZOE}` has the form of a user's id, but this list takes groups; write the id of a group"
            ),
        ),
        (
            "match = { groups = [\"0oa1SW2Sj9VkwOqXfkYX\"] }".to_owned(),
            "`0oa1SW2Sj9VkwOqXfkYX` has the form of an app's id, but this list takes groups".to_owned(),
        ),
    ] {
        let ran = check(&okta, &rule(&lines));
        assert_eq!(ran.status, 1, "{}", ran.stdout);
        let [line] = ran.of_file().try_into().unwrap();
        assert!(line.starts_with("4: error: ") && line.contains(&says), "{line}");
        assert_eq!(ran.sum(), "0 ids and 0 attributes found, 1 of the wrong kind");
    }
    assert!(!paths(&okta).iter().any(|path| path.contains("/users/")), "a person's name is not read");
    let ran = check(&okta, &rule(&format!("match = {{ resources = [\"{EVERYONE}\"] }}")));
    assert_eq!(ran.of_file().len(), 1, "a name can't forge a line: {}", ran.stdout);
    ran.shows_none_of(&["\u{202e}", "zoe@"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_active_is_warned_of_and_what_was_deleted_is_an_error() {
    let okta = acme().await;
    okta.with_world(|world| {
        world.apps.get_mut(JIRA).unwrap()["status"] = json!("INACTIVE");
        world.request_types.get_mut(REQUEST_TYPE).unwrap()["status"] = json!("DISABLED");
        world.bundles.get_mut(CLERK).unwrap()["status"] = json!("DELETED");
    });
    let ran = check(&okta, &rule(&format!("match = {{ resources = [\"{JIRA}\", \"{REQUEST_TYPE}\"] }}")));
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    insta::assert_snapshot!(ran.of_file().join("\n"), @r"
    4: warning: `match.resources`: the app “Jira” (`0oa1SW2Sj9VkwOqXfkYc`) is not active in Okta, its status is INACTIVE; activate it there, or delete the id here
    4: warning: `match.resources`: the request type “Request access to an application” (`68df878eddd64307621e77c3`) is not active in Okta, its status is DISABLED; activate it there, or delete the id here
    ");
    assert_eq!(ran.sum(), "0 ids and 0 attributes found, 2 not active");
    let ran = check(&okta, &rule(&format!("match = {{ scopes = [\"{CLERK}\"] }}")));
    assert_eq!(ran.status, 1);
    assert!(ran.of_file()[0].contains("was deleted in Okta; delete the id here"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_globs_are_not_looked_up() {
    let okta = acme().await;
    let ran = check(&okta, &rule("relevant = { groups = [\"SAP *\", \"Finance\"], apps = [\"Jira\"] }"));
    assert_eq!(ran.status, 0);
    assert!(
        ran.stdout.ends_with("0 ids and 0 attributes found; 3 names or globs skipped\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(paths(&okta), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_file_and_of_the_org_come_together_in_the_order_of_lines() {
    let okta = acme().await;
    let policy = format!(
        "{}[[rule]]\nname = \"s\"\nsections = []\n",
        rule("match = { resources = [\"0oa1SW2Sj9VkwOqXfkYX\"] }")
    );
    let ran = check(&okta, &policy);
    let [of_org, of_file] = ran.of_file().try_into().unwrap();
    assert!(of_org.starts_with("4: error: `match.resources`: the org has no app"), "{of_org}");
    assert!(of_file.contains("shows nothing"), "{of_file}");
    let ran = check(&okta, "[[rule\n");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.ends_with(": correct the errors above first\n"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_files_are_checked_and_what_they_share_is_asked_about_once() {
    let okta = acme().await;
    let secret = file(&okta.token());
    let title = "attributes = [{ name = \"title\", label = \"Title\" }]\n";
    let first = file(&rule(&format!("{title}match = {{ resources = [\"{JIRA}\"] }}")));
    let second = file(&rule(&format!("{title}match = {{ resources = [\"{JIRA}\", \"{SAP}\"] }}")));
    let mut command = enricher();
    command.arg("check").arg(first.path()).arg(second.path()).args(["--org", &okta.url()]);
    let ran = Ran::from(command.env("OKTA_SECRET_FILE", secret.path()).output().unwrap());
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let sums: Vec<_> = ran.stdout.lines().filter_map(|line| line.split_once(&okta.url())).collect();
    assert_eq!(
        sums.iter().map(|(_, sum)| *sum).collect::<Vec<_>>(),
        [": 1 id and 1 attribute found", ": 2 ids and 1 attribute found"]
    );
    assert_eq!(paths(&okta).len(), 3, "{:?}", paths(&okta));
    // A refused credential is said once, and nothing of the second file is asked.
    let mut command = enricher();
    command.arg("check").arg(first.path()).arg(second.path()).args(["--org", &okta.url()]);
    okta.with_world(okta_simulator::World::revoke_token);
    let ran = Ran::from(command.env("OKTA_SECRET_FILE", secret.path()).output().unwrap());
    assert_eq!((ran.status, ran.stderr.lines().count()), (1, 1), "{}{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.contains("ok"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_has_all_findings() {
    let okta = acme().await;
    let policy = rule(&format!(
        "attributes = [{{ name = \"costCentre\", label = \"Cost center\" }}]\n\
         match = {{ resources = [\"{JIRA}\", \"{EVERYONE}\"], groups = [\"Finance *\"] }}"
    ));
    let ran = check_with(&okta, &okta.token(), &policy, &["--json"]);
    let found = ran.document();
    assert_eq!((ran.status, &found["ok"]), (1, &json!(false)));
    assert_eq!(found["faults"].as_array().map(Vec::len), Some(2), "{found:#}");
    let org = &found["org"];
    assert_eq!((&org["url"], &org["found"]), (&json!(okta.url()), &json!({"ids": 1, "attributes": 0})));
    assert_eq!(org["checked"], true);
    assert_eq!((&org["names_and_globs"], &org["failures"]), (&json!(1), &json!([])));
    let short: Vec<Value> = org["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| json!([it["line"], it["key"], it.get("id").or(it.get("attribute")), it["finding"]]))
        .collect();
    assert_eq!(
        short,
        [
            json!([4, "attributes", "costCentre", "unknown"]),
            json!([5, "match.resources", EVERYONE, "wrong kind"])
        ]
    );
    // Without an org there is no such member.
    let alone = Ran::from(enricher().args(["check", "--json"]).output().unwrap()).document();
    assert_eq!(alone.get("org"), None);
}
