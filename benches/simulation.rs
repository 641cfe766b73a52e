//! Plays many seeds of the simulation of `tests/simulation`, on all cores, and says how fast. A seed that breaks a
//! promise is printed, with the command that shows it again, event by event.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(clippy::cast_precision_loss, clippy::struct_excessive_bools, clippy::needless_pass_by_value)]

#[path = "../tests/ledger/histories/mod.rs"]
mod histories;
#[path = "../tests/simulation/mod.rs"]
mod simulation;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use simulation::day::{Outcome, play};
use simulation::flood::{Told, flood};

/// The most events of one seed: a seed must show itself again in under a second.
const MOST: usize = 300;

/// In so many histories of the ledger everything happens that can.
const ENOUGH_HISTORIES: u64 = 1_000;

/// Plays the simulation.
#[derive(Parser)]
struct Options {
    /// How many events to play in all.
    #[arg(long, default_value_t = 10_000)]
    events: usize,
    /// How many events a seed has, 300 at most; a smaller seed is over sooner, and so shows itself again sooner.
    #[arg(long, default_value_t = MOST)]
    size: usize,
    /// Plays this seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Prints what happens: when, who, what.
    #[arg(long)]
    trace: bool,
    /// Plays a flood of requests in place of seeds, and says how long others wait.
    #[arg(long)]
    flood: bool,
    /// Plays this many random histories of the ledger alone in place of days, and compares its calls to DynamoDB
    /// with its protocol.
    #[arg(long)]
    ledger: Option<u64>,
    /// Goes on after a seed that breaks a promise.
    #[arg(long)]
    keep_going: bool,
    /// How many threads play; 0: as many as there are cores.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Ends with a failure when a seed has played for so many seconds; 0: each seed has the time that it needs.
    #[arg(long, default_value_t = 0)]
    patience: u64,
    /// Given by `cargo bench`; ignored.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.threads == 0 { cores } else { self.threads }
    }
}

/// The sums over all seeds.
#[derive(Default)]
struct Sums {
    seeds: usize,
    outcome: Outcome,
    broken: Vec<u64>,
}

fn main() -> ExitCode {
    // A simulated bug panics; the program catches it. What no one catches ends the thread.
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        if !text.contains("a simulated bug") {
            println!("{text}");
        }
    }));
    let options = Options::parse();
    match options.seed {
        _ if options.flood => floods(),
        seed if options.ledger.is_some() => ledger(seed, &options),
        Some(seed) => one(seed, &options),
        None => many(&options),
    }
}

fn one(seed: u64, options: &Options) -> ExitCode {
    let begun = Instant::now();
    let outcome = play(seed, options.size.min(MOST), options.trace);
    for line in &outcome.story {
        println!("{line}");
    }
    println!("{}", told(&outcome));
    for broken in &outcome.broken {
        println!("BROKEN: {broken}");
    }
    println!("seed {seed} took {} ms", begun.elapsed().as_millis());
    if outcome.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn ledger(seed: Option<u64>, options: &Options) -> ExitCode {
    let first = seed.unwrap_or(options.from);
    let end = first + seed.map_or(options.ledger.unwrap_or(0), |_| 1);
    let (next, sums, begun) =
        (AtomicU64::new(first), Mutex::new(histories::Tally::default()), Instant::now());
    let broken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..options.threads() {
            scope.spawn(|| {
                while broken.lock().unwrap().is_empty() || options.keep_going {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    match histories::run(seed) {
                        Ok(tally) => sums.lock().unwrap().add(&tally),
                        Err(story) => {
                            println!("{story}");
                            println!(
                                "to see it again: cargo bench --bench simulation -- --ledger 1 --seed {seed}"
                            );
                            broken.lock().unwrap().push(seed);
                        }
                    }
                }
            });
        }
    });
    let (sums, broken) = (sums.into_inner().unwrap(), broken.into_inner().unwrap());
    let played = next.into_inner().min(end) - first;
    println!("{played} histories in {:.0} s: {sums}", begun.elapsed().as_secs_f64());
    let missing = if played < ENOUGH_HISTORIES { Vec::new() } else { sums.missing() };
    if !missing.is_empty() {
        println!("what never happened in them: {missing:?}");
    }
    if broken.is_empty() {
        return if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    println!("{} histories do not end as in the protocol: {broken:?}", broken.len());
    ExitCode::FAILURE
}

fn floods() -> ExitCode {
    let mut held = true;
    for concurrency in [None, Some(10), Some(3)] {
        let begun = Instant::now();
        let told = flood(concurrency);
        let reserved =
            concurrency.map_or("no reserved concurrency".to_owned(), |it| format!("{it} at a time"));
        println!(
            "1000 requests of one person within a minute, {reserved} ({} s):",
            begun.elapsed().as_secs()
        );
        for (who, waits) in [("others", &told.waits), ("the flood's own", &told.own)] {
            let [median, most, worst] =
                [50, 99, 100].map(|percent| Told::percentile(waits, percent).as_secs());
            println!(
                "  {who}: {} messages, after {median} s (median), {most} s (99 of 100), {worst} s (worst)",
                waits.len()
            );
        }
        let Told { letters, lost, twice, broken, .. } = told;
        println!(
            "  {letters} events of others became dead letters on the way, {lost} requests have no message, {twice} have two"
        );
        println!("  broken promises: {broken:?}");
        held &= broken.is_empty() && lost == 0 && twice == 0;
    }
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn many(options: &Options) -> ExitCode {
    let threads = options.threads();
    let (next, sums, begun) = (AtomicU64::new(options.from), Mutex::new(Sums::default()), Instant::now());
    let size = options.size.min(options.events).min(MOST);
    let (at_play, (playing, ended)) = (AtPlay::default(), mpsc::channel::<()>());
    let (next, sums, at_play) = (&next, &sums, &at_play);
    std::thread::scope(|scope| {
        scope.spawn(move || watch(at_play, &ended, size, options.patience));
        for _ in 0..threads {
            let playing = playing.clone();
            scope.spawn(move || {
                let _playing = playing;
                loop {
                    {
                        let sums = sums.lock().unwrap();
                        let is_over = sums.outcome.events >= options.events;
                        if is_over || (!sums.broken.is_empty() && !options.keep_going) {
                            return;
                        }
                    }
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    at_play.lock().unwrap().insert(seed, Instant::now());
                    let outcome = play(seed, size, false);
                    at_play.lock().unwrap().remove(&seed);
                    sums.lock().unwrap().add(seed, size, outcome, begun.elapsed());
                }
            });
        }
        drop(playing);
    });
    let sums = sums.lock().unwrap();
    println!("{} seeds in {:.0} s: {}", sums.seeds, begun.elapsed().as_secs_f64(), told(&sums.outcome));
    let per_second = sums.outcome.events as f64 / begun.elapsed().as_secs_f64();
    println!("{per_second:.0} events a second on {threads} threads; {} MB resident", resident());
    if sums.broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("{} seeds broke a promise: {:?}", sums.broken.len(), sums.broken);
    ExitCode::FAILURE
}

/// The seeds at play, and since when.
type AtPlay = Mutex<BTreeMap<u64, Instant>>;

/// Ends everything when a seed has played for too long: nothing else ends a thread that plays for ever.
fn watch(at_play: &AtPlay, ended: &mpsc::Receiver<()>, size: usize, patience: u64) {
    let limit = if patience == 0 { Duration::MAX } else { Duration::from_secs(patience) };
    while ended.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
        let seeds = at_play.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((seed, _)) = seeds.iter().find(|(_, begun)| begun.elapsed() > limit) {
            tell_broken(*seed, size, &[format!("it plays for more than {patience} s")]);
            std::process::exit(1);
        }
    }
}

fn tell_broken(seed: u64, size: usize, broken: &[String]) {
    println!("seed {seed} breaks promises:");
    for broken in broken {
        println!("  {broken}");
    }
    println!("  to see it again: cargo bench --bench simulation -- --seed {seed} --size {size} --trace");
}

impl Sums {
    fn add(&mut self, seed: u64, size: usize, outcome: Outcome, elapsed: Duration) {
        let all = &mut self.outcome;
        all.events += outcome.events;
        all.invocations += outcome.invocations;
        all.calls += outcome.calls;
        all.messages += outcome.messages;
        all.second_messages += outcome.second_messages;
        all.letters += outcome.letters;
        all.judged += outcome.judged;
        self.seeds += 1;
        if self.seeds.is_multiple_of(50) {
            println!("{:>4.0} s: {} seeds, {}", elapsed.as_secs_f64(), self.seeds, told(&self.outcome));
        }
        if !outcome.broken.is_empty() {
            self.broken.push(seed);
            tell_broken(seed, size, &outcome.broken);
        }
    }
}

fn told(outcome: &Outcome) -> String {
    let Outcome { events, invocations, calls, messages, second_messages, letters, judged, .. } = outcome;
    format!(
        "{events} events, {invocations} invocations, {calls} calls, {messages} messages ({judged} compared line by \
         line; {second_messages} requests have a second one), {letters} dead letters"
    )
}

/// The memory of this process, MB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096 / 1_000_000
}
