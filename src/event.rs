//! [`RequestEvent`]: Okta's `access.request.create` event, parsed from the bytes that EventBridge delivers.
//! Parsing is lenient, because Okta guarantees neither the keys of `debugData` nor that a member is not null.
//! Only the id of the access request is required. Pure: no clock, no call.
//!
//! Sources: the envelope is in the Amazon EventBridge guide ("Events"), the System Log event in Okta's API
//! reference ("System Log API"), and the event type in Okta's event type catalogue.

mod conflicts;
mod members;
mod request_event;
mod tree;

use std::borrow::Cow;

use serde_json::Value;

pub use self::conflicts::Conflicts;
use self::members::{DebugData, Target, is_number, text};
pub use self::request_event::{Channel, Delivery, RequestEvent, Word, YOUTH};
use self::tree::Tree;
use crate::json;
use crate::request::{Asker, RequestId, RequestSource, UserId};
use crate::same_request::{self, TwoRequests};
use crate::shape;

/// The event type that starts an enrichment (Okta's event type catalogue).
pub const CREATE: &str = "access.request.create";

/// What a payload is.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Okta created an access request.
    Created(Box<RequestEvent>),
    /// An event of this other type; Okta streams all types to the bus.
    OtherEventType(String),
    /// Okta created no request: `outcome.result` has this other value than SUCCESS.
    NotMade(String),
    /// A schedule starts the housekeeping.
    Scheduled,
    /// An operator asks what is deployed.
    Describe,
}

/// Why a payload can't be used. The text names members and kinds, never values, because values are personal
/// data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The payload is not JSON.
    #[error("failed to read the event: it is not JSON (line {line}, column {column}): {cause}")]
    NotJson {
        /// The line in the payload, from 1.
        line: usize,
        /// The column in the line, from 1; 0 before the first character.
        column: usize,
        /// The kind of fault.
        cause: &'static str,
    },
    /// The payload is JSON, but not an EventBridge envelope around a System Log event.
    #[error("failed to read the event: {cause}")]
    NotAnEnvelope {
        /// What is missing or of the wrong kind.
        cause: &'static str,
    },
    /// None of the places where Okta writes the request's id has one.
    #[error(
        "failed to find the access request's id: neither `accessRequestId` in debugData nor the `target` of \
         type ACCESS_REQUEST holds 24 hexadecimal digits or `req` and 17 letters or digits"
    )]
    NoRequestId,
    /// The event names two requests of one generation. Choosing one could post one person's facts on another
    /// person's request.
    #[error("failed to find the access request's id: the event names two, `{first}` and `{second}`")]
    TwoRequestIds {
        /// The id in the first place; `debugData` comes before `target`.
        first: RequestId,
        /// The id in another place.
        second: RequestId,
    },
}

impl EventError {
    /// What the sender can do; `None` if only Okta can do something.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            EventError::NotJson { .. } => Some("send the event as EventBridge delivers it"),
            EventError::NotAnEnvelope { .. } => Some(
                "send the System Log event in an EventBridge envelope, under `detail`, as in \
                 events/access.request.create--v2.json",
            ),
            EventError::NoRequestId | EventError::TwoRequestIds { .. } => None,
        }
    }
}

/// Parses a payload as EventBridge delivers it.
///
/// # Errors
///
/// The payload is no EventBridge event around a System Log event, or does not name exactly one access
/// request.
pub fn parse(payload: &[u8]) -> Result<Incoming, EventError> {
    let Tree(value) = json::from_slice(payload).map_err(|error| EventError::NotJson {
        line: error.line(),
        column: error.column(),
        // The text of serde_json's error may quote the payload.
        cause: if error.is_eof() { "it ends too early" } else { "a syntax error" },
    })?;
    if !value.is_object() {
        return Err(EventError::NotAnEnvelope { cause: "it is not a JSON object" });
    }
    if is_scheduled(&value) {
        return Ok(Incoming::Scheduled);
    }
    if asks_to_describe(&value) {
        return Ok(Incoming::Describe);
    }
    let detail = detail(&value)?;
    let Some(event_type) = text(&detail["eventType"]) else {
        return Err(EventError::NotAnEnvelope { cause: "its `detail` has no `eventType`" });
    };
    if event_type != CREATE {
        return Ok(Incoming::OtherEventType(word(&event_type)));
    }
    // A missing result counts as success: Okta writes the event about a request that it has created.
    if let Some(result) = text(&detail["outcome"]["result"])
        && !result.eq_ignore_ascii_case("SUCCESS")
    {
        return Ok(Incoming::NotMade(word(&result)));
    }
    request_event(&value, detail).map(|event| Incoming::Created(Box::new(event)))
}

/// The System Log event in an envelope.
fn detail(envelope: &Value) -> Result<&Value, EventError> {
    let cause = match envelope.get("detail") {
        Some(detail @ Value::Object(_)) => return Ok(detail),
        Some(_) => "its `detail` is not a JSON object",
        None if envelope.get("eventType").is_some() => "it is a bare System Log event",
        None => "it has no `detail`",
    };
    Err(EventError::NotAnEnvelope { cause })
}

fn request_event(envelope: &Value, detail: &Value) -> Result<RequestEvent, EventError> {
    let debug = DebugData::of(detail);
    let target = Target::first_of(detail);
    let ids = request_ids(&debug, detail);
    let request_id = same_request::choose(ids.clone())
        .map_err(|TwoRequests(first, second)| EventError::TwoRequestIds { first, second })?
        .ok_or(EventError::NoRequestId)?;
    let owned = |text: Cow<'_, str>| text.into_owned();
    let condition_id = debug.get("accessrequestmatchedconditionid").map(owned);
    let resource_id = debug.get("requestedresourceid").map(owned);
    let scope_id = debug.get("accessscopeid").map(owned);
    let request_type_id = debug.get("requesttypeid").map(owned);
    let names_newer_parts = condition_id.is_some() || resource_id.is_some() || scope_id.is_some();
    let times = [&detail["published"], &envelope["time"]];
    let requested_for = debug.get("requestedforid");
    let requested_for_id = requested_for.as_deref().and_then(UserId::parse);
    Ok(RequestEvent {
        uuid: text(&detail["uuid"]).filter(|id| shape::is_id(id)).map(owned).unwrap_or_default(),
        published: times.into_iter().find_map(|at| text(at)?.parse().ok()),
        api: same_request::generation(&request_id, request_type_id.is_some(), names_newer_parts),
        names_older_id: ids.iter().any(|id| id.api() != request_id.api()),
        request_id,
        request_subject: debug
            .get("accessrequestsubject")
            .or_else(|| target.display_name())
            .map(owned)
            .unwrap_or_default(),
        requester: debug.get("requesterid").as_deref().map_or(Asker::Unknown, Asker::parse),
        requested_for_another: requested_for.is_some() && requested_for_id.is_none(),
        requested_for: requested_for_id,
        request_type_id,
        condition_id,
        resource_id,
        resource_type: debug.get("requestedresourcetype").map(owned),
        scope_id,
        scope_type: debug.get("accessscopetype").map(owned),
        source: debug.get("accessrequestsource").as_deref().and_then(request_source),
        conflicts: debug
            .all("ruleconflictdetails")
            .map(|list| Conflicts::of_list(Some(list), "ruleName"))
            .find(|conflicts| *conflicts != Conflicts::Unknown)
            .unwrap_or(Conflicts::Unknown),
        permalink: debug
            .get("permalinkid")
            .filter(|text| is_number(text))
            .or_else(|| target.number())
            .map(owned),
        delivery: delivery(envelope),
        source_org: envelope["source"].as_str().and_then(source_org).map(str::to_owned),
    })
}

/// The ids that the event gives to its request. Every place counts: one of them may name another request.
fn request_ids(debug: &DebugData<'_>, detail: &Value) -> Vec<RequestId> {
    let in_targets = Target::all(detail).flat_map(|target| [target.id(), target.alternate_id()]).flatten();
    let places = debug.all("accessrequestid").filter_map(text).chain(in_targets);
    places.filter_map(|text| RequestId::parse(text.trim())).collect()
}

fn request_source(word: &str) -> Option<RequestSource> {
    match word.to_ascii_uppercase().as_str() {
        "WEB" => Some(RequestSource::Web),
        "SLACK" => Some(RequestSource::Slack),
        _ => None,
    }
}

fn delivery(envelope: &Value) -> Delivery {
    if envelope["redrive"]["repost"] == true {
        Delivery::Repost
    } else if text(&envelope["replay-name"]).is_some() {
        Delivery::Archive
    } else {
        Delivery::Stream
    }
}

/// Whether a schedule sent the payload: a rule of EventBridge, or EventBridge Scheduler, whose `detail` is a
/// text (EventBridge guide, "Creating a rule that runs on a schedule"; SAM, "`ScheduleV2`").
fn is_scheduled(value: &Value) -> bool {
    value["source"] == "aws.scheduler"
        || (value["source"] == "aws.events" && value["detail-type"] == "Scheduled Event")
}

/// Whether the payload is an operator's `{"describe":true}`. It has no member of an EventBridge envelope or of
/// a System Log event, so no event can be taken for it.
fn asks_to_describe(value: &Value) -> bool {
    let is_event =
        ["source", "detail-type", "detail", "eventType"].iter().any(|name| value.get(name).is_some());
    value["describe"] == true && !is_event
}

/// At most 80 letters, digits and `._-` of a text, because the result is logged.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(80).collect()
}

/// The subdomain in `aws.partner/okta.com/<subdomain>/<name>` (Okta help, "Amazon EventBridge" log
/// streaming).
fn source_org(source: &str) -> Option<&str> {
    source.strip_prefix("aws.partner/okta.com/")?.split('/').next().filter(|org| !org.is_empty())
}

#[cfg(test)]
mod tests;
