//! [`EntitlementGrant`]: which entitlements of an app a person holds (Okta API reference, "Grants", "List all
//! grants"; in beta). Okta lists active grants only.

use jiff::Timestamp;

use super::asked::{Asked, AskedKind};
use super::call::Call;
use super::catalog::is_path_id;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::pages::{GovernancePage, PageLimit, unreadable};
use crate::deadline::Deadline;
use crate::json::Object;
use crate::request::UserId;

/// 1000 grants of one person for one app or bundle, far more than anyone holds.
const PAGES: PageLimit = PageLimit { pages: 5, beyond: "the person holds more than 1000 grants of it" };

/// What grants are asked about. Its id is safe within the quotes of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantTarget {
    /// Any entitlement of this app.
    App(String),
    /// This entitlement bundle.
    Bundle(String),
}

impl GrantTarget {
    /// The target for what is asked for; `None` if it is neither an app nor a bundle, or its id has more than
    /// letters and digits.
    #[must_use]
    pub fn of(asked: &Asked) -> Option<GrantTarget> {
        let id = Some(asked.id.clone()).filter(|id| is_path_id(id))?;
        match asked.kind {
            AskedKind::App => Some(GrantTarget::App(id)),
            AskedKind::Bundle => Some(GrantTarget::Bundle(id)),
            AskedKind::Group | AskedKind::RequestType | AskedKind::Other => None,
        }
    }

    fn filter(&self) -> String {
        match self {
            GrantTarget::App(id) => {
                format!(r#"target.externalId eq "{id}" AND target.type eq "APPLICATION""#)
            }
            GrantTarget::Bundle(id) => format!(r#"entitlementBundleId eq "{id}""#),
        }
    }
}

/// A grant of a bundle or of single entitlements. A member of an unknown format counts as missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitlementGrant {
    /// `ACTIVE`, `SCHEDULED`, `INACTIVE` or `EXPIRED`.
    pub status: Option<String>,
    /// `ALLOW` or `DENY`.
    pub action: Option<String>,
    /// The bundle; `None` for a grant of single entitlements.
    pub bundle_id: Option<String>,
    /// When it ends; `None` if it does not, or Okta does not say.
    pub expires: Option<Timestamp>,
}

impl EntitlementGrant {
    /// Whether it gives access at this moment. Okta may list a grant as active for a while after its end.
    #[must_use]
    pub fn gives_access(&self, now: Timestamp) -> bool {
        let is_over = self.expires.is_some_and(|end| end <= now);
        self.status.as_deref() == Some("ACTIVE") && self.action.as_deref() == Some("ALLOW") && !is_over
    }

    /// `None` if it is about another person than `person`.
    fn read(entry: &Object, person: &UserId) -> Option<EntitlementGrant> {
        let principal = entry.object("targetPrincipal").text("externalId");
        let expires = entry.object("scheduleSettings").text("expirationDate");
        (principal.as_deref() == Some(person.as_str())).then(|| EntitlementGrant {
            status: entry.text("status"),
            action: entry.text("action"),
            bundle_id: entry.text("entitlementBundleId"),
            expires: expires.and_then(|at| at.parse().ok()),
        })
    }
}

impl OktaClient {
    /// The active grants of `target` that this person has: `GET /governance/api/v1/grants`, all pages. A list
    /// with an entry that is not a grant of this person is an [`OktaError::Unreadable`].
    pub async fn grants(
        &self,
        person: &UserId,
        target: &GrantTarget,
        deadline: Deadline,
    ) -> Result<Vec<EntitlementGrant>, OktaError> {
        let filter = format!(
            r#"{} AND targetPrincipal.externalId eq "{person}" AND targetPrincipal.type eq "OKTA_USER""#,
            target.filter()
        );
        let call = Call::new(Endpoint::Grants).with_query(&[("filter", &filter), ("limit", "200")]);
        let entries = |page: GovernancePage| page.entries(|entry| EntitlementGrant::read(entry, person));
        let listed = self.all_pages(call.clone(), PAGES, entries, deadline);
        let listed = self.permitted(Endpoint::Grants, None, listed, deadline).await?;
        let whole: Option<Vec<_>> = listed.into_iter().collect();
        whole.ok_or_else(|| unreadable(&call, "an entry of the list is no grant of this person"))
    }
}
