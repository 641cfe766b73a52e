//! The [`Attempt`]: how one invocation ended, and what is known of it. The function's answer is made of it
//! here, the log line in [`log_line`](crate::log_line) and the outcome event in [`bus`](crate::bus). Pure;
//! only the message itself holds personal data.

mod housekeeping;
mod skip_reason;
mod summary;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

pub use self::housekeeping::{Housekeeping, Stream, UnreadList};
pub use self::skip_reason::SkipReason;
pub(crate) use self::summary::{Summary, json_text};
use crate::degradation::Degradation;
use crate::deployment::Deployment;
use crate::error::Error;
use crate::event::{Delivery, RequestEvent};
use crate::findings::Findings;
use crate::ledger::{Grant, Withheld};
use crate::message::Message;
use crate::policy_file::Fingerprint;
use crate::request::RequestId;
use crate::same_request::Resolution;
use crate::text;

/// An event counts as live, and its way to the post as a latency, up to this age. Older events were replayed
/// or redriven.
const LIVE: Duration = Duration::from_mins(15);

/// One invocation, as it ended.
#[derive(Debug)]
pub struct Attempt {
    /// How it ended.
    pub result: Result<Outcome, Error>,
    /// What an attempt without a message had reached.
    pub reached: Option<Reached>,
    /// The access request; `None` if the payload names none.
    pub about: Option<About>,
    /// The ledger's grant, and what became of it; `None` if there was none.
    pub used_grant: Option<UsedGrant>,
    /// What an operator should know although it did not stop the attempt.
    pub warnings: Vec<String>,
    /// Calls sent to Okta, besides those for tokens.
    pub okta_calls: u64,
    /// How long calls waited for Okta's rate limits. Waits at the same time add up.
    pub rate_limit_wait: Duration,
}

/// How an attempt ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The message stands on the request.
    Posted {
        /// The message.
        prepared: Prepared,
        /// From the event's `published` to the post; `None` if the event is not live.
        event_to_post: Option<Duration>,
    },
    /// The message was made. Nothing was claimed and nothing posted, as `DRY_RUN` asks.
    DryRun(Prepared),
    /// There was nothing to do.
    Skipped(SkipReason),
    /// A message stands already.
    Duplicate,
    /// The housekeeping was done.
    Reconciled(Housekeeping),
    /// An operator learns what is deployed. Nothing was called.
    Described {
        /// Every fault of the configuration, in words.
        faults: Vec<String>,
    },
}

/// A message, ready to be posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The text.
    pub message: Message,
    /// What it lacks.
    pub degraded: Degradation,
    /// What its checks found.
    pub findings: Findings,
}

/// What an attempt without a message had reached.
#[derive(Debug)]
pub enum Reached {
    /// The message was made. The post failed.
    Prepared(Prepared),
    /// The facts were gathered. The rule's template failed, or there was nothing to look at.
    Gathered {
        /// What they lack.
        degraded: Degradation,
        /// What the checks found.
        findings: Findings,
    },
    /// A part of the housekeeping was done.
    Housekeeping(Housekeeping),
}

/// The access request of an attempt.
#[derive(Clone, Debug)]
pub struct About {
    /// The request's id: the resolved one if the attempt came that far.
    pub request_id: RequestId,
    /// How the event's id led to it; `None` if the attempt did not come that far.
    pub resolution: Option<Resolution>,
    /// The System Log event's `uuid`; `None` for requests that were found in a list.
    pub uuid: Option<String>,
    /// The name of the rule that matches.
    pub rule: Option<String>,
}

impl About {
    /// What the event alone says.
    #[must_use]
    pub fn of(event: &RequestEvent) -> About {
        About {
            request_id: event.request_id.clone(),
            resolution: None,
            uuid: Some(event.uuid.clone()).filter(|uuid| !uuid.is_empty()),
            rule: None,
        }
    }
}

/// A grant of the ledger, and what became of it.
#[derive(Debug)]
pub struct UsedGrant {
    /// The grant.
    pub grant: Grant,
    /// What became of it.
    pub post: Post,
}

/// What is known of an attempt's post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// It was not sent, or Okta refused it: nothing stands.
    No,
    /// It was not sent, since the answer to the claim was lost: whether the claim is stored is unknown.
    Unclaimed,
    /// It was not sent, since no message is wanted.
    Withheld(Withheld),
    /// The message stands.
    Stands,
    /// Whether it arrived is unknown.
    InDoubt,
}

/// The time from an event to its post at `posted`; `None` for events that were replayed, redriven or found in
/// a list.
#[must_use]
pub fn event_to_post(event: &RequestEvent, posted: Timestamp) -> Option<Duration> {
    let time = Duration::try_from(posted.duration_since(event.published?)).ok()?;
    (event.delivery == Delivery::Stream && time <= LIVE).then_some(time)
}

impl Attempt {
    /// An attempt that ended before anything was asked of Okta.
    #[must_use]
    pub fn ended(result: Result<Outcome, Error>) -> Attempt {
        Attempt {
            result,
            reached: None,
            about: None,
            used_grant: None,
            warnings: Vec::new(),
            okta_calls: 0,
            rate_limit_wait: Duration::ZERO,
        }
    }

    /// The message, if one was made; also if its post failed.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        self.prepared().map(|prepared| &prepared.message)
    }

    /// The sections of the message in which a fact is not available.
    #[must_use]
    pub fn degraded(&self) -> &[&'static str] {
        self.degradation().map_or(&[], Degradation::sections)
    }

    /// What the message lacks, and why; `None` if the attempt ended before its facts were gathered. Known
    /// also if the template or the post failed, or if there was nothing to look at.
    #[must_use]
    pub fn degradation(&self) -> Option<&Degradation> {
        match &self.reached {
            Some(Reached::Gathered { degraded, .. }) => Some(degraded),
            _ => self.prepared().map(|prepared| &prepared.degraded),
        }
    }

    /// What the checks found; `None` if the attempt ended before its facts were gathered. Known also if the
    /// template or the post failed, or if there was nothing to look at.
    #[must_use]
    pub fn findings(&self) -> Option<&Findings> {
        match &self.reached {
            Some(Reached::Gathered { findings, .. }) => Some(findings),
            _ => self.prepared().map(|prepared| &prepared.findings),
        }
    }

    fn prepared(&self) -> Option<&Prepared> {
        match (&self.result, &self.reached) {
            (Ok(Outcome::Posted { prepared, .. } | Outcome::DryRun(prepared)), _)
            | (Err(_), Some(Reached::Prepared(prepared))) => Some(prepared),
            _ => None,
        }
    }

    /// What the housekeeping found and did, if this attempt was one.
    #[must_use]
    pub fn housekeeping(&self) -> Option<&Housekeeping> {
        match (&self.result, &self.reached) {
            (Ok(Outcome::Reconciled(done)), _) | (Err(_), Some(Reached::Housekeeping(done))) => Some(done),
            _ => None,
        }
    }

    /// The access request, if the payload names one.
    #[must_use]
    pub fn request_id(&self) -> Option<&RequestId> {
        self.about.as_ref().map(|about| &about.request_id)
    }

    /// The name of the rule that matches.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.about.as_ref()?.rule.as_deref()
    }

    /// What is known of its post.
    #[must_use]
    pub fn post(&self) -> Post {
        self.used_grant.as_ref().map_or(Post::No, |used| used.post)
    }

    /// Whether its message may be the second one: it posted, or may have, and so may an earlier attempt.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        let posted = matches!(self.post(), Post::Stands | Post::InDoubt);
        posted && self.used_grant.as_ref().is_some_and(|used| used.grant.doubtful())
    }

    /// `posted`, `skipped`, `duplicate`, `dry_run`, `reconciled`, `described` or `failed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.result {
            Ok(Outcome::Posted { .. }) => "posted",
            Ok(Outcome::Skipped(_)) => "skipped",
            Ok(Outcome::Duplicate) => "duplicate",
            Ok(Outcome::DryRun(_)) => "dry_run",
            Ok(Outcome::Reconciled(_)) => "reconciled",
            Ok(Outcome::Described { .. }) => "described",
            Err(_) => "failed",
        }
    }

    /// The function's answer to a good end. `deployment` made the attempt.
    ///
    /// # Errors
    ///
    /// A failed attempt has no answer. Lambda gets its error instead.
    pub fn answer(&self, deployment: &Deployment) -> Result<Value, &Error> {
        let outcome = self.name();
        let policy = deployment.policy();
        let id = self.request_id();
        Ok(match self.result.as_ref()? {
            Outcome::Posted { prepared, .. } => json!({
                "outcome": outcome, "request_id": id.map(RequestId::as_str), "api": id.map(RequestId::api),
                "rule": self.rule(), "degraded": prepared.degraded.sections(), "policy": policy,
            }),
            Outcome::Skipped(reason) => json!({
                "outcome": outcome, "reason": reason.to_string(), "code": reason.code(), "policy": policy,
            }),
            Outcome::Duplicate => {
                json!({"outcome": outcome, "request_id": id.map(RequestId::as_str), "policy": policy})
            }
            Outcome::Reconciled(done) => json!(Reconciled { outcome, done, policy }),
            Outcome::Described { faults } => json!({
                "outcome": outcome, "version": env!("CARGO_PKG_VERSION"), "policy": policy,
                "policy_file": deployment.policy_file.path(), "policy_text": deployment.policy_file.text().ok(),
                "faults": faults, "settings": settings(deployment),
            }),
            Outcome::DryRun(prepared) => json!({
                "outcome": outcome, "request_id": id.map(RequestId::as_str), "message": prepared.message.as_str(),
                "policy": policy,
            }),
        })
    }

    /// What identifies the attempt, for log line and outcome event alike. No personal data, no message text.
    pub(crate) fn summary<'a>(&'a self, deployment: &Deployment, lambda_request_id: &'a str) -> Summary<'a> {
        let about = self.about.as_ref();
        let error = self.result.as_ref().err();
        let reason = match &self.result {
            Ok(Outcome::Skipped(reason)) => Some(reason),
            _ => None,
        };
        Summary {
            outcome: self.name(),
            request_id: about.map(|about| about.request_id.as_str()),
            api: about.map(|about| about.request_id.api()),
            resolution: about.and_then(|about| about.resolution).map(Resolution::as_str),
            rule: self.rule(),
            reason: reason.map(ToString::to_string),
            error_class: error.map(|error| error.class().as_str()),
            code: error.map(|error| error.code().as_str()).or(reason.map(SkipReason::code)),
            error: error.map(ToString::to_string),
            system_log_uuid: about.and_then(|about| about.uuid.as_deref()),
            policy: deployment.policy(),
            lambda_request_id,
        }
    }

    /// "message posted on req…", for people who skim a log.
    #[must_use]
    pub fn sentence(&self) -> String {
        let id = self.request_id().map_or("the request", RequestId::as_str);
        match &self.result {
            Ok(Outcome::Posted { .. }) => format!("message posted on {id}"),
            Ok(Outcome::Skipped(reason)) => format!("skipped: {reason}"),
            Ok(Outcome::Duplicate) => format!("duplicate: a message stands on {id} already"),
            Ok(Outcome::Reconciled(done)) => done.to_string(),
            Ok(Outcome::DryRun(_)) => format!("dry run: nothing posted on {id}"),
            Ok(Outcome::Described { faults }) => {
                format!(
                    "described to an operator: {} in the configuration",
                    text::count(faults.len(), "fault")
                )
            }
            Err(error) => error.to_string(),
        }
    }
}

fn settings(deployment: &Deployment) -> Map<String, Value> {
    deployment.settings.iter().map(|(name, value)| ((*name).to_owned(), value.as_deref().into())).collect()
}

/// The answer of the housekeeping.
#[derive(Serialize)]
struct Reconciled<'a> {
    outcome: &'static str,
    #[serde(flatten)]
    done: &'a Housekeeping,
    policy: Option<Fingerprint>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event;

    #[test]
    fn only_a_live_event_of_the_stream_is_a_latency() {
        let event = |published: Timestamp, delivery| {
            let detail = json!({
                "eventType": event::CREATE, "published": published.to_string(),
                "debugContext": {"debugData": {"accessRequestId": "req42kjDgk1EubTwo0g4"}},
            });
            let payload = json!({"detail": detail}).to_string();
            let Ok(event::Incoming::Created(event)) = event::parse(payload.as_bytes()) else {
                panic!("{payload}")
            };
            RequestEvent { delivery, ..*event }
        };
        let now = Timestamp::now();
        let time = |published, delivery| event_to_post(&event(published, delivery), now);
        assert_eq!(time(now, Delivery::Archive), None);
        assert_eq!(time(Timestamp::UNIX_EPOCH, Delivery::Stream), None);
        assert_eq!(time(now + Duration::from_secs(1), Delivery::Stream), None, "a clock that is ahead");
        assert!(time(now - Duration::from_secs(1), Delivery::Stream).is_some());
    }
}
