//! The protocol of the ledger: what a claim, a completion or a release makes of the records it meets. Pure: no
//! call, no clock. `tests/ledger_model.rs` runs every order of crashes, lost answers and retries through it.
//!
//! A request has a [`Record`] under each id by which it is known, all alike and always written together, so that
//! whoever knows any of the ids finds it. A [`View`] is what one attempt believes to stand there; a write goes
//! through only where that is true, and the refusal tells the truth.
//!
//! The promise: at most two messages, and two only when an attempt's message arrived and the ledger never heard of
//! it. A record's `count` is how many claims may have posted, so no claim is granted beyond [`MAX_DOUBTS`]; a release,
//! which says "mine did not", takes back its own one and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// After how many claims of one request that may have posted another is granted. So two may end without word of their
/// post.
pub const MAX_DOUBTS: u32 = 1;

/// Kept between the end of another's claim and its being taken over, for clocks that differ: the other may not be
/// over yet by its own. AWS keeps its clocks within milliseconds; and a wrong clock can cost the second message,
/// never a third.
pub const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// How long a record is kept. More than the day after which an event is too old (`MAX_EVENT_AGE`), and more than
/// the 30 days for which an EventBridge archive may replay one.
pub const RECORD_LIFE: Duration = Duration::from_hours(45 * 24);

/// One invocation's claim. An async retry has the owner of the attempt before it and a later end, so the two together
/// name one claim for ever: an invocation claims a request once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// The Lambda request id.
    pub owner: String,
    /// When Lambda ends the invocation; whole milliseconds.
    pub until: Timestamp,
}

/// How far a request has come, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Whoever was on it posted nothing.
    Released,
    /// Someone is on it, or was and never said how it ended.
    Claimed,
    /// The message stands.
    Posted,
}

/// What stands under an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    /// How far the request has come.
    pub state: State,
    /// The last claim.
    pub claim: Claim,
    /// How many claims may have posted, the last one with them unless it was released.
    pub count: u32,
    /// Every id with a copy of this record.
    pub ids: BTreeSet<String>,
}

impl Record {
    /// When the record may be forgotten, in seconds since the epoch. For tidiness: it decides nothing.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.claim.until.as_second().saturating_add_unsigned(RECORD_LIFE.as_secs())
    }
}

/// What an attempt believes to stand under each id of a request; `None`: nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View(BTreeMap<String, Option<Record>>);

impl View {
    /// Nothing under any of the ids: true of nearly every request, so it is tried first.
    pub fn new(ids: impl IntoIterator<Item = String>) -> View {
        View(ids.into_iter().map(|id| (id, None)).collect())
    }

    /// Takes in what stands under an id, and the further ids that it names.
    pub fn learn(&mut self, id: String, found: Option<Record>) {
        for other in found.iter().flat_map(|record| &record.ids) {
            self.0.entry(other.clone()).or_default();
        }
        self.0.insert(id, found);
    }

    /// Whether it speaks of this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Each id with what is believed to stand there: the condition under which a write goes through.
    #[must_use]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, Option<&Record>)> {
        self.0.iter().map(|(id, found)| (id.as_str(), found.as_ref()))
    }

    /// The view after `record` was written under every id.
    #[must_use]
    pub fn after(&self, record: &Record) -> View {
        View(self.0.keys().map(|id| (id.clone(), Some(record.clone()))).collect())
    }

    fn records(&self) -> impl Iterator<Item = &Record> {
        self.0.values().flatten()
    }

    fn record(&self, state: State, claim: &Claim, count: u32) -> Record {
        Record { state, claim: claim.clone(), count, ids: self.0.keys().cloned().collect() }
    }
}

/// What an attempt that wants to post gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may, once its record is written (where there is none to write, it was already).
    Granted {
        /// An earlier attempt may have posted, too.
        doubtful: bool,
    },
    /// A message stands already.
    Duplicate,
    /// Another is on it.
    Live {
        /// From this moment on the other no longer counts.
        until: Timestamp,
    },
    /// Too many attempts may have posted.
    Exhausted,
}

/// Decides whether `mine` may post, after at most `doubts` claims that may have posted, and which record to write first, under every id of the view and only where the
/// view is still true: the very records, not merely the same state.
#[must_use]
pub fn claim(view: &View, mine: &Claim, doubts: u32, now: Timestamp) -> (Decision, Option<Record>) {
    if view.records().any(|record| record.state == State::Posted) {
        return (Decision::Duplicate, None);
    }
    let claims = || view.records().filter(|record| record.state == State::Claimed);
    if let Some(record) = claims().find(|record| record.claim == *mine) {
        // The write went through, its answer was lost, and it was sent again.
        return (Decision::Granted { doubtful: record.count > 1 }, None);
    }
    let ends = claims().filter(|record| record.claim.owner != mine.owner).map(|record| record.claim.until);
    if let Some(until) = ends.max().and_then(|end| end.checked_add(GRACE).ok())
        && now < until
    {
        return (Decision::Live { until }, None);
    }
    let count = count(view);
    if count > doubts {
        return (Decision::Exhausted, None);
    }
    (Decision::Granted { doubtful: count > 0 }, Some(view.record(State::Claimed, mine, count + 1)))
}

/// The record that says that the message of `mine` stands. To be written whatever stands there, and whoever was
/// granted it since: it is the truth about the request.
#[must_use]
pub fn complete(view: &View, mine: &Claim) -> Record {
    view.record(State::Posted, mine, count(view))
}

/// The record that says that `mine` posted nothing, for certain. `view` is what its grant left behind, and the record
/// is to be written only where that is still true: what another claimed since is not for `mine` to give back.
#[must_use]
pub fn release(view: &View, mine: &Claim) -> Record {
    view.record(State::Released, mine, count(view).saturating_sub(1))
}

/// How many claims may have posted. The copies of one record count once; records that came about when the ids were
/// not yet known to be one request's add up.
fn count(view: &View) -> u32 {
    let mut counts: BTreeMap<&Claim, u32> = BTreeMap::new();
    for record in view.records() {
        let count = counts.entry(&record.claim).or_default();
        *count = record.count.max(*count);
    }
    counts.values().sum()
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
        use State::{Claimed, Posted, Released};
        let (mine, now) = (claim_of("me", 1090), at(1000));
        let (own, live, over) = (claim_of("me", 990), claim_of("other", 1001), claim_of("other", 995));
        let (first, second) = (Some((Claimed, 1)), Some((Claimed, 2)));
        let cases = [
            (None, Granted { doubtful: false }, first),
            (Some(record(Released, over.clone(), 0)), Granted { doubtful: false }, first),
            (Some(record(Released, over.clone(), 1)), Granted { doubtful: true }, second),
            (Some(record(Posted, live.clone(), 1)), Duplicate, None),
            (Some(record(Posted, own.clone(), 2)), Duplicate, None),
            (Some(record(Claimed, live.clone(), 1)), Live { until: at(1006) }, None),
            (Some(record(Claimed, live, 2)), Live { until: at(1006) }, None),
            (Some(record(Claimed, claim_of("other", 996), 1)), Live { until: at(1001) }, None),
            (Some(record(Claimed, over.clone(), 1)), Granted { doubtful: true }, second),
            (Some(record(Claimed, over, 2)), Exhausted, None),
            (Some(record(Claimed, own, 1)), Granted { doubtful: true }, second),
            (Some(record(Claimed, claim_of("me", 1089), 1)), Granted { doubtful: true }, second),
            (Some(record(Claimed, claim_of("me", 1089), 2)), Exhausted, None),
            (Some(record(Claimed, mine.clone(), 1)), Granted { doubtful: false }, None),
            (Some(record(Claimed, mine.clone(), 2)), Granted { doubtful: true }, None),
        ];
        for (found, decision, change) in cases {
            let (decided, record) = claim(&view(found.clone()), &mine, MAX_DOUBTS, now);
            assert_eq!((decided, record.map(|it| (it.state, it.count))), (decision, change), "{found:?}");
        }
    }

    #[test]
    fn an_operator_who_insists_is_granted_one_more() {
        let (mine, now) = (claim_of("me", 1090), at(1000));
        let exhausted = view(Some(record(State::Claimed, claim_of("other", 900), 2)));
        assert_eq!(claim(&exhausted, &mine, MAX_DOUBTS, now).0, Decision::Exhausted);
        let (decision, record) = claim(&exhausted, &mine, u32::MAX, now);
        assert_eq!((decision, record.unwrap().count), (Decision::Granted { doubtful: true }, 3));
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
    fn records_made_before_their_ids_were_known_to_be_one_request_are_joined() {
        let now = at(1000);
        let joined = |first: (State, Claim, u32), second: (State, Claim, u32)| {
            let mut view = View::new(["a".to_owned(), "b".to_owned()]);
            for (id, (state, claim, count)) in [("a", first), ("b", second)] {
                let ids = [id.to_owned()].into();
                view.learn(id.into(), Some(Record { state, claim, count, ids }));
            }
            claim(&view, &claim_of("me", 1090), MAX_DOUBTS, now)
        };
        let (x, y, live) = (claim_of("x", 900), claim_of("y", 910), claim_of("z", 1090));
        let claimed = |claim: &Claim, count| (State::Claimed, claim.clone(), count);
        let released = |claim: &Claim, count| (State::Released, claim.clone(), count);
        assert_eq!(joined(claimed(&x, 1), claimed(&y, 1)).0, Decision::Exhausted);
        assert_eq!(joined(claimed(&x, 1), claimed(&live, 1)).0, Decision::Live { until: at(1095) });
        assert_eq!(joined(claimed(&x, 1), (State::Posted, y.clone(), 1)).0, Decision::Duplicate);
        let (decision, change) = joined(claimed(&x, 1), released(&y, 0));
        let change = change.unwrap();
        assert_eq!((decision, change.count), (Decision::Granted { doubtful: true }, 2));
        assert_eq!(change.ids, ["a".to_owned(), "b".to_owned()].into());
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
