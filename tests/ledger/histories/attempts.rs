//! What is asked of the ledger in a history: attempts that claim, hold and end, operators who insist, and
//! those who look or join. Each is an owner of its own with a process of its own, and may be killed at any
//! moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use okta_request_enricher::clock::Clock;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::ledger::protocol::{self, Claim};
use okta_request_enricher::ledger::{ClaimRequest, Claimed, Grant, Ledger, LedgerError, Withheld};
use okta_request_enricher::request::RequestId;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::judge::Judge;
use super::network::OPERATION;
use super::operation::{Answer, Doing};
use super::wire;

/// The ids in a history: of one request or of several, as its attempts have it.
const IDS: [&str; 4] =
    ["req16zRXf4PBGnr7o18A", "62ba4ab2d7a5c80e4d2a7c11", "62ba4ab2d7a5c80e4d2a7c12", "req16zRXf4PBGnr7o18B"];

/// Plays attempts until all have ended.
pub(super) async fn play(
    dice: &mut fastrand::Rng,
    clock: Clock,
    judge: &Arc<Mutex<Judge>>,
    ledger: impl Fn() -> Ledger,
) {
    let ids = dice.usize(1..=IDS.len());
    let mut attempts = JoinSet::new();
    for number in 0..dice.usize(2..=6) {
        let begins = *dice.choice(&[50, 2_000, 30_000, 300_000]).unwrap();
        let begins = Duration::from_millis(dice.u64(0..begins));
        let killed = if dice.u8(0..5) == 0 { dice.u64(0..20_000) } else { 3_600_000 };
        let attempt = Attempt {
            ledger: ledger(),
            judge: Arc::clone(judge),
            clock,
            skew: SignedDuration::from_millis(if dice.u8(0..4) == 0 { dice.i64(-3_000..3_000) } else { 0 }),
            // Lambda's retries and doubled deliveries keep the request id.
            owner: format!("d7f4-{}/{number}", dice.u8(0..3)),
            ids: (0..dice.usize(1..=3)).map(|_| IDS[dice.usize(0..ids)]).collect(),
            dice: dice.fork(),
        };
        attempts.spawn(async move {
            sleep(begins).await;
            let _ = timeout(Duration::from_millis(killed), attempt.run()).await;
        });
    }
    while let Some(ended) = attempts.join_next().await {
        ended.unwrap();
    }
}

struct Attempt {
    ledger: Ledger,
    judge: Arc<Mutex<Judge>>,
    clock: Clock,
    /// How far its clock is wrong.
    skew: SignedDuration,
    owner: String,
    ids: Vec<&'static str>,
    dice: fastrand::Rng,
}

impl Attempt {
    async fn run(mut self) {
        let now = self.clock.now() + self.skew;
        match self.dice.u8(0..100) {
            0..80 => self.claim(now).await,
            80..88 => self.look_up(now).await,
            88..94 => self.join(now).await,
            94..98 => self.since(now).await,
            _ => self.warm().await,
        }
    }

    async fn claim(&mut self, now: Timestamp) {
        let (ids, time) = (self.request_ids(), self.time());
        let until = now + SignedDuration::from_micros(self.dice.i64(3_000_000..90_000_000));
        let repost = self.dice.u8(0..12) == 0;
        let request = ClaimRequest { id: &ids[0], aliases: &ids[1..], owner: &self.owner, until, repost };
        let claim = Claim { owner: self.owner.clone(), until: wire::whole_milliseconds(until) };
        let doing = Doing::Claim { claim: claim.clone(), ids: texts(&ids), repost, now };
        let operation = Guard::begins(&self.judge, doing, time);
        let claimed = operation.scope(self.ledger.claim(&request, now, Deadline::after(time))).await;
        let answer = match &claimed {
            Ok(Claimed::Granted(grant)) => Ok(Answer::Granted { doubtful: grant.doubtful() }),
            Ok(Claimed::Duplicate) => Ok(Answer::Duplicate),
            Ok(Claimed::Withheld(why)) => Ok(Answer::Withheld(*why)),
            Ok(Claimed::Live { until }) => Ok(Answer::Live { until: *until }),
            Ok(Claimed::Exhausted) => Ok(Answer::Exhausted),
            Err(error) => Err(error.clone()),
        };
        operation.answers(answer);
        if let Ok(Claimed::Granted(grant)) = claimed {
            let view = self.judge.lock().unwrap().granted(operation.number);
            let Some(view) = view else { return };
            // It posts, or comes too late for that.
            sleep(Duration::from_millis(self.dice.u64(0..20_000))).await;
            self.end(&grant, &claim, &view).await;
        }
    }

    /// Records how the attempt ended, unless it ends without a word.
    async fn end(&mut self, grant: &Grant, claim: &Claim, view: &protocol::View) {
        let why = *self.dice.choice(&Withheld::ALL).unwrap();
        let (end, record) = match self.dice.u8(0..100) {
            0..35 => (End::Complete, protocol::complete(view, claim)),
            35..65 => (End::Release, protocol::release(view, claim)),
            65..80 => (End::Withhold(why), protocol::withhold(view, claim, why)),
            _ => return,
        };
        let time = self.time();
        let always = matches!(end, End::Complete);
        let operation =
            Guard::begins(&self.judge, Doing::Record { record, view: view.clone(), always }, time);
        let deadline = Deadline::after(time);
        let recorded = operation
            .scope(async {
                match end {
                    End::Complete => self.ledger.complete(grant, deadline).await,
                    End::Release => self.ledger.release(grant, deadline).await,
                    End::Withhold(why) => self.ledger.withhold(grant, why, deadline).await,
                }
            })
            .await;
        operation.answers(recorded.map(|()| Answer::Done));
    }

    async fn look_up(&mut self, now: Timestamp) {
        let (ids, time) = (self.request_ids(), self.time());
        let operation = Guard::begins(&self.judge, Doing::LookUp { ids: texts(&ids), now }, time);
        let found = operation.scope(self.ledger.look_up(&ids, now, Deadline::after(time))).await;
        operation.answers(found.map(Answer::Found));
    }

    async fn join(&mut self, now: Timestamp) {
        let (ids, time) = (self.request_ids(), self.time());
        let operation = Guard::begins(&self.judge, Doing::Join { ids: texts(&ids) }, time);
        let joined = operation.scope(self.ledger.join(&ids, now, Deadline::after(time))).await;
        operation.answers(joined.map(|()| Answer::Done));
    }

    async fn since(&mut self, now: Timestamp) {
        let time = self.time();
        let operation = Guard::begins(&self.judge, Doing::Since { now }, time);
        let since = operation.scope(self.ledger.since(now, Deadline::after(time))).await;
        operation.answers(since.map(Answer::Since));
    }

    async fn warm(&mut self) {
        let time = self.time();
        let operation = Guard::begins(&self.judge, Doing::Warm, time);
        operation.scope(self.ledger.warm(Deadline::after(time))).await;
        operation.answers(Ok(Answer::Done));
    }

    /// How long an operation may take.
    fn time(&mut self) -> Duration {
        let longest = *self.dice.choice(&[400, 3_000, 20_000]).unwrap();
        Duration::from_millis(self.dice.u64(longest / 4..longest))
    }

    fn request_ids(&self) -> Vec<RequestId> {
        self.ids.iter().map(|id| RequestId::parse(id).unwrap()).collect()
    }
}

fn texts(ids: &[RequestId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[derive(Clone, Copy)]
enum End {
    Complete,
    Release,
    Withhold(Withheld),
}

/// An operation that the judge follows; dropped before its answer, it was killed.
struct Guard {
    judge: Arc<Mutex<Judge>>,
    number: usize,
}

impl Guard {
    fn begins(judge: &Arc<Mutex<Judge>>, doing: Doing, time: Duration) -> Guard {
        let number = judge.lock().unwrap().begins(doing, time);
        Guard { judge: Arc::clone(judge), number }
    }

    async fn scope<T>(&self, work: impl Future<Output = T>) -> T {
        OPERATION.scope(self.number, work).await
    }

    fn answers(&self, answer: Result<Answer, LedgerError>) {
        self.judge.lock().unwrap().answers(self.number, answer);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.judge.lock().unwrap().dropped(self.number);
    }
}
