//! What happens to each call on its way to the table and back. A call that was sent arrives whatever becomes
//! of its sender, possibly after a later one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use okta_request_enricher::http::{Broken, Service};
use okta_simulator::doubles::{Account, REGION};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::judge::{Heard, Judge};

tokio::task_local! {
    /// The operation that a call is made for.
    pub(super) static OPERATION: usize;
}

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
        match dice.choice(&Mishap::ALL) {
            // These end most operations, so they are rare.
            Some(Mishap::Refused | Mishap::Unreadable) if dice.u8(0..4) > 0 => Mishap::AnswerLost,
            Some(mishap) => *mishap,
            None => Mishap::Nothing,
        }
    }

    fn arrives(self) -> bool {
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
struct Fate {
    before: Duration,
    mishap: Mishap,
    after: Duration,
    /// Decides between answers of one kind.
    kind: usize,
}

impl Fate {
    /// After a mishap, often the same again.
    fn draw(dice: &mut fastrand::Rng, trouble: u8, last: &mut (Mishap, usize)) -> Fate {
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
    fn answer(&self, transaction: Option<usize>, arrived: Option<(u16, Value)>) -> Option<Answer> {
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
            (Mishap::Refused, Some(of)) if self.kind.is_multiple_of(4) => {
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
type Answer = (Heard, Result<(u16, String), Broken>);

/// The way from processes to the table.
pub(super) struct Network {
    account: Arc<Account>,
    judge: Arc<Mutex<Judge>>,
    dice: Mutex<(fastrand::Rng, (Mishap, usize))>,
    /// How many of a hundred calls meet a mishap.
    trouble: u8,
}

impl Network {
    pub(super) fn new(account: Arc<Account>, judge: Arc<Mutex<Judge>>, mut dice: fastrand::Rng) -> Network {
        let trouble = *dice.choice(&[0, 5, 15, 30]).unwrap();
        Network { account, judge, dice: Mutex::new((dice, (Mishap::Nothing, 0))), trouble }
    }

    /// The table as a process reaches it that signs for this region. Each process has a region of its own: the
    /// SDK shares its quota of retries within a region, so that one history would change another.
    pub(super) fn service(self: Arc<Self>, region: String) -> Service {
        Arc::new(move |mut request| {
            let authorization = request.headers()["authorization"].to_str().unwrap();
            let authorization = authorization.replace(&format!("/{region}/"), &format!("/{REGION}/"));
            request.headers_mut().insert("authorization", authorization.parse().unwrap());
            Box::pin(Arc::clone(&self).send(request))
        })
    }

    fn fate(&self) -> Fate {
        let (dice, last) = &mut *self.dice.lock().unwrap();
        Fate::draw(dice, self.trouble, last)
    }

    /// Sends a call now. The future waits for what is heard of it.
    fn send(
        self: Arc<Self>,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<reqwest::Body>, Broken>> + Send {
        let mut fate = self.fate();
        // A read has no conflict with a transaction (DynamoDB guide, "Transaction conflict handling").
        if fate.mishap == Mishap::Busy && request.headers()["x-amz-target"] == "DynamoDB_20120810.GetItem" {
            fate.mishap = Mishap::Nothing;
        }
        let call = self.judge.lock().unwrap().sent(OPERATION.get(), &request, fate.mishap);
        let told = call.map(|call| {
            let (tell, told) = oneshot::channel();
            tokio::spawn(deliver(
                Arc::clone(&self.account),
                Arc::clone(&self.judge),
                request,
                call,
                fate,
                tell,
            ));
            (call, told)
        });
        async move {
            // Without a call, the history is over.
            let Some((call, told)) = told else { std::future::pending().await };
            let Ok((heard, answer)) = told.await else { std::future::pending().await };
            self.judge.lock().unwrap().heard(call, heard);
            answer.map(|(status, body)| {
                Response::builder()
                    .status(status)
                    .header("content-type", "application/x-amz-json-1.0")
                    .header("x-amzn-requestid", "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE0")
                    .body(body.into())
                    .unwrap()
            })
        }
    }
}

async fn deliver(
    account: Arc<Account>,
    judge: Arc<Mutex<Judge>>,
    request: Request<Bytes>,
    call: usize,
    fate: Fate,
    tell: oneshot::Sender<Answer>,
) {
    sleep(fate.before).await;
    let transaction = judge.lock().unwrap().transaction(call);
    let mut arrived = None;
    if fate.mishap.arrives() {
        let (head, body) = account.answer(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        judge.lock().unwrap().arrives(call, head.status.as_u16(), &body);
        arrived = Some((head.status.as_u16(), body));
    }
    sleep(fate.after).await;
    if let Some(answer) = fate.answer(transaction, arrived) {
        // Its sender may have given up.
        let _ = tell.send(answer);
    }
}
