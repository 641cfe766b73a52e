//! A [`Mended`] text: that of a policy file, with brackets added where they are missing, and without lines that are
//! no TOML. One missing bracket hides all that follows it; so `enricher check` adds it, reports it, and finds the
//! other faults of the file, too.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::DeTable;

use super::syntax::{self, Mend, SyntaxErrors};
use crate::policy::fault::{MOST_FAULTS, PolicyFault};

/// The most faults that are mended in a file. Each takes a pass over it.
const MOST: usize = 50;

/// A file's text, fit to be read as far as possible.
pub(in crate::policy) struct Mended<'a> {
    pub(super) text: Cow<'a, str>,
    /// The places of the bytes that were added, in order.
    added: Vec<usize>,
    /// What was mended. The places are those of the original text.
    pub(super) faults: Vec<PolicyFault>,
}

impl<'a> Mended<'a> {
    /// The text as it is.
    pub(in crate::policy) fn not(text: &'a str) -> Mended<'a> {
        Mended { text: Cow::Borrowed(text), added: Vec::new(), faults: Vec::new() }
    }

    /// The text with the brackets that it lacks.
    pub(in crate::policy) fn of(text: &'a str) -> Mended<'a> {
        let mut mended = Mended::not(text);
        if syntax::other_language(text).is_some() {
            return mended;
        }
        for _ in 0..MOST {
            let (table, errors) = DeTable::parse_recoverable(&mended.text);
            let mends = SyntaxErrors::of(&mended.text, table.get_ref(), &errors).mends();
            // A mend that does not help would be made again at the same place.
            let is_done = mends.is_empty() || mended.faults.len() >= MOST_FAULTS;
            if is_done || mends.iter().any(|mend| mended.has(&mend.fault)) {
                break;
            }
            mended = mended.with(mends);
        }
        mended
    }

    fn with(&self, mends: Vec<Mend>) -> Mended<'a> {
        let mut text = self.text.to_string();
        let mut added = self.added.clone();
        let mut faults = self.faults.clone();
        let mut places: Vec<(usize, &'static str)> = Vec::new();
        for Mend { fault, add } in mends {
            faults.push(self.restored(fault));
            places.extend(add);
        }
        // From behind, so that each place is still right.
        places.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, brackets) in places {
            text.insert_str(at, brackets);
            added.iter_mut().filter(|other| **other >= at).for_each(|other| *other += brackets.len());
            added.extend(at..at + brackets.len());
        }
        added.sort_unstable();
        Mended { text: Cow::Owned(text), added, faults }
    }

    fn has(&self, fault: &PolicyFault) -> bool {
        let place = self.restored(fault.clone()).place;
        self.faults.iter().any(|earlier| earlier.place.start == place.start)
    }

    /// The fault, at its place in the original text.
    pub(super) fn restored(&self, fault: PolicyFault) -> PolicyFault {
        let original = |at: usize| at - self.added.partition_point(|added| *added < at);
        let Range { start, end } = fault.place;
        PolicyFault { place: original(start)..original(end), ..fault }
    }
}
