//! What the function's answer, or its error, means for a letter. Nothing is deleted here.

use serde_json::Value;

use super::failure_record::{self, LetterClass};
use crate::terminal::printable;

/// How the sending of one letter ended.
#[derive(Debug, PartialEq)]
pub(super) enum Sent {
    /// The message is posted now.
    Posted,
    /// A message stood already.
    Duplicate,
    /// The request gets no message, for this reason.
    Skipped(String),
    /// The letter stays.
    Failed(Failed),
    /// The letter stays, and so do all others until somebody changes something.
    Refused(String),
}

/// Why a letter stays.
#[derive(Debug, PartialEq)]
pub(super) struct Failed {
    pub(super) cause: Cause,
    /// The class, if the function itself reported an error.
    pub(super) class: Option<LetterClass>,
    /// The error, without personal data.
    pub(super) text: String,
}

/// Which letters a failure concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Lambda or Okta has no room. Nothing was done; worth another try in this run.
    Busy,
    /// The next letter is likely to fail for it, too.
    Passing,
    /// The letter itself, as far as is known.
    Letter,
}

impl Sent {
    /// A failure that the function did not report itself.
    pub(super) fn failed(cause: Cause, text: impl Into<String>) -> Sent {
        Sent::Failed(Failed { cause, class: None, text: text.into() })
    }

    /// Whether the letter can be deleted.
    pub(super) fn is_handled(&self) -> bool {
        match self {
            Sent::Posted | Sent::Duplicate | Sent::Skipped(_) => true,
            Sent::Failed(_) | Sent::Refused(_) => false,
        }
    }
}

impl Failed {
    /// Whether a message may stand on the request, so that only an operator can decide.
    pub(super) fn may_stand(&self) -> bool {
        self.class.is_some_and(|class| failure_record::may_stand(class, &self.text))
    }
}

/// Reads the function's answer, or its error.
pub(super) fn read(answer: &Value, is_error: bool) -> Sent {
    if is_error {
        return read_error(answer);
    }
    let reason = answer["reason"].as_str().map(printable).unwrap_or_default();
    match answer["outcome"].as_str() {
        Some("posted") => Sent::Posted,
        Some("duplicate") => Sent::Duplicate,
        // A changed setting would have it posted, so it must not be lost.
        Some("skipped") if is_too_old(&reason) => Sent::failed(
            Cause::Letter,
            format!("{reason}; raise it (template parameter MaxEventAge) to have such letters sent"),
        ),
        Some("skipped") => Sent::Skipped(reason),
        Some("dry_run") => Sent::Refused(
            "the function is in dry-run mode and posts nothing; set DRY_RUN (template parameter DryRun) to false"
                .to_owned(),
        ),
        _ => Sent::failed(Cause::Passing, "unexpected response; is `--function` the enricher?"),
    }
}

fn read_error(answer: &Value) -> Sent {
    let message = answer["errorMessage"].as_str().map(printable).unwrap_or_default();
    let class = match answer["errorType"].as_str() {
        Some("Retryable") => LetterClass::Retryable,
        Some("Permanent") => LetterClass::Permanent,
        // Lambda's own text, or that of another program: it may quote anything.
        _ if message.contains("Task timed out") => {
            return Sent::failed(Cause::Letter, "the function timed out");
        }
        _ => return Sent::failed(Cause::Letter, "the function ended without an answer; see its log"),
    };
    let limited = class == LetterClass::Retryable && is_rate_limited(&message);
    let cause = if limited { Cause::Busy } else { Cause::Letter };
    Sent::Failed(Failed { cause, class: Some(class), text: message })
}

/// Okta's rate limit is used up, and the function has waited as long as it may.
fn is_rate_limited(text: &str) -> bool {
    text.contains("Okta answered 429") || text.contains("rate limit")
}

/// The only reason to skip an event that says nothing about its request.
fn is_too_old(reason: &str) -> bool {
    reason.contains("MAX_EVENT_AGE")
}

#[cfg(test)]
mod tests {
    use okta_request_enricher::okta::RateLimit;
    use okta_request_enricher::outcome::SkipReason;
    use serde_json::json;

    use super::*;

    fn failed(answer: &Value, is_error: bool) -> Failed {
        match read(answer, is_error) {
            Sent::Failed(failed) => failed,
            other => panic!("expected a failure, got {other:?}"),
        }
    }

    #[test]
    fn an_answer_lets_the_letter_go_and_an_error_keeps_it() {
        assert_eq!(read(&json!({"outcome": "posted", "request_id": "req1"}), false), Sent::Posted);
        assert_eq!(read(&json!({"outcome": "duplicate"}), false), Sent::Duplicate);
        let skipped = read(&json!({"outcome": "skipped", "reason": "no rule"}), false);
        assert_eq!(skipped, Sent::Skipped("no rule".into()));
        assert_eq!(failed(&json!({"errorType": "Permanent", "errorMessage": "x"}), true).text, "x");
        assert!(matches!(read(&json!({"outcome": "posted"}), true), Sent::Failed(_)));
        for answer in [json!(null), json!({}), json!({"outcome": "something else"}), json!("posted")] {
            assert!(failed(&answer, false).text.contains("--function"));
        }
    }

    #[test]
    fn other_programs_words_are_not_repeated() {
        let crash = json!({"errorType": "KeyError", "errorMessage": "zoe@example.com"});
        assert_eq!(failed(&crash, true).text, "the function ended without an answer; see its log");
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
            |text: &str| failed(&json!({"errorType": "Retryable", "errorMessage": text}), true).cause;
        let in_flight = "POST /x: Okta answered 429: the org has too many calls in flight at this moment";
        assert_eq!(retryable(in_flight), Cause::Busy);
        assert_eq!(retryable(&RateLimit::Window(None).to_string()), Cause::Busy);
        assert_eq!(retryable("POST /x: no answer from Okta within 10 s"), Cause::Letter);
    }
}
