//! That a message is true: each world of a seed has people, things, an access request, an event, a policy and
//! calls that fail, with ordinary texts and hostile ones. The program makes its message by its real client over
//! real HTTP. A judge that shares nothing with the program but the shortening of texts derives from the world
//! what is true and what must be said, and compares every line.
//!
//! The judge and the worlds are the `oracle` of `tests/support`; `product` makes the message.
//!
//! `TRUTH_WORLDS=100000` judges as many worlds; in a debug build a world takes about 20 ms of one core.
//! `TRUTH_SEED=7` shows one world, with its event, policy and message.
//!
//! The judge was proven by lies. Each of these changes to the program failed this test within 2000 worlds:
//! - `For` names the one who asked
//! - a warning is dropped
//! - a check that failed is listed as made
//! - a stranger sees the manager
//! - a login is cut
//! - a stranger sees since when there is an account
//! - a stranger sees that the person holds the access
//! - a stranger sees the details of conflicts
//! - a suspended account is not warned of
//! - an app that is absent from the app links is said not to be held
//! - Okta's rules are called clear for a plain app
//! - the event is believed about who asked where the request differs
//! - someone with the manager's e-mail address counts as the manager
//! - answers stand without quotes
//! - the account is dated by its creation instead of its activation
//! - one kind of warning takes all six lines
//! - a service that asked is not named
//! - the headline counts the warnings that are shown instead of all
//! - a section that is required is not required where a stranger does not see it
//! - a request that was cancelled later hides that the same was denied
//! - the values of a bundle past the fifth are left out without a word
//! - a grant that denies counts as access that is held
//! - the labels of the part are told instead of those of the app
//! - a label that can't be read counts as none
//! - a service that asked is called certain where event and request differ
//! - of a person who is not known, the account counts as shown

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../support/oracle/mod.rs"]
mod oracle;
mod product;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use oracle::case::Case;
use oracle::people::{NOW, set_now};
use product::Product;

/// How many worlds are judged without `TRUTH_WORLDS`.
const WORLDS: u64 = 2000;

/// How many worlds a thread judges at the same time: some wait before they try a failing call again.
const AT_ONCE: usize = 8;

/// How many of the worlds that are not told truly are printed.
const SHOWN: usize = 40;

/// A world that is not told truly: its seed, and what is wrong.
type Wrong = (u64, Vec<String>);

#[test]
fn every_message_is_true_of_its_world() {
    let seeds = match setting("TRUTH_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("TRUTH_WORLDS").unwrap_or(WORLDS),
    };
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().unwrap().get();
    let mut wrong: Vec<Wrong> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(|| judge_all(&seeds, &next))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    wrong.sort();
    let shown = wrong.iter().take(SHOWN).map(|(seed, faults)| format!("TRUTH_SEED={seed}: {faults:#?}"));
    let shown: Vec<String> = shown.collect();
    assert!(wrong.is_empty(), "{} worlds are not told truly:\n{}", wrong.len(), shown.join("\n"));
}

#[tokio::main(flavor = "current_thread")]
async fn judge_all(seeds: &Range<u64>, next: &AtomicU64) -> Vec<Wrong> {
    let judges = (0..AT_ONCE).map(async |_| {
        let product = Product::start().await;
        let mut wrong = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return wrong;
            }
            let faults = judge(&product, seed, seeds.end - seeds.start == 1).await;
            if !faults.is_empty() {
                wrong.push((seed, faults));
            }
        }
    });
    join_all(judges).await.into_iter().flatten().collect()
}

async fn judge(product: &Product, seed: u64, shows: bool) -> Vec<String> {
    set_now(NOW.parse().unwrap());
    let case = Case::of_seed(seed);
    let outcome = product.message(&case).await;
    if shows {
        println!("{case:#?}\n{:#}\n{}", case.ask.event(), case.rule.toml());
        println!(
            "{}",
            outcome.as_ref().map_or_else(String::as_str, |it| it.as_deref().unwrap_or("withheld"))
        );
    }
    oracle::judge::faults(&case, &outcome)
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
