//! [`ListedRequest`]: an entry in Okta's lists of access requests (Okta API reference, "Access Requests - V1"
//! and "- V2", "List all requests"). Only a service app may read them. The lists contain requests whose
//! events the stream lost, and the request whose event names another id.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::call::Call;
use super::client::OktaClient;
use super::cursor;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::requests::{Principal, Requested, is_closed};
use crate::deadline::Deadline;
use crate::event::{Conflicts, Delivery, RequestEvent};
use crate::request::{Api, Asker, RequestId, UserId};
use crate::same_request::Traces;

/// How many requests one page has.
const PAGE: &str = "200";

/// An access request as a list shows it.
#[derive(Clone, Debug)]
pub struct ListedRequest {
    /// The id in the generation of the list.
    pub id: RequestId,
    /// v2: the id of the same request in the older generation, if Okta names it.
    pub other_id: Option<RequestId>,
    /// When the request was raised.
    pub created: Timestamp,
    /// Okta's word for its status; empty if there is none.
    pub status: String,
    /// v2: who gets the access.
    pub requested_for: Option<UserId>,
    /// v2: who asked. v1: the people of the request; Okta does not say who of them asked.
    pub people: Vec<UserId>,
    /// v1: the request type.
    pub request_type_id: Option<String>,
    /// v2: the condition that matched.
    pub condition_id: Option<String>,
    /// v2: id and kind of the resource that is asked for.
    pub resource: Option<(String, Option<String>)>,
    /// v2: id and kind of the bundle, group or other part of the resource.
    pub scope: Option<(String, Option<String>)>,
    /// v1: the subject line, untrusted; empty if there is none.
    pub subject: String,
    /// The request's number in links to it, if Okta names it.
    pub permalink: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    data: Option<Vec<Wire>>,
    #[serde(rename = "_links")]
    links: Option<Links>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Links {
    next: Option<Link>,
    #[serde(alias = "requestCondition")]
    approval_condition: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: Option<String>,
}

/// The entries of both generations. Each leaves the other's members out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    // Both.
    id: Option<String>,
    created: Option<String>,
    #[serde(rename = "_links")]
    links: Option<Links>,
    // v1.
    request_status: Option<String>,
    subject: Option<String>,
    request_type_id: Option<String>,
    requester_user_ids: Option<Vec<Option<String>>>,
    permalink_id: Option<Value>,
    // v2.
    status: Option<String>,
    requested_for: Option<Principal>,
    requested_by: Option<Principal>,
    requested: Option<Requested>,
    request_approval: Option<Approval>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Approval {
    external_request_id: Option<String>,
    permalink_id: Option<Value>,
}

impl ListedRequest {
    /// `None` if the entry has no id or no time of creation.
    fn read(wire: Wire) -> Option<ListedRequest> {
        let user = |who: &Option<Principal>| who.as_ref()?.user();
        let v1 = wire.requester_user_ids.into_iter().flatten().flatten().filter_map(|id| UserId::parse(&id));
        let number = |id: Value| id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let (external, permalink) = match wire.request_approval {
            Some(approval) => (approval.external_request_id, approval.permalink_id),
            None => (None, None),
        };
        let condition = wire.links.and_then(|links| links.approval_condition?.href);
        let (resource, scope) = wire.requested.map_or((None, None), |wanted| {
            let pair = |id: Option<String>, kind| id.map(|id| (id, kind));
            (
                pair(wanted.resource_id, wanted.resource_type),
                pair(wanted.access_scope_id, wanted.access_scope_type),
            )
        });
        Some(ListedRequest {
            id: RequestId::parse(wire.id.as_deref()?)?,
            other_id: external.as_deref().and_then(RequestId::parse),
            created: wire.created?.parse().ok()?,
            status: wire.request_status.or(wire.status).unwrap_or_default(),
            requested_for: user(&wire.requested_for),
            people: user(&wire.requested_by).into_iter().chain(v1).collect(),
            request_type_id: wire.request_type_id,
            condition_id: condition.and_then(|href| Some(href.rsplit('/').next()?.to_owned())),
            resource,
            scope,
            subject: wire.subject.unwrap_or_default(),
            permalink: permalink.or(wire.permalink_id).filter(|id| !id.is_null()).map(number),
        })
    }

    /// Whether someone still has to decide the request.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !is_closed(&self.status)
    }

    /// What distinguishes this request from others.
    #[must_use]
    pub fn traces(&self) -> Traces<'_> {
        Traces {
            id: &self.id,
            other_id: self.other_id.as_ref(),
            permalink: self.permalink.as_deref(),
            raised: Some(self.created),
            requested_for: self.requested_for.as_ref(),
            people: self.requested_for.iter().chain(&self.people).collect(),
            scope: self.scope.as_ref().map(|(id, _)| id.as_str()),
        }
    }

    /// The event that the stream would have brought, as far as the list tells.
    #[must_use]
    pub fn event(&self) -> RequestEvent {
        let (resource_id, resource_type) = self.resource.clone().unzip();
        let (scope_id, scope_type) = self.scope.clone().unzip();
        RequestEvent {
            uuid: String::new(),
            published: Some(self.created),
            request_id: self.id.clone(),
            other_ids: self.other_id.iter().cloned().collect(),
            api: self.id.api(),
            request_subject: self.subject.clone(),
            requester: self.people.first().cloned().map_or(Asker::Unknown, Asker::Person),
            requested_for: self.requested_for.clone(),
            requested_for_another: matches!(self.id, RequestId::V2(_)) && self.requested_for.is_none(),
            request_type_id: self.request_type_id.clone(),
            condition_id: self.condition_id.clone(),
            resource_id,
            resource_type: resource_type.flatten(),
            scope_id,
            scope_type: scope_type.flatten(),
            source: None,
            conflicts: Conflicts::Unknown,
            permalink: self.permalink.clone(),
            delivery: Delivery::List,
            source_org: None,
        }
    }
}

impl OktaClient {
    /// Every request of a generation that was changed since `since`, which includes every one that was raised
    /// since. Okta can't filter by the time of creation. The order is undefined.
    pub async fn requests_since(
        &self,
        api: Api,
        since: Timestamp,
        deadline: Deadline,
    ) -> Result<Vec<ListedRequest>, OktaError> {
        let endpoint = match api {
            Api::V1 => Endpoint::RequestsV1,
            Api::V2 => Endpoint::RequestsV2,
        };
        let filter = format!(r#"lastUpdated ge "{since:.3}""#);
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let mut query = vec![("filter", filter.as_str()), ("orderBy", "created asc"), ("limit", PAGE)];
            query.extend(after.as_deref().map(|after| ("after", after)));
            let (page, next) = self.list(endpoint, &query, deadline).await?;
            listed.extend(page);
            match next {
                Some(next) => after = Some(next),
                None => return Ok(listed),
            }
        }
    }

    /// The newest requests of the newer generation in which this person gets access to this resource, at most
    /// five. Empty if the credential may not read the list, or if the resource's id can't stand in a filter.
    pub async fn newest_requests(
        &self,
        person: &UserId,
        resource: &str,
        deadline: Deadline,
    ) -> Result<Vec<ListedRequest>, OktaError> {
        if !is_plain(resource) || !self.may_list(deadline).await? {
            return Ok(Vec::new());
        }
        let filter = format!(r#"requestedFor eq "{person}" AND resourceId eq "{resource}""#);
        let query = [("filter", filter.as_str()), ("orderBy", "created desc"), ("limit", "5")];
        match self.list(Endpoint::RequestsV2, &query, deadline).await {
            Ok((listed, _)) => Ok(listed),
            Err(
                OktaError::Forbidden { .. }
                | OktaError::NotFound { .. }
                | OktaError::BadQuery { .. }
                | OktaError::Refused { .. },
            ) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// One page, and the cursor of the next page if there is one.
    async fn list(
        &self,
        endpoint: Endpoint,
        query: &[(&str, &str)],
        deadline: Deadline,
    ) -> Result<(Vec<ListedRequest>, Option<String>), OktaError> {
        let call = Call::new(endpoint).with_query(query);
        let name = call.name();
        let (page, next): (Page, _) = self.page(call, deadline).await?;
        let link = page.links.and_then(|links| links.next?.href);
        let next = match (next, link) {
            (Some(next), _) => Some(next),
            (None, None) => None,
            (None, Some(link)) => {
                let cause = cursor::UNREADABLE_LINK.to_owned();
                let cursor = cursor::of_link(&link);
                Some(cursor.map_err(|_| OktaError::Unreadable { call: name, cause })?)
            }
        };
        Ok((page.data.into_iter().flatten().filter_map(ListedRequest::read).collect(), next))
    }
}

/// Whether an id from an event is safe within the quotes of a filter.
fn is_plain(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
