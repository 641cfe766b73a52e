//! Every order of what can happen to attempts on one request, run through the ledger's real protocol: crashes
//! at each step, answers lost, writes that arrive late, twice or never, claims that run out, Lambda's
//! retries, duplicates, one delivery twice at the same moment, a message endpoint that is down. The table is
//! modelled by what DynamoDB promises: a write of all ids happens at one moment, where its condition holds on
//! what stands there, or not at all.
//!
//! Tried by hand, and what fell:
//! - an owner without its random number; a mark of doubt written whatever stands there, or one that lowers the
//!   count, or that others wait for; grants that are never doubtful
//! - `MAX_DOUBTS` 2; no check for `Posted`; a claim that does not raise the count; further ids in a record
//!   not followed; claims written whatever stands there, or wherever the same *state* stands: "never three
//!   messages"
//! - no check for a live claim; a live claim of the same Lambda request id not waited for; a release written
//!   whatever stands there: "two messages only after one …"
//! - a release that sets the count to 0; a count without released records: "a claim that may have posted is
//!   counted"
//! - one's own claim, sent twice, not known again: "a claim is exhausted only where two may have posted"
//! - a withheld record that does not stop a claim: "what is withheld is claimed by nobody"
//! - a withheld record written whatever stands there: "a claim that may have posted is counted"
//! - `Live` answered as a duplicate: "success only where a message stands"
//! - a doubtful claim never granted: "there are two messages" (which must be possible: an approver must not
//!   wait in vain)
//!
//! One that breaks no promise is caught elsewhere: a completion that is refused once another took over
//! (`table.rs`).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use okta_request_enricher::ledger::protocol::{self, Claim, Decision, MAX_DOUBTS, Record, View, Withheld};
use stateright::{Checker, Model, Property};

/// The attempts to run, and the world they run in.
#[derive(Clone)]
struct World {
    /// The delivery of each attempt, and the ids by which it knows the request. The attempts of one delivery
    /// follow each other, as Lambda's retries do. A delivery's name before the dot is its Lambda request id.
    attempts: Vec<(&'static str, &'static [&'static str])>,
    /// Clocks are right to within the grace, and a retry begins after the attempt before it ended: as AWS has
    /// it.
    orderly: bool,
    /// The first attempt's claim stands before any other begins: from it the others' ids are known to be one
    /// request.
    linked: bool,
}

/// A write on its way to the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Write {
    attempt: usize,
    view: View,
    record: Record,
    conditional: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    NotBegun,
    /// The claim was sent; with it, whether an earlier attempt may have posted.
    Claiming(Write, bool),
    /// An earlier attempt may have posted: it asks whether the message endpoint is alive.
    Asking(View),
    /// It may post; with that, whether it has asked.
    Granted(View, bool),
    /// The message stands, and the table is being told.
    Completing(Write),
    /// Nothing was posted, and the table is being told.
    Releasing(Write),
    /// No message is wanted, and the table is being told.
    Withholding(Write),
    /// Whether a message arrived is unknown, and the table is being told.
    Doubting(Write),
    Ended(End),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum End {
    Posted,
    Duplicate,
    /// It found that no message is wanted.
    Withheld,
    /// It was told that no message is wanted.
    Skipped,
    /// Another is on it.
    Live,
    Exhausted,
    /// Failed in any other way, or killed.
    Failed,
}

#[expect(clippy::struct_excessive_bools, reason = "each is something that has happened or not")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    table: BTreeMap<String, Record>,
    steps: Vec<Step>,
    /// The time at which each began.
    began: Vec<i64>,
    /// Copies of writes that are still under way, whatever became of their sender.
    late: BTreeSet<Write>,
    time: i64,
    messages: usize,
    /// Attempts whose claim stood once and was not taken back.
    outstanding: BTreeSet<usize>,
    /// An attempt's message arrived, and it ended without the table knowing.
    untold: bool,
    completed: BTreeSet<usize>,
    /// An attempt found that no message is wanted.
    withheld: bool,
    /// A claim was written over a withheld record.
    claimed_anyway: bool,
    /// An attempt was told that two may have posted, when fewer could.
    exhausted_early: bool,
    /// A message that may be the second one was posted without asking.
    posted_unasked: bool,
    /// An attempt was told to wait for one that had marked its doubt.
    waited_for_marked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    Begin(usize),
    /// The write sent last arrives and is answered.
    Answered(usize),
    /// It arrives, and its answer is lost: the attempt may send it again.
    AnswerLost(usize),
    /// A copy of it stays under way.
    Delayed(usize),
    Arrives(Write),
    /// The message endpoint is alive.
    FindsAlive(usize),
    /// It is not, or does not say so.
    FindsDead(usize),
    /// The message arrives, and the attempt knows.
    Posts(usize),
    /// The message arrives, and the attempt can't know.
    PostsUnknown(usize),
    /// The message does not arrive, and the attempt can't know.
    FailsUnknown(usize),
    /// The message does not arrive, and the attempt knows.
    PostFails(usize),
    /// The attempt finds that no message is wanted.
    Withholds(usize),
    /// The attempt can't tell the table that its message stands, and answers so all the same.
    GivesUp(usize),
    /// The attempt can't know whether its claim stands, posts nothing, and takes the claim back.
    TakesBack(usize),
    /// The attempt crashes where it stands; Lambda sees a failure.
    Crashes(usize),
    /// Minutes go by: all claims run out. Lambda has killed whoever was still running, where clocks are
    /// right.
    TimePasses,
}

impl World {
    fn claim(&self, state: &State, attempt: usize) -> Claim {
        // The end alone does not tell attempts of one moment apart: the number of the invocation does.
        let until = state.began[attempt] * 1_000_000 + 500_000;
        let request_id = self.attempts[attempt].0.split('.').next().unwrap();
        Claim { owner: format!("{request_id}/{attempt}"), until: Timestamp::from_millisecond(until).unwrap() }
    }

    fn may_begin(&self, state: &State, attempt: usize) -> bool {
        if self.linked && attempt > 0 && state.table.is_empty() {
            return false;
        }
        // Duplicates are alike: which of them is the first makes no difference.
        let alone =
            |it: usize| self.attempts.iter().filter(|other| other.0 == self.attempts[it].0).count() == 1;
        let same = |it: usize| self.attempts[it].1 == self.attempts[attempt].1;
        if alone(attempt) && (0..attempt).any(|it| alone(it) && same(it) && state.steps[it] == Step::NotBegun)
        {
            return false;
        }
        let delivery = self.attempts[attempt].0;
        let earlier = (0..attempt).rev().find(|other| self.attempts[*other].0 == delivery);
        match earlier.map(|other| &state.steps[other]) {
            Some(
                Step::NotBegun | Step::Ended(End::Posted | End::Duplicate | End::Withheld | End::Skipped),
            ) => false,
            None | Some(Step::Ended(_)) => true,
            Some(_) => !self.orderly,
        }
    }

    /// Decides on `view`, as `Ledger::claim` does, and sends the claim or ends.
    fn decide(&self, state: &mut State, attempt: usize, view: View) {
        let claim = self.claim(state, attempt);
        let now = Timestamp::from_millisecond(state.time * 1_000_000).unwrap();
        let (decision, record) = protocol::claim(&view, &claim, false, now);
        state.steps[attempt] = match (decision, record) {
            (Decision::Granted { doubtful }, Some(record)) => {
                Step::Claiming(Write { attempt, view, record, conditional: true }, doubtful)
            }
            (Decision::Granted { doubtful }, None) => granted(view, doubtful),
            (Decision::Duplicate, _) => Step::Ended(End::Duplicate),
            (Decision::Withheld(_), _) => Step::Ended(End::Skipped),
            (Decision::Live { .. }, _) => {
                let works = |(_, found): (&str, Option<&Record>)| {
                    found.is_some_and(|record| record.state == protocol::State::Claimed)
                };
                state.waited_for_marked |= !view.entries().any(works);
                Step::Ended(End::Live)
            }
            (Decision::Exhausted, _) => {
                state.exhausted_early |= state.outstanding.len() <= MAX_DOUBTS as usize;
                Step::Ended(End::Exhausted)
            }
        };
    }
}

/// The step of an attempt that has its grant.
fn granted(view: View, doubtful: bool) -> Step {
    if doubtful { Step::Asking(view) } else { Step::Granted(view, false) }
}

impl State {
    /// What the table does with a write: nothing but the refusals, where there are any.
    fn arrive(&mut self, write: &Write) -> Vec<(String, Option<Record>)> {
        let refused: Vec<_> = write
            .view
            .entries()
            .filter(|(id, expected)| write.conditional && self.table.get(*id) != *expected)
            .map(|(id, _)| (id.to_owned(), self.table.get(id).cloned()))
            .collect();
        if refused.is_empty() {
            for (id, _) in write.view.entries() {
                let stood = self.table.get(id).map(|record| record.state);
                self.claimed_anyway |= write.record.state == protocol::State::Claimed
                    && matches!(stood, Some(protocol::State::Withheld(_)));
                self.table.insert(id.to_owned(), write.record.clone());
            }
            match write.record.state {
                protocol::State::Claimed => _ = self.outstanding.insert(write.attempt),
                protocol::State::Released | protocol::State::Withheld(_) => {
                    _ = self.outstanding.remove(&write.attempt);
                }
                protocol::State::InDoubt => {}
                protocol::State::Posted => _ = self.completed.insert(write.attempt),
            }
        }
        refused
    }

    fn sent(&self, attempt: usize) -> Option<&Write> {
        match &self.steps[attempt] {
            Step::Claiming(write, _)
            | Step::Completing(write)
            | Step::Releasing(write)
            | Step::Withholding(write)
            | Step::Doubting(write) => Some(write),
            Step::NotBegun | Step::Asking(_) | Step::Granted(..) | Step::Ended(_) => None,
        }
    }

    /// An attempt ends; one whose message arrived may leave the table in the dark.
    fn end(&mut self, attempt: usize, end: End) {
        let arrived = matches!(self.steps[attempt], Step::Completing(_));
        self.untold |= arrived && !self.completed.contains(&attempt);
        self.steps[attempt] = Step::Ended(end);
    }

    /// What an attempt answers that tries no more.
    fn answer(&self, attempt: usize) -> End {
        match self.steps[attempt] {
            Step::Completing(_) => End::Posted,
            Step::Withholding(_) => End::Withheld,
            _ => End::Failed,
        }
    }

    /// A message arrives.
    fn post(&mut self, attempt: usize) {
        self.messages += 1;
        let may_be_second = self.outstanding.iter().any(|other| *other != attempt);
        self.posted_unasked |= may_be_second && !matches!(self.steps[attempt], Step::Granted(_, true));
    }

    fn grant(&self, attempt: usize) -> Option<View> {
        match &self.steps[attempt] {
            Step::Asking(view) | Step::Granted(view, _) => Some(view.clone()),
            _ => None,
        }
    }

    fn ended_as(&self, end: End) -> bool {
        self.steps.contains(&Step::Ended(end))
    }
}

impl Model for World {
    type State = State;
    type Action = Event;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            table: BTreeMap::new(),
            steps: vec![Step::NotBegun; self.attempts.len()],
            began: vec![0; self.attempts.len()],
            late: BTreeSet::new(),
            time: 0,
            messages: 0,
            outstanding: BTreeSet::new(),
            untold: false,
            completed: BTreeSet::new(),
            withheld: false,
            claimed_anyway: false,
            exhausted_early: false,
            posted_unasked: false,
            waited_for_marked: false,
        }]
    }

    fn actions(&self, state: &State, events: &mut Vec<Event>) {
        for (attempt, step) in state.steps.iter().enumerate() {
            match step {
                Step::NotBegun if self.may_begin(state, attempt) => events.push(Event::Begin(attempt)),
                Step::NotBegun | Step::Ended(_) => {}
                Step::Asking(_) => {
                    events.extend([Event::FindsAlive(attempt), Event::FindsDead(attempt)]);
                }
                Step::Granted(..) => events.extend([
                    Event::Posts(attempt),
                    Event::PostsUnknown(attempt),
                    Event::FailsUnknown(attempt),
                    Event::PostFails(attempt),
                    Event::Withholds(attempt),
                    Event::Crashes(attempt),
                ]),
                Step::Claiming(..)
                | Step::Completing(_)
                | Step::Releasing(_)
                | Step::Withholding(_)
                | Step::Doubting(_) => {
                    events.extend([
                        Event::Answered(attempt),
                        Event::AnswerLost(attempt),
                        Event::Crashes(attempt),
                    ]);
                    match step {
                        Step::Completing(_) => events.push(Event::GivesUp(attempt)),
                        Step::Claiming(..) => events.push(Event::TakesBack(attempt)),
                        _ => {}
                    }
                    // One straggler at a time: each is on its own a hazard, and it keeps the model small.
                    if state.late.is_empty() && self.orderly {
                        events.push(Event::Delayed(attempt));
                    }
                }
            }
        }
        events.extend(state.late.iter().cloned().map(Event::Arrives));
        if state.steps.iter().any(|step| !matches!(step, Step::Ended(_)))
            && state.time < if self.orderly { 2 } else { 1 }
        {
            events.push(Event::TimePasses);
        }
    }

    fn next_state(&self, before: &State, event: Event) -> Option<State> {
        let mut state = before.clone();
        match event {
            Event::Begin(attempt) => {
                state.began[attempt] = state.time;
                let ids = self.attempts[attempt].1.iter().map(|id| (*id).to_owned());
                self.decide(&mut state, attempt, View::new(ids));
            }
            Event::Answered(attempt) => {
                let write = state.sent(attempt)?.clone();
                let refused = state.arrive(&write);
                match &state.steps[attempt] {
                    Step::Claiming(_, doubtful) if refused.is_empty() => {
                        state.steps[attempt] = granted(write.view.after(&write.record), *doubtful);
                    }
                    Step::Claiming(..) => {
                        let mut view = write.view;
                        for (id, found) in refused {
                            view.learn(id, found);
                        }
                        self.decide(&mut state, attempt, view);
                    }
                    // A refused release has nothing left to say.
                    _ => state.end(attempt, state.answer(attempt)),
                }
            }
            Event::AnswerLost(attempt) => {
                let write = state.sent(attempt)?.clone();
                state.arrive(&write);
            }
            Event::Delayed(attempt) => {
                let write = state.sent(attempt)?.clone();
                state.late.insert(write);
            }
            Event::Arrives(write) => {
                state.late.remove(&write);
                state.arrive(&write);
            }
            Event::FindsAlive(attempt) => {
                state.steps[attempt] = Step::Granted(state.grant(attempt)?, true);
            }
            Event::Posts(attempt) => {
                let (view, claim) = (state.grant(attempt)?, self.claim(&state, attempt));
                let record = protocol::complete(&view, &claim);
                state.post(attempt);
                state.steps[attempt] = Step::Completing(Write { attempt, view, record, conditional: false });
            }
            Event::PostsUnknown(attempt) | Event::FailsUnknown(attempt) => {
                let (view, claim) = (state.grant(attempt)?, self.claim(&state, attempt));
                let record = protocol::doubt(&view, &claim);
                if matches!(event, Event::PostsUnknown(_)) {
                    state.post(attempt);
                    state.untold = true;
                }
                state.steps[attempt] = Step::Doubting(Write { attempt, view, record, conditional: true });
            }
            Event::PostFails(attempt) | Event::FindsDead(attempt) => {
                let (view, claim) = (state.grant(attempt)?, self.claim(&state, attempt));
                let record = protocol::release(&view, &claim);
                state.steps[attempt] = Step::Releasing(Write { attempt, view, record, conditional: true });
            }
            Event::Withholds(attempt) => {
                let (view, claim) = (state.grant(attempt)?, self.claim(&state, attempt));
                let record = protocol::withhold(&view, &claim, Withheld::NothingToLookAt);
                state.withheld = true;
                state.steps[attempt] = Step::Withholding(Write { attempt, view, record, conditional: true });
            }
            Event::GivesUp(attempt) => state.end(attempt, End::Posted),
            Event::TakesBack(attempt) => {
                let (claiming, claim) = (state.sent(attempt)?.clone(), self.claim(&state, attempt));
                let view = claiming.view.after(&claiming.record);
                let record = protocol::release(&view, &claim);
                state.steps[attempt] = Step::Releasing(Write { attempt, view, record, conditional: true });
            }
            Event::Crashes(attempt) => state.end(attempt, End::Failed),
            Event::TimePasses => {
                state.time += 1;
                for attempt in 0..state.steps.len() {
                    let running = !matches!(state.steps[attempt], Step::NotBegun | Step::Ended(_));
                    if running && self.orderly {
                        state.end(attempt, End::Failed);
                    }
                }
            }
        }
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always("never three messages", |_, state: &State| state.messages <= 2),
            Property::always("success only where a message stands", |_, state: &State| {
                state.messages > 0 || !(state.ended_as(End::Posted) || state.ended_as(End::Duplicate))
            }),
            Property::always("nothing is skipped without one that withheld", |_, state: &State| {
                state.withheld || !(state.ended_as(End::Skipped) || state.ended_as(End::Withheld))
            }),
            Property::always("what is withheld is claimed by nobody", |_, state: &State| {
                !state.claimed_anyway
            }),
            Property::sometimes("someone meets what is withheld", |_, state: &State| {
                state.ended_as(End::Skipped)
            }),
            Property::always("every attempt ends", |world: &World, state: &State| {
                let mut events = Vec::new();
                world.actions(state, &mut events);
                let open = |attempt: usize| match state.steps[attempt] {
                    Step::Ended(_) => false,
                    Step::NotBegun => world.may_begin(state, attempt),
                    _ => true,
                };
                !events.is_empty() || !(0..state.steps.len()).any(open)
            }),
            Property::always("nobody waits for an attempt that marked its doubt", |_, state: &State| {
                !state.waited_for_marked
            }),
            Property::sometimes("there are two messages", |_, state: &State| state.messages == 2),
            Property::sometimes("someone meets a message", |_, state: &State| state.ended_as(End::Duplicate)),
            Property::sometimes("someone is the third", |_, state: &State| state.ended_as(End::Exhausted)),
        ];
        if self.orderly {
            properties.extend([
                Property::always(
                    "two messages only after one the table never heard of",
                    |_, state: &State| state.messages < 2 || state.untold,
                ),
                Property::always(
                    "a claim is exhausted only where two may have posted",
                    |_, state: &State| !state.exhausted_early,
                ),
                Property::always("a claim that may have posted is counted", |_, state: &State| {
                    let counted = |record: &Record| {
                        record.state == protocol::State::Posted
                            || record.count as usize >= state.outstanding.len()
                    };
                    state.table.values().any(counted) || state.outstanding.is_empty()
                }),
                Property::always("a later attempt without mishap comes to a right end", comes_to_an_end),
                Property::always("a message that may be the second one is asked for", |_, state: &State| {
                    !state.posted_unasked
                }),
            ]);
        }
        properties
    }
}

/// Whatever has happened: a redriven event, when all claims have run out and nothing goes wrong, posts, meets
/// a message or meets two doubtful claims.
fn comes_to_an_end(world: &World, state: &State) -> bool {
    if !state.steps.iter().all(|step| matches!(step, Step::NotBegun | Step::Ended(_))) {
        // Each such state has a successor in which all have crashed.
        return true;
    }
    let mut state = state.clone();
    state.time += 1;
    let mut world = world.clone();
    let ids = world.attempts[0].1;
    let attempt = world.attempts.len();
    world.attempts.push(("redriven", ids));
    state.began.push(state.time);
    state.steps.push(Step::NotBegun);
    world.decide(&mut state, attempt, View::new(ids.iter().map(|id| (*id).to_owned())));
    for _ in 0..9 {
        if !matches!(state.steps[attempt], Step::Claiming(..)) {
            break;
        }
        state = world.next_state(&state, Event::Answered(attempt)).unwrap();
    }
    match state.steps[attempt] {
        Step::Asking(_) | Step::Granted(..) => true,
        Step::Ended(End::Duplicate) => state.messages > 0,
        Step::Ended(End::Skipped) => state.withheld,
        Step::Ended(End::Exhausted) => state.outstanding.len() > MAX_DOUBTS as usize,
        _ => false,
    }
}

fn check(world: World) {
    world.checker().threads(2).spawn_bfs().join().assert_properties();
}

const ONE_ID: &[&str] = &["a"];

#[test]
fn three_attempts_of_one_event() {
    check(World { attempts: vec![("x", ONE_ID); 3], orderly: true, linked: false });
}

#[test]
fn an_event_its_retry_and_its_duplicate() {
    check(World {
        attempts: vec![("x", ONE_ID), ("x", ONE_ID), ("y", ONE_ID)],
        orderly: true,
        linked: false,
    });
}

#[test]
fn three_duplicates() {
    check(World {
        attempts: vec![("x", ONE_ID), ("y", ONE_ID), ("z", ONE_ID)],
        orderly: true,
        linked: false,
    });
}

#[test]
fn one_delivery_twice_at_the_same_moment_and_a_retry() {
    check(World {
        attempts: vec![("x.1", ONE_ID), ("x.2", ONE_ID), ("x.1", ONE_ID)],
        orderly: true,
        linked: false,
    });
}

#[test]
fn attempts_that_know_the_request_by_different_ids() {
    let attempts = vec![("x", &["a", "b"][..]), ("y", &["b"]), ("z", &["a"])];
    check(World { attempts, orderly: true, linked: true });
}

#[test]
fn even_with_wrong_clocks_and_retries_that_overlap_there_is_no_third_message() {
    check(World {
        attempts: vec![("x", ONE_ID), ("x", ONE_ID), ("y", ONE_ID)],
        orderly: false,
        linked: false,
    });
}
