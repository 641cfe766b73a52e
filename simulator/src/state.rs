//! The state is everything the simulator knows and has seen, behind one lock: its world, its rate-limit
//! windows, the armed faults, and the records. No task awaits anything while it holds the lock. So every
//! call sees a consistent state, and the tests see complete calls.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{
    armed_faults::ArmedFaults,
    call::Call,
    rate_limit::RateLimits,
    record::{PostedMessage, RecordedCall},
    world::World,
};

/// The state that all connections share.
#[derive(Debug)]
pub(super) struct SharedState(Mutex<OktaState>);

/// The state of one simulated Okta.
#[derive(Debug)]
pub(super) struct OktaState {
    pub(super) world: World,
    pub(super) rate_limits: RateLimits,
    pub(super) faults: ArmedFaults,
    pub(super) messages: Vec<PostedMessage>,
    pub(super) calls: Vec<RecordedCall>,
    pub(super) complaints: Vec<String>,
}

impl SharedState {
    pub(super) fn new(world: World) -> Self {
        Self(Mutex::new(OktaState {
            world,
            rate_limits: RateLimits::default(),
            faults: ArmedFaults::default(),
            messages: Vec::new(),
            calls: Vec::new(),
            complaints: Vec::new(),
        }))
    }

    /// Ignores that the lock is poisoned. Then a test's own closure panicked, and the records are still
    /// valid.
    pub(super) fn lock(&self) -> MutexGuard<'_, OktaState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OktaState {
    /// This Okta's clock.
    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Notes a call that a correct client would not have made, and why.
    pub(super) fn complain(&mut self, call: &Call, why: &str) {
        self.complaints.push(format!("{} {}: {why}", call.method, call.path));
    }

    /// Notes the query parameters that the call does not have. Okta ignores such parameters, so a client with
    /// this bug would not notice.
    pub(super) fn complain_of_parameters(&mut self, call: &Call) {
        let known = call.route.parameters();
        for name in call.query().keys().filter(|name| !known.contains(&name.as_str())) {
            self.complain(call, &format!("the call has no parameter `{name}`"));
        }
    }
}
