//! What a request is to end in, and what it has.

use tokio::time::Instant;

use super::super::day::Day;
use super::super::household::Household;
use super::super::invocation::{Invocation, Message, Number, Post, Write};
use super::super::oracle::case::Case;
use super::super::oracle::people::{GONE, set_now};
use super::super::oracle::view::Verdict;
use super::super::oracle::whom::Whom;
use super::super::sentences;
use super::super::truth::Truth;

/// What the policy wants for a request, by the oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Message,
    /// No message.
    Nothing,
    /// A failure: nobody can say whom it is about.
    Failure,
}

pub(super) fn wanted(day: &Day, truth: &Truth, household: &Household) -> Wanted {
    if !day.lost.borrow().contains(&household.number) && !was_withheld_by_list(truth, household) {
        return wanted_of(day, household, &household.case);
    }
    let mut listed = household.case.clone();
    sentences::as_listed(&mut listed);
    wanted_of(day, household, &listed)
}

/// Whether the housekeeping or an operator came before a late event, and found that no message is wanted.
fn was_withheld_by_list(truth: &Truth, household: &Household) -> bool {
    let record = truth.table.get(&household.id).filter(|record| record.state == "withheld");
    record.and_then(|record| truth.of(record.by)).is_some_and(Invocation::is_by_list)
}

pub(super) fn wanted_of(day: &Day, household: &Household, case: &Case) -> Wanted {
    if day.by_default_policy {
        return if Whom::of(case) == Whom::Unknown { Wanted::Failure } else { Wanted::Message };
    }
    set_now(household.raised);
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

pub(super) fn messages<'a>(truth: &'a Truth, household: &'a Household) -> impl Iterator<Item = &'a Message> {
    // Of two requests the event is about the older.
    let is_of_event = |message: &&Message| !household.is_double || message.id != household.id;
    truth.messages.iter().filter(|message| household.has_id(&message.id)).filter(is_of_event)
}

/// Whether a process to which Okta refused something found nothing to look at: a message is silent about rights.
pub(super) fn was_withheld_without_rights(truth: &Truth, household: &Household) -> bool {
    let record = truth.table.get(&household.id).filter(|record| record.state == "withheld");
    record.is_some_and(|record| lacked_rights(truth, record.by, record.at))
}

/// Whether the process of an invocation may know at this moment of something that Okta does not show to it.
fn lacked_rights(truth: &Truth, number: Number, moment: Instant) -> bool {
    let process = truth.of(number).map(|by| by.process);
    truth.refused.iter().any(|refused| Some(refused.process) == process && refused.is_known_at(moment))
}

/// Whether a post on the request was answered with success, and Okta has no message: somebody between them answered.
pub(super) fn was_told_posted(truth: &Truth, household: &Household) -> bool {
    messages(truth, household).next().is_none() && told_posts(truth, household).next().is_some()
}

/// The posts on the request that were answered with success, perhaps by somebody before Okta.
pub(super) fn told_posts<'a>(truth: &'a Truth, household: &'a Household) -> impl Iterator<Item = &'a Post> {
    let posts = truth.invocations.iter().flat_map(|invocation| &invocation.posts);
    posts.filter(|post| household.has_id(&post.id) && post.is_made_up && post.reply.is_success())
}

/// Whether no attempt can succeed: the list names a deleted account alone.
fn fails_for_good(day: &Day, household: &Household) -> bool {
    let names_deleted = format!("{:?}", household.case).contains(GONE);
    let is_lost = day.lost.borrow().contains(&household.number) && !household.case.ask.is_v2;
    is_lost && names_deleted
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
    let is_hidden = is_hidden || was_told_posted(&truth, household) || fails_for_good(day, household);
    if is_hidden || !household.agrees() || ids.into_iter().any(|record| record.state == "withheld") {
        return false;
    }
    is_open
        && wanted(day, &truth, household) == Wanted::Message
        && messages(&truth, household).next().is_none()
}

/// The invocations that ended without the table knowing what became of their claim on the request.
pub(super) fn doubts(truth: &Truth, household: &Household) -> usize {
    let in_doubt = |invocation: &&Invocation| {
        let own = || invocation.writes.iter().filter(|write| write.ids.iter().any(|id| household.has_id(id)));
        // The record of an end that arrives after it tells nobody in time.
        let in_time = |write: &&Write| invocation.ended_at.is_none_or(|ended| write.at <= ended);
        let is_settled = |write: &Write| matches!(write.state.as_str(), "posted" | "released" | "withheld");
        // Nobody stops an operator's process that was frozen. Meanwhile nobody knew how it would end.
        let is_late = invocation.by_hand.is_some() && invocation.ended_at > Some(invocation.limit);
        own().any(|write| write.state == "claimed")
            && (is_late || !own().rfind(in_time).is_some_and(is_settled))
    };
    truth.invocations.iter().filter(in_doubt).count()
}
