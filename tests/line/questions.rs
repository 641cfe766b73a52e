//! Each question is asked once an invocation, whichever sources need the answer: counted by the calls that
//! the simulator received.

use std::collections::BTreeMap;
use std::time::Duration;

use okta_simulator::Simulator;
use okta_simulator::doubles::{event, event_with, file};

use crate::scene::{MANAGER, PERSON, REQUEST, STRANGER};
use crate::support::{attempt, enricher};

/// All sections, in an order in which the last ones need what the first ones ask; and combinations, so that
/// the names of what is asked for are needed twice.
fn policy(on_behalf: &str) -> String {
    format!(
        "[[rule]]\nname = \"all\"\nsections = [\"sod\", \"access\", \"manager\", \"profile\", \"request\"]\n{on_behalf}\n\
         [[toxic_combination]]\nname = \"x\"\nseverity = \"low\"\none = {{ groups = [\"a\"] }}\nother = {{ apps = [\"b\"] }}\n"
    )
}

const SAME_FOR_STRANGERS: &str =
    "on_behalf = { sections = [\"sod\", \"access\", \"manager\", \"profile\", \"request\"] }";

/// What was asked, and how often. A person has one name here, by whatever key it was asked for.
async fn asked(case: &str, on_behalf: &str) -> BTreeMap<String, usize> {
    asked_in(&Simulator::start().await.unwrap(), case, on_behalf).await
}

async fn asked_in(okta: &Simulator, case: &str, on_behalf: &str) -> BTreeMap<String, usize> {
    let file = file(&policy(on_behalf));
    let enricher = enricher(okta, &okta.token(), &[("ENRICHMENT_FILE", file.path().to_str().unwrap())]);
    let attempt = attempt(&enricher, event(case), Duration::from_secs(20)).await;
    assert_eq!(attempt.name(), "posted", "{case}: {:?}", attempt.result);
    let mut asked = BTreeMap::new();
    for call in okta.calls() {
        let question = match call.path.strip_prefix("/api/v1/users/").map(|rest| rest.split_once('/')) {
            Some(None) => {
                let key = call.path.rsplit('/').next().unwrap();
                let id = okta.with_world(|world| world.find_user(key).map(|(id, _)| id.to_owned()));
                format!("person {}", id.unwrap_or_else(|| key.to_owned()))
            }
            _ => format!("{} {}", call.method, call.path),
        };
        *asked.entry(question).or_insert(0) += 1;
    }
    asked
}

#[tokio::test]
async fn no_question_is_asked_twice() {
    for case in ["v1", "v2", "on-behalf", "sod-conflict", "no-debug-data", "no-manager", "id-only-in-target"]
    {
        for on_behalf in ["", SAME_FOR_STRANGERS] {
            let asked = asked(case, on_behalf).await;
            let twice: Vec<_> = asked.iter().filter(|(_, times)| **times > 1).collect();
            assert!(twice.is_empty(), "{case} {on_behalf}: {twice:?}");
        }
    }
}

/// `managerId` holds whatever the org writes there: an id, or a login.
#[tokio::test]
async fn a_manager_who_raised_the_request_is_read_once() {
    for key in ["id", "login"] {
        for on_behalf in ["", SAME_FOR_STRANGERS] {
            let okta = Simulator::start().await.unwrap();
            okta.with_world(|world| {
                let manager = world.users[MANAGER].clone();
                let text = if key == "id" { &manager["id"] } else { &manager["profile"]["login"] };
                world.user_mut(PERSON)["profile"]["managerId"] = text.clone();
            });
            let asked = asked_in(&okta, "on-behalf", on_behalf).await;
            let people: Vec<_> =
                asked.iter().filter(|(question, _)| question.starts_with("person ")).collect();
            let once = |id| (format!("person {id}"), 1);
            let expected = BTreeMap::from([once(PERSON), once(MANAGER)]);
            assert_eq!(people, expected.iter().collect::<Vec<_>>(), "{key} {on_behalf}");
        }
    }
}

/// E-mail addresses are not unique in an org: only a login or an id proves that the requester is the manager.
#[tokio::test]
async fn a_stranger_with_the_manager_s_e_mail_stays_a_stranger() {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| {
        let login = world.users[MANAGER]["profile"]["login"].clone();
        world.user_mut(MANAGER)["profile"]["email"] = "manager@example.org".into();
        world.user_mut(PERSON)["profile"]["managerId"] = login.clone();
        world.user_mut(STRANGER)["profile"]["email"] = login;
        world.request_mut(REQUEST)["requestedBy"]["externalId"] = STRANGER.into();
    });
    let event = event_with("on-behalf", |event| {
        event["detail"]["debugContext"]["debugData"]["requesterId"] = STRANGER.into();
    });
    let enricher = enricher(&okta, &okta.token(), &[]);
    let attempt = attempt(&enricher, event, Duration::from_secs(20)).await;
    assert_eq!(attempt.name(), "posted", "{:?}", attempt.result);
    let message = &okta.messages()[0].message;
    assert!(!message.contains("\nManager: ") && !message.contains("the manager raised"), "{message}");
}

#[tokio::test]
async fn a_slow_answer_about_the_requester_does_not_cost_the_manager() {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| {
        let login = world.users[MANAGER]["profile"]["login"].clone();
        world.user_mut(PERSON)["profile"]["managerId"] = login;
        world.request_mut(REQUEST)["requestedBy"]["externalId"] = STRANGER.into();
    });
    okta.fault(format!("GET /api/v1/users/{STRANGER}$=hang").parse().unwrap());
    let file = file(&policy(SAME_FOR_STRANGERS));
    let enricher = enricher(&okta, &okta.token(), &[("ENRICHMENT_FILE", file.path().to_str().unwrap())]);
    let event = event_with("on-behalf", |event| {
        event["detail"]["debugContext"]["debugData"]["requesterId"] = STRANGER.into();
    });
    let attempt = attempt(&enricher, event, Duration::from_secs(20)).await;
    assert_eq!(
        (attempt.name(), attempt.degraded()),
        ("posted", ["request"].as_slice()),
        "{:?}",
        attempt.result
    );
    let message = &okta.messages()[0].message;
    assert!(
        message.contains("\nManager: Tomasz Wiśniewski (") && !message.contains("Not checked"),
        "{message}"
    );
}

#[tokio::test]
async fn the_names_that_two_sources_need_are_asked_for_once() {
    let asked = asked("sod-conflict", "").await;
    let names: Vec<_> = asked
        .iter()
        .filter(|(question, _)| question.contains("/apps/") || question.contains("/entitlement-bundles/"))
        .collect();
    assert_eq!(names.len(), 2, "an app and a bundle: {asked:?}");
    assert!(names.iter().all(|(_, times)| **times == 1), "{names:?}");
}
