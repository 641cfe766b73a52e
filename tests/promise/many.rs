//! Hundreds of events among kills and faults, and in a burst at the rate limit.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use okta_simulator::Limits;
use okta_simulator::doubles::{Answer, Lambda, LedgerFault, PROFILE_ONLY, Stage, file};

use crate::SHORT;
use crate::dice::{Dice, setting};
use crate::queue::{Queue, Queued};

/// Unoptimised, an event takes some 50 ms of a processor; `PROMISE_EVENTS` asks for more of them than a
/// minute allows.
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
    // What is still refused then, is so for the doubt alone: two posts, claims or releases ended without an
    // answer.
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

/// 30 governance calls a minute would make the ideal time for 1,000 events more than half an hour. Here a
/// window is a second long, and each is followed by the second of caution that whole-second clocks ask for:
/// with 15 calls in each, 150 events take 20 seconds. `PROMISE_BURST=1000` takes over two minutes.
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
