//! Faults of calls without a socket: the caller sees what a client sees whose connection fails.

use std::{sync::Arc, time::Duration};

use okta_simulator::{Cut, Fault, FaultKind, Okta, World};
use tokio::time::{Instant, timeout};

use super::body::{Arrived, call, get, post};

const ME: &str = "/api/v1/users/me";

fn okta() -> Okta {
    Okta::new(World::sample())
}

fn armed(fault: &str) -> Okta {
    let okta = okta();
    let fault: Fault = fault.parse().expect("a legal fault");
    okta.fault(fault);
    okta
}

#[tokio::test]
async fn a_cut_connection_is_an_error_and_only_a_cut_after_stores_the_message() {
    let okta = armed("post=cut-beforex1");
    assert_eq!(okta.answer(post("one")).await.err(), Some(Cut::BrokeOff));
    assert_eq!(okta.messages().len(), 0);
    okta.fault("post=cut-afterx1".parse().expect("a legal fault"));
    assert_eq!(okta.answer(post("two")).await.err(), Some(Cut::BrokeOff));
    assert_eq!(okta.messages().len(), 1);
    assert!(okta.answer(post("three")).await.is_ok());
    assert_eq!(okta.messages().len(), 2);
    let statuses: Vec<_> = okta.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [None, None, Some(201)]);
}

#[tokio::test]
async fn a_caller_chooses_the_fault_of_its_own_call() {
    let okta = armed("post=503");
    assert_eq!(okta.answer_failing(post("one"), FaultKind::CutAfter).await.err(), Some(Cut::BrokeOff));
    assert_eq!(okta.messages().len(), 1);
    let answer = okta.answer_failing(post("two"), FaultKind::RateLimited(Duration::from_secs(7))).await;
    assert_eq!(answer.expect("an answer").status(), 429);
    assert_eq!(okta.answer(post("three")).await.expect("an answer").status(), 503);
    assert_eq!(okta.messages().len(), 1);
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_after_half_of_its_body() {
    let whole = get(&okta(), ME).await;
    let half = get(&armed("user=truncated"), ME).await;
    assert!(half.broken && !whole.broken);
    assert_eq!(half.body, whole.body[..whole.body.len() / 2]);
    assert_eq!(half.header("content-length"), whole.body.len().to_string());
    let refused = get(&armed("user=truncated"), "/api/v1/users/nobody").await;
    assert!(
        refused.broken && refused.status == 404 && refused.body.starts_with(br#"{"errorCode":"E0000007""#)
    );
}

#[tokio::test]
async fn a_huge_answer_has_all_of_its_bytes() {
    let huge = get(&armed("user=huge"), ME).await;
    assert!(huge.body.len() > 50_000_000 && !huge.broken && huge.header("content-length").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_hanging_call_waits_for_ever_and_ends_when_its_connection_is_cut() {
    let okta = armed("user=hang");
    let day = Duration::from_hours(24);
    assert!(timeout(day, okta.answer(call("GET", ME, ""))).await.is_err());
    let cut = async {
        tokio::time::sleep(day).await;
        okta.cut_connections();
    };
    let (answer, ()) = tokio::join!(okta.answer(call("GET", ME, "")), cut);
    assert_eq!(answer.err(), Some(Cut::BrokeOff));
    okta.clear_faults();
    assert_eq!(get(&okta, ME).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_has_its_effect_before_its_answer() {
    let okta = armed("post=slow:90s");
    let began = Instant::now();
    assert!(timeout(Duration::from_secs(1), okta.answer(post("one"))).await.is_err());
    assert_eq!(okta.messages().len(), 1);
    assert_eq!(okta.answer(post("two")).await.expect("an answer").status(), 201);
    assert_eq!(began.elapsed(), Duration::from_secs(91));
}

#[tokio::test(start_paused = true)]
async fn many_calls_at_the_same_time_wait_for_none_of_the_others() {
    let okta = Arc::new(armed("post=slow:60sx1"));
    let began = Instant::now();
    let calls: Vec<_> = ["one", "two", "three"]
        .map(|text| {
            let okta = Arc::clone(&okta);
            tokio::spawn(async move {
                okta.answer(post(text)).await.expect("an answer");
                began.elapsed().as_secs()
            })
        })
        .into();
    let mut seconds = Vec::new();
    for call in calls {
        seconds.push(call.await.expect("an answer"));
    }
    assert_eq!(seconds, [60, 0, 0]);
    let texts: Vec<_> = okta.messages().into_iter().map(|posted| posted.message).collect();
    assert_eq!(texts, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_gone_okta_answers_one_last_call_and_can_come_back() {
    let okta = armed("user=gone");
    assert_eq!(get(&okta, ME).await.status, 200);
    assert_eq!(okta.answer(call("GET", ME, "")).await.err(), Some(Cut::Refused));
    okta.clear_faults();
    okta.accept_connections();
    assert_eq!(get(&okta, ME).await.status, 200);
    okta.refuse_connections();
    assert_eq!(okta.answer(post("one")).await.err(), Some(Cut::Refused));
    assert_eq!((okta.messages().len(), okta.calls().len()), (0, 2));
}

#[tokio::test]
async fn a_world_that_is_run_again_gives_the_same_answers() {
    let run = || async {
        let okta = armed("user=503x1");
        let mut texts = Vec::new();
        for path in [ME, "/api/v1/users/nobody", "/governance/api/v2/requests/wrong"] {
            let answer = get(&okta, path).await;
            texts.push((answer.header("x-okta-request-id").to_owned(), answer.body));
        }
        let posted = Arrived::of(okta.answer(post("one")).await.expect("an answer")).await;
        texts.push((posted.header("x-okta-request-id").to_owned(), posted.body));
        texts
    };
    assert_eq!(run().await, run().await);
}
