//! The figures: what one [`Run`] saw, and tables of many.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};

use crate::front::{Call, kind};
use crate::setting::Setting;

/// One process, from its start to its end. Times are in milliseconds.
pub(crate) struct Run {
    pub(crate) spawned: Instant,
    /// From the start to the first request for an event.
    pub(crate) init: f64,
    /// From the first event to its answer.
    pub(crate) cold: f64,
    /// From the start to the first answer.
    pub(crate) total: f64,
    /// From each later event to its answer.
    pub(crate) warm: Vec<f64>,
    /// CPU used by INIT, until the process waits again after the first answer, and for each later invocation.
    pub(crate) cpu_init: f64,
    pub(crate) cpu_cold: f64,
    pub(crate) cpu_warm: f64,
    /// The most memory at once, kB.
    pub(crate) memory: u64,
    pub(crate) okta_connections: usize,
    pub(crate) aws_connections: usize,
    /// The calls until the first answer, and those of the second invocation.
    pub(crate) okta_cold: BTreeMap<String, usize>,
    pub(crate) aws_cold: BTreeMap<String, usize>,
    pub(crate) okta_warm: BTreeMap<String, usize>,
    pub(crate) aws_warm: BTreeMap<String, usize>,
    pub(crate) timeline: Vec<Call>,
    pub(crate) warm_given: Option<Instant>,
    pub(crate) warm_timeline: Vec<Call>,
}

impl Default for Run {
    fn default() -> Run {
        Run {
            spawned: Instant::now(),
            init: 0.0,
            cold: 0.0,
            total: 0.0,
            warm: Vec::new(),
            cpu_init: 0.0,
            cpu_cold: 0.0,
            cpu_warm: 0.0,
            memory: 0,
            okta_connections: 0,
            aws_connections: 0,
            okta_cold: BTreeMap::new(),
            aws_cold: BTreeMap::new(),
            okta_warm: BTreeMap::new(),
            aws_warm: BTreeMap::new(),
            timeline: Vec::new(),
            warm_given: None,
            warm_timeline: Vec::new(),
        }
    }
}

/// A time as a number to calculate with.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The value below which the given part of all values lies.
fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

fn median(runs: &[Run], of: impl Fn(&Run) -> f64) -> f64 {
    quantile(runs.iter().map(of), 0.5)
}

fn warm(runs: &[Run], part: f64) -> f64 {
    quantile(runs.iter().flat_map(|run| run.warm.iter().copied()), part)
}

/// On a machine that is not idle, nearer to the truth than the median.
fn best(runs: &[Run]) -> f64 {
    quantile(runs.iter().map(|run| run.total), 0.0)
}

fn memory(runs: &[Run]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below the limit")]
    median(runs, |run| run.memory as f64 / 1024.0)
}

/// How many bytes each binary has, and how many in a zip at its best.
pub(crate) fn sizes(candidates: &[&Path]) {
    for path in candidates {
        let (plain, zipped) = size(path);
        println!("{}: {plain} bytes, {zipped} zipped", path.display());
    }
}

fn size(path: &Path) -> (usize, usize) {
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
    let zipped = zip.write_all(&bytes).and_then(|()| zip.finish());
    (bytes.len(), zipped.map_or(0, |zipped| zipped.len()))
}

/// One setting's figures, a column a candidate.
pub(crate) fn table(setting: &Setting, candidates: &[&Path], runs: &[Vec<Run>]) {
    let count = runs[0].len();
    let samples: usize = runs[0].iter().map(|run| run.warm.len()).sum();
    println!("\n{setting}: {count} processes, {samples} warm invocations");
    if candidates.len() > 1 {
        let names = candidates.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy());
        line("", names.map(String::from));
    }
    let least = setting.least();
    let row = |name: &str, show: &dyn Fn(&[Run]) -> String| {
        line(name, runs.iter().map(|runs| show(runs)));
    };
    let times = |value: f64, least: f64| {
        if setting.delay {
            format!("{value:.1} ms = {:.3} x {least:.0}", value / least)
        } else {
            format!("{value:.2} ms")
        }
    };
    row("INIT: start to first /next", &|runs| format!("{:.1} ms", median(runs, |run| run.init)));
    row("start to first answer", &|runs| times(median(runs, |run| run.total), least.cold));
    row("start to first answer, best", &|runs| times(best(runs), least.cold));
    row("cold: first event to its answer", &|runs| times(median(runs, |run| run.cold), least.warm));
    row("warm: event to answer, median", &|runs| times(warm(runs, 0.5), least.warm));
    row("warm: event to answer, best", &|runs| times(warm(runs, 0.0), least.warm));
    row("warm: event to answer, 99 of 100 within", &|runs| times(warm(runs, 0.99), least.warm));
    row("CPU: INIT", &|runs| format!("{:.2} ms", median(runs, |run| run.cpu_init)));
    row("CPU: INIT and first invocation", &|runs| format!("{:.2} ms", median(runs, |run| run.cpu_cold)));
    row("CPU: a warm invocation", &|runs| format!("{:.2} ms", median(runs, |run| run.cpu_warm)));
    row("memory at most", &|runs| format!("{:.1} MB", memory(runs)));
    let connections = |runs: &[Run]| format!("{} / {}", runs[0].okta_connections, runs[0].aws_connections);
    row("connections to Okta / AWS", &connections);
    let calls = |okta: &BTreeMap<String, usize>, aws: &BTreeMap<String, usize>| {
        format!("{} / {}", okta.values().sum::<usize>(), aws.values().sum::<usize>())
    };
    row("calls to Okta / AWS, cold", &|runs| calls(&runs[0].okta_cold, &runs[0].aws_cold));
    row("calls to Okta / AWS, warm", &|runs| calls(&runs[0].okta_warm, &runs[0].aws_warm));
}

fn line(name: &str, values: impl Iterator<Item = String>) {
    print!("  {name:40}");
    values.for_each(|value| print!("{value:>26}"));
    println!();
}

/// The same for programs.
pub(crate) fn json(setting: &Setting, candidates: &[&Path], runs: &[Vec<Run>]) -> Value {
    let least = setting.least();
    let candidate = |path: &&Path, runs: &Vec<Run>| {
        let (plain, zipped) = size(path);
        json!({
            "bin": path.display().to_string(), "bytes": plain, "zipped_bytes": zipped, "processes": runs.len(),
            "init_ms": median(runs, |run| run.init), "first_answer_ms": median(runs, |run| run.total),
            "first_answer_best_ms": best(runs), "warm_best_ms": warm(runs, 0.0),
            "cold_ms": median(runs, |run| run.cold), "warm_ms": warm(runs, 0.5), "warm_p99_ms": warm(runs, 0.99),
            "cpu_init_ms": median(runs, |run| run.cpu_init), "cpu_first_answer_ms": median(runs, |run| run.cpu_cold),
            "cpu_warm_ms": median(runs, |run| run.cpu_warm), "memory_mb": memory(runs),
            "okta_connections": runs[0].okta_connections, "aws_connections": runs[0].aws_connections,
            "okta_calls_cold": runs[0].okta_cold, "aws_calls_cold": runs[0].aws_cold,
            "okta_calls_warm": runs[0].okta_warm, "aws_calls_warm": runs[0].aws_warm,
        })
    };
    let candidates: Vec<_> = candidates.iter().zip(runs).map(|(path, runs)| candidate(path, runs)).collect();
    json!({
        "setting": setting.to_string(), "least_first_answer_ms": least.cold, "least_warm_ms": least.warm,
        "candidates": candidates,
    })
}

/// Draws the calls of a run, one a line, as its servers saw them.
pub(crate) fn timeline(run: &Run) {
    println!("\n  cold, from the start of the process (first /next after {:.1} ms)", run.init);
    draw(&run.timeline, run.spawned);
    if let Some(given) = run.warm_given {
        println!("\n  warm, from the event");
        draw(&run.warm_timeline, given);
    }
}

fn draw(calls: &[Call], from: Instant) {
    const WIDTH: f64 = 60.0;
    let at = |moment: Instant| milliseconds(moment.saturating_duration_since(from));
    let mut calls: Vec<_> = calls.iter().collect();
    calls.sort_by_key(|call| call.arrived);
    let end = calls.iter().map(|call| at(call.answered)).fold(1.0, f64::max);
    for call in calls {
        let (arrived, answered) = (at(call.arrived), at(call.answered));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a column")]
        let column = |time: f64| (time / end * WIDTH).round() as usize;
        let bar = "━".repeat((column(answered) - column(arrived)).max(1));
        println!(
            "  {:>6.1} {:>6.1}  {}{bar:<rest$} {} {}",
            arrived,
            answered,
            " ".repeat(column(arrived)),
            call.status,
            kind(&call.name),
            rest = 61_usize.saturating_sub(column(arrived)),
        );
    }
}
