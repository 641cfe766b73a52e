//! The [`Enricher`]: one payload in, one answer out. It decides what a payload is, catches panics, and
//! reports every attempt; the attempt itself is in `attempt`, the scheduled work in
//! [`housekeeping`](crate::housekeeping).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use futures_util::FutureExt as _;
use jiff::Timestamp;

pub use crate::attempt::{AsOf, Invocation, Lead, Log, Stop, Trial, Tried};

use crate::attempt::Line;
use crate::aws;
use crate::bus::OutcomeBus;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::deadline::Deadline;
use crate::deployment::Deployment;
use crate::error::Error;
use crate::event::{self, Channel, Incoming};
use crate::housekeeping::{Found, Housekeeper, Lost};
use crate::http::HttpError;
use crate::ledger::Ledger;
use crate::log_line::log_line;
use crate::okta::OktaClient;
use crate::outcome::{About, Attempt, Housekeeping, Outcome, Reached, SkipReason};
use crate::policy::Miss;
use crate::secret::Secret;
use crate::surroundings::Surroundings;

/// What INIT may take of the ten seconds that Lambda gives it.
const INIT_TIMEOUT: Duration = Duration::from_secs(3);

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
    line: Line,
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

impl From<ConfigError> for Unready {
    fn from(error: ConfigError) -> Unready {
        let outcome_bus = error.outcome_bus.clone().and_then(|name| {
            let surroundings = Surroundings::real(error.ssl_cert_file.as_deref(), false).ok()?;
            Some(OutcomeBus::new(aws_sdk_eventbridge::Client::new(&aws::config(surroundings)), name))
        });
        Unready { faults: error.texts(), error: error.into(), outcome_bus }
    }
}

impl From<HttpError> for Unready {
    fn from(error: HttpError) -> Unready {
        let error = Error::from(error);
        Unready { faults: vec![error.to_string()], error, outcome_bus: None }
    }
}

impl Unready {
    fn attempt(&self) -> Attempt {
        Attempt::ended(Err(self.error.clone()))
    }
}

impl Enricher {
    /// For the Lambda: with the credential from Secrets Manager. The credential and the connections to Okta,
    /// to the ledger and to the outcome bus are made ready now, as far as the configuration uses them.
    pub async fn connect(config: Result<Config, ConfigError>, log: Log) -> Enricher {
        let deployment = Arc::clone(match &config {
            Ok(config) => &config.deployment,
            Err(error) => &error.deployment,
        });
        let connected = async {
            let config = config?;
            let surroundings = Surroundings::real(config.ssl_cert_file.as_deref(), false)?;
            let aws = aws::config(surroundings.apart()?);
            Ok(connect(config, surroundings, &aws, Arc::clone(&log)).await)
        };
        // Boxed: the SDK's futures are large.
        let line: Result<Line, Unready> = Box::pin(connected).await;
        Enricher { ready: line.map(Ready::new), deployment, clock: Clock::System, log }
    }

    /// The same with given surroundings. Calls to AWS go by the configuration `aws`.
    pub async fn connect_in(
        surroundings: Surroundings,
        aws: &SdkConfig,
        config: Config,
        log: Log,
    ) -> Enricher {
        let (clock, deployment) = (surroundings.clock, Arc::clone(&config.deployment));
        let line = Box::pin(connect(config, surroundings, aws, Arc::clone(&log))).await;
        Enricher { ready: Ok(Ready::new(line)), deployment, clock, log }
    }

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
        let log: Log = Arc::new(|_| {});
        let (clock, deployment) = (surroundings.clock, Arc::clone(&config.deployment));
        let line = Line::new(config, surroundings, secret, ledger, None, as_of, Arc::clone(&log));
        Ok(Enricher { ready: Ok(Ready::new(line)), deployment, clock, log })
    }

    /// The same enricher for events that come in another way.
    #[must_use]
    pub fn fed_by(mut self, channel: Channel) -> Enricher {
        if let Ok(ready) = &mut self.ready {
            ready.line.channel = channel;
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
            (Ok(Incoming::Created(event)), Ok(Ready { line, .. })) => {
                line.attempt(Lead::of(&event), &line.invoked(invocation)).await
            }
            (Ok(Incoming::Scheduled), Ok(Ready { line, housekeeper })) => {
                Box::pin(housekeeper.run(line, &line.invoked(invocation))).await
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
            Ok(ready) => ready.line.try_out(lead, deadline).await,
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
        self.ready()?.line.misses(lead, deadline).await
    }

    /// The org, for calls besides those of events.
    ///
    /// # Errors
    ///
    /// The fault that INIT met.
    pub fn okta(&self) -> Result<&OktaClient, Error> {
        Ok(&self.ready()?.line.okta)
    }

    /// The open requests since `since` that have no record in the ledger.
    ///
    /// # Errors
    ///
    /// Fails if the ledger can't be read. A list that can't be read is part of what was found.
    pub async fn lost(&self, since: Timestamp, deadline: Deadline) -> Result<Found, Error> {
        let Ready { line, housekeeper } = self.ready()?;
        housekeeper.lost(line, since, deadline).await
    }

    /// Takes a request that was found in a list to its message, and reports how that ended.
    pub async fn repair(&self, lost: &Lost, invocation: Invocation<'_>) -> Attempt {
        match &self.ready {
            Ok(Ready { line, .. }) => line.enrich(lost.lead(), &line.invoked(invocation)).await,
            Err(unready) => {
                let attempt = unready.attempt();
                self.report(&attempt, invocation).await;
                attempt
            }
        }
    }

    async fn report(&self, attempt: &Attempt, invocation: Invocation<'_>) {
        match &self.ready {
            Ok(ready) => ready.line.conclude(attempt, invocation).await,
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
    fn new(line: Line) -> Ready {
        Ready { line, housekeeper: Housekeeper::default() }
    }
}

async fn connect(config: Config, surroundings: Surroundings, aws: &SdkConfig, log: Log) -> Line {
    let secrets_manager = aws_sdk_secretsmanager::Client::new(aws);
    let secret = Secret::in_secrets_manager(secrets_manager, config.secret_id.clone());
    let outcome_bus = config.outcome_bus.clone();
    let outcome_bus = outcome_bus.map(|name| OutcomeBus::new(aws_sdk_eventbridge::Client::new(aws), name));
    let ledger = Ledger::of(config.ledger_table.as_deref(), aws);
    let mut line = Line::new(config, surroundings, secret, ledger, outcome_bus, AsOf::Now, log);
    line.channel = Channel::Function;
    if let Some(bus) = &line.outcome_bus {
        bus.warm();
    }
    let limit = Deadline::after(INIT_TIMEOUT);
    let warm = async {
        tokio::join!(line.okta.warm(limit), async {
            if !line.config.dry_run {
                line.ledger.warm(limit).await;
            }
        })
    };
    // A time-out here is no fault: the invocation has its own.
    let _ = tokio::time::timeout(INIT_TIMEOUT, Box::pin(warm)).await;
    line
}
