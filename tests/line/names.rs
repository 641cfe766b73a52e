//! Names of what is asked for, with the rights that a credential has: by the thing's own call where Okta
//! allows it, else by the access catalog, which takes the role Access Requests Administrator alone.

use std::time::Duration;

use okta_request_enricher::handler::Enricher;
use okta_request_enricher::log_line::log_line;
use okta_request_enricher::okta::endpoint::{self, Endpoint};
use okta_request_enricher::outcome::Attempt;
use okta_simulator::doubles::event;
use okta_simulator::{CLIENT_ID, ServiceApp, Simulator, service_app_secret};
use serde_json::json;

use crate::scene::deployment;
use crate::support::{attempt, enricher};

/// Requests of the sample world: a bundle of an app, and a group of an app.
const BUNDLE: (&str, &str) = ("v2", ": GitHub Maintainer, GitHub Enterprise, 90 days\n");
const GROUP: (&str, &str) = ("on-behalf", ": Customer Support, Zendesk, 40 days\n");

/// The scopes without which something is missing, as the README asks for them.
fn least_scopes() -> Vec<String> {
    let needed: Vec<_> = Endpoint::ALL.iter().copied().filter(|call| !call.is_optional()).collect();
    endpoint::scopes(&needed).into_iter().map(str::to_owned).collect()
}

/// An org whose service app has these roles, and a change of its scopes.
async fn org(roles: &[&str], change: impl FnOnce(&mut ServiceApp)) -> (Simulator, Enricher) {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| {
        let app = world.service_app_mut(CLIENT_ID);
        app.roles = roles.iter().map(|role| (*role).to_owned()).collect();
        change(app);
    });
    let enricher = enricher(&okta, &service_app_secret(), &[]);
    (okta, enricher)
}

async fn post(enricher: &Enricher, event: impl AsRef<[u8]>) -> Attempt {
    let attempt = attempt(enricher, event, Duration::from_secs(20)).await;
    assert_eq!(attempt.name(), "posted", "{:?}", attempt.result);
    attempt
}

/// How many calls for names there were since the last time: direct ones, and of the catalog.
fn name_calls(okta: &Simulator, seen: &mut usize) -> (usize, usize) {
    let calls = okta.calls();
    let new = &calls[std::mem::replace(seen, calls.len())..];
    let count =
        |parts: &[&str]| new.iter().filter(|call| parts.iter().any(|it| call.path.contains(it))).count();
    (
        count(&["/api/v1/apps/", "/api/v1/groups/", "/entitlement-bundles/"]),
        count(&["/catalogs/default/entries/"]),
    )
}

fn last_message(okta: &Simulator) -> String {
    okta.messages().last().unwrap().message.clone()
}

fn logged(attempt: &Attempt) -> String {
    log_line(attempt, &deployment(), "x", jiff::Timestamp::now())
}

/// A right that lacks is a matter of set-up: the log line says it, not the message. The subject line stands
/// in for the names.
fn assert_says_only_the_subject(message: &str) {
    let headline = "Nothing to look at: “Zoë Brontë-Müller is requesting GitHub Maintainer to GitHub Enterpri…”, 90 days\n";
    assert!(message.starts_with(headline) && !message.contains("Not checked"), "{message}");
}

/// Lets the request of the event ask for the app as a whole. Okta then repeats the app as its own scope.
fn ask_for_the_whole_app(okta: &Simulator) -> String {
    okta.with_world(|world| {
        let event = world.another_request(&event("v2"), 1);
        let request = world.request_mut("req00000000000000001");
        let app = request["requested"]["resourceId"].clone();
        let (entry, _) =
            world.catalog_entries.iter().find(|(_, entry)| entry["name"] == "GitHub Enterprise").unwrap();
        let requested = json!({
            "entryId": entry, "resourceId": app, "resourceType": "APPLICATION",
            "accessScopeId": app, "accessScopeType": "APPLICATION",
        });
        world.request_mut("req00000000000000001")["requested"] = requested;
        event
    })
}

#[tokio::test]
async fn the_catalog_gives_every_name_with_the_least_scopes_and_one_role() {
    let (okta, enricher) = org(&["ACCESS_REQUESTS_ADMIN"], |app| app.scopes = least_scopes()).await;
    let mut seen = 0;
    for (case, says) in [BUNDLE, GROUP] {
        let attempt = post(&enricher, event(case)).await;
        assert_eq!(
            (attempt.degraded(), attempt.warnings.as_slice()),
            ([].as_slice(), [].as_slice()),
            "{case}"
        );
        assert!(last_message(&okta).contains(says), "{case}: {}", last_message(&okta));
        assert_eq!(name_calls(&okta, &mut seen), (0, 2), "{case}: the entry, asked for once, and its parent");
    }
    // Another request for the same: both entries are known.
    let again = okta.with_world(|world| world.another_request(&event("v2"), 7));
    post(&enricher, again).await;
    assert!(last_message(&okta).contains(BUNDLE.1));
    assert_eq!(name_calls(&okta, &mut seen), (0, 0));
    // v1 has its names in the request.
    let attempt = post(&enricher, event("v1")).await;
    assert_eq!((attempt.degraded(), attempt.warnings.len()), ([].as_slice(), 0));
    assert_eq!(name_calls(&okta, &mut seen), (0, 0));
}

#[tokio::test]
async fn a_whole_app_is_named_by_its_own_entry() {
    let (okta, enricher) = org(&["ACCESS_REQUESTS_ADMIN"], |app| app.scopes = least_scopes()).await;
    let event = ask_for_the_whole_app(&okta);
    post(&enricher, event).await;
    let message = last_message(&okta);
    assert!(message.starts_with("1 to look at: GitHub Enterprise, 90 days\n"), "{message}");
    assert_eq!(name_calls(&okta, &mut 0), (0, 1));
}

#[tokio::test]
async fn who_may_make_the_direct_calls_makes_them_and_no_other() {
    for roles in [&["SUPER_ADMIN"][..], &["ACCESS_REQUESTS_ADMIN", "READ_ONLY_ADMIN", "APP_ADMIN"]] {
        let (okta, enricher) = org(roles, |_| {}).await;
        let mut seen = 0;
        for (case, says) in [BUNDLE, GROUP] {
            let attempt = post(&enricher, event(case)).await;
            assert!(attempt.warnings.is_empty(), "{:?}", attempt.warnings);
            assert!(last_message(&okta).contains(says), "{case}: {}", last_message(&okta));
            assert_eq!(name_calls(&okta, &mut seen), (2, 0), "{case}");
        }
    }
    // No warning names the scope of the catalog then.
    let all_roles = ["ACCESS_REQUESTS_ADMIN", "READ_ONLY_ADMIN", "APP_ADMIN"];
    let without = |app: &mut ServiceApp| app.scopes.retain(|scope| !scope.contains("catalog"));
    let (okta, enricher) = org(&all_roles, without).await;
    let attempt = post(&enricher, event(BUNDLE.0)).await;
    assert_eq!((attempt.degraded(), attempt.warnings.len()), ([].as_slice(), 0));
    assert_eq!(name_calls(&okta, &mut 0), (2, 0));
}

#[tokio::test]
async fn a_role_that_lacks_is_learnt_once_and_not_tried_for_each_event() {
    let (okta, enricher) = org(&["ACCESS_REQUESTS_ADMIN"], |_| {}).await;
    let mut seen = 0;
    let attempt = post(&enricher, event(BUNDLE.0)).await;
    assert!(
        attempt.degraded().is_empty() && last_message(&okta).contains(BUNDLE.1),
        "{}",
        last_message(&okta)
    );
    assert_eq!(name_calls(&okta, &mut seen), (2, 2), "an app and a bundle are refused once");
    // Another app and group: the role may view groups, and no app.
    post(&enricher, event(GROUP.0)).await;
    assert!(last_message(&okta).contains(GROUP.1), "{}", last_message(&okta));
    assert_eq!(name_calls(&okta, &mut seen), (1, 2));
    post(&enricher, event("sod-conflict")).await;
    assert!(last_message(&okta).contains(": Vendor Master Maintainer, SAP S/4HANA, 90 days\n"));
    assert_eq!(name_calls(&okta, &mut seen), (0, 2));
}

#[tokio::test]
async fn a_role_that_is_taken_away_costs_no_name() {
    let (okta, enricher) = org(&["SUPER_ADMIN"], |_| {}).await;
    post(&enricher, event(BUNDLE.0)).await;
    okta.with_world(|world| {
        world.service_app_mut(CLIENT_ID).roles = vec!["ACCESS_REQUESTS_ADMIN".to_owned()];
    });
    let mut seen = okta.calls().len();
    let attempt = post(&enricher, event("sod-conflict")).await;
    assert!(attempt.degraded().is_empty());
    assert!(last_message(&okta).contains(": Vendor Master Maintainer, SAP S/4HANA, 90 days\n"));
    assert_eq!(name_calls(&okta, &mut seen), (2, 2));
}

#[tokio::test]
async fn without_either_way_the_least_right_is_named() {
    let neither = |app: &mut ServiceApp| {
        app.scopes = least_scopes();
        app.scopes.retain(|scope| scope != "okta.accessRequests.catalog.read");
    };
    let (okta, enricher) = org(&["ACCESS_REQUESTS_ADMIN"], neither).await;
    let attempt = post(&enricher, event(BUNDLE.0)).await;
    assert_eq!(attempt.degraded(), ["request"]);
    assert_says_only_the_subject(&last_message(&okta));
    assert_eq!(attempt.warnings.len(), 1, "{:?}", attempt.warnings);
    assert!(attempt.warnings[0].contains("`okta.accessRequests.catalog.read`"), "{:?}", attempt.warnings);
    assert_eq!(name_calls(&okta, &mut 0), (0, 0), "the token says that each of them would be refused");

    // The scopes are granted, the roles are not. A role may cover some apps only, so a refusal spares only
    // the same call.
    let no_catalog = |app: &mut ServiceApp| app.scopes.retain(|scope| !scope.contains("catalog"));
    let (okta, enricher) = org(&["ACCESS_REQUESTS_ADMIN"], no_catalog).await;
    let mut seen = 0;
    for (number, direct) in [(1, 2), (2, 0)] {
        let event = okta.with_world(|world| world.another_request(&event(BUNDLE.0), number));
        let attempt = post(&enricher, event).await;
        assert_eq!(attempt.degraded(), ["request"]);
        assert_eq!(name_calls(&okta, &mut seen), (direct, 0));
    }
}

/// If the catalog lacks a name, only the right to the thing's own call helps.
#[tokio::test]
async fn an_entry_that_is_gone_or_has_no_parent_costs_only_its_name() {
    let (okta, enricher) = org(&["ACCESS_REQUESTS_ADMIN"], |_| {}).await;
    okta.with_world(|world| {
        for entry in world.catalog_entries.values_mut().filter(|entry| entry["name"] == "GitHub Maintainer") {
            entry["parent"] = json!(null);
        }
    });
    let attempt = post(&enricher, event(BUNDLE.0)).await;
    assert_says_only_the_subject(&last_message(&okta));
    assert!(logged(&attempt).contains("the role Read-only Administrator"), "{}", logged(&attempt));
    okta.with_world(|world| world.catalog_entries.clear());
    let attempt = post(&enricher, event("sod-conflict")).await;
    let message = last_message(&okta);
    // An earlier denial is a second warning for a year.
    let headline = message.lines().next().unwrap();
    assert!(headline.contains(" to look at: “Priya Raghunathan is requesting Vendor Master"), "{message}");
    assert!(
        logged(&attempt).contains(r#"/entitlement-bundles/enb12VIzDBB0s8pKxUAm","code":"okta-forbidden""#),
        "{}",
        logged(&attempt)
    );
}
