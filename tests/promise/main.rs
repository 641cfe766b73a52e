//! The promise: every event that matches leads to its message or to a dead letter with its reason; to one message, and to
//! a second only when an attempt ended without knowing whether its post arrived; never to a third. Kept by the deployed
//! binary while it is killed, raced, throttled, starved of answers and cut off, with a ledger in DynamoDB's double.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "seeds and counts, shown by the test runner beside a failure")]

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use okta_simulator::Limits;
use okta_simulator::doubles::{
    Alpn, Answer, End, EventsFault, InvokeOptions, Lambda, LedgerFault, PROFILE_ONLY, Proxy, SecretFault,
    Stage, TlsFront, changed, event, file, published,
};
use serde_json::json;
use tokio::sync::Semaphore;

/// An invocation of Lambda's, by its request id.
fn as_lambda(request_id: &str) -> InvokeOptions {
    InvokeOptions { request_id: Some(request_id.to_owned()), ..InvokeOptions::default() }
}

/// Waits for what is sure to come.
async fn until(what: &str, come: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_mins(1), async {
        while !come() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("it never came: {what}"));
}

fn doubtful(process: &Lambda) -> bool {
    process.log_lines_json().last().unwrap()["Doubtful"] == 1
}

/// A step of the line, at which a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Asking Okta for the request's newer id; nothing is claimed yet.
    LookUp,
    /// Claiming, and the claim never reaches the table.
    Claim,
    /// Claiming, and the claim stands.
    Claimed,
    /// Reading, with the claim in hand.
    Read,
    /// Posting, and the post never reaches Okta.
    Post,
    /// Posting, and the message stands.
    Posted,
    /// Recording, and the record never reaches the table.
    Record,
    /// Recording, and the record stands.
    Recorded,
    /// Telling the bus, after the record.
    Tell,
}

impl Step {
    const ALL: [Step; 9] = [
        Step::LookUp,
        Step::Claim,
        Step::Claimed,
        Step::Read,
        Step::Post,
        Step::Posted,
        Step::Record,
        Step::Recorded,
        Step::Tell,
    ];

    /// Holds the process here; whether it has come here, by what the doubles see.
    fn hold(self, stage: &Stage) -> Box<dyn Fn(&Stage) -> bool> {
        let calls = |part: &'static str| -> Box<dyn Fn(&Stage) -> bool> {
            Box::new(move |stage| stage.okta.calls().iter().any(|call| call.path.contains(part)))
        };
        let writes = |count: usize| -> Box<dyn Fn(&Stage) -> bool> {
            Box::new(move |stage| {
                stage.aws.ledger_calls().iter().filter(|call| *call != "GetItem").count() >= count
            })
        };
        match self {
            Step::LookUp => {
                stage.fault("list=hang");
                calls("/governance/api/v2/requests?")
            }
            Step::Claim => {
                stage.aws.fail_ledger(LedgerFault::Hangs);
                writes(1)
            }
            Step::Claimed => {
                stage.aws.fail_ledger(LedgerFault::AnswerLost);
                writes(1)
            }
            Step::Read => {
                stage.fault("user=hang");
                let (called, claimed) =
                    (calls("/api/v1/users/"), |stage: &Stage| !stage.aws.records().is_empty());
                Box::new(move |stage| called(stage) && claimed(stage))
            }
            Step::Post => {
                stage.fault("post=hang");
                calls("/messages")
            }
            Step::Posted => {
                stage.fault("post=slow:60s");
                let before = stage.okta.messages().len();
                Box::new(move |stage| stage.okta.messages().len() > before)
            }
            Step::Record => {
                stage.aws.fail_ledger_after(1, LedgerFault::Hangs);
                writes(2)
            }
            Step::Recorded => {
                stage.aws.fail_ledger_after(1, LedgerFault::AnswerLost);
                writes(2)
            }
            Step::Tell => {
                stage.aws.delay_events(Duration::from_mins(1));
                Box::new(|stage| {
                    stage.aws.event_puts() == 1
                        && stage.aws.records().values().all(|record| record["state"] == "posted")
                })
            }
        }
    }

    fn message_stands(self) -> bool {
        matches!(self, Step::Posted | Step::Record | Step::Recorded | Step::Tell)
    }

    fn claim_stands(self) -> bool {
        !matches!(self, Step::LookUp | Step::Claim)
    }

    fn is_recorded(self) -> bool {
        matches!(self, Step::Recorded | Step::Tell)
    }
}

/// How long the invocations last that are to be killed: as short as a claim may be whose end is waited for.
const SHORT: Duration = Duration::from_secs(6);

/// Starts a process, and kills it at the step.
async fn kill_at(stage: &Stage, step: Step, event: &str, request_id: &str) {
    let killed = stage.spawn();
    killed.wait_for_next().await;
    let reached = step.hold(stage);
    let options = InvokeOptions { time_limit: SHORT, ..as_lambda(request_id) };
    let (answer, ()) = tokio::join!(killed.invoke_with(event, options), async {
        until(&format!("{step:?}"), || reached(stage)).await;
        killed.kill().await;
    });
    assert!(matches!(answer, Answer::Exited(_)), "{step:?}: {answer:?}");
    stage.heal();
}

async fn stage_for(step: Step) -> (Stage, String) {
    let stage = Stage::with_ledger().await.with("OUTCOME_BUS", "outcomes");
    if step == Step::LookUp {
        stage.aws.set_secret(okta_simulator::service_app_secret());
        return (stage, event("v2-by-24-hex"));
    }
    (stage, event("v2"))
}

/// Processes at the same time; more would be starved by each other.
static PLACES: Semaphore = Semaphore::const_new(4);

#[tokio::test]
async fn killed_at_any_step_and_run_again_by_lambda_it_posts_once_and_twice_only_in_doubt() {
    join_all(Step::ALL.map(async |step| {
        let _place = PLACES.acquire().await.unwrap();
        let (stage, event) = stage_for(step).await;
        kill_at(&stage, step, &event, "one").await;
        assert_eq!(stage.messages().len(), usize::from(step.message_stands()), "{step:?}");

        let process = stage.spawn();
        let outcome =
            process.invoke_with(event.clone(), as_lambda("one")).await.response()["outcome"].clone();
        assert_eq!(outcome, if step.is_recorded() { "duplicate" } else { "posted" }, "{step:?}");
        assert_eq!(doubtful(&process), step.claim_stands() && !step.is_recorded(), "{step:?}");
        let count = if step.message_stands() && !step.is_recorded() { 2 } else { 1 };
        assert_eq!(stage.messages().values().collect::<Vec<_>>(), [&count], "{step:?}");

        let again = process.invoke_with(event, as_lambda("two")).await.response();
        assert_eq!(again["outcome"], "duplicate", "{step:?}");
    }))
    .await;
}

#[tokio::test]
async fn after_a_kill_another_event_waits_for_the_claim_to_end() {
    join_all(Step::ALL.map(async |step| {
        let (stage, event) = stage_for(step).await;
        let place = PLACES.acquire().await.unwrap();
        kill_at(&stage, step, &event, "one").await;
        let process = stage.spawn();
        let first = process.invoke_with(event.clone(), as_lambda("two")).await;
        drop(place);
        if !step.claim_stands() || step.is_recorded() {
            let outcome = if step.is_recorded() { "duplicate" } else { "posted" };
            assert_eq!(first.response()["outcome"], outcome, "{step:?}");
            assert!(!doubtful(&process), "{step:?}");
            assert_eq!(stage.messages().len(), 1, "{step:?}");
            return;
        }
        let (class, text) = first.error();
        assert_eq!(class, "Retryable", "{step:?}: {text}");
        assert!(text.contains("another attempt is on the request"), "{step:?}: {text}");

        // Lambda's own limit, and the ledger's grace for clocks that differ.
        tokio::time::sleep(SHORT + Duration::from_secs(5)).await;
        let outcome = process.invoke_with(event, as_lambda("two")).await.response()["outcome"].clone();
        assert_eq!((outcome, doubtful(&process)), (json!("posted"), true), "{step:?}");
        let count = if step.message_stands() { 2 } else { 1 };
        assert_eq!(stage.messages().values().collect::<Vec<_>>(), [&count], "{step:?}");
    }))
    .await;
}

#[tokio::test]
async fn two_that_ended_unknown_let_no_third_post_but_an_operator_who_insists() {
    let stage = Stage::with_ledger().await;
    let event = event("v2");
    for _ in 0..2 {
        kill_at(&stage, Step::Posted, &event, "one").await;
    }
    assert_eq!(stage.messages().into_values().sum::<usize>(), 2);
    let process = stage.spawn();
    let refused = async |request_id| {
        let (class, text) = process.invoke_with(event.clone(), as_lambda(request_id)).await.error();
        assert_eq!(class, "Permanent", "{text}");
        assert!(text.contains("a message may already stand on the request"), "{text}");
    };
    refused("one").await;
    tokio::time::sleep(SHORT + Duration::from_secs(5)).await;
    refused("two").await;
    assert_eq!(stage.messages().into_values().sum::<usize>(), 2);

    let insisting = changed(&event, |event| event["redrive"] = json!({"repost": true}));
    let answer = process.invoke_with(insisting, as_lambda("three")).await.response();
    assert_eq!((&answer["outcome"], doubtful(&process)), (&json!("posted"), true));
    assert_eq!(stage.messages().into_values().sum::<usize>(), 3);
}

#[tokio::test]
async fn the_same_event_at_once_in_many_processes_is_one_message() {
    for count in [1, 2, 10] {
        let stage = Stage::with_ledger().await;
        let processes: Vec<_> = (0..count).map(|_| stage.spawn()).collect();
        join_all(processes.iter().map(Lambda::wait_for_next)).await;
        // Whoever comes first is still at it when the others come.
        stage.fault("post=slow:2s");
        let answers = join_all(processes.iter().map(|process| process.invoke(event("v2")))).await;
        let mut posted = 0;
        for answer in answers {
            match answer {
                Answer::Response(answer) if answer["outcome"] == "posted" => posted += 1,
                Answer::Response(answer) => assert_eq!(answer["outcome"], "duplicate"),
                other => {
                    let (class, text) = other.error();
                    assert_eq!(class, "Retryable");
                    assert!(text.contains("another attempt is on the request"), "{text}");
                }
            }
        }
        assert_eq!((posted, stage.messages().values().sum::<usize>()), (1, 1), "of {count}");
        for process in &processes {
            assert_eq!(process.invoke(event("v2")).await.response()["outcome"], "duplicate");
        }
        assert_eq!(stage.messages().values().sum::<usize>(), 1, "of {count}");
    }
}

#[tokio::test]
async fn the_answer_comes_before_lambdas_own_limit_whatever_hangs_and_the_process_lives() {
    type Hang = (&'static str, fn(&Stage), &'static str);
    let hangs: [Hang; 7] = [
        ("the secret", |stage| stage.aws.fail_secret(SecretFault::Hangs), "failed to read the secret"),
        ("Okta", |stage| stage.fault("any=hang"), "no answer from Okta within"),
        ("the table", |stage| stage.aws.fail_ledger(LedgerFault::Hangs), "no answer in time"),
        ("the post", |stage| stage.fault("post=hang"), "whether it arrived is not known"),
        ("the record", |stage| stage.aws.fail_ledger_after(1, LedgerFault::Hangs), ""),
        ("the bus", |stage| stage.aws.fail_events(EventsFault::Hangs), ""),
        (
            "all but the secret",
            |stage| {
                stage.fault("any=hang");
                stage.aws.fail_ledger(LedgerFault::Hangs);
                stage.aws.fail_events(EventsFault::Hangs);
            },
            "no answer",
        ),
    ];
    join_all(hangs.map(async |(what, hang, says)| {
        let _place = PLACES.acquire().await.unwrap();
        let stage = Stage::with_ledger().await.with("OUTCOME_BUS", "outcomes");
        if what == "the secret" {
            hang(&stage);
        }
        let process = stage.spawn();
        process.wait_for_next().await;
        hang(&stage);
        let options = InvokeOptions { time_limit: SHORT, ..as_lambda("one") };
        match process.invoke_with(event("v2"), options).await {
            Answer::Response(answer) => {
                assert_eq!((&answer["outcome"], says), (&json!("posted"), ""), "{what}");
            }
            answer => {
                let (class, text) = answer.error();
                assert_eq!(class, "Retryable", "{what}: {text}");
                assert!(!says.is_empty() && text.contains(says), "{what}: {text}");
            }
        }
        stage.heal();
        stage.aws.set_secret(stage.okta.token());
        // The same process, and the same event: Lambda's retry.
        process.invoke_with(event("v2"), as_lambda("one")).await.response();
        assert!(
            stage.messages().values().all(|count| *count == if what == "the record" { 2 } else { 1 }),
            "{what}"
        );
    }))
    .await;
}

/// How the program speaks to Okta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Plain,
    Tls(Alpn),
}

#[tokio::test]
async fn connections_that_died_while_frozen_cost_no_event_and_double_no_message() {
    let protocols = [Protocol::Plain, Protocol::Tls(Alpn::Http1), Protocol::Tls(Alpn::H2)];
    let cases = protocols.iter().flat_map(|protocol| End::ALL.map(|end| (*protocol, end)));
    join_all(cases.map(async |(protocol, end)| {
        let _place = PLACES.acquire().await.unwrap();
        let stage = Stage::with_ledger().await;
        let front = match protocol {
            Protocol::Plain => None,
            Protocol::Tls(alpn) => Some(TlsFront::start(stage.okta.addr(), alpn)),
        };
        let to_okta = Proxy::start(front.as_ref().map_or(stage.okta.addr(), TlsFront::addr));
        let to_aws = Proxy::start(stage.aws.addr());
        let scheme = if front.is_some() { "https" } else { "http" };
        let mut stage = stage.with("OKTA_ORG_URL", format!("{scheme}://localhost:{}", to_okta.addr().port()));
        stage = stage.with("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", to_aws.addr()));
        if let Some(front) = &front {
            stage = stage.with("SSL_CERT_FILE", front.ca_file().display().to_string());
        }
        let process = stage.spawn();
        for number in 1..=3 {
            let event = stage.okta.with_world(|world| world.another_request(&event("v2"), number));
            let answer = process.invoke(event).await;
            let Answer::Response(answer) = answer else {
                panic!("{protocol:?}, {end:?}, {number}: {answer:?}")
            };
            assert_eq!(
                (&answer["outcome"], doubtful(&process)),
                (&json!("posted"), false),
                "{protocol:?}, {end:?}"
            );
            assert_eq!(
                stage.messages().into_values().collect::<Vec<_>>(),
                vec![1; number],
                "{protocol:?}, {end:?}"
            );
            process.freeze();
            to_okta.end(end);
            to_aws.end(end);
            process.thaw();
        }
    }))
    .await;
}

/// A generator of numbers, repeatable by its seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    /// Of `PROMISE_SEED`, or of the clock; printed, to be repeated.
    fn new() -> Dice {
        let seed =
            setting("PROMISE_SEED", u64::from(jiff::Timestamp::now().subsec_nanosecond().unsigned_abs()));
        println!("PROMISE_SEED={seed}");
        Dice(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

fn setting<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Lambda's queue for asynchronous events: as many at a time as there are processes, each event up to three times under
/// one request id, then a dead letter. Waiting for a free process spends no attempt.
#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Queued>>,
    ended: Mutex<Vec<Queued>>,
    /// Events that are waiting or at work.
    left: AtomicUsize,
    /// Attempts so far.
    begun: AtomicUsize,
}

struct Queued {
    payload: String,
    request: String,
    request_id: String,
    /// How the attempts so far ended.
    attempts: Vec<Answer>,
    /// After so many of them it is a dead letter.
    limit: usize,
}

impl Queued {
    fn last(&self) -> &Answer {
        self.attempts.last().expect("it was tried")
    }

    fn succeeded(&self) -> bool {
        matches!(self.last(), Answer::Response(_))
    }

    /// Whether an attempt ended without knowing whether its post arrived.
    fn doubts(&self) -> usize {
        let unknown = |answer: &&Answer| match answer {
            Answer::Response(_) => false,
            Answer::Error { error_message, .. } => error_message.contains("whether it arrived is not known"),
            Answer::InitError(_) | Answer::Exited(_) => true,
        };
        self.attempts.iter().filter(unknown).count()
    }
}

impl Queue {
    /// `count` events, each about a request of its own that was made just now.
    fn of(stage: &Stage, count: usize) -> Queue {
        let queue = Queue::default();
        let sample = published(&event("v2"), jiff::Timestamp::now());
        for number in 0..count {
            let payload = stage.okta.with_world(|world| world.another_request(&sample, number));
            queue.add(Queued {
                payload,
                request: format!("req{number:017}"),
                request_id: format!("lambda-{number}"),
                attempts: Vec::new(),
                limit: 0,
            });
        }
        queue
    }

    fn add(&self, event: Queued) {
        let limit = event.attempts.len() + 3;
        self.waiting.lock().unwrap().push_back(Queued { limit, ..event });
        self.left.fetch_add(1, Ordering::SeqCst);
    }

    /// Serves events with one process, and with another when that one ends.
    async fn serve(&self, stage: &Stage, seat: &Mutex<Option<Arc<Lambda>>>, time_limit: Duration) {
        while self.left.load(Ordering::SeqCst) > 0 {
            let Some(mut event) = self.waiting.lock().unwrap().pop_front() else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let process = Arc::clone(seat.lock().unwrap().get_or_insert_with(|| Arc::new(stage.spawn())));
            let options = InvokeOptions { time_limit, ..as_lambda(&event.request_id) };
            self.begun.fetch_add(1, Ordering::SeqCst);
            let answer = process.invoke_with(event.payload.clone(), options).await;
            if matches!(answer, Answer::Exited(_)) {
                *seat.lock().unwrap() = None;
            }
            event.attempts.push(answer);
            if event.succeeded() || event.attempts.len() == event.limit {
                self.ended.lock().unwrap().push(event);
                self.left.fetch_sub(1, Ordering::SeqCst);
            } else {
                self.waiting.lock().unwrap().push_back(event);
            }
        }
    }

    /// Asserts that no dead letter is without its reason and that every request has as many messages as it may have; the
    /// dead letters.
    fn judge(self, stage: &Stage) -> Vec<Queued> {
        let messages = stage.messages();
        let mut dead_letters = Vec::new();
        for event in self.ended.into_inner().unwrap() {
            let count = messages.get(&event.request).copied().unwrap_or(0);
            let told = format!("{} messages on {}: {:?}", count, event.request, event.attempts);
            match event.last() {
                Answer::Response(answer) => {
                    assert!(answer["outcome"] == "posted" || answer["outcome"] == "duplicate", "{told}");
                    assert!(count >= 1, "{told}");
                }
                Answer::Error { error_message, .. } => {
                    assert!(
                        error_message.starts_with("failed to ")
                            || error_message.contains("may already stand"),
                        "{told}"
                    );
                }
                // Lambda's own reason: the process ended.
                Answer::InitError(_) | Answer::Exited(_) => {}
            }
            assert!(count <= 1 || (count == 2 && event.doubts() >= 1), "{told}");
            if !event.succeeded() {
                dead_letters.push(event);
            }
        }
        dead_letters
    }
}

/// Unoptimised, an event takes some 50 ms of a processor; `PROMISE_EVENTS` asks for more of them than a minute allows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_kills_and_faults_no_event_is_lost_and_no_message_comes_a_third_time() {
    const SEATS: usize = 8;
    let mut dice = Dice::new();
    let policy = file(PROFILE_ONLY);
    let stage = Stage::with_ledger().await.with("ENRICHMENT_FILE", policy.path().display().to_string());
    stage.okta.with_world(|world| {
        world.limits.directory = u32::MAX;
        world.limits.governance = u32::MAX;
    });
    let count = setting("PROMISE_EVENTS", 400);
    let queue = Queue::of(&stage, count);
    let seats: [Mutex<Option<Arc<Lambda>>>; SEATS] = Default::default();
    let over = AtomicBool::new(false);
    let chaos = async {
        let mut next = 0;
        while !over.load(Ordering::SeqCst) {
            if queue.begun.load(Ordering::SeqCst) < next {
                tokio::time::sleep(Duration::from_millis(2)).await;
                continue;
            }
            // By attempts, not by time: a busy machine would get more faults for being slow.
            next += 1 + dice.below(8);
            match dice.below(10) {
                0 => {
                    let process = seats[dice.below(SEATS)].lock().unwrap().clone();
                    if let Some(process) = process {
                        process.kill().await;
                    }
                }
                1..3 => {
                    let fault = dice.of(&[
                        LedgerFault::Throttled,
                        LedgerFault::Conflict,
                        LedgerFault::Internal,
                        LedgerFault::InternalAfterWrite,
                        LedgerFault::AnswerLost,
                        LedgerFault::Hangs,
                    ]);
                    let waits = matches!(fault, LedgerFault::Hangs | LedgerFault::AnswerLost);
                    stage.aws.fail_ledger_times(1 + dice.below(if waits { 2 } else { 5 }), fault);
                }
                3 => stage.okta.cut_connections(),
                _ => {
                    let call = dice.of(&["post", "post", "user"]);
                    let fault = dice.of(&[
                        "500",
                        "500-after",
                        "502",
                        "503",
                        "429:1",
                        "429:limit0",
                        "cut-before",
                        "cut-after",
                        "truncated",
                        "garbage",
                        "html",
                        "404",
                        "409",
                        "slow:300ms",
                        "hang",
                    ]);
                    let times = if fault == "hang" { 1 } else { 1 + dice.below(4) };
                    stage.fault(&format!("{call}={fault}x{times}"));
                }
            }
        }
    };
    let served = async {
        join_all(seats.iter().map(|seat| queue.serve(&stage, seat, SHORT))).await;
        over.store(true, Ordering::SeqCst);
    };
    tokio::join!(served, chaos);

    assert_eq!(queue.ended.lock().unwrap().len(), count);
    let dead_letters = queue.judge(&stage);
    println!("{count} events: {} dead letters", dead_letters.len());

    // What an operator does with them when all is well again, and no claim is alive any more.
    stage.heal();
    tokio::time::sleep(SHORT + Duration::from_secs(5)).await;
    let redriven = Queue::default();
    for event in dead_letters {
        redriven.add(Queued { request_id: format!("redrive-{}", event.request_id), ..event });
    }
    join_all(seats.iter().map(|seat| redriven.serve(&stage, seat, SHORT))).await;
    let dead_letters = redriven.judge(&stage);
    // What is still refused then, is so for the doubt alone: two posts, claims or releases ended without an answer.
    for event in &dead_letters {
        let told = format!("{:?}", event.attempts);
        assert!(
            matches!(event.last(), Answer::Error { error_message, .. } if error_message.contains("may already stand")),
            "{told}"
        );
    }
    let messages = stage.messages();
    let twice = messages.values().filter(|count| **count == 2).count();
    println!(
        "redriven: {} requests with a message, {twice} of them with two; {} refused in doubt",
        messages.len(),
        dead_letters.len()
    );
    assert!(messages.len() + dead_letters.len() >= count);
}

/// 30 governance calls a minute would make the ideal time for 1,000 events more than half an hour. Here a window is a
/// second long, and each is followed by the second of caution that whole-second clocks ask for: with 15 calls in each,
/// 150 events take 20 seconds. `PROMISE_BURST=1000` takes over two minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_is_drained_at_the_pace_of_the_rate_limit_and_none_is_lost_or_doubled() {
    const LIMIT: u32 = 15;
    const RESERVED_CONCURRENCY: usize = 2;
    let policy = file(PROFILE_ONLY);
    let stage = Stage::with_ledger().await.with("ENRICHMENT_FILE", policy.path().display().to_string());
    stage.okta.with_world(|world| {
        world.limits = Limits { directory: u32::MAX, governance: LIMIT, window: Duration::from_secs(1) };
    });
    let count = setting("PROMISE_BURST", 150);
    let queue = Queue::of(&stage, count);
    let seats: [Mutex<Option<Arc<Lambda>>>; RESERVED_CONCURRENCY] = Default::default();
    join_all(seats.iter().map(|seat| queue.serve(&stage, seat, Duration::from_secs(30)))).await;
    {
        let ended = queue.ended.lock().unwrap();
        assert!(
            ended.iter().all(|event| event.attempts.len() == 1),
            "no attempt was spent on the rate limit"
        );
    }
    assert_eq!(queue.judge(&stage).len(), 0);
    assert_eq!(stage.messages().into_values().collect::<Vec<_>>(), vec![1; count]);

    // A window begins with its first call and is a second long: each second with a post in it is one.
    let posts: Vec<_> = stage.okta.calls().into_iter().filter(|call| call.method == "POST").collect();
    let windows: BTreeSet<_> = posts.iter().map(|call| call.at.as_second()).collect();
    let ideal = count.div_ceil(LIMIT as usize);
    assert!(windows.len() <= 2 * ideal + 1, "{} windows, {ideal} at best", windows.len());
    let refused = posts.iter().filter(|call| call.status == Some(429)).count();
    assert!(
        refused <= windows.len() * RESERVED_CONCURRENCY,
        "{refused} refused in {} windows",
        windows.len()
    );
    println!("{count} events in {} windows, {ideal} at best; {refused} calls refused", windows.len());
}
