//! Whom a message is about, and who asked: what event and request say about it, and which one is believed.

use okta_request_enricher::event::Channel;
use okta_simulator::doubles::PROFILE_ONLY;
use serde_json::json;

use crate::scene::{MANAGER, PERSON, REQUEST, STRANGER, Scene, rule, says};

/// Whether the message shows what a stranger may not read: all of it, or none.
#[track_caller]
fn is_whole(message: &str) -> bool {
    let [manager, account] = ["\nManager: ", "\nAccount since "].map(|label| message.contains(label));
    assert_eq!(manager, account, "only a part is shown:\n{message}");
    manager
}

/// Everyone's account is new, so that a whole message says so.
fn with_new_accounts(scene: Scene) -> Scene {
    scene.world(|world| {
        for user in world.users.values_mut() {
            user["activated"] = jiff::Timestamp::now().to_string().into();
        }
    });
    scene
}

/// The sample on behalf, in which event and request say that this person asked.
async fn asked_by(id: &str) -> Scene {
    with_new_accounts(Scene::asked_by(id).await)
}

#[tokio::test]
async fn a_request_is_believed_before_its_event_and_where_they_differ_on_who_asked_little_is_shown() {
    // The event says that the person asked, who gets the access; the request says that a stranger did.
    let mut scene = asked_by(STRANGER).await;
    scene.event_says("requesterId", PERSON);
    let message = scene.message().await;
    assert!(!is_whole(&message) && message.contains("\nFor: Nguyễn Thị Lan"), "{message}");
    let not_certain =
        "\nAsked by: Priya Raghunathan (priya.raghunathan@example.com), on this person's behalf (not certain";
    assert!(message.contains(not_certain), "{message}");

    // The other way round: the request alone would have led to the whole message.
    for (asker, says) in
        [(PERSON, "\nAsked by: this person (not certain"), (MANAGER, "\nAsked by: Tomasz Wiśniewski")]
    {
        let mut scene = asked_by(asker).await;
        scene.event_says("requesterId", STRANGER);
        let message = scene.message().await;
        assert!(!is_whole(&message) && message.contains(says), "{message}");
    }
}

#[tokio::test]
async fn facts_about_a_person_whom_the_request_does_not_name_are_thrown_away_and_little_is_shown() {
    let mut scene = asked_by(MANAGER).await;
    scene.event_says("requestedForId", STRANGER);
    let message = scene.message().await;
    assert!(!is_whole(&message) && message.contains("\nFor: Nguyễn Thị Lan"), "{message}");
    assert!(!message.contains("Priya"), "{message}");

    // Even if that person can't be read.
    let mut scene = asked_by(MANAGER).await;
    scene.event_says("requestedForId", "00uDeleted0000000001");
    assert!(scene.message().await.contains("\nFor: Nguyễn Thị Lan"));
}

/// First the event names this person as the requester, and the message can do without the requester. Then the
/// request says that the same person gets the access.
#[tokio::test]
async fn what_failed_about_another_person_is_asked_again_when_the_message_is_about_that_person() {
    let mut scene = asked_by(PERSON).await;
    scene.event_says("requesterId", PERSON);
    scene.event_says("requestedForId", STRANGER);
    scene.fault(&format!("GET /api/v1/users/{PERSON}$=404x1"));
    let message = scene.message().await;
    assert!(message.contains("\nFor: Nguyễn Thị Lan") && message.contains("\nTitle: "), "{message}");
}

#[tokio::test]
async fn who_asked_is_read_from_the_request_if_the_event_does_not_say() {
    for (asker, whole, says) in [
        (PERSON, true, "\nFor: Nguyễn Thị Lan"),
        (MANAGER, true, "WARNING: the manager raised this request: "),
        (STRANGER, false, "\nAsked by: Priya Raghunathan"),
    ] {
        let mut scene = asked_by(asker).await;
        scene.event_says("requesterId", json!(null));
        let message = scene.message().await;
        assert_eq!(is_whole(&message), whole, "{message}");
        assert!(message.contains(says), "{message}");
        assert_eq!(scene.calls(&format!("/governance/api/v2/requests/{REQUEST}")), 2, "read and post");
    }
    // Nobody says it.
    let mut scene = asked_by(PERSON).await;
    scene.event_says("requesterId", json!(null));
    scene.request(|request| request["requestedBy"] = json!(null));
    let message = scene.message().await;
    assert!(!is_whole(&message) && message.contains("\nAsked by: not known\n"), "{message}");
}

#[tokio::test]
async fn on_v2_a_message_is_never_about_the_one_who_asked_for_want_of_a_better() {
    for gets in [json!(null), json!("0oa1RX7XhyMSUUjaac5U")] {
        let mut scene = asked_by(MANAGER).await;
        scene.event_says("requestedForId", gets.clone());
        assert!(scene.message().await.contains("\nFor: Nguyễn Thị Lan"), "the request says it");

        let mut scene = asked_by(MANAGER).await;
        scene.event_says("requestedForId", gets.clone());
        scene.fault("request=403");
        let error = scene.error().await;
        assert!(error.starts_with("failed to read the access request: "), "{error}");

        let mut scene = asked_by(MANAGER).await;
        scene.event_says("requestedForId", gets);
        scene.request(|request| request["requestedFor"] = json!(null));
        assert!(scene.error().await.starts_with("failed to find the person who gets the access"));
    }
    // The request says that no person gets it.
    let scene = asked_by(MANAGER).await;
    scene.request(|request| request["requestedFor"] = json!({"type": "UNKNOWN", "externalId": "pca1"}));
    assert!(scene.error().await.starts_with("failed to find the person who gets the access"));
}

#[tokio::test]
async fn a_service_is_said_to_be_one_and_is_no_stranger() {
    for service in ["pca1ubyAhm6SVvcvk0g4", "0oa1ubyAhm6SVvcvk0g4"] {
        let scene = asked_by(service).await;
        scene.request(|request| request["requestedBy"]["type"] = "UNKNOWN".into());
        let message = scene.message().await;
        let says = format!("\nAsked by: a service (client {service}), not a person\n");
        assert!(is_whole(&message) && message.contains(&says), "{message}");
    }
    // Only the event calls it a service.
    let mut scene = asked_by(STRANGER).await;
    scene.event_says("requesterId", "pca1ubyAhm6SVvcvk0g4");
    assert!(!is_whole(&scene.message().await));
}

/// It said both "a service" and "it is not certain who asked".
#[tokio::test]
async fn a_service_of_which_event_and_request_differ_is_said_to_be_uncertain() {
    const SERVICE: &str = "pca1ubyAhm6SVvcvk0g4";
    let mut only_in_request = asked_by(SERVICE).await;
    only_in_request.event_says("requesterId", PERSON);
    let mut for_another = asked_by(SERVICE).await;
    for_another.event_says("requestedForId", STRANGER);
    for scene in [only_in_request, for_another] {
        scene.request(|request| request["requestedBy"]["type"] = "UNKNOWN".into());
        let message = scene.message().await;
        let says = format!(
            "\nAsked by: a service (client {SERVICE}), not a person (not certain: event and request differ)\n\
             Not shown, since it is not certain who asked: "
        );
        assert!(!is_whole(&message) && message.contains(&says), "{message}");
    }
}

/// A template that goes through the sections met `request` twice.
#[tokio::test]
async fn the_one_who_asked_and_can_not_be_read_adds_no_section_beside_that_of_the_request() {
    let shows = "sections = [\"request\", \"profile\"]\n";
    let template = "{% for section in sections %}[{{ section.name }}] {% endfor %}{{ request.asked_by }}";
    let policy =
        format!("[[rule]]\nname = \"r\"\n{shows}[rule.on_behalf]\n{shows}template = \"{template}\"\n");
    let scene = asked_by(STRANGER).await.with_policy(&policy);
    scene.fault(&format!("GET /api/v1/users/{STRANGER}$=404"));
    let asked_by = "someone else (name not available: Okta answered 404), on this person's behalf";
    says(&scene.degraded_message(&["request"]).await, &format!("[request] [profile] {asked_by}"));
}

/// Answers gave way to the facts about the person only if the one who asked could be read.
#[tokio::test]
async fn answers_push_out_no_fact_if_the_one_who_asked_can_not_be_read() {
    let labels: Vec<String> = (0..8).map(|n| format!("Fact {n}")).collect();
    let attributes: Vec<String> =
        (0..8).map(|n| format!("{{ name = \"fact{n}\", label = \"Fact {n}\" }}")).collect();
    let shows = format!("sections = [\"request\", \"profile\"]\nattributes = [{}]\n", attributes.join(", "));
    let policy = format!("[[rule]]\nname = \"r\"\n{shows}[rule.on_behalf]\n{shows}");
    let scene = asked_by(STRANGER).await.with_policy(&policy);
    scene.request(|request| {
        let answer = |n| json!({"id": format!("f{n}"), "label": format!("Question {n}"), "type": "TEXT", "value": "y".repeat(250)});
        request["requesterFieldValues"] = (0..10).map(answer).collect();
    });
    scene.world(|world| {
        for n in 0..8 {
            world.user_mut(PERSON)["profile"][format!("fact{n}")] = "x".repeat(250).into();
        }
    });
    for fault in [None, Some(format!("GET /api/v1/users/{STRANGER}$=404"))] {
        if let Some(fault) = &fault {
            scene.fault(fault);
        }
        let message = scene.message().await;
        for label in &labels {
            assert!(
                message.contains(&format!("\n{label}: xxx")),
                "{label} is missing, {fault:?}:\n{message}"
            );
        }
        says(&message, "(10 answers shortened)");
    }
}

#[tokio::test]
async fn okta_s_own_event_that_names_both_needs_no_request_and_any_other_does() {
    const BARE: &str = "my-org.events";
    for (channel, source, calls) in [
        (Channel::Function, None, 2),
        (Channel::Function, Some(BARE), 3),
        (Channel::Operator, None, 3),
        (Channel::Operator, Some(BARE), 3),
    ] {
        let policy = "[[rule]]\nname = \"r\"\nsections = [\"profile\", \"access\"]\n";
        let mut scene = asked_by(PERSON).await.with_policy(PROFILE_ONLY);
        scene.channel = channel;
        if let Some(source) = source {
            scene.event["source"] = source.into();
        }
        scene.message().await;
        assert_eq!(scene.okta.calls().len(), calls, "{channel:?} {source:?}");

        // The event may be about the older request that it names, too.
        scene.event_says("AccessRequestId", "69a97622417fb5da41baf7b4");
        let before = scene.okta.calls().len();
        scene.message().await;
        assert_eq!(scene.okta.calls().len() - before, 3, "{channel:?} {source:?}");
        scene.event_says("AccessRequestId", json!(null));

        // Someone who writes such a file, or such an event, about another person.
        scene.policy = policy.to_owned();
        scene.event_says("requesterId", STRANGER);
        scene.event_says("requestedForId", STRANGER);
        if calls > 2 {
            let message = scene.message().await;
            assert!(message.contains("For: Nguyễn") && !message.contains("Priya"), "{message}");
        }
    }
}

#[tokio::test]
async fn the_default_policy_reads_every_request() {
    for (case, path) in [
        ("v2", "/governance/api/v2/requests/req"),
        ("on-behalf", "/governance/api/v2/requests/req"),
        ("v1", "/governance/api/v1/requests/"),
    ] {
        let scene = Scene::of(case).await;
        scene.message().await;
        let calls = scene.okta.calls();
        assert!(
            calls.iter().any(|call| call.method == "GET" && call.path.starts_with(path)),
            "{case}: {calls:?}"
        );
    }
}

#[tokio::test]
async fn a_file_about_a_request_that_can_not_be_read_shows_no_more_than_a_directory() {
    for fault in ["request=403", "request=503"] {
        let mut scene = asked_by(PERSON).await;
        scene.fault(fault);
        assert!(is_whole(&scene.message().await), "{fault}: Okta's own event");

        scene.channel = Channel::Operator;
        let message = scene.message().await;
        assert!(!is_whole(&message) && message.contains("\nAsked by: not known\n"), "{fault}: {message}");
    }
}

/// Otherwise the event alone would decide whom the message is about.
#[tokio::test]
async fn a_rule_that_requires_the_request_posts_nothing_if_it_can_not_be_read() {
    for fault in ["request=403", "request=503"] {
        let scene = asked_by(PERSON).await.with_policy(&rule("request profile", "required = [\"request\"]"));
        scene.fault(fault);
        let error = scene.error().await;
        assert!(error.contains("`request`, which the rule `r` requires"), "{fault}: {error}");
    }
}

/// A v1 request does not say who gets the access. Someone who forges its event can name another person.
#[tokio::test]
async fn whoever_forges_the_event_of_a_v1_request_reads_of_another_person_what_strangers_read() {
    let asker = "00u11QzYiwGVQtOLI7Rb";
    let mut scene = v1_of(&[asker]).await;
    scene.event_says("requesterId", asker);
    scene.event_says("requestedForId", STRANGER);
    let message = scene.message().await;
    assert!(!is_whole(&message) && message.contains("\nFor: Priya Raghunathan"), "{message}");

    // The requester whom the event names must be one whom the request names.
    let mut scene = v1_of(&[asker]).await;
    scene.event_says("requesterId", MANAGER);
    scene.event_says("requestedForId", STRANGER);
    assert!(!scene.message().await.contains("Priya"));
}

/// The sample of v1, without what its event says about people, and with these people in its request.
async fn v1_of(people: &[&str]) -> Scene {
    let mut scene = with_new_accounts(Scene::of("v1").await);
    scene.event_says("requesterId", json!(null));
    scene.event_says("requestedForId", json!(null));
    scene.world(|world| world.request_mut("69a97622417fb5da41baf7b4")["requesterUserIds"] = json!(people));
    scene
}

#[tokio::test]
async fn a_v1_request_of_several_people_is_about_nobody_that_is_known() {
    let scene = v1_of(&[PERSON, STRANGER]).await;
    let message = scene.message().await;
    assert!(message.contains("\nFor: not certain: the request names 2 people\nNot shown, since it is not certain who gets the access: "), "{message}");
    assert!(
        message.starts_with("Nothing to look at, 1 check not done: “Need access to Jira”\n"),
        "{message}"
    );
    for hidden in ["Nguyễn", "Priya", "Title", "Account since", "Manager:", "\nChecked"] {
        assert!(!message.contains(hidden), "{message}");
    }
    assert_eq!(scene.calls("/api/v1/users"), 0);
    let hidden = "attributes, account, manager, access held, earlier requests";
    says(&message, &format!("Not shown, since it is not certain who gets the access: {hidden}"));
    // Whatever the rule shows to strangers.
    let shows =
        rule("profile manager", "on_behalf = { sections = [\"profile\", \"manager\"] }\nend_date = \"x\"");
    let message = v1_of(&[PERSON, STRANGER]).await.with_policy(&shows).message().await;
    says(&message, "Not shown, since it is not certain who gets the access: end date, account, manager");

    // The same person twice is one, who is known.
    let message = v1_of(&[PERSON, PERSON]).await.message().await;
    assert!(is_whole(&message) && message.contains("\nFor: Nguyễn Thị Lan"), "{message}");
    let error = v1_of(&[]).await.error().await;
    assert!(error.starts_with("failed to find the person who gets the access"), "{error}");
}

#[tokio::test]
async fn what_a_rule_requires_of_a_person_who_is_not_known_fails_the_attempt() {
    for section in ["profile", "manager", "access"] {
        let policy = format!(
            "[[rule]]\nname = \"r\"\nsections = [\"request\", \"profile\", \"manager\", \"access\"]\n\
             required = [\"{section}\"]\n"
        );
        let error = v1_of(&[PERSON, STRANGER]).await.with_policy(&policy).error().await;
        let says = format!("`{section}`, which the rule `r` requires: the request names 2 people");
        assert!(error.contains(&says), "{error}");
    }
    // A template of the rule's own finds every fact that it names.
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"request\", \"profile\", \"manager\", \"access\"]\n\
        [rule.on_behalf]\nsections = [\"request\", \"profile\", \"manager\", \"access\"]\n\
        attributes = [{ name = \"title\", label = \"T\" }]\n\
        template = \"{{ profile.name }}|{{ profile.attributes.title }}|{{ manager.name }}|{{ access.apps }}|{{ as_of }}\"\n";
    let message = v1_of(&[PERSON, STRANGER]).await.with_policy(policy).message().await;
    assert!(message.contains("\nnot certain: the request names 2 people||||"), "{message}");
}

/// What is asked for is no secret of a person, and Okta has neither earlier requests nor tasks of a v1 request.
#[tokio::test]
async fn labels_are_shown_and_checks_that_do_not_apply_are_not_missed_if_the_person_is_not_known() {
    let group = "00g1Av1IzN64Ei8oF9K7";
    let scene = v1_of(&[PERSON, STRANGER]).await.with_policy(&rule(
        "labels history peers approval",
        r#"required = ["labels", "history", "peers", "approval"]"#,
    ));
    scene.world(|world| {
        world.request_mut("69a97622417fb5da41baf7b4")["actions"] =
            json!([{"action": "ADD_USER_TO_GROUP", "resourceType": "GROUP", "resourceId": group}]);
        world.label(&format!("orn:okta:directory:00o1acmeOrg000000sim:groups:{group}"), "Crown Jewel", &[]);
    });
    says(&scene.message().await, "Marked in Okta: Crown Jewel");
    scene.fault("labels=503");
    let error = scene.attempt().await.result.unwrap_err().to_string();
    assert!(error.contains("`labels`, which the rule `r` requires: Okta answered 503"), "{error}");
}

/// Everyone whom a v1 request names can read its messages.
#[tokio::test]
async fn a_v1_request_with_more_people_than_its_event_shows_little() {
    let scene = with_new_accounts(Scene::of("v1").await);
    scene.world(|world| {
        let request = world.request_mut("69a97622417fb5da41baf7b4");
        request["requesterUserIds"].as_array_mut().unwrap().push(STRANGER.into());
    });
    let message = scene.message().await;
    assert!(!is_whole(&message) && message.contains("\nFor: Amara Okonkwo"), "{message}");
}

/// The message is made again for a stranger's view, of the same answers and failures.
#[tokio::test]
async fn a_call_that_failed_is_not_repeated_if_the_request_names_more_people_but_the_same_person() {
    let both = rule("profile access", r#"on_behalf = { sections = ["profile", "access"] }"#);
    let mut calls = Vec::new();
    for others in [&[][..], &[STRANGER]] {
        let scene = Scene::of("v1").await.with_policy(&both);
        scene.world(|world| {
            let people = world.request_mut("69a97622417fb5da41baf7b4")["requesterUserIds"].as_array_mut();
            people.unwrap().extend(others.iter().map(|id| json!(id)));
        });
        scene.fault("groups=503");
        scene.fault("links=503");
        let message = scene.message().await;
        assert_eq!(message.contains("not certain"), !others.is_empty(), "{message}");
        let asked = scene.okta.calls();
        calls.push(asked.iter().filter(|call| call.path.contains("/groups")).count());
    }
    assert_eq!(calls[0], calls[1]);
}
