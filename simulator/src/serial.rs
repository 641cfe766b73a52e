//! Serial texts are the ids, tokens and nonces that the simulator makes up. They count upwards instead of
//! being random, so that a test which runs twice sees the same kind of text. They are no secrets.

use std::sync::atomic::{AtomicU64, Ordering};

/// A text that starts with `prefix` and is unique in this process.
/// It adds at least 17 ASCII characters to the prefix.
pub(super) fn next(prefix: &str) -> String {
    format!("{prefix}simulated{:08}", number())
}

/// 32 hexadecimal digits that are unique in this process, as the Identity Governance API numbers its errors.
pub(super) fn hexadecimal() -> String {
    format!("{:032x}", number())
}

fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
