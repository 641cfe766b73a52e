//! Some seeds of the simulation; `benches/simulation.rs` plays many. A seed that breaks a promise is printed, with the
//! command that shows it again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "mod.rs"]
mod simulation;

use simulation::day::play;

/// How many seeds are played, and how many events each has.
const SEEDS: u64 = 8;
const EVENTS: usize = 60;

#[test]
fn no_seed_breaks_a_promise() {
    for seed in 0..SEEDS {
        let outcome = play(seed, EVENTS, false);
        let again = format!("cargo bench --bench simulation -- --seed {seed} --events {EVENTS} --trace");
        assert!(outcome.broken.is_empty(), "seed {seed}: {:#?}\nto see it again: {again}", outcome.broken);
    }
}

#[test]
fn a_seed_tells_the_same_story_twice() {
    for seed in [1, 2] {
        let (one, other) = (play(seed, EVENTS, true).story, play(seed, EVENTS, true).story);
        let differing = one.iter().zip(&other).find(|(one, other)| one != other);
        assert!(differing.is_none(), "seed {seed}: {differing:#?}");
        assert_eq!(one.len(), other.len(), "seed {seed}");
    }
}
