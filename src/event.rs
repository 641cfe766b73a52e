//! [`RequestEvent`]: Okta's `access.request.create` event, parsed from the bytes that EventBridge delivers.
//! Parsing is lenient, because Okta guarantees neither the keys of `debugData` nor that a member is not null.
//! Only the id of the access request is required. Pure: no clock, no call.
//!
//! Sources: the envelope is in the Amazon EventBridge guide ("Events"), the System Log event in Okta's API
//! reference ("System Log API"), and the event type in Okta's event type catalogue.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::json;
use crate::request::{Api, Asker, Conflict, RequestId, RequestSource, UserId};
use crate::same_request::{self, Traces, TwoRequests};

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

/// The event that an access request was created.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestEvent {
    /// The System Log event's `uuid`, the same in every delivery of one event; empty if missing.
    pub uuid: String,
    /// When Okta published the event; the envelope's `time` if Okta's `published` is missing.
    pub published: Option<Timestamp>,
    /// The id of the request. Okta's answers may later lead to another id for it.
    pub request_id: RequestId,
    /// The generation that the event's members indicate. If `request_id` has the format of the other
    /// generation, that generation's API may not know it.
    pub api: Api,
    /// The request's subject line, empty if missing. On v2 it contains the requester's own name: untrusted
    /// text.
    pub request_subject: String,
    /// Who raised the request.
    pub requester: Asker,
    /// Who gets the access; `None` if the event does not name an Okta user.
    pub requested_for: Option<UserId>,
    /// The event names who gets the access, but not by the id of an Okta user.
    pub requested_for_another: bool,
    /// v1: the id of the request type.
    pub request_type_id: Option<String>,
    /// v2: the id of the request condition that matched.
    pub condition_id: Option<String>,
    /// v2: the id of the requested app or other resource.
    pub resource_id: Option<String>,
    /// Okta's word for the kind of the resource.
    pub resource_type: Option<String>,
    /// v2: the id of the requested bundle, group or other scope.
    pub scope_id: Option<String>,
    /// Okta's word for the kind of the scope.
    pub scope_type: Option<String>,
    /// Where the request was raised; `None` if unknown.
    pub source: Option<RequestSource>,
    /// The separation-of-duties conflicts that Okta found.
    pub conflicts: Conflicts,
    /// The request's number in links to it; `None` if unknown.
    pub permalink: Option<String>,
    /// How the event came here.
    pub delivery: Delivery,
    /// The org's subdomain in the envelope's `source`; `None` if `source` is not Okta's partner event source.
    pub source_org: Option<String>,
}

/// How an event came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// From Okta's log stream. Every envelope without the marks of the others counts as this.
    Stream,
    /// From a replay of an EventBridge archive: the envelope has `replay-name` (EventBridge guide, "Archiving
    /// and replaying").
    Archive,
    /// From an operator who accepts that an earlier attempt may have posted: the envelope's `redrive.repost`
    /// is `true`.
    Repost,
    /// From Okta's list of requests, because the stream lost the event. The list does not contain where the
    /// request was raised. On v2 it does not contain the subject line.
    List,
}

/// The way on which events reach the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// EventBridge invokes the deployed function.
    Function,
    /// An operator gives them by hand, from files.
    Operator,
}

/// Whose word an event is about the people of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Okta's own.
    Okta,
    /// Anyone may have written it. The request itself must say who its people are.
    Anyone,
}

/// The separation-of-duties conflicts that the event names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflicts {
    /// The event does not say whether there are any.
    Unknown,
    /// The event names conflicts in an unknown format.
    Unreadable,
    /// These; empty if there are none.
    Known(Vec<Conflict>),
}

impl Conflicts {
    /// Reads a list of conflicts in which the member `rule` has the name of the rule. Okta also writes such a
    /// list as a text that contains its JSON.
    #[must_use]
    pub fn of_list(list: Option<&Value>, rule: &str) -> Conflicts {
        let list = match list {
            None | Some(Value::Null) => return Conflicts::Unknown,
            Some(Value::String(text)) if text.trim().is_empty() || text == "null" => {
                return Conflicts::Unknown;
            }
            Some(Value::String(text)) => json::from_str(text).ok(),
            Some(list) => Some(list.clone()),
        };
        let Some(Value::Array(entries)) = list else { return Conflicts::Unreadable };
        // One unreadable entry makes the whole list unreadable: a partial list would look complete.
        if !entries.iter().all(Value::is_object) {
            return Conflicts::Unreadable;
        }
        let member = |entry: &Value, name: &str| text(&entry[name]).map(Cow::into_owned);
        let conflict = |entry: &Value| Conflict {
            rule: member(entry, rule).unwrap_or_else(|| "without a name".to_owned()),
            description: member(entry, "description"),
            resource: member(entry, "resourceName"),
        };
        Conflicts::Known(entries.iter().map(conflict).collect())
    }
}

/// Younger requests may be unknown to some of Okta's servers; older ones may be closed in the meantime.
pub const YOUTH: Duration = Duration::from_mins(2);

impl RequestEvent {
    /// The marks by which `same_request` recognises the event's request.
    #[must_use]
    pub fn traces(&self) -> Traces<'_> {
        Traces {
            id: &self.request_id,
            older_id: None,
            permalink: self.permalink.as_deref(),
            raised: self.published,
            people: self.requested_for.iter().chain(self.requester.person()).collect(),
            scope: self.scope_id.as_deref(),
        }
    }

    /// Whether the event is less than [`YOUTH`] old. An event without a time is not young.
    #[must_use]
    pub fn is_young(&self, now: Timestamp) -> bool {
        self.published.is_some_and(|at| now.duration_since(at).unsigned_abs() < YOUTH)
    }

    /// The request's subject line. `None` if unknown; empty if there is none.
    #[must_use]
    pub fn known_subject_line(&self) -> Option<&str> {
        let unknown = self.delivery == Delivery::List && self.request_subject.is_empty();
        (!unknown).then_some(self.request_subject.as_str())
    }

    /// Whether the requester asked for another person. `false` if either is unknown.
    #[must_use]
    pub fn is_on_behalf(&self) -> bool {
        self.requested_for.as_ref().zip(self.requester.person()).is_some_and(|(one, other)| one != other)
    }

    /// The person whom the message is about, as far as the event says: who gets the access; on v1, if the
    /// event does not name that person, who asked. Never the event's actor, who only made the call.
    #[must_use]
    pub fn subject(&self) -> Option<&UserId> {
        match self.api {
            _ if self.requested_for_another => None,
            Api::V1 => self.requested_for.as_ref().or(self.requester.person()),
            Api::V2 => self.requested_for.as_ref(),
        }
    }

    /// Whose word the event is. Nobody but Okta can put events on its partner bus (Okta help, "Amazon
    /// EventBridge" log streaming), and entries of Okta's lists come from Okta. A file, or another bus, can
    /// contain anything.
    #[must_use]
    pub fn word(&self, channel: Channel) -> Word {
        match (self.delivery, channel, &self.source_org) {
            (Delivery::List, ..) | (_, Channel::Function, Some(_)) => Word::Okta,
            _ => Word::Anyone,
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
    let value: Value = json::from_slice(payload).map_err(|error| EventError::NotJson {
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
    let debug = DebugData(detail["debugContext"]["debugData"].as_object());
    let target = Target::first_of(detail);
    let request_id = request_id(&debug, detail)?;
    let owned = |text: Cow<'_, str>| text.into_owned();
    let condition_id = debug.get("accessrequestmatchedconditionid").map(owned);
    let resource_id = debug.get("requestedresourceid").map(owned);
    let scope_id = debug.get("accessscopeid").map(owned);
    let request_type_id = debug.get("requesttypeid").map(owned);
    let names_newer_parts = condition_id.is_some() || resource_id.is_some() || scope_id.is_some();
    let published = text(&detail["published"]).or_else(|| text(&envelope["time"]));
    let requested_for = debug.get("requestedforid");
    let requested_for_id = requested_for.as_deref().and_then(UserId::parse);
    Ok(RequestEvent {
        uuid: text(&detail["uuid"]).map(owned).unwrap_or_default(),
        published: published.and_then(|at| at.parse().ok()),
        api: same_request::generation(&request_id, request_type_id.is_some(), names_newer_parts),
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

/// The id that the event gives to its request. Every place counts: one of them may name another request.
fn request_id(debug: &DebugData<'_>, detail: &Value) -> Result<RequestId, EventError> {
    let in_targets = Target::all(detail).flat_map(|target| [target.id(), target.alternate_id()]).flatten();
    let places = debug.all("accessrequestid").filter_map(text).chain(in_targets);
    same_request::choose(places.filter_map(|text| RequestId::parse(text.trim())))
        .map_err(|TwoRequests(first, second)| EventError::TwoRequestIds { first, second })?
        .ok_or(EventError::NoRequestId)
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
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

/// At most 80 letters, digits and `._-` of a text, because the result is logged.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(80).collect()
}

/// The subdomain in `aws.partner/okta.com/<subdomain>/<name>` (Okta help, "Amazon EventBridge" log
/// streaming).
fn source_org(source: &str) -> Option<&str> {
    source.strip_prefix("aws.partner/okta.com/")?.split('/').next().filter(|org| !org.is_empty())
}

/// Whether a key is `name` in one of Okta's spellings: `camelCase` (raw), `PascalCase` (Workflows) or
/// `snake_case` (data lake). `name` is in lower case, without separators.
fn same_name(key: &str, name: &str) -> bool {
    key.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase()).eq(name.bytes())
}

/// A target of the event of the type `AccessRequest`; null if there is none.
struct Target<'a>(&'a Value);

impl<'a> Target<'a> {
    fn all(detail: &'a Value) -> impl Iterator<Item = Target<'a>> {
        let targets = detail["target"].as_array().into_iter().flatten();
        targets
            .filter(|target| text(&target["type"]).is_some_and(|kind| same_name(&kind, "accessrequest")))
            .map(Target)
    }

    fn first_of(detail: &'a Value) -> Target<'a> {
        Target::all(detail).next().unwrap_or(Target(&Value::Null))
    }

    fn id(&self) -> Option<Cow<'a, str>> {
        text(&self.0["id"])
    }

    fn alternate_id(&self) -> Option<Cow<'a, str>> {
        text(&self.0["alternateId"])
    }

    fn display_name(&self) -> Option<Cow<'a, str>> {
        text(&self.0["displayName"])
    }

    /// The request's number in links to it.
    fn number(&self) -> Option<Cow<'a, str>> {
        self.alternate_id().filter(|number| is_number(number))
    }
}

/// The members of `debugData`. Each is found in any of Okta's spellings.
struct DebugData<'a>(Option<&'a Map<String, Value>>);

impl<'a> DebugData<'a> {
    fn all(&self, name: &str) -> impl Iterator<Item = &'a Value> {
        self.0.into_iter().flatten().filter(move |(key, _)| same_name(key, name)).map(|(_, value)| value)
    }

    fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.all(name).find_map(text)
    }
}

/// A JSON text or number, as text. Blank text, `"null"` and every other kind count as missing: an unneeded
/// member of a wrong kind must not make the event unusable.
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
        for (id, alone) in
            [("618ad20a5ccefb000985fd15", Some("00uAsker000000000001")), ("req42kjDgk1EubTwo0g4", None)]
        {
            let asked = json!({"accessRequestId": id, "requesterId": "00uAsker000000000001"});
            assert_eq!(created(&with_debug_data(&asked)).subject().map(UserId::as_str), alone, "{id}");
            let mut both = asked;
            both["requestedForId"] = json!("00uGetter00000000001");
            let event = created(&with_debug_data(&both));
            assert_eq!(event.subject().unwrap().as_str(), "00uGetter00000000001", "{id}");
        }
    }

    #[test]
    fn only_what_reaches_the_function_from_okta_s_partner_source_is_okta_s_word() {
        let of = |source: &str| {
            let detail = with_debug_data(&json!({"accessRequestId": "req42kjDgk1EubTwo0g4"}));
            let envelope = json!({"source": source, "detail": detail});
            match parse(envelope.to_string().as_bytes()) {
                Ok(Incoming::Created(event)) => *event,
                other => panic!("{other:?}"),
            }
        };
        let partner = of("aws.partner/okta.com/acme/system-log");
        assert_eq!(partner.word(Channel::Function), Word::Okta);
        assert_eq!(partner.word(Channel::Operator), Word::Anyone);
        for source in
            ["", "my.bus", "aws.partner/okta.com", "aws.partner/okta.com/", "xaws.partner/okta.com/a"]
        {
            assert_eq!(of(source).word(Channel::Function), Word::Anyone, "{source}");
        }
        let listed = RequestEvent { delivery: Delivery::List, source_org: None, ..partner };
        assert_eq!(listed.word(Channel::Operator), Word::Okta);
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
    fn two_ids_of_one_generation_are_never_chosen_between() {
        let target = |id: &str| json!({"type": "ACCESS_REQUEST", "id": id});
        let (one, other) = ("req42kjDgk1EubTwo0g4", "req42kjDgk1EubTwo0g5");
        let (old, other_old) = ("618ad20a5ccefb000985fd15", "618ad20a5ccefb000985fd16");
        for (debug_data, targets) in [
            (json!({"accessRequestId": one}), json!([target(other)])),
            (json!({"accessRequestId": old}), json!([target(other_old)])),
            (json!({"accessRequestId": old, "access_request_id": other_old}), json!([])),
            (json!({}), json!([target(old), target(other_old)])),
        ] {
            let mut detail = with_debug_data(&debug_data);
            detail["target"] = targets;
            let payload = json!({"detail": detail}).to_string();
            assert!(matches!(parse(payload.as_bytes()), Err(EventError::TwoRequestIds { .. })), "{payload}");
        }
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
        assert_eq!((event.uuid.as_str(), event.published, event.requester), ("", None, Asker::Unknown));
    }

    #[test]
    fn an_odd_member_costs_only_itself() {
        let detail = json!({
            "eventType": CREATE, "uuid": "u-1", "published": "2026-11-24T09:06:26.274Z", "outcome": {"result": "SUCCESS"},
            "debugContext": {"debugData": {
                "accessRequestId": "req42kjDgk1EubTwo0g4", "accessRequestSubject": "S", "accessRequestSource": "WEB",
                "requesterId": "00u1F5GHSf7bLpPyKNqn", "requestedForId": "00u1dqmRuvAdnyqHjqfp", "permalinkId": "7",
                "requestedResourceId": "0oa1", "accessScopeId": "enb1", "ruleConflictDetails": [{"ruleName": "Two hands"}]
            }},
            "target": [{"type": "User", "id": "00u1"}]
        });
        let parts = |event: &RequestEvent| {
            vec![
                ("/uuid", event.uuid.clone()),
                ("/published", format!("{:?}", event.published)),
                ("/debugContext/debugData/accessRequestSubject", event.request_subject.clone()),
                ("/debugContext/debugData/accessRequestSource", format!("{:?}", event.source)),
                ("/debugContext/debugData/requesterId", format!("{:?}", event.requester)),
                ("/debugContext/debugData/requestedForId", format!("{:?}", event.requested_for)),
                ("/debugContext/debugData/permalinkId", format!("{:?}", event.permalink)),
                ("/debugContext/debugData/requestedResourceId", format!("{:?}", event.resource_id)),
                ("/debugContext/debugData/accessScopeId", format!("{:?}", event.scope_id)),
                ("/debugContext/debugData/ruleConflictDetails", format!("{:?}", event.conflicts)),
            ]
        };
        // These decide whether there is an event at all.
        let deciding = ["/eventType", "/outcome/result", "/debugContext/debugData/accessRequestId"];
        for (place, odd) in json::odd_members(&detail) {
            if deciding.iter().any(|decides| decides.starts_with(&place)) {
                continue;
            }
            for (before, after) in parts(&created(&detail)).into_iter().zip(parts(&created(&odd))) {
                let touched = before.0 == place || place.starts_with(&format!("{}/", before.0));
                assert!(before == after || touched, "{place}: {before:?} {after:?}");
            }
        }
    }

    #[test]
    fn conflicts_are_all_read_or_not_known() {
        let read = |list: &Value| Conflicts::of_list(Some(list), "ruleName");
        let found = read(&json!("[{\"ruleName\":\"Two \\ud83d\",\"description\":{},\"resourceName\":7}]"));
        let conflict =
            Conflict { rule: "Two \u{FFFD}".to_owned(), description: None, resource: Some("7".to_owned()) };
        assert_eq!(found, Conflicts::Known(vec![conflict]));
        for unknown in [json!(null), json!(""), json!("null")] {
            assert_eq!(read(&unknown), Conflicts::Unknown, "{unknown}");
        }
        for unreadable in [json!("[{"), json!({}), json!(7), json!([{}, null]), json!(["Two hands"])] {
            assert_eq!(read(&unreadable), Conflicts::Unreadable, "{unreadable}");
        }
    }

    #[test]
    fn an_empty_spelling_of_a_member_hides_no_other_one() {
        let id = json!("req42kjDgk1EubTwo0g4");
        for empty in [json!(null), json!(""), json!("null")] {
            let event = created(&with_debug_data(&json!({
                "AccessRequestId": empty, "accessRequestId": id,
                "RuleConflictDetails": empty, "ruleConflictDetails": [{"ruleName": "Two hands"}],
            })));
            assert!(matches!(&event.conflicts, Conflicts::Known(found) if found.len() == 1), "{empty}");
        }
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
