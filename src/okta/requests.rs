//! [`AccessRequest`]: an access request and the messages on it, in both generations of Okta's API (Okta API
//! reference, "Access Requests - V1" and "- V2"). The format of the id selects the generation.

use serde::Deserialize;
use serde_json::json;

use super::asked::{self, Asked, AskedKind};
use super::call::Call;
use super::catalog::EntryId;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::form::{Form, FormAnswer};
use super::marks::Marks;
use super::value::Written;
use crate::deadline::Deadline;
use crate::event::Conflicts;
use crate::json::{Lenient, Object};
use crate::request::{Api, Asker, RequestId, UserId};

/// An access request of either generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// v2: who gets the access; `None` if the request does not say, or names no Okta user.
    pub requested_for: Option<UserId>,
    /// v2: the request names who gets the access, but that is no Okta user.
    pub requested_for_another: bool,
    /// v2: who asked.
    pub requested_by: Asker,
    /// v1: the people of the request, each once. Okta does not say who of them asked.
    pub people: Vec<UserId>,
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
    /// How long the access lasts, in ISO 8601, or else as Okta wrote it; `None` if it has no end.
    pub duration: Option<String>,
    /// The form that the requester filled in.
    pub answers: Vec<FormAnswer>,
    /// The conflicts that Okta's own assessment found; unknown if Okta has not assessed this request.
    pub conflicts: Conflicts,
    /// What identifies the request besides its id.
    pub marks: Marks,
}

/// The id of the one who asked, or of the one who gets the access.
pub(super) fn principal(request: &Object, name: &str) -> Option<String> {
    request.object(name).text("externalId")
}

/// The one who asked for a v2 request.
pub(super) fn asker(request: &Object) -> Asker {
    principal(request, "requestedBy").map_or(Asker::Unknown, |id| Asker::parse(&id))
}

/// What a v2 request asks for.
#[derive(Debug, Deserialize)]
#[serde(from = "Lenient<Object>")]
struct Requested {
    entry_id: Option<EntryId>,
    resource_id: Option<String>,
    resource_type: Option<String>,
    access_scope_id: Option<String>,
    access_scope_type: Option<String>,
    /// Whether there is something that can't be read.
    partly_unreadable: bool,
}

impl From<Lenient<Object>> for Requested {
    fn from(requested: Lenient<Object>) -> Requested {
        let unreadable = requested.0.is_none();
        let requested = requested.0.unwrap_or_default();
        let unnamed = |id| requested.raw(id).is_some() && requested.text(id).is_none();
        Requested {
            entry_id: requested.text("entryId").and_then(|id| EntryId::parse(&id)),
            resource_id: requested.text("resourceId"),
            resource_type: requested.text("resourceType"),
            access_scope_id: requested.text("accessScopeId"),
            access_scope_type: requested.text("accessScopeType"),
            partly_unreadable: unreadable || unnamed("resourceId") || unnamed("accessScopeId"),
        }
    }
}

fn asked(id: Option<String>, kind: Option<&str>, name: Option<String>) -> Option<Asked> {
    Some(Asked { kind: AskedKind::of(kind), id: id?, name, place: None })
}

impl AccessRequest {
    /// Whether more is asked for than `resource` and `scope`, or may be, because something has no id.
    #[must_use]
    pub fn asks_for_more(&self) -> bool {
        !self.more.is_empty() || self.partly_unnamed
    }

    /// Reads Okta's answer. Each generation leaves the other's members out. A member that can't be read
    /// counts as missing, unless the approver would take a missing one for "none".
    pub(super) fn read(wire: &Object, api: Api) -> AccessRequest {
        let requested_for = principal(wire, "requestedFor");
        let gets = requested_for.as_deref().and_then(UserId::parse);
        let mut people: Vec<UserId> = Vec::new();
        for id in wire.list::<String>("requesterUserIds") {
            people.extend(UserId::parse(&id).filter(|id| !people.contains(id)));
        }
        let mut statuses = ["requestStatus", "status"].into_iter().filter_map(|name| wire.text(name));
        let Form { answers, duration } = Form::read(&wire.list("requesterFieldValues"));
        let mut request = AccessRequest {
            requested_for_another: gets.is_none() && requested_for.is_some(),
            requested_for: gets,
            requested_by: asker(wire),
            people,
            subject_line: wire.text("subject"),
            closed: statuses.find(|status| is_closed(status)),
            resource: None,
            scope: None,
            more: Vec::new(),
            partly_unnamed: false,
            has_duration: api == Api::V2,
            duration: wire.raw("accessDuration").and_then(Written::of).map(|it| it.plain()).or(duration),
            answers,
            conflicts: conflicts(wire),
            marks: Marks::read(wire),
        };
        request.read_asked(wire);
        request
    }

    /// Reads what is asked for.
    fn read_asked(&mut self, wire: &Object) {
        if let Some(wanted) = wire.get::<Requested>("requested") {
            self.partly_unnamed |= wanted.partly_unreadable;
            self.resource = asked(wanted.resource_id, wanted.resource_type.as_deref(), None);
            self.scope = asked(wanted.access_scope_id, wanted.access_scope_type.as_deref(), None);
            asked::place(&mut self.resource, &mut self.scope, wanted.entry_id);
        }
        let actions = wire.get::<Vec<Lenient<Object>>>("actions");
        self.partly_unnamed |= actions.is_none() && wire.raw("actions").is_some();
        for Lenient(action) in actions.into_iter().flatten() {
            let action = action.unwrap_or_default();
            let text = |name| action.text(name);
            let kind = text("resourceType");
            let name = text("resourceName");
            let Some(asked) = asked(text("resourceId"), kind.as_deref(), name) else {
                self.partly_unnamed = true;
                continue;
            };
            match asked.kind {
                AskedKind::App if self.resource.is_none() => self.resource = Some(asked),
                AskedKind::App => self.more.push(asked),
                _ if self.scope.is_none() => self.scope = Some(asked),
                _ => self.more.push(asked),
            }
        }
        if self.resource.is_none() && self.scope.is_none() {
            self.resource = asked(wire.text("requestTypeId"), Some("REQUEST_TYPE"), None);
        }
    }
}

/// The conflicts in Okta's assessment. Its `requestSubmissionType` only says what the org does about conflicts.
fn conflicts(wire: &Object) -> Conflicts {
    match wire.get::<Object>("riskAssessment") {
        Some(assessment) => Conflicts::of_list(assessment.get("riskRules").as_ref(), "name"),
        None if wire.raw("riskAssessment").is_some() => Conflicts::Unreadable,
        None => Conflicts::Unknown,
    }
}

/// Whether a status, of either generation, says that the request is decided or withdrawn.
pub(super) fn is_closed(status: &str) -> bool {
    matches!(status, "RESOLVED" | "LOCKED" | "REJECTED" | "APPROVED" | "DENIED" | "CANCELED" | "EXPIRED")
}

/// The call that reads an access request.
pub(super) fn read_call(id: &RequestId) -> Call {
    let endpoint = match id {
        RequestId::V1(_) => Endpoint::RequestV1,
        RequestId::V2(_) => Endpoint::RequestV2,
    };
    Call::on(endpoint, id.as_str())
}

impl Api {
    /// The call that posts a message on a request of this generation.
    #[must_use]
    pub fn messages(self) -> Endpoint {
        match self {
            Api::V1 => Endpoint::MessageV1,
            Api::V2 => Endpoint::MessageV2,
        }
    }
}

impl OktaClient {
    /// Reads an access request: `GET /governance/api/{v1,v2}/requests/{id}`.
    pub async fn request(&self, id: &RequestId, deadline: Deadline) -> Result<AccessRequest, OktaError> {
        let wire: Object = self.json(read_call(id), deadline).await?;
        Ok(AccessRequest::read(&wire, id.api()))
    }

    /// Posts a message: `POST /governance/api/{v1,v2}/requests/{id}/messages`. Okta has no idempotency key,
    /// and messages can't be read back. So a message that is sent twice appears twice.
    pub async fn post_message(
        &self,
        id: &RequestId,
        text: &str,
        deadline: Deadline,
    ) -> Result<(), OktaError> {
        let call = Call {
            content_type: Some("application/json"),
            body: Some(json!({"message": text}).to_string().into()),
            ..Call::on(id.api().messages(), id.as_str())
        };
        Box::pin(self.send(call, deadline)).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
