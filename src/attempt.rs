//! One event to its message: [`Pipeline`] has everything that an attempt needs. `prepare` makes the message and
//! changes nothing; an attempt prepares beside the claim, then posts; `conclude` writes the log line, the
//! ledger's record and the outcome event.

mod identify;
mod lead;
mod post;
mod prepare;
mod report;
mod stop;
pub(crate) mod trial;

use std::sync::Arc;

use futures_util::future::{Either, select};
use jiff::Timestamp;

use self::identify::{Identity, identify};
pub use self::lead::Lead;
use self::post::{Target, post};
use self::prepare::{Preparation, prepare};
pub use self::stop::Stop;
use crate::bus::OutcomeBus;
use crate::clock::Clock;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::enrichment::inquiry::Questions;
use crate::enrichment::{self, Setting};
use crate::error::Error;
use crate::event::{Channel, Delivery, RequestEvent};
use crate::ledger::{ClaimRequest, Claimed, Grant, Ledger};
use crate::luck::Luck;
use crate::okta::{OktaClient, OktaError, endpoint};
use crate::outcome::{About, Attempt, Outcome, Post, Reached, SkipReason, UsedGrant, event_to_post};
use crate::policy::{Choice, Person, Rule, Unruled};
use crate::same_request::ResolvedIds;
use crate::secret::Secret;
use crate::surroundings::Surroundings;

/// Takes the log line of each attempt, without a line break.
pub type Log = Arc<dyn Fn(String) + Send + Sync>;

/// What Lambda says about an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// The Lambda request id. Lambda's own retries keep it.
    pub request_id: &'a str,
    /// The AWS account of the function, if known.
    pub account: Option<&'a str>,
    /// The moment by which the invocation must have answered.
    pub deadline: Deadline,
}

/// An invocation, and its name in the ledger.
#[derive(Debug)]
pub(crate) struct Invoked<'a> {
    pub(crate) invocation: Invocation<'a>,
    /// The owner of its claims; `None` if the system has no random numbers.
    owner: Option<String>,
}

/// The moment that a message takes for the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// The present.
    Now,
    /// The moment of the event, so that the same event always leads to the same message.
    Event,
}

impl AsOf {
    fn moment(self, event: &RequestEvent, now: Timestamp) -> Timestamp {
        match (self, event.published) {
            (AsOf::Event, Some(published)) => published,
            (AsOf::Event | AsOf::Now, _) => now,
        }
    }
}

/// Why there is no grant.
struct NoGrant {
    stop: Stop,
    /// The grant to release in case the claim was stored: its answer was lost.
    unknown: Option<Grant>,
}

impl<S: Into<Stop>> From<S> for NoGrant {
    fn from(stop: S) -> NoGrant {
        NoGrant { stop: stop.into(), unknown: None }
    }
}

/// How an attempt ended, once its request was known.
struct Ended<'a> {
    /// The rule, if the attempt came that far.
    rule: Option<&'a Rule>,
    result: Result<Outcome, Error>,
    reached: Option<Reached>,
    used_grant: Option<UsedGrant>,
}

impl<'a> Ended<'a> {
    fn without_grant(rule: Option<&'a Rule>, result: impl Into<Result<Outcome, Error>>) -> Ended<'a> {
        Ended { rule, result: result.into(), reached: None, used_grant: None }
    }
}

/// Everything that an attempt needs, made once in a process.
pub(crate) struct Pipeline {
    pub(crate) config: Config,
    pub(crate) okta: OktaClient,
    pub(crate) ledger: Ledger,
    pub(crate) outcome_bus: Option<OutcomeBus>,
    /// How events come here.
    pub(crate) channel: Channel,
    pub(crate) clock: Clock,
    luck: Luck,
    as_of: AsOf,
    log: Log,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Pipeline {
    /// A pipeline that has sent no call yet. Its channel is [`Channel::Operator`]: what its events say about people
    /// is not believed.
    pub(crate) fn new(
        config: Config,
        surroundings: Surroundings,
        secret: Secret,
        ledger: Ledger,
        outcome_bus: Option<OutcomeBus>,
        as_of: AsOf,
        log: Log,
    ) -> Pipeline {
        let (clock, luck, channel) = (surroundings.clock, surroundings.luck.clone(), Channel::Operator);
        let endpoints = enrichment::endpoints(&config.policy, config.dry_run);
        let okta = OktaClient::new(surroundings, config.org.clone(), Arc::new(secret), &endpoints);
        Pipeline { config, okta, ledger, outcome_bus, channel, clock, luck, as_of, log }
    }

    /// The invocation with an owner for its claims. Each call makes another owner.
    pub(crate) fn invoked<'a>(&self, invocation: Invocation<'a>) -> Invoked<'a> {
        let number = self.luck.id().ok();
        let owner = number.map(|number| format!("{}/{number}", invocation.request_id));
        Invoked { invocation, owner }
    }

    /// Takes a request to its message, and reports how that ended.
    pub(crate) async fn enrich(&self, lead: Lead<'_>, invoked: &Invoked<'_>) -> Attempt {
        let attempt = self.attempt(lead, invoked).await;
        self.conclude(&attempt, invoked.invocation).await;
        attempt
    }

    /// The same without the report: [`conclude`](Pipeline::conclude) must follow.
    pub(crate) async fn attempt(&self, lead: Lead<'_>, invoked: &Invoked<'_>) -> Attempt {
        let okta = self.okta.for_attempt();
        // Boxed: it is the largest future of the program.
        let (about, ended) = Box::pin(self.run(&okta, lead, invoked)).await;
        let lacking = okta.lacking_scopes();
        let lacking = endpoint::needed(&lacking).into_iter().map(|scope| {
            format!("Okta did not grant the scope `{scope}`; grant it to the service app (Okta API Scopes)")
        });
        Attempt {
            result: ended.result,
            reached: ended.reached,
            about: Some(about),
            used_grant: ended.used_grant,
            warnings: self.foreign_org(lead.event).into_iter().chain(lacking).collect(),
            okta_calls: okta.calls(),
            rate_limit_wait: okta.waited(),
        }
    }

    async fn run(&self, okta: &OktaClient, lead: Lead<'_>, invoked: &Invoked<'_>) -> (About, Ended<'_>) {
        let event = lead.event;
        let now = self.as_of.moment(event, self.clock.now());
        let about = About::of(event);
        // Most events get their rule, or none, without a call.
        let rule = match self.rule_for(event, now) {
            Ok(Choice::Rule(rule)) => Some(rule),
            Ok(Choice::Needs(_)) => None,
            Err(reason) => return (about, Ended::without_grant(None, Stop::from(reason))),
        };
        let about = |rule: Option<&Rule>| About { rule: rule.map(|rule| rule.name.clone()), ..about };
        let ledger = (!self.config.dry_run).then_some(&self.ledger);
        // Boxed: few events need it, and it is large.
        let deadline = invoked.invocation.deadline;
        let identity = match Box::pin(identify(okta, ledger, lead, self.clock.now(), deadline)).await {
            Ok(identity) => identity,
            Err(error) => return (about(rule), Ended::without_grant(rule, Err(error))),
        };
        let ended = self.choose_and_post(okta, event, &identity, rule, now, invoked).await;
        let ResolvedIds { id: request_id, resolution, .. } = identity.ids;
        (About { request_id, resolution: Some(resolution), ..about(ended.rule) }, ended)
    }

    /// `rule` is known if the event alone decides it.
    async fn choose_and_post<'a>(
        &'a self,
        okta: &OktaClient,
        event: &RequestEvent,
        Identity { ids, request }: &Identity,
        rule: Option<&'a Rule>,
        now: Timestamp,
        invoked: &Invoked<'_>,
    ) -> Ended<'a> {
        let deadline = invoked.invocation.deadline;
        let questions = Questions::new(okta, &ids.id, event.is_young(now), request.clone());
        let setting = Setting {
            questions: &questions,
            event,
            word: event.word(self.channel),
            id: &ids.id,
            now,
            deadline,
            patience: Some(enrichment::PATIENCE),
            even_closed: false,
        };
        // The claim comes after the rule: a request whose rule can't be chosen yet is not claimed.
        let ruled = match rule {
            Some(rule) => Ok(rule),
            // Boxed: few policies need it.
            None => match Box::pin(enrichment::choose(setting, &self.config.policy)).await {
                Ok(Err(Unruled::Unknown(member))) => {
                    return Ended::without_grant(None, Stop::from(SkipReason::RuleUnknown(member)));
                }
                Ok(ruled) => ruled,
                Err(error) => {
                    return Ended::without_grant(None, Err(Error::of_gathering(error, event.is_young(now))));
                }
            },
        };
        self.claim_and_post(okta, setting, ids, ruled, invoked).await
    }

    async fn claim_and_post<'a>(
        &'a self,
        okta: &OktaClient,
        setting: Setting<'_>,
        ids: &ResolvedIds,
        ruled: Result<&'a Rule, Unruled>,
        invoked: &Invoked<'_>,
    ) -> Ended<'a> {
        let Setting { event, now, deadline, .. } = setting;
        let first_rule = ruled.as_ref().ok().copied();
        let prepare = Box::pin(prepare(setting, &self.config.policy, ruled));
        if self.config.dry_run {
            let Preparation { rule, reached, result } = prepare.await;
            let result = match result {
                Ok(prepared) => Ok(Outcome::DryRun(prepared)),
                Err(stop) => stop.into(),
            };
            return Ended { reached, ..Ended::without_grant(rule, result) };
        }
        let claim = Box::pin(self.claim(event, ids, invoked));
        let (grant, Preparation { rule, reached, result }) = match beside(claim, prepare).await {
            Ok(both) => both,
            Err(NoGrant { stop, unknown }) => {
                let used_grant = unknown.map(|grant| UsedGrant { grant, post: Post::Unclaimed });
                return Ended { used_grant, ..Ended::without_grant(first_rule, stop) };
            }
        };
        let young = event.is_young(now);
        let target = Target { id: &ids.id, young, may_have_message: grant.doubtful() };
        // The claim stands from here on: however this ends, `used_grant` tells the ledger.
        let used = |post| Some(UsedGrant { grant, post });
        let prepared = match result {
            Ok(prepared) => prepared,
            Err(stop) => {
                let withheld = stop.skipped().and_then(SkipReason::withheld);
                let used_grant = used(withheld.map_or(Post::No, Post::Withheld));
                return Ended { rule, result: stop.into(), reached, used_grant };
            }
        };
        match post(okta, target, prepared.message.as_str(), deadline).await {
            Ok(()) => {
                let event_to_post = event_to_post(event, self.clock.now());
                let result = Ok(Outcome::Posted { prepared, event_to_post });
                Ended { rule, result, reached: None, used_grant: used(Post::Stands) }
            }
            Err((error, post)) => {
                let reached = Some(Reached::Prepared(prepared));
                Ended { rule, result: Err(error), reached, used_grant: used(post) }
            }
        }
    }

    /// The rule that the event alone decides, or why the event gets no message.
    pub(crate) fn rule_for(&self, event: &RequestEvent, now: Timestamp) -> Result<Choice<'_>, SkipReason> {
        let age = event.published.map_or(0, |at| now.duration_since(at).as_secs());
        let (age, limit) = (u64::try_from(age).unwrap_or(0), self.config.max_event_age.as_secs());
        // Events from the archive, and events sent by `redrive --repost`, have no age limit. Okta says which of their requests were closed in
        // the meantime.
        let again = matches!(event.delivery, Delivery::Archive | Delivery::Repost);
        if age > limit && !again {
            return Err(SkipReason::TooOld { age, limit });
        }
        match self.config.request_types.allow(event) {
            Some(true) => {}
            Some(false) => return Err(SkipReason::NotWanted),
            None => return Err(SkipReason::SubjectLineUnknown),
        }
        let policy = &self.config.policy;
        let choice = match event.delivery {
            Delivery::List => policy.rule_for_listed(event),
            Delivery::Stream | Delivery::Archive | Delivery::Repost => policy.rule_for(event, Person::UNREAD),
        };
        choice.map_err(SkipReason::from)
    }

    /// Asks the ledger for the right to post on the request.
    async fn claim(
        &self,
        event: &RequestEvent,
        ResolvedIds { id, aliases, .. }: &ResolvedIds,
        invoked: &Invoked<'_>,
    ) -> Result<Grant, NoGrant> {
        let owner = invoked.owner.as_deref().ok_or(OktaError::NoRandomness)?;
        let deadline = invoked.invocation.deadline;
        let (until, repost) = (deadline.end(self.clock), event.delivery == Delivery::Repost);
        let request = ClaimRequest { id, aliases, owner, until, repost };
        match self.ledger.claim(&request, self.clock.now(), deadline).await? {
            Claimed::Granted(grant) => Ok(grant),
            Claimed::Duplicate => Err(Stop::Duplicate.into()),
            Claimed::Withheld(why) => Err(SkipReason::from(why).into()),
            Claimed::Live { until } => Err(Error::in_progress(id, until).into()),
            Claimed::Exhausted => Err(Error::may_already_stand(id).into()),
            Claimed::Unknown(grant, error) => Err(NoGrant { stop: error.into(), unknown: Some(grant) }),
        }
    }

    /// A warning if the event names another org than `OKTA_ORG_URL`: its ids would be looked up in the wrong
    /// org.
    fn foreign_org(&self, event: &RequestEvent) -> Option<String> {
        let org = &self.config.org;
        let source = event.source_org.as_deref()?;
        // Whoever invokes the function writes the source. Only what can be a subdomain is quoted.
        let is_subdomain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let quotable = source.len() <= 63 && source.chars().all(is_subdomain);
        (org.is_okta_domain() && !source.eq_ignore_ascii_case(org.subdomain())).then(|| {
            if quotable {
                format!(
                    "the event's source names the org `{source}`, OKTA_ORG_URL is {org}: check which one is right"
                )
            } else {
                format!("the event's source is not the org of OKTA_ORG_URL, {org}: check which one is right")
            }
        })
    }
}

/// Claims while the message is prepared. Without a grant the preparation is given up.
async fn beside<T>(
    claim: impl Future<Output = Result<Grant, NoGrant>> + Unpin,
    prepare: impl Future<Output = T> + Unpin,
) -> Result<(Grant, T), NoGrant> {
    match select(claim, prepare).await {
        Either::Left((grant, prepare)) => Ok((grant?, prepare.await)),
        Either::Right((prepared, claim)) => Ok((claim.await?, prepared)),
    }
}
