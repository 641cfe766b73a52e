//! [`LookedUp`]: what Okta says about an id that a policy names. Only `enricher check` asks.

use super::call::Call;
use super::catalog::is_path_id;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use crate::deadline::Deadline;
use crate::json::Object;

/// An id that a policy names. It is safe in a URL path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyId(String);

impl PolicyId {
    /// Parses an id: 1 to 64 letters and digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<PolicyId> {
        is_path_id(text).then(|| PolicyId(text.to_owned()))
    }

    /// The id as the policy writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The kinds of things that can be looked up by their id alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// An app.
    App,
    /// A group.
    Group,
    /// An entitlement bundle.
    Bundle,
    /// A collection of resources.
    Collection,
    /// A v1 request type.
    RequestType,
}

impl IdKind {
    /// The call that reads a thing of this kind.
    #[must_use]
    pub fn endpoint(self) -> Endpoint {
        match self {
            IdKind::App => Endpoint::App,
            IdKind::Group => Endpoint::Group,
            IdKind::Bundle => Endpoint::Bundle,
            IdKind::Collection => Endpoint::Collection,
            IdKind::RequestType => Endpoint::RequestType,
        }
    }
}

/// A thing as its own call returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// Its name, untrusted; `None` if the answer has none.
    pub name: Option<String>,
    /// Its status in Okta's word, `ACTIVE`; `None` if the answer has none. Groups and collections have none.
    pub status: Option<String>,
}

impl LookedUp {
    fn read(kind: IdKind, answer: &Object) -> LookedUp {
        let name = match kind {
            IdKind::Group => answer.object("profile").text("name"),
            IdKind::App => answer.text("label").or_else(|| answer.text("name")),
            IdKind::Bundle | IdKind::Collection | IdKind::RequestType => answer.text("name"),
        };
        LookedUp { name, status: answer.text("status") }
    }
}

impl OktaClient {
    /// Looks up a thing of this kind, by one call.
    pub async fn look_up(
        &self,
        kind: IdKind,
        id: &PolicyId,
        deadline: Deadline,
    ) -> Result<LookedUp, OktaError> {
        let answer: Object = self.json(Call::on(kind.endpoint(), &id.0), deadline).await?;
        Ok(LookedUp::read(kind, &answer))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json;

    #[test]
    fn an_id_is_safe_in_a_path() {
        for good in ["0oa1a2b3c4d5e6f7g8h9", "618ad20a5ccefb000985fd15"] {
            assert_eq!(PolicyId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "../users", "SAP *", "a/b", "a%2fb", &"a".repeat(65)] {
            assert_eq!(PolicyId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_odd_member_costs_only_itself() {
        let answer =
            json!({"name": "sap", "label": "SAP", "status": "ACTIVE", "profile": {"name": "Clerks"}});
        let read = |kind, answer: &Value| LookedUp::read(kind, &json::from_str(&answer.to_string()).unwrap());
        for (kind, name) in [(IdKind::App, "SAP"), (IdKind::Group, "Clerks"), (IdKind::Bundle, "sap")] {
            let whole = read(kind, &answer);
            assert_eq!(whole.name.as_deref(), Some(name));
            for (place, odd) in json::odd_members(&answer) {
                let found = read(kind, &odd);
                assert!(place == "/status" || found.status == whole.status, "{kind:?} {place}");
                assert!(place != "/status" || found.name == whole.name, "{kind:?} {place}");
            }
        }
    }
}
