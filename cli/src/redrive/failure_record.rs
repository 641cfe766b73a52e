//! A [`FailureRecord`] is what EventBridge or Lambda recorded beside a failed event: who gave it up, when and
//! why.
//!
//! Its reason holds no personal data: this program's own error texts hold none, and of any other text only an
//! error code is taken.
//!
//! Sources: Amazon EventBridge guide, "Using dead-letter queues to process undelivered events"; AWS Lambda
//! guide, "Capturing records of Lambda asynchronous invocations" and "Adding a dead-letter queue".

use std::collections::BTreeMap;

use jiff::Timestamp;
use okta_request_enricher::error::Code;
use okta_request_enricher::text;

use super::members::Members;
use crate::terminal::printable;

/// The attributes of an SQS message, by name.
pub(super) type Attributes = BTreeMap<String, String>;

/// Who put a letter into the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// EventBridge, which could not deliver the event.
    Undelivered,
    /// Lambda, as the function's on-failure destination.
    Destination,
    /// Lambda, as the function's dead-letter queue.
    FunctionQueue,
    /// Unknown: the event has no failure record.
    Event,
}

impl Form {
    /// The value in JSON.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Form::Undelivered => "undelivered",
            Form::Destination => "destination",
            Form::FunctionQueue => "function_queue",
            Form::Event => "event",
        }
    }
}

/// Whether sending a letter again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LetterClass {
    /// The function failed; the same event may succeed later
    Retryable,
    /// The function failed, and will fail again until somebody changes something
    Permanent,
    /// EventBridge could not deliver the event to the function
    Undelivered,
    /// The event waited in Lambda's queue for too long
    Expired,
    /// The function timed out or crashed, or the letter has no failure record
    Unclassified,
}

impl LetterClass {
    /// The value of the function's `errorType`, and the one that is shown.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            LetterClass::Retryable => "Retryable",
            LetterClass::Permanent => "Permanent",
            LetterClass::Undelivered => "Undelivered",
            LetterClass::Expired => "Expired",
            LetterClass::Unclassified => "Unclassified",
        }
    }
}

/// Who gave an event up, when and why.
#[derive(Debug, PartialEq)]
pub(super) struct FailureRecord {
    pub(super) form: Form,
    pub(super) class: LetterClass,
    /// What went wrong, without personal data.
    pub(super) reason: String,
    /// The function's own name for it, if the function reported an error.
    pub(super) code: Option<Code>,
    /// The failed invocation, as in the function's log.
    pub(super) lambda_request_id: Option<String>,
    /// When it was given up; at first, if more than once.
    pub(super) failed_at: Option<Timestamp>,
}

impl FailureRecord {
    /// Reads the attributes that EventBridge, or the function's dead-letter queue, adds to the message.
    pub(super) fn of_attributes(attributes: &Attributes) -> FailureRecord {
        let get = |name: &str| attributes.get(name).map(String::as_str);
        let record = |form, class, reason| FailureRecord {
            form,
            class,
            reason,
            code: None,
            lambda_request_id: get("RequestID").and_then(request_id),
            failed_at: None,
        };
        if let Some(code) = get("ERROR_CODE") {
            let attempts = get("RETRY_ATTEMPTS").and_then(|number| number.parse::<u32>().ok());
            let attempts =
                attempts.filter(|n| *n > 0).map(|n| format!(", after {}", text::count(n, "more attempt")));
            let reason = format!(
                "EventBridge could not deliver it: {}{}",
                error_code(code).unwrap_or("no code"),
                attempts.unwrap_or_default()
            );
            record(Form::Undelivered, LetterClass::Undelivered, reason)
        } else if get("ErrorCode").is_some() || get("RequestID").is_some() {
            let status = get("ErrorCode").and_then(|number| number.parse::<u16>().ok());
            let status = status.map(|status| format!(" (ErrorCode {status})")).unwrap_or_default();
            let reason = format!("the function failed{status}; see its log");
            record(Form::FunctionQueue, LetterClass::Unclassified, reason)
        } else {
            record(
                Form::Event,
                LetterClass::Unclassified,
                "unknown: the letter has no failure record".to_owned(),
            )
        }
    }

    /// Reads the record that Lambda sends to an on-failure destination.
    pub(super) fn of_destination(record: &Members<'_>) -> FailureRecord {
        let context = record.value("requestContext");
        let response = record.value("responsePayload");
        let condition = context["condition"].as_str().and_then(error_code).unwrap_or("no condition");
        let message = response["errorMessage"].as_str().unwrap_or_default();
        let (class, reason) = match (condition, response["errorType"].as_str()) {
            ("EventAgeExceeded", _) => (
                LetterClass::Expired,
                "it waited in Lambda's queue for longer than allowed (EventAgeExceeded)".to_owned(),
            ),
            (_, Some("Retryable")) => (LetterClass::Retryable, printable(message)),
            (_, Some("Permanent")) => (LetterClass::Permanent, printable(message)),
            (_, other) => {
                let timed_out = message.contains("Task timed out").then_some("the function timed out");
                let what = timed_out.or(other.and_then(error_code)).unwrap_or(condition);
                (LetterClass::Unclassified, format!("the function ended without an answer: {what}"))
            }
        };
        FailureRecord {
            form: Form::Destination,
            class,
            reason,
            code: Code::of_message(message),
            lambda_request_id: context["requestId"].as_str().and_then(request_id),
            failed_at: record.text("timestamp").and_then(|at| at.parse().ok()),
        }
    }
}

/// The text, if it has the form of an error code of AWS or a Lambda runtime: `NO_PERMISSIONS`,
/// `Runtime.ExitError`.
fn error_code(text: &str) -> Option<&str> {
    let plausible = (1..=60).contains(&text.len()) && text.starts_with(|c: char| c.is_ascii_alphabetic());
    (plausible && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._".contains(&b))).then_some(text)
}

/// The text, if it has the form of a Lambda request id, a UUID.
fn request_id(text: &str) -> Option<String> {
    (text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')).then(|| text.to_owned())
}
