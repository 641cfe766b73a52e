//! The calls that read the name of an app, group, bundle or request type: its own call, or an entry of the
//! access catalog.

use serde::de::DeserializeOwned;

use super::asked::{Asked, AskedKind};
use super::call::Call;
use super::catalog::{CatalogEntry, EntryId, is_path_id};
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::name_cache::ForbiddenCall;
use crate::deadline::Deadline;
use crate::json::Object;
use crate::text;

impl OktaClient {
    /// The name of an app, group, bundle or request type, by its own call. Returns the id if the kind is
    /// unknown or the id has the wrong format. A name is kept for an hour.
    ///
    /// The call is not sent if Okta is known to forbid it and the catalog may have the name:
    /// [`OktaError::is_of_rights`] then tells the caller to read [`OktaClient::catalog_entry`].
    pub async fn name(&self, asked: &Asked, deadline: Deadline) -> Result<String, OktaError> {
        let endpoint = match asked.kind {
            AskedKind::App => Endpoint::App,
            AskedKind::Group => Endpoint::Group,
            AskedKind::Bundle => Endpoint::Bundle,
            AskedKind::RequestType => Endpoint::RequestType,
            AskedKind::Other => return Ok(asked.id.clone()),
        };
        // An event or answer contained the id: it may enter a path only if it is letters and digits.
        if !is_path_id(&asked.id) {
            return Ok(asked.id.clone());
        }
        let key = (asked.kind, asked.id.clone());
        if let Some(name) = self.name_cache().names.get(&key) {
            return Ok(name);
        }
        // A role may cover this app and not another: without the catalog, only the same call is not repeated.
        let catalog_may_help =
            asked.place.is_some() && self.refusal(Endpoint::CatalogEntry, None, deadline).await?.is_none();
        let id = Some(asked.id.as_str()).filter(|_| !catalog_may_help);
        if let Some(refusal) = self.refusal(endpoint, id, deadline).await? {
            return Err(refusal);
        }
        let wire: Object = self.learn(endpoint, &asked.id, deadline).await?;
        let name = match asked.kind {
            AskedKind::Group => wire.object("profile").text("name"),
            _ => wire.text("label").or_else(|| wire.text("name")),
        };
        let name = name.filter(|name| text::is_visible(name)).unwrap_or_else(|| asked.id.clone());
        self.name_cache().names.put(key, name.clone());
        Ok(name)
    }

    /// An entry of the access catalog: `GET /governance/api/v2/catalogs/default/entries/{id}`. It is kept for
    /// an hour.
    pub async fn catalog_entry(&self, id: &EntryId, deadline: Deadline) -> Result<CatalogEntry, OktaError> {
        if let Some(entry) = self.name_cache().entries.get(id) {
            return Ok(entry);
        }
        if let Some(refusal) = self.refusal(Endpoint::CatalogEntry, None, deadline).await? {
            return Err(refusal);
        }
        let entry: CatalogEntry = self.learn(Endpoint::CatalogEntry, id.as_str(), deadline).await?;
        self.name_cache().entries.put(id.clone(), entry.clone());
        Ok(entry)
    }

    /// Why this call would be refused, as far as that is known without sending it. `id: None` asks about the
    /// call with any id.
    async fn refusal(
        &self,
        endpoint: Endpoint,
        id: Option<&str>,
        deadline: Deadline,
    ) -> Result<Option<OktaError>, OktaError> {
        if let Some(scope) = endpoint.scope()
            && !may_be_included(scope)
            && self.lacking_scopes().iter().any(|lacking| lacking == scope)
        {
            let call = format!("{} {}", endpoint.method(), endpoint.template());
            return Ok(Some(OktaError::NotGranted { call, scope }));
        }
        let credential = self.credential_version(deadline).await?;
        let call = ForbiddenCall { endpoint, id: id.map(str::to_owned), credential };
        Ok(self.name_cache().forbidden.get(&call))
    }

    /// Sends the call, and remembers a 403.
    async fn learn<T: DeserializeOwned>(
        &self,
        endpoint: Endpoint,
        id: &str,
        deadline: Deadline,
    ) -> Result<T, OktaError> {
        // Taken before the call: while it is under way, another one may take the credential's place.
        let credential = self.credential_version(deadline).await?;
        let answered = self.json(Call::on(endpoint, id), deadline).await;
        if let Err(error @ OktaError::Forbidden { .. }) = &answered {
            for id in [None, Some(id.to_owned())] {
                let call = ForbiddenCall { endpoint, id, credential };
                self.name_cache().forbidden.put(call, error.clone());
            }
        }
        answered
    }
}

/// Whether a token may have the right of this scope without the scope itself: a scope to manage includes the
/// one to read.
fn may_be_included(scope: &str) -> bool {
    let manage = scope.strip_suffix(".read").map(|area| format!("{area}.manage"));
    Endpoint::ALL.iter().any(|endpoint| endpoint.scope().is_some() && endpoint.scope() == manage.as_deref())
}
