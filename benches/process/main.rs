//! The deployed binary as a whole, on a stop-watch: spawned as Lambda spawns it, between doubles of the
//! Runtime API, of AWS and of Okta that take the time a network and a server take. What it prints, and how to
//! read it, is explained in `docs/performance.md`.
//!
//! ```console
//! $ cargo bench --bench process                                   # the settings of docs/performance.md
//! $ cargo bench --bench process -- --sources all --credential oauth --timeline
//! $ cargo bench --bench process -- --against /path/to/another/bootstrap
//! $ cargo bench --bench process -- --soak 100000
//! $ cargo bench --bench process -- --figures                      # what .ci/figures.toml holds
//! ```
//!
//! [`front`] the way to a server · [`environment`] the process and its Runtime API · [`okta`] the servers,
//! and one event after another · [`setting`] what is measured, and the least that it can take · [`quota`] a
//! share of a CPU · [`report`] what one run shows · [`instructions`] counted instead of timed · [`figures`] what
//! `.ci/figures.toml` holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that fails must fail"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its figures are its output")]

mod environment;
mod figures;
mod front;
mod instructions;
mod okta;
mod quota;
mod report;
mod setting;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::Parser;
use serde_json::Value;
use tokio::runtime;

use self::environment::Environment;
use self::front::counted;
use self::okta::World;
use self::quota::Quota;
use self::report::{Run, milliseconds};
use self::setting::{Credential, Protocol, Setting, Sources};

/// The binary that cargo built for this benchmark; the deployed one is built to the same place.
const BINARY: &str = env!("CARGO_BIN_EXE_okta-request-enricher");

/// Measures the deployed binary between doubles of Lambda, AWS and Okta.
///
/// Without options that choose a setting, it measures those of docs/performance.md.
#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "options of a command line")]
struct Options {
    /// The binary to measure; left out: the release binary, which is built first
    #[arg(long, value_name = "PATH")]
    bin: Option<PathBuf>,
    /// Another one, measured in turns with the first
    #[arg(long, value_name = "PATH")]
    against: Vec<PathBuf>,
    /// What Okta's side speaks
    #[arg(long, value_enum)]
    protocol: Option<Protocol>,
    /// What the message shows
    #[arg(long, value_enum)]
    sources: Option<Sources>,
    /// What the secret holds
    #[arg(long, value_enum)]
    credential: Option<Credential>,
    /// With a ledger table
    #[arg(long)]
    ledger: bool,
    /// With an outcome bus
    #[arg(long)]
    bus: bool,
    /// Without round-trip and service times: what is left is the program's own time, and the doubles'
    #[arg(long)]
    no_delay: bool,
    /// The share of one CPU, in percent, that the process has after INIT: 7 is a Lambda of 128 MB
    #[arg(long, value_name = "PERCENT")]
    cpu_quota: Option<f64>,
    /// Processes started for each setting
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Invocations of each process after the first; left out: 10, or 200 without delays
    #[arg(long)]
    warm: Option<usize>,
    /// Draw the calls of one cold start and one warm invocation
    #[arg(long)]
    timeline: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Instead: so many invocations of one process without delays, and its memory now and then
    #[arg(long, value_name = "N")]
    soak: Option<u64>,
    /// Instead: so many events that wait already, and how fast one process answers them
    #[arg(long, value_name = "N")]
    burst: Option<u64>,
    /// Instead: what .ci/figures.toml holds of a binary, as JSON: instructions, allocations, memory
    #[arg(long)]
    figures: bool,
    /// With --figures: the valgrind that counts
    #[arg(long, value_name = "PATH", default_value = "valgrind")]
    valgrind: PathBuf,
    /// With --figures: keep callgrind's files in this folder, for `callgrind_annotate`
    #[arg(long, value_name = "FOLDER")]
    callgrind: Option<PathBuf>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
    /// Given by nobody but whoever wants what `cargo test --benches` does
    #[arg(long, hide = true)]
    test: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // One thread: the other CPU is the process's.
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if !options.figures && (options.test || !options.bench) {
        runtime.block_on(smoke(&options));
        return ExitCode::SUCCESS;
    }
    let bin = options.bin.clone().unwrap_or_else(release);
    for bin in options.against.iter().chain([&bin]) {
        if !bin.is_file() {
            eprintln!("there is no file `{}`", bin.display());
            return ExitCode::FAILURE;
        }
    }
    if options.figures {
        let (valgrind, keep) = (&options.valgrind, options.callgrind.as_deref());
        return match runtime.block_on(figures::measure(&bin, valgrind, keep, options.warm.unwrap_or(10))) {
            Ok(figures) => {
                println!("{figures:#}");
                ExitCode::SUCCESS
            }
            Err(why) => {
                eprintln!("nothing is counted: {why}");
                ExitCode::FAILURE
            }
        };
    }
    match (options.soak, options.burst) {
        (Some(count), _) => runtime.block_on(soak(&bin, &options, count)),
        (None, Some(count)) => runtime.block_on(burst(&bin, &options, count)),
        (None, None) => runtime.block_on(compare(&bin, &options)),
    }
    ExitCode::SUCCESS
}

impl Options {
    /// The settings to measure.
    fn settings(&self) -> Vec<Setting> {
        let chosen = self.protocol.is_some()
            || self.sources.is_some()
            || self.credential.is_some()
            || self.ledger
            || self.bus
            || self.no_delay
            || self.cpu_quota.is_some();
        if !chosen && self.soak.is_none() && self.burst.is_none() {
            return Setting::all();
        }
        vec![Setting {
            protocol: self.protocol.unwrap_or(Protocol::H2),
            sources: self.sources.unwrap_or(Sources::Profile),
            credential: self.credential.unwrap_or(Credential::Ssws),
            ledger: self.ledger,
            bus: self.bus,
            delay: !self.no_delay && self.soak.is_none(),
            cpu_quota: self.cpu_quota,
        }]
    }

    fn the_setting(&self) -> Setting {
        self.settings().remove(0)
    }
}

/// Builds the deployed binary, if it is not there yet or its sources have changed.
fn release() -> PathBuf {
    eprintln!("building the release binary, as `cargo build --release` does");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--bin", "okta-request-enricher"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the release binary could not be built");
    PathBuf::from(BINARY)
}

/// `cargo test --benches`: two invocations of a binary that is there already, to see that all this works.
async fn smoke(options: &Options) {
    let bin = options.bin.clone().unwrap_or_else(|| PathBuf::from(BINARY));
    let setting =
        Setting { sources: Sources::All, credential: Credential::Oauth, delay: false, ..Setting::default() };
    let run = measure(&bin, &setting, 1, None).await;
    println!("process: an invocation took {:.1} ms", run.warm[0]);
}

/// Each setting, each candidate in turns.
async fn compare(bin: &Path, options: &Options) {
    let candidates: Vec<&Path> =
        std::iter::once(bin).chain(options.against.iter().map(PathBuf::as_path)).collect();
    let mut results = Vec::new();
    if !options.json {
        report::sizes(&candidates);
    }
    for setting in options.settings() {
        let quota = match setting.cpu_quota.map(Quota::new).transpose() {
            Ok(quota) => quota,
            Err(why) => {
                eprintln!("\n{setting}\n  not measured: {why}");
                continue;
            }
        };
        let warm = options.warm.unwrap_or(if setting.delay { 10 } else { 200 });
        let mut runs: Vec<Vec<Run>> = candidates.iter().map(|_| Vec::new()).collect();
        for _ in 0..options.rounds.max(1) {
            for (candidate, runs) in candidates.iter().zip(&mut runs) {
                runs.push(measure(candidate, &setting, warm, quota.as_ref()).await);
            }
        }
        if options.json {
            results.push(report::json(&setting, &candidates, &runs));
        } else {
            report::table(&setting, &candidates, &runs);
            if options.timeline {
                report::timeline(&runs[0][0]);
            }
        }
    }
    if options.json {
        println!("{:#}", Value::Array(results));
    }
}

/// One process from its start through `warm` invocations after the first.
async fn measure(bin: &Path, setting: &Setting, warm: usize, quota: Option<&Quota>) -> Run {
    let world = World::start(setting).await;
    let payload = world.order();
    let mut process = Environment::spawn(bin, world.env());
    let taken = quota.map(|quota| quota.take(process.id()));
    let waiting = process.next().await;
    let init = waiting.since - process.spawned;
    let cpu_init = process.cpu();
    if let (Some(quota), Some(taken)) = (quota, taken) {
        taken.await.expect("a group of our own");
        quota.limit();
    }
    let given = process.give(waiting, payload);
    let (answered, answer) = process.answer().await;
    let mut run = Run {
        spawned: process.spawned,
        init: milliseconds(init),
        cold: milliseconds(answered - given),
        total: milliseconds(answered - process.spawned),
        cpu_init: milliseconds(cpu_init),
        ..Run::default()
    };
    let mut waiting = process.next().await;
    run.cpu_cold = milliseconds(process.cpu());
    let (okta, aws) = world.take_calls();
    world.check(&okta, &answer);
    run.okta_cold = counted(&okta);
    run.aws_cold = counted(&aws);
    run.timeline = okta.into_iter().chain(aws).collect();

    let cpu_before = process.cpu();
    for number in 0..warm {
        let given = process.give(waiting, world.order());
        let (answered, answer) = process.answer().await;
        run.warm.push(milliseconds(answered - given));
        waiting = process.next().await;
        let (okta, aws) = world.take_calls();
        world.check(&okta, &answer);
        if number == 0 {
            run.okta_warm = counted(&okta);
            run.aws_warm = counted(&aws);
            run.warm_given = Some(given);
            run.warm_timeline = okta.into_iter().chain(aws).collect();
        }
    }
    run.cpu_warm = milliseconds(process.cpu().saturating_sub(cpu_before))
        / f64::from(u32::try_from(warm.max(1)).unwrap_or(1));
    run.memory = process.memory("VmHWM");
    (run.okta_connections, run.aws_connections) = world.connections();
    run
}

/// Whether a process that lives long grows.
async fn soak(bin: &Path, options: &Options, count: u64) {
    let setting = options.the_setting();
    println!("{setting}: {count} invocations of one process");
    let world = World::start(&setting).await;
    let mut process = Environment::spawn(bin, world.env());
    let mut waiting = process.next().await;
    let started = Instant::now();
    for number in 1..=count {
        process.give(waiting, world.order());
        let (_, answer) = process.answer().await;
        waiting = process.next().await;
        let (okta, _) = world.take_calls();
        world.check(&okta, &answer);
        if number.is_power_of_two() || number % (count / 10).max(1) == 0 {
            let (okta, aws) = world.connections();
            println!(
                "{number:>9}  {:>6.1} s  memory {:>6} kB, at most {:>6} kB  connections to Okta {okta}, AWS {aws}",
                started.elapsed().as_secs_f64(),
                process.memory("VmRSS"),
                process.memory("VmHWM"),
            );
        }
    }
}

/// How fast one process answers events that wait already.
async fn burst(bin: &Path, options: &Options, count: u64) {
    let setting = options.the_setting();
    let world = World::start(&setting).await;
    let mut process = Environment::spawn(bin, world.env());
    let mut waiting = process.next().await;
    let started = Instant::now();
    for _ in 0..count {
        process.give(waiting, world.order());
        let (_, answer) = process.answer().await;
        waiting = process.next().await;
        let (okta, _) = world.take_calls();
        world.check(&okta, &answer);
    }
    let (took, least) = (started.elapsed(), setting.least().warm);
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let each = milliseconds(took) / count as f64;
    println!(
        "{setting}: {count} events in {:.2} s, {each:.1} ms each, {:.1} a second",
        took.as_secs_f64(),
        1000.0 / each
    );
    if setting.delay {
        println!(
            "the doubles' own delays: {least:.0} ms each; the program adds {:.1} %",
            100.0 * (each / least - 1.0)
        );
    }
}
