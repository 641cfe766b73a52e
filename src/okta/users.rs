//! Users, as Okta's Users API gives them (API reference, "Users"). Every member may be null or missing.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::endpoint::Endpoint;
use super::{Call, OktaClient, OktaError};
use crate::deadline::Deadline;
use crate::event::UserId;

/// Leaves out what no message shows, which makes Okta's answer cheaper (API reference, "Users", `okta-response`).
const WITHOUT_CREDENTIALS: &str =
    r#"application/json; okta-response="omitCredentials,omitCredentialsLinks, omitTransitioningToStatus""#;

/// A person's account and profile.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// `ACTIVE`, `SUSPENDED`, `DEPROVISIONED`, …
    pub status: Option<String>,
    /// Base and custom attributes by name; values may be of any kind and are untrusted.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub profile: Map<String, Value>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl OktaClient {
    /// `GET /api/v1/users/{id}` (scope `okta.users.read`). A deactivated user is found too; a deleted one is not.
    pub async fn user(&self, id: &UserId, deadline: Deadline) -> Result<User, OktaError> {
        let call = Call { content_type: Some(WITHOUT_CREDENTIALS), ..Call::on(Endpoint::User, id.as_str()) };
        self.json(call, deadline).await
    }
}
