//! How a replay shows what became of an event: the message, the outcome, the warnings.

use anstyle::AnsiColor;
use okta_request_enricher::degradation::Degradation;
use okta_request_enricher::deployment::Deployment;
use okta_request_enricher::outcome::{Attempt, Outcome};
use okta_request_enricher::text;
use serde_json::{Value, json};

use super::target::Place;
use crate::message_lines;
use crate::terminal::{self, style};

/// Prints the message as an approver would see it, and the outcome below it.
pub(super) fn print(name: &str, attempt: &Attempt, place: &Place, note: Option<&str>) {
    let bold = terminal::bold();
    terminal::println!("{bold}{name}{bold:#}");
    if let Some(message) = attempt.message() {
        message_lines::print(message.as_str());
    }
    let color = match &attempt.result {
        Ok(
            Outcome::Posted { .. } | Outcome::DryRun(_) | Outcome::Reconciled(_) | Outcome::Described { .. },
        ) => AnsiColor::Green,
        Ok(Outcome::Skipped(_) | Outcome::Duplicate) => AnsiColor::Yellow,
        Err(_) => AnsiColor::Red,
    };
    let mut facts = Vec::new();
    if let Err(error) = &attempt.result {
        facts.push(format!("{} {}", error.class(), error.code()));
    }
    if let Some(rule) = attempt.rule() {
        facts.push(format!("rule {rule}"));
    }
    if !attempt.degraded().is_empty() {
        facts.push(format!("incomplete: {}", attempt.degraded().join(", ")));
    }
    if attempt.okta_calls > 0 {
        facts.push(format!("{} to Okta", text::count(attempt.okta_calls, "call")));
    }
    let facts = if facts.is_empty() { String::new() } else { format!(" [{}]", facts.join(", ")) };
    let color = style(color);
    terminal::println!("  {color}{}{color:#}{facts}", place.sentence(attempt));
    let yellow = style(AnsiColor::Yellow);
    let lack = attempt.degradation().and_then(Degradation::warning);
    for warning in attempt.warnings.iter().chain(&lack) {
        terminal::println!("  {yellow}warning:{yellow:#} {warning}");
    }
    if let Some(note) = note {
        terminal::println!("  {yellow}note:{yellow:#} {note}");
    }
}

/// Prints the function's answer or error, the message and the event's name, on one line.
pub(super) fn print_json(
    name: &str,
    attempt: &Attempt,
    place: &Place,
    note: Option<&str>,
    deployment: &Deployment,
) {
    let mut line = match attempt.answer(deployment) {
        Ok(answer) => answer,
        Err(error) => json!({
            "outcome": attempt.name(), "errorType": error.class().as_str(), "errorMessage": error.message(),
        }),
    };
    line["file"] = name.into();
    line["simulated"] = place.is_simulator().into();
    line["okta_calls"] = attempt.okta_calls.into();
    if let Some(message) = attempt.message() {
        line["message"] = Value::from(message.as_str());
    }
    if let Some(note) = note {
        line["note"] = note.into();
    }
    terminal::print_json(&line);
}
