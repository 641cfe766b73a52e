//! [`Tally`]: what was seen in histories, so that a test finds what never happens in them.

use std::collections::BTreeMap;
use std::fmt;

use super::network::Mishap;

/// How often each thing was seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(BTreeMap<String, u64>);

impl Tally {
    pub(super) fn saw(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        for (what, times) in &other.0 {
            *self.0.entry(what.clone()).or_default() += times;
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
        mishaps.chain(answers).chain(others).filter(|what| !self.0.contains_key(what)).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen: Vec<_> = self.0.iter().map(|(what, times)| format!("{what} {times}")).collect();
        f.write_str(&seen.join(", "))
    }
}
