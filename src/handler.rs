//! The [`Enricher`]: the whole program on one screen. `prepare` makes a message and touches nothing; `handle` is
//! prepare, then the post.

use std::time::Duration;

use jiff::Timestamp;

use crate::aws;
use crate::bus::OutcomeBus;
use crate::config::{Config, ConfigError};
use crate::deadline::Deadline;
use crate::enrichment::{self, Gathered};
use crate::error::Error;
use crate::event::{self, Incoming, RequestEvent};
use crate::http;
use crate::okta::OktaClient;
use crate::outcome::{Attempt, Outcome, SkipReason};
use crate::policy::Rule;
use crate::secret::{Credential, Secret};

/// What INIT may take of the ten seconds that Lambda gives it.
const INIT_TIMEOUT: Duration = Duration::from_secs(3);

/// All that an invocation needs, made once in a process.
#[derive(Debug)]
pub struct Enricher {
    /// A fault that INIT met is kept: every invocation fails with it, in words, until it is mended.
    ready: Result<Ready, Error>,
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
struct Ready {
    clock: Clock,
    config: Config,
    okta: OktaClient,
    outcome_bus: Option<OutcomeBus>,
}

impl Enricher {
    /// For the Lambda: the credential comes from Secrets Manager, and it and the connection to Okta are made
    /// ready now.
    pub async fn connect(config: Result<Config, ConfigError>) -> Enricher {
        let ready = async {
            let config = config.map_err(|error| Error::Permanent(error.to_string()))?;
            let http = http::client(config.ssl_cert_file.as_deref(), false)
                .map_err(|error| Error::Permanent(error.to_string()))?;
            let aws = aws::config(http.clone());
            let secrets_manager = aws_sdk_secretsmanager::Client::new(&aws);
            let secret = Secret::in_secrets_manager(secrets_manager, config.secret_id.clone());
            let outcome_bus = config.outcome_bus.clone();
            let outcome_bus =
                outcome_bus.map(|name| OutcomeBus::new(aws_sdk_eventbridge::Client::new(&aws), name));
            let okta = OktaClient::new(
                http,
                config.org.clone(),
                secret,
                &enrichment::endpoints(&config.policy, config.dry_run),
            );
            // A time-out here is no fault: the invocation has its own.
            let _ = tokio::time::timeout(INIT_TIMEOUT, okta.warm(Deadline::after(INIT_TIMEOUT))).await;
            Ok(Ready { clock: Clock::System, config, okta, outcome_bus })
        };
        Enricher { ready: ready.await }
    }

    /// For the command line: with a credential that is already known.
    pub fn with_credential(
        config: Config,
        credential: Credential,
        clock: Clock,
    ) -> Result<Enricher, http::HttpError> {
        let http = http::client(config.ssl_cert_file.as_deref(), config.org.is_loopback())?;
        let okta = OktaClient::new(
            http,
            config.org.clone(),
            Secret::given(credential),
            &enrichment::endpoints(&config.policy, config.dry_run),
        );
        Ok(Enricher { ready: Ok(Ready { clock, config, okta, outcome_bus: None }) })
    }

    /// Takes one event from EventBridge's bytes to its outcome.
    pub async fn handle(&self, payload: &[u8], deadline: Deadline) -> Attempt {
        let mut attempt = Attempt::ended(Ok(Outcome::Posted));
        let calls_before = self.ready.as_ref().map_or(0, |ready| ready.okta.calls());
        attempt.result = self.enrich(payload, deadline, &mut attempt).await;
        if let Ok(ready) = &self.ready {
            let lacking = ready.okta.lacking_scopes();
            attempt.warnings.extend(lacking.iter().map(|scope| {
                format!(
                    "Okta did not grant the scope `{scope}`; grant it to the service app (Okta API Scopes)"
                )
            }));
        }
        attempt.okta_calls = self.ready.as_ref().map_or(0, |ready| ready.okta.calls()) - calls_before;
        attempt
    }

    /// Tells how an attempt ended: one line on `log`, and the outcome event where a bus is configured.
    pub async fn report(
        &self,
        attempt: &Attempt,
        lambda_request_id: &str,
        log: &mut impl std::io::Write,
        deadline: Deadline,
    ) {
        let line = attempt.log_line(lambda_request_id, Timestamp::now());
        // A log that can't be written must not undo a message that was posted.
        let _ = writeln!(log, "{line}");
        if let Ok(Ready { outcome_bus: Some(bus), .. }) = &self.ready {
            bus.publish(attempt, lambda_request_id, deadline).await;
        }
    }

    async fn enrich(
        &self,
        payload: &[u8],
        deadline: Deadline,
        attempt: &mut Attempt,
    ) -> Result<Outcome, Error> {
        let ready = self.ready.as_ref().map_err(Clone::clone)?;
        let mut event = match event::parse(payload)? {
            Incoming::Created(event) => event,
            Incoming::OtherEventType(kind) => return Ok(Outcome::Skipped(SkipReason::EventType(kind))),
            Incoming::NotMade(result) => return Ok(Outcome::Skipped(SkipReason::NotMade(result))),
        };
        attempt.request_id = Some(event.request_id.clone());
        attempt.uuid = Some(event.uuid.clone());
        attempt.warnings.extend(ready.foreign_org(&event));
        let rule = match ready.rule_for(&event) {
            Ok(rule) => rule,
            Err(reason) => return Ok(Outcome::Skipped(reason)),
        };
        attempt.rule = Some(rule.name.clone());
        let (id, resolution) = ready
            .okta
            .resolve(&event, deadline)
            .await
            .map_err(|error| Error::of_call("failed to look up the access request", error))?;
        attempt.request_id = Some(id.clone());
        attempt.resolution = Some(resolution);
        event.request_id = id;

        let (content, template) = match ready.prepare(&event, rule, deadline).await? {
            Gathered::Closed(status) => return Ok(Outcome::Skipped(SkipReason::Closed(status))),
            Gathered::Content { content, degraded, on_behalf } => {
                attempt.degraded = degraded;
                (content, if on_behalf { &rule.on_behalf_template } else { &rule.template })
            }
        };
        let message = attempt.message.insert(template.render(&content)?);
        if ready.config.dry_run {
            return Ok(Outcome::DryRun);
        }
        ready
            .okta
            .post_message(&event.request_id, message, deadline)
            .await
            .map_err(|error| Error::of_call("failed to post the message", error))?;
        attempt.note_post(event.published, event.replayed);
        Ok(Outcome::Posted)
    }
}

impl Ready {
    /// The rule for the event, or why it gets no message.
    fn rule_for(&self, event: &RequestEvent) -> Result<&Rule, SkipReason> {
        let age = event.published.map_or(0, |at| self.clock.now(event).duration_since(at).as_secs());
        let (age, limit) = (u64::try_from(age).unwrap_or(0), self.config.max_event_age.as_secs());
        if age > limit {
            return Err(SkipReason::TooOld { age, limit });
        }
        if !self.config.request_types.allow(event) {
            return Err(SkipReason::NotWanted);
        }
        self.config.policy.rule_for(event).ok_or(SkipReason::NoRule)
    }

    /// What the message is made of. Reads, and changes nothing.
    async fn prepare(
        &self,
        event: &RequestEvent,
        rule: &Rule,
        deadline: Deadline,
    ) -> Result<Gathered, Error> {
        Ok(enrichment::gather(&self.okta, event, &self.config.policy, rule, self.clock.now(event), deadline)
            .await?)
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
