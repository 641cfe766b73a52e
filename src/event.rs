//! From EventBridge's bytes to a [`RequestEvent`]: Okta's `access.request.create` in the form that the rest of
//! the program trusts. Okta says that the keys of `debugData` are no contract, and any member may be null, so
//! reading is lenient about everything but the one thing needed: which access request it is. Pure: no clock, no
//! call.
//!
//! The envelope is described in the Amazon EventBridge guide ("Events"), the System Log event in Okta's API
//! reference ("System Log API") and the event in Okta's event type catalogue.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::request::{Api, Conflict, RequestId, RequestSource, UserId};
use crate::same_request::{self, NamedIds, Traces, TwoRequests};

/// The event type that starts an enrichment.
pub const CREATE: &str = "access.request.create";

/// What a payload turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// An access request was made.
    Created(Box<RequestEvent>),
    /// Another event type; Okta streams them all to the bus.
    OtherEventType(String),
    /// The call that should have made a request did not: `outcome.result` was not SUCCESS.
    NotMade(String),
    /// A schedule asks for the housekeeping.
    Scheduled,
}

/// Why a payload can't be used. The text speaks of shapes and names of members, never of values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Not JSON at all.
    #[error("failed to read the event: it is not JSON (line {line}, column {column}): {cause}")]
    NotJson {
        /// Line in the payload, from 1.
        line: usize,
        /// Column in the line.
        column: usize,
        /// What the JSON parser met.
        cause: &'static str,
    },
    /// JSON, but not an EventBridge envelope around a System Log event.
    #[error("failed to read the event: {cause}")]
    NotAnEnvelope {
        /// What is missing or of the wrong kind.
        cause: &'static str,
    },
    /// No id in any of the places where Okta puts it.
    #[error(
        "failed to find the access request's id: neither `accessRequestId` in debugData nor the `target` of type \
         ACCESS_REQUEST holds 24 hexadecimal digits or `req` and 17 letters or digits"
    )]
    NoRequestId,
    /// Two ids of the current generation that differ. Choosing one could show one person's facts on another's
    /// request.
    #[error("failed to find the access request's id: the event names two, `{first}` and `{second}`")]
    TwoRequestIds {
        /// The id in the more telling place.
        first: RequestId,
        /// The other.
        second: RequestId,
    },
}

impl EventError {
    /// What the sender can do about it; `None` where only Okta could.
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

/// An access request was raised.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestEvent {
    /// The System Log's `uuid`; repeats of one event carry the same.
    pub uuid: String,
    /// When Okta published it; the envelope's `time` where Okta's own is missing.
    pub published: Option<Timestamp>,
    /// The request, as far as the event tells.
    pub request_id: RequestId,
    /// Every other id by which the event names it.
    pub other_ids: Vec<RequestId>,
    /// The generation of the request, as far as the event tells. If `request_id` is of another one, its own API may not
    /// know it.
    pub api: Api,
    /// The request's subject line. On the newer generation it holds the requester's own name: untrusted text.
    pub request_subject: String,
    /// Who asked.
    pub requester: Option<UserId>,
    /// Who gets the access, where the event says so.
    pub requested_for: Option<UserId>,
    /// The event says who gets the access, but names no Okta user.
    pub requested_for_another: bool,
    /// v1: the request type.
    pub request_type_id: Option<String>,
    /// v2: the condition that matched.
    pub condition_id: Option<String>,
    /// v2: the app or other resource asked for.
    pub resource_id: Option<String>,
    /// Okta's word for its kind.
    pub resource_type: Option<String>,
    /// v2: the bundle, group or other scope of the access asked for.
    pub scope_id: Option<String>,
    /// Okta's word for its kind.
    pub scope_type: Option<String>,
    /// Where it was raised.
    pub source: Option<RequestSource>,
    /// The separation-of-duties conflicts that Okta found.
    pub conflicts: Conflicts,
    /// The request's number in links to it, where the event tells.
    pub permalink: Option<String>,
    /// How it came here.
    pub delivery: Delivery,
    /// The org's subdomain in `source`, where it has the form of Okta's partner event source.
    pub source_org: Option<String>,
}

/// How an event came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// From Okta's stream, as far as it tells.
    Stream,
    /// From an EventBridge archive: `replay-name` is in the envelope.
    Archive,
    /// From an operator who knows that earlier attempts may have posted: `redrive.repost` is `true` in the envelope.
    Repost,
    /// From the list of requests, since the stream brought none. It tells neither where the request was raised nor, on
    /// v2, its subject line.
    List,
}

/// What the event tells of separation of duties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflicts {
    /// Nothing.
    Unknown,
    /// Something that can't be read.
    Unreadable,
    /// These; perhaps none.
    Known(Vec<Conflict>),
}

/// `ruleConflictDetails` is a text of JSON, a list; the list itself is taken too.
fn conflicts(details: Option<&Value>) -> Conflicts {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        rule_name: Option<String>,
        description: Option<String>,
        resource_name: Option<String>,
    }
    let list = match details {
        None | Some(Value::Null) => return Conflicts::Unknown,
        Some(Value::String(text)) if text.trim().is_empty() || text == "null" => return Conflicts::Unknown,
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        Some(list) => Some(list.clone()),
    };
    let Some(Value::Array(entries)) = list else { return Conflicts::Unreadable };
    let conflict = |entry: Value| {
        let wire: Wire = serde_json::from_value(entry).ok()?;
        let rule = wire.rule_name.unwrap_or_else(|| "without a name".to_owned());
        Some(Conflict { rule, description: wire.description, resource: wire.resource_name })
    };
    // One that can't be read is one that can't be told: the whole is not known then.
    entries
        .into_iter()
        .map(conflict)
        .collect::<Option<Vec<_>>>()
        .map_or(Conflicts::Unreadable, Conflicts::Known)
}

/// From this age on a request may have been closed in the meantime; up to it Okta may not yet know it everywhere.
pub const YOUTH: Duration = Duration::from_mins(2);

impl RequestEvent {
    /// What tells the event's request from others.
    #[must_use]
    pub fn traces(&self) -> Traces<'_> {
        Traces {
            id: &self.request_id,
            other_id: None,
            permalink: self.permalink.as_deref(),
            raised: self.published,
            requested_for: self.requested_for.as_ref(),
            people: self.requested_for.iter().chain(&self.requester).collect(),
            scope: self.scope_id.as_deref(),
        }
    }

    /// Whether it is less than [`YOUTH`] old.
    #[must_use]
    pub fn is_young(&self, now: Timestamp) -> bool {
        self.published.is_some_and(|at| now.duration_since(at).unsigned_abs() < YOUTH)
    }

    /// The request's subject line; `None` where it is not known that there is none.
    #[must_use]
    pub fn known_subject_line(&self) -> Option<&str> {
        let unknown = self.delivery == Delivery::List && self.request_subject.is_empty();
        (!unknown).then_some(self.request_subject.as_str())
    }

    /// Whether someone asked for another person.
    #[must_use]
    pub fn is_on_behalf(&self) -> bool {
        self.requested_for.is_some() && self.requester.is_some() && self.requested_for != self.requester
    }

    /// The one of whom the message speaks: who gets the access, else who asked. Never the actor, who only made
    /// the call.
    #[must_use]
    pub fn subject(&self) -> Option<&UserId> {
        if self.requested_for_another {
            return None;
        }
        self.requested_for.as_ref().or(self.requester.as_ref())
    }
}

/// Reads a payload as EventBridge delivers it.
pub fn parse(payload: &[u8]) -> Result<Incoming, EventError> {
    let value: Value = serde_json::from_slice(payload).map_err(|error| EventError::NotJson {
        line: error.line(),
        column: error.column(),
        // serde_json's own text may quote the payload.
        cause: if error.is_eof() { "it ends too early" } else { "a syntax error" },
    })?;
    if !value.is_object() {
        return Err(EventError::NotAnEnvelope { cause: "it is not a JSON object" });
    }
    if is_scheduled(&value) {
        return Ok(Incoming::Scheduled);
    }
    let detail = match value.get("detail") {
        Some(Value::Object(_)) => &value["detail"],
        Some(_) => return Err(EventError::NotAnEnvelope { cause: "its `detail` is not a JSON object" }),
        None if value.get("eventType").is_some() => {
            return Err(EventError::NotAnEnvelope { cause: "it is a bare System Log event" });
        }
        None => return Err(EventError::NotAnEnvelope { cause: "it has no `detail`" }),
    };
    let Some(event_type) = text(&detail["eventType"]) else {
        return Err(EventError::NotAnEnvelope { cause: "its `detail` has no `eventType`" });
    };
    if event_type != CREATE {
        return Ok(Incoming::OtherEventType(word(&event_type)));
    }
    // A missing result is taken as success: an event that Okta wrote about a request it made.
    if let Some(result) = text(&detail["outcome"]["result"])
        && !result.eq_ignore_ascii_case("SUCCESS")
    {
        return Ok(Incoming::NotMade(word(&result)));
    }
    let debug = DebugData(detail["debugContext"]["debugData"].as_object());
    let mut targets = detail["target"].as_array().into_iter().flatten();
    let target = targets
        .find(|target| text(&target["type"]).is_some_and(|kind| same_name(&kind, "accessrequest")))
        .unwrap_or(&Value::Null);

    let owned = |text: Cow<'_, str>| text.into_owned();
    let condition_id = debug.get("accessrequestmatchedconditionid").map(owned);
    let resource_id = debug.get("requestedresourceid").map(owned);
    let scope_id = debug.get("accessscopeid").map(owned);
    let request_type_id = debug.get("requesttypeid").map(owned);
    let names_newer_parts = condition_id.is_some() || resource_id.is_some() || scope_id.is_some();
    let alternate_id = text(&target["alternateId"]);
    let number = || alternate_id.clone().filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
    let permalink = debug.get("permalinkid").or_else(number).map(owned);
    let places = [debug.get("accessrequestid"), text(&target["id"]), alternate_id];
    let ids = places.iter().flatten().filter_map(|text| RequestId::parse(text.trim()));
    let NamedIds { first: request_id, others: other_ids } = same_request::choose(ids)
        .map_err(|TwoRequests(first, second)| EventError::TwoRequestIds { first, second })?
        .ok_or(EventError::NoRequestId)?;
    let requested_for = debug.get("requestedforid");
    let requested_for_id = requested_for.as_deref().and_then(UserId::parse);
    Ok(Incoming::Created(Box::new(RequestEvent {
        uuid: text(&detail["uuid"]).map(owned).unwrap_or_default(),
        published: text(&detail["published"]).or_else(|| text(&value["time"])).and_then(|at| at.parse().ok()),
        api: same_request::generation(&request_id, request_type_id.is_some(), names_newer_parts),
        request_id,
        other_ids,
        request_subject: debug
            .get("accessrequestsubject")
            .or_else(|| text(&target["displayName"]))
            .map(owned)
            .unwrap_or_default(),
        requester: debug.get("requesterid").as_deref().and_then(UserId::parse),
        requested_for_another: requested_for.is_some() && requested_for_id.is_none(),
        requested_for: requested_for_id,
        request_type_id,
        condition_id,
        resource_id,
        resource_type: debug.get("requestedresourcetype").map(owned),
        scope_id,
        scope_type: debug.get("accessscopetype").map(owned),
        source: debug.get("accessrequestsource").and_then(|source| {
            match source.to_ascii_uppercase().as_str() {
                "WEB" => Some(RequestSource::Web),
                "SLACK" => Some(RequestSource::Slack),
                _ => None,
            }
        }),
        conflicts: conflicts(debug.all("ruleconflictdetails").next()),
        permalink,
        delivery: match (value["redrive"]["repost"] == true, text(&value["replay-name"])) {
            (true, _) => Delivery::Repost,
            (false, Some(_)) => Delivery::Archive,
            (false, None) => Delivery::Stream,
        },
        source_org: value["source"].as_str().and_then(source_org).map(str::to_owned),
    })))
}

/// Whether a schedule sent it: a rule of EventBridge, or EventBridge Scheduler, whose `detail` is a text (EventBridge guide,
/// "Creating a rule that runs on a schedule"; SAM, "`ScheduleV2`").
fn is_scheduled(value: &Value) -> bool {
    value["source"] == "aws.scheduler"
        || (value["source"] == "aws.events" && value["detail-type"] == "Scheduled Event")
}

/// A word of Okta's, as far as it is one: it is logged.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(80).collect()
}

/// `aws.partner/okta.com/<subdomain>/<name>` -> the subdomain.
fn source_org(source: &str) -> Option<&str> {
    source.strip_prefix("aws.partner/okta.com/")?.split('/').next().filter(|org| !org.is_empty())
}

/// Whether a key is `name` in any of Okta's spellings: `camelCase` (raw), `PascalCase` (Workflows) or
/// `snake_case` (data lake). `name` is lower case without separators.
fn same_name(key: &str, name: &str) -> bool {
    key.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase()).eq(name.bytes())
}

/// The members of `debugData`, found under any spelling.
struct DebugData<'a>(Option<&'a Map<String, Value>>);

impl<'a> DebugData<'a> {
    fn all(&self, name: &str) -> impl Iterator<Item = &'a Value> {
        self.0.into_iter().flatten().filter(move |(key, _)| same_name(key, name)).map(|(_, value)| value)
    }

    fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.all(name).find_map(text)
    }
}

/// A JSON text or number as text. Anything else, blank text and what Okta writes for nothing count as absent: a member that
/// is not needed must not cost the event.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if !text.trim().is_empty() && text != "null" => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn created(detail: &Value) -> RequestEvent {
        let source = "aws.partner/okta.com/acme/system-log";
        match parse(json!({"source": source, "detail": detail}).to_string().as_bytes()) {
            Ok(Incoming::Created(event)) => *event,
            other => panic!("{other:?}"),
        }
    }

    fn with_debug_data(debug_data: &Value) -> Value {
        json!({"eventType": CREATE, "debugContext": {"debugData": debug_data}})
    }

    #[test]
    fn the_three_spellings_of_a_key_are_one() {
        for key in ["accessRequestId", "AccessRequestId", "access_request_id"] {
            let event =
                created(&with_debug_data(&json!({key: "req42kjDgk1EubTwo0g4", "requestId": "trace"})));
            assert_eq!(event.request_id.as_str(), "req42kjDgk1EubTwo0g4", "{key}");
        }
    }

    #[test]
    fn the_person_who_gets_the_access_goes_before_the_one_who_asked() {
        let asked = json!({"accessRequestId": "req42kjDgk1EubTwo0g4", "requesterId": "00uAsker000000000001"});
        assert_eq!(created(&with_debug_data(&asked)).subject().unwrap().as_str(), "00uAsker000000000001");
        let mut both = asked;
        both["requestedForId"] = json!("00uGetter00000000001");
        assert_eq!(created(&with_debug_data(&both)).subject().unwrap().as_str(), "00uGetter00000000001");
    }

    #[test]
    fn a_newer_id_anywhere_goes_before_an_older_one() {
        let mut detail = with_debug_data(&json!({"accessRequestId": "618ad20a5ccefb000985fd15"}));
        detail["target"] = json!([
            {"type": "User", "id": "reqNotThisOne0000001"},
            {"type": "ACCESS_REQUEST", "id": null, "alternateId": "req42kjDgk1EubTwo0g4", "displayName": "S"}
        ]);
        let event = created(&detail);
        assert_eq!(event.request_id.as_str(), "req42kjDgk1EubTwo0g4");
        assert_eq!(event.request_subject, "S");
    }

    #[test]
    fn two_newer_ids_are_never_chosen_between() {
        let mut detail = with_debug_data(&json!({"accessRequestId": "req42kjDgk1EubTwo0g4"}));
        detail["target"] = json!([{"type": "ACCESS_REQUEST", "id": "req42kjDgk1EubTwo0g5"}]);
        let payload = json!({"detail": detail}).to_string();
        assert!(matches!(parse(payload.as_bytes()), Err(EventError::TwoRequestIds { .. })));
    }

    #[test]
    fn an_older_id_with_marks_of_the_newer_generation_is_noted() {
        let old = json!({"accessRequestId": "618ad20a5ccefb000985fd15", "requestedResourceId": "0oaX"});
        assert_eq!(created(&with_debug_data(&old)).api, Api::V2);
        let mut typed = old;
        typed["requestTypeId"] = json!("618ad20a5ccefb000985fd16");
        assert_eq!(created(&with_debug_data(&typed)).api, Api::V1);
    }

    #[test]
    fn members_of_a_wrong_kind_count_as_missing() {
        let event = created(&json!({
            "eventType": CREATE, "uuid": {}, "published": 7, "outcome": "SUCCESS", "target": [null, 3],
            "debugContext": {"debugData": {"accessRequestId": "req42kjDgk1EubTwo0g4", "requesterId": ["00u"]}}
        }));
        assert_eq!((event.uuid.as_str(), event.published, event.requester), ("", None, None));
    }

    #[test]
    fn what_is_not_ours_is_told_from_what_is_broken() {
        let other = json!({"detail": {"eventType": "user.session.start"}}).to_string();
        assert_eq!(parse(other.as_bytes()), Ok(Incoming::OtherEventType("user.session.start".into())));
        let failed = json!({"detail": {"eventType": CREATE, "outcome": {"result": "FAILURE"}}}).to_string();
        assert_eq!(parse(failed.as_bytes()), Ok(Incoming::NotMade("FAILURE".into())));
        for (payload, says) in [
            ("", "ends too early"),
            (r#"{"detail": {"eventType""#, "line 1, column 23"),
            ("[1]", "not a JSON object"),
            ("{}", "no `detail`"),
            (r#"{"detail": "text"}"#, "`detail` is not a JSON object"),
            (r#"{"detail": {}}"#, "no `eventType`"),
            (r#"{"eventType": "access.request.create"}"#, "bare System Log event"),
            (
                r#"{"detail": {"eventType": "access.request.create"}}"#,
                "failed to find the access request's id",
            ),
        ] {
            let text = parse(payload.as_bytes()).unwrap_err().to_string();
            assert!(text.contains(says), "{payload}: {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(payload in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = parse(&payload);
        }
    }
}
