//! [`Judge`]: follows a history call by call, with the records in a map of its own. It says what the protocol
//! allows, and keeps the first thing that was wrong.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use okta_request_enricher::ledger::LedgerError;
use okta_request_enricher::ledger::protocol::{Claim, MAX_DOUBTS, Record, State, View};
use okta_simulator::doubles::LEDGER_TABLE;
use serde_json::Value;
use tokio::time::Instant;

use super::course::{Course, Heard};
use super::fate::Mishap;
use super::operation::{Answer, Arrived, Doing, Step};
use super::tally::Tally;
use super::wire::{self, Asks, Call};

/// The records, and the operations and calls that are to be judged by them.
#[derive(Default)]
pub(super) struct Judge {
    table: BTreeMap<String, Record>,
    since: Option<Timestamp>,
    operations: Vec<Course>,
    calls: Vec<Sent>,
    /// The SDK's calls whose transaction took effect: DynamoDB knows its copies by their token.
    transactions: HashSet<String>,
    tokens: BTreeMap<String, String>,
    /// Claims that stood and were not taken back, with their ids and whether an operator insisted.
    outstanding: Vec<(Claim, BTreeSet<String>, bool)>,
    began: Option<Instant>,
    steps: Vec<(Duration, String)>,
    wrong: Option<String>,
    tally: Tally,
}

/// A call under way.
struct Sent {
    operation: usize,
    call: Call,
    /// What its operation had to do when it was sent.
    due: Step,
    arrived: Option<Arrived>,
}

impl Judge {
    pub(super) fn start(&mut self) {
        self.began = Some(Instant::now());
    }

    /// What happened so far, a line a step.
    pub(super) fn history(&self) -> String {
        let lines = self.steps.iter().map(|(time, step)| format!("{:>9.3} s  {step}", time.as_secs_f64()));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// An operation begins, which may take this time.
    pub(super) fn begins(&mut self, doing: Doing, time: Duration) -> usize {
        let number = self.operations.len();
        self.step(format!("operation {number} begins, for {time:?}: {doing}"));
        self.operations.push(Course::new(doing, time));
        number
    }

    /// The view after this claim was granted, or may have been.
    pub(super) fn granted(&self, operation: usize) -> Option<View> {
        self.operations[operation].operation.grant()
    }

    /// A call is sent. Returns its number, if it is one that may be sent.
    pub(super) fn sent(
        &mut self,
        operation: usize,
        request: &Request<Bytes>,
        mishap: Mishap,
    ) -> Option<usize> {
        let number = self.calls.len();
        self.tally.saw(format!("{mishap:?}"));
        let call = match Call::read(request, LEDGER_TABLE) {
            Ok(call) => call,
            Err(fault) => {
                self.blame(format!("operation {operation} sends a malformed call: {fault}"));
                return None;
            }
        };
        let meets =
            if mishap == Mishap::Nothing { String::new() } else { format!(", which meets {mishap:?}") };
        self.step(format!("operation {operation} sends call {number}{meets}: {}", call.asks));
        if let Some(token) = &call.token
            && self.tokens.entry(token.clone()).or_insert_with(|| call.of_sdk.clone()) != &call.of_sdk
        {
            self.blame(format!("call {number} has the token of another"));
        }
        let due = self.operations[operation].operation.step.clone();
        if let Err(fault) = self.operations[operation].sends(&call) {
            self.blame(format!("call {number} is {fault}"));
        }
        self.calls.push(Sent { operation, call, due, arrived: None });
        self.wrong.is_none().then_some(number)
    }

    /// How many items a call writes in a transaction; `None` if it is none.
    pub(super) fn transaction(&self, call: usize) -> Option<usize> {
        match &self.calls[call].call.asks {
            Asks::Write(items) if items.len() > 1 => Some(items.len()),
            _ => None,
        }
    }

    /// A call reaches the table, which answers so.
    pub(super) fn arrives(&mut self, number: usize, status: u16, body: &Value) {
        let Sent { operation, call, .. } = &self.calls[number];
        let (operation, call) = (*operation, call.clone());
        let arrived = match &call.asks {
            Asks::Read(id) => self.reads(number, id, status, body),
            Asks::Write(items) => self.writes(number, operation, &call, items, status),
        };
        self.calls[number].arrived = Some(arrived);
    }

    fn reads(&mut self, number: usize, id: &str, status: u16, body: &Value) -> Arrived {
        let since = (id == wire::SINCE).then_some(self.since);
        let stored = self.table.get(id).cloned();
        let expected = match since {
            Some(since) => since.map(wire::since),
            None => stored.as_ref().map(|record| wire::item(id, record)),
        };
        self.step(format!("call {number} arrives and finds {}", wire::brief(stored.as_ref())));
        if status != 200 || body.get("Item") != expected.as_ref() {
            self.blame(format!("call {number} reads {body}, and {expected:?} is stored"));
        }
        match since {
            Some(since) => Arrived::Since(since),
            None => Arrived::Item(id.to_owned(), stored),
        }
    }

    fn writes(
        &mut self,
        number: usize,
        operation: usize,
        call: &Call,
        items: &BTreeMap<String, Value>,
        status: u16,
    ) -> Arrived {
        let (arrived, expected) = if items.contains_key(wire::SINCE) {
            self.writes_since(operation)
        } else if self.transactions.contains(&call.of_sdk) {
            self.step(format!("call {number} arrives, a copy of one that was done"));
            (Arrived::Written, 200)
        } else {
            self.writes_record(number, operation, call)
        };
        if status != expected {
            self.blame(format!("call {number} is answered with {status} instead of {expected}"));
        }
        arrived
    }

    fn writes_since(&mut self, operation: usize) -> (Arrived, u16) {
        let Doing::Since { now } = self.operations[operation].operation.doing else {
            unreachable!("{:?}", self.operations[operation].operation.doing)
        };
        if self.since.is_some() {
            return (Arrived::Refused(Vec::new()), 400);
        }
        self.since = Some(wire::whole_milliseconds(now));
        (Arrived::Written, 200)
    }

    /// The write of a record takes effect if the view that it was made for is true.
    fn writes_record(&mut self, number: usize, operation: usize, call: &Call) -> (Arrived, u16) {
        let Step::Write { view, record, always } = self.calls[number].due.clone() else {
            unreachable!("{:?}", self.calls[number].due)
        };
        let refused: Vec<_> = view
            .entries()
            .filter(|(id, expected)| !always && self.table.get(*id) != *expected)
            .map(|(id, _)| (id.to_owned(), self.table.get(id).cloned()))
            .collect();
        if !refused.is_empty() {
            self.tally.saw("a refused write");
            let stored = refused.iter().map(|(id, found)| format!("`{id}`: {}", wire::brief(found.as_ref())));
            let stored = stored.collect::<Vec<_>>().join(", ");
            self.step(format!("call {number} arrives and is refused by what stands there: {stored}"));
            return (Arrived::Refused(refused), 400);
        }
        self.step(format!("call {number} arrives and is done"));
        if view.entries().len() > 1 {
            self.transactions.insert(call.of_sdk.clone());
        }
        for (id, _) in view.entries() {
            let before = self.table.insert(id.to_owned(), record.clone());
            if before.is_some_and(|before| before.state == State::Posted) && record.state != State::Posted {
                self.blame(format!("call {number} forgets that a message stands"));
            }
        }
        self.count(operation, &record);
        (Arrived::Written, 200)
    }

    /// Keeps the count of those that may have posted, by the claims themselves: at most two under one id,
    /// unless an operator insists.
    fn count(&mut self, operation: usize, record: &Record) {
        let insisted =
            matches!(self.operations[operation].operation.doing, Doing::Claim { repost: true, .. });
        self.tally.saw(format!("{:?}", record.state));
        match record.state {
            State::Claimed => self.outstanding.push((record.claim.clone(), record.ids.clone(), insisted)),
            // A withheld record that is joined to another id is no release of its own.
            State::Released | State::Withheld(_) => self.outstanding.retain(|it| it.0 != record.claim),
            State::InDoubt | State::Posted => {}
        }
        for id in &record.ids {
            let claims = self.outstanding.iter().filter(|(_, ids, insisted)| ids.contains(id) && !insisted);
            if claims.count() > MAX_DOUBTS as usize + 1 {
                self.blame(format!("more than two attempts may post on `{id}`"));
                return;
            }
        }
    }

    /// The sender of a call hears what became of it.
    pub(super) fn heard(&mut self, number: usize, heard: Heard) {
        let Sent { operation, arrived, .. } = &self.calls[number];
        let (number_of, arrived) = (*operation, arrived.clone());
        self.step(format!("operation {number_of} hears of call {number}: {heard:?}"));
        if self.wrong.is_none() {
            self.operations[number_of].hears(heard, arrived);
        }
    }

    /// An operation answers.
    pub(super) fn answers(&mut self, number: usize, answer: &Result<Answer, LedgerError>) {
        self.step(format!("operation {number} answers {answer:?}"));
        let kind = match answer {
            Ok(answer) => format!("{answer:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
            Err(error) => format!("{error:?}").split(' ').next().unwrap_or_default().to_owned(),
        };
        self.tally.saw(format!("answer {kind}"));
        if let Err(due) = self.operations[number].answers(answer) {
            self.blame(format!("operation {number} answers {answer:?} instead of {due}"));
        }
    }

    /// An operation ends in its middle.
    pub(super) fn dropped(&mut self, number: usize) {
        if !self.operations[number].ended {
            self.operations[number].ended = true;
            self.tally.saw("dropped");
            self.step(format!("operation {number} is dropped"));
        }
    }

    /// The history is over, and the table holds this.
    pub(super) fn close(&mut self, table: &BTreeMap<String, Value>) -> Result<(), String> {
        let records = self.table.iter().map(|(id, record)| (id.clone(), wire::item(id, record)));
        let since = self.since.map(|since| (wire::SINCE.to_owned(), wire::since(since)));
        let expected: BTreeMap<_, _> =
            records.chain(since).map(|(id, item)| (id, wire::plain(&item))).collect();
        if *table != expected {
            self.blame(format!("at the end the table holds {table:?} instead of {expected:?}"));
        }
        match &self.wrong {
            None => Ok(()),
            Some(wrong) => Err(wrong.clone()),
        }
    }

    /// What was seen so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally.of(&self.history())
    }

    fn step(&mut self, what: String) {
        // What comes after the first wrong step would hide it.
        if self.wrong.is_none() {
            let time = self.began.map(|began| began.elapsed()).unwrap_or_default();
            self.steps.push((time, what));
        }
    }

    fn blame(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }
}
