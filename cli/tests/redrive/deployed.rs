//! What the function answers: the deployed binary behind `Invoke`, and a message that may already stand.

use okta_simulator::doubles::{Function, FunctionAnswer, Queue, Stage, changed, event};
use serde_json::json;

use crate::{HOUR, V2, record, redrive, same, undelivered};

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
    assert!(ran.stdout.contains("  Permanent: failed to find the access request's id: "), "{}", ran.stdout);
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
async fn a_message_that_may_stand_needs_the_operators_word() {
    let queue = Queue::start();
    let function = Function::start(|event| {
        if event["redrive"]["repost"] == true {
            return FunctionAnswer::posted(event);
        }
        FunctionAnswer::Fails(
            "Permanent",
            "a message may already stand on the request: two attempts ended [may-already-stand]".into(),
        )
    });
    let stands = "a message may already stand on the request [may-already-stand]";
    queue.put(record(&event("v2"), "Permanent", stands), &[], HOUR);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.ids().len()), (1, 1));
    for says in
        ["1 letter may have a message already", "Look at each request in Okta", "--repost --request ID"]
    {
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let other = event("v2").replace(V2, "req00000000000000001");
    queue.put(record(&other, "Permanent", stands), &[], HOUR);
    let ran = redrive(&queue, &function, &["--repost"]).await;
    assert_eq!((ran.status, function.events().len()), (2, 1));
    assert!(ran.stderr.contains("needs --request <REQUEST_ID>"), "{}", ran.stderr);
    let ran = redrive(&queue, &function, &["--repost", "--request", V2]).await;
    assert_eq!((ran.status, ran.stderr.as_str(), queue.ids().len()), (0, "1 dead letter: 1 posted\n", 1));
    let expected = changed(&event("v2"), |event| event["redrive"] = json!({"repost": true}));
    assert!(same(&function.events()[1], &expected));
}
