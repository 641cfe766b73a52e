//! [`Callgrind`] counts how many instructions the binary executes. Unlike a time, this number is the same on
//! every `x86_64` machine with AVX2, busy or idle: valgrind shows the program one fixed processor.
//!
//! Only the instructions of the binary itself count, with all its crates. libc and the loader differ between
//! systems: of libc, only the number of allocations counts. The kernel's work never counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::environment::Environment;
use crate::okta::World;
use crate::setting::Setting;

/// The functions of libc that allocate.
const ALLOCATIONS: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// What a process executed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) instructions: u64,
    pub(crate) allocations: u64,
}

/// Valgrind's tool, and where its files go.
pub(crate) struct Callgrind {
    valgrind: PathBuf,
    folder: PathBuf,
    slow_clock: PathBuf,
    _temporary: TempDir,
}

impl Callgrind {
    /// Prepares `valgrind`. Its files are deleted at the end, or stay in `keep`. Needs a C compiler.
    ///
    /// # Errors
    ///
    /// Fails if a program is missing or does not work, or if `keep` can't be made.
    pub(crate) fn prepare(valgrind: &Path, keep: Option<&Path>) -> Result<Callgrind, String> {
        let temporary = tempfile::tempdir().expect("a temporary directory");
        let slow_clock = temporary.path().join("slow_clock.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/process/slow_clock.c");
        run(Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&slow_clock).arg(source))
            .map_err(|why| format!("{why}; a C compiler is needed"))?;
        run(Command::new(valgrind).args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "-q",
            "true",
        ]))?;
        let folder = keep.unwrap_or_else(|| temporary.path());
        let folder = fs::create_dir_all(folder).and_then(|()| folder.canonicalize());
        let folder =
            folder.map_err(|error| format!("failed to make the folder for callgrind's files: {error}"))?;
        Ok(Callgrind { valgrind: valgrind.to_owned(), folder, slow_clock, _temporary: temporary })
    }

    /// What `bin` executes from its start to its first answer, and for each of `warm` further events.
    /// Callgrind's files are named `name`, a dot, and the number of events.
    pub(crate) async fn count(&self, bin: &Path, setting: &Setting, warm: u64, name: &str) -> [Count; 2] {
        let first = self.count_process(bin, setting, 1, name).await;
        let all = self.count_process(bin, setting, 1 + warm, name).await;
        let each = |all: u64, first: u64| all.saturating_sub(first) / warm;
        let instructions = each(all.instructions, first.instructions);
        [first, Count { instructions, allocations: each(all.allocations, first.allocations) }]
    }

    /// What one process executes until it waits for the event after the last.
    async fn count_process(&self, bin: &Path, setting: &Setting, events: u64, name: &str) -> Count {
        let bin = bin.canonicalize().expect("a path");
        let file = self.folder.join(format!("{name}.{events}"));
        let world = World::start(setting).await;
        let mut command = Command::new(&self.valgrind);
        command
            .args(["--tool=callgrind", "--fair-sched=yes", "--compress-strings=no", "--compress-pos=no"])
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(&bin);
        let mut env = world.env().clone();
        env.insert("LD_PRELOAD", self.slow_clock.display().to_string());
        if let Ok(folder) = std::env::var("VALGRIND_LIB") {
            env.insert("VALGRIND_LIB", folder);
        }
        let mut process = Environment::spawn_by(command, &env);
        let mut waiting = process.next().await;
        for _ in 0..events {
            process.give(waiting, world.order());
            let (_, answer) = process.answer().await;
            waiting = process.next().await;
            let (okta, _) = world.take_calls();
            world.check(&okta, &answer);
        }
        process.end_idle().await;
        let text = fs::read_to_string(&file).expect("the file that callgrind writes at the end");
        let count = read(&text, &bin.display().to_string());
        assert!(
            count.instructions > 0 && count.allocations > 0,
            "callgrind saw nothing of `{}`",
            bin.display()
        );
        count
    }
}

/// Runs a command to its end; its standard error if it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().display().to_string();
    let output = command.output().map_err(|error| format!("failed to start `{program}`: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`{program}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// Adds up what the object `bin` executed itself.
///
/// Source: “Callgrind Format Specification”, valgrind's manual. `ob=` names the object of the costs below. A
/// cost is a line of a position and a number. The cost after `calls=` belongs to the called function, `cfn=`.
fn read(text: &str, bin: &str) -> Count {
    let mut count = Count::default();
    let (mut is_own, mut callee) = (false, "");
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(object) = line.strip_prefix("ob=") {
            is_own = object == bin;
        } else if let Some(function) = line.strip_prefix("cfn=") {
            callee = function;
        } else if let Some(calls) = line.strip_prefix("calls=") {
            lines.next();
            if is_own && ALLOCATIONS.contains(&callee) {
                count.allocations += number(calls.split(' ').next());
            }
        } else if is_own && line.starts_with(|first: char| first.is_ascii_digit()) {
            count.instructions += number(line.split(' ').nth(1));
        }
    }
    count
}

fn number(text: Option<&str>) -> u64 {
    text.and_then(|text| text.parse().ok()).expect("callgrind's format")
}
