//! The ledger in DynamoDB is its protocol: random histories of claims, completions, releases, expiries,
//! throttled tables and lost answers, run through the real [`Ledger`] and the real SDK. The table is the
//! double of DynamoDB in this process, and the time is virtual.
//!
//! A [`Judge`] holds the same records in a map, and knows nothing of DynamoDB. It sees each call when it
//! is sent, when it reaches the table and when its answer is heard. It runs the pure protocol on what the
//! operation has heard, so it knows what may be sent next, whether a write may take effect, and which answer
//! is right. At the end both tables must be equal.
//!
//! A seed gives the same history again. `attempts` what is asked of the ledger · `network` and `fate` what happens
//! to each call · `wire` the calls in DynamoDB's JSON · `judge`, `operation` and `course` the pure protocol beside
//! them · `tally` what was seen

mod attempts;
mod course;
mod fate;
mod judge;
mod network;
mod operation;
mod tally;
mod wire;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::Region;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use jiff::Timestamp;
use okta_request_enricher::aws;
use okta_request_enricher::clock::Clock;
use okta_request_enricher::http::Http;
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::luck::Luck;
use okta_request_enricher::surroundings::Surroundings;
use okta_simulator::doubles::{ACCESS_KEY_ID, Account, LEDGER_TABLE, SECRET_ACCESS_KEY, SESSION_TOKEN};

use self::judge::Judge;
use self::network::Network;
pub(crate) use self::tally::Tally;

/// Runs the history of this seed, and counts what was seen in it. An error is the history, step by step, up to
/// what was wrong.
pub(crate) fn run(seed: u64) -> Result<Tally, String> {
    // The SDK's pauses and tokens.
    fastrand::seed(seed);
    let judge = Arc::new(Mutex::new(Judge::default()));
    let end = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        // The double complains about malformed calls when it is dropped.
        runtime.unwrap().block_on(play(seed, Arc::new(Account::default()), &judge))
    }));
    let told = |panic: Box<dyn Any + Send>| {
        panic.downcast::<String>().map_or_else(|_| "a panic".to_owned(), |text| *text)
    };
    let judge = judge.lock().unwrap_or_else(PoisonError::into_inner);
    match end.map_err(told).flatten() {
        Ok(()) => Ok(judge.tally()),
        Err(wrong) => Err(format!("seed {seed}:\n{}\nwrong: {wrong}", judge.history())),
    }
}

async fn play(seed: u64, account: Arc<Account>, judge: &Arc<Mutex<Judge>>) -> Result<(), String> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let start = Timestamp::from_microsecond(1_795_510_800_000_000 + dice.i64(0..1_000_000)).unwrap();
    let clock = Clock::given(start);
    judge.lock().unwrap().start();
    let network = Arc::new(Network::new(Arc::clone(&account), Arc::clone(judge), dice.fork()));
    attempts::play(&mut dice, clock, judge, || process(&network, clock)).await;
    // Whatever is still under way arrives.
    tokio::time::sleep(Duration::from_mins(1)).await;
    judge.lock().unwrap().close(&account.records())
}

/// The ledger of a process of its own.
fn process(network: &Arc<Network>, clock: Clock) -> Ledger {
    static PROCESSES: AtomicU64 = AtomicU64::new(0);
    let region = format!("p-{}", PROCESSES.fetch_add(1, Ordering::Relaxed));
    let http = Http::in_process(Arc::clone(network).service(region.clone()));
    let credentials =
        Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, Some(SESSION_TOKEN.into()), None, "test");
    let aws = aws::config(Surroundings { http, clock, luck: Luck::seeded(0) })
        .into_builder()
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    Ledger::in_dynamodb(&aws, LEDGER_TABLE.to_owned())
}
