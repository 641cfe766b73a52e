//! What the tests of the command line share: how they run it, and what a run said.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::process::{Command, Output, Stdio};

use okta_simulator::doubles::{credentials, root};
use serde_json::Value;

/// `enricher` in the repository's folder, with an empty environment: nothing of the developer's own settings
/// reaches it.
pub fn enricher() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enricher"));
    command.current_dir(root()).env_clear();
    command
}

/// A command of `enricher` for an operator who is signed in to AWS. It is killed when the test drops it.
pub fn operator(command: &str) -> tokio::process::Command {
    let mut operator = tokio::process::Command::from(enricher());
    operator
        .arg(command)
        .envs(credentials())
        .envs([("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    operator
}

/// What a run printed, and its exit status.
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    /// Panics if a signal ended the run, or if it coloured its output although that is no terminal.
    fn from(output: Output) -> Ran {
        let ran = Ran {
            status: output.status.code().expect("an exit status"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        };
        ran.shows_none_of(&["\u{1b}"]);
        ran
    }
}

impl Ran {
    /// Asserts that none of these texts was printed.
    pub fn shows_none_of(&self, private: &[&str]) {
        for text in [&self.stdout, &self.stderr] {
            for private in private {
                assert!(!text.contains(private), "{private:?} in {text}");
            }
        }
    }

    /// The lines of standard output, each a JSON document.
    pub fn lines(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.stdout.lines().map(line).collect()
    }

    /// Standard output, one JSON document.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{}{}", self.stdout, self.stderr))
    }
}
