//! [`Earlier`]: what was asked before for the same person (Okta API reference, "Access Requests - V2", "List
//! all requests"). Okta lists requests of the older generation without what they ask for, so only those of
//! the newer one are found.

use jiff::Timestamp;

use super::call::Call;
use super::catalog::is_path_id;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::pages::GovernancePage;
use super::request_list::ListedRequest;
use crate::deadline::Deadline;
use crate::request::UserId;

/// How many requests one page has: the most that Okta allows.
const PAGE: &str = "200";

/// How many pages are read. Each counts against one of Okta's small limits.
const PAGES: usize = 3;

/// The requests for one person and one resource, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// The requests, without those raised before the time that was asked about.
    pub requests: Vec<ListedRequest>,
    /// Whether these are all of them: no page was left out, and every entry could be read. If not, nothing
    /// can be counted.
    pub is_whole: bool,
}

impl OktaClient {
    /// The requests since `since` in which this person gets access to this resource, and to this part of it
    /// if `scope` names one. Includes the present request. Reads at most three pages of 200. An id that can't
    /// stand in a filter finds nothing, and the answer is not whole.
    ///
    /// A credential that may not list is refused: [`OktaError::is_of_rights`] or [`OktaError::refuses_list`].
    pub async fn earlier_requests(
        &self,
        person: &UserId,
        resource: &str,
        scope: Option<&str>,
        since: Timestamp,
        deadline: Deadline,
    ) -> Result<Earlier, OktaError> {
        if ![Some(resource), scope].into_iter().flatten().all(is_path_id) {
            return Ok(Earlier::default());
        }
        let mut filter = format!(r#"requestedFor eq "{person}" AND resourceId eq "{resource}""#);
        if let Some(scope) = scope {
            filter.push_str(&format!(r#" AND accessScopeId eq "{scope}""#));
        }
        let query = [("filter", filter.as_str()), ("orderBy", "created desc"), ("limit", PAGE)];
        let call = Call::new(Endpoint::RequestsV2).with_query(&query);
        let is_old = |request: &ListedRequest| request.created < since;
        let entries = |page: GovernancePage| page.entries(ListedRequest::read);
        let has_old = |page: &[Option<ListedRequest>]| page.iter().flatten().any(is_old);
        let read = self.first_pages(call, PAGES, entries, has_old, deadline);
        let read = self.permitted(Endpoint::RequestsV2, None, read, deadline).await?;
        let is_whole = (!read.goes_on || has_old(&read.entries)) && read.entries.iter().all(Option::is_some);
        let mut earlier = Earlier { requests: read.entries.into_iter().flatten().collect(), is_whole };
        earlier.keep_only(person, resource, scope);
        earlier.requests.retain(|request| !is_old(request));
        Ok(earlier)
    }
}

impl Earlier {
    /// Drops what the filter should have left out: another person's requests must not be counted. An entry
    /// that does not say whose it is may be this person's.
    fn keep_only(&mut self, person: &UserId, resource: &str, scope: Option<&str>) {
        let id = |of: &Option<(String, Option<String>)>| of.as_ref().map(|(id, _)| id.clone());
        let (mut is_whole, mut kept) = (self.is_whole, Vec::new());
        for request in self.requests.drain(..) {
            let wanted = [
                request.requested_for.as_ref().map(|id| id == person),
                id(&request.resource).map(|id| id == resource),
                scope.map_or(Some(true), |scope| id(&request.scope).map(|id| id == scope)),
            ];
            match wanted {
                [Some(true), Some(true), Some(true)] => kept.push(request),
                wanted if wanted.contains(&Some(false)) => {}
                _ => is_whole = false,
            }
        }
        *self = Earlier { requests: kept, is_whole };
    }
}
