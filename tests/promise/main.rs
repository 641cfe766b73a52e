//! The promise: every matching event leads to its message, or to a dead letter with its reason. A request
//! gets one message; a second only where an attempt ended without knowing whether its post arrived; never a
//! third.
//!
//! The deployed binary keeps it while it is killed, raced, throttled, starved of answers and cut off, with a
//! ledger in DynamoDB's double.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "seeds and counts, shown by the test runner beside a failure")]

mod dice;
mod kills;
mod many;
mod queue;
mod races;
mod waits;

use std::time::Duration;

use okta_simulator::doubles::{InvokeOptions, Lambda};
use tokio::sync::Semaphore;

/// An invocation of Lambda's, by its request id.
fn as_lambda(request_id: &str) -> InvokeOptions {
    InvokeOptions { request_id: Some(request_id.to_owned()), ..InvokeOptions::default() }
}

/// Waits for what is sure to come.
async fn until(what: &str, come: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_mins(1), async {
        while !come() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("it never came: {what}"));
}

fn doubtful(process: &Lambda) -> bool {
    process.log_lines_json().last().unwrap()["Doubtful"] == 1
}

/// How long the invocations last that are to be killed: as short as a claim may be whose end is waited for.
const SHORT: Duration = Duration::from_secs(6);

/// Processes at the same time; more would be starved by each other.
static PLACES: Semaphore = Semaphore::const_new(4);
