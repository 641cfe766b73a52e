//! [`Connections`]: what can be seen of the connections of one client. Its pool itself reports nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Extensions;
use hyper_util::client::legacy::connect::{Connected, HttpInfo};
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How long an answer shows that its connection is alive.
const FRESH: Duration = Duration::from_secs(1);

/// A connection that is needed so soon after an answer shows that the server has closed the one before.
const SOON: Duration = Duration::from_secs(5);

/// How many of the connections are told apart. No invocation opens more at the same time.
const KNOWN: usize = 32;

/// How long a server is known to close connections early.
const MEMORY: Duration = Duration::from_mins(5);

/// What all clients of the same servers share.
#[derive(Debug, Default)]
pub(super) struct Habits {
    /// When a server was last seen to close a connection that it had just answered on.
    closed_early: Mutex<Option<Instant>>,
}

/// The connections of one client.
#[derive(Debug)]
pub(super) struct Connections {
    seen: Mutex<Seen>,
    habits: Arc<Habits>,
    /// Closed when the connections are found dead; it has no permits.
    alive: Semaphore,
}

#[derive(Debug, Default)]
struct Seen {
    count: u32,
    /// The local ports of the last ones, the last one first.
    ports: Vec<u16>,
    http2: bool,
    first_opened: Option<Instant>,
    answered: Option<Instant>,
    /// Calls without an answer yet.
    in_flight: u32,
    /// There were none left after the last answer. So a connection that is opened next is for a later call.
    was_last: bool,
    /// The next connection is opened for a call that comes later.
    next_is_ahead: bool,
}

/// A call in flight, until this is dropped.
pub(super) struct Flight<'a>(&'a Connections);

impl Flight<'_> {
    /// Notes the answer.
    pub(super) fn answered(self) {
        let mut seen = self.0.seen();
        seen.answered = Some(Instant::now());
        seen.was_last = seen.in_flight == 1;
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut seen = self.0.seen();
        seen.in_flight = seen.in_flight.saturating_sub(1);
    }
}

impl Connections {
    /// None yet.
    pub(super) fn new(habits: &Arc<Habits>) -> Connections {
        Connections { seen: Mutex::default(), habits: Arc::clone(habits), alive: Semaphore::new(0) }
    }

    /// Notes one that was opened.
    pub(super) fn opened(&self, connection: &Connected) {
        let mut extras = Extensions::new();
        connection.get_extras(&mut extras);
        let mut seen = self.seen();
        if seen.was_last && is_within(seen.answered, SOON) {
            *locked(&self.habits.closed_early) = Some(Instant::now());
        }
        seen.http2 = connection.is_negotiated_h2();
        seen.first_opened.get_or_insert_with(Instant::now);
        seen.count = seen.count.saturating_add(1);
        seen.ports.insert(0, local_port(&extras).unwrap_or_default());
        seen.ports.truncate(KNOWN);
    }

    /// Lets the next connection be opened for a call that comes later.
    pub(super) fn open_next_ahead(&self) {
        self.seen().next_is_ahead = true;
    }

    /// Whether the connection that is opened now is for a call that comes later. Only one is.
    pub(super) fn is_next_ahead(&self) -> bool {
        std::mem::take(&mut self.seen().next_is_ahead)
    }

    /// Notes that a call is sent.
    pub(super) fn take_off(&self) -> Flight<'_> {
        let mut seen = self.seen();
        seen.in_flight = seen.in_flight.saturating_add(1);
        Flight(self)
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
        seen.http2
            && is_within(seen.answered, FRESH)
            && !is_within(*locked(&self.habits.closed_early), MEMORY)
    }

    /// Whether one of them may be older than `moment`.
    pub(super) fn may_be_older_than(&self, moment: Instant) -> bool {
        self.seen().first_opened.is_some_and(|first| first < moment)
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

    fn seen(&self) -> MutexGuard<'_, Seen> {
        locked(&self.seen)
    }
}

fn is_within(moment: Option<Instant>, time: Duration) -> bool {
    moment.is_some_and(|moment| moment.elapsed() < time)
}

/// A panic elsewhere leaves the value whole: no change is made in parts.
pub(super) fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The port that tells a connection apart from others at the same time.
fn local_port(extras: &Extensions) -> Option<u16> {
    extras.get::<HttpInfo>().map(|info| info.local_addr().port())
}
