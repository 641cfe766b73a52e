//! [`Doubt`]: whether the HTTP/1.1 connections that an attempt finds open are alive. They may have died while
//! the process was frozen, and one that is dead may say nothing at all. So one read of an attempt may be sent
//! again on a new connection, until a connection that was found open has answered. HTTP/2 has pings for this.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::http::Client;

/// What an attempt knows of the connections that it found open.
#[derive(Debug)]
pub(super) struct Doubt(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The client of the first call, and how many connections it had opened by then.
    found: Option<(Client, u32)>,
    /// There was an answer. A later call takes the connection that it came over, or a new one.
    answered: bool,
    /// One of them has answered, or there is no doubt anyway.
    alive: bool,
    /// A read was sent again.
    asked_again: bool,
}

impl Doubt {
    /// Of an attempt that has sent nothing yet.
    pub(super) fn new() -> Doubt {
        Doubt(Mutex::default())
    }

    /// Whether a read that is sent now may meet a dead connection.
    pub(super) fn meets(&self, client: &Client) -> bool {
        let mut state = self.state();
        let (found, count) = state.found.get_or_insert_with(|| (client.clone(), client.connections()));
        let is_older = *count > 0 && found.is(client);
        is_older && !client.speaks_http2() && !state.answered && !state.alive
    }

    /// Learns from an answer.
    pub(super) fn note(&self, client: &Client, answer: &reqwest::Response) {
        let mut state = self.state();
        state.answered = true;
        state.alive |= match &state.found {
            Some((found, count)) => found.is(client) && client.is_of_the_first(*count, answer),
            None => false,
        };
    }

    /// Whether the caller may send its read again: the first who asks, as long as there is doubt.
    pub(super) fn lets_ask_again(&self) -> bool {
        let mut state = self.state();
        !state.alive && !std::mem::replace(&mut state.asked_again, true)
    }

    /// Whether an answer to the read that was sent again shows that those found open are dead.
    pub(super) fn remains(&self) -> bool {
        !self.state().alive
    }

    /// A panic elsewhere leaves this whole: no change is made in parts.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No doubt: for calls besides those of attempts.
impl Default for Doubt {
    fn default() -> Doubt {
        Doubt(Mutex::new(State { alive: true, ..State::default() }))
    }
}
