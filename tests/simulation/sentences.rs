//! Whether a message is true: the oracle of messages is told which calls of its invocation failed, and compares every
//! line. What it can't be told, it does not judge; `None` then.

use std::time::Duration;

use jiff::Timestamp;

use super::day::Day;
use super::household::Household;
use super::invocation::{Invocation, Message, Reply};
use super::oracle::asks::{V1, V2};
use super::oracle::case::Case;
use super::oracle::failures::{Call, How};
use super::oracle::judge;
use super::oracle::people::{GONE, MANAGER, OTHER, STRANGER, SUBJECT, set_now};
use super::truth::Truth;

/// Reasons that pass by themselves: the oracle knows them as one.
const PASSING: [&str; 12] = [
    "no answer from Okta in time",
    "no answer from Okta",
    "Okta's rate limit is used up",
    "Okta's answer could not be read",
    "Okta is in read-only mode",
    "Okta answered 500",
    "Okta answered 502",
    "Okta answered 504",
    "Okta answered 429",
    "Okta answered 409",
    "Okta answered 400",
    "no valid credential",
];
/// How long an invocation may take to its post until calls may have been left out.
const PATIENCE: Duration = Duration::from_millis(7400);
const KNOWN: &str = "Okta answered 503";

/// What is wrong with the message.
pub(crate) fn faults(
    day: &Day,
    truth: &Truth,
    household: &Household,
    message: &Message,
    by: &Invocation,
) -> Option<Vec<String>> {
    let ask = &household.case.ask;
    if by.is_by_list() && !ask.is_v2 && ask.people.len() > 1 {
        let people = ask.people.len();
        return Some(vec![format!(
            "the list names {people} people, and a message was posted about one of them"
        )]);
    }
    if day.by_default_policy || household.id != message.id || by.may_hold_back {
        return None;
    }
    let path = format!("/requests/{}", household.id);
    let mut reads = by.reads.iter().filter(|(name, _)| name.ends_with(&path));
    if !household.agrees() && (by.is_by_list() || !reads.any(|(_, reply)| reply.is_whole())) {
        return None;
    }
    let sure = failures(household, by, false)?;
    let perhaps = failures(household, by, true)?;
    let remembered = remembered(truth, household, message, by, &sure);
    let mut text = household.in_oracle_s_names(&message.text);
    for passing in PASSING {
        text = text.replace(passing, KNOWN);
    }
    // What differed may be the same now.
    let (one, two) = (format!("a name: {KNOWN}"), format!("a name: {KNOWN}; a name: {KNOWN}"));
    while text.contains(&two) {
        text = text.replace(&two, &one);
    }
    let mut case = household.case.clone();
    if by.is_by_list() {
        as_listed(&mut case);
    }
    // An operator who insists gets a message even if there is nothing to look at.
    if by.insists && case.rule.posting == "warnings" {
        case.rule.posting = "always";
    }
    let outcome = Ok(Some(text));
    let mut closest: Option<Vec<String>> = None;
    let with_remembered = some_of(&remembered).map(|some| [sure.clone(), some].concat());
    for failures in [sure.clone(), perhaps].into_iter().chain(with_remembered) {
        case.failures.0 = failures;
        // Their reason passes in the text above, so it must be the known one here.
        if !case.labels.are_readable() && case.failures.of(Call::Labels).is_none() {
            case.failures.0.push((Call::Labels, How::Unavailable));
        }
        for now in moments(day, message, by) {
            set_now(now);
            let faults = judge::faults(&case, &outcome);
            if faults.is_empty() {
                return Some(faults);
            }
            // The closest truth tells most.
            if closest.as_ref().is_none_or(|known| faults.len() < known.len()) {
                closest = Some(faults);
            }
        }
    }
    closest.filter(|_| !was_long(by))
}

/// Whether it took longer to the post than a message waits: that keeps later calls from being sent.
pub(crate) fn was_long(by: &Invocation) -> bool {
    by.posts.iter().any(|post| post.at - by.began > PATIENCE)
}

/// The event that a list makes up.
pub(crate) fn as_listed(case: &mut Case) {
    let ask = &mut case.ask;
    ask.from_okta = true;
    ask.event_conflicts = super::oracle::conflicts::Conflicts::NotSaid;
    if ask.is_v2 {
        ask.subject_line = None;
    } else {
        ask.event_by = ask.people.first().copied();
        ask.event_for = None;
    }
}

/// When the message may have been made.
fn moments(day: &Day, message: &Message, by: &Invocation) -> Vec<Timestamp> {
    let began = day.scene.at(by.began).checked_add(jiff::SignedDuration::from_millis(by.ahead)).unwrap();
    // Lambda may freeze a process right after it has handed over the event.
    if !by.is_housekeeping && !by.frozen {
        return vec![began];
    }
    let minutes = (message.at - by.began).as_secs() / 10 + 1;
    (0..=minutes).map(|number| began.checked_add(Duration::from_secs(10 * number)).unwrap()).collect()
}

/// The calls that failed, as the oracle names them; with `unanswered`, also those that nobody waited for.
/// `None` if it has no name for one, or if calls of one name failed and did not fail.
fn failures(household: &Household, by: &Invocation, unanswered: bool) -> Option<Vec<(Call, How)>> {
    const IDS: [&str; 5] = [SUBJECT, MANAGER, STRANGER, OTHER, GONE];
    let mut found: Vec<(Call, Option<How>)> = Vec::new();
    for (name, reply) in &by.reads {
        let how = match reply {
            Reply::None if !unanswered => None,
            reply if reply.is_whole() => None,
            Reply::Status { status: 200..300, .. } | Reply::None | Reply::Refused | Reply::Broken => {
                Some(How::Unavailable)
            }
            Reply::Status { status: 401, .. } => return None,
            Reply::Status { status: 403, .. } => Some(How::Forbidden),
            Reply::Status { status: 404, .. } => Some(How::NotFound),
            Reply::Status { .. } => Some(How::Unavailable),
        };
        let name = household.in_oracle_s_names(name);
        let Some(call) = call(&name, &IDS) else {
            // Somebody found by an address.
            if how.is_some() && !finds_requests(&name) {
                return None;
            }
            continue;
        };
        // Nobody has this id.
        if call == Call::Person(GONE) {
            if !matches!(how, None | Some(How::NotFound)) {
                return None;
            }
            continue;
        }
        match found.iter_mut().find(|(known, _)| *known == call) {
            Some((_, known)) if *known == how => {}
            Some(_) => return None,
            None => found.push((call, how)),
        }
    }
    Some(found.into_iter().filter_map(|(call, how)| Some((call, how?))).collect())
}

/// Every choice of some of these failures, all first.
fn some_of(failures: &[(Call, How)]) -> impl Iterator<Item = Vec<(Call, How)>> + '_ {
    let choices = 1u32 << failures.len().min(10);
    (1..choices).rev().map(|chosen| {
        let is_chosen = |at: usize| chosen >> at & 1 == 1;
        failures.iter().enumerate().filter(|(at, _)| is_chosen(*at)).map(|(_, it)| *it).collect()
    })
}

/// The calls that may have been left out because Okta had refused them to this process: for an hour it need not ask.
fn remembered(
    truth: &Truth,
    household: &Household,
    message: &Message,
    by: &Invocation,
    sure: &[(Call, How)],
) -> Vec<(Call, How)> {
    let sent: Vec<Call> =
        by.reads.keys().filter_map(|name| call(&household.in_oracle_s_names(name), &[])).collect();
    let posted = by.posts.iter().find(|post| post.id == message.id);
    let with = posted.map_or(&by.token, |post| &post.token);
    let of_process = truth.refused.iter().filter(|refused| {
        // Another credential may have other rights.
        let same = refused.token.as_ref().is_none_or(|token| token == with);
        refused.process == by.process && same && refused.is_known_at(message.at)
    });
    let mut found: Vec<(Call, How)> = Vec::new();
    for call in of_process.filter_map(|refused| call(&refused.call, &[])) {
        let is_known = sure.iter().chain(&found).any(|(known, _)| *known == call);
        if !sent.contains(&call) && !is_known {
            found.push((call, How::Forbidden));
        }
    }
    found
}

/// Whether a call lists requests to find one: the candidates for an event, five at most, or those that the housekeeping
/// looks through. No sentence tells of them.
fn finds_requests(name: &str) -> bool {
    name.contains("/requests?") && (name.ends_with("limit=5") || name.contains("lastUpdated"))
}

fn call(name: &str, ids: &[&'static str]) -> Option<Call> {
    let path = name.strip_prefix("GET ")?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    Some(match parts[..] {
        // The org's id is a part of every resource's name.
        [".well-known", ..] => Call::Labels,
        ["api", "v1", "users"] if query.contains("search") => Call::Search,
        ["api", "v1", "users", id] => Call::Person(*ids.iter().find(|known| **known == id)?),
        ["api", "v1", "users", _, "groups"] => Call::Groups,
        ["api", "v1", "users", _, "appLinks"] => Call::Links,
        ["api", "v1", "apps", _] => Call::App,
        ["api", "v1", "apps", _, "users"] => Call::AppUsers,
        ["api", "v1", "groups", _] => Call::Group,
        ["api", "v1", "groups", _, "users"] => Call::GroupUsers,
        ["governance", "api", _, "requests", id] if id == V1 || id == V2 => Call::Request,
        ["governance", "api", "v2", "requests"] if !finds_requests(name) => Call::Requests,
        ["governance", "api", "v1", "entitlement-bundles", _] => Call::Bundle,
        ["governance", "api", "v1", "grants"] => Call::Grants,
        ["governance", "api", "v1", "resource-labels"] => Call::Labels,
        ["governance", "api", "v2", "tasks"] => Call::Tasks,
        ["governance", "api", "v1", "request-types", _] => Call::RequestType,
        ["governance", "api", "v2", "catalogs", ..] => Call::Catalog,
        _ => return None,
    })
}
