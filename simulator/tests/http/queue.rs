//! The double of Amazon SQS, by signed calls of its JSON protocol.

use std::time::Duration;

use okta_simulator::doubles::{ACCESS_KEY_ID, Queue, REGION, SESSION_TOKEN};
use serde_json::{Value, json};

use super::client::{HttpResponse, send_to};

async fn call(queue: &Queue, operation: &str, mut body: Value) -> HttpResponse {
    body["QueueUrl"] = queue.url().into();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20310405/{REGION}/sqs/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target, Signature={}",
        "0".repeat(64)
    );
    let target = format!("AmazonSQS.{operation}");
    let headers = [
        ("x-amz-target", target.as_str()),
        ("x-amz-date", "20310405T060708Z"),
        ("x-amz-security-token", SESSION_TOKEN),
        ("authorization", authorization.as_str()),
    ];
    let addr = queue.endpoint().trim_start_matches("http://").parse().expect("an address");
    send_to(addr, "POST /", &headers, &body.to_string()).await
}

/// Receives so many messages with all that there is to know of them.
async fn receive(queue: &Queue, most: usize) -> Vec<Value> {
    let body = json!({
        "MaxNumberOfMessages": most, "WaitTimeSeconds": 1,
        "MessageSystemAttributeNames": ["SentTimestamp"], "MessageAttributeNames": ["All"],
    });
    call(queue, "ReceiveMessage", body).await.json()["Messages"].as_array().cloned().unwrap_or_default()
}

async fn delete(queue: &Queue, handle: &Value) -> HttpResponse {
    call(queue, "DeleteMessage", json!({ "ReceiptHandle": handle })).await
}

#[tokio::test]
async fn a_message_that_comes_again_is_whole_and_fills_no_batch_beyond_its_limit() {
    let queue = Queue::start();
    queue.deliver_deleted_again();
    for body in ["one", "two", "three"] {
        queue.put(body, &[("ERROR_CODE", "200")], Duration::from_mins(5));
    }
    let first = receive(&queue, 10).await;
    for message in &first {
        assert_eq!(delete(&queue, &message["ReceiptHandle"]).await.status, 200);
    }
    let again = [receive(&queue, 2).await, receive(&queue, 2).await];
    assert_eq!(again.each_ref().map(Vec::len), [2, 1]);
    for (message, again) in first.iter().zip(again.iter().flatten()) {
        for member in ["MessageId", "Body", "Attributes", "MessageAttributes"] {
            assert_eq!(again[member], message[member], "{member}");
            assert!(!again[member].is_null(), "{member}");
        }
        assert_eq!(delete(&queue, &again["ReceiptHandle"]).await.status, 200, "to delete twice is no fault");
    }
    assert_eq!(receive(&queue, 10).await, Vec::<Value>::new(), "once more, and not for ever");
}

#[tokio::test]
#[should_panic(expected = "ReceiptHandleIsInvalid")]
async fn a_handle_that_was_never_given_out_fails_the_test() {
    let queue = Queue::start();
    let refused = delete(&queue, &"made-up/1".into()).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
}
