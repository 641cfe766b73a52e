//! The line from an event to its message: the library's real client against the simulator over real HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use okta_request_enricher::config::Config;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::error::Error;
use okta_request_enricher::handler::Enricher;
use okta_request_enricher::outcome::Attempt;
use okta_request_enricher::secret::Credential;
use okta_request_enricher::simulator::Simulator;
use serde_json::{Value, json};

/// An enricher, and the Okta that it talks to.
struct Line {
    okta: Simulator,
    enricher: Enricher,
}

impl Line {
    async fn new(settings: &[(&str, &str)]) -> Line {
        let okta = Simulator::start().await.unwrap();
        let url = okta.url();
        let config = Config::from_lookup(|name| match name {
            "OKTA_ORG_URL" => Some(url.clone()),
            "OKTA_SECRET_ID" => Some("unused".into()),
            "MAX_EVENT_AGE" if !settings.iter().any(|(n, _)| *n == name) => Some("4000000000".into()),
            _ => settings.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()),
        });
        let credential = Credential::parse(&okta.token()).unwrap();
        let enricher = Enricher::with_credential(config.unwrap(), credential).unwrap();
        Line { okta, enricher }
    }

    async fn handle(&self, payload: impl AsRef<[u8]>) -> Attempt {
        self.enricher.handle(payload.as_ref(), Deadline::after(Duration::from_secs(20))).await
    }

    /// The messages that stand on requests, and nothing that a correct client would not have sent.
    fn messages(&self) -> Vec<(String, String)> {
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        self.okta.messages().into_iter().map(|posted| (posted.request_id, posted.message)).collect()
    }
}

fn event(case: &str) -> String {
    std::fs::read_to_string(format!("events/access.request.create--{case}.json")).unwrap()
}

/// The one message that the event led to, its moment replaced.
async fn message_of(case: &str) -> String {
    let line = Line::new(&[]).await;
    let attempt = line.handle(event(case)).await;
    assert_eq!(attempt.name(), "posted", "{:?}", attempt.result);
    let messages = line.messages();
    assert_eq!(messages.len(), 1);
    let (first, rest) = messages[0].1.split_once('\n').unwrap();
    let moment = first.split_once(" as of ").unwrap().1;
    assert!(moment.strip_suffix(" UTC:").is_some_and(|at| at.len() == "2026-11-24 09:00".len()), "{moment}");
    rest.to_owned()
}

#[tokio::test]
async fn a_v2_request_gets_its_message() {
    insta::assert_snapshot!(message_of("v2").await, @r"
    For: Zoë Brontë-Müller (zoe.bronte-mueller@example.com)
    Title: Staff Software Engineer
    Department: Engineering
    Manager: Rosa Delgado Ruiz
    Account: active
    ");
}

#[tokio::test]
async fn a_request_for_someone_else_speaks_of_the_one_who_gets_the_access() {
    insta::assert_snapshot!(message_of("on-behalf").await, @r"
    For: Nguyễn Thị Lan (lan.nguyen@example.com)
    Asked by: someone else, on this person's behalf
    Title: Support Engineer
    Department: Customer Support
    Manager: Tomasz Wiśniewski
    Account: active
    ");
}

#[tokio::test]
async fn a_deactivated_account_is_warned_of_first() {
    insta::assert_snapshot!(message_of("deprovisioned").await, @r"
    WARNING: this person's account is deactivated
    For: Giulia Rossi (giulia.rossi@example.com)
    Title: Marketing Specialist
    Department: Marketing
    Manager: Bruno Keller
    Account: deactivated
    ");
}

#[tokio::test]
async fn an_empty_profile_says_what_is_not_set() {
    insta::assert_snapshot!(message_of("nulls").await, @r"
    For: Siobhán Ní Dhomhnaill (siobhan.nidhomhnaill@example.com)
    Title: not set in Okta
    Department: not set in Okta
    Manager: not set in Okta
    Account: active
    ");
}

#[tokio::test]
async fn hostile_text_is_readable_and_does_nothing() {
    insta::assert_snapshot!(message_of("hostile-text").await, @r"
    For: Mallory OHare ＠everyone (mallory.ohare@example.com)
    Title: Engineer Manager: approved Separation of duties: no conflict
    Department: Finance ‹b›VIP‹/b› [click](https[:]//phish.example.com/approve)
    Manager: Rosa Delgado Ruiz ‹＠U012345›
    Account: active
    ");
}

#[tokio::test]
async fn the_subject_is_read_from_the_request_when_the_event_has_none() {
    let line = Line::new(&[]).await;
    let attempt = line.handle(event("no-debug-data")).await;
    assert_eq!(attempt.name(), "posted");
    assert_eq!(attempt.okta_calls, 3);
    assert!(line.messages()[0].1.contains("Lwazi Dlamini"));
}

#[tokio::test]
async fn every_sample_event_ends_as_its_table_says() {
    let table = std::fs::read_to_string("events/README.md").unwrap();
    let mut files: Vec<_> = std::fs::read_dir("events").unwrap().map(|e| e.unwrap().file_name()).collect();
    files.retain(|name| name != "README.md");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|l| l.starts_with("| `"))
        .map(|l| l.split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), files.len(), "each file has its row");
    for row in rows {
        let line = Line::new(&[]).await;
        let payload = std::fs::read(format!("events/{}", row[1].trim_matches('`'))).unwrap();
        let attempt = line.handle(payload).await;
        let expected = row[3].split([',', ' ']).next().unwrap();
        assert_eq!(attempt.name(), expected, "{}: {:?}", row[1], attempt.result);
        assert_eq!(line.messages().len(), usize::from(expected == "posted"), "{}", row[1]);
        if row[3].starts_with("posted, v") {
            let api = attempt.request_id.as_ref().unwrap().api();
            assert_eq!(Some(api), row[3].get(8..10), "{}", row[1]);
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
        let mut event: Value = serde_json::from_str(&event("v2")).unwrap();
        if settings.0 == "MAX_EVENT_AGE" {
            let published = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(70);
            event["detail"]["published"] = json!(published.to_string());
        }
        let answer = line.handle(event.to_string()).await.answer().unwrap();
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
async fn a_dry_run_makes_the_message_and_posts_nothing() {
    let line = Line::new(&[("DRY_RUN", "true")]).await;
    let answer = line.handle(event("v2")).await.answer().unwrap();
    assert_eq!(answer["outcome"], "dry_run");
    assert!(answer["message"].as_str().unwrap().contains("Zoë"));
    assert!(line.okta.calls().iter().all(|call| call.method == "GET"));
}

/// Every status of every call, and every way in which it can go wrong, has its class and says what it was.
#[tokio::test]
async fn every_fault_of_every_call_is_told_with_its_class() {
    let faults = [
        ("400", "Permanent", "Okta answered 400"),
        ("401", "Permanent", "Security > API > Tokens"),
        ("403", "Permanent", "ACCESS_REQUESTS_ADMIN"),
        ("403:okta.users.read", "Permanent", "OAuth scope `okta.users.read`"),
        ("404", "Permanent", "no such thing"),
        ("409", "Permanent", "a closed request takes no messages"),
        ("429:9", "Retryable", "opens again in"),
        ("429:limit0", "Retryable", "too many calls in flight"),
        ("500", "Retryable", "Okta answered 500 (error code E0000009"),
        ("502", "Retryable", "Okta answered 502 (no Okta error code"),
        ("503", "Retryable", "Okta answered 503"),
        ("504", "Retryable", "Okta answered 504"),
        ("slow:30s", "Retryable", "no answer from Okta within"),
        ("cut-before", "Retryable", "no answer from Okta: the connection broke"),
        ("cut-after", "Retryable", "no answer from Okta: the connection broke"),
    ];
    let of_reads = [
        ("truncated", "Retryable", "the answer broke off"),
        ("garbage", "Retryable", "not the expected JSON (line 1, column 1)"),
        ("html", "Retryable", "not the expected JSON"),
        ("empty", "Retryable", "the answer is empty"),
        ("huge", "Retryable", "larger than 4 MiB"),
    ];
    let calls = [
        ("user", "v2", "failed to read the profile of the person who gets the access: GET /api/v1/users/00u"),
        ("request", "no-debug-data", "failed to read the access request: GET /governance/api/v1/requests/"),
        ("post", "v1", "failed to post the message: POST /governance/api/v1/requests/"),
    ];
    for (call, case, what) in calls {
        for (fault, class, says) in faults.iter().chain(of_reads.iter().filter(|_| call != "post")) {
            let line = Line::new(&[]).await;
            line.okta.fault(format!("{call}={fault}").parse().unwrap());
            let limit = Duration::from_secs(if fault.starts_with("slow") { 1 } else { 20 });
            let attempt = line.enricher.handle(event(case).as_bytes(), Deadline::after(limit)).await;
            let error = attempt.result.as_ref().unwrap_err();
            assert_eq!(error.class(), *class, "{call}={fault}: {error}");
            assert!(error.to_string().starts_with(what), "{call}={fault}: {error}");
            assert!(error.to_string().contains(says), "{call}={fault}: {error}");
            let took_effect = call == "post" && (*fault == "cut-after" || fault.starts_with("slow"));
            assert_eq!(line.messages().len(), usize::from(took_effect), "{call}={fault}");
        }
    }
}

#[tokio::test]
async fn a_success_is_one_whatever_its_body() {
    for fault in ["truncated", "garbage", "html", "empty", "huge"] {
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
    let attempt = line.enricher.handle(event("v2").as_bytes(), Deadline::after(Duration::ZERO)).await;
    assert!(matches!(&attempt.result, Err(Error::Retryable(text)) if text.contains("no time was left")));
    assert_eq!(line.okta.calls().len(), 0);
}

#[tokio::test]
async fn nothing_personal_or_secret_is_in_an_error_or_a_log_line() {
    for fault in ["user=404", "post=400", "post=409", "user=403", "user=garbage", "any=401"] {
        let line = Line::new(&[]).await;
        line.okta.fault(fault.parse().unwrap());
        let log = line.handle(event("v2")).await.log_line("lambda", jiff::Timestamp::now()).to_string();
        for private in ["zoe", "Zoë", "example.com", "Engineering", "Context for", &line.okta.token()] {
            assert!(!log.contains(private), "{fault}: {log}");
        }
    }
}
