//! What is promised of a request.

use serde_json::Value;

use super::super::day::Day;
use super::super::household::Household;
use super::super::invocation::{Invocation, Message};
use super::super::sentences;
use super::wanted::{Wanted, doubts, lacks_message, messages, wanted_of};

/// At most two messages, two only in doubt, a further one only where an operator insisted; those that the policy wants,
/// on the right request, and true.
pub(super) fn of_request(day: &Day, household: &Household, judged: &mut usize) -> Vec<String> {
    let truth = day.scene.truth();
    let mut broken = Vec::new();
    let (number, id) = (household.number, &household.id);
    let stand: Vec<&Message> = messages(&truth, household).collect();
    let by = |message: &Message| truth.of(message.by);
    let insisted = stand.iter().filter(|it| by(it).is_some_and(|by| by.insists)).count();
    let doubts = doubts(&truth, household);
    // Just when a right is granted, two attempts may know the request by different ids.
    let granted = |message: &&Message| {
        let after = day.scene.at(message.at).duration_since(day.scene.at_start());
        after.as_secs().abs_diff(i64::try_from(day.scene.rights.newer_from.as_secs()).unwrap()) < 60
    };
    let at_a_grant = household.older_id.is_some() && stand.iter().all(granted);
    // Okta refused to say which newer request is the event's; docs/faults.md has this limit.
    let is_unproven = |message: &&Message| {
        let of_message = |line: &Value| line["request_id"] == message.id.as_str();
        let says = |by: &Invocation| {
            by.lines.iter().any(|line| of_message(line) && line["resolution"] == "unproven")
        };
        household.older_id.as_ref() == Some(&message.id) && by(message).is_some_and(says)
    };
    let is_unproven = stand.iter().any(is_unproven);
    if stand.len() > 2 + insisted + usize::from(is_unproven) {
        broken.push(format!("request {number}, {id}, has {} messages", stand.len()));
    }
    if stand.len() > 1 && doubts == 0 && insisted == 0 && !at_a_grant && !is_unproven {
        broken.push(format!(
            "request {number}, {id}, has {} messages, and no attempt ended in doubt",
            stand.len()
        ));
    }
    drop(truth);
    if lacks_message(day, household) {
        broken.push(format!("request {number}, {id}, has no message although an operator insisted"));
    }
    let truth = day.scene.truth();
    let mut listed = household.case.clone();
    sentences::as_listed(&mut listed);
    for message in truth.messages.iter().filter(|message| household.has_id(&message.id)) {
        let Some(by) = truth.of(message.by) else { continue };
        let told = if by.is_by_list() { &listed } else { &household.case };
        let wanted = wanted_of(day, household, told);
        // What comes after a freeze comes too late, and what is held back not at all.
        let whole = !by.frozen
            && !by.may_hold_back
            && !sentences::was_long(by)
            && by.reads.values().all(|reply| reply.is_whole());
        let is_another_s = household.is_double && message.id == household.id;
        if is_another_s && !by.is_by_list() {
            broken.push(format!("a message about another request stands on {id}"));
        }
        if is_another_s {
            continue;
        }
        let wanted_is_known = message.id == household.id && household.agrees();
        if wanted_is_known && (wanted == Wanted::Failure || wanted == Wanted::Nothing && whole && !by.insists)
        {
            let text = &message.text;
            broken.push(format!(
                "request {number}, {id}, has a message, and the policy wants {wanted:?}: {text}"
            ));
            continue;
        }
        if let Some(other) = another_household(&message.text, number) {
            broken.push(format!("the message on request {number}, {id}, tells of household {other}"));
        }
        if let Some(faults) = sentences::faults(day, &truth, household, message, by) {
            *judged += 1;
            broken.extend(of_count(message, by));
            if !faults.is_empty() {
                let (by, text) = (message.by, &message.text);
                broken.push(format!("the message of invocation {by} on request {number}, {id}, is not true: {faults:#?}\n{text}"));
            }
        }
    }
    broken
}

/// The log line counts the warnings of the message. Those without a place in it are counted there, too.
fn of_count(message: &Message, by: &Invocation) -> Option<String> {
    let is_own = |line: &&Value| line["outcome"] == "posted" && line["request_id"] == message.id.as_str();
    let line = by.lines.iter().find(is_own)?;
    let told: u64 = line["message_warnings"].as_object()?.values().filter_map(Value::as_u64).sum();
    let lines: Vec<&str> = message.text.lines().skip_while(|line| !line.starts_with("WARNING: ")).collect();
    let shown = lines.iter().take_while(|line| line.starts_with("WARNING: ")).count();
    let more =
        lines.get(shown).and_then(|line| line.strip_prefix("and ")?.strip_suffix(" more")?.parse().ok());
    let stand = shown as u64 + more.unwrap_or(0);
    (told != stand).then(|| {
        let (number, text) = (message.by, &message.text);
        format!("invocation {number} counts {told} warnings, and its message has {stand}:\n{text}")
    })
}

/// The number of another household whose mark stands in the text.
fn another_household(text: &str, own: usize) -> Option<usize> {
    let marks =
        ["Qs", "Qm", "Qt", "Qo", "00uSubjec", "00uManage", "00uStrang", "00uOther0", "00gGroup", "0oaApp"];
    let of_mark = |mark: &str| -> Vec<usize> {
        let after = text.match_indices(mark).map(|(at, _)| &text[at + mark.len()..]);
        after.filter_map(|rest| rest.get(..3)?.parse().ok()).collect()
    };
    marks.iter().flat_map(|mark| of_mark(mark)).find(|number| *number != own)
}
