//! An access request is shown in parts. A list shows less of it than a read, and a read shows less before the
//! request has an approval. The shapes are those of Okta's reference and of recorded replies. The world keeps
//! whole records; this file omits what Okta does not show.

use serde_json::{Map, Value};

use super::route::Api;

/// The members that a list omits, of both generations of the API.
const ONLY_READ: [&str; 7] = [
    "accessDuration",
    "actions",
    "approvals",
    "requestApproval",
    "requesterFieldValues",
    "revocationScheduled",
    "riskAssessment",
];
/// The links of a v2 request that exist only once a condition has matched.
const APPROVAL_LINKS: [&str; 3] = ["approvalCondition", "approvalSequence", "requestCondition"];

/// The request as "Retrieve a request" shows it.
pub(super) fn read(request: &Value, api: Api) -> Value {
    let mut shown = request.clone();
    if api == Api::V2
        && let Some(members) = shown.as_object_mut()
    {
        omit_approval(members);
    }
    shown
}

/// The request as an entry of "List all requests".
pub(super) fn entry(request: &Value, api: Api) -> Value {
    let mut shown = read(request, api);
    if let Some(members) = shown.as_object_mut() {
        members.retain(|name, _| !ONLY_READ.contains(&name.as_str()));
    }
    shown
}

/// Omits what a v2 request does not have yet: everything about its approval while it is `SUBMITTED`, and the
/// approval's id before the first decision.
fn omit_approval(members: &mut Map<String, Value>) {
    if members.get("status").is_some_and(|status| status == "SUBMITTED") {
        members.remove("requestApproval");
        if let Some(links) = members.get_mut("_links").and_then(Value::as_object_mut) {
            links.retain(|name, _| !APPROVAL_LINKS.contains(&name.as_str()));
        }
    }
    let is_decided = members.get("status").is_some_and(|status| status != "PENDING");
    let Some(approval) = members.get_mut("requestApproval").and_then(Value::as_object_mut) else {
        return;
    };
    let has_decision = approval.get("decisions").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    if !is_decided && !has_decision {
        approval.remove("externalRequestId");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(status: &str) -> Value {
        json!({
            "id": "req1", "status": status, "accessDuration": "P1D", "requesterFieldValues": [],
            "requestApproval": { "permalinkId": 3, "externalRequestId": "6df0", "decisions": [] },
            "riskAssessment": { "riskRules": [] },
            "_links": { "self": {}, "catalogEntry": {}, "approvalCondition": {}, "approvalSequence": {} },
        })
    }

    #[test]
    fn a_submitted_request_has_a_risk_assessment_but_no_approval() {
        let shown = read(&request("SUBMITTED"), Api::V2);
        assert!(shown.get("requestApproval").is_none() && shown.get("riskAssessment").is_some());
        assert_eq!(shown["_links"], json!({ "self": {}, "catalogEntry": {} }));
    }

    #[test]
    fn the_id_of_the_approval_appears_with_the_first_decision() {
        let mut pending = request("PENDING");
        assert_eq!(read(&pending, Api::V2)["requestApproval"], json!({ "permalinkId": 3, "decisions": [] }));
        pending["requestApproval"]["decisions"] = json!([{ "decision": "APPROVE" }]);
        assert_eq!(read(&pending, Api::V2), pending);
        assert_eq!(read(&request("DENIED"), Api::V2), request("DENIED"));
    }

    #[test]
    fn an_entry_omits_answers_approval_and_assessment() {
        let names: Vec<_> =
            entry(&request("PENDING"), Api::V2).as_object().expect("an object").keys().cloned().collect();
        assert_eq!(names, ["id", "status", "_links"]);
        let v1 = json!({ "id": "6df0", "permalinkId": 3, "approvals": [], "actions": [], "requesterFieldValues": [] });
        assert_eq!(entry(&v1, Api::V1), json!({ "id": "6df0", "permalinkId": 3 }));
        assert_eq!(read(&v1, Api::V1), v1);
    }
}
