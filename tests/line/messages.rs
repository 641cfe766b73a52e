//! The line from an event to its message: the library's real client against the simulator over real HTTP.

use std::time::Duration;

use okta_request_enricher::event::Channel;
use okta_request_enricher::handler::{AsOf, Enricher};
use okta_request_enricher::log_line::log_line;
use okta_request_enricher::outcome::Attempt;
use okta_simulator::Simulator;
use okta_simulator::doubles::{PROFILE_ONLY, event, event_with, file, published, root};
use serde_json::{Value, json};

use crate::scene::deployment;

/// An enricher, and the Okta that it talks to.
struct Line {
    okta: Simulator,
    enricher: Enricher,
}

impl Line {
    async fn new(settings: &[(&str, &str)]) -> Line {
        let okta = Simulator::start().await.unwrap();
        let enricher = crate::support::enricher(&okta, &okta.token(), settings);
        Line { okta, enricher }
    }

    /// The same; the moment of each event counts as now.
    async fn at_event(settings: &[(&str, &str)]) -> Line {
        let okta = Simulator::start().await.unwrap();
        let enricher = crate::support::operator_s_enricher_at(&okta, &okta.token(), settings, AsOf::Event);
        Line { okta, enricher: enricher.fed_by(Channel::Function) }
    }

    async fn handle(&self, payload: impl AsRef<[u8]>) -> Attempt {
        self.handle_within(payload, Duration::from_secs(20)).await
    }

    async fn handle_within(&self, payload: impl AsRef<[u8]>, limit: Duration) -> Attempt {
        crate::support::attempt(&self.enricher, payload, limit).await
    }

    /// An event about another request, which is like that of the sample.
    fn another(&self, case: &str) -> String {
        self.okta.with_world(|world| world.another_request(&event(case), world.v2_requests.len()))
    }

    /// The messages that stand on requests, and nothing that a correct client would not have sent.
    fn messages(&self) -> Vec<(String, String)> {
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        self.okta.messages().into_iter().map(|posted| (posted.request_id, posted.message)).collect()
    }
}

/// The message that the event led to.
async fn message_of(line: &Line, event: impl AsRef<[u8]>) -> String {
    let attempt = line.handle(event).await;
    assert_eq!(attempt.name(), "posted", "{:?}", attempt.result);
    line.messages().pop().unwrap().1
}

async fn message_of_case(case: &str) -> String {
    message_of(&Line::at_event(&[]).await, event(case)).await
}

#[tokio::test]
async fn a_v2_request_gets_its_message() {
    insta::assert_snapshot!(message_of_case("v2").await);
}

#[tokio::test]
async fn a_v1_request_gets_its_message() {
    insta::assert_snapshot!(message_of_case("v1").await);
}

#[tokio::test]
async fn a_request_by_the_manager_shows_all_and_says_who_asked() {
    insta::assert_snapshot!(message_of_case("on-behalf").await);
}

#[tokio::test]
async fn a_request_by_a_stranger_shows_no_more_than_a_directory() {
    let line = Line::at_event(&[]).await;
    // Someone who is neither the person nor the manager.
    let stranger = json!("00u1w9f232fHZB86wJnG");
    line.okta.with_world(|world| {
        world.request_mut("req1ssdxJZyMwNZWiuZI")["requestedBy"]["externalId"] = stranger.clone();
    });
    let event = event_with("on-behalf", |event| {
        event["detail"]["debugContext"]["debugData"]["requesterId"] = stranger;
    });
    insta::assert_snapshot!(message_of(&line, event).await);
}

#[tokio::test]
async fn a_deactivated_account_is_warned_of_first() {
    insta::assert_snapshot!(message_of_case("deprovisioned").await);
}

#[tokio::test]
async fn an_empty_profile_says_what_is_not_set() {
    insta::assert_snapshot!(message_of_case("nulls").await);
}

#[tokio::test]
async fn hostile_text_is_readable_and_does_nothing() {
    insta::assert_snapshot!(message_of_case("hostile-text").await);
}

#[tokio::test]
async fn okta_s_own_conflicts_are_warned_of() {
    insta::assert_snapshot!(message_of_case("sod-conflict").await);
}

const TOXIC: &str = r#"
[[rule]]
name = "sod only"
sections = ["access", "sod"]
relevant = { groups = ["SAP *", "Change *"], apps = ["SAP*"] }
[[toxic_combination]]
name = "Vendors and payments"
description = "whoever maintains vendors must not pay them"
severity = "high"
one = { groups = ["SAP Accounts Payable*"] }
other = { bundles = ["Vendor Master*"], apps = ["No such app"] }
[[toxic_combination]]
name = "Approve and deploy"
severity = "medium"
one = { groups = ["Change Approvers"] }
other = { groups = ["Production Deployers"] }
"#;

#[tokio::test]
async fn toxic_combinations_are_warned_of_with_what_is_held_and_asked_for() {
    let file = file(TOXIC);
    let line = Line::at_event(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]).await;
    insta::assert_snapshot!(message_of(&line, event("sod-conflict")).await);
    insta::assert_snapshot!(message_of(&line, event("id-only-in-target")).await);
    insta::assert_snapshot!(message_of(&line, event("v2")).await);
}

/// Neither of the two ways to the name of a bundle is allowed.
const NO_BUNDLE_NAME: &str =
    "bundle=403:okta.governance.entitlements.read catalog=403:okta.accessRequests.catalog.read";

/// Arms each of these faults; a space stands between two.
fn arm(line: &Line, faults: &str) {
    for fault in faults.split(' ') {
        line.okta.fault(fault.parse().unwrap());
    }
}

#[tokio::test]
async fn what_was_not_checked_is_not_said_to_be_free_of_conflicts() {
    let file = file(TOXIC);
    let (okta, ours) = ("separation of duties (Okta's rules)", "separation of duties (our rules)");
    for (fault, rules) in
        [("groups=503", ours), ("links=slow:3s", ours), (NO_BUNDLE_NAME, ours), ("request=404", okta)]
    {
        let line = Line::new(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]).await;
        arm(&line, fault);
        // Half of the time is the patience with the slow one.
        let attempt = line.handle_within(event("v2"), Duration::from_secs(5)).await;
        assert_eq!(attempt.name(), "posted", "{fault}: {:?}", attempt.result);
        assert!(attempt.degraded().contains(&"sod"), "{fault}: {:?}", attempt.degraded());
        let message = &line.messages()[0].1;
        let list =
            |label: &str| message.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_default();
        let (checked, not_checked) = (list("Checked: "), list("Not checked: "));
        assert!(!checked.contains(rules), "{fault}: {message}");
        let with_reason = rules.replace(')', "; ");
        assert!(not_checked.contains(&with_reason) && !not_checked.contains(") ("), "{fault}: {message}");
    }
}

#[tokio::test]
async fn a_request_that_names_another_person_than_its_event_is_believed() {
    let line = Line::new(&[]).await;
    let event = event_with("on-behalf", |event| {
        // The event names only who asked.
        event["detail"]["debugContext"]["debugData"]["requestedForId"] = json!(null);
    });
    let message = message_of(&line, event).await;
    assert!(message.contains("\nFor: Nguyễn Thị Lan") && message.contains("\nAsked by: Tomasz"), "{message}");
}

#[tokio::test]
async fn conflicts_that_can_not_be_read_are_not_said_to_be_none() {
    for (details, says) in [
        (
            json!("[{\"ruleName\": \"Broken"),
            "Not checked: separation of duties (Okta's rules; Okta's answer has an unknown form)",
        ),
        (json!([{"ruleName": "A list"}]), "WARNING: conflict with “A list”"),
        (json!("[]"), "Checked: account, manager, separation of duties (Okta's rules)"),
    ] {
        let line = Line::new(&[]).await;
        let event = event_with("v1", |event| {
            event["detail"]["debugContext"]["debugData"]["ruleConflictDetails"] = details;
        });
        line.handle(event).await;
        let message = &line.messages()[0].1;
        assert!(message.contains(&format!("\n{says}\n")), "{message}");
        let said = message.matches("separation of duties").count();
        assert_eq!(said, 1, "made, or not made: {message}");
    }
}

#[tokio::test]
async fn one_thing_on_both_sides_is_no_pair() {
    let file = file(
        "[[rule]]\nname = \"r\"\nsections = [\"sod\"]\n[[toxic_combination]]\nname = \"x\"\nseverity = \"low\"\n\
         one = { groups = [\"SAP *\"] }\nother = { groups = [\"SAP Accounts Payable*\"], bundles = [\"none such\"] }\n",
    );
    let line = Line::new(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]).await;
    line.handle(event("sod-conflict")).await;
    let message = &line.messages()[0].1;
    assert!(message.contains("\nChecked: separation of duties (Okta's and our rules)\n"), "{message}");
    assert!(message.starts_with("1 to look at: ") && message.contains("\nWARNING: conflict with “Create "));
}

#[tokio::test]
async fn every_source_may_fail_and_a_true_message_is_posted() {
    for (fault, degraded, not_checked) in [
        (
            "request=503",
            vec!["request", "sod", "history"],
            "what is asked for (Okta answered 503), earlier requests (Okta answered 503), separation of duties \
             (Okta's rules; Okta answered 503)"
                .to_owned(),
        ),
        ("app=500", vec!["request"], "what is asked for (Okta answered 500)".to_owned()),
        // A right that lacks: the log line says it.
        (NO_BUNDLE_NAME, vec!["request"], String::new()),
        ("groups=429:30", vec!["access"], "access held (Okta's rate limit is used up)".to_owned()),
        ("links=garbage", vec!["access"], "access held (Okta's answer could not be read)".to_owned()),
        ("list=503", vec!["history"], "earlier requests (Okta answered 503)".to_owned()),
        // A right that lacks, too.
        ("list=403", vec!["history"], String::new()),
        ("groups=cut-before", vec!["access"], "access held (no answer from Okta)".to_owned()),
    ] {
        let line = Line::new(&[]).await;
        arm(&line, fault);
        let attempt = line.handle(event("v2")).await;
        assert_eq!(
            (attempt.name(), attempt.degraded()),
            ("posted", degraded.as_slice()),
            "{fault}: {:?}",
            attempt.result
        );
        let message = &line.messages()[0].1;
        let said = message.lines().find_map(|line| line.strip_prefix("Not checked: ")).unwrap_or_default();
        assert_eq!(said, not_checked, "{fault}: {message}");
    }
    let line = Line::at_event(&[]).await;
    for call in ["request", "app", "bundle", "groups", "links"] {
        line.okta.fault(format!("{call}=503").parse().unwrap());
    }
    insta::assert_snapshot!(message_of(&line, event("v2")).await);
}

#[tokio::test]
async fn what_the_rule_requires_fails_the_attempt_when_it_is_not_available() {
    let file = file("[[rule]]\nname = \"r\"\nsections = [\"access\"]\nrequired = [\"access\"]\n");
    let line = Line::new(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]).await;
    line.okta.fault("groups=503x3".parse().unwrap());
    let attempt = line.handle(event("v2")).await;
    let error = attempt.result.unwrap_err();
    assert_eq!(error.class().as_str(), "Retryable");
    assert!(
        error
            .to_string()
            .contains("the checks of the section `access`, which the rule `r` requires: Okta answered 503")
    );
    assert_eq!(line.messages(), []);
    assert_eq!(line.handle(event("v2")).await.name(), "posted");
}

#[tokio::test]
async fn a_late_event_of_a_closed_request_gets_no_message() {
    let line = Line::new(&[]).await;
    let sample: Value = serde_json::from_str(&event("v2")).unwrap();
    let id = sample["detail"]["debugContext"]["debugData"]["accessRequestId"].as_str().unwrap();
    line.okta.with_world(|world| world.request_mut(id)["status"] = json!("CANCELED"));
    let answer = line.handle(event("v2")).await.answer(&deployment()).unwrap();
    assert_eq!(answer["reason"], "the request is closed already (CANCELED)");
    assert_eq!(line.messages(), []);
}

/// Calls by path template, in alphabetical order.
fn calls(line: &Line) -> Vec<String> {
    let mut calls: Vec<_> =
        line.okta.calls().iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    calls.sort();
    calls
}

#[tokio::test]
async fn each_call_is_made_once_and_names_are_kept() {
    let line = Line::new(&[]).await;
    line.handle(event("v2")).await;
    let first = calls(&line);
    assert_eq!(first.len(), 9, "{first:#?}");
    let mut unique = first.clone();
    unique.dedup();
    assert_eq!(unique, first);
    line.handle(line.another("v2")).await;
    assert_eq!(line.okta.calls().len(), 9 + 7, "app and bundle have their names already");

    let file = file(PROFILE_ONLY);
    let line = Line::new(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]).await;
    line.handle(published(&event("v2"), jiff::Timestamp::now())).await;
    assert_eq!(line.okta.calls().len(), 2, "the person and the post: {:#?}", calls(&line));
}

#[tokio::test]
async fn a_template_of_the_policy_writes_the_message() {
    let file = file(
        "[[rule]]\nname = \"r\"\nsections = [\"request\", \"profile\"]\nattributes = [{ name = \"title\", label = \"T\" }]\n\
         template = \"\"\"\n{{ profile.name }}, {{ profile.attributes.title }}\nwants {{ request.scope | shorten(9) }}\n\
         {% for a in request.answers %}- {{ a.label }}: {{ a.value }}\n{% endfor %}as of {{ as_of }}\"\"\"\n",
    );
    let line = Line::new(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]).await;
    line.handle(event("v2")).await;
    let message = &line.messages()[0].1;
    let (text, rest) = message.split_once("\nas of ").unwrap();
    insta::assert_snapshot!(text);
    // What must stay stands below it, though the template leaves it out.
    let added: Vec<_> = rest.lines().skip(1).collect();
    assert_eq!(added[0], "Checked: account");
    assert!(added[1].starts_with("(okta-request-enricher, ") && added.len() == 2, "{rest}");
}

#[tokio::test]
async fn the_first_rule_that_matches_is_used_and_none_means_no_message() {
    let file = file(
        "[[rule]]\nname = \"slack\"\nmatch = { source = \"slack\" }\nsections = [\"profile\"]\n\
         [[rule]]\nname = \"for others\"\nmatch = { on_behalf = true }\nsections = [\"profile\"]\n\
         [[rule]]\nname = \"sap\"\nmatch = { resources = [\"0oa14APWzd5rpmUqfGsL\"] }\nsections = [\"profile\"]\n\
         [[rule]]\nname = \"old\"\nmatch = { api = \"v1\" }\nsections = [\"profile\"]\n",
    );
    for (case, rule) in [
        ("from-slack", Some("slack")),
        ("on-behalf", Some("for others")),
        ("sod-conflict", Some("sap")),
        ("v1", Some("old")),
        ("v2", None),
        ("v2-by-24-hex", None),
    ] {
        let line = Line::new(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]).await;
        let attempt = line.handle(event(case)).await;
        assert_eq!(attempt.rule(), rule, "{case}");
        if rule.is_none() {
            assert_eq!(
                attempt.answer(&deployment()).unwrap()["reason"],
                "no rule of the policy matches the request"
            );
        }
    }
}

#[tokio::test]
async fn the_subject_is_read_from_the_request_when_the_event_has_none() {
    let line = Line::new(&[]).await;
    let attempt = line.handle(event("no-debug-data")).await;
    assert_eq!(attempt.name(), "posted");
    assert!(line.messages()[0].1.contains("Lwazi Dlamini"));
}

#[tokio::test]
async fn every_sample_event_ends_as_its_table_says() {
    let table = std::fs::read_to_string(root().join("events/README.md")).unwrap();
    let mut files: Vec<_> =
        std::fs::read_dir(root().join("events")).unwrap().map(|e| e.unwrap().file_name()).collect();
    files.retain(|name| name != "README.md");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|l| l.starts_with("| `"))
        .map(|l| l.split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), files.len(), "each file has its row");
    for row in rows {
        let line = Line::new(&[]).await;
        let payload = std::fs::read(root().join("events").join(row[1].trim_matches('`'))).unwrap();
        let attempt = line.handle(payload).await;
        let expected = row[3].split([',', ' ']).next().unwrap();
        assert_eq!(attempt.name(), expected, "{}: {:?}", row[1], attempt.result);
        assert_eq!(line.messages().len(), usize::from(expected == "posted"), "{}", row[1]);
        if row[3].starts_with("posted, v") {
            let api = attempt.request_id().unwrap().api();
            assert_eq!(Some(api.as_str()), row[3].get(8..10), "{}", row[1]);
        }
    }
}

#[tokio::test]
async fn what_is_not_wanted_is_skipped_without_a_call() {
    for (settings, says) in [
        (("REQUEST_TYPES", "Need access to *,618ad20a5ccefb000985fd15"), "not among REQUEST_TYPES"),
        (("MAX_EVENT_AGE", "60"), "more than MAX_EVENT_AGE (60 s)"),
    ] {
        let line = Line::new(&[settings]).await;
        let mut event = event("v2");
        if settings.0 == "MAX_EVENT_AGE" {
            event = published(&event, jiff::Timestamp::now() - jiff::SignedDuration::from_secs(70));
        }
        let answer = line.handle(event).await.answer(&deployment()).unwrap();
        assert_eq!(answer["outcome"], "skipped");
        assert!(answer["reason"].as_str().unwrap().contains(says), "{answer}");
        assert_eq!(line.okta.calls().len(), 0);
    }
}

#[tokio::test]
async fn request_types_lets_ids_and_globs_pass() {
    let event: Value = serde_json::from_str(&event("v2")).unwrap();
    let debug_data = &event["detail"]["debugContext"]["debugData"];
    let resource = debug_data["requestedResourceId"].as_str().unwrap();
    let subject = debug_data["accessRequestSubject"].as_str().unwrap().to_uppercase();
    for entry in [resource, &subject, "*", "nothing,zo? * requesting *"] {
        let line = Line::new(&[("REQUEST_TYPES", entry)]).await;
        assert_eq!(line.handle(event.to_string()).await.name(), "posted", "{entry}");
    }
}

#[tokio::test]
async fn an_event_of_any_age_up_to_the_limit_is_enriched_and_one_without_a_date_too() {
    let mut event: Value = serde_json::from_str(&event("v2")).unwrap();
    for published in [json!(jiff::Timestamp::now().to_string()), json!("2999-01-01T00:00:00Z"), json!(null)] {
        event["detail"]["published"] = published;
        event["time"] = json!(null);
        let line = Line::new(&[("MAX_EVENT_AGE", "60")]).await;
        assert_eq!(line.handle(event.to_string()).await.name(), "posted");
    }
}

#[tokio::test]
async fn an_event_from_an_archive_is_answered_at_any_age_unless_its_request_is_closed() {
    let line = Line::new(&[("MAX_EVENT_AGE", "60")]).await;
    let mut event: Value = serde_json::from_str(&event("v2")).unwrap();
    event["detail"]["published"] = json!("2026-11-20T08:00:00Z");
    assert_eq!(line.handle(event.to_string()).await.name(), "skipped");
    event["replay-name"] = json!("after the outage");
    assert_eq!(line.handle(event.to_string()).await.name(), "posted");

    let closed = line.okta.with_world(|world| {
        let event = world.another_request(&event.to_string(), 7);
        world.request_mut("req00000000000000007")["status"] = json!("APPROVED");
        event
    });
    let answer = line.handle(closed).await.answer(&deployment()).unwrap();
    assert_eq!(answer["reason"], "the request is closed already (APPROVED)");
}

#[tokio::test]
async fn a_dry_run_makes_the_message_and_posts_nothing() {
    let line = Line::new(&[("DRY_RUN", "true")]).await;
    let answer = line.handle(event("v2")).await.answer(&deployment()).unwrap();
    assert_eq!(answer["outcome"], "dry_run");
    assert!(answer["message"].as_str().unwrap().contains("Zoë"));
    assert!(line.okta.calls().iter().all(|call| call.method == "GET"));
}

#[tokio::test]
async fn a_success_is_one_whatever_its_body() {
    for fault in ["truncated", "stalled", "garbage", "html", "empty", "huge"] {
        let line = Line::new(&[]).await;
        line.okta.fault(format!("post={fault}").parse().unwrap());
        assert_eq!(line.handle(event("v2")).await.name(), "posted", "{fault}");
        assert_eq!(line.messages().len(), 1);
    }
    let line = Line::new(&[]).await;
    line.okta.with_world(|world| world.message_status = 204);
    assert_eq!(line.handle(event("v2")).await.name(), "posted");
}

#[tokio::test]
async fn no_time_left_means_nothing_sent() {
    let line = Line::new(&[]).await;
    let attempt = line.handle_within(event("v2"), Duration::ZERO).await;
    let error = attempt.result.unwrap_err();
    assert_eq!(error.class().as_str(), "Retryable");
    assert!(error.to_string().contains("no time was left"), "{error}");
    assert_eq!(line.okta.calls().len(), 0);
}

#[tokio::test]
async fn nothing_personal_or_secret_is_in_an_error_or_a_log_line() {
    for fault in ["user=404", "post=400", "post=409", "user=403", "user=garbage", "any=401"] {
        let line = Line::new(&[]).await;
        line.okta.fault(fault.parse().unwrap());
        let log = log_line(&line.handle(event("v2")).await, &deployment(), "lambda", jiff::Timestamp::now());
        for private in ["zoe", "Zoë", "example.com", "Engineering", "Context for", &line.okta.token()] {
            assert!(!log.contains(private), "{fault}: {log}");
        }
    }
}
