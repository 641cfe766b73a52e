//! Serial texts are the ids, tokens and nonces that the simulator makes up. They count upwards instead of
//! being random, so that a test which runs twice sees the same kind of text. They are no secrets.

use std::sync::atomic::{AtomicU64, Ordering};

/// A text that starts with `prefix` and is unique in this process.
/// It adds at least 17 ASCII characters to the prefix.
pub(super) fn next(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{prefix}simulated{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}
