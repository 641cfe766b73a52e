//! Access requests and the messages on them, in both generations of Okta's API (API reference, "Access Requests -
//! V1" and "- V2"). The id's form chooses the generation. Links in answers are never followed.

use serde::Deserialize;
use serde_json::json;

use super::{Call, OktaClient, OktaError};
use crate::deadline::Deadline;
use crate::event::{RequestId, UserId};
use crate::message::Message;

/// An access request, as far as it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// Who gets the access.
    pub subject: Option<UserId>,
}

/// Both generations' answers; each leaves the other's members out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    /// v1.
    requester_user_ids: Option<Vec<Option<String>>>,
    /// v2.
    requested_for: Option<Principal>,
    /// v2.
    requested_by: Option<Principal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Principal {
    external_id: Option<String>,
}

impl From<Wire> for AccessRequest {
    fn from(wire: Wire) -> AccessRequest {
        let v1 = wire.requester_user_ids.into_iter().flatten().flatten();
        let v2 =
            [wire.requested_for, wire.requested_by].into_iter().flatten().filter_map(|who| who.external_id);
        AccessRequest { subject: v2.chain(v1).find_map(|id| UserId::parse(&id)) }
    }
}

impl OktaClient {
    /// `GET /governance/api/{v1,v2}/requests/{id}` (scope `okta.governance.accessRequests.read` or
    /// `okta.accessRequests.request.read`).
    pub async fn request(&self, id: &RequestId, deadline: Deadline) -> Result<AccessRequest, OktaError> {
        let wire: Wire = self.json(Call::get(path(id)), deadline).await?;
        Ok(wire.into())
    }

    /// `POST /governance/api/{v1,v2}/requests/{id}/messages` (scope `….manage`). There is no idempotency key, and
    /// messages can't be read back: sent twice, it stands twice.
    pub async fn post_message(
        &self,
        id: &RequestId,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), OktaError> {
        let call = Call::post(format!("{}/messages", path(id)), &json!({"message": message.as_str()}));
        self.send(call, deadline).await.map(drop)
    }
}

fn path(id: &RequestId) -> String {
    format!("/governance/api/{}/requests/{id}", id.api())
}
