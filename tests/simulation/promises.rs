//! The promises, judged when the day is over. Each is stated here once, and checked against the truth of the world
//! around the program; the program's own words are believed about nothing, and must agree with what happened.

mod by_hand;
mod deliveries;
mod invocations;
mod requests;
mod wanted;

use self::deliveries::of_delivery;
use self::invocations::of_invocation;
use self::requests::of_request;
pub(crate) use self::wanted::lacks_message;
use self::wanted::{Wanted, doubts, messages, wanted};
use super::day::{Day, Outcome};
use super::household::Household;
use super::lambda::{Fate, Matter};
use super::truth::Truth;

/// Every event ends in its message, once all faults have ended: only where two attempts ended in doubt an operator has
/// to look.
pub(crate) fn judge_without_insisting(day: &Day) {
    for household in &day.households {
        let lacks = lacks_message(day, household);
        let mut truth = day.scene.truth();
        if lacks && doubts(&truth, household) < 2 {
            let (number, id) = (household.number, &household.id);
            truth.breaks(format!("request {number}, {id}, has no message although all faults ended"));
        }
    }
}

/// Judges the day.
pub(crate) fn judge(day: &Day) -> Outcome {
    let mut broken = Vec::new();
    let mut judged = 0;
    for household in &day.households {
        broken.extend(of_request(day, household, &mut judged));
    }
    let truth = day.scene.truth();
    for (at, invocation) in truth.invocations.iter().enumerate() {
        broken.extend(match &invocation.by_hand {
            Some(what) => by_hand::of_work(day, &truth, at + 1, invocation, what),
            None => of_invocation(&truth, at + 1, invocation),
        });
    }
    for (number, delivery) in day.lambda.deliveries.borrow().iter().enumerate() {
        broken.extend(of_delivery(day, &truth, number, delivery));
    }
    broken.extend(of_evening(day, &truth));
    // A call that arrives minutes later has an old proof.
    let complaints = day.scene.okta.complaints().into_iter().filter(|what| !what.contains("'iat' claim"));
    broken.extend(complaints.map(|what| format!("Okta complains: {what}")));
    let letters = day.lambda.deliveries.borrow();
    let letters = letters.iter().filter(|it| matches!(it.fate, Some(Fate::Letter { .. }))).count();
    let counted = |household: &Household| messages(&truth, household).count();
    Outcome {
        events: day.lambda.deliveries.borrow().len(),
        invocations: truth.invocations.len(),
        calls: truth.calls,
        messages: truth.messages.len(),
        second_messages: day.households.iter().filter(|it| counted(it) > 1).count(),
        letters,
        judged,
        late: truth
            .messages
            .iter()
            .filter(|message| message.text.contains("no answer from Okta in time"))
            .count(),
        broken: truth.broken.iter().cloned().chain(broken).collect(),
        story: day.scene.story.lines(),
    }
}

/// When all faults have ended, every process that is still alive serves an event by its first attempt, without doubt
/// and with nothing missing.
fn of_evening(day: &Day, truth: &Truth) -> Vec<String> {
    let mut broken = Vec::new();
    for number in day.evening.borrow().iter() {
        let delivery = &day.lambda.deliveries.borrow()[*number];
        let Matter::Request(household) = delivery.matter else { continue };
        let household = &day.households[household];
        if wanted(day, truth, household) != Wanted::Message || !household.agrees() {
            continue;
        }
        let first = delivery.attempts.first().and_then(|first| truth.of(*first));
        let line = first.and_then(|first| first.lines.first()).cloned().unwrap_or_default();
        let has_passing = line["degraded_details"].as_array().into_iter().flatten().any(|it| {
            // Nobody has some of the ids, and some labels have no name.
            let is_of_world = it["section"] == "labels" && !household.case.labels.are_readable();
            it.get("code").is_some_and(|code| code != "okta-not-found") && !is_of_world
        });
        let fate = &delivery.fate;
        if delivery.attempts.len() != 1 || line["outcome"] != "posted" || line["Doubtful"] != 0 || has_passing
        {
            broken.push(format!(
                "in the evening delivery {number} ends after {} attempts: {fate:?}: {line}",
                delivery.attempts.len()
            ));
        }
    }
    broken
}
