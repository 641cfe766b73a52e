//! The call that reads the name of an app, group, bundle or request type.

use serde::Deserialize;

use super::asked::{Asked, AskedKind};
use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use crate::deadline::Deadline;

impl OktaClient {
    /// The name of an app (`okta.apps.read`), group (`okta.groups.read`), bundle
    /// (`okta.governance.entitlements.read`) or request type (`okta.governance.accessRequests.read`). Returns
    /// the id if the kind is unknown or the id has the wrong format. A name is kept for an hour.
    pub async fn name(&self, asked: &Asked, deadline: Deadline) -> Result<String, OktaError> {
        #[derive(Deserialize)]
        struct Profile {
            name: Option<String>,
        }
        #[derive(Deserialize)]
        struct Wire {
            label: Option<String>,
            name: Option<String>,
            profile: Option<Profile>,
        }
        let endpoint = match asked.kind {
            AskedKind::App => Endpoint::App,
            AskedKind::Group => Endpoint::Group,
            AskedKind::Bundle => Endpoint::Bundle,
            AskedKind::RequestType => Endpoint::RequestType,
            AskedKind::Other => return Ok(asked.id.clone()),
        };
        // An event or answer contained the id: it may enter a path only if it is letters and digits.
        if !(1..=64).contains(&asked.id.len()) || !asked.id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(asked.id.clone());
        }
        let key = (asked.kind, asked.id.clone());
        if let Some(name) = self.name_cache().get(&key) {
            return Ok(name);
        }
        let wire: Wire = self.json(Call::on(endpoint, &asked.id), deadline).await?;
        let name = match asked.kind {
            AskedKind::Group => wire.profile.and_then(|profile| profile.name),
            _ => wire.label.or(wire.name),
        };
        let name = name.unwrap_or_else(|| asked.id.clone());
        self.name_cache().put(key, name.clone());
        Ok(name)
    }
}
