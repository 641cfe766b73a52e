//! What is promised of an invocation.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::super::call::bucket;
use super::super::invocation::{End, Invocation, Number, OutcomeEvent, Post, Reply, Write};
use super::super::truth::Truth;

/// The record, the log line and the outcome event agree with what happened.
pub(super) fn of_invocation(truth: &Truth, number: Number, invocation: &Invocation) -> Vec<String> {
    let mut broken = Vec::new();
    if invocation.says_it_panicked() && !invocation.met_bug {
        broken.push(format!("invocation {number} panics"));
    }
    let Some(end) = &invocation.ended else {
        broken.push(format!("invocation {number} never ended"));
        return broken;
    };
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
    if invocation.is_housekeeping {
        broken.extend(of_outage(number, invocation));
    }
    let posted = invocation.posts.iter().filter(|post| post.reply.is_success()).count();
    if !invocation.is_housekeeping && (outcome == "posted") != (posted > 0) {
        broken.push(format!("invocation {number} ends as {outcome:?}, and {posted} of its posts succeeded"));
    }
    broken.extend(of_lines(number, invocation, &outcome));
    broken.extend(of_events(number, invocation, &outcome));
    broken.extend(of_what_it_did(truth, number, invocation));
    broken
}

/// Where Okta takes no message, the housekeeping leaves the other requests of this generation to the next run.
fn of_outage(number: Number, invocation: &Invocation) -> Option<String> {
    let ends_it =
        |line: &&Value| matches!(line["code"].as_str(), Some("post-held-back" | "okta-rate-limited"));
    let goes_on = |api: &str| {
        let lines = invocation.lines.iter().filter(|line| line["api"] == api);
        lines.skip_while(|line| !ends_it(line)).nth(1)
    };
    let line = ["v1", "v2"].into_iter().find_map(goes_on)?;
    Some(format!("housekeeping {number} goes on although Okta takes no messages: {line}"))
}

/// What is promised of the records and calls of every invocation, whoever began it.
pub(super) fn of_what_it_did(truth: &Truth, number: Number, invocation: &Invocation) -> Vec<String> {
    let mut broken = Vec::new();
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
    let stands = |post: &&Post| post.reply.is_success();
    if let Some((post, line)) = invocation.posts.iter().find(stands).zip(own)
        && !invocation.is_housekeeping
        && line["request_id"] != post.id.as_str()
    {
        broken.push(format!("invocation {number} posts on {}, and its log line says {line}", post.id));
    }
    if let Some(End::Answered(answer)) = &invocation.ended
        && let Some(line) = own.filter(|_| outcome == "posted")
        && [&answer["request_id"], &answer["degraded"]] != [&line["request_id"], &line["degraded_sections"]]
    {
        broken.push(format!("invocation {number} ends with {answer}, and its log line says {line}"));
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
        if !is_of_its_class(class, message) {
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
        invocation.events.iter().map(|event| event.detail["outcome"].as_str().unwrap_or_default()).collect();
    if !invocation.is_housekeeping && told != [outcome] {
        broken.push(format!("invocation {number} ends as {outcome:?}, and its outcome events say {told:?}"));
    }
    for OutcomeEvent { detail_type, detail } in &invocation.events {
        let right = match detail["outcome"].as_str().unwrap_or_default() {
            "posted" => "Access Request Enriched",
            "failed" => "Access Request Enrichment Failed",
            _ => "Access Request Skipped",
        };
        if detail_type != right {
            broken.push(format!("invocation {number} sends an event of the type {detail_type:?}: {detail}"));
        }
        // Each says the same in its own way.
        let same = |line: &&Value| {
            let members = ["outcome", "request_id", "rule", "code"];
            let of_success = ["message_warnings", "checks_not_done"];
            let of_success = of_success.iter().filter(|_| detail["outcome"] != "failed");
            members.iter().chain(of_success).all(|member| line[member] == detail[member])
        };
        if !invocation.lines.iter().any(|line| same(&line)) {
            broken.push(format!(
                "no log line of invocation {number} says what its outcome event says: {detail}"
            ));
        }
    }
    let posted = invocation.posts.iter().filter(|post| post.reply.is_success()).count();
    if told.iter().filter(|outcome| **outcome == "posted").count() != posted {
        broken.push(format!(
            "the outcome events of invocation {number} say {told:?}, and {posted} of its posts succeeded"
        ));
    }
    broken
}

/// Whether a failure of this class and text is one that passes, or one that does not.
pub(super) fn is_of_its_class(class: &str, message: &str) -> bool {
    let code = message.rsplit_once('[').and_then(|(_, code)| code.strip_suffix(']'));
    let passes = code.is_some_and(|code| PASSING.contains(&code));
    if class == "Retryable" { passes || is_young_or_required(code) } else { !passes }
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
    if message.ends_with("[okta-unauthorized]")
        && invocation.has_valid_credential
        && !invocation.secret_failed
    {
        return Some(format!(
            "invocation {number} fails, and the secret holds a credential that Okta accepts"
        ));
    }
    let process = invocation.process;
    let has_one = truth.first_got_secret.get(&process).is_some_and(before);
    let refused = truth.was_refused.get(&process).is_some_and(|at| !before(at));
    (message.ends_with("[secret-unreachable]") && has_one && !refused)
        .then(|| format!("invocation {number} fails for want of a credential, and process {process} has one"))
}

/// How long a message waits for what it can do without, and for its own way: three stages of eight seconds at most, and
/// a claim.
const LONGEST_WAIT: Duration = Duration::from_secs(26 + 6);

/// How long it may also wait for a window of a rate limit.
const LONGEST_WINDOW: Duration = Duration::from_secs(62);

/// A message does not wait for what it can do without, and a read that failed at once is sent again.
fn of_reads(truth: &Truth, number: Number, invocation: &Invocation) -> Vec<String> {
    let mut broken = Vec::new();
    if invocation.frozen || invocation.lacks_credential || invocation.is_housekeeping {
        return broken;
    }
    let Some(post) = invocation.posts.first() else { return broken };
    let longest = LONGEST_WAIT + if invocation.met_limit { LONGEST_WINDOW } else { Duration::ZERO };
    if !post.is_second
        && !invocation.may_hold_back
        && !truth.posts_were_limited(invocation.process)
        && post.at > invocation.ready_at + longest
    {
        let late = (post.at - invocation.ready_at).as_secs();
        broken.push(format!("invocation {number} posts {late} s after it could"));
    }
    if invocation.may_hold_back {
        return broken;
    }
    let may_be_sent =
        |name: &&String| !name.contains("well-known") && !invocation.limited.contains(&bucket(name));
    for (name, (tries, at)) in invocation.tries.iter().filter(|(name, _)| may_be_sent(name)) {
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
    let had_time = invocation.ended_at? + Duration::from_secs(3) < invocation.limit;
    if !invocation.knows_its_claim || invocation.says_it_panicked() || !had_time || invocation.is_housekeeping
    {
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
    if invocation.says_it_panicked() {
        return broken;
    }
    let claimed = invocation.writes.iter().filter(|write| write.state == "claimed");
    for id in claimed.flat_map(|write| &write.ids) {
        let last = invocation
            .writes
            .iter()
            .rev()
            .find(|write| write.ids.contains(id))
            .map(|write| write.state.as_str());
        let is_told_by_another =
            truth.table.get(id).is_some_and(|record| record.state == "posted" && record.by != number);
        if is_told_by_another && last == Some("claimed") {
            continue;
        }
        let is_alias = !invocation.posts.iter().any(|post| post.id == *id) && !invocation.posts.is_empty();
        if is_alias {
            continue;
        }
        let replies: Vec<_> =
            invocation.posts.iter().filter(|post| post.id == *id).map(|post| post.reply).collect();
        let right: &[&str] = if replies.iter().any(|reply| reply.is_success()) {
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
