//! The protocol of the ledger: the records that a claim, a completion or a release writes, depending on the
//! stored ones. It is pure: no call, no clock. `tests/ledger/model.rs` runs every order of crashes, lost
//! answers and retries through it.
//!
//! A request has a [`Record`] under each of its ids. The copies are equal and always written together, so any
//! of the ids leads to the record. A [`View`] is what one attempt believes to be stored. A write succeeds
//! only if the view is true; otherwise the refusal returns the stored records.
//!
//! The promise, unless an operator insists (`repost`): at most two messages on a request, and two only if a message arrived and the ledger did not
//! record it. The `count` of a record is the number of claims that may have posted. A claim is refused if it is
//! above [`MAX_DOUBTS`]. A release says that its own claim posted nothing, so it subtracts one. So does a
//! record of a [withheld](Withheld) message, after which nobody else claims the request. A mark of doubt
//! keeps the count: it says only that its attempt is over, so that the next one need not wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Doubtful claims allowed before the next one is refused. So two attempts may end in doubt.
pub const MAX_DOUBTS: u32 = 1;

/// How long to wait after another's claim has expired before taking over, because clocks differ. AWS keeps
/// its clocks within milliseconds. A wrong clock can cause the second message, never a third.
pub const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// How long a record is kept. This is longer than the day after which an event is too old (`MAX_EVENT_AGE`),
/// and longer than the 30 days for which the EventBridge archive can replay an event.
pub const RECORD_LIFE: Duration = Duration::from_hours(45 * 24);

/// One invocation's claim. An invocation claims a request once, so its owner names one claim. An equal claim
/// is the same one, sent again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// The invocation: the Lambda request id and a random number. Lambda may deliver one event twice at the
    /// same moment under one request id, and its retries keep the id. Each of these is another owner.
    pub owner: String,
    /// When Lambda ends the invocation, in whole milliseconds.
    pub until: Timestamp,
}

/// How far a request has come. The order is the progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The last attempt posted nothing.
    Released,
    /// The last attempt ended without knowing whether its post arrived.
    InDoubt,
    /// An attempt works on it, or ended without recording how.
    Claimed,
    /// No message is wanted, for this reason.
    Withheld(Withheld),
    /// The message stands.
    Posted,
}

/// Why no message is wanted on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Withheld {
    /// No rule of the policy matches. That took facts about the person.
    NoRule,
    /// The rule posts no messages.
    RuleSaysNone,
    /// The rule posts only messages that have something to look at, and there was nothing.
    NothingToLookAt,
}

impl Withheld {
    /// Every reason.
    pub const ALL: [Withheld; 3] = [Withheld::NoRule, Withheld::RuleSaysNone, Withheld::NothingToLookAt];

    /// A stable name, for records and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Withheld::NoRule => "no-rule-matches",
            Withheld::RuleSaysNone => "rule-says-none",
            Withheld::NothingToLookAt => "nothing-to-look-at",
        }
    }
}

/// What is stored under an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    /// How far the request has come.
    pub state: State,
    /// The last claim.
    pub claim: Claim,
    /// How many claims may have posted, including the last one unless it was released or its message was withheld.
    pub count: u32,
    /// Every id with a copy of this record.
    pub ids: BTreeSet<String>,
}

impl Record {
    /// When DynamoDB may delete the record, in seconds since 1970. It decides nothing about claims.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.claim.until.as_second().saturating_add_unsigned(RECORD_LIFE.as_secs())
    }
}

/// What an attempt believes to be stored under each id of a request; `None` stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View(BTreeMap<String, Option<Record>>);

impl View {
    /// Nothing under any of the ids. That is true for nearly every request, so it is tried first.
    pub fn new(ids: impl IntoIterator<Item = String>) -> View {
        View(ids.into_iter().map(|id| (id, None)).collect())
    }

    /// Learns what is stored under an id, and the further ids that the record names.
    pub fn learn(&mut self, id: String, found: Option<Record>) {
        for other in found.iter().flat_map(|record| &record.ids) {
            self.0.entry(other.clone()).or_default();
        }
        self.0.insert(id, found);
    }

    /// Whether it contains this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Each id with the record that is believed to be stored there: the condition of a write.
    #[must_use]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, Option<&Record>)> {
        self.0.iter().map(|(id, found)| (id.as_str(), found.as_ref()))
    }

    /// The view after `record` was written under every id.
    #[must_use]
    pub fn after(&self, record: &Record) -> View {
        View(self.0.keys().map(|id| (id.clone(), Some(record.clone()))).collect())
    }

    fn withheld(&self) -> Option<Withheld> {
        self.records().find_map(|record| match record.state {
            State::Withheld(why) => Some(why),
            State::Released | State::InDoubt | State::Claimed | State::Posted => None,
        })
    }

    fn records(&self) -> impl Iterator<Item = &Record> {
        self.0.values().flatten()
    }

    fn record(&self, state: State, claim: &Claim, count: u32) -> Record {
        Record { state, claim: claim.clone(), count, ids: self.0.keys().cloned().collect() }
    }
}

/// What a claim leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The attempt may post, once its record is written. If there is no record to write, it was written
    /// before.
    Granted {
        /// Whether an earlier attempt may have posted too.
        doubtful: bool,
    },
    /// A message stands already.
    Duplicate,
    /// No message is wanted, an earlier attempt found.
    Withheld(Withheld),
    /// Another attempt works on the request.
    Live {
        /// From this time on the other attempt's claim no longer counts.
        until: Timestamp,
    },
    /// Too many attempts may have posted.
    Exhausted,
}

/// Decides whether `mine` may post. Also returns the record to write first, under every id of the view. Write
/// it only if the stored records equal the view exactly. With `repost`, neither a withheld message nor any
/// number of claims that may have posted is in the way.
#[must_use]
pub fn claim(view: &View, mine: &Claim, repost: bool, now: Timestamp) -> (Decision, Option<Record>) {
    if view.records().any(|record| record.state == State::Posted) {
        return (Decision::Duplicate, None);
    }
    if let Some(why) = view.withheld()
        && !repost
    {
        return (Decision::Withheld(why), None);
    }
    let claims = || view.records().filter(|record| record.state == State::Claimed);
    if let Some(record) = claims().find(|record| record.claim == *mine) {
        // The write was done, its answer was lost, and the SDK sent it again.
        return (Decision::Granted { doubtful: record.count > 1 }, None);
    }
    let last_end = claims().map(|record| record.claim.until).max();
    if let Some(until) = last_end.and_then(|end| end.checked_add(GRACE).ok())
        && now < until
    {
        return (Decision::Live { until }, None);
    }
    let count = count(view);
    if count > MAX_DOUBTS && !repost {
        return (Decision::Exhausted, None);
    }
    (Decision::Granted { doubtful: count > 0 }, Some(view.record(State::Claimed, mine, count + 1)))
}

/// The record of the message that `mine` posted. Write it whatever is stored, even if another attempt was
/// granted the request since: the message stands.
#[must_use]
pub fn complete(view: &View, mine: &Claim) -> Record {
    view.record(State::Posted, mine, count(view))
}

/// The record to write under all ids of the view, which are ids of one request, if a message stands or is
/// withheld under one of them. `None` if neither is the case, or if all ids have the record.
#[must_use]
pub fn join(view: &View) -> Option<Record> {
    let settled = |record: &&Record| matches!(record.state, State::Posted | State::Withheld(_));
    let furthest = view.records().filter(settled).max_by_key(|record| record.state)?;
    let joined = view.record(furthest.state, &furthest.claim, count(view));
    view.entries().any(|(_, found)| found != Some(&joined)).then_some(joined)
}

/// The record that `mine` certainly posted nothing. `view` is what its grant stored. Write the record only if
/// the stored records still equal the view: `mine` must not release another attempt's claim.
#[must_use]
pub fn release(view: &View, mine: &Claim) -> Record {
    view.record(State::Released, mine, count(view).saturating_sub(1))
}

/// The record that `mine` ended without knowing whether its post arrived. For the view and the write, the
/// same holds as for a [release]: a mark that comes late must not end another attempt's claim.
#[must_use]
pub fn doubt(view: &View, mine: &Claim) -> Record {
    view.record(State::InDoubt, mine, count(view))
}

/// The record that `mine` posted nothing, since no message is wanted. For the view and the write, the same
/// holds as for a [release].
#[must_use]
pub fn withhold(view: &View, mine: &Claim, why: Withheld) -> Record {
    Record { state: State::Withheld(why), ..release(view, mine) }
}

/// How many claims may have posted. Copies of one record count once. Records from before the ids were known
/// to be one request's are added up, even if one invocation made both.
fn count(view: &View) -> u32 {
    view.records().collect::<BTreeSet<_>>().into_iter().map(|record| record.count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "req16zRXf4PBGnr7o18A";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn claim_of(owner: &str, until: i64) -> Claim {
        Claim { owner: owner.into(), until: at(until) }
    }

    fn record(state: State, claim: Claim, count: u32) -> Record {
        Record { state, claim, count, ids: [ID.to_owned()].into() }
    }

    fn view(found: Option<Record>) -> View {
        let mut view = View::new([ID.to_owned()]);
        view.learn(ID.into(), found);
        view
    }

    #[test]
    fn a_claim_is_decided_as_the_protocol_says() {
        use Decision::{Duplicate, Exhausted, Granted, Live};
        use State::{Claimed, InDoubt, Posted, Released};
        let (mine, now) = (claim_of("me/1", 1090), at(1000));
        let (live, over) = (claim_of("other/1", 1001), claim_of("other/1", 995));
        // Another invocation with the same Lambda request id, at the same moment or a minute earlier.
        let (twin, earlier) = (claim_of("me/2", 1090), claim_of("me/2", 995));
        let (first, second) = (Some((Claimed, 1)), Some((Claimed, 2)));
        let none = State::Withheld(Withheld::RuleSaysNone);
        let cases = [
            (None, Granted { doubtful: false }, first),
            (Some(record(Released, over.clone(), 0)), Granted { doubtful: false }, first),
            (Some(record(Released, over.clone(), 1)), Granted { doubtful: true }, second),
            (Some(record(Posted, live.clone(), 1)), Duplicate, None),
            (Some(record(Posted, twin.clone(), 2)), Duplicate, None),
            (Some(record(Claimed, live.clone(), 1)), Live { until: at(1006) }, None),
            (Some(record(Claimed, live.clone(), 2)), Live { until: at(1006) }, None),
            (Some(record(Claimed, claim_of("other/1", 996), 1)), Live { until: at(1001) }, None),
            (Some(record(Claimed, over.clone(), 1)), Granted { doubtful: true }, second),
            (Some(record(Claimed, over, 2)), Exhausted, None),
            (Some(record(Claimed, twin.clone(), 1)), Live { until: at(1095) }, None),
            (Some(record(Claimed, twin.clone(), 2)), Live { until: at(1095) }, None),
            (Some(record(Claimed, earlier.clone(), 1)), Granted { doubtful: true }, second),
            (Some(record(Claimed, earlier, 2)), Exhausted, None),
            (Some(record(InDoubt, live.clone(), 1)), Granted { doubtful: true }, second),
            (Some(record(InDoubt, twin.clone(), 1)), Granted { doubtful: true }, second),
            (Some(record(InDoubt, twin, 2)), Exhausted, None),
            (Some(record(Claimed, mine.clone(), 1)), Granted { doubtful: false }, None),
            (Some(record(Claimed, mine.clone(), 2)), Granted { doubtful: true }, None),
            (Some(record(none, live.clone(), 0)), Decision::Withheld(Withheld::RuleSaysNone), None),
        ];
        for (found, decision, change) in cases {
            let (decided, record) = claim(&view(found.clone()), &mine, false, now);
            assert_eq!((decided, record.map(|it| (it.state, it.count))), (decision, change), "{found:?}");
        }
    }

    #[test]
    fn an_operator_who_insists_is_granted_one_more() {
        let (mine, now) = (claim_of("me", 1090), at(1000));
        let exhausted = view(Some(record(State::Claimed, claim_of("other", 900), 2)));
        assert_eq!(claim(&exhausted, &mine, false, now).0, Decision::Exhausted);
        let (decision, record) = claim(&exhausted, &mine, true, now);
        assert_eq!((decision, record.unwrap().count), (Decision::Granted { doubtful: true }, 3));
    }

    #[test]
    fn what_is_withheld_is_claimed_again_only_by_an_operator_who_insists() {
        let (mine, now) = (claim_of("me", 1090), at(1000));
        let claimed = view(Some(record(State::Claimed, mine.clone(), 2)));
        let withheld = withhold(&claimed, &mine, Withheld::NothingToLookAt);
        assert_eq!(withheld, record(State::Withheld(Withheld::NothingToLookAt), mine, 1));
        let view = view(Some(withheld));
        let again = claim_of("again", 2090);
        assert_eq!(claim(&view, &again, false, now), (Decision::Withheld(Withheld::NothingToLookAt), None));
        let (decision, record) = claim(&view, &again, true, now);
        assert_eq!((decision, record.unwrap().state), (Decision::Granted { doubtful: true }, State::Claimed));
    }

    #[test]
    fn what_is_withheld_under_one_id_is_withheld_under_ids_found_later_unless_a_message_stands() {
        let (none, x) = (State::Withheld(Withheld::RuleSaysNone), claim_of("x", 1));
        let joined = |other: Option<State>| {
            let mut view = View::new([ID.to_owned(), "other".to_owned()]);
            view.learn(ID.into(), Some(record(none, x.clone(), 0)));
            let found = other.map(|state| Record {
                ids: ["other".to_owned()].into(),
                ..record(state, claim_of("y", 2), 1)
            });
            view.learn("other".into(), found);
            join(&view).map(|record| record.state)
        };
        assert_eq!(joined(None), Some(none));
        assert_eq!(joined(Some(State::Released)), Some(none));
        assert_eq!(joined(Some(State::Posted)), Some(State::Posted));
    }

    #[test]
    fn a_release_takes_back_one_claim_and_leaves_the_doubt_of_the_other() {
        let mine = claim_of("me", 1090);
        for (claimed, released) in [(1, 0), (2, 1)] {
            let view = view(Some(record(State::Claimed, mine.clone(), claimed)));
            assert_eq!(release(&view, &mine), record(State::Released, mine.clone(), released));
        }
    }

    #[test]
    fn a_mark_of_doubt_keeps_the_count_and_a_post_held_back_spends_none() {
        let mut stored = record(State::Claimed, claim_of("0", 1090), 1);
        stored = doubt(&view(Some(stored.clone())), &stored.claim);
        assert_eq!(stored, record(State::InDoubt, claim_of("0", 1090), 1));
        for attempt in 1..9 {
            let mine = claim_of(&attempt.to_string(), 1090);
            let (decision, claimed) = claim(&view(Some(stored)), &mine, false, at(1000));
            assert_eq!(decision, Decision::Granted { doubtful: true });
            stored = release(&view(claimed), &mine);
            assert_eq!(stored, record(State::Released, mine, 1));
        }
    }

    #[test]
    fn records_made_before_their_ids_were_known_to_be_one_request_are_joined() {
        let now = at(1000);
        let joined = |first: (State, Claim, u32), second: (State, Claim, u32)| {
            let mut view = View::new(["a".to_owned(), "b".to_owned()]);
            for (id, (state, claim, count)) in [("a", first), ("b", second)] {
                let ids = [id.to_owned()].into();
                view.learn(id.into(), Some(Record { state, claim, count, ids }));
            }
            claim(&view, &claim_of("me", 1090), false, now)
        };
        let (x, y, live) = (claim_of("x", 900), claim_of("y", 910), claim_of("z", 1090));
        let claimed = |claim: &Claim, count| (State::Claimed, claim.clone(), count);
        let released = |claim: &Claim, count| (State::Released, claim.clone(), count);
        assert_eq!(joined(claimed(&x, 1), claimed(&y, 1)).0, Decision::Exhausted);
        assert_eq!(
            joined(claimed(&x, 1), claimed(&x, 1)).0,
            Decision::Exhausted,
            "one run of the housekeeping"
        );
        assert_eq!(joined(claimed(&x, 1), claimed(&live, 1)).0, Decision::Live { until: at(1095) });
        assert_eq!(joined(claimed(&x, 1), (State::Posted, y.clone(), 1)).0, Decision::Duplicate);
        let (decision, change) = joined(claimed(&x, 1), released(&y, 0));
        let change = change.unwrap();
        assert_eq!((decision, change.count), (Decision::Granted { doubtful: true }, 2));
        assert_eq!(change.ids, ["a".to_owned(), "b".to_owned()].into());
    }

    #[test]
    fn a_message_that_stands_is_recorded_under_ids_found_later() {
        let mut view = View::new([ID.to_owned(), "other".to_owned()]);
        assert_eq!(join(&view), None);
        view.learn(ID.into(), Some(record(State::Claimed, claim_of("x", 1), 1)));
        assert_eq!(join(&view), None, "whether it stands is unknown");
        view.learn(ID.into(), Some(record(State::Posted, claim_of("x", 1), 1)));
        let joined = join(&view).unwrap();
        assert_eq!((joined.state, joined.count, joined.ids.len()), (State::Posted, 1, 2));
        let view = view.after(&joined);
        assert_eq!(join(&view), None);
        assert_eq!(claim(&view, &claim_of("me", 1090), false, at(1000)).0, Decision::Duplicate);
    }

    #[test]
    fn one_id_leads_to_all_others() {
        let mut view = View::new(["b".to_owned()]);
        let ids = ["a".to_owned(), "b".to_owned()].into();
        let found = Record { state: State::Claimed, claim: claim_of("x", 1), count: 1, ids };
        view.learn("b".into(), Some(found.clone()));
        assert_eq!(view.entries().collect::<Vec<_>>(), [("a", None), ("b", Some(&found))]);
    }
}
