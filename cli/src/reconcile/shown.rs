//! How `reconcile` shows what became of a request: as lines for people, or as one line of JSON.

use anstyle::AnsiColor;
use okta_request_enricher::error::Error;
use okta_request_enricher::housekeeping::Unproven;
use okta_request_enricher::okta::ListedRequest;
use okta_request_enricher::outcome::{Attempt, Outcome, SkipReason};
use okta_request_enricher::request::RequestId;
use serde_json::{Value, json};

use crate::message_lines;
use crate::terminal::{self, style};

/// The form of what is shown.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    /// A line of JSON for each request.
    pub(super) json: bool,
}

/// What became of one request.
struct Line<'a> {
    outcome: &'a str,
    color: AnsiColor,
    /// The rule that matches, if its attempt came that far.
    rule: Option<&'a str>,
    reason: Option<String>,
    error: Option<&'a Error>,
    /// The message that would be posted.
    message: Option<&'a str>,
}

impl Shown {
    /// Shows a lost request, and how its attempt ended. A dry run made the message and posted nothing.
    pub(super) fn attempt(self, listed: &ListedRequest, attempt: &Attempt) {
        let (mut outcome, mut color) = (attempt.name(), AnsiColor::Yellow);
        let (mut reason, mut error, mut message) = (None, None, None);
        match &attempt.result {
            Ok(Outcome::DryRun(prepared)) => (outcome, message) = ("lost", Some(prepared.message.as_str())),
            Ok(Outcome::Posted { .. }) => color = AnsiColor::Green,
            Ok(Outcome::Skipped(why)) => reason = Some(why.to_string()),
            Err(why) => (color, error) = (AnsiColor::Red, Some(why)),
            Ok(_) => {}
        }
        self.print(listed, &Line { outcome, color, rule: attempt.rule(), reason, error, message });
    }

    /// Shows a request that gets no message by the policy and the settings.
    pub(super) fn skipped(self, listed: &ListedRequest, reason: &SkipReason) {
        let reason = Some(reason.to_string());
        let (rule, error, message) = (None, None, None);
        self.print(
            listed,
            &Line { outcome: "skipped", color: AnsiColor::Yellow, rule, reason, error, message },
        );
    }

    /// Shows a request of which Okta does not say whether it was answered under another id.
    pub(super) fn unproven(self, id: &RequestId, reason: Unproven) {
        if self.json {
            let line =
                json!({"request_id": id.as_str(), "outcome": "unproven", "reason": reason.to_string()});
            terminal::print_json(&line);
        } else {
            let color = style(AnsiColor::Yellow);
            terminal::println!("{color}{id}  unproven{color:#}: {reason}; look at it in Okta");
        }
    }

    fn print(self, listed: &ListedRequest, line: &Line<'_>) {
        let Line { outcome, color, rule, reason, error, message } = line;
        if self.json {
            let mut line = json!({
                "request_id": listed.id.as_str(), "created": listed.created.to_string(), "outcome": outcome,
            });
            let error_type = error.map(|error| Value::from(error.class().as_str()));
            let error_message = error.map(|error| Value::from(error.message()));
            for (member, value) in [
                ("rule", rule.map(Value::from)),
                ("reason", reason.clone().map(Value::from)),
                ("errorType", error_type),
                ("errorMessage", error_message),
                ("message", message.map(Value::from)),
            ] {
                if let Some(value) = value {
                    line[member] = value;
                }
            }
            terminal::print_json(&line);
            return;
        }
        let rule = rule.map(|rule| format!("rule {rule}"));
        let error = error.map(|error| format!("{}: {}", error.class(), error.message()));
        let mut facts = String::new();
        for fact in [rule, reason.clone(), error].into_iter().flatten() {
            facts = if facts.is_empty() { format!("  {fact}") } else { format!("{facts}: {fact}") };
        }
        let created = listed.created.strftime("%Y-%m-%d %H:%M UTC");
        let color = style(*color);
        terminal::println!("{:<26}{created}  {color}{outcome}{color:#}{facts}", listed.id.as_str());
        if let Some(message) = message {
            message_lines::print(message);
        }
    }
}
