//! Dead letters of every form: which are sent, deleted, kept and shown.

use okta_simulator::doubles::{FUNCTION_NAME, Function, FunctionAnswer, Queue, event};
use serde_json::json;

use crate::{
    HOUR, V1, V2, command, ended, numbered, outcomes, posts, record, record_of, redrive, same, scheduled,
    undelivered,
};

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
    assert_eq!(table.remove(0), "NOW         REQUEST                    AGE  WHY");
    table.sort_unstable();
    assert_eq!(
        table,
        [
            "dropped     -                           3h  the housekeeping's own event",
            &format!("posted      {V1}    3h  Retryable: no answer from Okta within 10 s"),
            &format!(
                "posted      {V2}        1h  Unclassified: the function failed (ErrorCode 200); see its log"
            ),
            &format!(
                "posted      {V2}        3h  Expired: it waited in Lambda's queue for longer than allowed (EventAgeExceeded)"
            ),
            &format!("posted      {V2}        3h  Retryable: x"),
            &format!("posted      {V2}        4h  Unclassified: unknown: the letter has no failure record"),
            &format!(
                "posted      {V2}        8h  Undelivered: EventBridge could not deliver it: NO_PERMISSIONS"
            ),
        ]
    );
}

#[tokio::test]
async fn the_table_fits_the_terminal_and_shows_the_new_cause_before_the_old_one() {
    let (queue, why) = (
        Queue::start(),
        "failed to post the message: POST /a/b/messages: Okta answered 403; grant the scope",
    );
    let function = Function::start(move |_| FunctionAnswer::Fails("Permanent", why.into()));
    queue.put(event("v2"), &undelivered(), HOUR);
    queue.put(record(&event("v1"), "Permanent", why), &[], HOUR);
    queue.put("not JSON", &[], HOUR);
    let mut command = command(&queue, &function);
    command.args(["--queue-url", &queue.url(), "--function", FUNCTION_NAME]).env("COLUMNS", "80");
    let ran = ended(command.spawn().unwrap()).await;
    let fits = |line: &str| line.chars().count() <= 80 || line.split_whitespace().count() == 1;
    assert!(ran.stdout.lines().all(fits), "{}", ran.stdout);
    for row in [
        format!(
            "
failed      {V2}        1h  Permanent: failed to post the
                                              message: POST /…: Okta answered
                                              403; grant the scope
                                            before: Undelivered: EventBridge
                                              could not deliver it:
                                              NO_PERMISSIONS
"
        ),
        format!(
            "
failed      {V1}    3h  Permanent: failed to post the
                                            message: POST /…: Okta answered 403;
                                            grant the scope
"
        ),
        "
unreadable  -                           1h  it is not JSON
                                            message
"
        .to_owned(),
    ] {
        assert!(ran.stdout.contains(&row), "{row}{}", ran.stdout);
    }
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
            Some("req00000000000000004") => FunctionAnswer::Returns(
                json!({"outcome": "skipped", "reason": "no rule", "code": "no-rule-matches"}),
            ),
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
    assert_eq!(says(&ids[2]).1, "the function ended without an answer; see its log");
    assert!(
        says(&ids[5]).1.ends_with("whether it ran is unknown; a later run finds out"),
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
    let stands = "a message may already stand on the request [may-already-stand]";
    queue.put(record(&event("v1"), "Permanent", stands), &[], HOUR);
    let before = queue.bodies();
    let ran = redrive(&queue, &function, &["--dry-run"]).await;
    assert_eq!(ran.status, 0);
    let mut told = ran.stderr.lines();
    assert_eq!(
        told.next(),
        Some("28 dead letters: 26 to send, 1 to drop, 1 unreadable (kept); nothing was changed")
    );
    assert!(told.next().unwrap().contains("run this again with --repost --request ID"), "{}", ran.stderr);
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
        (vec!["--request", &numbered(4).1, "--request", &numbered(1).1, "--request", V1], vec![1, 4]),
        (vec!["--request", &numbered(4).1, "--class", "permanent"], vec![]),
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
async fn an_empty_queue_is_told() {
    let (queue, function) = (Queue::start(), posts());
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", "0 dead letters\n"));
}
