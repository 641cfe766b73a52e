//! [`Connections`]: what is known of the connections of one client, whose pool tells nobody.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Extensions;
use hyper_util::client::legacy::connect::{Connected, HttpInfo};
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

/// How long an answer shows that its connection is alive.
const FRESH: Duration = Duration::from_secs(1);

/// A connection that is needed so soon after an answer shows that the server has closed the one before.
const SOON: Duration = Duration::from_secs(5);

/// How many of the connections are told apart. No invocation opens more at the same time.
const KNOWN: usize = 32;

/// The connections of one client.
#[derive(Debug)]
pub(super) struct Connections {
    seen: Mutex<Seen>,
    /// An HTTP/2 connection is open.
    opened: Arc<Notify>,
    /// Closed when the connections are found dead; it has no permits.
    alive: Semaphore,
}

#[derive(Debug, Default)]
struct Seen {
    count: u32,
    /// The local ports of the last ones, the last one first.
    ports: Vec<u16>,
    http2: bool,
    answered: Option<Instant>,
    /// The server closes connections that it has just answered on.
    hasty: bool,
}

impl Connections {
    /// None yet. `opened` is told of each HTTP/2 connection.
    pub(super) fn new(opened: Arc<Notify>) -> Connections {
        Connections { seen: Mutex::default(), opened, alive: Semaphore::new(0) }
    }

    /// Notes one that was opened.
    pub(super) fn opened(&self, connection: &Connected) {
        let mut extras = Extensions::new();
        connection.get_extras(&mut extras);
        let mut seen = self.seen();
        seen.hasty |= seen.answered.is_some_and(|answered| answered.elapsed() < SOON);
        seen.http2 = connection.is_negotiated_h2();
        seen.count = seen.count.saturating_add(1);
        seen.ports.insert(0, local_port(&extras).unwrap_or_default());
        seen.ports.truncate(KNOWN);
        if seen.http2 {
            self.opened.notify_one();
        }
    }

    /// Notes that one has answered.
    pub(super) fn answered(&self) {
        self.seen().answered = Some(Instant::now());
    }

    /// How many were opened.
    pub(super) fn count(&self) -> u32 {
        self.seen().count
    }

    /// Whether the last one speaks HTTP/2.
    pub(super) fn speak_http2(&self) -> bool {
        self.seen().http2
    }

    /// Whether the next call goes over an HTTP/2 connection that has answered a moment ago, as far as can be
    /// known.
    pub(super) fn have_just_answered(&self) -> bool {
        let seen = self.seen();
        seen.http2 && !seen.hasty && seen.answered.is_some_and(|answered| answered.elapsed() < FRESH)
    }

    /// Whether an answer with these extensions came over one of the first `count` connections; false if that
    /// is not known any more.
    pub(super) fn is_of_the_first(&self, count: u32, answer: &Extensions) -> bool {
        let seen = self.seen();
        let later = usize::try_from(seen.count - count.min(seen.count)).unwrap_or(usize::MAX);
        let Some(port) = local_port(answer).filter(|_| later <= KNOWN) else { return later == 0 };
        !seen.ports.iter().take(later).any(|other| *other == port)
    }

    /// They are dead.
    pub(super) fn die(&self) {
        self.alive.close();
    }

    /// Waits for [`die`](Connections::die).
    pub(super) async fn found_dead(&self) {
        // It has no permit to give: this ends when it is closed.
        let _ = self.alive.acquire().await;
    }

    /// A panic elsewhere leaves this whole: no change is made in parts.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The port that tells a connection apart from others at the same time.
fn local_port(extras: &Extensions) -> Option<u16> {
    extras.get::<HttpInfo>().map(|info| info.local_addr().port())
}
