//! [`Label`]: what an org's admins mark apps, groups and bundles with, such as "Crown Jewel" (Okta API
//! reference, "Labels", "List all labeled resources").

use super::asked::{Asked, AskedKind};
use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::organization::Organization;
use super::orn::Orn;
use super::pages::{GovernancePage, PageLimit, unreadable};
use super::thing::Thing;
use crate::deadline::Deadline;
use crate::json::{Lenient, Object};

/// The list has one resource.
const PAGES: PageLimit =
    PageLimit { pages: 2, beyond: "the list of one resource's labels has more than two pages" };

/// A label of a resource. All texts are untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name, "Compliance".
    pub name: String,
    /// The names of the values that the resource has, "SOX". Okta's own labels have a value of the same name.
    pub values: Vec<String>,
}

impl Label {
    /// `None` if it has no name.
    fn read(label: &Object) -> Option<Label> {
        let values = label.list::<Object>("values");
        let values = values.iter().filter_map(|value| value.text("name")).collect();
        Some(Label { name: label.text("name")?, values })
    }
}

impl OktaClient {
    /// The labels of an app, group or bundle: `GET /governance/api/v1/resource-labels`. `thing` reads what Okta
    /// says about it; an app has no resource name without it. The org's id, which each resource name holds, is
    /// read at the same time. `None` if the resource has no such name. A list with an entry that can't be read
    /// is an [`OktaError::Unreadable`].
    pub async fn labels(
        &self,
        asked: &Asked,
        thing: impl Future<Output = Result<Option<Thing>, OktaError>>,
        deadline: Deadline,
    ) -> Result<Option<Vec<Label>>, OktaError> {
        if matches!(asked.kind, AskedKind::RequestType | AskedKind::Other) {
            return Ok(None);
        }
        let org = async {
            match self.refusal(Endpoint::ResourceLabels, None, deadline).await? {
                Some(refusal) => Err(refusal),
                None => self.organization(deadline).await,
            }
        };
        let (thing, org) = tokio::join!(thing, org);
        // Why the app can't be read is said first: it holds for more than its labels.
        let Some(orn) = Orn::of(asked, thing?.as_ref(), org)? else { return Ok(None) };
        let filter = format!(r#"orn eq "{}""#, orn.as_str());
        let call = Call::new(Endpoint::ResourceLabels).with_query(&[("filter", &filter)]);
        let entries = |page: GovernancePage| page.entries(|entry| labels_of(entry, &orn));
        let listed = self.all_pages(call.clone(), PAGES, entries, deadline);
        let listed = self.permitted(Endpoint::ResourceLabels, None, listed, deadline).await?;
        let labels: Option<Vec<Vec<Label>>> = listed.into_iter().collect();
        let labels = labels.ok_or_else(|| {
            unreadable(&call, "an entry of the list does not say the labels of this resource")
        })?;
        Ok(Some(labels.into_iter().flatten().collect()))
    }

    /// The org, as it describes itself. It is kept for an hour.
    async fn organization(&self, deadline: Deadline) -> Result<Organization, OktaError> {
        if let Some(org) = self.knowledge().organization.get(&()) {
            return Ok(org);
        }
        let org = Organization::ask(self.surroundings(), self.org(), deadline).await?;
        self.knowledge().organization.put((), org.clone());
        Ok(org)
    }
}

/// The labels of an entry; `None` if it is about another resource, or if one of its labels can't be read: a crown
/// jewel would look unmarked.
fn labels_of(entry: &Object, orn: &Orn) -> Option<Vec<Label>> {
    let is_of_this = entry.text("orn").is_none_or(|own| own == orn.as_str());
    let labels = entry.get::<Vec<Lenient<Object>>>("labels").filter(|_| is_of_this)?;
    labels.iter().map(|label| Label::read(label.0.as_ref()?)).collect()
}
