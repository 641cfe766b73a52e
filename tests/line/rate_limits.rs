//! Okta's rate limits as the program keeps them: what waits, what gives up, what is not even sent, and by
//! which clock.

use std::time::Duration;

use okta_request_enricher::handler::Enricher;
use okta_request_enricher::log_line::log_line;
use okta_request_enricher::outcome::Attempt;
use okta_simulator::doubles::{event, file, published};
use okta_simulator::{Limits, RecordedCall, Simulator};

use crate::scene::deployment;

struct Line {
    okta: Simulator,
    enricher: Enricher,
    _policy: tempfile::NamedTempFile,
}

/// So many governance calls in a window of so many seconds.
fn limits(governance: u32, window: u64) -> Limits {
    Limits { directory: 600, governance, window: Duration::from_secs(window) }
}

impl Line {
    async fn new(sections: &str, limits: Limits) -> Line {
        let okta = Simulator::start().await.unwrap();
        okta.with_world(|world| world.limits = limits);
        let policy = file(&format!("[[rule]]\nname = \"r\"\nsections = {sections}\n"));
        let settings = [("ENRICHMENT_FILE", policy.path().to_str().unwrap())];
        let enricher = crate::support::enricher(&okta, &okta.token(), &settings);
        Line { okta, enricher, _policy: policy }
    }

    /// Handles an event about a request of its own, made just now.
    async fn handle(&self, number: usize) -> Attempt {
        let event = published(&event("v2"), jiff::Timestamp::now());
        let event = self.okta.with_world(|world| world.another_request(&event, number));
        crate::support::attempt(&self.enricher, event, Duration::from_secs(20)).await
    }

    fn calls(&self, method: &str, part: &str) -> Vec<RecordedCall> {
        let mut calls = self.okta.calls();
        calls.retain(|call| call.method == method && call.path.contains(part));
        calls
    }
}

const POST: (&str, &str) = ("POST", "/messages");

#[tokio::test]
async fn a_post_waits_for_its_window_by_oktas_clock_and_is_never_refused() {
    for offset in [0, 3600, -3600] {
        let line = Line::new("[\"profile\"]", limits(1, 1)).await;
        line.okta.with_world(|world| world.clock_offset = offset);
        for number in 0..3 {
            let attempt = line.handle(number).await;
            assert_eq!(attempt.name(), "posted", "{offset}: {:?}", attempt.result);
            let line = log_line(&attempt, &deployment(), "lambda", jiff::Timestamp::now());
            let told = &serde_json::from_str::<serde_json::Value>(&line).unwrap()["RateLimitWait"];
            assert_eq!(told.as_u64().unwrap() > 0, number > 0, "{offset}: {told}");
        }
        let statuses: Vec<_> = line.calls(POST.0, POST.1).iter().map(|call| call.status).collect();
        assert_eq!(statuses, [Some(201); 3], "{offset}");
    }
}

#[tokio::test]
async fn a_source_gives_up_at_once_where_the_post_waits() {
    // Longer than the patience with a source.
    let line = Line::new("[\"request\", \"profile\"]", limits(1, 10)).await;
    assert_eq!(line.handle(0).await.degraded(), [""; 0]);
    let attempt = line.handle(1).await;
    assert_eq!(
        (attempt.name(), attempt.degraded()),
        ("posted", ["request"].as_slice()),
        "{:?}",
        attempt.result
    );
    assert_eq!(line.calls("GET", "/governance/api/v2/requests/").len(), 1, "it was not even sent");
    let message = &line.okta.messages()[1].message;
    assert!(
        message.contains("\nNot checked: what is asked for (Okta's rate limit is used up)\n"),
        "{message}"
    );
}

#[tokio::test]
async fn what_does_not_fit_before_the_deadline_is_not_sent() {
    let line = Line::new("[\"profile\"]", limits(1, 60)).await;
    assert_eq!(line.handle(0).await.name(), "posted");
    let attempt = line.handle(1).await;
    let error = attempt.result.as_ref().unwrap_err();
    assert_eq!(error.class().as_str(), "Retryable");
    let text = error.to_string();
    assert!(text.starts_with("failed to post the message: POST /governance/api/v2/requests/"), "{text}");
    assert!(text.contains("not sent: its rate limit has no place for it and opens again in "), "{text}");
    assert_eq!(line.calls(POST.0, POST.1).len(), 1);
    assert_eq!(attempt.rate_limit_wait, Duration::ZERO);
}

#[tokio::test]
async fn a_call_that_is_sent_again_says_for_which_and_how_often() {
    let told = |call: &RecordedCall| {
        let header = |name| call.header(name).map(str::to_owned);
        (header("x-okta-retry-count"), header("x-okta-retry-for"))
    };
    let line = Line::new("[\"profile\"]", limits(50, 60)).await;
    line.okta.fault("user=503x2".parse().unwrap());
    line.okta.fault("post=429:1x1".parse().unwrap());
    assert_eq!(line.handle(0).await.name(), "posted");
    let tries: Vec<_> = line.calls("GET", "/users/").iter().map(told).collect();
    let [(None, None), (Some(first), Some(id)), (Some(second), Some(same))] = &tries[..] else {
        panic!("{tries:?}")
    };
    assert_eq!((first.as_str(), second.as_str(), id), ("1", "2", same));
    assert!(id.starts_with("req-simulated"), "{id}");
    let tries: Vec<_> = line.calls(POST.0, POST.1).iter().map(told).collect();
    let [(None, None), (Some(count), Some(_))] = &tries[..] else { panic!("{tries:?}") };
    assert_eq!(count, "1");
}

#[tokio::test]
async fn a_call_that_is_not_sent_takes_no_place_in_its_limit() {
    let line = Line::new("[\"profile\"]", limits(2, 60)).await;
    assert_eq!(line.handle(0).await.name(), "posted");
    // One place is left for posts in this window. These have no time to use it.
    for number in 1..4 {
        let event = published(&event("v2"), jiff::Timestamp::now());
        let event = line.okta.with_world(|world| world.another_request(&event, number));
        let attempt = crate::support::attempt(&line.enricher, event, Duration::from_millis(1400)).await;
        assert_eq!(attempt.name(), "failed", "{number}");
    }
    assert_eq!(line.calls(POST.0, POST.1).len(), 1);
    assert_eq!(line.handle(4).await.name(), "posted");
}
