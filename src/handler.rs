//! The [`Enricher`]: one payload in, one answer out. It decides what a payload is, catches panics, and
//! reports every attempt; the attempt itself is in `attempt`, the scheduled work in
//! [`housekeeping`](crate::housekeeping).

#[cfg(feature = "aws")]
mod connect;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use jiff::Timestamp;

pub use crate::attempt::trial::{Trial, Tried};
pub use crate::attempt::{AsOf, Invocation, Lead, Log, Stop};

use crate::attempt::Pipeline;
use crate::bus::OutcomeBus;
use crate::clock::Clock;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::deployment::Deployment;
use crate::error::Error;
use crate::event::{self, Channel, Incoming};
use crate::housekeeping::{Found, Housekeeper, Lost};
use crate::ledger::Ledger;
use crate::log_line::log_line;
use crate::okta::OktaClient;
use crate::outcome::{About, Attempt, Housekeeping, Outcome, Reached, SkipReason};
use crate::policy::unmet::Miss;
use crate::secret::Secret;
use crate::surroundings::Surroundings;

/// Everything that an invocation needs, made once in a process.
pub struct Enricher {
    ready: Result<Ready, Unready>,
    deployment: Arc<Deployment>,
    clock: Clock,
    log: Log,
}

impl std::fmt::Debug for Enricher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enricher").field("ready", &self.ready).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Ready {
    pipeline: Pipeline,
    housekeeper: Housekeeper,
}

/// The fault that INIT met: every invocation fails with it, in words, until someone mends it.
#[derive(Debug)]
struct Unready {
    error: Error,
    /// Its parts, in words.
    faults: Vec<String>,
    /// Learns of failed attempts all the same, if it can be reached.
    outcome_bus: Option<OutcomeBus>,
}

impl Unready {
    fn attempt(&self) -> Attempt {
        Attempt::ended(Err(self.error.clone()))
    }
}

impl Enricher {
    /// For the command line: with a credential and a ledger of its choice, and without a log. Its events come
    /// from the operator's files.
    ///
    /// # Errors
    ///
    /// Fails if `SSL_CERT_FILE` names no usable roots.
    pub fn for_operator(
        config: Config,
        secret: Secret,
        ledger: Ledger,
        as_of: AsOf,
    ) -> Result<Enricher, Error> {
        let surroundings = Surroundings::real(config.ssl_cert_file.as_deref(), config.org.is_loopback())?;
        Ok(Enricher::for_operator_in(surroundings, config, secret, ledger, as_of))
    }

    /// The same with given surroundings.
    #[must_use]
    pub fn for_operator_in(
        surroundings: Surroundings,
        config: Config,
        secret: Secret,
        ledger: Ledger,
        as_of: AsOf,
    ) -> Enricher {
        let log: Log = Arc::new(|_| {});
        let (clock, deployment) = (surroundings.clock, Arc::clone(&config.deployment));
        let pipeline = Pipeline::new(config, surroundings, secret, ledger, None, as_of, Arc::clone(&log));
        Enricher { ready: Ok(Ready::new(pipeline)), deployment, clock, log }
    }

    /// The same enricher for events that come in another way.
    #[must_use]
    pub fn fed_by(mut self, channel: Channel) -> Enricher {
        if let Ok(ready) = &mut self.ready {
            ready.pipeline.channel = channel;
        }
        self
    }

    /// Takes one payload of EventBridge to its message, and reports how that ended. A panic is a failed
    /// attempt.
    pub async fn handle(&self, payload: &[u8], invocation: Invocation<'_>) -> Attempt {
        let handled = AssertUnwindSafe(self.attempt(payload, invocation)).catch_unwind();
        // The panic hook has logged the place. The panic's text may quote what was read.
        let attempt = handled.await.unwrap_or_else(|_| Attempt::ended(Err(Error::panicked())));
        self.report(&attempt, invocation).await;
        attempt
    }

    async fn attempt(&self, payload: &[u8], invocation: Invocation<'_>) -> Attempt {
        let skipped = |reason| Attempt::ended(Ok(Outcome::Skipped(reason)));
        match (event::parse(payload), &self.ready) {
            (Ok(Incoming::Describe), ready) => {
                let faults = ready.as_ref().err().map(|unready| unready.faults.clone());
                Attempt::ended(Ok(Outcome::Described { faults: faults.unwrap_or_default() }))
            }
            (Ok(Incoming::Created(event)), Err(unready)) => {
                Attempt { about: Some(About::of(&event)), ..unready.attempt() }
            }
            (Ok(Incoming::Scheduled), Err(unready)) => {
                let reached = Some(Reached::Housekeeping(Housekeeping::default()));
                Attempt { reached, ..unready.attempt() }
            }
            (_, Err(unready)) => unready.attempt(),
            (Ok(Incoming::Created(event)), Ok(Ready { pipeline, .. })) => {
                pipeline.attempt(Lead::of(&event), &pipeline.invoked(invocation)).await
            }
            (Ok(Incoming::Scheduled), Ok(Ready { pipeline, housekeeper })) => {
                Box::pin(housekeeper.run(pipeline, &pipeline.invoked(invocation))).await
            }
            (Ok(Incoming::OtherEventType(kind)), Ok(_)) => skipped(SkipReason::EventType(kind)),
            (Ok(Incoming::NotMade(result)), Ok(_)) => skipped(SkipReason::NotMade(result)),
            (Err(error), Ok(_)) => Attempt::ended(Err(error.into())),
        }
    }

    /// What this process was given. Answers and log lines are made with it.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The message of a request, with the rule and what it is made of, even if the request is closed now.
    /// Sources may take as long as the rest: nobody waits. Claims and posts nothing.
    pub async fn try_out(&self, lead: Lead<'_>, deadline: Deadline) -> Trial<'_> {
        match self.ready() {
            Ok(ready) => ready.pipeline.try_out(lead, deadline).await,
            Err(error) => Trial { rule: None, result: Err(Stop::Failed(error)) },
        }
    }

    /// Why the rules of the policy do not match a request, up to the first one that does. The texts may hold
    /// values of a profile: they are for the operator's terminal.
    ///
    /// # Errors
    ///
    /// The fault that INIT met; or the person on whom a rule matches can't be found.
    pub async fn misses(&self, lead: Lead<'_>, deadline: Deadline) -> Result<Vec<Miss>, Error> {
        self.ready()?.pipeline.misses(lead, deadline).await
    }

    /// The org, for calls besides those of events.
    ///
    /// # Errors
    ///
    /// The fault that INIT met.
    pub fn okta(&self) -> Result<&OktaClient, Error> {
        Ok(&self.ready()?.pipeline.okta)
    }

    /// The open requests since `since` that have no message by the ledger's records.
    ///
    /// # Errors
    ///
    /// Fails if the ledger can't be read. A list that can't be read is part of what was found.
    pub async fn lost(&self, since: Timestamp, deadline: Deadline) -> Result<Found, Error> {
        let Ready { pipeline, housekeeper } = self.ready()?;
        housekeeper.lost(pipeline, since, deadline).await
    }

    /// Takes a request that was found in a list to its message, and reports how that ended.
    pub async fn repair(&self, lost: &Lost, invocation: Invocation<'_>) -> Attempt {
        match &self.ready {
            Ok(Ready { pipeline, .. }) => pipeline.enrich(lost.lead(), &pipeline.invoked(invocation)).await,
            Err(unready) => {
                let attempt = unready.attempt();
                self.report(&attempt, invocation).await;
                attempt
            }
        }
    }

    async fn report(&self, attempt: &Attempt, invocation: Invocation<'_>) {
        match &self.ready {
            Ok(ready) => ready.pipeline.conclude(attempt, invocation).await,
            Err(unready) => {
                let Invocation { request_id, deadline, .. } = invocation;
                (self.log)(log_line(attempt, &self.deployment, request_id, self.clock.now()));
                if let Some(bus) = &unready.outcome_bus {
                    Box::pin(bus.publish(attempt, &self.deployment, request_id, deadline)).await;
                }
            }
        }
    }

    fn ready(&self) -> Result<&Ready, Error> {
        self.ready.as_ref().map_err(|unready| unready.error.clone())
    }
}

impl Ready {
    fn new(pipeline: Pipeline) -> Ready {
        Ready { pipeline, housekeeper: Housekeeper::default() }
    }
}
