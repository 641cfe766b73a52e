//! Rules that match on the person who gets the access, and rules that withhold their message: what is chosen,
//! what that costs, and that nothing is claimed before.

use okta_request_enricher::event::Channel;
use okta_request_enricher::outcome::Attempt;
use okta_request_enricher::section::CheckKind;
use serde_json::json;

use crate::scene::{MANAGER, PERSON, REQUEST, STRANGER, Scene, deployment};

const CONTRACTORS: &str = "[[rule]]\nname = \"contractors\"\nsections = [\"profile\"]\n\
                           match.attributes = { userType = [\"Contractor\", \"Vendor\"] }\n";
const BOTS: &str =
    "[[rule]]\nname = \"bots\"\nmessage = \"none\"\nmatch.groups = [\"robot*\", \"00gOther000000000001\"]\n";
const REST: &str = "[[rule]]\nname = \"rest\"\nsections = [\"profile\"]\n";

/// The sample on behalf, whose person has this user type.
async fn scene_of(user_type: &str, rules: &[&str]) -> Scene {
    let scene = Scene::asked_by(PERSON).await.with_policy(&rules.concat());
    scene.world(|world| world.user_mut(PERSON)["profile"]["userType"] = user_type.into());
    scene
}

fn join_group(scene: &Scene, id: &str, name: &str) {
    scene.world(|world| {
        let mut group = world.groups.values().next().unwrap().clone();
        group["id"] = id.into();
        group["type"] = "OKTA_GROUP".into();
        group["profile"]["name"] = name.into();
        world.groups.insert(id.to_owned(), group);
        world.memberships.entry(PERSON.to_owned()).or_default().push(id.to_owned());
    });
}

/// Rule, outcome and code.
fn end(attempt: &Attempt) -> (Option<&str>, &'static str, Option<String>) {
    let answer = attempt.answer(&deployment()).ok();
    let code = answer.and_then(|answer| answer["code"].as_str().map(str::to_owned));
    (attempt.rule(), attempt.name(), code)
}

fn user_reads(scene: &Scene) -> usize {
    let path = format!("/api/v1/users/{PERSON}");
    scene.okta.calls().iter().filter(|call| call.path == path).count()
}

#[tokio::test]
async fn an_attribute_matches_one_of_its_values_as_written_and_an_unset_one_none() {
    for (user_type, rule) in [
        (json!("Contractor"), "contractors"),
        (json!("Vendor"), "contractors"),
        (json!("contractor"), "rest"),
        (json!("Employee"), "rest"),
        (json!(""), "rest"),
        (json!(null), "rest"),
    ] {
        let scene = scene_of("", &[CONTRACTORS, REST]).await;
        scene.world(|world| world.user_mut(PERSON)["profile"]["userType"] = user_type.clone());
        assert_eq!(end(&scene.attempt().await), (Some(rule), "posted", None), "{user_type}");
        assert_eq!(user_reads(&scene), 1, "{user_type}");
        assert_eq!(scene.calls(&format!("/api/v1/users/{PERSON}/groups")), 0);
    }
    // Every attribute that is named must match.
    let both = "[[rule]]\nname = \"both\"\nsections = [\"profile\"]\n\
                match.attributes = { userType = [\"Contractor\"], division = [\"EMEA\"] }\n";
    for (division, rule) in [("EMEA", "both"), ("APAC", "rest")] {
        let scene = scene_of("Contractor", &[both, REST]).await;
        scene.world(|world| world.user_mut(PERSON)["profile"]["division"] = division.into());
        assert_eq!(end(&scene.attempt().await).0, Some(rule));
    }
}

#[tokio::test]
async fn a_group_matches_by_id_or_by_a_glob_over_its_name_and_its_rule_may_say_nothing() {
    for (id, name, code) in [
        ("00gRobots00000000001", "Robots of Finance", Some("rule-says-none".to_owned())),
        ("00gOther000000000001", "People", Some("rule-says-none".to_owned())),
        ("00gPeople00000000001", "People", None),
    ] {
        let scene = scene_of("Employee", &[BOTS, REST]).await;
        join_group(&scene, id, name);
        let attempt = scene.attempt().await;
        let (rule, name) = if code.is_some() { ("bots", "skipped") } else { ("rest", "posted") };
        assert_eq!(end(&attempt), (Some(rule), name, code));
        // The group list decides; nothing else is read for a rule without messages.
        if name == "skipped" {
            let calls: Vec<_> = scene.okta.calls().iter().map(|call| call.path.clone()).collect();
            assert_eq!(calls, [format!("/api/v1/users/{PERSON}/groups?limit=200")]);
        }
    }
}

#[tokio::test]
async fn rules_are_decided_in_order_and_only_what_one_needs_is_read() {
    let shares =
        "[[rule]]\nname = \"shares\"\nsections = [\"profile\", \"access\"]\nmatch.groups = [\"Robot*\"]\n";
    // The first rule decides, so the groups are not read.
    let scene = scene_of("Contractor", &[CONTRACTORS, BOTS, REST]).await;
    assert_eq!(end(&scene.attempt().await).0, Some("contractors"));
    assert_eq!(scene.calls(&format!("/api/v1/users/{PERSON}/groups")), 0);
    // Another member excludes the request.
    let elsewhere = BOTS.replace("match.groups", "match.api = \"v1\"\nmatch.groups");
    let scene = scene_of("Employee", &[&elsewhere, REST]).await;
    assert_eq!(end(&scene.attempt().await).0, Some("rest"));
    assert_eq!(scene.calls(&format!("/api/v1/users/{PERSON}/groups")), 0);
    // An attribute excludes the person before the groups are read.
    let narrow = BOTS.replace("match.groups", "match.attributes.userType = [\"Bot\"]\nmatch.groups");
    let scene = scene_of("Employee", &[&narrow, REST]).await;
    assert_eq!(end(&scene.attempt().await).0, Some("rest"));
    assert_eq!(scene.calls(&format!("/api/v1/users/{PERSON}/groups")), 0);
    // Rule and section share the answers.
    let scene = scene_of("Employee", &[CONTRACTORS, shares, REST]).await;
    join_group(&scene, "00gRobots00000000001", "Robots of Finance");
    assert_eq!(end(&scene.attempt().await).0, Some("shares"));
    assert_eq!((user_reads(&scene), scene.calls(&format!("/api/v1/users/{PERSON}/groups"))), (1, 1));
}

#[tokio::test]
async fn a_rule_that_an_earlier_one_decides_costs_nothing() {
    let asked = |scene: &Scene| scene.okta.calls().iter().map(|call| call.path.clone()).collect::<Vec<_>>();
    let without = scene_of("Contractor", &[REST]).await;
    without.attempt().await;
    let with = scene_of("Contractor", &[REST, CONTRACTORS]).await;
    // `check` says that the second can never match, so another member sets it apart.
    let with =
        with.with_policy(&[&REST.replace("sections", "match.api = \"v2\"\nsections"), CONTRACTORS].concat());
    with.attempt().await;
    assert_eq!(asked(&with), asked(&without));
}

#[tokio::test]
async fn a_failed_read_of_what_decides_fails_the_attempt_and_claims_nothing() {
    for (fault, class) in [
        (format!("GET /api/v1/users/{PERSON}$=503"), "Retryable"),
        (format!("GET /api/v1/users/{PERSON}$=404"), "Permanent"),
        (format!("GET /api/v1/users/{PERSON}/groups=503"), "Retryable"),
        (format!("GET /api/v1/users/{PERSON}/groups=403"), "Permanent"),
    ] {
        let scene = scene_of("Employee", &[CONTRACTORS, BOTS, REST]).await;
        scene.fault(&fault);
        let enricher = scene.enricher();
        let attempt = scene.attempt_of(&enricher).await;
        assert_eq!(attempt.result.as_ref().unwrap_err().class().as_str(), class, "{fault}");
        assert!(attempt.used_grant.is_none(), "{fault}");
        scene.okta.clear_faults();
        assert_eq!(end(&scene.attempt_of(&enricher).await), (Some("rest"), "posted", None), "{fault}");
    }
}

#[tokio::test]
async fn the_rule_is_the_one_for_the_person_whom_the_request_names() {
    // The event names a contractor, the request an employee; and the other way round.
    for (of_event, of_request, rule) in
        [("Contractor", "Employee", "rest"), ("Employee", "Contractor", "contractors")]
    {
        for channel in [Channel::Function, Channel::Operator] {
            let rules = [
                &CONTRACTORS.replace("[\"profile\"]", "[\"profile\", \"request\"]"),
                "[[rule]]\nname = \"rest\"\nsections = [\"profile\", \"request\"]\n",
            ]
            .concat();
            let mut scene = scene_of(of_request, &[&rules]).await;
            scene.channel = channel;
            scene.world(|world| world.user_mut(STRANGER)["profile"]["userType"] = of_event.into());
            scene.event_says("requestedForId", STRANGER);
            let attempt = scene.attempt().await;
            assert_eq!(end(&attempt), (Some(rule), "posted", None), "{of_event} {channel:?}");
            let message = scene.okta.messages().pop().unwrap().message;
            assert!(message.contains("Nguyễn Thị Lan") && !message.contains("Priya"), "{message}");
        }
    }
    // The request names one whose rule posts nothing.
    let bots = "[[rule]]\nname = \"bots\"\nmessage = \"none\"\nmatch.attributes.userType = [\"Bot\"]\n";
    let mut scene = scene_of("Bot", &[bots, "[[rule]]\nname = \"rest\"\nsections = [\"request\"]\n"]).await;
    scene.event_says("requestedForId", STRANGER);
    assert_eq!(end(&scene.attempt().await), (Some("bots"), "skipped", Some("rule-says-none".to_owned())));
    assert_eq!(scene.okta.messages().len(), 0);
}

#[tokio::test]
async fn a_request_that_can_t_be_read_for_the_moment_has_no_rule_if_only_it_names_the_person() {
    let mut scene = scene_of("Contractor", &[CONTRACTORS, REST]).await;
    scene.event_says("requestedForId", json!(null));
    scene.event_says("requesterId", json!(null));
    assert_eq!(end(&scene.attempt().await).0, Some("contractors"));
    scene.fault(&format!("GET /governance/api/v2/requests/{REQUEST}=503"));
    let attempt = scene.attempt().await;
    assert_eq!(attempt.result.as_ref().unwrap_err().class().as_str(), "Retryable");
    assert!(attempt.used_grant.is_none());
}

#[tokio::test]
async fn a_request_whose_person_is_unknown_matches_no_rule_by_person() {
    let mut scene = Scene::of("v1").await.with_policy(&[CONTRACTORS, BOTS, REST].concat());
    scene.event_says("requesterId", json!(null));
    scene.event_says("requestedForId", json!(null));
    let id =
        scene.event["detail"]["debugContext"]["debugData"]["accessRequestId"].as_str().unwrap().to_owned();
    scene.world(|world| {
        world.request_mut(&id)["requesterUserIds"] = json!([PERSON, MANAGER]);
        for person in [PERSON, MANAGER] {
            world.user_mut(person)["profile"]["userType"] = "Contractor".into();
        }
    });
    assert_eq!(end(&scene.attempt().await), (Some("rest"), "posted", None));
}

#[tokio::test]
async fn a_withheld_message_is_withheld_again_and_an_operator_s_repost_may_post() {
    let quiet = "[[rule]]\nname = \"quiet\"\nmessage = \"warnings\"\nsections = [\"profile\"]\n";
    let none = "[[rule]]\nname = \"none\"\nmessage = \"none\"\n";
    for (policy, rule, code, reposted) in
        [(quiet, "quiet", "nothing-to-look-at", "posted"), (none, "none", "rule-says-none", "skipped")]
    {
        let mut scene = scene_of("Employee", &[policy]).await;
        let enricher = scene.enricher();
        let first = scene.attempt_of(&enricher).await;
        assert_eq!(end(&first), (Some(rule), "skipped", Some(code.to_owned())));
        let calls = scene.okta.calls().len();
        assert_eq!(calls == 0, rule == "none", "{calls}");
        assert_eq!(end(&scene.attempt_of(&enricher).await).2, Some(code.to_owned()));
        scene.event["redrive"] = json!({"repost": true});
        assert_eq!(scene.attempt_of(&enricher).await.name(), reposted);
    }
    // No rule matches this person: that is told once, and kept.
    let scene = scene_of("Employee", &[CONTRACTORS]).await;
    let enricher = scene.enricher();
    assert_eq!(
        end(&scene.attempt_of(&enricher).await),
        (None, "skipped", Some("no-rule-matches".to_owned()))
    );
    let grant = scene.attempt_of(&enricher).await.used_grant;
    assert!(grant.is_none(), "the ledger answers");
}

#[tokio::test]
async fn a_rule_for_warnings_posts_what_there_is_to_look_at_and_what_was_not_checked() {
    let rules = "[[rule]]\nname = \"a\"\nmessage = \"warnings\"\nsections = [\"profile\", \"access\"]\n";
    let scene = scene_of("Employee", &[rules]).await;
    assert!(scene.message().await.contains("WARNING: already a member of this group\n"));
    scene.world(|world| world.memberships.clear());
    assert_eq!(scene.attempt().await.name(), "skipped");
    scene.fault("groups=503");
    assert_eq!(scene.attempt().await.name(), "posted");
    scene.okta.clear_faults();
    // A missing right is a matter of set-up: the log line says it, and no message.
    scene.fault("groups=403");
    let attempt = scene.attempt().await;
    assert_eq!((attempt.name(), attempt.degraded()), ("skipped", &["access"][..]));
    let undone: Vec<_> = attempt.findings().unwrap().checks_not_done().map(CheckKind::name).collect();
    assert_eq!(undone, ["access-held"]);
    scene.okta.clear_faults();
    scene.world(|world| world.user_mut(PERSON)["status"] = "SUSPENDED".into());
    assert!(scene.message().await.contains("WARNING: "));
}

#[tokio::test]
async fn a_rule_for_warnings_posts_while_the_request_can_t_say_who_asked() {
    let quiet = "[[rule]]\nname = \"quiet\"\nmessage = \"warnings\"\nsections = [\"profile\"]\n";
    for (fault, ending) in
        [(None, "skipped"), (Some("503"), "posted"), (Some("404"), "posted"), (Some("403"), "skipped")]
    {
        let mut scene = scene_of("Employee", &[quiet]).await;
        scene.event_says("requesterId", json!(null));
        if let Some(fault) = fault {
            scene.fault(&format!("request={fault}"));
        }
        assert_eq!(scene.attempt().await.name(), ending, "{fault:?}");
    }
}
