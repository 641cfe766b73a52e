//! [`ListedRequest`]: an entry in Okta's lists of access requests (Okta API reference, "Access Requests - V1"
//! and "- V2", "List all requests"). Only a service app may read them. The lists contain requests whose
//! events the stream lost, and the request whose event names another id.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use super::call::Call;
use super::client::OktaClient;
use super::cursor;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::requests::{Principal, Requested, is_closed};
use crate::deadline::Deadline;
use crate::event::{Conflicts, Delivery, RequestEvent};
use crate::request::{Api, RequestId, UserId};

/// The longest time between the creation of a request and the publishing of its event.
const SAME_MOMENT: Duration = Duration::from_secs(30);

/// How many requests one page has.
const PAGE: &str = "200";

/// How the id in an event led to the id of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The event's id is used.
    AsGiven,
    /// The event contains another id of the same request; the list of requests led to this one.
    Listed,
    /// The event's id is used, but it may be wrong. It has the older format although the request seems to be
    /// of the newer generation, and the list of requests proves no other id.
    Unproven,
}

impl Resolution {
    /// The word in log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Resolution::AsGiven => "as_given",
            Resolution::Listed => "listed",
            Resolution::Unproven => "unproven",
        }
    }
}

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

    /// Whether it and a request of the other generation could be one and the same, as far as they tell.
    #[must_use]
    pub fn could_be(&self, other: &ListedRequest) -> bool {
        let same_moment = self.created.duration_since(other.created).unsigned_abs() <= SAME_MOMENT;
        let people = |listed: &ListedRequest| -> Vec<UserId> {
            listed.requested_for.iter().chain(&listed.people).cloned().collect()
        };
        let (ours, theirs) = (people(self), people(other));
        same_moment && (ours.is_empty() || theirs.is_empty() || ours.iter().any(|id| theirs.contains(id)))
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
            maybe_other_generation: false,
            request_subject: self.subject.clone(),
            requester: self.people.first().cloned(),
            requested_for: self.requested_for.clone(),
            requested_for_another: matches!(self.id, RequestId::V2(_)) && self.requested_for.is_none(),
            request_type_id: self.request_type_id.clone(),
            condition_id: self.condition_id.clone(),
            resource_id,
            resource_type: resource_type.flatten(),
            scope_id,
            scope_type: scope_type.flatten(),
            source: None,
            conflicts: Conflicts::NotTold,
            permalink: self.permalink.clone(),
            delivery: Delivery::Listed,
            source_org: None,
        }
    }

    /// The id, if nothing speaks against this being the event's request.
    fn id_for(&self, event: &RequestEvent) -> Option<RequestId> {
        let external = self.other_id.as_ref().map(|id| *id == event.request_id);
        let permalink =
            self.permalink.as_ref().zip(event.permalink.as_ref()).map(|(theirs, ours)| theirs == ours);
        // A number that both know decides. Without one, the person must be named by the event as the one who
        // gets the access: else the entry may be another request of the same requester.
        let same_request = match (external, permalink) {
            (Some(false), _) | (_, Some(false)) => false,
            (Some(true), _) | (_, Some(true)) => true,
            (None, None) => event.requested_for.is_some(),
        };
        let at_the_same_moment =
            event.published.is_some_and(|at| self.created.duration_since(at).unsigned_abs() <= SAME_MOMENT);
        let scope = self.scope.as_ref().map(|(id, _)| id);
        let fits = same_request && at_the_same_moment && scope == event.scope_id.as_ref();
        (fits && matches!(self.id, RequestId::V2(_))).then(|| self.id.clone())
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

    /// The id under which the API knows the event's request. An id of the older form with marks of the newer
    /// generation is looked up in the list of requests, which only a service app may read; it is replaced
    /// only by the one entry that fits. Never a guess between two: the wrong one would show one person's
    /// facts on another's request.
    pub async fn resolve(
        &self,
        event: &RequestEvent,
        deadline: Deadline,
    ) -> Result<(RequestId, Resolution), OktaError> {
        let as_given = event.request_id.clone();
        if !event.maybe_other_generation {
            return Ok((as_given, Resolution::AsGiven));
        }
        let (true, Some(person), Some(resource)) = (
            self.may_list(deadline).await?,
            event.subject(),
            event.resource_id.as_deref().filter(|id| is_plain(id)),
        ) else {
            return Ok((as_given, Resolution::Unproven));
        };
        let filter = format!(r#"requestedFor eq "{person}" AND resourceId eq "{resource}""#);
        let query = [("filter", filter.as_str()), ("orderBy", "created desc"), ("limit", "5")];
        let listed = match self.list(Endpoint::RequestsV2, &query, deadline).await {
            Ok((listed, _)) => listed,
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

    /// One page, and the cursor of the next page if there is one.
    async fn list(
        &self,
        endpoint: Endpoint,
        query: &[(&str, &str)],
        deadline: Deadline,
    ) -> Result<(Vec<ListedRequest>, Option<String>), OktaError> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish()
            // Okta reads `+` as a plus sign, not as a space.
            .replace('+', "%20");
        let call = Call { query: Some(query), ..Call::new(endpoint) };
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
