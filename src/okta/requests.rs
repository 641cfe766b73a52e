//! Access requests and the messages on them, in both generations of Okta's API (API reference, "Access Requests -
//! V1" and "- V2"). The id's form chooses the generation. Links in answers are never followed.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::endpoint::Endpoint;
use super::names::{Asked, Kind};
use super::{Call, OktaClient, OktaError};
use crate::deadline::Deadline;
use crate::event::{Conflict, RequestEvent, RequestId, UserId};
use crate::message::Message;
use crate::secret::Credential;

/// How far the creation of a request and the publishing of its event may lie apart.
const SAME_MOMENT: Duration = Duration::from_secs(30);

/// An access request of either generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// v2: who gets the access; `None` where that is no Okta user.
    pub requested_for: Option<UserId>,
    /// v2: who asked. v1: the request's people, whose part in it Okta does not tell.
    pub requesters: Vec<UserId>,
    /// v1: the subject line.
    pub subject_line: Option<String>,
    /// Its status, where that says that it is closed.
    pub closed: Option<String>,
    /// What is asked for.
    pub resource: Option<Asked>,
    /// The bundle, group or other part of it.
    pub scope: Option<Asked>,
    /// What else is asked for (v1).
    pub more: Vec<Asked>,
    /// Okta names no resource for a part of what is asked for.
    pub partly_unnamed: bool,
    /// Whether its generation knows durations.
    pub has_duration: bool,
    /// For how long, in ISO 8601; `None`: no end.
    pub duration: Option<String>,
    /// What the requester filled in.
    pub answers: Vec<Answer>,
    /// The conflicts of Okta's own assessment; `None`: there was none.
    pub conflicts: Option<Vec<Conflict>>,
}

/// A field that the requester filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub prompt: String,
    /// The answer.
    pub value: Option<String>,
}

/// How the id in an event led to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The event named it.
    AsGiven,
    /// The event named another id of the same request; it was found in the list of requests.
    Listed,
    /// The event named an id of the older form although the request seems to be of the newer generation, and no other
    /// id could be proven to be the same request.
    Unproven,
}

impl Resolution {
    /// As it stands in log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Resolution::AsGiven => "as_given",
            Resolution::Listed => "listed",
            Resolution::Unproven => "unproven",
        }
    }
}

/// Both generations' answers; each leaves the other's members out. Members of an unknown kind count as missing.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    // Both.
    requester_field_values: Option<Vec<Field>>,
    // v1.
    requester_user_ids: Option<Vec<Option<String>>>,
    subject: Option<String>,
    request_type_id: Option<String>,
    request_status: Option<String>,
    actions: Option<Vec<Action>>,
    // v2.
    status: Option<String>,
    requested_for: Option<Principal>,
    requested_by: Option<Principal>,
    requested: Option<Requested>,
    access_duration: Option<String>,
    risk_assessment: Option<RiskAssessment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Principal {
    external_id: Option<String>,
}

#[derive(Deserialize)]
struct Action {
    #[serde(rename = "resourceId")]
    id: Option<String>,
    #[serde(rename = "resourceName")]
    name: Option<String>,
    #[serde(rename = "resourceType")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Requested {
    resource_id: Option<String>,
    resource_type: Option<String>,
    access_scope_id: Option<String>,
    access_scope_type: Option<String>,
}

#[derive(Deserialize)]
struct Field {
    id: Option<String>,
    #[serde(alias = "label")]
    prompt: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    value: Option<Value>,
    values: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RiskAssessment {
    risk_rules: Option<Vec<RiskRule>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RiskRule {
    name: Option<String>,
    description: Option<String>,
    resource_name: Option<String>,
}

impl Field {
    /// The answer, but for the fields that Okta adds for what is told elsewhere.
    fn answer(self) -> Option<Answer> {
        if matches!(self.id.as_deref(), Some("OKTA_REQUESTED_FOR" | "ACCESS_DURATION")) {
            return None;
        }
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        let joined = |values: &[Value]| {
            let texts: Vec<_> = values.iter().filter_map(text).collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        };
        let value = self.values.as_deref().and_then(joined).or_else(|| {
            let value = text(self.value.as_ref()?)?;
            // v1 writes several choices as a text of JSON.
            match serde_json::from_str::<Vec<Value>>(&value) {
                Ok(choices) if value.starts_with('[') => joined(&choices),
                _ => Some(value),
            }
        });
        let value = value.map(|value| match self.kind.as_deref() {
            Some("DATE-TIME" | "ISO_DATE") => value.parse().map_or(value, crate::text::date),
            Some("DURATION") => crate::text::duration(&value).unwrap_or(value),
            _ => value,
        });
        Some(Answer { prompt: self.prompt.filter(|prompt| !prompt.trim().is_empty())?, value })
    }
}

impl From<Wire> for AccessRequest {
    fn from(wire: Wire) -> AccessRequest {
        let user = |who: Option<Principal>| UserId::parse(who?.external_id?.as_str());
        let v1 = wire.requester_user_ids.into_iter().flatten().flatten().filter_map(|id| UserId::parse(&id));
        let requesters = user(wire.requested_by).into_iter().chain(v1).collect();
        let closed = [wire.request_status, wire.status].into_iter().flatten().find(|status| {
            matches!(
                status.as_str(),
                "RESOLVED" | "LOCKED" | "REJECTED" | "APPROVED" | "DENIED" | "CANCELED" | "EXPIRED"
            )
        });
        let asked = |id: Option<String>, kind: Option<String>, name: Option<String>| {
            Some(Asked { kind: Kind::of(kind.as_deref()), id: id?, name })
        };
        let has_duration = wire.requested.is_some();
        let (mut resource, mut scope) = match wire.requested {
            Some(wanted) => (
                asked(wanted.resource_id, wanted.resource_type, None),
                asked(wanted.access_scope_id, wanted.access_scope_type, None),
            ),
            None => (None, None),
        };
        let (mut more, mut partly_unnamed) = (Vec::new(), false);
        for action in wire.actions.into_iter().flatten() {
            let Some(asked) = asked(action.id, action.kind, action.name) else {
                partly_unnamed = true;
                continue;
            };
            match asked.kind {
                Kind::App if resource.is_none() => resource = Some(asked),
                Kind::App => more.push(asked),
                _ if scope.is_none() => scope = Some(asked),
                _ => more.push(asked),
            }
        }
        if resource.is_none() && scope.is_none() {
            resource = asked(wire.request_type_id, Some("REQUEST_TYPE".to_owned()), None);
        }
        let conflict = |rule: RiskRule| {
            let rule_name = rule.name.unwrap_or_else(|| "without a name".to_owned());
            Conflict { rule: rule_name, description: rule.description, resource: rule.resource_name }
        };
        let rules = wire.risk_assessment.and_then(|assessment| assessment.risk_rules);
        AccessRequest {
            requested_for: user(wire.requested_for),
            requesters,
            subject_line: wire.subject.filter(|subject| !subject.trim().is_empty()),
            closed,
            resource,
            scope,
            more,
            partly_unnamed,
            has_duration,
            duration: wire.access_duration,
            answers: wire.requester_field_values.into_iter().flatten().filter_map(Field::answer).collect(),
            conflicts: rules.map(|rules| rules.into_iter().map(conflict).collect()),
        }
    }
}

/// An entry of the list, as far as it tells which event it belongs to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: Option<String>,
    created: Option<String>,
    requested: Option<Requested>,
    request_approval: Option<Approval>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Approval {
    external_request_id: Option<String>,
    permalink_id: Option<Value>,
}

impl Listed {
    /// The id, if nothing speaks against this being the event's request.
    fn id_for(&self, event: &RequestEvent) -> Option<RequestId> {
        let approval = self.request_approval.as_ref();
        let external = approval.and_then(|approval| approval.external_request_id.as_deref());
        let permalink = approval.and_then(|approval| approval.permalink_id.as_ref());
        let permalink = permalink.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        let external = external.map(|id| id.eq_ignore_ascii_case(event.request_id.as_str()));
        let permalink = permalink.zip(event.permalink.as_ref()).map(|(theirs, ours)| theirs == *ours);
        // A number that both know decides. Without one, the person must be named by the event as the one who gets the
        // access: else the entry may be another request of the same requester.
        let same_request = match (external, permalink) {
            (Some(false), _) | (_, Some(false)) => false,
            (Some(true), _) | (_, Some(true)) => true,
            (None, None) => event.requested_for.is_some(),
        };
        let created: Option<Timestamp> = self.created.as_deref().and_then(|at| at.parse().ok());
        let at_the_same_moment = created
            .zip(event.published)
            .is_some_and(|(a, b)| a.duration_since(b).unsigned_abs() <= SAME_MOMENT);
        let scope = self.requested.as_ref().and_then(|requested| requested.access_scope_id.as_deref());
        let fits = same_request && at_the_same_moment && scope == event.scope_id.as_deref();
        let id = RequestId::parse(self.id.as_deref()?)?;
        (fits && matches!(id, RequestId::V2(_))).then_some(id)
    }
}

impl OktaClient {
    /// `GET /governance/api/{v1,v2}/requests/{id}`.
    pub async fn request(&self, id: &RequestId, deadline: Deadline) -> Result<AccessRequest, OktaError> {
        let endpoint = match id {
            RequestId::V1(_) => Endpoint::RequestV1,
            RequestId::V2(_) => Endpoint::RequestV2,
        };
        let wire: Wire = self.json(Call::on(endpoint, id.as_str()), deadline).await?;
        Ok(wire.into())
    }

    /// `POST /governance/api/{v1,v2}/requests/{id}/messages`. There is no idempotency key, and messages can't be read
    /// back: sent twice, it stands twice.
    pub async fn post_message(
        &self,
        id: &RequestId,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), OktaError> {
        let endpoint = match id {
            RequestId::V1(_) => Endpoint::MessageV1,
            RequestId::V2(_) => Endpoint::MessageV2,
        };
        let call = Call {
            content_type: Some("application/json"),
            body: Some(json!({"message": message.as_str()}).to_string().into()),
            ..Call::on(endpoint, id.as_str())
        };
        Box::pin(self.send(call, deadline)).await.map(drop)
    }

    /// The id under which the API knows the event's request. An id of the older form with marks of the newer
    /// generation is looked up in the list of requests, which only a service app may read; it is replaced only by the
    /// one entry that fits. Never a guess between two: the wrong one would show one person's facts on another's request.
    pub async fn resolve(
        &self,
        event: &RequestEvent,
        deadline: Deadline,
    ) -> Result<(RequestId, Resolution), OktaError> {
        #[derive(Deserialize)]
        struct Page {
            data: Option<Vec<Listed>>,
        }
        let as_given = event.request_id.clone();
        if !event.maybe_other_generation {
            return Ok((as_given, Resolution::AsGiven));
        }
        let held = self.secret.get(deadline).await.map_err(OktaError::Secret)?;
        let (Credential::ServiceApp(_), Some(person), Some(resource)) =
            (&*held.credential, event.subject(), event.resource_id.as_deref().filter(|id| is_plain(id)))
        else {
            return Ok((as_given, Resolution::Unproven));
        };
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", &format!(r#"requestedFor eq "{person}" AND resourceId eq "{resource}""#))
            .append_pair("orderBy", "created desc")
            .append_pair("limit", "5")
            .finish()
            // Okta reads `+` as itself.
            .replace('+', "%20");
        let page: Result<Page, _> =
            self.json(Call { query: Some(query), ..Call::new(Endpoint::RequestsV2) }, deadline).await;
        let listed = match page {
            Ok(page) => page.data.unwrap_or_default(),
            // Without the right to list, or a list, the given id is all there is.
            Err(OktaError::Forbidden { .. } | OktaError::NotFound { .. } | OktaError::Refused { .. }) => {
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        let mut fitting = listed.iter().filter_map(|entry| entry.id_for(event));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok((only, Resolution::Listed)),
            _ => Ok((as_given, Resolution::Unproven)),
        }
    }
}

/// Whether an id from an event can stand in a filter's quotes.
fn is_plain(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
