//! The [`Attempt`]: how one invocation ended, and what is known of it. The function's answer is made of it
//! here, the log line in [`log_line`](crate::log_line) and the outcome event in [`bus`](crate::bus). Pure;
//! only the message itself holds personal data.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::degradation::Degradation;
use crate::error::Error;
use crate::event::{self, Delivery, RequestEvent};
use crate::ledger::Grant;
use crate::message::Message;
use crate::policy::UnknownMember;
use crate::request::{Api, RequestId};
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
    /// What a failed attempt had reached before it failed.
    pub reached: Option<Reached>,
    /// The access request; `None` if the payload names none.
    pub about: Option<About>,
    /// The ledger's leave to post, and what became of it; `None` if there was no leave.
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
}

/// A message, ready to be posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The text.
    pub message: Message,
    /// What it lacks.
    pub degraded: Degradation,
}

/// What a failed attempt had reached.
#[derive(Debug)]
pub enum Reached {
    /// The message was made. The post failed.
    Prepared(Prepared),
    /// The facts were gathered, and this is what they lack. The rule's template failed.
    Gathered(Degradation),
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
    /// The message stands.
    Stands,
    /// Whether it arrived is unknown.
    InDoubt,
}

/// What the housekeeping found and did. All counts are of access requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Housekeeping {
    /// Open requests that were compared with the ledger.
    pub open: usize,
    /// Lost ones that have their message now.
    pub posted: usize,
    /// Requests without a message that get none, such as those that no rule matches.
    pub skipped: usize,
    /// Lost ones that failed. The next run tries them again.
    pub failed: usize,
    /// Lost ones that this run had no time for. The next run continues with them.
    pub left: usize,
    /// Requests without a record that may be known by another id. Nothing is posted on them.
    pub unproven: usize,
    /// Okta's log stream.
    pub stream: Stream,
    /// Lists of requests that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadList>,
}

/// A list of requests that the housekeeping could not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnreadList {
    /// The generation of its requests.
    pub list: Api,
    /// The code of the failure.
    pub code: &'static str,
    /// What Okta answered.
    pub reason: String,
}

impl Housekeeping {
    /// Counts a lost request by how its attempt ended.
    pub fn count(&mut self, result: &Result<Outcome, Error>) {
        match result {
            Ok(Outcome::Posted { .. }) => self.posted += 1,
            Ok(_) => self.skipped += 1,
            Err(_) => self.failed += 1,
        }
    }
}

/// The state of the log stream that leads to this function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stream {
    /// It could not be read, or there is none.
    #[default]
    Unknown,
    /// Okta sends events.
    Active,
    /// Okta or an admin turned it off.
    Inactive,
}

impl Serialize for Stream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Stream {
    /// Its name in answers and log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stream::Unknown => "unknown",
            Stream::Active => "ACTIVE",
            Stream::Inactive => "INACTIVE",
        }
    }
}

/// Why there was nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// The event is of another type than `access.request.create`.
    EventType(String),
    /// The event's `outcome.result` is not SUCCESS, so Okta created no request.
    NotMade(String),
    /// `REQUEST_TYPES` does not list the request.
    NotWanted,
    /// No rule of the policy matches.
    NoRule,
    /// Whether `REQUEST_TYPES` lists the request depends on its subject line, which the list of requests does
    /// not have.
    SubjectLineUnknown,
    /// Whether a rule matches depends on what the list of requests does not have.
    RuleUnknown(UnknownMember),
    /// The event is late, and the request was closed in the meantime.
    Closed(String),
    /// The event is older than `MAX_EVENT_AGE`.
    TooOld {
        /// The event's age, seconds.
        age: u64,
        /// The setting, seconds.
        limit: u64,
    },
}

impl SkipReason {
    /// A stable name, for programs: the answer's `code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            SkipReason::EventType(_) => "other-event-type",
            SkipReason::NotMade(_) => "no-request-made",
            SkipReason::NotWanted => "not-in-request-types",
            SkipReason::NoRule => "no-rule-matches",
            SkipReason::SubjectLineUnknown | SkipReason::RuleUnknown(_) => "event-needed",
            SkipReason::Closed(_) => "request-closed",
            SkipReason::TooOld { .. } => "event-too-old",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::EventType(kind) => write!(f, "the event is `{kind}`, not `{}`", event::CREATE),
            SkipReason::NotMade(result) => write!(f, "the event's outcome is {result}: no request was made"),
            SkipReason::NotWanted => f.write_str("the request is not among REQUEST_TYPES"),
            SkipReason::NoRule => f.write_str("no rule of the policy matches the request"),
            SkipReason::SubjectLineUnknown => f.write_str(
                "whether the request is among REQUEST_TYPES depends on its subject line, which only its event has",
            ),
            SkipReason::RuleUnknown(UnknownMember { rule, member }) => write!(
                f,
                "whether the rule `{rule}` matches depends on its `match.{member}`, which only an event has"
            ),
            SkipReason::Closed(status) => {
                write!(f, "the event is late, and the request is closed ({status})")
            }
            SkipReason::TooOld { age, limit } => {
                write!(f, "the event is {age} s old, more than MAX_EVENT_AGE ({limit} s)")
            }
        }
    }
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
    /// also if the template or the post failed.
    #[must_use]
    pub fn degradation(&self) -> Option<&Degradation> {
        match &self.reached {
            Some(Reached::Gathered(degraded)) => Some(degraded),
            _ => self.prepared().map(|prepared| &prepared.degraded),
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

    /// Whether an earlier attempt may have posted too.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.used_grant.as_ref().is_some_and(|used| used.grant.doubtful())
    }

    /// `posted`, `skipped`, `duplicate`, `dry_run`, `reconciled` or `failed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.result {
            Ok(Outcome::Posted { .. }) => "posted",
            Ok(Outcome::Skipped(_)) => "skipped",
            Ok(Outcome::Duplicate) => "duplicate",
            Ok(Outcome::DryRun(_)) => "dry_run",
            Ok(Outcome::Reconciled(_)) => "reconciled",
            Err(_) => "failed",
        }
    }

    /// The function's answer to a good end.
    ///
    /// # Errors
    ///
    /// A failed attempt has no answer. Lambda gets its error instead.
    pub fn answer(&self) -> Result<Value, &Error> {
        let outcome = self.name();
        let id = self.request_id();
        Ok(match self.result.as_ref()? {
            Outcome::Posted { prepared, .. } => json!({
                "outcome": outcome, "request_id": id.map(RequestId::as_str), "api": id.map(RequestId::api),
                "rule": self.rule(), "degraded": prepared.degraded.sections(),
            }),
            Outcome::Skipped(reason) => {
                json!({"outcome": outcome, "reason": reason.to_string(), "code": reason.code()})
            }
            Outcome::Duplicate => json!({"outcome": outcome, "request_id": id.map(RequestId::as_str)}),
            Outcome::Reconciled(done) => json!(Reconciled { outcome, done }),
            Outcome::DryRun(prepared) => json!({
                "outcome": outcome, "request_id": id.map(RequestId::as_str), "message": prepared.message.as_str(),
            }),
        })
    }

    /// What identifies the attempt, for log line and outcome event alike. No personal data, no message text.
    pub(crate) fn summary<'a>(&'a self, lambda_request_id: &'a str) -> Summary<'a> {
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
            Ok(Outcome::Reconciled(done)) => {
                let Housekeeping { open, posted, failed, left, unproven, stream, unread, .. } = done;
                let stream = stream.as_str();
                let unread: Vec<_> = unread.iter().map(|list| list.list.as_str()).collect();
                let unread = match unread[..] {
                    [] => String::new(),
                    _ => format!("; lists not read: {}", unread.join(", ")),
                };
                format!(
                    "housekeeping: {open} open requests compared, {posted} lost ones posted, {failed} failed, {left} left \
                     for the next run, {unproven} unproven; log stream {stream}{unread}"
                )
            }
            Ok(Outcome::DryRun(_)) => format!("dry run: nothing posted on {id}"),
            Err(error) => error.to_string(),
        }
    }
}

/// The answer of the housekeeping.
#[derive(Serialize)]
struct Reconciled<'a> {
    outcome: &'static str,
    #[serde(flatten)]
    done: &'a Housekeeping,
}

/// What log line and outcome event have in common.
#[derive(Serialize)]
pub(crate) struct Summary<'a> {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<Api>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_log_uuid: Option<&'a str>,
    lambda_request_id: &'a str,
}

/// As JSON that a terminal or a viewer of logs can show. Texts, numbers, lists and maps of them can always be
/// written.
pub(crate) fn json_text(value: &impl Serialize) -> String {
    text::printable_json(&serde_json::to_string(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

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
