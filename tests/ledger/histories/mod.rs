//! The ledger in DynamoDB is its protocol: random histories of claims, completions, releases, expiries,
//! throttled tables and lost answers, run through the real [`Ledger`] and the real SDK. The table is the
//! double of DynamoDB in this process, and the time is virtual.
//!
//! A [`judge::Judge`] holds the same records in a map, and knows nothing of DynamoDB. It sees each call when it
//! is sent, when it reaches the table and when its answer is heard. It runs the pure protocol on what the
//! operation has heard, so it knows what may be sent next, whether a write may take effect, and which answer
//! is right. At the end both tables must be equal.
//!
//! `attempts` what is asked of the ledger · `network` what happens to each call · `wire` the calls in
//! DynamoDB's JSON · `judge` the pure protocol beside them

mod attempts;
mod judge;
mod network;
mod operation;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
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
use okta_simulator::doubles::{
    ACCESS_KEY_ID, Account, LEDGER_TABLE, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN,
};

use self::judge::{Judge, Tally};

/// Runs the history of this seed. An error is the history, step by step, up to what was wrong.
pub(crate) fn run(seed: u64) -> Result<(), String> {
    tally(seed).map(drop)
}

/// Runs the history of this seed, and counts what happened in it.
fn tally(seed: u64) -> Result<Tally, String> {
    // The SDK's pauses and tokens.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let judge = Arc::new(Mutex::new(Judge::default()));
    let account = Arc::new(Account::default());
    let mut end = runtime.unwrap().block_on(play(seed, Arc::clone(&account), &judge));
    // The double complains about malformed calls when it is dropped.
    if let Err(complaint) = catch_unwind(AssertUnwindSafe(|| drop(account))) {
        let complaint = complaint.downcast::<String>().map_or_else(|_| "a panic".to_owned(), |text| *text);
        end = end.and(Err(complaint));
    }
    let history = || judge.lock().unwrap().history();
    end.map_err(|wrong| format!("seed {seed}:\n{}\nwrong: {wrong}", history()))
}

async fn play(seed: u64, account: Arc<Account>, judge: &Arc<Mutex<Judge>>) -> Result<Tally, String> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let start = Timestamp::from_microsecond(1_795_510_800_000_000 + dice.i64(0..1_000_000)).unwrap();
    let clock = Clock::given(start);
    judge.lock().unwrap().start();
    let service = network::service(Arc::clone(&account), Arc::clone(judge), dice.fork());
    let surroundings =
        Surroundings { http: Http::in_process(service), clock, luck: Luck::seeded(dice.u64(..)) };
    let credentials =
        Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, Some(SESSION_TOKEN.into()), None, "test");
    let aws = aws::config(surroundings)
        .into_builder()
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let ledgers = || Ledger::in_dynamodb(&aws, LEDGER_TABLE.to_owned());
    attempts::play(&mut dice, clock, judge, ledgers).await;
    // Whatever is still under way arrives.
    tokio::time::sleep(Duration::from_secs(60)).await;
    judge.lock().unwrap().close(&account.records())
}

/// How many histories a test runs. The benchmark `simulation` runs more.
const HISTORIES: u64 = 3_000;

#[test]
fn every_history_ends_on_the_table_as_in_the_protocol() {
    let mut all = Tally::default();
    for seed in 0..HISTORIES {
        match tally(seed) {
            Ok(tally) => all.add(&tally),
            Err(history) => panic!("{history}"),
        }
    }
    let missing = all.missing();
    assert!(missing.is_empty(), "never happened: {missing:?}\n{all:#?}");
}
