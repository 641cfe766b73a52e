//! One operation of the ledger, as the pure protocol has it: what it asks the table for next, and which answer
//! is right, depending on what it has heard.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use okta_request_enricher::ledger::protocol::{self, Claim, Decision, Record, View, Withheld};
use okta_request_enricher::ledger::{Found, Standing};

use serde_json::Value;

use super::wire::{self, Asks};

/// What an operation is for.
#[derive(Clone, Debug)]
pub(super) enum Doing {
    Claim {
        claim: Claim,
        ids: Vec<String>,
        repost: bool,
        now: Timestamp,
    },
    /// What became of a grant.
    Record {
        record: Record,
        view: View,
        always: bool,
    },
    LookUp {
        ids: Vec<String>,
        now: Timestamp,
    },
    Join {
        ids: Vec<String>,
    },
    Since {
        now: Timestamp,
    },
    Warm,
}

/// What an operation does next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// It reads what is stored under these ids, in any order.
    Read {
        view: View,
        unread: BTreeSet<String>,
    },
    /// It writes the record under every id of the view, if the view is true or `always`.
    Write {
        view: View,
        record: Record,
        always: bool,
    },
    ReadSince,
    WriteSince,
    /// It answers.
    Answer(Answer),
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doing::Claim { claim, ids, repost, now } => {
                let insists = if *repost { ", by all means" } else { "" };
                write!(f, "claim {ids:?} for {} until {}, at {now}{insists}", claim.owner, claim.until)
            }
            Doing::Record { record, always, .. } => {
                write!(f, "record {}{}", wire::brief(Some(record)), if *always { ", always" } else { "" })
            }
            Doing::LookUp { ids, now } => write!(f, "look up {ids:?}, at {now}"),
            Doing::Join { ids } => write!(f, "join {ids:?}"),
            Doing::Since { now } => write!(f, "since when, at {now}"),
            Doing::Warm => f.write_str("warm"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Read { unread, .. } => write!(f, "read one of {unread:?}"),
            Step::Write { view, record, .. } => {
                write!(f, "{}", Asks::Write(items(view, record)))
            }
            Step::ReadSince => f.write_str("read since when"),
            Step::WriteSince => f.write_str("write since when"),
            Step::Answer(answer) => write!(f, "{answer:?}"),
        }
    }
}

/// A record under each id of a view, as items.
fn items(view: &View, record: &Record) -> BTreeMap<String, Value> {
    view.entries().map(|(id, _)| (id.to_owned(), wire::item(id, record))).collect()
}

/// What an operation answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Granted {
        doubtful: bool,
    },
    Duplicate,
    Withheld(Withheld),
    Live {
        until: Timestamp,
    },
    Exhausted,
    /// Whether the claim is stored is unknown.
    Unknown,
    /// It did what there was to do.
    Done,
    Found(Found),
    Since(Timestamp),
}

/// What the table answered to a call.
#[derive(Clone, Debug)]
pub(super) enum Arrived {
    Written,
    /// Nothing is written: these ids hold something else than expected.
    Refused(Vec<(String, Option<Record>)>),
    /// This is stored under the id.
    Item(String, Option<Record>),
    Since(Option<Timestamp>),
}

/// An operation and how far it is.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) doing: Doing,
    pub(super) step: Step,
    /// The view after its claim was granted.
    granted: Option<View>,
}

impl Operation {
    pub(super) fn new(doing: Doing) -> Operation {
        let reading = |ids: &[String]| Step::Read {
            view: View::new(ids.iter().cloned()),
            unread: ids.iter().cloned().collect(),
        };
        let step = match &doing {
            Doing::Claim { ids, .. } => {
                let mut operation = Operation { doing: doing.clone(), step: Step::ReadSince, granted: None };
                operation.decide(View::new(ids.iter().cloned()));
                return operation;
            }
            Doing::Record { record, view, always } => {
                Step::Write { view: view.clone(), record: record.clone(), always: *always }
            }
            Doing::LookUp { ids, .. } | Doing::Join { ids } => reading(ids),
            Doing::Since { .. } => Step::ReadSince,
            Doing::Warm => reading(&["warm".to_owned()]),
        };
        Operation { doing, step, granted: None }
    }

    /// Whether it may ask for this now.
    pub(super) fn may_ask(&self, asks: &Asks) -> bool {
        match (&self.step, asks) {
            (Step::Read { unread, .. }, Asks::Read(id)) => unread.contains(id),
            (Step::Write { view, record, .. }, Asks::Write(asked)) => *asked == items(view, record),
            (Step::ReadSince, Asks::Read(id)) => id == wire::SINCE,
            (Step::WriteSince, Asks::Write(items)) => {
                let Doing::Since { now } = self.doing else { return false };
                *items == BTreeMap::from([(wire::SINCE.to_owned(), wire::since(now))])
            }
            _ => false,
        }
    }

    /// It hears the table's answer.
    pub(super) fn hears(&mut self, arrived: Arrived) {
        let step = std::mem::replace(&mut self.step, Step::ReadSince);
        match (step, arrived) {
            (Step::Write { view, record, .. }, Arrived::Written) => match &self.doing {
                Doing::Claim { claim, repost, now, .. } => {
                    let (decision, _) = protocol::claim(&view, claim, *repost, *now);
                    let Decision::Granted { doubtful } = decision else { unreachable!("{decision:?}") };
                    self.granted = Some(view.after(&record));
                    self.step = Step::Answer(Answer::Granted { doubtful });
                }
                _ => self.step = Step::Answer(Answer::Done),
            },
            (Step::Write { mut view, .. }, Arrived::Refused(found)) => match self.doing {
                Doing::Claim { .. } => {
                    for (id, found) in found {
                        view.learn(id, found);
                    }
                    self.decide(view);
                }
                _ => self.step = Step::Answer(Answer::Done),
            },
            (Step::Read { mut view, mut unread }, Arrived::Item(id, found)) => {
                unread.remove(&id);
                let named = found.iter().flat_map(|record| &record.ids);
                unread.extend(named.filter(|other| !view.has(other)).cloned());
                view.learn(id, found);
                self.step = if unread.is_empty() { self.has_read(view) } else { Step::Read { view, unread } };
            }
            (Step::ReadSince, Arrived::Since(Some(since))) => self.step = Step::Answer(Answer::Since(since)),
            (Step::ReadSince, Arrived::Since(None)) => self.step = Step::WriteSince,
            (Step::WriteSince, Arrived::Written | Arrived::Refused(_)) => {
                let Doing::Since { now } = self.doing else { unreachable!("{:?}", self.doing) };
                self.step = Step::Answer(Answer::Since(wire::whole_milliseconds(now)));
            }
            (step, arrived) => unreachable!("{arrived:?} in {step:?}"),
        }
    }

    /// The view of a claim that is granted, or that may be.
    pub(super) fn grant(&self) -> Option<View> {
        match &self.step {
            Step::Write { view, record, .. } => Some(view.after(record)),
            _ => self.granted.clone(),
        }
    }

    /// A claim decides on what it believes.
    fn decide(&mut self, view: View) {
        let Doing::Claim { claim, repost, now, .. } = &self.doing else { unreachable!("{:?}", self.doing) };
        let (decision, record) = protocol::claim(&view, claim, *repost, *now);
        self.step = match (decision, record) {
            (_, Some(record)) => Step::Write { view, record, always: false },
            (Decision::Granted { doubtful }, None) => {
                self.granted = Some(view);
                Step::Answer(Answer::Granted { doubtful })
            }
            (Decision::Duplicate, None) => Step::Answer(Answer::Duplicate),
            (Decision::Withheld(why), None) => Step::Answer(Answer::Withheld(why)),
            (Decision::Live { until }, None) => Step::Answer(Answer::Live { until }),
            (Decision::Exhausted, None) => Step::Answer(Answer::Exhausted),
        };
    }

    /// What a reader does who has read everything.
    fn has_read(&self, view: View) -> Step {
        match &self.doing {
            Doing::LookUp { now, .. } => Step::Answer(Answer::Found(found(&view, *now))),
            Doing::Join { .. } => match protocol::join(&view) {
                Some(record) => Step::Write { view, record, always: false },
                None => Step::Answer(Answer::Done),
            },
            _ => Step::Answer(Answer::Done),
        }
    }
}

/// What a look tells: whether a claim of somebody new would be granted now.
fn found(view: &View, now: Timestamp) -> Found {
    let anyone = Claim { owner: String::new(), until: now };
    let standing = if view.entries().all(|(_, found)| found.is_none()) {
        Standing::Unrecorded
    } else if matches!(protocol::claim(view, &anyone, false, now).0, Decision::Granted { .. }) {
        Standing::Unanswered
    } else {
        Standing::Settled
    };
    Found { standing, ids: view.entries().map(|(id, _)| id.to_owned()).collect() }
}
