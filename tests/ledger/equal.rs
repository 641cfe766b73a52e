//! What random histories of the ledger show (`histories`).
//!
//! Changed by hand in `src/ledger.rs` and `src/ledger/dynamodb.rs`, and found within a thousand histories: see
//! `.ci/mutations`.

use super::histories::{Tally, run};

/// How many histories a test runs; the benchmark `simulation` runs more.
const HISTORIES: u64 = 1_000;

#[test]
fn every_history_ends_on_the_table_as_in_the_protocol() {
    let mut all = Tally::default();
    for seed in 0..HISTORIES {
        match run(seed) {
            Ok(tally) => all.add(&tally),
            Err(history) => panic!("{history}"),
        }
    }
    let missing = all.missing();
    assert!(missing.is_empty(), "never happened: {missing:?}\n{all}");
}

#[test]
fn a_seed_gives_its_history_again() {
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed));
    }
}
