//! Delivery by SQS and limits of Lambda and Okta: hidden letters, duplicates, waits, a thousand letters.

use std::time::Duration;

use okta_simulator::doubles::{Function, FunctionAnswer, Queue, event};

use crate::{HOUR, ended, numbered, posts, record, redrive, start, undelivered};

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
async fn lambdas_and_oktas_limits_are_waited_for() {
    let queue = Queue::start();
    let mut calls = 0;
    let function = Function::start(move |event| {
        calls += 1;
        match calls {
            1 => FunctionAnswer::Lambda(429, "TooManyRequestsException"),
            2 => FunctionAnswer::Fails(
                "Retryable",
                "POST /x: Okta answered 429: the rate limit of this call is used up [okta-rate-limited]"
                    .into(),
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
