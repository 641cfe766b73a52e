//! Some seeds of the simulation; `benches/simulation.rs` plays many. A seed that breaks a promise is printed, with the
//! command that shows it again.
//!
//! `SIMULATION_SEED=7 cargo test --test simulation -- no_seed --nocapture` tells the story of one seed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "mod.rs"]
mod simulation;

use std::time::Duration;

use simulation::attended::{Attended, Ended, Plan};
use simulation::day::{play, play_slowly};
use tokio::time::{Instant, sleep};

/// How many seeds are played, and how many events each has.
const SEEDS: u64 = 8;
const EVENTS: usize = 60;

#[test]
fn no_seed_breaks_a_promise() {
    let chosen: Option<u64> = std::env::var("SIMULATION_SEED").ok().map(|seed| seed.parse().unwrap());
    let seeds = chosen.map_or(0..SEEDS, |seed| seed..seed + 1);
    let mut broken = Vec::new();
    for seed in seeds {
        let outcome = play(seed, EVENTS, chosen.is_some());
        outcome.story.iter().for_each(|line| println!("{line}"));
        let again = format!("SIMULATION_SEED={seed} cargo test --test simulation -- no_seed --nocapture");
        if !outcome.broken.is_empty() {
            broken.push(format!("seed {seed}: {:#?}\nto see it again: {again}", outcome.broken));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
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

#[test]
fn an_okta_that_answers_each_read_in_a_second_and_a_half_gets_whole_messages() {
    for seed in 0..4 {
        let outcome = play_slowly(seed, EVENTS, Duration::from_millis(1500));
        assert_eq!(outcome.broken, Vec::<String>::new(), "seed {seed}");
        assert!(outcome.messages > EVENTS / 4, "seed {seed}: {outcome:?}");
        assert_eq!(outcome.late, 0, "seed {seed}");
    }
}

async fn three_seconds() -> u32 {
    for _ in 0..3 {
        sleep(Duration::from_secs(1)).await;
    }
    3
}

async fn ended(plan: Plan, limit: u64) -> (&'static str, u64) {
    let begun = Instant::now();
    let limit = begun + Duration::from_secs(limit);
    let how = match Attended::new(three_seconds(), plan, limit).await {
        Ended::Finished(3) => "finished",
        Ended::Finished(_) | Ended::Panicked => "wrong",
        Ended::Killed => "killed",
        Ended::OutOfTime => "out of time",
    };
    (how, begun.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn work_is_killed_frozen_and_stopped_at_the_moment_of_the_plan() {
    assert_eq!(ended(Plan::default(), 60).await, ("finished", 3));
    assert_eq!(ended(Plan { kill: Some(2), freeze: None }, 60).await, ("killed", 1));
    let freeze = Some((2, Duration::from_secs(10)));
    assert_eq!(ended(Plan { kill: None, freeze }, 60).await, ("finished", 13));
    assert_eq!(ended(Plan { kill: None, freeze }, 5).await, ("out of time", 5));
}
