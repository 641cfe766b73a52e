//! The [`Enricher`]: the whole program on one screen. `prepare` makes a message and touches nothing; `enrich` is
//! prepare beside the claim, then the post; `conclude` is the record and the report. What the stream lost takes the same
//! way: see [`housekeeping`].

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::Timestamp;

use crate::aws;
use crate::bus::OutcomeBus;
use crate::config::{Config, ConfigError};
use crate::deadline::Deadline;
use crate::enrichment::{self, GatherError, Gathered, Gathering};
use crate::error::Error;
use crate::event::{self, Delivery, Incoming, RequestEvent};
use crate::housekeeping;
use crate::http::Http;
use crate::ledger::{ClaimRequest, Claimed, Grant, Ledger};
use crate::okta::OktaClient;
use crate::outcome::{Attempt, Outcome, Post, SkipReason};
use crate::policy::Rule;
use crate::request::RequestId;
use crate::secret::Secret;

/// What INIT may take of the ten seconds that Lambda gives it.
const INIT_TIMEOUT: Duration = Duration::from_secs(3);

/// All that an invocation needs, made once in a process.
#[derive(Debug)]
pub struct Enricher {
    /// A fault that INIT met is kept: every invocation fails with it, in words, until it is mended.
    pub(crate) ready: Result<Ready, Error>,
    log: Log,
}

/// Where the one line of each attempt goes; it ends without a line break.
pub type Log = fn(String);

/// What an invocation is told by Lambda.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// The Lambda request id; it names the attempt in the ledger. A retry of Lambda's has that of the attempt before.
    pub request_id: &'a str,
    /// The AWS account of the function, where it is known.
    pub account: Option<&'a str>,
    /// The moment by which it must have answered.
    pub deadline: Deadline,
}

/// What an invocation takes for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The system's time.
    System,
    /// The moment of the event: the same event always leads to the same message.
    Event,
}

impl Clock {
    fn now(self, event: &RequestEvent) -> Timestamp {
        match (self, event.published) {
            (Clock::Event, Some(published)) => published,
            (Clock::Event | Clock::System, _) => Timestamp::now(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Ready {
    clock: Clock,
    pub(crate) config: Config,
    pub(crate) okta: OktaClient,
    pub(crate) ledger: Ledger,
    outcome_bus: Option<OutcomeBus>,
    pub(crate) housekeeping: housekeeping::State,
}

impl Enricher {
    /// For the Lambda: the credential comes from Secrets Manager; it and the connections to Okta, to the ledger and to the
    /// outcome bus are made ready now, as far as the configuration uses them.
    pub async fn connect(config: Result<Config, ConfigError>, log: Log) -> Enricher {
        let ready = async {
            let config = config?;
            let http = Http::new(config.ssl_cert_file.as_deref(), false)?;
            let aws = aws::config(http.apart()?);
            let secrets_manager = aws_sdk_secretsmanager::Client::new(&aws);
            let secret = Secret::in_secrets_manager(secrets_manager, config.secret_id.clone());
            let outcome_bus = config.outcome_bus.clone();
            let outcome_bus =
                outcome_bus.map(|name| OutcomeBus::new(aws_sdk_eventbridge::Client::new(&aws), name));
            let ledger = Ledger::of(config.ledger_table.as_deref(), &aws);
            let ready = Ready::new(config, http, secret, ledger, outcome_bus, Clock::System);
            if let Some(bus) = &ready.outcome_bus {
                bus.warm();
            }
            let limit = Deadline::after(INIT_TIMEOUT);
            let warm = async {
                tokio::join!(ready.okta.warm(limit), async {
                    if !ready.config.dry_run {
                        ready.ledger.warm(limit).await;
                    }
                })
            };
            // A time-out here is no fault: the invocation has its own.
            let _ = tokio::time::timeout(INIT_TIMEOUT, Box::pin(warm)).await;
            Ok(ready)
        };
        Enricher { ready: Box::pin(ready).await, log }
    }

    /// For the command line: with a credential and a ledger of its choice, and no log.
    pub fn for_operator(
        config: Config,
        secret: Secret,
        ledger: Ledger,
        clock: Clock,
    ) -> Result<Enricher, Error> {
        let http = Http::new(config.ssl_cert_file.as_deref(), config.org.is_loopback())?;
        let ready = Ready::new(config, http, secret, ledger, None, clock);
        Ok(Enricher { ready: Ok(ready), log: |_| {} })
    }

    /// Takes one event from EventBridge's bytes to its message.
    pub async fn handle(&self, payload: &[u8], invocation: Invocation<'_>) -> Attempt {
        let ready = match &self.ready {
            Ok(ready) => ready,
            Err(error) => return Attempt::ended(Err(error.clone())),
        };
        match event::parse(payload) {
            Ok(Incoming::Created(event)) => ready.attempt(*event, invocation).await,
            Ok(Incoming::Scheduled) => Box::pin(self.housekeep(ready, invocation)).await,
            Ok(Incoming::OtherEventType(kind)) => {
                Attempt::ended(Ok(Outcome::Skipped(SkipReason::EventType(kind))))
            }
            Ok(Incoming::NotMade(result)) => {
                Attempt::ended(Ok(Outcome::Skipped(SkipReason::NotMade(result))))
            }
            Err(error) => Attempt::ended(Err(error.into())),
        }
    }

    /// What an event would lead to: its rule, and what its message would be made of. Sources may take as long as the rest:
    /// nobody waits. Claims and posts nothing.
    pub async fn preview(
        &self,
        event: &RequestEvent,
        deadline: Deadline,
    ) -> Result<(&Rule, Gathered), Result<SkipReason, Error>> {
        let ready = self.ready.as_ref().map_err(|error| Err(error.clone()))?;
        let rule = ready.rule_for(event).map_err(Ok)?;
        let prepared = ready.prepare(event, rule, deadline, deadline.remaining()).await;
        Ok((rule, prepared.map_err(|error| Err(Error::of_gathering(error, false)))?))
    }

    /// The org, for calls beside those of events.
    pub fn okta(&self) -> Result<&OktaClient, Error> {
        self.ready.as_ref().map(|ready| &ready.okta).map_err(Clone::clone)
    }

    /// Tells how an attempt ended: one log line; then, at the same time, the ledger, and the outcome event where a bus
    /// is configured.
    pub async fn conclude(&self, attempt: &Attempt, invocation: Invocation<'_>) {
        (self.log)(attempt.log_line(invocation.request_id, Timestamp::now()));
        let Ok(ready) = &self.ready else { return };
        // Boxed: the SDK's futures are large.
        tokio::join!(Box::pin(ready.record(attempt, invocation.deadline)), async {
            if let Some(bus) = &ready.outcome_bus {
                Box::pin(bus.publish(attempt, invocation.request_id, invocation.deadline)).await;
            }
        });
    }
}

impl Ready {
    fn new(
        config: Config,
        http: Http,
        secret: Secret,
        ledger: Ledger,
        outcome_bus: Option<OutcomeBus>,
        clock: Clock,
    ) -> Ready {
        let endpoints = enrichment::endpoints(&config.policy, config.dry_run);
        let okta = OktaClient::new(http, config.org.clone(), Arc::new(secret), &endpoints);
        let housekeeping = housekeeping::State::default();
        Ready { clock, config, okta, ledger, outcome_bus, housekeeping }
    }

    /// Takes an event to its message.
    pub(crate) async fn attempt(&self, event: RequestEvent, invocation: Invocation<'_>) -> Attempt {
        let mut attempt = Attempt::ended(Ok(Outcome::Posted));
        let (calls_before, waited_before) = (self.okta.calls(), self.okta.waited());
        // Boxed: it is the largest future of the program.
        attempt.result = Box::pin(self.enrich(event, invocation, &mut attempt)).await;
        attempt.okta_calls = self.okta.calls() - calls_before;
        attempt.rate_limit_wait = self.okta.waited().saturating_sub(waited_before);
        attempt.warnings.extend(self.okta.lacking_scopes().iter().map(|scope| {
            format!("Okta did not grant the scope `{scope}`; grant it to the service app (Okta API Scopes)")
        }));
        attempt
    }

    async fn enrich(
        &self,
        mut event: RequestEvent,
        Invocation { request_id: owner, deadline, .. }: Invocation<'_>,
        attempt: &mut Attempt,
    ) -> Result<Outcome, Error> {
        attempt.request_id = Some(event.request_id.clone());
        attempt.uuid = Some(event.uuid.clone()).filter(|uuid| !uuid.is_empty());
        attempt.warnings.extend(self.foreign_org(&event));
        let rule = match self.rule_for(&event) {
            Ok(rule) => rule,
            Err(reason) => return Ok(Outcome::Skipped(reason)),
        };
        attempt.rule = Some(rule.name.clone());
        let (id, resolution) = self
            .okta
            .resolve(&event, deadline)
            .await
            .map_err(|error| Error::of_call("failed to look up the access request", error))?;
        attempt.resolution = Some(resolution);
        if event.request_id != id {
            event.other_ids.push(std::mem::replace(&mut event.request_id, id));
        }
        let event = &event;
        attempt.request_id = Some(event.request_id.clone());

        let prepare = self.prepare(event, rule, deadline, enrichment::PATIENCE);
        let prepared = if self.config.dry_run {
            prepare.await
        } else {
            match beside(Box::pin(self.claim(event, owner, deadline)), Box::pin(prepare)).await {
                Ok((grant, prepared)) => {
                    attempt.grant = Some(grant);
                    prepared
                }
                Err(ended) => return ended,
            }
        };
        let young = event.is_young(self.clock.now(event));
        let (content, template) = match prepared.map_err(|error| Error::of_gathering(error, young))? {
            Gathered::Closed(status) => return Ok(Outcome::Skipped(SkipReason::Closed(status))),
            Gathered::Content { content, degraded, on_behalf } => {
                attempt.degraded = degraded;
                (content, if on_behalf { &rule.on_behalf_template } else { &rule.template })
            }
        };
        let message = attempt.message.insert(template.render(&content)?);
        if self.config.dry_run {
            return Ok(Outcome::DryRun);
        }
        if let Err(error) = self.okta.post_message(&event.request_id, message.as_str(), deadline).await {
            attempt.post = if error.nothing_was_done() { Post::No } else { Post::InDoubt };
            return Err(Error::of_post(error, young));
        }
        attempt.note_post(event.published, event.delivery);
        Ok(Outcome::Posted)
    }

    /// The rule for the event, or why it gets no message.
    fn rule_for(&self, event: &RequestEvent) -> Result<&Rule, SkipReason> {
        let age = event.published.map_or(0, |at| self.clock.now(event).duration_since(at).as_secs());
        let (age, limit) = (u64::try_from(age).unwrap_or(0), self.config.max_event_age.as_secs());
        // Whoever has events delivered again wants them answered; of those that were closed in the meantime Okta tells.
        let again = matches!(event.delivery, Delivery::Archive | Delivery::Repost);
        if age > limit && !again {
            return Err(SkipReason::TooOld { age, limit });
        }
        match self.config.request_types.allow(event) {
            Some(true) => {}
            Some(false) => return Err(SkipReason::NotWanted),
            None => return Err(SkipReason::SubjectUntold),
        }
        self.config.policy.rule_for(event).map_err(SkipReason::RuleUntold)?.ok_or(SkipReason::NoRule)
    }

    /// What the message is made of. Reads, and changes nothing.
    async fn prepare(
        &self,
        event: &RequestEvent,
        rule: &Rule,
        deadline: Deadline,
        patience: Duration,
    ) -> Result<Gathered, GatherError> {
        enrichment::gather(Gathering {
            okta: &self.okta,
            event,
            policy: &self.config.policy,
            rule,
            now: self.clock.now(event),
            deadline,
            patience,
        })
        .await
    }

    /// Asks the ledger for leave to post on the event's request; or how the attempt ends without it.
    async fn claim(
        &self,
        event: &RequestEvent,
        owner: &str,
        deadline: Deadline,
    ) -> Result<Grant, Result<Outcome, Error>> {
        let id = &event.request_id;
        let (aliases, until, repost) = (&event.other_ids, deadline.end(), event.delivery == Delivery::Repost);
        let request = ClaimRequest { id, aliases, owner, until, repost };
        match self.ledger.claim(&request, Timestamp::now(), deadline).await {
            Ok(Claimed::Granted(grant)) => Ok(grant),
            Ok(Claimed::Duplicate) => Err(Ok(Outcome::Duplicate)),
            Ok(Claimed::Live { until }) => Err(Err(Error::in_progress(id, until))),
            Ok(Claimed::Exhausted) => Err(Err(Error::may_already_stand(id))),
            Err(error) => Err(Err(error.into())),
        }
    }

    /// Tells the ledger what became of the claim; nothing where it is not known.
    async fn record(&self, attempt: &Attempt, deadline: Deadline) {
        let Some(grant) = &attempt.grant else { return };
        let deadline = deadline.with_overtime();
        let (told, then) = match attempt.post {
            Post::Stands => {
                (self.ledger.complete(grant, deadline).await, "a later attempt may post a second message")
            }
            Post::No => {
                (self.ledger.release(grant, deadline).await, "the next attempt counts as a doubtful one")
            }
            Post::InDoubt => return,
        };
        if let Err(error) = told {
            tracing::warn!(
                request_id = attempt.request_id.as_ref().map(RequestId::as_str),
                "{}; {then}",
                Error::from(error)
            );
        }
    }

    /// An event of another org would have its ids looked up in this one.
    fn foreign_org(&self, event: &RequestEvent) -> Option<String> {
        let org = &self.config.org;
        let source = event.source_org.as_deref()?;
        (org.is_okta_domain() && !source.eq_ignore_ascii_case(org.subdomain())).then(|| {
            format!(
                "the event's source names the org `{source}`, OKTA_ORG_URL is {org}: see which one is right"
            )
        })
    }
}

/// Claims while the message is prepared. Without a grant the preparation is given up, and the attempt has ended.
async fn beside<T>(
    claim: impl Future<Output = Result<Grant, Result<Outcome, Error>>> + Unpin,
    prepare: impl Future<Output = T> + Unpin,
) -> Result<(Grant, T), Result<Outcome, Error>> {
    match select(claim, prepare).await {
        Either::Left((grant, prepare)) => Ok((grant?, prepare.await)),
        Either::Right((prepared, claim)) => Ok((claim.await?, prepared)),
    }
}
