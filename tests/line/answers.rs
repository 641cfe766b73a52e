//! Okta's replies in all their forms: what an approver reads of them, and what an operator is told where they
//! lack something.

use std::time::Duration;

use okta_request_enricher::bus::OutcomeEvent;
use okta_request_enricher::log_line::log_line;
use okta_request_enricher::outcome::Attempt;
use okta_simulator::doubles::{event, event_with, file};
use okta_simulator::{Calls, Fault, FaultKind, Simulator};
use serde_json::{Value, json};

use crate::scene::deployment;

const REQUEST: &str = "req16zRXf4PBGnr7o18A";
const PERSON: &str = "00u1F5GHSf7bLpPyKNqn";
/// Someone who has nothing to do with the request.
const OTHER: &str = "00u1w9f232fHZB86wJnG";

async fn handle(okta: &Simulator, policy: &str, event: String) -> Attempt {
    let file = file(policy);
    let settings = [("ENRICHMENT_FILE", file.path().to_str().unwrap())];
    let enricher = crate::support::enricher(okta, &okta.token(), &settings);
    let attempt = crate::support::attempt(&enricher, event, Duration::from_secs(20)).await;
    assert_eq!(okta.complaints(), Vec::<String>::new());
    attempt
}

const REQUEST_ONLY: &str = "[[rule]]\nname = \"r\"\nsections = [\"request\"]\n";

/// The lines of the message about the sample request with these members.
async fn lines_with(members: Value) -> Vec<String> {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| {
        let request = world.request_mut(REQUEST);
        for (name, value) in members.as_object().unwrap() {
            request[name] = value.clone();
        }
    });
    let attempt = handle(&okta, REQUEST_ONLY, event("v2")).await;
    assert_eq!((attempt.name(), attempt.degraded()), ("posted", &[][..]), "{:?}", attempt.result);
    okta.messages()[0].message.lines().map(str::to_owned).collect()
}

fn contains(lines: &[String], line: &str) -> bool {
    lines.iter().any(|other| other == line)
}

#[tokio::test]
async fn every_answer_is_shown_whatever_form_okta_gives_it() {
    let fields = json!([
        {"id": "1b9d", "type": "TEXT", "value": "Stand-in for the payroll run."},
        null,
        {"id": "1b9e", "values": ["Until the spring."]},
        {"id": "1b9f", "label": "Needed until", "type": "ISO_DATE", "value": "2026-12-24T18:30:00-08:00"},
        {"id": "1b9g", "label": "From", "prompt": "From when?", "type": "ISO_DATE", "value": "2026-12-01"},
        {"id": "1b9h", "label": {"odd": 1}, "type": 7, "value": 104_233.0},
        "odd",
        {"id": "OKTA_ACCESS_DURATION", "label": "Access duration", "type": "DURATION", "value": "P30D"},
        {"id": "OKTA_REQUESTED_FOR", "label": "For whom?", "type": "OKTA_USER_ID", "value": PERSON},
    ]);
    let lines = lines_with(json!({"requesterFieldValues": fields})).await;
    for line in [
        "“Answer 1”: “Stand-in for the payroll run.”",
        "“Answer 2”: “Until the spring.”",
        "“Needed until”: “2026-12-24 18:30 -08:00”",
        "“From when?”: “2026-12-01”",
        "“Answer 3”: “104233”",
        "Nothing to look at: GitHub Maintainer, GitHub Enterprise, 90 days",
    ] {
        assert!(contains(&lines, line), "{line}: {lines:#?}");
    }
    let about_duration = lines
        .iter()
        .filter(|line| line.to_lowercase().contains("duration") || line.contains("30 days"))
        .count();
    assert_eq!(about_duration, 0, "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("For whom?")), "{lines:#?}");
}

#[tokio::test]
async fn a_duration_that_only_the_form_has_is_the_duration() {
    let chosen = json!([{"id": "OKTA_ACCESS_DURATION", "type": "DURATION", "value": "PT65H"}]);
    for (own, chosen, says) in [
        (json!(null), &chosen, ", 65 hours"),
        (json!("P1DT12H"), &chosen, ", 1 day 12 hours"),
        (json!("until revoked"), &chosen, ", until revoked"),
        (json!(null), &json!([]), ""),
    ] {
        let lines = lines_with(json!({"accessDuration": own, "requesterFieldValues": chosen})).await;
        assert_eq!(lines[0], format!("Nothing to look at: GitHub Maintainer, GitHub Enterprise{says}"));
    }
}

/// A rule that shows a stranger less.
const LESS_FOR_STRANGERS: &str = "[[rule]]\nname = \"r\"\nsections = [\"request\", \"profile\"]\n\
     on_behalf = { sections = [\"request\"] }\n";

#[tokio::test]
async fn a_person_in_an_answer_is_named_but_not_for_a_stranger() {
    let unknown = "00u1w9f232fHZB86wJnZ";
    for (policy, from_stranger, says) in [
        (REQUEST_ONLY, false, format!("“Who else?”: “Tomasz Wójcik ({OTHER}), {unknown}”")),
        (LESS_FOR_STRANGERS, false, format!("“Who else?”: “Tomasz Wójcik ({OTHER}), {unknown}”")),
        (LESS_FOR_STRANGERS, true, format!("“Who else?”: “{OTHER}, {unknown}”")),
        (REQUEST_ONLY, true, format!("“Who else?”: “{OTHER}, {unknown}”")),
    ] {
        let okta = Simulator::start().await.unwrap();
        okta.with_world(|world| {
            world.user_mut(OTHER)["profile"]["displayName"] = json!("Tomasz Wójcik");
            let request = world.request_mut(REQUEST);
            request["requesterFieldValues"] = json!([
                {"id": "1b9d", "label": "Who else?", "type": "OKTA_USER_ID", "values": [OTHER, unknown]}
            ]);
            if from_stranger {
                request["requestedBy"]["externalId"] = json!(OTHER);
            }
        });
        let event = event_with("v2", |event| {
            if from_stranger {
                event["detail"]["debugContext"]["debugData"]["requesterId"] = json!(OTHER);
            }
        });
        let attempt = handle(&okta, policy, event).await;
        assert_eq!((attempt.name(), attempt.degraded()), ("posted", &[][..]), "{:?}", attempt.result);
        let message = &okta.messages()[0].message;
        assert!(message.lines().any(|line| line == says), "{says}: {message}");
        let answers: Vec<_> = message.lines().filter(|line| line.starts_with("“Who else?”")).collect();
        assert!(!answers[0].contains('@'), "a login is more than an approver needs: {message}");
    }
}

#[tokio::test]
async fn a_form_full_of_people_costs_few_calls() {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| {
        let ids: Vec<_> = (0..20).map(|n| format!("00u{n:017}")).collect();
        world.request_mut(REQUEST)["requesterFieldValues"] =
            json!([{"id": "1b9d", "label": "Who?", "type": "OKTA_USER_ID", "values": ids}]);
    });
    let attempt = handle(&okta, REQUEST_ONLY, event("v2")).await;
    assert_eq!(attempt.name(), "posted");
    let users = okta.calls().iter().filter(|call| call.path.starts_with("/api/v1/users/")).count();
    assert_eq!(users, 1 + 3, "the person, and three of the twenty");
}

/// Makes Okta answer a call with this body.
fn reply(okta: &Simulator, call: &'static str, body: &str) {
    let kind = FaultKind::Body(body.as_bytes().to_vec());
    okta.fault(Fault { on: Calls::Named(call), times: None, kind });
}

#[tokio::test]
async fn half_an_emoji_anywhere_costs_nothing_else() {
    let okta = Simulator::start().await.unwrap();
    let (user, request) =
        okta.with_world(|world| (world.user_mut(PERSON).clone(), world.request_mut(REQUEST).clone()));
    reply(&okta, "user", &user.to_string().replace("\"ACTIVE\"", r#""ACTIVE","odd":"\ud83d""#));
    let mut request = request;
    request["requesterFieldValues"] =
        json!([{"id": "1b9d", "prompt": "Where?", "type": "SELECT", "value": "[\"Oslo HALF\"]"}]);
    reply(&okta, "request", &request.to_string().replace("HALF", r"\\ud83d"));
    let event = event_with("v2", |event| {
        event["detail"]["actor"]["displayName"] = json!("HALF");
        event["detail"]["debugContext"]["debugData"]["ruleConflictDetails"] =
            json!("[{\"ruleName\":\"Two HALF\"}]");
    });
    let event = event.replace("\"HALF\"", r#""\ud83d""#).replace("Two HALF", r"Two \\ud83d");
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"request\", \"profile\", \"sod\"]\n";
    let attempt = handle(&okta, policy, event).await;
    assert_eq!((attempt.name(), attempt.degraded()), ("posted", &[][..]), "{:?}", attempt.result);
    let message = &okta.messages()[0].message;
    for part in ["“Where?”: “Oslo \u{FFFD}”\n", "“Two \u{FFFD}”", "\nChecked: account, "] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

const ACCESS_AND_SOD: &str = r#"
[[rule]]
name = "r"
sections = ["access", "sod"]
relevant = { groups = ["No such *"] }
[[toxic_combination]]
name = "Approve and deploy"
severity = "medium"
one = { groups = ["Change Approvers"] }
other = { groups = ["Production Deployers"] }
"#;

#[tokio::test]
async fn an_unreadable_entry_costs_only_itself_but_no_check_passes_without_it() {
    for odd in ["null", "7", "{}", r#"{"id": "00g1odd"}"#] {
        let okta = Simulator::start().await.unwrap();
        let group = r#"{"id": "00gTwo", "type": "OKTA_GROUP", "profile": {"name": "Finance"}}"#;
        reply(&okta, "groups", &format!("[{group}, {odd}]"));
        let attempt = handle(&okta, ACCESS_AND_SOD, event("v2")).await;
        assert_eq!((attempt.name(), attempt.degraded()), ("posted", &["sod"][..]), "{:?}", attempt.result);
        let message = &okta.messages()[0].message;
        let unchecked = "\nNot checked: separation of duties (our rules; groups held: an entry of Okta's list could \
                         not be read)\n";
        assert!(message.contains(unchecked), "{odd}: {message}");
        assert!(
            !message.contains("Also holds") && !message.contains("Okta's and our rules"),
            "{odd}: {message}"
        );
    }
}

#[tokio::test]
async fn an_assessment_that_can_not_be_read_is_not_free_of_conflicts() {
    let okta = Simulator::start().await.unwrap();
    okta.with_world(|world| {
        world.request_mut(REQUEST)["riskAssessment"]["riskRules"] = json!([{"name": "Two hands"}, null]);
    });
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"sod\"]\n";
    let event = event_with("v2", |event| {
        event["detail"]["debugContext"]["debugData"]["ruleConflictDetails"] = json!("[]");
    });
    let attempt = handle(&okta, policy, event).await;
    assert_eq!((attempt.name(), attempt.degraded()), ("posted", &["sod"][..]), "{:?}", attempt.result);
    let message = &okta.messages()[0].message;
    assert!(!message.contains("\nChecked: "), "{message}");
    assert!(
        message.contains("\nNot checked: separation of duties (Okta's rules; Okta's answer has"),
        "{message}"
    );
    let line: Value =
        serde_json::from_str(&log_line(&attempt, &deployment(), "x", jiff::Timestamp::now())).unwrap();
    let reason = "Okta's answer has an unknown form";
    assert_eq!(line["degraded_details"], json!([{"section": "sod", "reason": reason}]));
    assert_eq!((&line["checks_not_done"], &line["ChecksNotDone"]), (&json!(["okta-rules"]), &json!(1)));
}

/// Rules without a name are not one rule, unless all that Okta says of both is the same.
#[tokio::test]
async fn conflicts_with_rules_without_a_name_are_told_apart() {
    let okta = Simulator::start().await.unwrap();
    let conflicts = |rule: &str| {
        json!([
            {rule: null, "description": "whoever pays must not approve", "resourceName": "SAP"},
            {"description": "whoever hires must not pay", "resourceName": "SAP"},
            {rule: "Two hands", "description": "one", "resourceName": "SAP"},
        ])
    };
    okta.with_world(|world| {
        world.request_mut(REQUEST)["riskAssessment"]["riskRules"] = conflicts("name");
    });
    let german = "[[rule]]\nname = \"r\"\nsections = [\"sod\"]\n[words]\nunnamed_rule = \"einer Regel\"\n";
    let event = event_with("v2", |event| {
        let mut of_event = conflicts("ruleName");
        of_event[2]["description"] = json!("another");
        event["detail"]["debugContext"]["debugData"]["ruleConflictDetails"] = of_event;
    });
    for (policy, rule) in
        [(german.split("[words]").next().unwrap(), "a rule without a name"), (german, "einer Regel")]
    {
        let attempt = handle(&okta, policy, event.clone()).await;
        assert_eq!(attempt.name(), "posted", "{:?}", attempt.result);
        let messages = okta.messages();
        let message = &messages.last().unwrap().message;
        let warnings: Vec<&str> = message.lines().filter(|line| line.starts_with("WARNING: ")).collect();
        let expected = [
            format!("WARNING: conflict with {rule} (SAP): whoever pays must not approve"),
            format!("WARNING: conflict with {rule} (SAP): whoever hires must not pay"),
            "WARNING: conflict with “Two hands” (SAP): another".to_owned(),
        ];
        assert_eq!(warnings, expected, "{message}");
    }
}

/// Okta writes an empty list for plain groups, too, which its rules do not cover.
#[tokio::test]
async fn an_empty_list_of_an_older_request_that_can_not_be_read_is_no_check() {
    let event = || {
        event_with("v1", |event| {
            event["detail"]["debugContext"]["debugData"]["ruleConflictDetails"] = json!("[]");
        })
    };
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"sod\"]\n";
    let okta = Simulator::start().await.unwrap();
    okta.fault("request=503".parse().unwrap());
    assert_eq!(handle(&okta, policy, event()).await.name(), "posted");
    let message = &okta.messages()[0].message;
    let unchecked = "\nNot checked: separation of duties (Okta's rules; Okta answered 503)\n";
    assert!(message.contains(unchecked) && !message.contains("\nChecked"), "{message}");
}

#[tokio::test]
async fn what_was_lacking_and_why_reaches_the_operator() {
    let okta = Simulator::start().await.unwrap();
    okta.fault("groups=403".parse().unwrap());
    okta.fault("bundle=503".parse().unwrap());
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"access\", \"request\"]\n";
    let attempt = handle(&okta, policy, event("v2")).await;
    let line: Value =
        serde_json::from_str(&log_line(&attempt, &deployment(), "x", jiff::Timestamp::now())).unwrap();
    assert_eq!((line["level"].as_str(), line["Degraded"].as_u64()), (Some("WARN"), Some(1)));
    assert_eq!(line["degraded_sections"], json!(["access", "request"]));
    let bundle = "GET /governance/api/v1/entitlement-bundles/enb12VIzDBB0s8pKxUAm";
    assert_eq!(
        line["degraded_details"],
        json!([
            {"section": "access", "call": format!("GET /api/v1/users/{PERSON}/groups"), "code": "okta-forbidden"},
            {"section": "request", "call": bundle, "code": "okta-unavailable"}
        ])
    );
    let warning = line["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains(&format!(
            "access are not available: GET /api/v1/users/{PERSON}/groups: Okta answered 403"
        )),
        "{warning}"
    );
    assert!(warning.contains("; give the role"), "the remedy: {warning}");
    assert!(warning.ends_with("(and 1 more)"), "{warning}");
    let told: Value =
        serde_json::from_str(&OutcomeEvent::of(&attempt, &deployment(), "x").unwrap().detail).unwrap();
    assert_eq!(told["degraded"], json!(["access", "request"]));
    assert_eq!(told["degraded_codes"], json!(["okta-forbidden", "okta-unavailable"]));
    assert_eq!(attempt.answer(&deployment()).unwrap()["degraded"], json!(["access", "request"]));

    // The message leaves out the check that lacks a right. The operator reads of it.
    let not_done = json!(["request", "administrator-rights", "access-held"]);
    assert_eq!((&line["checks_not_done"], &line["ChecksNotDone"]), (&not_done, &json!(3)));
    assert_eq!(told["checks_not_done"], not_done);
    let message = &okta.messages()[0].message;
    assert!(message.contains("\nNot checked: ") && !message.contains("access held"), "{message}");
}

#[tokio::test]
async fn the_operator_learns_how_many_warnings_of_each_kind_a_message_has_and_no_word_of_it() {
    let okta = Simulator::start().await.unwrap();
    let id = "req1nwUoJfVcGxMZdqIJ";
    let person = okta.with_world(|world| {
        let person = world.request_mut(id)["requestedFor"]["externalId"].as_str().unwrap().to_owned();
        world.users.get_mut(&person).unwrap()["status"] = json!("SUSPENDED");
        person
    });
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"profile\", \"manager\", \"sod\"]\n";
    let attempt = handle(&okta, policy, event("sod-conflict")).await;
    let warnings = json!({"account": 1, "conflict": 1});
    let (line, told) = (
        log_line(&attempt, &deployment(), "x", jiff::Timestamp::now()),
        OutcomeEvent::of(&attempt, &deployment(), "x").unwrap().detail,
    );
    for text in [&line, &told] {
        let members: Value = serde_json::from_str(text).unwrap();
        assert_eq!(members["message_warnings"], warnings, "{text}");
        assert_eq!(members["checks_not_done"], json!(["manager"]), "{text}");
        assert!(
            !text.contains("Create vendor") && !text.contains("Priya") && !text.contains(&person),
            "{text}"
        );
    }
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["AccountWarnings"], &line["ConflictWarnings"]), (&json!(1), &json!(1)));
    assert!(line["HighConflictWarnings"].is_null() && line["level"] == "INFO", "{line}");
}

#[tokio::test]
async fn a_required_section_fails_with_the_call_that_failed_and_waits_as_long_as_it() {
    for (fault, class, code, says) in [
        ("groups=429:30", "Retryable", "okta-rate-limited", "rate limit of this call is used up"),
        ("groups=503", "Retryable", "okta-unavailable", "Okta is not able to answer now"),
        ("groups=503:E0000010", "Retryable", "okta-read-only", "Okta is in read-only mode"),
        ("groups=403", "Retryable", "section-required", "; give the role"),
    ] {
        let okta = Simulator::start().await.unwrap();
        okta.fault(fault.parse().unwrap());
        let policy = "[[rule]]\nname = \"r\"\nsections = [\"access\"]\nrequired = [\"access\"]\n";
        let error = handle(&okta, policy, event("v2")).await.result.unwrap_err();
        assert_eq!((error.class().as_str(), error.code().as_str()), (class, code), "{error}");
        for part in ["`access`, which the rule `r` requires: ", "GET /api/v1/users/", says] {
            assert!(error.to_string().contains(part), "{fault}: {part}: {error}");
        }
        assert_eq!(okta.messages().len(), 0);
    }
}

#[tokio::test]
async fn a_template_that_fails_does_not_hide_that_something_was_lacking() {
    let okta = Simulator::start().await.unwrap();
    okta.fault("bundle=503".parse().unwrap());
    // No sample of the check has such an answer.
    let policy = "[[rule]]\nname = \"r\"\nsections = [\"request\"]\ntemplate = \"\"\"\n\
        {% if request.answers and request.answers[0].value is endingwith('repository.”') %}\
        {{ request.answers[9].value }}{% endif %}{{ as_of }}\"\"\"\n";
    let attempt = handle(&okta, policy, event("v2")).await;
    assert_eq!(attempt.result.as_ref().unwrap_err().code().as_str(), "template-failed");
    let line: Value =
        serde_json::from_str(&log_line(&attempt, &deployment(), "x", jiff::Timestamp::now())).unwrap();
    assert_eq!((line["Failed"].as_u64(), line["Degraded"].as_u64()), (Some(1), Some(1)), "{line}");
    assert_eq!(line["degraded_details"][0]["code"], "okta-unavailable", "{line}");
}

#[tokio::test]
async fn an_odd_member_of_an_account_never_costs_the_message() {
    let okta = Simulator::start().await.unwrap();
    let user = okta.with_world(|world| world.user_mut(PERSON).clone());
    let members: Vec<String> = user.as_object().unwrap().keys().cloned().collect();
    for (number, member) in members.iter().filter(|member| *member != "id").enumerate() {
        okta.with_world(|world| world.user_mut(PERSON)[member] = json!([{"odd": null}, 7]));
        let event = okta.with_world(|world| world.another_request(&event("v2"), number));
        let policy = "[[rule]]\nname = \"r\"\nsections = [\"profile\"]\nattributes = [{ name = \"title\", label = \"T\" }]\n";
        let attempt = handle(&okta, policy, event).await;
        assert_eq!(attempt.name(), "posted", "{member}: {:?}", attempt.result);
        let message = okta.messages().last().unwrap().message.clone();
        assert!(member == "profile" || message.contains("For: Zoë"), "{member}: {message}");
        let checks = message.lines().rev().nth(1).unwrap();
        let expected =
            if member == "status" { "Not checked: account (status unknown)" } else { "Checked: account" };
        assert_eq!(checks, expected, "{member}: {message}");
        okta.with_world(|world| world.user_mut(PERSON)[member] = user[member].clone());
    }
}
