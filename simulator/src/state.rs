//! The simulated Okta's whole state behind one lock: its world, its rate-limit windows, the armed faults, and what was
//! seen. The lock is never held while waiting, so every call sees a whole state and the tests see whole calls.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{
    fault::ArmedFaults, rate_limit::RateLimits, record::PostedMessage, record::RecordedCall, world::World,
};

/// The state shared by all connections.
#[derive(Debug)]
pub(super) struct Okta(Mutex<State>);

/// What the lock guards.
#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) rate_limits: RateLimits,
    pub(super) faults: ArmedFaults,
    pub(super) messages: Vec<PostedMessage>,
    pub(super) calls: Vec<RecordedCall>,
    pub(super) complaints: Vec<String>,
}

impl Okta {
    pub(super) fn new(world: World) -> Self {
        Self(Mutex::new(State {
            world,
            rate_limits: RateLimits::default(),
            faults: ArmedFaults::default(),
            messages: Vec::new(),
            calls: Vec::new(),
            complaints: Vec::new(),
        }))
    }

    /// A poisoned lock means that a test's own closure panicked: the state is still whole enough to report.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// This Okta's clock: the system's, shifted by [`World::clock_offset`].
    pub(super) fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(SignedDuration::from_secs(self.world.clock_offset)).unwrap_or(now)
    }
}
