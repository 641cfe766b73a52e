//! The promises, judged when the day is over. Each is stated here once, and checked against the truth of the world
//! around the program; the program's own words are believed about nothing, and must agree with what happened.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::day::{Day, Outcome};
use super::household::Household;
use super::lambda::{Delivery, Fate, Matter};
use super::oracle::case::Case;
use super::oracle::people::GONE;
use super::oracle::view::Verdict;
use super::oracle::whom::Whom;
use super::sentences;
use super::truth::{End, Invocation, Message, Number, Post, Reply, Truth, Write};

/// What the policy wants for a request, by the oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Message,
    /// No message.
    Nothing,
    /// A failure: nobody can say whom it is about.
    Failure,
}

fn wanted(day: &Day, truth: &Truth, household: &Household) -> Wanted {
    if !day.lost.borrow().contains(&household.number) && !was_withheld_by_list(truth, household) {
        return wanted_of(day, household, &household.case);
    }
    let mut listed = household.case.clone();
    sentences::as_listed(&mut listed);
    wanted_of(day, household, &listed)
}

/// Whether the housekeeping came before a late event, and found that no message is wanted.
fn was_withheld_by_list(truth: &Truth, household: &Household) -> bool {
    let record = truth.table.get(&household.id).filter(|record| record.state == "withheld");
    record.and_then(|record| truth.of(record.by)).is_some_and(|by| by.is_housekeeping)
}

fn wanted_of(day: &Day, household: &Household, case: &Case) -> Wanted {
    if day.by_default_policy {
        return if Whom::of(case) == Whom::Unknown { Wanted::Failure } else { Wanted::Message };
    }
    super::oracle::people::set_now(household.raised);
    match Verdict::of(case) {
        Verdict::Message(_) => Wanted::Message,
        Verdict::Withheld => Wanted::Nothing,
        Verdict::Fails => Wanted::Failure,
    }
}

/// Whether the request was ever raised.
fn is_raised(truth: &Truth, household: &Household) -> bool {
    truth.raised.contains_key(&household.id)
}

fn messages<'a>(truth: &'a Truth, household: &'a Household) -> impl Iterator<Item = &'a Message> {
    // Of two requests the event is about the older.
    let is_of_event = |message: &&Message| !household.is_double || message.id != household.id;
    truth.messages.iter().filter(|message| household.has_id(&message.id)).filter(is_of_event)
}

/// Whether a process to which Okta refused something found nothing to look at: a message is silent about rights.
fn was_withheld_without_rights(truth: &Truth, household: &Household) -> bool {
    truth.table.get(&household.id).is_some_and(|record| {
        let process = truth.of(record.by).map(|by| by.process);
        record.state == "withheld" && truth.refused.keys().any(|(refused, _)| Some(*refused) == process)
    })
}

/// Whether a post on the request was answered with success, and Okta has no message: somebody between them answered.
fn was_told_posted(truth: &Truth, household: &Household) -> bool {
    let has_message = messages(truth, household).next().is_some();
    let posts = truth.invocations.iter().flat_map(|invocation| &invocation.posts);
    !has_message && posts.clone().any(|post| household.has_id(&post.id) && post.reply.is_success())
}

/// Whether no attempt can succeed: the list names a deleted account alone, or a rule requires what the credential may
/// not read, which a process remembers for an hour.
fn fails_for_good(day: &Day, truth: &Truth, household: &Household) -> bool {
    let names_deleted = format!("{:?}", household.case).contains(GONE);
    let is_lost = day.lost.borrow().contains(&household.number) && !household.case.ask.is_v2;
    let lacks_required = |invocation: &Invocation| matches!(&invocation.ended, Some(End::Failed { message, .. }) if message.ends_with("[section-required]"));
    (is_lost && names_deleted) || truth.invocations.iter().any(lacks_required)
}

/// Whether an open request has no message although it is to have one.
pub(crate) fn lacks_message(day: &Day, household: &Household) -> bool {
    let is_open = !day.closed.borrow().contains_key(&household.number);
    let truth = day.scene.truth();
    let is_open = is_open && is_raised(&truth, household);
    // Nothing shows it.
    let is_hidden = !household.case.ask.is_v2
        && day.scene.rights.lacks_older
        && day.lost.borrow().contains(&household.number);
    // By its older id it is another request for the policy.
    let ids = household.older_id.iter().filter_map(|id| truth.table.get(id));
    let is_hidden = is_hidden || household.is_double && day.lost.borrow().contains(&household.number);
    let is_hidden = is_hidden || was_withheld_without_rights(&truth, household);
    let is_hidden = is_hidden || was_told_posted(&truth, household) || fails_for_good(day, &truth, household);
    if is_hidden || !household.agrees() || ids.into_iter().any(|record| record.state == "withheld") {
        return false;
    }
    is_open
        && wanted(day, &truth, household) == Wanted::Message
        && messages(&truth, household).next().is_none()
}

/// The invocations that ended without the table knowing what became of their claim on the request.
fn doubts(truth: &Truth, household: &Household) -> usize {
    let in_doubt = |invocation: &&Invocation| {
        let own = invocation.writes.iter().filter(|write| write.ids.iter().any(|id| household.has_id(id)));
        let states: Vec<&str> = own.map(|write| write.state.as_str()).collect();
        let is_settled = |state: &&str| matches!(*state, "posted" | "released" | "withheld");
        states.contains(&"claimed") && !states.last().is_some_and(is_settled)
    };
    truth.invocations.iter().filter(in_doubt).count()
}

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
        broken.extend(of_invocation(&truth, at + 1, invocation));
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
            // Nobody has some of the ids.
            it.get("code").is_some_and(|code| code != "okta-not-found")
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

/// At most two messages, two only in doubt, a further one only where an operator insisted; those that the policy wants,
/// on the right request, and true.
fn of_request(day: &Day, household: &Household, judged: &mut usize) -> Vec<String> {
    let truth = day.scene.truth();
    let mut broken = Vec::new();
    let (number, id) = (household.number, &household.id);
    let stand: Vec<&Message> = messages(&truth, household).collect();
    let by = |message: &Message| truth.of(message.by);
    let insisted = stand.iter().filter(|it| by(it).is_some_and(|by| by.insists)).count();
    let doubts = doubts(&truth, household);
    if stand.len() > 2 + insisted {
        broken.push(format!("request {number}, {id}, has {} messages", stand.len()));
    }
    // Just when a right is granted, two attempts may know the request by different ids.
    let granted = |message: &&Message| {
        let after = day.scene.at(message.at).duration_since(day.scene.at_start());
        after.as_secs().abs_diff(i64::try_from(day.scene.rights.newer_from.as_secs()).unwrap()) < 60
    };
    let at_a_grant = household.older_id.is_some() && stand.iter().all(granted);
    // Okta refused to say which newer request is the event's; docs/faults.md has this limit.
    let is_unproven = |message: &&Message| {
        by(message).is_some_and(|by| by.lines.iter().any(|line| line["resolution"] == "unproven"))
    };
    let at_a_grant = at_a_grant || stand.iter().any(is_unproven);
    if stand.len() > 1 && doubts == 0 && insisted == 0 && !at_a_grant {
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
    let wanted = wanted(day, &truth, household);
    let mut listed = household.case.clone();
    sentences::as_listed(&mut listed);
    for message in truth.messages.iter().filter(|message| household.has_id(&message.id)) {
        let Some(by) = truth.of(message.by) else { continue };
        let wanted = if by.is_housekeeping { wanted_of(day, household, &listed) } else { wanted };
        // What comes after a freeze comes too late.
        let whole = !by.frozen && by.reads.values().all(|reply| reply.is_whole());
        let is_another_s = household.is_double && message.id == household.id;
        if is_another_s && !by.is_housekeeping {
            broken.push(format!("a message about another request stands on {id}"));
        }
        if is_another_s {
            continue;
        }
        let wanted_is_known = message.id == household.id && household.agrees();
        if wanted_is_known && (wanted == Wanted::Failure || wanted == Wanted::Nothing && whole && !by.insists)
        {
            broken.push(format!("request {number}, {id}, has a message, and the policy wants {wanted:?}"));
            continue;
        }
        if let Some(other) = another_household(&message.text, number) {
            broken.push(format!("the message on request {number}, {id}, tells of household {other}"));
        }
        if let Some(faults) = sentences::faults(day, &truth, household, message, by) {
            *judged += 1;
            if !faults.is_empty() {
                let (by, text) = (message.by, &message.text);
                broken.push(format!("the message of invocation {by} on request {number}, {id}, is not true: {faults:#?}\n{text}"));
            }
        }
    }
    broken
}

/// The number of another household whose mark stands in the text.
fn another_household(text: &str, own: usize) -> Option<usize> {
    let marks = [
        "Zq",
        "Qs",
        "Qm",
        "Qt",
        "Qo",
        "00uSubjec",
        "00uManage",
        "00uStrang",
        "00uOther0",
        "00gGroup",
        "0oaApp",
    ];
    let of_mark = |mark: &str| -> Vec<usize> {
        let after = text.match_indices(mark).map(|(at, _)| &text[at + mark.len()..]);
        after.filter_map(|rest| rest.get(..3)?.parse().ok()).collect()
    };
    marks.iter().flat_map(|mark| of_mark(mark)).find(|number| *number != own)
}

/// The record, the log line and the outcome event agree with what happened.
fn of_invocation(truth: &Truth, number: Number, invocation: &Invocation) -> Vec<String> {
    let mut broken = Vec::new();
    let Some(end) = &invocation.ended else { return vec![format!("invocation {number} never ended")] };
    let outcome = match end {
        End::Answered(answer) => answer["outcome"].as_str().unwrap_or_default().to_owned(),
        End::Failed { .. } => "failed".to_owned(),
        End::Killed | End::OutOfTime => {
            if matches!(end, End::OutOfTime) && !invocation.frozen {
                broken.push(format!("invocation {number} was still at work when Lambda stopped it"));
            }
            return broken;
        }
    };
    if invocation.is_housekeeping && matches!(end, End::Answered(_)) {
        let is_list = |name: &str| {
            name.starts_with("GET /governance/api/v") && name.contains("/requests?filter=lastUpdated")
        };
        let lists = invocation.reads.iter().filter(|(name, _)| is_list(name));
        for (name, reply) in lists.filter(|(_, reply)| !reply.is_whole() && !reply.refuses_list()) {
            broken.push(format!("housekeeping {number} ends well, and {name} came to {reply:?}"));
        }
    }
    let posted = invocation.posts.iter().filter(|post| post.reply.is_success()).count();
    if !invocation.is_housekeeping && (outcome == "posted") != (posted > 0) {
        broken.push(format!("invocation {number} ends as {outcome:?}, and {posted} of its posts succeeded"));
    }
    broken.extend(of_lines(number, invocation, &outcome));
    broken.extend(of_events(number, invocation, &outcome));
    if !invocation.table_failed && !invocation.frozen {
        broken.extend(of_records(truth, number, invocation));
    }
    broken.extend(of_patience(truth, number, invocation));
    broken.extend(of_reads(truth, number, invocation));
    broken.extend(of_credential(truth, number, invocation));
    broken
}

fn of_lines(number: Number, invocation: &Invocation, outcome: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let own = if invocation.is_housekeeping { invocation.lines.last() } else { invocation.lines.first() };
    if own.is_none_or(|line| line["outcome"] != outcome) {
        broken.push(format!("invocation {number} ends as {outcome:?}, and its log line is {own:?}"));
    }
    if !invocation.is_housekeeping && invocation.lines.len() != 1 {
        broken.push(format!("invocation {number} wrote {} log lines", invocation.lines.len()));
    }
    let posted = invocation.posts.iter().filter(|post| post.reply.is_success()).count();
    let told = invocation.lines.iter().filter(|line| line["outcome"] == "posted").count();
    if told != posted {
        broken.push(format!("invocation {number} logs {told} messages, and {posted} of its posts succeeded"));
    }
    for post in &invocation.posts {
        let of_this = |line: &&Value| line["request_id"] == post.id.as_str();
        let line = invocation.lines.iter().find(of_this);
        // The line of a panic names no request.
        let says_doubt = line.is_none_or(|line| line["Doubtful"] == 1 && line["level"] != "INFO");
        let may_stand = !post.reply.is_known_refusal();
        if post.is_second && may_stand && !says_doubt {
            broken.push(format!(
                "invocation {number} posts a second message, and its log line does not say so"
            ));
        }
    }
    if let Some(End::Failed { class, message }) = &invocation.ended {
        let code = message.rsplit_once('[').and_then(|(_, code)| code.strip_suffix(']'));
        let is_code =
            code.is_some_and(|code| !code.is_empty() && own.is_some_and(|line| line["code"] == code));
        let passes = code.is_some_and(|code| PASSING.contains(&code));
        let passing_class = if class == "Retryable" { passes || is_young_or_required(code) } else { !passes };
        if !passing_class {
            broken.push(format!("invocation {number} fails as {class}: {message}"));
        }
        if !is_code || !matches!(class.as_str(), "Retryable" | "Permanent") {
            broken.push(format!("invocation {number} fails without class and code: {class}: {message}"));
        }
    }
    broken
}

fn of_events(number: Number, invocation: &Invocation, outcome: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if invocation.bus_failed || invocation.frozen {
        return broken;
    }
    let told: Vec<_> =
        invocation.events.iter().map(|event| event["outcome"].as_str().unwrap_or_default()).collect();
    if !invocation.is_housekeeping && told != [outcome] {
        broken.push(format!("invocation {number} ends as {outcome:?}, and its outcome events say {told:?}"));
    }
    let posted = invocation.posts.iter().filter(|post| post.reply.is_success()).count();
    if told.iter().filter(|outcome| **outcome == "posted").count() != posted {
        broken.push(format!(
            "the outcome events of invocation {number} say {told:?}, and {posted} of its posts succeeded"
        ));
    }
    broken
}

/// A young request may be known soon, and what a rule requires may be read soon.
fn is_young_or_required(code: Option<&str>) -> bool {
    matches!(code, Some("okta-not-found" | "okta-conflict" | "section-required" | "okta-client-refused"))
}

/// Codes of failures that pass by themselves.
const PASSING: [&str; 12] = [
    "okta-rate-limited",
    "okta-unavailable",
    "okta-unreachable",
    "okta-timed-out",
    "okta-read-only",
    "okta-unreadable",
    "out-of-time",
    "secret-unreachable",
    "ledger-unreachable",
    "request-in-progress",
    "post-held-back",
    "no-randomness",
];

/// Who fails for want of a credential had no better one: neither the one in use nor the one that is stored.
fn of_credential(truth: &Truth, number: Number, invocation: &Invocation) -> Option<String> {
    let Some(End::Failed { message, .. }) = &invocation.ended else { return None };
    let before = |moment: &Instant| *moment < invocation.began;
    if message.ends_with("[okta-unauthorized]") && invocation.token.is_empty() && invocation.token_calls == 0
    {
        return Some(format!("invocation {number} fails without having asked for another access token"));
    }
    let process = invocation.process;
    let has_one = truth.first_got_secret.get(&process).is_some_and(before);
    let refused = truth.was_refused.get(&process).is_some_and(|at| !before(at));
    (message.ends_with("[secret-unreachable]") && has_one && !refused)
        .then(|| format!("invocation {number} fails for want of a credential, and process {process} has one"))
}

/// How long a message waits for what it can do without, and for its own way: three stages of eight seconds at most,
/// and a window of a rate limit.
const LONGEST_WAIT: Duration = Duration::from_secs(26 + 62);

/// A message does not wait for what it can do without, and a read that failed at once is sent again.
fn of_reads(truth: &Truth, number: Number, invocation: &Invocation) -> Vec<String> {
    let mut broken = Vec::new();
    if invocation.frozen || invocation.lacks_credential || invocation.is_housekeeping {
        return broken;
    }
    let Some(post) = invocation.posts.first() else { return broken };
    if !post.is_second
        && !invocation.may_hold_back
        && !truth.posts_were_limited(invocation.process)
        && post.at > invocation.ready_at + LONGEST_WAIT
    {
        let late = (post.at - invocation.ready_at).as_secs();
        broken.push(format!("invocation {number} posts {late} s after it could"));
    }
    if invocation.may_hold_back {
        return broken;
    }
    for (name, (tries, at)) in invocation.tries.iter().filter(|(name, _)| !name.contains("well-known")) {
        let reply = invocation.reads.get(name).copied().unwrap_or(Reply::None);
        let passes = match reply {
            Reply::Refused | Reply::Broken => true,
            Reply::Status { status, .. } => matches!(status, 500 | 502 | 503 | 504),
            Reply::None => false,
        };
        if passes
            && *tries == 1
            && *at < invocation.began + Duration::from_secs(2)
            && post.at > *at + Duration::from_secs(3)
        {
            broken.push(format!("invocation {number} sends {name} once, which came to {reply:?}"));
        }
    }
    broken
}

/// Who knows of its claim tells the table what became of it, as long as there is time.
fn of_patience(truth: &Truth, number: Number, invocation: &Invocation) -> Option<String> {
    let has_panicked =
        matches!(&invocation.ended, Some(End::Failed { message, .. }) if message.ends_with("[panicked]"));
    let had_time = invocation.ended_at? + Duration::from_secs(3) < invocation.limit;
    if !invocation.knows_its_claim || has_panicked || !had_time || invocation.is_housekeeping {
        return None;
    }
    let claimed = |record: &&Write| record.state == "claimed" && record.by == number;
    let Some(left) = truth.table.values().find(claimed) else {
        let stands = |post: &&Post| post.reply.is_success();
        let post = invocation.posts.iter().find(stands).filter(|_| !invocation.table_failed)?;
        let says = truth.table.get(&post.id).map(|record| record.state.as_str());
        return (says != Some("posted"))
            .then(|| format!("invocation {number} posted on {}, and its record is {says:?}", post.id));
    };
    Some(format!("invocation {number} had time, and leaves its claim on {:?} as it is", left.ids))
}

/// What an undisturbed invocation leaves in the table.
fn of_records(truth: &Truth, number: Number, invocation: &Invocation) -> Vec<String> {
    let mut broken = Vec::new();
    let claimed = invocation.writes.iter().filter(|write| write.state == "claimed");
    for id in claimed.flat_map(|write| &write.ids) {
        let last = invocation
            .writes
            .iter()
            .rev()
            .find(|write| write.ids.contains(id))
            .map(|write| write.state.as_str());
        let is_alias = !invocation.posts.iter().any(|post| post.id == *id) && !invocation.posts.is_empty();
        if is_alias || invocation.is_housekeeping && truth.invocations.is_empty() {
            continue;
        }
        let replies: Vec<_> =
            invocation.posts.iter().filter(|post| post.id == *id).map(|post| post.reply).collect();
        let has_panicked =
            matches!(&invocation.ended, Some(End::Failed { message, .. }) if message.ends_with("[panicked]"));
        let right: &[&str] = if has_panicked {
            continue;
        } else if replies.iter().any(|reply| reply.is_success()) {
            &["posted"]
        } else if replies.iter().all(|reply| reply.is_known_refusal()) {
            &["released", "withheld"]
        } else {
            &["in-doubt"]
        };
        if !last.is_some_and(|state| right.contains(&state)) {
            broken
                .push(format!("invocation {number} leaves {id} as {last:?}, and its posts met {replies:?}"));
        }
    }
    broken
}

/// Every event ends in its message, in nothing where nothing is wanted, or in a dead letter with its reason.
fn of_delivery(day: &Day, truth: &Truth, number: usize, delivery: &Delivery) -> Vec<String> {
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
            let in_time = |message: &&Message| ended.is_some_and(|ended| message.at <= ended);
            let stand = messages(truth, household).filter(in_time).count();
            let wanted = wanted(day, truth, household);
            let is_closed = day.closed.borrow().contains_key(&household.number);
            let agrees = match (answer["outcome"].as_str(), answer["code"].as_str()) {
                (Some("posted" | "duplicate"), _) => stand > 0 || was_told_posted(truth, household),
                (Some("skipped"), Some("request-closed")) => is_closed,
                (Some("skipped"), Some("rule-says-none" | "nothing-to-look-at" | "no-rule-matches")) => {
                    was_withheld_without_rights(truth, household)
                        || wanted == Wanted::Nothing
                        || household.older_id.is_some()
                        || !household.agrees()
                }
                _ => false,
            };
            if !agrees {
                broken.push(format!("delivery {number} about request {} ends with {answer}, and {stand} messages stand; the policy wants {wanted:?}", household.number));
            }
        }
    }
    broken
}
