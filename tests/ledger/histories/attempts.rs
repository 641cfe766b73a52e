//! What is asked of the ledger in a history: attempts that claim, hold and end, operators who insist, and
//! those who look or join. Each is an owner of its own with a process of its own, and may be killed at any
//! moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use okta_request_enricher::clock::Clock;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::ledger::protocol::{self, Claim, Record, View};
use okta_request_enricher::ledger::{ClaimRequest, Claimed, Grant, Ledger, LedgerError, Withheld};
use okta_request_enricher::request::RequestId;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::judge::Judge;
use super::network::OPERATION;
use super::operation::{Answer, Doing};
use super::wire;

/// The ids in a history: of one request or of several, as its attempts have it.
const IDS: [&str; 4] =
    ["req16zRXf4PBGnr7o18A", "62ba4ab2d7a5c80e4d2a7c11", "62ba4ab2d7a5c80e4d2a7c12", "req16zRXf4PBGnr7o18B"];

/// Most things happen at such moments, so that they often happen together: attempts begin and end, and claims
/// have just run out.
const BEAT: Duration = Duration::from_secs(8);

/// How much sooner than the next beat a claim ends, so that its grace is over then.
const BEFORE: SignedDuration = SignedDuration::from_millis(5_100);

/// Plays attempts until all have ended.
pub(super) async fn play(
    dice: &mut fastrand::Rng,
    clock: Clock,
    judge: &Arc<Mutex<Judge>>,
    ledger: impl Fn() -> Ledger,
) {
    let ids = *dice.choice(&[1, 1, 2, 2, 2, 3, 3, 4]).unwrap();
    let operators = dice.u8(0..3) == 0;
    let shared = dice.u8(0..6) == 0;
    let begun = Instant::now();
    let mut attempts = JoinSet::new();
    for number in 0..dice.usize(2..=6) {
        let skew = if dice.u8(0..8) == 0 { dice.i64(-3_000..3_000) } else { 0 };
        let mut attempt = Attempt {
            ledger: ledger(),
            judge: Arc::clone(judge),
            clock,
            begun,
            skew: SignedDuration::from_millis(skew),
            number,
            operators,
            shared,
            ids: (0..dice.usize(1..=3)).map(|_| IDS[dice.usize(0..ids)]).collect(),
            dice: dice.fork(),
        };
        let beats = dice.u32(0..5);
        let killed = *dice.choice(&[60, 4_000, 20_000]).unwrap();
        let killed = if dice.u8(0..6) == 0 { dice.u64(0..killed) } else { 3_600_000 };
        attempts.spawn(async move {
            attempt.wait(beats).await;
            let _ = timeout(Duration::from_millis(killed), Box::pin(attempt.run())).await;
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
    begun: Instant,
    /// How far its clock is wrong.
    skew: SignedDuration,
    number: usize,
    /// Whether messages are often withheld in this history, and operators join ids and insist.
    operators: bool,
    /// Whether several attempts are one owner in this history. An owner should have one claim; should it have
    /// two, the protocol is kept all the same.
    shared: bool,
    ids: Vec<&'static str>,
    dice: fastrand::Rng,
}

impl Attempt {
    async fn run(mut self) {
        let now = self.clock.now() + self.skew;
        let (claims, joins) = if self.operators { (60, 90) } else { (80, 86) };
        match self.dice.u8(0..100) {
            dice if dice < claims => self.claim(now).await,
            dice if dice < joins => self.join(now).await,
            ..94 => self.look_up(now).await,
            94..98 => self.since(now).await,
            _ => self.warm().await,
        }
    }

    /// Waits for this many beats, and a moment; or for any time.
    async fn wait(&mut self, beats: u32) {
        let within = if self.dice.u8(0..4) == 0 { 8_000 } else { 60 };
        let millis = self.dice.u64(0..within);
        let beat = if beats == 0 { Instant::now() } else { self.next_beat() + BEAT * (beats - 1) };
        sleep_until(beat + Duration::from_millis(millis)).await;
    }

    fn next_beat(&self) -> Instant {
        let beats = self.begun.elapsed().as_secs() / BEAT.as_secs() + 1;
        self.begun + BEAT * u32::try_from(beats).unwrap()
    }

    /// When a claim ends that begins now: before one of the next beats, or at any time.
    fn until(&mut self, now: Timestamp) -> Timestamp {
        match self.dice.u8(0..4) {
            0 => now + SignedDuration::from_micros(self.dice.i64(3_000_000..90_000_000)),
            beats => self.clock.at(self.next_beat() + BEAT * (u32::from(beats) / 3)) - BEFORE,
        }
    }

    /// Claims until it is granted, or there is no use.
    async fn claim(&mut self, mut now: Timestamp) {
        for again in 0..4 {
            let shared = self.shared && self.dice.bool();
            let owner = if shared { "d7f4/0".to_owned() } else { format!("d7f4/{}{again}", self.number) };
            let until = self.until(now);
            let claim = Claim { owner, until: wire::whole_milliseconds(until) };
            let (operation, claimed) = self.claim_as(&claim, until, now).await;
            match claimed {
                Ok(Claimed::Granted(grant)) => return self.hold(&grant, &claim, operation, false).await,
                Ok(Claimed::Unknown(grant, _)) if self.dice.bool() => {
                    return self.hold(&grant, &claim, operation, true).await;
                }
                Ok(Claimed::Live { .. } | Claimed::Unknown(..)) | Err(_) if self.dice.bool() => {
                    sleep(Duration::from_millis(self.dice.u64(0..1_500))).await;
                    now = self.clock.now() + self.skew;
                }
                Ok(_) | Err(_) => return,
            }
        }
    }

    async fn claim_as(
        &mut self,
        claim: &Claim,
        until: Timestamp,
        now: Timestamp,
    ) -> (usize, Result<Claimed, LedgerError>) {
        let (ids, time) = (self.request_ids(), self.time());
        let insists = if self.operators { 2 } else { 12 };
        let repost = self.dice.u8(0..insists) == 0;
        let request = ClaimRequest { id: &ids[0], aliases: &ids[1..], owner: &claim.owner, until, repost };
        let doing = Doing::Claim { claim: claim.clone(), ids: texts(&ids), repost, now };
        let operation = Guard::begins(&self.judge, doing, time);
        let claimed = operation.scope(self.ledger.claim(&request, now, Deadline::after(time))).await;
        operation.answers(&match &claimed {
            Ok(Claimed::Granted(grant)) => Ok(Answer::Granted { doubtful: grant.doubtful() }),
            Ok(Claimed::Duplicate) => Ok(Answer::Duplicate),
            Ok(Claimed::Withheld(why)) => Ok(Answer::Withheld(*why)),
            Ok(Claimed::Live { until }) => Ok(Answer::Live { until: *until }),
            Ok(Claimed::Exhausted) => Ok(Answer::Exhausted),
            Ok(Claimed::Unknown(..)) => Ok(Answer::Unknown),
            Err(error) => Err(error.clone()),
        });
        (operation.number, claimed)
    }

    /// Posts, or comes too late for that. A claim that may not be stored is given back at once.
    async fn hold(&mut self, grant: &Grant, claim: &Claim, operation: usize, unknown: bool) {
        // There is no such view if the ledger granted what the protocol does not.
        let view = self.judge.lock().unwrap().granted(operation);
        let Some(view) = view else { return };
        if unknown {
            return self.record(End::Release, grant, protocol::release(&view, claim), view).await;
        }
        let beats = self.dice.u32(0..3);
        self.wait(beats).await;
        self.end(grant, claim, view).await;
    }

    /// Records how the attempt ended, unless it ends without a word.
    async fn end(&mut self, grant: &Grant, claim: &Claim, view: View) {
        let why = *self.dice.choice(&Withheld::ALL).unwrap();
        let withholds = if self.operators { 60 } else { 20 };
        let (end, record) = match self.dice.u8(0..100) {
            dice if dice < withholds => (End::Withhold(why), protocol::withhold(&view, claim, why)),
            ..65 => (End::Release, protocol::release(&view, claim)),
            65..80 => (End::Complete, protocol::complete(&view, claim)),
            80..92 => (End::Doubt, protocol::doubt(&view, claim)),
            _ => return,
        };
        self.record(end, grant, record, view).await;
    }

    async fn record(&mut self, end: End, grant: &Grant, record: Record, view: View) {
        let time = self.time();
        let always = matches!(end, End::Complete);
        let operation = Guard::begins(&self.judge, Doing::Record { record, view, always }, time);
        let deadline = Deadline::after(time);
        let recorded = operation
            .scope(async {
                match end {
                    End::Complete => self.ledger.complete(grant, deadline).await,
                    End::Release => self.ledger.release(grant, deadline).await,
                    End::Doubt => self.ledger.doubt(grant, deadline).await,
                    End::Withhold(why) => self.ledger.withhold(grant, why, deadline).await,
                }
            })
            .await;
        operation.answers(&recorded.map(|()| Answer::Done));
    }

    async fn look_up(&mut self, now: Timestamp) {
        let (ids, time) = (self.request_ids(), self.time());
        let operation = Guard::begins(&self.judge, Doing::LookUp { ids: texts(&ids), now }, time);
        let found = operation.scope(self.ledger.look_up(&ids, now, Deadline::after(time))).await;
        operation.answers(&found.map(Answer::Found));
    }

    async fn join(&mut self, now: Timestamp) {
        let (ids, time) = (self.request_ids(), self.time());
        let operation = Guard::begins(&self.judge, Doing::Join { ids: texts(&ids) }, time);
        let joined = operation.scope(self.ledger.join(&ids, now, Deadline::after(time))).await;
        operation.answers(&joined.map(|()| Answer::Done));
    }

    async fn since(&mut self, now: Timestamp) {
        let time = self.time();
        let operation = Guard::begins(&self.judge, Doing::Since { now }, time);
        let since = operation.scope(Box::pin(self.ledger.since(now, Deadline::after(time)))).await;
        operation.answers(&since.map(Answer::Since));
    }

    async fn warm(&mut self) {
        let time = self.time();
        let operation = Guard::begins(&self.judge, Doing::Warm, time);
        operation.scope(Box::pin(self.ledger.warm(Deadline::after(time)))).await;
        operation.answers(&Ok(Answer::Done));
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
    Doubt,
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

    fn answers(&self, answer: &Result<Answer, LedgerError>) {
        self.judge.lock().unwrap().answers(self.number, answer);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.judge.lock().unwrap().dropped(self.number);
    }
}
