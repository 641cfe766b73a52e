//! [`Marks`]: what identifies an access request besides its own id. Lists of the newer generation leave it
//! out. The answer about a single request has it once there is an approval (Okta API reference, "Access
//! Requests - V2").

use crate::json::Object;
use crate::request::{Api, RequestId};

/// Further marks of an access request, as far as Okta names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// v2: the id of the same request in the older generation.
    pub older_id: Option<RequestId>,
    /// The request's number in links to it.
    pub permalink: Option<String>,
    /// v2: the id of the condition that matched.
    pub condition_id: Option<String>,
}

impl Marks {
    /// Reads an answer about a request, or its entry in a list. Any member may be missing or odd. Approvals
    /// outside Okta have "N/A" in place of an id.
    pub(super) fn read(request: &Object) -> Marks {
        let (approval, links) = (request.object("requestApproval"), request.object("_links"));
        let older_id = approval.text("externalRequestId").and_then(|id| RequestId::parse(&id));
        let condition = ["approvalCondition", "requestCondition"]
            .into_iter()
            .find_map(|name| last_part(&links.object(name).text("href")?));
        Marks {
            older_id: older_id.filter(|id| id.api() == Api::V1),
            permalink: number(&approval).or_else(|| number(request)),
            condition_id: condition,
        }
    }

    /// Whether they decide which request of the older generation is the same one.
    #[must_use]
    pub fn identify(&self) -> bool {
        self.older_id.is_some() || self.permalink.is_some()
    }
}

fn number(of: &Object) -> Option<String> {
    of.text("permalinkId").filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
}

/// The id at the end of a link's path.
fn last_part(href: &str) -> Option<String> {
    let path = href.split(['?', '#']).next()?;
    path.rsplit('/').next().filter(|part| !part.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(request: &Value) -> Marks {
        Marks::read(&serde_json::from_value(request.clone()).unwrap())
    }

    #[test]
    fn only_ids_and_numbers_are_marks() {
        let approval = json!({"externalRequestId": "618ad20a5ccefb000985fd15", "permalinkId": 42});
        let okta = read(&json!({"requestApproval": approval}));
        assert_eq!(okta.older_id, RequestId::parse("618ad20a5ccefb000985fd15"));
        assert_eq!(okta.permalink.as_deref(), Some("42"));
        for odd in [
            json!({"externalRequestId": "N/A"}),
            json!({"externalRequestId": "req42kjDgk1EubTwo0g4", "permalinkId": "N/A"}),
            json!({"externalRequestId": 7, "permalinkId": [1]}),
            json!({"permalinkId": -1}),
            json!("approved"),
            json!(null),
        ] {
            let marks = read(&json!({"requestApproval": odd, "_links": []}));
            assert_eq!(marks, Marks::default(), "{odd}");
            assert!(!marks.identify());
        }
        let href = "https://acme-admin.okta.com/a/request-conditions/rco1?x=1";
        let marks = read(&json!({"permalinkId": "7", "_links": {"requestCondition": {"href": href}}}));
        assert_eq!((marks.permalink.as_deref(), marks.condition_id.as_deref()), (Some("7"), Some("rco1")));
    }
}
