//! [`AccessRequest`]: an access request and the messages on it, in both generations of Okta's API (Okta API
//! reference, "Access Requests - V1" and "- V2"). The format of the id selects the generation.

use serde::Deserialize;
use serde_json::{Value, json};

use super::asked::{Asked, AskedKind};
use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::marks::Marks;
use crate::deadline::Deadline;
use crate::request::{Conflict, RequestId, UserId};

/// An access request of either generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// v2: who gets the access; `None` if that is not an Okta user.
    pub requested_for: Option<UserId>,
    /// v2: who asked. v1: the people of the request; Okta does not say who of them asked.
    pub requesters: Vec<UserId>,
    /// v1: the subject line.
    pub subject_line: Option<String>,
    /// The status, if the request is closed; `None` if it is open.
    pub closed: Option<String>,
    /// The resource that is asked for.
    pub resource: Option<Asked>,
    /// The bundle, group or other part of the resource.
    pub scope: Option<Asked>,
    /// v1: other things that are asked for.
    pub more: Vec<Asked>,
    /// Whether Okta leaves something that is asked for without an id.
    pub partly_unnamed: bool,
    /// Whether this generation has durations.
    pub has_duration: bool,
    /// How long the access lasts, in ISO 8601; `None` if it has no end.
    pub duration: Option<String>,
    /// The form that the requester filled in.
    pub answers: Vec<FormAnswer>,
    /// The conflicts that Okta's own assessment found; `None` if Okta has not assessed this request.
    pub conflicts: Option<Vec<Conflict>>,
    /// What tells the request from others besides its id.
    pub marks: Marks,
}

/// A field of the form that the requester filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormAnswer {
    /// The question; untrusted text.
    pub prompt: String,
    /// The requester's answer, untrusted text; `None` if it is empty.
    pub value: Option<String>,
}

/// The answers of both generations. Each leaves the other's members out.
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
    // For the marks.
    permalink_id: Value,
    request_approval: Value,
    #[serde(rename = "_links")]
    links: Value,
}

/// The one who asked, or the one who gets the access.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Principal {
    external_id: Option<String>,
}

impl Principal {
    /// The id, if the principal is an Okta user.
    pub(super) fn user(&self) -> Option<UserId> {
        UserId::parse(self.external_id.as_deref()?)
    }
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
pub(super) struct Requested {
    pub(super) resource_id: Option<String>,
    pub(super) resource_type: Option<String>,
    pub(super) access_scope_id: Option<String>,
    pub(super) access_scope_type: Option<String>,
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
    /// The answer; `None` for fields that Okta adds and that repeat another member.
    fn answer(self) -> Option<FormAnswer> {
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
        Some(FormAnswer { prompt: self.prompt.filter(|prompt| !prompt.trim().is_empty())?, value })
    }
}

/// Whether a status, of either generation, says that the request is decided or withdrawn.
pub(super) fn is_closed(status: &str) -> bool {
    matches!(status, "RESOLVED" | "LOCKED" | "REJECTED" | "APPROVED" | "DENIED" | "CANCELED" | "EXPIRED")
}

impl From<Wire> for AccessRequest {
    fn from(wire: Wire) -> AccessRequest {
        let user = |who: Option<Principal>| who?.user();
        let v1 = wire.requester_user_ids.into_iter().flatten().flatten().filter_map(|id| UserId::parse(&id));
        let requesters = user(wire.requested_by).into_iter().chain(v1).collect();
        let closed =
            [wire.request_status, wire.status].into_iter().flatten().find(|status| is_closed(status));
        let asked = |id: Option<String>, kind: Option<String>, name: Option<String>| {
            Some(Asked { kind: AskedKind::of(kind.as_deref()), id: id?, name })
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
                AskedKind::App if resource.is_none() => resource = Some(asked),
                AskedKind::App => more.push(asked),
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
            marks: Marks::read(&wire.permalink_id, &wire.request_approval, &wire.links),
        }
    }
}

impl OktaClient {
    /// Reads an access request: `GET /governance/api/{v1,v2}/requests/{id}`.
    pub async fn request(&self, id: &RequestId, deadline: Deadline) -> Result<AccessRequest, OktaError> {
        let endpoint = match id {
            RequestId::V1(_) => Endpoint::RequestV1,
            RequestId::V2(_) => Endpoint::RequestV2,
        };
        let wire: Wire = self.json(Call::on(endpoint, id.as_str()), deadline).await?;
        Ok(wire.into())
    }

    /// Posts a message: `POST /governance/api/{v1,v2}/requests/{id}/messages`. Okta has no idempotency key,
    /// and messages can't be read back. So a message that is sent twice appears twice.
    pub async fn post_message(
        &self,
        id: &RequestId,
        text: &str,
        deadline: Deadline,
    ) -> Result<(), OktaError> {
        let endpoint = match id {
            RequestId::V1(_) => Endpoint::MessageV1,
            RequestId::V2(_) => Endpoint::MessageV2,
        };
        let call = Call {
            content_type: Some("application/json"),
            body: Some(json!({"message": text}).to_string().into()),
            ..Call::on(endpoint, id.as_str())
        };
        Box::pin(self.send(call, deadline)).await.map(drop)
    }
}
