//! `enricher redrive` as its user runs it, against doubles of SQS and of Lambda's `Invoke`: what is sent, what is
//! deleted, what is kept, what is told, and that none of it is personal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::time::Duration;

use okta_simulator::doubles::{
    ACCESS_KEY_ID, ACCOUNT, Denied, FUNCTION_NAME, Function, FunctionAnswer, Queue, REGION,
    SECRET_ACCESS_KEY, SESSION_TOKEN, Stage, changed, event,
};
use serde_json::{Value, json};
use support::{Ran, operator};
use tokio::process::{Child, Command};

const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);
const V1: &str = "69a97622417fb5da41baf7b4";
const V2: &str = "req16zRXf4PBGnr7o18A";

fn command(queue: &Queue, function: &Function) -> Command {
    let mut command = operator("redrive");
    command.env("AWS_ENDPOINT_URL_SQS", queue.endpoint()).env("AWS_ENDPOINT_URL_LAMBDA", function.endpoint());
    command
}

fn start(queue: &Queue, function: &Function, args: &[&str]) -> Child {
    let mut command = command(queue, function);
    command.args(["--queue-url", &queue.url(), "--function", FUNCTION_NAME, "--pause", "1ms"]);
    command.args(args).spawn().unwrap()
}

/// Waits for the end. Whatever a run prints, no personal data is in it.
async fn ended(child: Child) -> Ran {
    let ran = Ran::from(child.wait_with_output().await.unwrap());
    ran.shows_none_of(&["@", "example.com", "Zoë", "Brontë", "192.0.2.", "Leipzig", "is requesting"]);
    ran
}

async fn redrive(queue: &Queue, function: &Function, args: &[&str]) -> Ran {
    ended(start(queue, function, args)).await
}

/// The outcome of each letter that names a request, by the request.
fn outcomes(ran: &Ran) -> HashMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    ran.lines().iter().map(|line| (text(&line["request_id"]), text(&line["outcome"]))).collect()
}

/// The v2 event for another request: its `number`th.
fn numbered(number: usize) -> (String, String) {
    let id = format!("req{number:017}");
    (event("v2").replace(V2, &id), id)
}

fn record(payload: &str, error_type: &str, message: &str) -> String {
    let response = json!({"errorType": error_type, "errorMessage": message});
    record_of(payload, "RetriesExhausted", &format!(r#","responsePayload":{response}"#))
}

fn record_of(payload: &str, condition: &str, more: &str) -> String {
    let failed_at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(3);
    format!(
        r#"{{"version":"1.0","timestamp":"{failed_at}","requestContext":{{"requestId":
        "e4b46cbf-b738-4a44-8880-a18cdf61200e","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f",
        "condition":"{condition}","approximateInvokeCount":3}},"requestPayload":{payload},
        "responseContext":{{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}}{more}}}"#
    )
}

fn undelivered() -> [(&'static str, &'static str); 4] {
    [
        ("ERROR_CODE", "NO_PERMISSIONS"),
        ("ERROR_MESSAGE", "zoe.bronte-mueller@example.com has no permission"),
        ("RULE_ARN", "arn:aws:events:us-east-1:123456789012:rule/r"),
        ("RETRY_ATTEMPTS", "0"),
    ]
}

fn scheduled() -> String {
    json!({"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
        .to_string()
}

fn posts() -> Function {
    Function::start(FunctionAnswer::posted)
}

fn same(sent: &[u8], event: &str) -> bool {
    serde_json::from_slice::<Value>(sent).unwrap() == serde_json::from_str::<Value>(event).unwrap()
}

#[tokio::test]
async fn every_form_is_unwrapped_sent_as_it_was_and_deleted() {
    let (queue, function) = (Queue::start(), posts());
    let v2 = event("v2");
    queue.put(v2.clone(), &undelivered(), 8 * HOUR);
    queue.put(record(&event("v1"), "Retryable", "no answer from Okta within 10 s"), &[], 7 * HOUR);
    queue.put(record_of(&v2, "EventAgeExceeded", ""), &[], 6 * HOUR);
    queue.put(record(&record(&v2, "Retryable", "x"), "Permanent", "no `detail`"), &[], 5 * HOUR);
    queue.put(json!({"Type": "Notification", "Message": v2}).to_string(), &[], 4 * HOUR);
    queue.put(
        v2.clone(),
        &[("RequestID", "e4b46cbf-b738-4a44-8880-a18cdf61200e"), ("ErrorCode", "200")],
        HOUR,
    );
    queue.put(record(&scheduled(), "Retryable", "x"), &[], HOUR);

    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(ran.stderr, "7 dead letters: 6 posted, 1 dropped\n");
    assert!(queue.ids().is_empty());
    let sent = function.events();
    assert_eq!(sent.len(), 6);
    // The oldest first; a record tells when the event was given up, 3 h ago.
    assert_eq!(sent[0], v2.as_bytes(), "byte for byte");
    assert!(sent.iter().filter(|sent| same(sent, &event("v1"))).count() == 1);
    assert!(sent.iter().filter(|sent| same(sent, &v2)).count() == 5);

    let mut table: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(table.remove(0), "REQUEST                   AGE  CLASS         NOW         WHY");
    table.sort_unstable();
    assert_eq!(
        table,
        [
            "-                          3h  -             dropped     the housekeeping's own event",
            &format!("{V1}   3h  Retryable     posted      no answer from Okta within 10 s"),
            &format!(
                "{V2}       1h  Unclassified  posted      the function failed (ErrorCode 200); its log tells why"
            ),
            &format!(
                "{V2}       3h  Expired       posted      it waited in Lambda's queue for longer than allowed (EventAg…"
            ),
            &format!("{V2}       3h  Retryable     posted      x"),
            &format!("{V2}       4h  Unclassified  posted      the queue does not tell"),
            &format!(
                "{V2}       8h  Undelivered   posted      EventBridge could not deliver it: NO_PERMISSIONS"
            ),
        ]
    );
}

#[tokio::test]
async fn the_deployed_binary_posts_what_was_redriven() {
    let stage = Stage::new().await;
    let function = Function::of(stage.spawn());
    let queue = Queue::start();
    queue.put(event("v1"), &undelivered(), HOUR);
    queue.put(record(&event("v2"), "Retryable", "x"), &[], HOUR);
    queue.put(record(&event("failed-outcome"), "Retryable", "x"), &[], HOUR);
    let broken = queue.put(r#"{"detail":{"eventType":"access.request.create"}}"#, &undelivered(), HOUR);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!(
        (ran.status, ran.stderr.as_str()),
        (1, "4 dead letters: 2 posted, 1 skipped, 1 failed (kept)\n")
    );
    assert_eq!((stage.okta.messages().len(), queue.ids()), (2, vec![broken]));
    assert!(ran.stdout.contains("\n  Permanent: failed to find the access request's id: "), "{}", ran.stdout);
}

#[tokio::test]
async fn an_event_too_old_for_the_function_is_kept() {
    let stage = Stage::new().await.with("MAX_EVENT_AGE", "1");
    let function = Function::of(stage.spawn());
    let queue = Queue::start();
    queue.put(event("v1").replace("2026-11-24", "2026-01-24"), &undelivered(), HOUR);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (1, "1 dead letter: 1 failed (kept)\n"));
    assert!(ran.stdout.contains("MAX_EVENT_AGE (1 s); raise it"), "{}", ran.stdout);
}

#[tokio::test]
async fn a_failure_keeps_its_letter_and_the_run_goes_on() {
    let queue = Queue::start();
    let function = Function::start(|event| {
        match event["detail"]["debugContext"]["debugData"]["accessRequestId"].as_str() {
            Some("req00000000000000000") => {
                FunctionAnswer::Fails("Permanent", "the credential has no right to this; grant it".into())
            }
            Some("req00000000000000001") => FunctionAnswer::Fails("Retryable", "Okta answered 503".into()),
            Some("req00000000000000002") => {
                FunctionAnswer::Fails("Runtime.ExitError", "zoe@example.com".into())
            }
            Some("req00000000000000003") => {
                FunctionAnswer::Returns(json!({"outcome": "duplicate", "request_id": "x"}))
            }
            Some("req00000000000000004") => {
                FunctionAnswer::Returns(json!({"outcome": "skipped", "reason": "no rule"}))
            }
            Some("req00000000000000005") => FunctionAnswer::Cut,
            Some("req00000000000000006") => FunctionAnswer::Lambda(413, "RequestTooLargeException"),
            _ => FunctionAnswer::posted(event),
        }
    });
    let ids: Vec<_> = (0..8).map(|number| queue.put(numbered(number).0, &undelivered(), HOUR)).collect();
    let garbage = queue.put("zoe.bronte-mueller@example.com", &[], HOUR);
    let ran = redrive(&queue, &function, &["--json"]).await;
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stderr,
        "9 dead letters: 1 posted, 1 duplicate, 1 skipped, 5 failed (kept), 1 unreadable (kept)\n"
    );
    let mut kept =
        vec![ids[0].clone(), ids[1].clone(), ids[2].clone(), ids[5].clone(), ids[6].clone(), garbage.clone()];
    kept.sort();
    assert_eq!(queue.ids(), kept);
    assert_eq!(queue.hidden(), 0, "what is kept can be read again at once");
    assert_eq!(function.events().len(), 8, "nothing is sent twice, a cut connection included");
    let says = |message: &str| {
        let line = ran.lines().into_iter().find(|line| line["message_id"] == message).unwrap();
        (line["error_class"].clone(), line["text"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(
        says(&ids[0]),
        (json!("Permanent"), "the credential has no right to this; grant it".to_owned())
    );
    assert_eq!(says(&ids[2]).1, "the function ended without an answer; its log tells why");
    assert!(
        says(&ids[5]).1.ends_with("whether it ran is not known; a later run finds out"),
        "{}",
        says(&ids[5]).1
    );
    assert!(says(&ids[6]).1.contains("RequestTooLargeException"));
    assert_eq!(says(&garbage).1, "it is not JSON");

    let ran = redrive(&queue, &function, &["--json"]).await;
    assert_eq!(ran.lines().len(), 6, "what was kept is there for the next run");
}

#[tokio::test]
async fn json_has_one_object_a_letter_with_the_same_members() {
    let (queue, function) = (Queue::start(), posts());
    let id = queue.put(record(&event("v2"), "Retryable", "Okta answered 503"), &[], HOUR);
    let ran = redrive(&queue, &function, &["--json"]).await;
    let mut line = ran.lines().remove(0);
    let failed_at: jiff::Timestamp = line["failed_at"].as_str().unwrap().parse().unwrap();
    assert!(jiff::Timestamp::now().duration_since(failed_at).as_hours() == 3);
    assert!((10_800..10_860).contains(&line["age_seconds"].as_i64().unwrap()));
    line["failed_at"] = "then".into();
    line["age_seconds"] = 0.into();
    assert_eq!(
        line,
        json!({
            "message_id": id, "request_id": V2, "form": "destination", "class": "Retryable", "reason": "Okta answered 503",
            "lambda_request_id": "e4b46cbf-b738-4a44-8880-a18cdf61200e", "published": "2026-11-24T09:06:26.274Z",
            "failed_at": "then", "age_seconds": 0, "outcome": "posted", "error_class": null, "text": null,
        })
    );
}

#[tokio::test]
async fn a_dry_run_shows_everything_and_changes_nothing() {
    let (queue, function) = (Queue::start(), posts());
    for number in 0..25 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    queue.put(scheduled(), &[], HOUR);
    queue.put("garbage", &[], HOUR);
    queue.put(record(&event("v1"), "Permanent", "a message may already stand on the request"), &[], HOUR);
    let before = queue.bodies();
    let ran = redrive(&queue, &function, &["--dry-run"]).await;
    assert_eq!(ran.status, 0);
    let mut told = ran.stderr.lines();
    assert_eq!(
        told.next(),
        Some("28 dead letters: 26 to send, 1 to drop, 1 unreadable (kept); nothing was changed")
    );
    assert!(told.next().unwrap().contains("run this again with --repost"), "{}", ran.stderr);
    assert_eq!((queue.bodies(), queue.hidden()), (before, 0));
    assert!(function.events().is_empty());
    let mut without_function = command(&queue, &function);
    without_function.args(["--queue-url", &queue.url(), "--dry-run", "--limit", "3"]);
    let ran = ended(without_function.spawn().unwrap()).await;
    assert_eq!(
        (ran.status, ran.stdout.lines().filter(|line| line.contains("to send")).count() <= 3),
        (0, true)
    );
}

#[tokio::test]
async fn letters_are_chosen_by_class_and_age_and_number() {
    let (queue, function) = (Queue::start(), posts());
    for (number, class) in ["Retryable", "Permanent", "Retryable"].into_iter().enumerate() {
        queue.put(record(&numbered(number).0, class, "x"), &[], HOUR);
    }
    queue.put(numbered(3).0, &undelivered(), HOUR / 2);
    queue.put(numbered(4).0, &undelivered(), 10 * HOUR);
    queue.put(record_of(&numbered(5).0, "EventAgeExceeded", ""), &[], HOUR);
    queue.put("garbage", &[], HOUR);
    queue.put(scheduled(), &[], HOUR);
    for (args, numbers) in [
        (vec!["--class", "retryable"], vec![0, 2]),
        (vec!["--class", "permanent", "--class", "expired"], vec![1, 5]),
        (vec!["--class", "undelivered", "--older-than", "2h"], vec![4]),
        (vec!["--class", "undelivered", "--newer-than", "2h"], vec![3]),
        (vec!["--older-than", "150m", "--newer-than", "4h"], vec![0, 1, 2, 5]),
        (vec!["--class", "unclassified"], vec![]),
    ] {
        let ran = redrive(&queue, &function, &[&["--json", "--dry-run"], &args[..]].concat()).await;
        let mut chosen: Vec<_> = outcomes(&ran).into_keys().collect();
        chosen.sort();
        assert_eq!(chosen, numbers.iter().map(|number| numbered(*number).1).collect::<Vec<_>>(), "{args:?}");
    }
    let ran =
        redrive(&queue, &function, &["--limit", "2", "--class", "retryable", "--class", "permanent"]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "2 dead letters: 2 posted\n"));
    assert_eq!((queue.ids().len(), queue.hidden(), function.events().len()), (6, 0, 2));
    let ran =
        redrive(&queue, &function, &["--limit", "1", "--class", "undelivered", "--older-than", "2h"]).await;
    assert_eq!(ran.stderr, "1 dead letter: 1 posted\n");
}

#[tokio::test]
async fn ctrl_c_ends_the_run_after_the_letter_in_flight_and_the_next_run_goes_on() {
    let (queue, function) = (Queue::start(), posts());
    for number in 0..25 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    // Three are answered, the fourth is in flight when Ctrl-C comes.
    function.hold();
    let mut child = start(&queue, &function, &["--json"]);
    for _ in 0..3 {
        let seen = function.events().len();
        function.wait_for(seen + 1).await;
        function.release();
        function.wait_for(seen + 2).await;
        function.hold();
    }
    let in_flight = function.events().len();
    interrupt(&child);
    let told = first_line(&mut child).await;
    assert!(told.starts_with("Stopping after the letter in flight."), "{told}");
    function.release();
    let ran = ended(child).await;
    assert_eq!(ran.status, 130);
    // Between `release` and `hold` more may have gone through; none after the interrupt.
    let sent = function.events().len();
    assert!(sent >= in_flight && sent < 25, "{sent}");
    assert_eq!((ran.lines().len(), queue.ids().len()), (sent, 25 - sent));
    assert_eq!(queue.hidden(), 0, "the rest can be read at once");
    assert!(ran.stderr.contains("the same command goes on with it"), "{}", ran.stderr);

    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.ids().len()), (0, 0));
    let mut sent: Vec<_> = function.events();
    assert_eq!(sent.len(), 25, "nothing lost");
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 25, "nothing twice");
}

#[tokio::test]
async fn a_second_ctrl_c_ends_at_once_and_the_letters_come_back_by_themselves() {
    let (queue, function) = (Queue::start(), posts());
    queue.put(event("v2"), &undelivered(), HOUR);
    function.hold();
    let mut child = start(&queue, &function, &[]);
    function.wait_for(1).await;
    interrupt(&child);
    first_line(&mut child).await;
    interrupt(&child);
    assert_eq!(ended(child).await.status, 130);
    function.release();
    assert_eq!((queue.ids().len(), queue.hidden()), (1, 1));
    let ran = redrive(&queue, &function, &[]).await;
    assert!(ran.stderr.starts_with("1 letter is hidden just now"), "{}", ran.stderr);
    queue.pass(2 * MINUTE);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.ids().len()), (0, 0));
}

#[tokio::test]
async fn ctrl_c_ends_a_wait_for_room() {
    let queue = Queue::start();
    let function = Function::start(|_| FunctionAnswer::Lambda(429, "TooManyRequestsException"));
    queue.put(event("v2"), &undelivered(), HOUR);
    let mut child = command(&queue, &function)
        .args(["--queue-url", &queue.url(), "--function", FUNCTION_NAME, "--pause", "10h"])
        .spawn()
        .unwrap();
    function.wait_for(1).await;
    interrupt(&child);
    first_line(&mut child).await;
    let ran = ended(child).await;
    assert_eq!((ran.status, queue.ids().len(), queue.hidden()), (130, 1, 0));
    assert_eq!(function.events().len(), 1);
}

fn interrupt(child: &Child) {
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
}

#[tokio::test]
async fn a_letter_that_takes_long_stays_hidden_and_so_do_those_behind_it() {
    let (queue, function) = (Queue::start(), posts());
    for number in 0..15 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    function.hold();
    let child = start(&queue, &function, &["--hide", "2s"]);
    function.wait_for(1).await;
    for times in 1..=2 {
        queue.wait_for("ChangeMessageVisibilityBatch", times).await;
        queue.pass(Duration::from_millis(1500));
    }
    assert_eq!(queue.hidden(), 10);
    function.release();
    let ran = ended(child).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "15 dead letters: 15 posted\n"));
    assert_eq!((function.events().len(), queue.ids().len()), (15, 0));
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_run_and_no_letter_is_lost() {
    let (queue, function) = (Queue::start(), posts());
    for number in 0..5 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    function.hold();
    let mut child = start(&queue, &function, &["--json"]);
    function.wait_for(1).await;
    drop(child.stdout.take());
    function.release();
    let ran = ended(child).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("failed to write to standard output"), "{}", ran.stderr);
    assert_eq!((function.events().len(), queue.ids().len(), queue.hidden()), (1, 4, 0));
}

/// The first line on stderr; what follows it is read by [`ended`].
async fn first_line(child: &mut Child) -> String {
    use tokio::io::AsyncReadExt as _;
    let stderr = child.stderr.as_mut().unwrap();
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        line.push(stderr.read_u8().await.unwrap());
    }
    String::from_utf8(line).unwrap()
}

#[tokio::test]
async fn lambdas_and_oktas_limits_are_waited_for() {
    let queue = Queue::start();
    let mut calls = 0;
    let function = Function::start(move |event| {
        calls += 1;
        match calls {
            1 => FunctionAnswer::Lambda(429, "TooManyRequestsException"),
            2 => FunctionAnswer::Fails(
                "Retryable",
                "POST /x: Okta answered 429: the rate limit of this call is used up".into(),
            ),
            _ => FunctionAnswer::posted(event),
        }
    });
    queue.put(event("v2"), &undelivered(), HOUR);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "1 dead letter: 1 posted\n"));
    assert_eq!((function.events().len(), queue.ids().len()), (3, 0));
}

#[tokio::test]
async fn a_limit_that_does_not_open_ends_the_run_and_keeps_everything() {
    let queue = Queue::start();
    let function = Function::start(|_| FunctionAnswer::Lambda(429, "TooManyRequestsException"));
    for number in 0..12 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.starts_with("3 dead letters: 3 failed (kept)\nerror: 3 letters in a row failed"),
        "{}",
        ran.stderr
    );
    assert_eq!((queue.ids().len(), queue.hidden(), function.events().len()), (12, 0, 18));
}

#[tokio::test]
async fn a_message_that_may_stand_needs_the_operators_word() {
    let queue = Queue::start();
    let function = Function::start(|event| {
        if event["redrive"]["repost"] == true {
            return FunctionAnswer::posted(event);
        }
        FunctionAnswer::Fails(
            "Permanent",
            "a message may already stand on the request: two attempts ended".into(),
        )
    });
    queue.put(record(&event("v2"), "Permanent", "a message may already stand on the request"), &[], HOUR);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.ids().len()), (1, 1));
    for says in ["1 letter may have a message already", "Look at the request in Okta", "--repost"] {
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let ran = redrive(&queue, &function, &["--repost"]).await;
    assert_eq!((ran.status, ran.stderr.as_str(), queue.ids().len()), (0, "1 dead letter: 1 posted\n", 0));
    let expected = changed(&event("v2"), |event| event["redrive"] = json!({"repost": true}));
    assert!(same(&function.events()[1], &expected));
}

#[tokio::test]
async fn what_sqs_delivers_twice_is_sent_once() {
    let (queue, function) = (Queue::start(), posts());
    queue.deliver_deleted_again();
    for number in 0..12 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "12 dead letters: 12 posted\n"));
    assert_eq!((function.events().len(), queue.ids().len()), (12, 0));
}

#[tokio::test]
async fn a_thousand_letters_are_drained_in_one_run() {
    let (queue, function) = (Queue::start(), posts());
    for number in 0..1000 {
        queue.put(record(&numbered(number).0, "Retryable", "Okta answered 503"), &[], HOUR);
    }
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "1000 dead letters: 1000 posted\n"));
    let mut sent = function.events();
    sent.sort();
    sent.dedup();
    assert_eq!((sent.len(), queue.ids().len()), (1000, 0));
    let receipts = queue.calls().iter().filter(|call| *call == "ReceiveMessage").count();
    assert_eq!(receipts, 101, "ten at a time, and once more to see that there are none");
}

#[tokio::test]
async fn an_empty_queue_is_told() {
    let (queue, function) = (Queue::start(), posts());
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", "0 dead letters\n"));
}

#[tokio::test]
async fn a_fault_of_aws_ends_the_run_with_what_to_do() {
    let (queue, function) = (Queue::start(), posts());
    queue.put(event("v2"), &undelivered(), HOUR);

    let with = |args: &[&str]| ended(command(&queue, &function).args(args).spawn().unwrap());
    let url = queue.url();
    let ran = with(&["--queue-url", &format!("{url}-2"), "--function", FUNCTION_NAME]).await;
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("failed to look at the queue") && ran.stderr.contains("DeadLetterQueueUrl"),
        "{}",
        ran.stderr
    );

    let ran = with(&["--queue-url", &url, "--function", "another"]).await;
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("error: failed to invoke the function `another`: ResourceNotFoundException"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("stack output FunctionName"), "{}", ran.stderr);

    queue.deny(Denied::All);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("sqs:ChangeMessageVisibility"), "{}", ran.stderr);

    queue.deny(Denied::Operation("DeleteMessage"));
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.hidden()), (1, 0));
    assert!(
        ran.stderr.contains("failed to delete a message") && ran.stderr.contains("duplicate"),
        "{}",
        ran.stderr
    );

    let denied = Function::start(|_| FunctionAnswer::Lambda(403, "AccessDeniedException"));
    let ran = redrive(&queue, &denied, &["--json"]).await;
    assert_eq!((ran.status, queue.hidden()), (1, 0));
    assert!(ran.stderr.contains("lambda:InvokeFunction"), "{}", ran.stderr);

    let dry =
        Function::start(|_| FunctionAnswer::Returns(json!({"outcome": "dry_run", "message": "For: Zoë"})));
    let ran = redrive(&queue, &dry, &[]).await;
    assert_eq!((ran.status, queue.ids().len()), (1, 1));
    assert!(ran.stderr.contains("DRY_RUN"), "{}", ran.stderr);

    // Only the progress bar needs this permission.
    queue.deny(Denied::Operation("GetQueueAttributes"));
    assert_eq!(redrive(&queue, &function, &[]).await.status, 0);
}

#[tokio::test]
async fn another_program_s_answer_deletes_nothing() {
    let queue = Queue::start();
    let function = Function::start(|_| FunctionAnswer::Returns(Value::Null));
    for number in 0..5 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.ids().len(), function.events().len()), (1, 5, 3));
    assert!(ran.stdout.contains("see that --function names the enricher"), "{}", ran.stdout);
}

#[tokio::test]
async fn a_function_is_named_by_its_name_alias_or_arn() {
    let (queue, function) = (Queue::start(), posts());
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION_NAME}");
    for name in [format!("{FUNCTION_NAME}:live"), format!("{arn}:live"), arn] {
        queue.put(event("v2"), &undelivered(), HOUR);
        let mut child = command(&queue, &function);
        let ran =
            ended(child.args(["--queue-url", &queue.url(), "--function", &name]).spawn().unwrap()).await;
        assert_eq!((ran.status, queue.ids().len()), (0, 0), "{name}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn credentials_and_region_are_found_as_the_aws_cli_finds_them() {
    let (queue, function) = (Queue::start(), posts());
    queue.put(event("v2"), &undelivered(), HOUR);
    let home = tempfile::tempdir().unwrap();
    let of_profile = |env: &[(&str, &str)]| {
        let mut command = command(&queue, &function);
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            command.env_remove(name);
        }
        command.env("HOME", home.path()).envs(env.iter().copied());
        ended(command.args(["--queue-url", &queue.url(), "--function", FUNCTION_NAME]).spawn().unwrap())
    };
    let ran = of_profile(&[]).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("no AWS credentials; sign in"), "{}", ran.stderr);
    let keys = [("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)];
    let ran = of_profile(&keys).await;
    assert!(ran.stderr.contains("no AWS region; set AWS_REGION"), "{}", ran.stderr);

    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let session = format!(
        "[profile operator]\nregion = {REGION}\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session \
         s]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n"
    );
    std::fs::write(home.path().join(".aws/config"), session).unwrap();
    let ran = of_profile(&[("AWS_PROFILE", "operator")]).await;
    assert!(ran.stderr.contains("no AWS credentials: failed to load the cached SSO token"), "{}", ran.stderr);

    let profile = format!(
        "[profile operator]\nregion = {REGION}\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = \
         {SECRET_ACCESS_KEY}\naws_session_token = {SESSION_TOKEN}\n"
    );
    std::fs::write(home.path().join(".aws/config"), profile).unwrap();
    let ran = of_profile(&[("AWS_PROFILE", "operator")]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "1 dead letter: 1 posted\n"));
}

#[tokio::test]
async fn wrong_usage_says_what_to_write() {
    let (queue, function) = (Queue::start(), posts());
    let url = queue.url();
    for (args, says) in [
        (vec![], "--queue-url"),
        (vec!["--queue-url", &url], "--function"),
        (vec!["--queue-url", "dead-letters", "--function", "f"], "https://sqs.eu-west-1.amazonaws.com/"),
        (vec!["--queue-url", &url, "--function", "f", "--older-than", "yesterday"], "30m, 6h or 2d"),
        (
            vec!["--queue-url", &url, "--function", "f", "--class", "all"],
            "retryable, permanent, undelivered, expired",
        ),
        (vec!["--queue-url", &url, "--function", "f", "--limit", "0"], "--limit"),
    ] {
        let ran = ended(command(&queue, &function).args(&args).spawn().unwrap()).await;
        assert_eq!(ran.status, 2, "{args:?}");
        assert!(ran.stderr.contains(says), "{args:?}: {}", ran.stderr);
    }
    assert!(queue.calls().is_empty());
    let help = ended(command(&queue, &function).arg("--help").spawn().unwrap()).await;
    assert!(help.stdout.contains("Examples:") && help.stdout.contains("--repost"), "{}", help.stdout);
}
