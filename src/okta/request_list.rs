//! [`ListedRequest`]: an entry in Okta's lists of access requests (Okta API reference, "Access Requests - V1"
//! and "- V2", "List all requests"). The lists contain requests whose events the stream lost, and the request
//! whose event names another id. Entries of the newer generation are sparse: they lack the approval, the
//! assessment, the duration and the answers.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::marks::Marks;
use super::pages::{Entries, GovernancePage, PageLimit, unreadable};
use super::requests::{AccessRequest, asker, is_closed, principal, read_call};
use crate::deadline::Deadline;
use crate::event::{Conflicts, Delivery, RequestEvent};
use crate::json::Object;
use crate::request::{Api, Asker, RequestId, UserId};
use crate::same_request::Traces;

/// How many requests one page has.
const PAGE: &str = "200";

/// 100,000 requests. At Okta's rate limits, reading them takes longer than any deadline allows.
const PAGES: PageLimit = PageLimit { pages: 500, beyond: "the list has more than 500 pages" };

/// The most candidates that are listed for an event that names an older id.
const CANDIDATES: &str = "5";

/// An access request as a list shows it.
#[derive(Clone, Debug)]
pub struct ListedRequest {
    /// The id in the generation of the list.
    pub id: RequestId,
    /// When the request was raised.
    pub created: Timestamp,
    /// When it was decided, or ended in another way; `None` if it is open, or Okta does not say.
    pub resolved: Option<Timestamp>,
    /// Okta's word for its status; empty if there is none.
    pub status: String,
    /// v2: who gets the access.
    pub requested_for: Option<UserId>,
    /// v2: who asked.
    pub requested_by: Asker,
    /// v1: the people of the request; Okta does not say who of them asked.
    pub people: Vec<UserId>,
    /// v1: the request type.
    pub request_type_id: Option<String>,
    /// v2: id and kind of the resource that is asked for.
    pub resource: Option<(String, Option<String>)>,
    /// v2: id and kind of the bundle, group or other part of the resource.
    pub scope: Option<(String, Option<String>)>,
    /// v1: the subject line, untrusted; empty if there is none.
    pub subject: String,
    /// What identifies it besides its id. On v2 a list may leave all of it out.
    pub marks: Marks,
}

fn entries(page: GovernancePage) -> Entries<ListedRequest> {
    let (listed, next) = page.entries(ListedRequest::read);
    (listed.into_iter().flatten().collect(), next)
}

impl ListedRequest {
    /// `None` if the entry has no id or no time of creation. Every other member may be missing or odd.
    pub(super) fn read(entry: &Object) -> Option<ListedRequest> {
        let requested = entry.object("requested");
        let pair = |id, kind| Some((requested.text(id)?, requested.text(kind)));
        let people = entry.list::<String>("requesterUserIds");
        Some(ListedRequest {
            id: RequestId::parse(&entry.text("id")?)?,
            created: entry.text("created")?.parse().ok()?,
            resolved: entry.text("resolved").and_then(|at| at.parse().ok()),
            status: entry.text("requestStatus").or_else(|| entry.text("status")).unwrap_or_default(),
            requested_for: principal(entry, "requestedFor").and_then(|id| UserId::parse(&id)),
            requested_by: asker(entry),
            people: people.iter().filter_map(|id| UserId::parse(id)).collect(),
            request_type_id: entry.text("requestTypeId"),
            resource: pair("resourceId", "resourceType"),
            scope: pair("accessScopeId", "accessScopeType"),
            subject: entry.text("subject").unwrap_or_default(),
            marks: Marks::read(entry),
        })
    }

    /// Whether someone still has to decide the request.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !is_closed(&self.status)
    }

    /// Who asked, as far as the list says it; else who gets the access. `None` if that is no person. Of several
    /// people on v1 it is the first: this is for the order only.
    #[must_use]
    pub fn asker(&self) -> Option<&UserId> {
        self.requested_by.person().or(self.requested_for.as_ref()).or(self.people.first())
    }

    /// What distinguishes this request from others.
    #[must_use]
    pub fn traces(&self) -> Traces<'_> {
        Traces {
            id: &self.id,
            older_id: self.marks.older_id.as_ref(),
            permalink: self.marks.permalink.as_deref(),
            raised: Some(self.created),
            people: self.requested_for.iter().chain(self.requested_by.person()).chain(&self.people).collect(),
            scope: self.scope.as_ref().map(|(id, _)| id.as_str()),
        }
    }

    /// The event that the stream would have brought, with what the list says of it.
    #[must_use]
    pub fn event(&self) -> RequestEvent {
        let (resource_id, resource_type) = self.resource.clone().unzip();
        let (scope_id, scope_type) = self.scope.clone().unzip();
        RequestEvent {
            uuid: String::new(),
            published: Some(self.created),
            request_id: self.id.clone(),
            names_older_id: false,
            api: self.id.api(),
            request_subject: self.subject.clone(),
            // v1 lists people, and does not say which of several asked.
            requester: match &self.people[..] {
                [] => self.requested_by.clone(),
                [only] => Asker::Person(only.clone()),
                _ => Asker::Unknown,
            },
            requested_for: self.requested_for.clone(),
            requested_for_another: matches!(self.id, RequestId::V2(_)) && self.requested_for.is_none(),
            request_type_id: self.request_type_id.clone(),
            condition_id: self.marks.condition_id.clone(),
            resource_id,
            resource_type: resource_type.flatten(),
            scope_id,
            scope_type: scope_type.flatten(),
            source: None,
            conflicts: Conflicts::Unknown,
            permalink: self.marks.permalink.clone(),
            delivery: Delivery::List,
            source_org: None,
        }
    }
}

impl Api {
    /// The call that lists the requests of this generation.
    #[must_use]
    pub fn list(self) -> Endpoint {
        match self {
            Api::V1 => Endpoint::RequestsV1,
            Api::V2 => Endpoint::RequestsV2,
        }
    }
}

impl OktaError {
    /// Whether Okta refuses this credential a list of requests, or has none. Such a refusal lasts, and says
    /// nothing about other calls. Okta shows the lists to service apps with the scope and the role, and to some
    /// API tokens. In an org without Identity Governance nobody sees them.
    #[must_use]
    pub fn refuses_list(&self) -> bool {
        let error = if let OktaError::Token(error) = self { error } else { self };
        matches!(
            error,
            OktaError::Forbidden { .. }
                | OktaError::NotFound { .. }
                | OktaError::FeatureMissing { .. }
                | OktaError::InvalidScope { .. }
                | OktaError::NoScopeGranted { .. }
        )
    }
}

impl OktaClient {
    /// A request by its id, as a list shows it and in full.
    pub async fn listed_request(
        &self,
        id: &RequestId,
        deadline: Deadline,
    ) -> Result<(ListedRequest, AccessRequest), OktaError> {
        let call = read_call(id);
        let wire: Object = self.json(call.clone(), deadline).await?;
        let listed = ListedRequest::read(&wire)
            .ok_or_else(|| unreadable(&call, "the request has no id or no time of creation"))?;
        Ok((listed, AccessRequest::read(&wire, id.api())))
    }

    /// Every request of a generation that was changed since `since`, which includes every one that was raised
    /// since. Okta can't filter by the time of creation. Each comes once, in undefined order.
    pub async fn requests_since(
        &self,
        api: Api,
        since: Timestamp,
        deadline: Deadline,
    ) -> Result<Vec<ListedRequest>, OktaError> {
        // The lists can be compared with `gt` alone, and Okta writes times in whole milliseconds.
        let before = since.checked_sub(SignedDuration::from_millis(1)).unwrap_or(since);
        let filter = format!(r#"lastUpdated gt "{before:.3}""#);
        let query = [("filter", filter.as_str()), ("orderBy", "created asc"), ("limit", PAGE)];
        let call = Call::new(api.list()).with_query(&query);
        let pages = async || self.all_pages(call.clone(), PAGES, entries, deadline).await;
        let mut listed = self.list(deadline, pages).await?;
        // What changes while the pages are read can be on two of them.
        let mut ids = HashSet::new();
        listed.retain(|request| ids.insert(request.id.clone()));
        Ok(listed)
    }

    /// Reads a list. Okta answers 401 to an API token that may not list, and to one that is revoked. So the identity
    /// of the caller is read: if that fails, the credential is refused. If it renewed the credential, the list is
    /// read once more.
    async fn list<T>(
        &self,
        deadline: Deadline,
        read: impl AsyncFn() -> Result<T, OktaError>,
    ) -> Result<T, OktaError> {
        let version = self.credential_version(deadline).await?;
        let error = match read().await {
            Err(error) if error.is_closed_list() && !self.is_accepted() => error,
            read => return read,
        };
        let identity = Box::pin(self.identity(deadline)).await;
        // Whatever else Okta answers, it knows the caller then.
        if !self.is_accepted() {
            identity?;
        }
        if self.credential_version(deadline).await? == version {
            return Err(error);
        }
        read().await
    }

    /// The newest requests of the newer generation in which this person gets access to this resource, at most
    /// five. Empty if the resource's id can't stand in a filter.
    pub async fn newest_requests(
        &self,
        person: &UserId,
        resource: &str,
        deadline: Deadline,
    ) -> Result<Vec<ListedRequest>, OktaError> {
        if !is_plain(resource) {
            return Ok(Vec::new());
        }
        let filter = format!(r#"requestedFor eq "{person}" AND resourceId eq "{resource}""#);
        let query = [("filter", filter.as_str()), ("orderBy", "created desc"), ("limit", CANDIDATES)];
        let call = Call::new(Endpoint::RequestsV2).with_query(&query);
        let page = self.list(deadline, async || self.json(call.clone(), deadline).await).await?;
        Ok(entries(page).0)
    }
}

/// Whether an id from an event is safe within the quotes of a filter.
fn is_plain(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sparse_or_odd_entry_costs_only_what_it_lacks() {
        let page = json!({"data": [
            null,
            {"id": "reqNoTimeOfCreation1"},
            {"id": "req42kjDgk1EubTwo0g4", "created": "2026-11-24T09:06:26Z", "status": "PENDING", "people": 7,
             "requestedFor": {"externalId": "00u1ubyAhm6SVvcvk0g4"}, "requestedBy": {"externalId": "pca1"},
             "requested": {"resourceId": "0oa1", "resourceType": [3], "accessScopeId": null}, "_links": []},
            {"id": "618ad20a5ccefb000985fd15", "created": "2026-11-24T09:06:26.274Z", "requestStatus": "OPEN",
             "requesterUserIds": ["00u1ubyAhm6SVvcvk0g4", null, 5], "permalinkId": 42},
        ]});
        let (listed, next) = entries(serde_json::from_value(page).unwrap());
        let [newer, older] = listed.try_into().unwrap();
        assert_eq!(next, None);
        assert_eq!((newer.marks.clone(), newer.requested_by.person()), (Marks::default(), None));
        assert_eq!(newer.resource, Some(("0oa1".to_owned(), None)));
        assert_eq!(newer.event().condition_id, None);
        assert_eq!((older.people.len(), older.marks.permalink.as_deref()), (1, Some("42")));
    }

    #[test]
    fn an_answer_without_its_list_or_with_an_odd_link_is_not_the_end_of_the_list() {
        for other in [json!({}), json!({"data": null}), json!({"data": {"id": "req1"}}), json!([])] {
            assert!(serde_json::from_value::<GovernancePage>(other.clone()).is_err(), "{other}");
        }
        for (links, next) in [
            (json!(null), None),
            (json!([]), None),
            (json!({"next": null}), None),
            (json!({"next": {"href": "https://x/y?after=1"}}), Some("https://x/y?after=1")),
            (json!({"next": {"href": 7}}), Some("7")),
            (json!({"next": "https://x/y?after=1"}), Some("")),
            (json!({"next": {}}), Some("")),
        ] {
            let page = json!({"data": [], "_links": links});
            let (_, found) = entries(serde_json::from_value(page).unwrap());
            assert_eq!(found.as_deref(), next, "{links}");
            let is_cursor = next.is_some_and(|link| link.contains("after"));
            assert_eq!(found.is_some_and(|link| crate::okta::cursor::of_link(&link).is_ok()), is_cursor);
        }
    }
}
