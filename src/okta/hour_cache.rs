//! [`HourCache`]: values that Okta returned and that hardly ever change. Invocations of one process share
//! them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a value is used before it is read again.
const MAX_AGE: Duration = Duration::from_hours(1);

/// How many values are kept. An org has some thousands of apps and groups; requests ask for few of them.
const CAPACITY: usize = 1000;

/// Values, each with the time at which it was read.
#[derive(Debug)]
pub(super) struct HourCache<K, V>(Mutex<HashMap<K, (V, Instant)>>);

impl<K, V> Default for HourCache<K, V> {
    fn default() -> Self {
        HourCache(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> HourCache<K, V> {
    /// The value, unless it is unknown or too old.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        let values = self.lock();
        let (value, read) = values.get(key)?;
        (read.elapsed() < MAX_AGE).then(|| value.clone())
    }

    /// Keeps a value that was just read. A full cache starts again from nothing.
    pub(super) fn put(&self, key: K, value: V) {
        let mut values = self.lock();
        if values.len() >= CAPACITY {
            values.clear();
        }
        values.insert(key, (value, Instant::now()));
    }

    /// A panic elsewhere leaves the map whole: each change is one call.
    fn lock(&self) -> MutexGuard<'_, HashMap<K, (V, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_value_is_kept_for_an_hour() {
        let cache = HourCache::default();
        cache.put("a", 1);
        tokio::time::advance(Duration::from_mins(59)).await;
        assert_eq!((cache.get(&"a"), cache.get(&"b")), (Some(1), None));
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(cache.get(&"a"), None);
    }
}
