//! [`Condition`]: a request condition of an app. Okta lists conditions by app, and has no call that reads one by
//! its own id (Okta API reference, "Request Conditions"). Only `enricher check` asks.

use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::looked_up::PolicyId;
use super::pages::{GovernancePage, PageLimit, unreadable};
use crate::deadline::Deadline;
use crate::json::Object;

/// An app has a handful of conditions. Okta does not document the size of a page.
const PAGES: PageLimit = PageLimit { pages: 20, beyond: "the app has too many request conditions" };

/// A request condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its id, `rco…`.
    pub id: String,
    /// Its name, untrusted; `None` if the answer has none.
    pub name: Option<String>,
    /// `ACTIVE`, `INACTIVE`, `INVALID` or `DELETED`; `None` if the answer has none.
    pub status: Option<String>,
}

impl OktaClient {
    /// The request conditions of an app: `GET /governance/api/v2/resources/{id}/request-conditions`, all pages. A
    /// list with an entry without an id is an [`OktaError::Unreadable`].
    pub async fn conditions(&self, app: &PolicyId, deadline: Deadline) -> Result<Vec<Condition>, OktaError> {
        let call = Call::on(Endpoint::Conditions, app.as_str());
        let entries = |page: GovernancePage| page.entries(read);
        let listed = self.all_pages(call.clone(), PAGES, entries, deadline).await?;
        let whole: Option<Vec<_>> = listed.into_iter().collect();
        whole.ok_or_else(|| unreadable(&call, "an entry of the list is no request condition"))
    }
}

fn read(entry: &Object) -> Option<Condition> {
    Some(Condition { id: entry.text("id")?, name: entry.text("name"), status: entry.text("status") })
}
