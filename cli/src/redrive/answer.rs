//! What the function's answer, or its error, means for a letter. Nothing is deleted here.

use okta_request_enricher::error::Code;
use okta_request_enricher::outcome::SkipReason;
use serde_json::Value;

use super::failure_record::LetterClass;
use crate::terminal::printable;

/// The only reason to skip an event that says nothing about its request. The numbers don't matter.
const TOO_OLD: SkipReason = SkipReason::TooOld { age: 0, limit: 0 };

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
    /// The function's own name for the error.
    pub(super) code: Option<Code>,
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
        Sent::Failed(Failed { cause, class: None, code: None, text: text.into() })
    }

    /// Whether the letter can be deleted.
    pub(super) fn is_handled(&self) -> bool {
        match self {
            Sent::Posted | Sent::Duplicate | Sent::Skipped(_) => true,
            Sent::Failed(_) | Sent::Refused(_) => false,
        }
    }
}

/// Reads the function's answer, or its error.
pub(super) fn read(answer: &Value, is_error: bool) -> Sent {
    if is_error {
        return read_error(answer);
    }
    let reason = answer["reason"].as_str().map(printable).unwrap_or_default();
    match (answer["outcome"].as_str(), answer["code"].as_str()) {
        (Some("posted"), _) => Sent::Posted,
        (Some("duplicate"), _) => Sent::Duplicate,
        // A changed setting would have it posted, so it must not be lost.
        (Some("skipped"), Some(code)) if code == TOO_OLD.code() => Sent::failed(
            Cause::Letter,
            format!("{reason}; raise it (template parameter MaxEventAge) to have such letters sent"),
        ),
        (Some("skipped"), Some(_)) => Sent::Skipped(reason),
        // Older versions give no code, so whether the event is too old is unknown.
        (Some("skipped"), None) => {
            Sent::failed(Cause::Passing, "the function's answer has no code; deploy this version of it")
        }
        (Some("dry_run"), _) => Sent::Refused(
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
    let code = Code::of_message(&message);
    // The function has waited for the limit's end as long as it may, and posted nothing.
    let cause = if code == Some(Code::OktaRateLimited) { Cause::Busy } else { Cause::Letter };
    Sent::Failed(Failed { cause, class: Some(class), code, text: message })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use okta_request_enricher::error::Error;
    use okta_request_enricher::okta::{OktaAnswer, OktaError, RateLimit};
    use okta_request_enricher::request::RequestId;
    use serde_json::json;

    use super::*;

    fn failed(answer: &Value, is_error: bool) -> Failed {
        match read(answer, is_error) {
            Sent::Failed(failed) => failed,
            other => panic!("expected a failure, got {other:?}"),
        }
    }

    fn failed_with(error: &Error) -> Failed {
        failed(&json!({"errorType": error.class().as_str(), "errorMessage": error.message()}), true)
    }

    #[test]
    fn an_answer_lets_the_letter_go_and_an_error_keeps_it() {
        assert_eq!(read(&json!({"outcome": "posted", "request_id": "req1"}), false), Sent::Posted);
        assert_eq!(read(&json!({"outcome": "duplicate"}), false), Sent::Duplicate);
        let no_rule = SkipReason::NoRule.code();
        let skipped = read(&json!({"outcome": "skipped", "reason": "no rule", "code": no_rule}), false);
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
        let reason = SkipReason::TooOld { age: 90_000, limit: 86_400 };
        let answer = json!({"outcome": "skipped", "reason": reason.to_string(), "code": reason.code()});
        let kept = failed(&answer, false);
        assert!(
            kept.text.ends_with("(template parameter MaxEventAge) to have such letters sent"),
            "{}",
            kept.text
        );
    }

    #[test]
    fn a_skip_without_a_code_is_not_understood_and_keeps_the_letter() {
        let reason = "the event is 90000 s old, more than MAX_EVENT_AGE (86400 s)";
        assert_eq!(failed(&json!({"outcome": "skipped", "reason": reason}), false).cause, Cause::Passing);
    }

    #[test]
    fn only_a_rate_limit_is_tried_again_in_the_same_run() {
        let call = || "POST /x".to_owned();
        let answer = OktaAnswer { status: 429, code: None, error_id: None, request_id: None };
        let limited = |limit| OktaError::RateLimited { call: call(), answer: answer.clone().into(), limit };
        for error in [
            limited(RateLimit::Concurrency),
            limited(RateLimit::Window(None)),
            OktaError::OverLimit { call: call(), wait: Duration::from_mins(1) },
        ] {
            let failed = failed_with(&Error::of_post(error, false));
            assert_eq!((failed.cause, failed.class), (Cause::Busy, Some(LetterClass::Retryable)));
        }
        let late = OktaError::TimedOut { call: call(), after: Duration::from_secs(10) };
        assert_eq!(failed_with(&Error::of_post(late, false)).cause, Cause::Letter);
        let told = RateLimit::Window(None).to_string();
        let text = failed(&json!({"errorType": "Retryable", "errorMessage": told}), true);
        assert_eq!(text.cause, Cause::Letter, "the code decides, not the text");
    }

    #[test]
    fn a_message_that_may_stand_is_known_by_its_code() {
        let id = RequestId::parse("req16zRXf4PBGnr7o18A").unwrap();
        assert_eq!(failed_with(&Error::may_already_stand(&id)).code, Some(Code::MayAlreadyStand));
    }
}
