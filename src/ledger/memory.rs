//! [`Memory`]: the ledger's records in this process, with the same conditional write as the table. Other
//! processes do not see them, and they end with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::protocol::{Record, View};
use super::write::{Condition, Written};

/// How many ids have a record: 1 MB. When it is full, the half whose claims ended first is forgotten.
const LIMIT: usize = 2_000;

/// Records by id.
#[derive(Debug, Default)]
pub struct Memory(Mutex<HashMap<String, Record>>);

impl Memory {
    /// The record under an id.
    pub(super) fn read(&self, id: &str) -> Option<Record> {
        self.lock().get(id).cloned()
    }

    /// Writes `record` under every id of the view, or nothing.
    pub(super) fn write(
        &self,
        view: &View,
        record: &Record,
        condition: Condition,
        now: Timestamp,
    ) -> Written {
        let records = &mut *self.lock();
        let refused: Vec<_> = view
            .entries()
            .filter(|(id, expected)| condition == Condition::AsViewed && records.get(*id) != *expected)
            .map(|(id, _)| (id.to_owned(), records.get(id).cloned()))
            .collect();
        if !refused.is_empty() {
            return Written::Refused(refused);
        }
        if records.len() >= LIMIT {
            records.retain(|_, record| record.expires_at() > now.as_second());
        }
        if records.len() >= LIMIT {
            let mut ends: Vec<_> = records.values().map(|record| record.claim.until).collect();
            let (_, median, _) = ends.select_nth_unstable(LIMIT / 2);
            let median = *median;
            records.retain(|_, record| record.claim.until > median);
        }
        records.extend(view.entries().map(|(id, _)| (id.to_owned(), record.clone())));
        Written::Done
    }

    /// A panic elsewhere leaves the records whole: each write is one `extend`.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
