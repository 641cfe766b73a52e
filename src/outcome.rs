//! The [`Attempt`]: how one invocation ended, and what is known of it. From it come the three things that others
//! see: the function's answer, the one log line with its metrics, and the outcome event. Pure; free of personal
//! data.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::Error;
use crate::event::Delivery;
use crate::ledger::Grant;
use crate::message::Message;
use crate::okta::Resolution;
use crate::policy::Untold;
use crate::request::{Api, RequestId};

/// The namespace of the metrics in CloudWatch.
pub const NAMESPACE: &str = "OktaRequestEnricher";

/// An event is live, and its `EventToPost` counted, up to this age; older ones were replayed or redriven.
const LIVE: Duration = Duration::from_mins(15);

/// How an attempt ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The message stands on the request.
    Posted,
    /// There was nothing to do.
    Skipped(SkipReason),
    /// A message stands already.
    Duplicate,
    /// Everything was done but the claim and the post.
    DryRun,
    /// The housekeeping was done; [`Attempt::housekeeping`] tells what it found.
    Reconciled,
}

/// What the housekeeping found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Housekeeping {
    /// Open requests that were compared with the ledger.
    pub open: usize,
    /// Lost ones that have their message now.
    pub posted: usize,
    /// Lost ones that are to get none.
    pub skipped: usize,
    /// Lost ones that could not be enriched; the next run tries again.
    pub failed: usize,
    /// Lost ones that the time did not suffice for; the next run goes on.
    pub left: usize,
    /// Without a record, but perhaps known by another id.
    pub unproven: usize,
    /// Okta's log stream.
    pub stream: Stream,
}

impl Housekeeping {
    /// Counts a lost request by how its attempt ended.
    pub fn count(&mut self, result: &Result<Outcome, Error>) {
        match result {
            Ok(Outcome::Posted) => self.posted += 1,
            Ok(_) => self.skipped += 1,
            Err(_) => self.failed += 1,
        }
    }
}

/// The state of the log stream that ends here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stream {
    /// It could not be read, or there is none.
    #[default]
    Unknown,
    /// Okta sends events.
    Active,
    /// Okta, or an admin, turned it off.
    Inactive,
}

impl Serialize for Stream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Stream {
    /// As it stands in answers and log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stream::Unknown => "unknown",
            Stream::Active => "ACTIVE",
            Stream::Inactive => "INACTIVE",
        }
    }
}

/// What is known of an attempt's own post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// It was not sent, or was refused.
    No,
    /// The message stands.
    Stands,
    /// Whether it arrived is not known.
    InDoubt,
}

/// Why there was nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// Not `access.request.create`.
    EventType(String),
    /// `outcome.result` was not SUCCESS.
    NotMade(String),
    /// `REQUEST_TYPES` does not let it pass.
    NotWanted,
    /// No rule of the policy matches.
    NoRule,
    /// Whether it is among `REQUEST_TYPES` depends on its subject line, which only an event tells.
    SubjectUntold,
    /// Whether a rule matches depends on what only an event tells.
    RuleUntold(Untold),
    /// The event is late, and the request was closed in the meantime.
    Closed(String),
    /// Older than `MAX_EVENT_AGE`.
    TooOld {
        /// The event's age, seconds.
        age: u64,
        /// The setting, seconds.
        limit: u64,
    },
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::EventType(kind) => write!(f, "the event is `{kind}`, not `{}`", crate::event::CREATE),
            SkipReason::NotMade(result) => write!(f, "the event's outcome is {result}: no request was made"),
            SkipReason::NotWanted => f.write_str("the request is not among REQUEST_TYPES"),
            SkipReason::NoRule => f.write_str("no rule of the policy matches the request"),
            SkipReason::SubjectUntold => f.write_str(
                "whether the request is among REQUEST_TYPES depends on its subject line, which only its event tells",
            ),
            SkipReason::RuleUntold(Untold { rule, member }) => write!(
                f,
                "whether the rule `{rule}` is meant depends on its `match.{member}`, which only an event tells"
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

/// One invocation, as it ended.
#[derive(Debug)]
pub struct Attempt {
    /// How it ended.
    pub result: Result<Outcome, Error>,
    /// The request, as far as the event told.
    pub request_id: Option<RequestId>,
    /// How the id in the event led to the request.
    pub resolution: Option<Resolution>,
    /// The message, as soon as it was made. It is in no log line and no outcome event.
    pub message: Option<Message>,
    /// The System Log event's `uuid`.
    pub uuid: Option<String>,
    /// The rule that matched.
    pub rule: Option<String>,
    /// Sources whose section says that it is not available.
    pub degraded: Vec<&'static str>,
    /// What an operator should know although it did not stop the attempt.
    pub warnings: Vec<String>,
    /// From `published` to the post; live events only.
    pub event_to_post: Option<Duration>,
    /// Calls sent to Okta.
    pub okta_calls: u64,
    /// How long it waited for Okta's rate limits.
    pub rate_limit_wait: Duration,
    /// What the housekeeping found and did, where it ran.
    pub housekeeping: Option<Housekeeping>,
    /// The ledger's leave to post.
    pub grant: Option<Grant>,
    /// What became of it.
    pub post: Post,
}

impl Attempt {
    /// An attempt of which nothing is known but how it ended.
    #[must_use]
    pub fn ended(result: Result<Outcome, Error>) -> Attempt {
        Attempt {
            result,
            request_id: None,
            resolution: None,
            message: None,
            uuid: None,
            rule: None,
            degraded: Vec::new(),
            warnings: Vec::new(),
            event_to_post: None,
            okta_calls: 0,
            rate_limit_wait: Duration::ZERO,
            housekeeping: None,
            grant: None,
            post: Post::No,
        }
    }

    /// Notes that the message stands, and the time from the event to its post, where the event is live.
    pub(crate) fn note_post(&mut self, published: Option<Timestamp>, delivery: Delivery) {
        self.post = Post::Stands;
        let age = published.and_then(|at| Duration::try_from(Timestamp::now().duration_since(at)).ok());
        self.event_to_post = age.filter(|age| delivery == Delivery::Stream && *age <= LIVE);
    }

    /// Whether an earlier attempt may have posted, too.
    fn is_doubtful(&self) -> bool {
        self.grant.as_ref().is_some_and(Grant::doubtful)
    }

    /// The function's answer to a good end; a failure is answered as a Lambda error instead.
    pub fn answer(&self) -> Result<Value, &Error> {
        let id = self.request_id.as_ref();
        Ok(match self.result.as_ref()? {
            Outcome::Posted => json!({
                "outcome": "posted", "request_id": id.map(RequestId::as_str), "api": id.map(RequestId::api),
                "rule": self.rule, "degraded": self.degraded,
            }),
            Outcome::Skipped(reason) => json!({"outcome": "skipped", "reason": reason.to_string()}),
            Outcome::Duplicate => json!({"outcome": "duplicate", "request_id": id.map(RequestId::as_str)}),
            Outcome::Reconciled => json!(Reconciled { outcome: self.name(), done: self.housekeeping }),
            Outcome::DryRun => json!({
                "outcome": "dry_run", "request_id": id.map(RequestId::as_str),
                "message": self.message.as_ref().map(Message::as_str),
            }),
        })
    }

    /// `posted`, `skipped`, `duplicate`, `dry_run`, `reconciled`, `failed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.result {
            Ok(Outcome::Posted) => "posted",
            Ok(Outcome::Skipped(_)) => "skipped",
            Ok(Outcome::Duplicate) => "duplicate",
            Ok(Outcome::DryRun) => "dry_run",
            Ok(Outcome::Reconciled) => "reconciled",
            Err(_) => "failed",
        }
    }

    /// What identifies the attempt, in log line and outcome event alike. No personal data, no message text.
    fn facts<'a>(&'a self, lambda_request_id: &'a str) -> Facts<'a> {
        let (reason, degraded, error) = match &self.result {
            Ok(Outcome::Skipped(reason)) => (Some(reason.to_string()), None, None),
            Ok(Outcome::Duplicate | Outcome::Reconciled) => (None, None, None),
            Ok(Outcome::Posted | Outcome::DryRun) => (None, Some(&*self.degraded), None),
            Err(error) => (None, None, Some(error)),
        };
        Facts {
            outcome: self.name(),
            request_id: self.request_id.as_ref().map(RequestId::as_str),
            api: self.request_id.as_ref().map(RequestId::api),
            resolution: self.resolution.map(Resolution::as_str),
            rule: self.rule.as_deref(),
            reason,
            degraded,
            error_class: error.map(|error| error.class().as_str()),
            error: error.map(ToString::to_string),
            system_log_uuid: self.uuid.as_deref(),
            lambda_request_id,
            housekeeping: self.housekeeping,
        }
    }

    /// The outcome event: its detail type, and its detail as JSON. A failure is of this attempt: Lambda makes up to three.
    #[must_use]
    pub fn event(&self, lambda_request_id: &str) -> (&'static str, String) {
        let detail_type = match &self.result {
            Ok(Outcome::Posted) => "Access Request Enriched",
            Ok(Outcome::Skipped(_) | Outcome::Duplicate | Outcome::DryRun | Outcome::Reconciled) => {
                "Access Request Skipped"
            }
            Err(_) => "Access Request Enrichment Failed",
        };
        (detail_type, json_text(&self.facts(lambda_request_id)))
    }

    /// The one log line of an invocation, as JSON: what happened, and its metrics in CloudWatch's embedded metric format
    /// (CloudWatch guide, "Specification: Embedded metric format"). `level` is in it, since Lambda drops lines
    /// below the function's log level and lines without one.
    #[must_use]
    pub fn log_line(&self, lambda_request_id: &str, now: Timestamp) -> String {
        let doubt = self.is_doubtful().then_some(
            "an earlier attempt on this request did not tell whether its message arrived: two may stand",
        );
        let warnings: Vec<_> = self.warnings.iter().map(String::as_str).chain(doubt).collect();
        let level = match &self.result {
            Err(_) => "ERROR",
            Ok(_) if !warnings.is_empty() || !self.degraded.is_empty() => "WARN",
            Ok(_) => "INFO",
        };
        let metrics = self.metrics();
        json_text(&LogLine {
            timestamp: now.to_string(),
            level,
            message: self.sentence(),
            facts: self.facts(lambda_request_id),
            warnings,
            values: &metrics,
            definitions: MetricDefinitions {
                timestamp: now.as_millisecond(),
                metrics: [Directive { namespace: NAMESPACE, dimensions: [[]], metrics: &metrics }],
            },
        })
    }

    fn metrics(&self) -> Vec<Metric> {
        let metric = |name, value, unit| Metric { name, value, unit };
        let count = |name, value| metric(name, value, "Count");
        let flag = |name, condition: bool| count(name, u64::from(condition));
        let mut metrics = vec![
            flag("Posted", matches!(self.result, Ok(Outcome::Posted))),
            flag("Skipped", matches!(self.result, Ok(Outcome::Skipped(_)))),
            flag("Duplicate", matches!(self.result, Ok(Outcome::Duplicate))),
            flag("Failed", self.result.is_err()),
            flag("Doubtful", self.is_doubtful()),
            flag("Degraded", !self.degraded.is_empty()),
            count("OktaCalls", self.okta_calls),
            metric("RateLimitWait", milliseconds(self.rate_limit_wait), "Milliseconds"),
        ];
        if let Some(done) = &self.housekeeping {
            metrics.push(count("Reconciled", u64::try_from(done.posted).unwrap_or(u64::MAX)));
            metrics.push(count("Unproven", u64::try_from(done.unproven).unwrap_or(u64::MAX)));
            // Of a stream that could not be read nothing is said.
            if done.stream != Stream::Unknown {
                metrics.push(metric("StreamActive", u64::from(done.stream == Stream::Active), "None"));
            }
        }
        if let Some(time) = self.event_to_post {
            metrics.push(metric("EventToPost", milliseconds(time), "Milliseconds"));
        }
        metrics
    }

    /// "message posted on req…", for people who skim a log.
    #[must_use]
    pub fn sentence(&self) -> String {
        let id = self.request_id.as_ref().map_or("the request", RequestId::as_str);
        match &self.result {
            Ok(Outcome::Posted) => format!("message posted on {id}"),
            Ok(Outcome::Skipped(reason)) => format!("skipped: {reason}"),
            Ok(Outcome::Duplicate) => format!("duplicate: a message stands on {id} already"),
            Ok(Outcome::Reconciled) => {
                let done = self.housekeeping.unwrap_or_default();
                let Housekeeping { open, posted, failed, left, unproven, .. } = done;
                let stream = done.stream.as_str();
                format!(
                    "housekeeping: {open} open requests compared, {posted} lost ones posted, {failed} failed, {left} left \
                     for the next run, {unproven} unproven; log stream {stream}"
                )
            }
            Ok(Outcome::DryRun) => format!("dry run: nothing posted on {id}"),
            Err(error) => error.to_string(),
        }
    }
}

/// The answer of the housekeeping.
#[derive(Serialize)]
struct Reconciled {
    outcome: &'static str,
    #[serde(flatten)]
    done: Option<Housekeeping>,
}

/// What log line and outcome event have in common.
#[derive(Serialize)]
struct Facts<'a> {
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
    degraded: Option<&'a [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_log_uuid: Option<&'a str>,
    lambda_request_id: &'a str,
    #[serde(flatten)]
    housekeeping: Option<Housekeeping>,
}

#[derive(Serialize)]
struct LogLine<'a> {
    timestamp: String,
    level: &'static str,
    message: String,
    #[serde(flatten)]
    facts: Facts<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<&'a str>,
    #[serde(flatten, serialize_with = "values")]
    values: &'a [Metric],
    #[serde(rename = "_aws")]
    definitions: MetricDefinitions<'a>,
}

/// A metric stands in the line twice: its definition under `_aws`, its value under its name.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    #[serde(skip)]
    value: u64,
    unit: &'static str,
}

#[derive(Serialize)]
struct MetricDefinitions<'a> {
    #[serde(rename = "Timestamp")]
    timestamp: i64,
    #[serde(rename = "CloudWatchMetrics")]
    metrics: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [[&'static str; 0]; 1],
    metrics: &'a [Metric],
}

fn values<S: Serializer>(metrics: &[Metric], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(metrics.iter().map(|metric| (metric.name, metric.value)))
}

/// Text, numbers, lists and members: what can always be written.
fn json_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted() -> Attempt {
        Attempt {
            request_id: RequestId::parse("req42kjDgk1EubTwo0g4"),
            rule: Some("every-request".into()),
            uuid: Some("u".into()),
            okta_calls: 2,
            event_to_post: Some(Duration::from_millis(1500)),
            ..Attempt::ended(Ok(Outcome::Posted))
        }
    }

    #[test]
    fn each_metric_is_defined_and_has_its_value_in_the_line() {
        let line = posted().log_line("lambda-1", Timestamp::UNIX_EPOCH);
        let line: Value = serde_json::from_str(&line).unwrap();
        let definitions = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        for definition in definitions {
            let name = definition["Name"].as_str().unwrap();
            assert!(line[name].is_u64(), "{name}");
        }
        assert_eq!((line["Posted"].as_u64(), line["Failed"].as_u64()), (Some(1), Some(0)));
        assert_eq!(line["EventToPost"], 1500);
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["lambda_request_id"], "lambda-1");
    }

    #[test]
    fn the_line_has_each_member_once_and_in_order() {
        let stream = Stream::Active;
        let housekeeping = Some(Housekeeping { stream, ..Housekeeping::default() });
        let attempt = Attempt { housekeeping, warnings: vec!["w".into()], ..posted() };
        insta::assert_snapshot!(attempt.log_line("lambda-1", Timestamp::UNIX_EPOCH), @r#"{"timestamp":"1970-01-01T00:00:00Z","level":"WARN","message":"message posted on req42kjDgk1EubTwo0g4","outcome":"posted","request_id":"req42kjDgk1EubTwo0g4","api":"v2","rule":"every-request","degraded":[],"system_log_uuid":"u","lambda_request_id":"lambda-1","open":0,"posted":0,"skipped":0,"failed":0,"left":0,"unproven":0,"stream":"ACTIVE","warnings":["w"],"Posted":1,"Skipped":0,"Duplicate":0,"Failed":0,"Doubtful":0,"Degraded":0,"OktaCalls":2,"RateLimitWait":0,"Reconciled":0,"Unproven":0,"StreamActive":1,"EventToPost":1500,"_aws":{"Timestamp":0,"CloudWatchMetrics":[{"Namespace":"OktaRequestEnricher","Dimensions":[[]],"Metrics":[{"Name":"Posted","Unit":"Count"},{"Name":"Skipped","Unit":"Count"},{"Name":"Duplicate","Unit":"Count"},{"Name":"Failed","Unit":"Count"},{"Name":"Doubtful","Unit":"Count"},{"Name":"Degraded","Unit":"Count"},{"Name":"OktaCalls","Unit":"Count"},{"Name":"RateLimitWait","Unit":"Milliseconds"},{"Name":"Reconciled","Unit":"Count"},{"Name":"Unproven","Unit":"Count"},{"Name":"StreamActive","Unit":"None"},{"Name":"EventToPost","Unit":"Milliseconds"}]}]}}"#);
    }

    #[test]
    fn a_replayed_or_old_event_is_not_a_latency() {
        let mut attempt = posted();
        attempt.note_post(Some(Timestamp::now()), Delivery::Archive);
        assert_eq!(attempt.event_to_post, None);
        attempt.note_post(Some(Timestamp::UNIX_EPOCH), Delivery::Stream);
        assert_eq!(attempt.event_to_post, None);
        attempt.note_post(Some(Timestamp::now()), Delivery::Stream);
        assert!(attempt.event_to_post.is_some());
    }

    #[test]
    fn a_log_line_never_holds_the_message() {
        let content = crate::section::Content { sections: Vec::new(), as_of: Timestamp::UNIX_EPOCH };
        let message = crate::message::Template::built_in().render(&content).unwrap();
        let attempt = Attempt { result: Ok(Outcome::DryRun), message: Some(message.clone()), ..posted() };
        assert_eq!(attempt.answer().unwrap()["message"], message.as_str());
        assert!(!attempt.log_line("x", Timestamp::UNIX_EPOCH).contains("added automatically"));
    }
}
