//! [`NameCache`]: names that Okta returned for ids. Names hardly ever change, so invocations of one process
//! share them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::asked::AskedKind;

/// How long a name is used before it is read again.
const MAX_AGE: Duration = Duration::from_hours(1);

/// How many names are kept. An org has some thousands of apps and groups; requests ask for few of them.
const CAPACITY: usize = 1000;

/// The kind and id of the thing that has a name.
pub(super) type NameKey = (AskedKind, String);

/// Names, each with the time at which it was read.
#[derive(Debug, Default)]
pub(super) struct NameCache(Mutex<HashMap<NameKey, (String, Instant)>>);

impl NameCache {
    /// The name, unless it is unknown or too old.
    pub(super) fn get(&self, key: &NameKey) -> Option<String> {
        let names = self.lock();
        let (name, read) = names.get(key)?;
        (read.elapsed() < MAX_AGE).then(|| name.clone())
    }

    /// Keeps a name that was just read. A full cache starts again from nothing.
    pub(super) fn put(&self, key: NameKey, name: String) {
        let mut names = self.lock();
        if names.len() >= CAPACITY {
            names.clear();
        }
        names.insert(key, (name, Instant::now()));
    }

    /// A panic elsewhere leaves the map whole: each change is one call.
    fn lock(&self) -> MutexGuard<'_, HashMap<NameKey, (String, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
