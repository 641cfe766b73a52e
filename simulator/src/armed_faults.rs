//! Armed faults wait for the calls that they make fail, in the order in which they were armed. This file
//! chooses the fault for a call, and drops faults that are used up.

use jiff::{SignedDuration, Timestamp};

use super::{
    call::Call,
    fault::{Fault, FaultKind},
};

/// The armed faults, oldest first.
#[derive(Debug, Default)]
pub(super) struct ArmedFaults(Vec<ArmedFault>);

#[derive(Debug)]
struct ArmedFault {
    fault: Fault,
    /// The end of the window that a [`FaultKind::RateLimited`] without a number has opened.
    until: Option<Timestamp>,
}

impl ArmedFaults {
    pub(super) fn arm(&mut self, fault: Fault) {
        self.0.push(ArmedFault { fault, until: None });
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns how this call fails; `None` if it does not. Counts the call for the fault.
    /// A [`FaultKind::RateLimited`] is returned with the time that is left of its window.
    pub(super) fn next_for(&mut self, call: &Call, now: Timestamp) -> Option<FaultKind> {
        self.0.retain(|armed| armed.fault.times != Some(0) && armed.until.is_none_or(|until| now < until));
        let armed = self.0.iter_mut().find(|armed| armed.fault.on.include(call))?;
        if let Some(times) = &mut armed.fault.times {
            *times -= 1;
        } else if let FaultKind::RateLimited(length) = armed.fault.kind {
            let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::from_mins(1));
            let until = *armed.until.get_or_insert(now.checked_add(length).unwrap_or(now));
            return Some(FaultKind::RateLimited(until.duration_since(now).unsigned_abs()));
        }
        Some(armed.fault.kind.clone())
    }
}
