//! The [`Enricher`]: the whole program on one screen. `prepare` makes a message and touches nothing; `handle` is
//! prepare beside the claim, then the post; `conclude` is the record and the report.

use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::Timestamp;

use crate::aws;
use crate::bus::OutcomeBus;
use crate::config::{Config, ConfigError};
use crate::deadline::Deadline;
use crate::enrichment::{self, GatherError, Gathered};
use crate::error::Error;
use crate::event::{self, Delivery, Incoming, RequestEvent, RequestId};
use crate::http;
use crate::ledger::{ClaimRequest, Claimed, Grant, Ledger};
use crate::okta::OktaClient;
use crate::outcome::{Attempt, Outcome, Post, SkipReason};
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
    ledger: Ledger,
    outcome_bus: Option<OutcomeBus>,
}

impl Enricher {
    /// For the Lambda: the credential comes from Secrets Manager; it and the connections to Okta and to the ledger are
    /// made ready now.
    pub async fn connect(config: Result<Config, ConfigError>) -> Enricher {
        let ready = async {
            let config = config.map_err(|error| Error::Permanent(error.to_string()))?;
            let http = http::client(config.ssl_cert_file.as_deref(), false)
                .map_err(|error| Error::Permanent(error.to_string()))?;
            let aws = aws::config(http.clone());
            let secrets_manager = aws_sdk_secretsmanager::Client::new(&aws);
            let secret = Secret::in_secrets_manager(secrets_manager, config.secret_id.clone());
            let ledger = match &config.ledger_table {
                Some(table) => Ledger::in_dynamodb(&aws, table.clone()),
                None => Ledger::in_memory(),
            };
            let outcome_bus = config.outcome_bus.clone();
            let outcome_bus =
                outcome_bus.map(|name| OutcomeBus::new(aws_sdk_eventbridge::Client::new(&aws), name));
            let okta = OktaClient::new(
                http,
                config.org.clone(),
                secret,
                &enrichment::endpoints(&config.policy, config.dry_run),
            );
            let limit = Deadline::after(INIT_TIMEOUT);
            let claims = !config.dry_run;
            let warm = async {
                tokio::join!(okta.warm(limit), async {
                    if claims {
                        ledger.warm(limit).await;
                    }
                })
            };
            // A time-out here is no fault: the invocation has its own.
            let _ = tokio::time::timeout(INIT_TIMEOUT, Box::pin(warm)).await;
            Ok(Ready { clock: Clock::System, config, okta, ledger, outcome_bus })
        };
        Enricher { ready: ready.await }
    }

    /// For the command line: with a credential that is already known; what was answered is remembered in this process.
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
        Ok(Enricher {
            ready: Ok(Ready { clock, config, okta, ledger: Ledger::in_memory(), outcome_bus: None }),
        })
    }

    /// Takes one event from EventBridge's bytes to its message. `lambda_request_id` names the attempt in the ledger; a
    /// retry of Lambda's has that of the attempt before.
    pub async fn handle(&self, payload: &[u8], lambda_request_id: &str, deadline: Deadline) -> Attempt {
        let mut attempt = Attempt::ended(Ok(Outcome::Posted));
        let Ok(ready) = &self.ready else {
            attempt.result = self.enrich(payload, lambda_request_id, deadline, &mut attempt).await;
            return attempt;
        };
        let (calls_before, waited_before) = (ready.okta.calls(), ready.okta.waited());
        attempt.result = self.enrich(payload, lambda_request_id, deadline, &mut attempt).await;
        attempt.okta_calls = ready.okta.calls() - calls_before;
        attempt.rate_limit_wait = ready.okta.waited().saturating_sub(waited_before);
        attempt.warnings.extend(ready.okta.lacking_scopes().iter().map(|scope| {
            format!("Okta did not grant the scope `{scope}`; grant it to the service app (Okta API Scopes)")
        }));
        attempt
    }

    /// Tells how an attempt ended: one line on `log`; then, at the same time, the ledger, and the outcome event where a
    /// bus is configured.
    pub async fn conclude(
        &self,
        attempt: &Attempt,
        lambda_request_id: &str,
        log: &mut impl std::io::Write,
        deadline: Deadline,
    ) {
        let line = attempt.log_line(lambda_request_id, Timestamp::now());
        // A log that can't be written must not undo a message that was posted.
        let _ = writeln!(log, "{line}");
        let Ok(ready) = &self.ready else { return };
        // Boxed: the SDK's futures are large.
        tokio::join!(Box::pin(ready.record(attempt, deadline)), async {
            if let Some(bus) = &ready.outcome_bus {
                Box::pin(bus.publish(attempt, lambda_request_id, deadline)).await;
            }
        });
    }

    async fn enrich(
        &self,
        payload: &[u8],
        lambda_request_id: &str,
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
        attempt.resolution = Some(resolution);
        if event.request_id != id {
            event.other_ids.push(std::mem::replace(&mut event.request_id, id));
        }
        let event = &event;
        attempt.request_id = Some(event.request_id.clone());

        let prepare = ready.prepare(event, rule, deadline);
        let prepared = if ready.config.dry_run {
            prepare.await
        } else {
            let claim = ready.claim(event, lambda_request_id, deadline);
            match beside(Box::pin(claim), Box::pin(prepare)).await {
                Ok((grant, prepared)) => {
                    attempt.grant = Some(grant);
                    prepared
                }
                Err(ended) => return ended,
            }
        };
        let (content, template) =
            match prepared.map_err(|error| Error::of_gathering(error, ready.is_young(event)))? {
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
        if let Err(error) = ready.okta.post_message(&event.request_id, message, deadline).await {
            attempt.post = if error.nothing_was_done() { Post::No } else { Post::InDoubt };
            return Err(Error::of_post(error, ready.is_young(event)));
        }
        attempt.note_post(event.published, event.delivery);
        Ok(Outcome::Posted)
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

fn in_progress(id: &RequestId, until: Timestamp) -> Error {
    Error::Retryable(format!(
        "another attempt is on the request `{id}`, until {until} at most; it may yet fail, so this one is to be \
         tried again"
    ))
}

fn may_already_stand(id: &RequestId) -> Error {
    Error::Permanent(format!(
        "a message may already stand on the request `{id}`: earlier attempts ended without knowing whether theirs \
         arrived, and another could be one too many; look at the request in Okta, and where there is none send it with \
         `enricher redrive --repost`"
    ))
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
    ) -> Result<Gathered, GatherError> {
        enrichment::gather(&self.okta, event, &self.config.policy, rule, self.clock.now(event), deadline)
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
            Ok(Claimed::Live { until }) => Err(Err(in_progress(id, until))),
            Ok(Claimed::Exhausted) => Err(Err(may_already_stand(id))),
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
                "{error}; {then}"
            );
        }
    }

    /// Whether the request is so new that Okta may not yet know it everywhere.
    fn is_young(&self, event: &RequestEvent) -> bool {
        event.is_young(self.clock.now(event))
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
