//! An org that can't be reached, a credential that it refuses, calls that fail, and options that can't be used.

use std::time::Duration;

use okta_simulator::doubles::file;
use okta_simulator::{Simulator, TOKEN, service_app_secret};

use crate::support::{Ran, enricher};
use crate::{EVERYONE, JIRA, SAP, acme, check, check_with, paths, rule};

fn policy() -> String {
    rule(&format!("match = {{ resources = [\"{JIRA}\"], groups = [\"{EVERYONE}\"] }}"))
}

/// What is printed if no id could be looked up: the error alone.
#[track_caller]
fn looked_up_nothing(ran: &Ran, says: &str, remedy: &str) {
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains(says) && ran.stderr.contains(remedy), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_can_t_be_reached_is_an_error() {
    let okta = acme().await;
    let (url, secret, policy) = (okta.url(), file(&okta.token()), file(&policy()));
    drop(okta);
    let mut command = enricher();
    command.env("COLUMNS", super::WIDE);
    command.arg("check").arg(policy.path()).args(["--org", &url]).env("OKTA_SECRET_FILE", secret.path());
    looked_up_nothing(
        &command.output().unwrap().into(),
        "no complete answer from Okta",
        "and the proxy (HTTPS_PROXY",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_credential_is_an_error_after_one_call() {
    let okta = acme().await;
    let ran = check_with(&okta, "00WrongWrongWrongWrongWrongWrongWrongWrong", &policy(), &[]);
    looked_up_nothing(
        &ran,
        "Okta refuses the credential",
        "give a valid credential in OKTA_SECRET_FILE: see in the Admin Console",
    );
    assert!(paths(&okta).len() <= 3, "{:?}", paths(&okta));
    okta.with_world(|world| world.service_apps.clear());
    let ran = check_with(&okta, &service_app_secret(), &policy(), &[]);
    looked_up_nothing(&ran, "Okta refuses the service app", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_org_s_address_and_a_closed_network_are_errors() {
    let okta = acme().await;
    okta.with_world(|world| world.redirect_to = Some("https://login.acme.example".to_owned()));
    looked_up_nothing(&check(&okta, &policy()), "it redirects to", "the org's own address");
    let okta = acme().await;
    okta.fault("token=403:access_denied".parse().unwrap());
    let ran = check_with(&okta, &service_app_secret(), &policy(), &[]);
    looked_up_nothing(&ran, "Okta refuses calls from this network", "network zone");
}

/// A server that answers 404 to every call must not look like an org that has nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_no_okta_is_an_error() {
    let okta = acme().await;
    okta.fault("any=404".parse().unwrap());
    looked_up_nothing(
        &check(&okta, &policy()),
        "no Okta org answers there",
        "see whether the address is that of an Okta org",
    );
    okta.clear_faults();
    okta.fault("any=html".parse().unwrap());
    looked_up_nothing(
        &check(&okta, &policy()),
        "the answer is not that of an Okta org",
        "see whether the address",
    );
    okta.clear_faults();
    okta.fault("schema=404".parse().unwrap());
    let ran = check(&okta, &rule("attributes = [{ name = \"title\", label = \"Title\" }]"));
    looked_up_nothing(&ran, "answers 404 to the schema of its default user type", "in front of the org");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_costs_only_its_own_id() {
    let okta = acme().await;
    okta.fault(format!("/{JIRA}=500").parse().unwrap());
    let policy =
        rule(&format!("match = {{ resources = [\"{JIRA}\", \"{SAP}\", \"0oa1SW2Sj9VkwOqXfkYX\"] }}"));
    let ran = check(&okta, &policy);
    assert_eq!((ran.status, ran.sum()), (1, "1 id and 0 attributes found, 1 unknown, 1 not looked up"));
    assert!(
        ran.stderr.contains("Okta answered 500") && ran.stderr.contains("run this again"),
        "{}",
        ran.stderr
    );
    let found = check_with(&okta, &okta.token(), &policy, &["--json"]).document();
    assert_eq!(found["ok"], false);
    assert_eq!(found["org"]["failures"].as_array().map(Vec::len), Some(1), "{found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_is_waited_for() {
    let okta = acme().await;
    okta.fault("app=429:1x1".parse().unwrap());
    let ran = check(&okta, &policy());
    assert_eq!((ran.status, ran.sum()), (0, "2 ids and 0 attributes found"), "{}", ran.stderr);
    // A small limit, of which half is left to others.
    let okta = acme().await;
    okta.with_world(|world| {
        world.limits.governance = 2;
        world.limits.window = Duration::from_secs(1);
    });
    let bundles = "\"enb1MQzd2QRprQCjXYLW\", \"enb1EjHf7JNIu4Uh3Nxf\", \"enb1CeXOv5qiXEUQHhUC\"";
    let ran = check(&okta, &rule(&format!("match = {{ scopes = [{bundles}] }}")));
    assert_eq!((ran.status, ran.sum()), (0, "3 ids and 0 attributes found"), "{}", ran.stderr);
    assert!(
        okta.calls().iter().all(|call| call.status == Some(200)),
        "no limit is run into: {:?}",
        okta.calls()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_can_t_be_used_are_answered_without_a_call() {
    let okta: Simulator = acme().await;
    let url = okta.url();
    for (arguments, token, says) in [
        (vec!["--org", &url], None, "a real org needs a credential; set OKTA_API_TOKEN, or OKTA_SECRET_FILE"),
        (vec!["--org", "acme.okta.com"], Some(TOKEN), "--org has no scheme; write `https://acme.okta.com`"),
        (vec!["--org", "https://acme-admin.okta.com"], Some(TOKEN), "write https://acme.okta.com"),
        (vec!["--org", TOKEN], Some(TOKEN), "--org has no scheme; give the org's address alone"),
        (vec!["--org", &url, "--function", "f"], Some(TOKEN), "cannot be used with"),
        (vec!["--org", &url, "--schema"], Some(TOKEN), "cannot be used with"),
        (vec!["--org", &url, "/no/such/file"], Some(TOKEN), "failed to read `/no/such/file`"),
        (vec!["--org", &url], Some("{}"), "failed to use the credential"),
    ] {
        let mut command = enricher();
        command.env("COLUMNS", super::WIDE);
        command.arg("check").args(&arguments);
        if let Some(token) = token {
            command.env("OKTA_API_TOKEN", token);
        }
        let ran = Ran::from(command.output().unwrap());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
        ran.shows_none_of(&[TOKEN]);
    }
    assert_eq!(paths(&okta), Vec::<String>::new());
}
