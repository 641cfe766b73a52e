//! [`Findings`] are the checks of one part of the deployment, in the order in which the report shows them.
//! Parts that do not need each other are checked side by side, each with its own.

use super::check::Check;
use crate::terminal::{Progress, printable};

/// Checks that were made, and those that could not be.
pub(super) struct Findings<'a> {
    pub(super) checks: Vec<Check>,
    progress: &'a Progress,
}

impl<'a> Findings<'a> {
    pub(super) fn new(progress: &'a Progress) -> Findings<'a> {
        Findings { checks: Vec::new(), progress }
    }

    /// Empty ones, for a part that is checked at the same time.
    pub(super) fn part(&self) -> Findings<'a> {
        Findings::new(self.progress)
    }

    pub(super) fn add(&mut self, mut check: Check) {
        // Both contain names and reasons that others have chosen.
        check.detail = printable(&check.detail);
        check.remedy = check.remedy.as_deref().map(printable);
        self.checks.push(check);
        self.progress.inc(1);
    }

    /// Adds checks that can't be made, all for one reason.
    pub(super) fn skip(&mut self, names: &[&'static str], why: &str) {
        self.checks.extend(names.iter().map(|name| Check::skipped(name, why)));
    }

    /// Hides the progress before the findings are shown.
    pub(super) fn end_progress(&self) {
        self.progress.finish_and_clear();
    }

    /// Adds those of a part.
    pub(super) fn append(&mut self, part: Findings<'_>) {
        self.checks.extend(part.checks);
    }
}
