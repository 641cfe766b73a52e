//! The calls that read an app, group, bundle or request type: its own call, or an entry of the access
//! catalog.

use super::asked::{Asked, AskedKind};
use super::call::Call;
use super::catalog::{CatalogEntry, EntryId, is_path_id};
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::thing::Thing;
use crate::deadline::Deadline;
use crate::json::Object;

impl OktaClient {
    /// An app, group, bundle or request type, by its own call. Its name is the id if the kind is unknown or
    /// the id has the wrong format. A thing is kept for an hour.
    ///
    /// The call is not sent if Okta is known to forbid it and the catalog may have the name:
    /// [`OktaError::is_of_rights`] then tells the caller to read [`OktaClient::catalog_entry`].
    pub async fn thing(&self, asked: &Asked, deadline: Deadline) -> Result<Thing, OktaError> {
        let (endpoint, more) = match asked.kind {
            AskedKind::App => (Endpoint::App, None),
            AskedKind::Group => (Endpoint::Group, Some(("expand", "stats"))),
            AskedKind::Bundle => (Endpoint::Bundle, Some(("include", "full_entitlements"))),
            AskedKind::RequestType => (Endpoint::RequestType, None),
            AskedKind::Other => return Ok(Thing::named(asked.id.clone())),
        };
        // An event or answer contained the id: it may enter a path only if it is letters and digits.
        if !is_path_id(&asked.id) {
            return Ok(Thing::named(asked.id.clone()));
        }
        let key = (asked.kind, asked.id.clone());
        if let Some(thing) = self.knowledge().things.get(&key) {
            return Ok(thing);
        }
        // A role may cover this app and not another: without the catalog, only the same call is not repeated.
        let catalog_may_help =
            asked.place.is_some() && self.refusal(Endpoint::CatalogEntry, None, deadline).await?.is_none();
        let id = Some(asked.id.as_str()).filter(|_| !catalog_may_help);
        if let Some(refusal) = self.refusal(endpoint, id, deadline).await? {
            return Err(refusal);
        }
        let mut call = Call::on(endpoint, &asked.id);
        if let Some(more) = more {
            call = call.with_query(&[more]);
        }
        let answer: Object =
            self.learn(endpoint, Some(&asked.id), self.json(call, deadline), deadline).await?;
        let thing = Thing::read(asked, &answer);
        self.knowledge().things.put(key, thing.clone());
        Ok(thing)
    }

    /// An entry of the access catalog: `GET /governance/api/v2/catalogs/default/entries/{id}`. It is kept for
    /// an hour.
    pub async fn catalog_entry(&self, id: &EntryId, deadline: Deadline) -> Result<CatalogEntry, OktaError> {
        if let Some(entry) = self.knowledge().entries.get(id) {
            return Ok(entry);
        }
        let call = self.json(Call::on(Endpoint::CatalogEntry, id.as_str()), deadline);
        let entry: CatalogEntry = self.permitted(Endpoint::CatalogEntry, None, call, deadline).await?;
        self.knowledge().entries.put(id.clone(), entry.clone());
        Ok(entry)
    }
}
