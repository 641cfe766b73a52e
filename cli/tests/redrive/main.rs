//! `enricher redrive` as its user runs it, against doubles of SQS and of Lambda's `Invoke`: what is sent,
//! deleted, kept and shown, and that none of it is personal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod aws;
mod delivery;
mod deployed;
mod interruption;
mod letters;
#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::time::Duration;

use okta_simulator::doubles::{FUNCTION_NAME, Function, FunctionAnswer, Queue, event};
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
    command.env("COLUMNS", "200");
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
