//! [`Course`]: how an operation goes: which calls it sends, how often and how soon, and when it may give up.

use std::time::Duration;

use okta_request_enricher::ledger::LedgerError;
use tokio::time::Instant;

use super::operation::{Answer, Arrived, Doing, Operation, Step};
use super::wire::Call;

/// How long one operation may take, unless its deadline is sooner.
const LIMIT: Duration = Duration::from_secs(5);
/// How long one try of a call may take.
const TRY: Duration = Duration::from_millis(2400);
/// After how long without a word a try is sent on a second connection.
const SILENCE: Duration = Duration::from_secs(1);
/// How many tries the SDK makes of one call.
const TRIES: usize = 3;
/// How often a claim is decided.
const ROUNDS: usize = 10;
/// The pause after a write that could not be done just now.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest pause before the second try of a call.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Tokio's timers count in it.
const TICK: Duration = Duration::from_millis(1);

/// What a sender hears of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The table's own answer.
    Table,
    /// The table is busy with an item, and wrote nothing.
    Busy,
    /// What the SDK tries again.
    Passing,
    /// What the SDK may try again or not.
    Odd,
    /// What no try will change.
    Refusal,
}

/// An operation with what happened to it.
pub(super) struct Course {
    pub(super) operation: Operation,
    started: Instant,
    /// The time that it was given.
    time: Duration,
    /// The SDK's calls so far.
    sdk_calls: Vec<String>,
    /// How often the SDK tried the last of them.
    tries: usize,
    /// When the last try began, how often it was sent, and how many of these are not heard of.
    began: Instant,
    sent: usize,
    unheard: usize,
    /// What it heard of the call that it sent last.
    heard: Option<(Heard, Instant)>,
    pub(super) ended: bool,
}

impl Course {
    pub(super) fn new(doing: Doing, time: Duration) -> Course {
        let now = Instant::now();
        Course {
            operation: Operation::new(doing),
            started: now,
            time,
            sdk_calls: Vec::new(),
            tries: 0,
            began: now,
            sent: 0,
            unheard: 0,
            heard: None,
            ended: false,
        }
    }

    /// It sends a call. An error says why it should not.
    pub(super) fn sends(&mut self, call: &Call) -> Result<(), String> {
        let again = self.sdk_calls.last() == Some(&call.of_sdk);
        let same = again && self.tries == call.attempt;
        let is_late = again && !same && self.idle() > self.longest_pause();
        let is_hasty = same && self.unheard > 0 && self.began.elapsed() < SILENCE;
        let is_refused = self.last_heard() == Some(Heard::Refusal);
        let expected = if again { self.tries + 1 } else { 1 };
        if !again {
            self.sdk_calls.push(call.of_sdk.clone());
        }
        if same {
            self.sent += 1;
            self.unheard += 1;
        } else {
            (self.tries, self.began, self.sent, self.unheard) = (call.attempt, Instant::now(), 1, 1);
        }
        self.heard = None;
        let fault = if self.ended {
            "sent after the operation's end"
        } else if !self.operation.may_ask(&call.asks) {
            return Err(format!("not what is due: {}", self.operation.step));
        } else if is_refused {
            "sent although no try will change the refusal"
        } else if is_late {
            "sent again too late"
        } else if self.tries > TRIES || self.sent > 2 || (!same && call.attempt != expected) {
            "one try too many"
        } else if is_hasty {
            "sent again too soon"
        } else if self.is_claim() && self.sdk_calls.len() > ROUNDS {
            "one round too many"
        } else {
            return Ok(());
        };
        Err(fault.to_owned())
    }

    /// It hears of its last call.
    pub(super) fn hears(&mut self, heard: Heard, arrived: Option<Arrived>) {
        self.heard = Some((heard, Instant::now()));
        self.unheard -= 1;
        if heard == Heard::Table
            && let Some(arrived) = arrived
        {
            self.operation.hears(arrived);
        }
    }

    /// It ends with this answer. An error says what would have been right.
    pub(super) fn answers(&mut self, answer: &Result<Answer, LedgerError>) -> Result<(), String> {
        self.ended = true;
        let (took, late) = (self.started.elapsed(), TICK * 2);
        let records = matches!(self.operation.doing, Doing::Record { .. });
        let is_whole = records || matches!(self.operation.doing, Doing::Warm);
        let limit = if is_whole { self.time } else { LIMIT.min(self.time) };
        let is_right = match answer {
            _ if took > limit + late => false,
            // A lost call is not waited for.
            Err(_) | Ok(Answer::Unknown) if self.heard.is_none() && self.idle() > self.longest_pause() => {
                false
            }
            Ok(Answer::Unknown) if !self.may_stand() => false,
            Err(LedgerError::Unreachable { .. }) if self.may_stand() => false,
            Ok(Answer::Unknown) => took + late >= limit || self.may_fail(),
            Ok(answer) => self.may_answer(answer),
            Err(LedgerError::Refused { .. }) => self.last_heard() == Some(Heard::Refusal),
            Err(LedgerError::Malformed { .. }) => false,
            // It is tried again until there is no time for it.
            Err(LedgerError::Unreachable { .. }) if records => took + PAUSE + late >= limit,
            Err(LedgerError::Unreachable { .. }) => took + late >= limit || self.may_fail(),
        };
        let due = || format!("{}, heard {:?}, after {took:?}", self.operation.step, self.last_heard());
        if is_right { Ok(()) } else { Err(due()) }
    }

    /// Whether a claim was sent, and is not answered by the table.
    fn may_stand(&self) -> bool {
        self.is_claim() && !self.sdk_calls.is_empty() && self.last_heard() != Some(Heard::Table)
    }

    fn is_claim(&self) -> bool {
        matches!(self.operation.doing, Doing::Claim { .. })
    }

    fn may_answer(&self, answer: &Answer) -> bool {
        match (&self.operation.doing, &self.operation.step) {
            // Nobody waits for it, and its faults are for the first claim to tell.
            (Doing::Warm, _) => true,
            (Doing::Join { .. }, Step::Write { .. }) => {
                *answer == Answer::Done && self.last_heard() == Some(Heard::Busy)
            }
            (_, Step::Answer(right)) => answer == right,
            _ => false,
        }
    }

    /// Whether what happened to its last call is reason enough to give up before its time is over.
    fn may_fail(&self) -> bool {
        let last_try = self.tries >= TRIES;
        let last_round = self.is_claim() && self.sdk_calls.len() >= ROUNDS;
        match self.last_heard() {
            Some(Heard::Odd) => true,
            Some(Heard::Passing) => last_try,
            // No transaction ever has the item with the beginning.
            Some(Heard::Busy) => last_round || matches!(self.operation.step, Step::WriteSince),
            Some(Heard::Table) => last_round,
            Some(Heard::Refusal) => false,
            None => last_try && self.began.elapsed() >= TRY,
        }
    }

    fn last_heard(&self) -> Option<Heard> {
        self.heard.map(|(heard, _)| heard)
    }

    /// For how long nothing has happened: since its last call was answered, or given up.
    fn idle(&self) -> Duration {
        let since = self.heard.filter(|_| self.unheard == 0).map_or(self.began + TRY, |(_, when)| when);
        Instant::now().saturating_duration_since(since)
    }

    /// The longest pause before the next try of a call. The SDK doubles it each time.
    fn longest_pause(&self) -> Duration {
        if self.tries < TRIES {
            FIRST_PAUSE * 2_u32.pow(u32::try_from(self.tries).unwrap_or(0)) + TICK
        } else {
            LIMIT
        }
    }
}
