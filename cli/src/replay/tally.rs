//! The [`Tally`] counts how the attempts of a run ended.

use super::target::Place;

/// The outcome that makes a run fail.
const FAILED: &str = "failed";

/// The outcomes, in the order of the summary.
const OUTCOMES: [&str; 6] = ["posted", "dry_run", "duplicate", "skipped", "reconciled", FAILED];

/// Attempts by outcome, in the order of [`OUTCOMES`].
#[derive(Default)]
pub(super) struct Tally([usize; OUTCOMES.len()]);

impl Tally {
    pub(super) fn add(&mut self, outcome: &str) {
        if let Some(place) = OUTCOMES.iter().position(|name| *name == outcome) {
            self.0[place] += 1;
        }
    }

    pub(super) fn has_failures(&self) -> bool {
        OUTCOMES.iter().zip(self.0).any(|(name, count)| *name == FAILED && count > 0)
    }

    /// The messages that were made and not posted.
    pub(super) fn not_posted(&self) -> usize {
        OUTCOMES.iter().zip(self.0).filter(|(name, _)| **name == "dry_run").map(|(_, count)| count).sum()
    }

    /// "15 posted to the simulator, 3 skipped, 2 failed"
    pub(super) fn summary(&self, place: &Place) -> String {
        let counted = OUTCOMES.iter().zip(self.0).filter(|(_, count)| *count > 0);
        let counted = counted.map(|(name, count)| match *name {
            "posted" if place.is_simulator() => format!("{count} posted to the simulator"),
            "dry_run" => format!("{count} not posted"),
            name => format!("{count} {name}"),
        });
        counted.collect::<Vec<_>>().join(", ")
    }
}
