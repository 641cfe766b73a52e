//! The [`Function`] is the deployed Lambda, invoked so that its answer is waited for. What the answer means for the
//! letter is decided here; nothing is deleted here.

use std::time::Duration;

use crate::redrive::dead_letter::{Class, printable};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use okta_request_enricher::aws::AwsError;
use serde_json::Value;

use super::interrupt::Interrupt;

/// Lambda's longest timeout, 15 minutes (AWS Lambda guide, "Lambda quotas"), and time for the way.
const LONGEST: Duration = Duration::from_mins(16);

/// Pauses before another try, each twice as long as the one before: from 2 s on they are a minute together, which is
/// Okta's rate-limit window.
const RETRIES: u32 = 5;

/// What the function says of a request whose earlier attempts ended without word of their post.
pub(super) const MAY_STAND: &str = "may already stand";

/// The function, by its name.
pub(super) struct Function {
    client: Client,
    name: String,
    /// The first pause before another try.
    pause: Duration,
}

/// How the sending of one letter ended.
#[derive(Debug, PartialEq)]
pub(super) enum Sent {
    /// It was dealt with, and can go.
    Done(Done),
    /// It stays.
    Failed(Failed),
    /// It stays, and so do all others until someone changes something.
    Refused(String),
}

/// How a letter was dealt with.
#[derive(Debug, PartialEq)]
pub(super) enum Done {
    /// The message stands now.
    Posted,
    /// It stood already.
    Duplicate,
    /// None is wanted, for this reason.
    Skipped(String),
}

/// Why a letter stays.
#[derive(Debug, PartialEq)]
pub(super) struct Failed {
    /// The class, where the function itself says why.
    pub(super) class: Option<Class>,
    /// In words, without personal data.
    pub(super) text: String,
    /// The next letter is likely to meet it too.
    pub(super) passing: bool,
    /// The function did nothing; it may in a moment.
    again: bool,
}

impl Failed {
    /// Whether a message may stand, so that only an operator can decide.
    pub(super) fn may_stand(&self) -> bool {
        self.class == Some(Class::Permanent) && self.text.contains(MAY_STAND)
    }
}

impl Function {
    pub(super) fn new(aws: &SdkConfig, name: String, pause: Duration) -> Function {
        // The SDK would invoke again after a cut connection, while the first invocation may still be posting.
        let config = aws_sdk_lambda::config::Builder::from(aws).retry_config(RetryConfig::disabled()).build();
        Function { client: Client::from_conf(config), name, pause }
    }

    /// Sends one event, and again where Lambda or Okta has no room just now.
    pub(super) async fn send(&self, event: &str, interrupt: &mut Interrupt) -> Sent {
        let mut pause = self.pause;
        for _ in 0..RETRIES {
            match self.invoke(event).await {
                Sent::Failed(Failed { again: true, .. }) => {}
                other => return other,
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = interrupt.wait() => break,
            }
            pause *= 2;
        }
        if interrupt.came() {
            let text = "not sent: stopped while waiting for room in Lambda or Okta".to_owned();
            return Sent::Failed(Failed { class: None, text, passing: true, again: true });
        }
        self.invoke(event).await
    }

    async fn invoke(&self, event: &str) -> Sent {
        let call = self
            .client
            .invoke()
            .function_name(&self.name)
            .invocation_type(InvocationType::RequestResponse)
            .payload(Blob::new(event))
            .send();
        let what = format!("failed to invoke the function `{}`", self.name);
        let failed =
            |text: String, passing, again| Sent::Failed(Failed { class: None, text, passing, again });
        let unknown = "whether it ran is not known; a later run finds out";
        let Ok(called) = tokio::time::timeout(LONGEST, Box::pin(call)).await else {
            return failed(format!("{what}: no answer in time: {unknown}"), true, false);
        };
        match called {
            Ok(output) => {
                let payload = output.payload().map(Blob::as_ref).unwrap_or_default();
                sent(&serde_json::from_slice(payload).unwrap_or_default(), output.function_error().is_some())
            }
            Err(error) => {
                let code = error.as_service_error().and_then(|error| error.code()).unwrap_or_default();
                let (again, of_the_letter) = (is_busy(code), is_of_the_letter(code));
                match crate::aws::error(&error, remedy) {
                    AwsError::Refused { cause, remedy } => {
                        Sent::Refused(format!("{what}: {cause}; {remedy}"))
                    }
                    AwsError::Passing(cause) if again => failed(format!("{what}: {cause}"), true, true),
                    AwsError::Passing(cause) if of_the_letter => {
                        failed(format!("{what}: {cause}"), false, false)
                    }
                    AwsError::Passing(cause) => failed(format!("{what}: {cause}: {unknown}"), true, false),
                }
            }
        }
    }
}

/// What the function's answer, or its error, means for the letter.
fn sent(answer: &Value, is_error: bool) -> Sent {
    let text = |name: &str| answer[name].as_str().map(printable).unwrap_or_default();
    let failed = |class, text: String, passing, again| Sent::Failed(Failed { class, text, passing, again });
    if is_error {
        let message = text("errorMessage");
        return match answer["errorType"].as_str() {
            Some("Retryable") => {
                let limited = is_rate_limited(&message);
                failed(Some(Class::Retryable), message, limited, limited)
            }
            Some("Permanent") => failed(Some(Class::Permanent), message, false, false),
            // Lambda's own words, or another program's: what they quote nobody knows.
            _ => failed(
                None,
                if message.contains("Task timed out") {
                    "the function timed out".to_owned()
                } else {
                    "the function ended without an answer; its log tells why".to_owned()
                },
                false,
                false,
            ),
        };
    }
    let reason = text("reason");
    match answer["outcome"].as_str() {
        Some("posted") => Sent::Done(Done::Posted),
        Some("duplicate") => Sent::Done(Done::Duplicate),
        // A setting away from being posted: it is not gone as long as it is in the queue.
        Some("skipped") if is_too_old(&reason) => failed(
            None,
            format!("{reason}; raise it (template parameter MaxEventAge) to have such letters sent"),
            false,
            false,
        ),
        Some("skipped") => Sent::Done(Done::Skipped(reason)),
        Some("dry_run") => Sent::Refused(
            "the function is in dry-run mode and posts nothing; set DRY_RUN (template parameter DryRun) to false"
                .to_owned(),
        ),
        _ => failed(
            None,
            "the function's answer is none of this program's; see that --function names the enricher".to_owned(),
            true,
            false,
        ),
    }
}

/// Okta's limit, which the function waited for as long as it may.
fn is_rate_limited(text: &str) -> bool {
    text.contains("Okta answered 429") || text.contains("rate limit")
}

/// The one reason to skip an event that has nothing to do with the request.
fn is_too_old(reason: &str) -> bool {
    reason.contains("MAX_EVENT_AGE")
}

/// Lambda did not run the function, and may in a moment (AWS Lambda API reference, "Invoke").
fn is_busy(code: &str) -> bool {
    matches!(
        code,
        "TooManyRequestsException"
            | "ThrottlingException"
            | "EC2ThrottledException"
            | "ENINotReadyException"
            | "ResourceConflictException"
            | "ResourceNotReadyException"
            | "CodeArtifactUserPendingException"
    )
}

/// Lambda does not take this event; the next is another matter.
fn is_of_the_letter(code: &str) -> bool {
    matches!(
        code,
        "RequestTooLargeException"
            | "SerializedRequestEntityTooLargeException"
            | "InvalidRequestContentException"
            | "RecursiveInvocationException"
    )
}

fn remedy(code: &str) -> Option<&'static str> {
    match code {
        "ResourceNotFoundException" => Some(
            "see that --function names it (stack output FunctionName), and that account and region are the right ones",
        ),
        "AccessDeniedException" => Some("the credentials in use need lambda:InvokeFunction on it"),
        "InvalidParameterValueException" | "ValidationException" => {
            Some("--function takes a name, NAME:ALIAS or an ARN")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use okta_request_enricher::okta::RateLimit;
    use okta_request_enricher::outcome::SkipReason;
    use serde_json::json;

    use super::*;

    fn failed(answer: &Value, is_error: bool) -> Failed {
        match sent(answer, is_error) {
            Sent::Failed(failed) => failed,
            other => panic!("expected a failure, got {other:?}"),
        }
    }

    #[test]
    fn an_answer_lets_the_letter_go_and_an_error_keeps_it() {
        assert_eq!(
            sent(&json!({"outcome": "posted", "request_id": "req1"}), false),
            Sent::Done(Done::Posted)
        );
        assert_eq!(sent(&json!({"outcome": "duplicate"}), false), Sent::Done(Done::Duplicate));
        let skipped = sent(&json!({"outcome": "skipped", "reason": "no rule"}), false);
        assert_eq!(skipped, Sent::Done(Done::Skipped("no rule".into())));
        assert_eq!(failed(&json!({"errorType": "Permanent", "errorMessage": "x"}), true).text, "x");
        assert!(matches!(sent(&json!({"outcome": "posted"}), true), Sent::Failed(_)));
        for answer in [json!(null), json!({}), json!({"outcome": "something else"}), json!("posted")] {
            assert!(failed(&answer, false).text.contains("--function"));
        }
    }

    #[test]
    fn other_programs_words_are_not_repeated() {
        let crash = json!({"errorType": "KeyError", "errorMessage": "zoe@example.com"});
        assert_eq!(failed(&crash, true).text, "the function ended without an answer; its log tells why");
        let late = json!({"errorMessage": "2026 Task timed out after 90.00 seconds"});
        assert_eq!(failed(&late, true).text, "the function timed out");
    }

    #[test]
    fn an_event_that_is_too_old_stays_since_a_setting_can_help_it() {
        let reason = SkipReason::TooOld { age: 90_000, limit: 86_400 }.to_string();
        let kept = failed(&json!({"outcome": "skipped", "reason": reason}), false);
        assert!(
            kept.text.ends_with("(template parameter MaxEventAge) to have such letters sent"),
            "{}",
            kept.text
        );
    }

    #[test]
    fn only_a_rate_limit_is_tried_again_in_the_same_run() {
        let retryable =
            |text: &str| failed(&json!({"errorType": "Retryable", "errorMessage": text}), true).again;
        assert!(retryable("POST /x: Okta answered 429: the org has too many calls in flight at this moment"));
        assert!(retryable(&RateLimit::Window(None).to_string()));
        assert!(!retryable("POST /x: no answer from Okta within 10 s"));
    }
}
