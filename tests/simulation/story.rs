//! [`Story`]: what happens in a seed, in virtual time. It is written only if somebody wants to read it.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

pub(crate) struct Story {
    begun: Instant,
    lines: Option<Mutex<Vec<String>>>,
}

impl Story {
    pub(crate) fn begin(is_told: bool) -> Story {
        Story { begun: Instant::now(), lines: is_told.then(Mutex::default) }
    }

    /// Tells what somebody does now.
    pub(crate) fn tell(&self, who: impl Display, what: impl FnOnce() -> String) {
        if let Some(lines) = &self.lines {
            let line = format!("{} {who}: {}", self.time(), what());
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    /// Hours, minutes, seconds and milliseconds since the seed began.
    pub(crate) fn time(&self) -> String {
        let all = self.begun.elapsed().as_millis();
        let (seconds, hours) = (all / 1000, all / 3_600_000);
        format!("{hours}:{:02}:{:02}.{:03}", seconds / 60 % 60, seconds % 60, all % 1000)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.lines.as_ref().map(|lines| lines.lock().unwrap_or_else(PoisonError::into_inner));
        lines.map(|lines| lines.clone()).unwrap_or_default()
    }
}
