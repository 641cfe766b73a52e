//! [`Tally`]: what was seen in histories, so that a test finds what never happens in them.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::fate::Mishap;

/// How often each thing was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    seen: BTreeMap<String, u64>,
    /// Of all steps. Histories that differ in one step differ here.
    fingerprint: u64,
}

impl Tally {
    pub(super) fn saw(&mut self, what: impl Into<String>) {
        *self.seen.entry(what.into()).or_default() += 1;
    }

    /// The same for a history of these steps.
    pub(super) fn of(&self, history: &str) -> Tally {
        let mut hasher = DefaultHasher::new();
        history.hash(&mut hasher);
        Tally { fingerprint: hasher.finish(), ..self.clone() }
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        self.fingerprint = self.fingerprint.wrapping_add(other.fingerprint);
        for (what, times) in &other.seen {
            *self.seen.entry(what.clone()).or_default() += times;
        }
    }

    /// What is expected in many histories, and was never seen.
    pub(crate) fn missing(&self) -> Vec<String> {
        let mishaps = Mishap::ALL.iter().map(|mishap| format!("{mishap:?}"));
        let answers = [
            "Granted",
            "Duplicate",
            "Withheld",
            "Live",
            "Exhausted",
            "Done",
            "Found",
            "Since",
            "Unreachable",
        ];
        let answers = answers.iter().map(|answer| format!("answer {answer}"));
        let others = ["a refused write", "dropped"].iter().map(|it| (*it).to_owned());
        mishaps.chain(answers).chain(others).filter(|what| !self.seen.contains_key(what)).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen: Vec<_> = self.seen.iter().map(|(what, times)| format!("{what} {times}")).collect();
        f.write_str(&seen.join(", "))
    }
}
