//! [`Marks`]: what tells an access request from others besides its own id. Lists of the newer generation
//! leave it out; the answer about one request has it as soon as there is an approval (Okta API reference,
//! "Access Requests - V2").

use serde_json::Value;

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
    /// Reads the members `permalinkId`, `requestApproval` and `_links` of an answer. Any of them may be null
    /// or odd. Approvals outside Okta have "N/A" in place of an id.
    pub(super) fn read(permalink: &Value, approval: &Value, links: &Value) -> Marks {
        let older_id = approval["externalRequestId"].as_str().and_then(RequestId::parse);
        let conditions = ["approvalCondition", "requestCondition"].map(|name| &links[name]["href"]);
        Marks {
            older_id: older_id.filter(|id| id.api() == Api::V1),
            permalink: number(&approval["permalinkId"]).or_else(|| number(permalink)),
            condition_id: conditions.into_iter().find_map(|href| last_part(href.as_str()?)),
        }
    }

    /// Whether they show which request of the older generation is the same, or that another one is not.
    #[must_use]
    pub fn identify(&self) -> bool {
        self.older_id.is_some() || self.permalink.is_some()
    }
}

/// A number, or its digits as a text.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        Value::String(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some(digits.clone())
        }
        _ => None,
    }
}

/// The id at the end of a link's path.
fn last_part(href: &str) -> Option<String> {
    let path = href.split(['?', '#']).next()?;
    path.rsplit('/').next().filter(|part| !part.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_ids_and_numbers_are_marks() {
        let read = |approval: &Value| Marks::read(&Value::Null, approval, &Value::Null);
        let okta = read(&json!({"externalRequestId": "618ad20a5ccefb000985fd15", "permalinkId": 42}));
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
            assert_eq!(read(&odd), Marks::default(), "{odd}");
            assert!(!read(&odd).identify());
        }
        let links = json!({"requestCondition": {"href": "https://acme-admin.okta.com/a/request-conditions/rco1?x=1"}});
        let marks = Marks::read(&json!("7"), &Value::Null, &links);
        assert_eq!((marks.permalink.as_deref(), marks.condition_id.as_deref()), (Some("7"), Some("rco1")));
    }
}
