//! What is promised of a delivery.

use serde_json::Value;
use tokio::time::Instant;

use super::super::day::Day;
use super::super::household::Household;
use super::super::invocation::End;
use super::super::lambda::{Delivery, Fate, Matter};
use super::super::truth::Truth;
use super::wanted::{Wanted, messages, told_posts, wanted, was_withheld_without_rights};

/// Every event ends in its message, in nothing where nothing is wanted, or in a dead letter with its reason.
pub(super) fn of_delivery(day: &Day, truth: &Truth, number: usize, delivery: &Delivery) -> Vec<String> {
    let mut broken = Vec::new();
    if delivery.matter == Matter::Nothing {
        for message in truth.messages.iter().filter(|message| delivery.attempts.contains(&message.by)) {
            broken.push(format!(
                "delivery {number}, which asks for nothing, leads to a message on {}",
                message.id
            ));
        }
    }
    match &delivery.fate {
        None => broken.push(format!("delivery {number} never ended")),
        Some(Fate::Letter { reason, .. }) => {
            let of_lambda = ["Runtime.", "Sandbox.", "the event was too old"];
            let has_reason = reason.ends_with(']') || of_lambda.iter().any(|known| reason.starts_with(known));
            let may_fail = match delivery.matter {
                Matter::Request(household) => {
                    let household = &day.households[household];
                    wanted(day, truth, household) == Wanted::Failure
                        || !household.agrees()
                        || reason.ends_with("[may-already-stand]")
                }
                Matter::Nothing | Matter::Housekeeping => true,
            };
            if !may_fail && day.scene.is_healed_at(delivery.sent) {
                broken.push(format!("delivery {number} fails although all faults have ended: {reason}"));
            }
            if !has_reason {
                broken.push(format!("the dead letter of delivery {number} has no reason: {reason:?}"));
            }
        }
        Some(Fate::Answered) => {
            let Some(End::Answered(answer)) =
                delivery.attempts.last().and_then(|it| truth.of(*it)?.ended.clone())
            else {
                return vec![format!("delivery {number} was answered by nobody")];
            };
            let Matter::Request(household) = delivery.matter else { return broken };
            let household = &day.households[household];
            let ended = delivery.attempts.last().and_then(|it| truth.of(*it)?.ended_at);
            let agrees = ended.is_some_and(|ended| {
                is_true(day, truth, household, &answer, ended)
                    || is_true_of_another(day, truth, delivery, household, &answer, ended)
            });
            if !agrees {
                let (stand, wanted) = (messages(truth, household).count(), wanted(day, truth, household));
                broken.push(format!("delivery {number} about request {} ends with {answer}, and {stand} messages stand; the policy wants {wanted:?}", household.number));
            }
        }
    }
    broken
}

/// Whether an answer says what is true of another request: the one whose id a forged event names.
fn is_true_of_another(
    day: &Day,
    truth: &Truth,
    delivery: &Delivery,
    household: &Household,
    answer: &Value,
    at: Instant,
) -> bool {
    let Some(id) = answer["request_id"].as_str() else { return false };
    let is_answered = matches!(answer["outcome"].as_str(), Some("posted" | "duplicate"));
    let is_named = !household.has_id(id) && delivery.payload.contains(id);
    let other = day.households.iter().find(|other| other.has_id(id));
    is_answered && is_named && other.is_some_and(|other| seems_posted(truth, other, at))
}

/// Whether a message stands on the request at this moment, or somebody before Okta had answered a post with success.
fn seems_posted(truth: &Truth, household: &Household, at: Instant) -> bool {
    messages(truth, household).any(|message| message.at <= at)
        || told_posts(truth, household).any(|post| post.at <= at)
}

/// Whether an answer that was given at this moment says what is true of the request.
pub(super) fn is_true(day: &Day, truth: &Truth, household: &Household, answer: &Value, at: Instant) -> bool {
    match (answer["outcome"].as_str(), answer["code"].as_str()) {
        (Some("posted" | "duplicate"), _) => seems_posted(truth, household, at),
        (Some("skipped"), Some("request-closed")) => day.closed.borrow().contains_key(&household.number),
        (Some("skipped"), Some("rule-says-none" | "nothing-to-look-at" | "no-rule-matches")) => {
            was_withheld_without_rights(truth, household)
                || wanted(day, truth, household) == Wanted::Nothing
                || household.older_id.is_some()
                || !household.agrees()
        }
        _ => false,
    }
}
