//! [`Fate`]: what happens to one call: how long it takes, what goes wrong, and what its sender hears.

use std::time::Duration;

use okta_request_enricher::http::Broken;
use serde_json::{Value, json};

use super::course::Heard;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mishap {
    Nothing,
    /// It never arrives, and nobody says so.
    Lost,
    /// It arrives, and its answer is lost.
    AnswerLost,
    /// No connection.
    Unsent,
    /// The connection breaks before it arrives.
    CutBefore,
    /// The connection breaks after it arrived.
    CutAfter,
    /// The table has no capacity for it.
    Throttled,
    /// A transaction is in the way.
    Busy,
    /// Some of a transaction's items are busy. Others are refused.
    PartlyBusy,
    /// The service fails before it did anything.
    FailsBefore,
    /// The service fails after it did as asked.
    FailsAfter,
    /// It arrives, and its answer is no JSON.
    Unreadable,
    /// The service refuses it, and will until someone changes something.
    Refused,
}

impl Mishap {
    pub(super) const ALL: [Mishap; 13] = [
        Mishap::Nothing,
        Mishap::Lost,
        Mishap::AnswerLost,
        Mishap::Unsent,
        Mishap::CutBefore,
        Mishap::CutAfter,
        Mishap::Throttled,
        Mishap::Busy,
        Mishap::PartlyBusy,
        Mishap::FailsBefore,
        Mishap::FailsAfter,
        Mishap::Unreadable,
        Mishap::Refused,
    ];

    fn draw(dice: &mut fastrand::Rng, trouble: u8) -> Mishap {
        if dice.u8(0..100) >= trouble {
            return Mishap::Nothing;
        }
        // A lost answer leads to most, since the call is sent again later. The last two end most operations.
        match dice.choice(&Mishap::ALL) {
            Some(Mishap::Refused | Mishap::Unreadable) if dice.bool() => Mishap::AnswerLost,
            Some(_) if dice.u8(0..3) == 0 => Mishap::AnswerLost,
            Some(mishap) => *mishap,
            None => Mishap::Nothing,
        }
    }

    pub(super) fn arrives(self) -> bool {
        matches!(
            self,
            Mishap::Nothing
                | Mishap::AnswerLost
                | Mishap::CutAfter
                | Mishap::PartlyBusy
                | Mishap::FailsAfter
                | Mishap::Unreadable
        )
    }
}

/// The fate of one call.
pub(super) struct Fate {
    pub(super) before: Duration,
    pub(super) mishap: Mishap,
    pub(super) after: Duration,
    /// Decides between answers of one kind.
    kind: usize,
}

impl Fate {
    /// After a mishap, often the same again.
    pub(super) fn draw(dice: &mut fastrand::Rng, trouble: u8, last: &mut (Mishap, usize)) -> Fate {
        let mut delay = || match dice.u8(0..100) {
            slow if slow < trouble / 4 => Duration::from_millis(dice.u64(500..5_000)),
            _ => Duration::from_millis(dice.u64(0..30)),
        };
        let (before, after) = (delay(), delay());
        if last.0 == Mishap::Nothing || dice.u8(0..3) == 0 {
            *last = (Mishap::draw(dice, trouble), dice.usize(..));
        }
        let (mishap, kind) = *last;
        Fate { before, mishap, after, kind }
    }

    /// What its sender hears; `None` if that is nothing. `arrived` is the table's own answer.
    pub(super) fn answer(&self, transaction: Option<usize>, arrived: Option<(u16, Value)>) -> Option<Answer> {
        let error = |status, code: &str| {
            let body =
                json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "…" });
            (status, body.to_string())
        };
        let canceled = |code: &str, of: usize| {
            // Which of them, by bits; at least one.
            let reason = |number: usize| {
                let it = number == self.kind % of || self.kind >> number & 1 == 1;
                json!({ "Code": if it { code } else { "None" } })
            };
            let reasons: Vec<_> = (0..of).map(reason).collect();
            let body = json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
                "CancellationReasons": reasons,
            });
            (400, body.to_string())
        };
        let one_of = |choices: &[&'static str]| choices[self.kind % choices.len()];
        let broken = |connected| {
            let (timed_out, cause) = (self.kind.is_multiple_of(2), "the connection broke".to_owned());
            Err(Broken { connected, timed_out, cause })
        };
        let throttled = || {
            let codes =
                ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"];
            error(400, one_of(&codes))
        };
        Some(match (self.mishap, transaction) {
            (Mishap::Lost | Mishap::AnswerLost, _) => return None,
            (Mishap::Unsent, _) => (Heard::Passing, broken(false)),
            (Mishap::CutBefore | Mishap::CutAfter, _) => (Heard::Passing, broken(true)),
            (Mishap::Throttled, Some(of)) if self.kind.is_multiple_of(2) => {
                let codes = ["ThrottlingError", "ProvisionedThroughputExceeded"];
                (Heard::Busy, Ok(canceled(one_of(&codes), of)))
            }
            (Mishap::Throttled, _) => (Heard::Passing, Ok(throttled())),
            (Mishap::Busy, Some(_)) if self.kind.is_multiple_of(2) => {
                (Heard::Busy, Ok(error(400, "TransactionInProgressException")))
            }
            (Mishap::Busy, Some(of)) => (Heard::Busy, Ok(canceled("TransactionConflict", of))),
            (Mishap::Busy, None) => (Heard::Busy, Ok(error(400, "TransactionConflictException"))),
            (Mishap::FailsBefore | Mishap::FailsAfter, _) => {
                let html = || (502, "<html><body>Bad Gateway</body></html>".to_owned());
                let answers = [error(500, "InternalServerError"), error(503, "ServiceUnavailable"), html()];
                (Heard::Passing, Ok(answers[self.kind % 3].clone()))
            }
            (Mishap::Unreadable, _) => (Heard::Odd, Ok((200, "{\"Item\":".to_owned()))),
            (Mishap::Refused, Some(of)) if self.kind.is_multiple_of(2) => {
                (Heard::Refusal, Ok(canceled("ValidationError", of)))
            }
            (Mishap::Refused, _) => {
                let codes = [
                    "AccessDeniedException",
                    "ResourceNotFoundException",
                    "ValidationException",
                    "UnrecognizedClientException",
                ];
                (Heard::Refusal, Ok(error(400, one_of(&codes))))
            }
            (Mishap::PartlyBusy, _) => {
                let (status, mut body) = arrived?;
                for reason in body["CancellationReasons"].as_array_mut().into_iter().flatten() {
                    if reason["Code"] == "None" {
                        reason["Code"] = json!("TransactionConflict");
                    }
                }
                (Heard::Table, Ok((status, body.to_string())))
            }
            (Mishap::Nothing, _) => {
                arrived.map(|(status, body)| (Heard::Table, Ok((status, body.to_string()))))?
            }
        })
    }
}

/// What a sender hears: a status and a body, or a broken connection.
pub(super) type Answer = (Heard, Result<(u16, String), Broken>);
