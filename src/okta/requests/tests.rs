use serde_json::Value;

use super::*;
use crate::json;
use crate::okta::Question;

fn read(reply: &Value, api: Api) -> AccessRequest {
    AccessRequest::read(&json::from_str(&reply.to_string()).unwrap(), api)
}

/// As Okta answers for a request that was just raised.
fn submitted() -> Value {
    json!({
        "id": "req7Qm2XcVbNa0LpTy4h", "status": "SUBMITTED",
        "created": "2026-11-24T09:06:26Z", "createdBy": "00u1F5GHSf7bLpPyKNqn",
        "lastUpdated": "2026-11-24T09:06:27Z", "lastUpdatedBy": "00u1F5GHSf7bLpPyKNqn",
        "requestedBy": {"externalId": "00u1F5GHSf7bLpPyKNqn", "type": "OKTA_USER"},
        "requestedFor": {"externalId": "00u1dqmRuvAdnyqHjqfp", "type": "OKTA_USER"},
        "requested": {
            "entryId": "cen7Qm2XcVbNa0LpTy4h",
            "resourceId": "0oa1RX7XhyMSUUjaac5U", "resourceType": "APPLICATION",
            "accessScopeId": "enb12VIzDBB0s8pKxUAm", "accessScopeType": "ENTITLEMENT_BUNDLE"
        },
        "accessDuration": "P30D",
        "requesterFieldValues": [
            {"id": "5c1f-1", "label": "Why?", "type": "TEXT", "value": "For the audit."},
            {"id": "5c1f-2", "type": "TEXT", "value": "Until the spring."},
            {"id": "5c1f-3", "label": "Where?", "type": "MULTISELECT", "values": ["Oslo", "Pune"]}
        ],
        "riskAssessment": {
            "requestSubmissionType": "ALLOWED_WITH_OVERRIDES",
            "riskRules": [{"name": "Two hands", "description": "never both", "resourceName": "ERP"}]
        },
        "_links": {"self": {"href": "https://acme-admin.okta.com/governance/api/v2/requests/req7Qm2XcVbNa0LpTy4h", "hints": {}}}
    })
}

/// As Okta answers for a request of the older generation that grants an app and a bundle.
fn with_actions() -> Value {
    json!({
        "id": "69a97622417fb5da41baf7b4", "type": "ACCESS_REQUEST", "subject": "Need the ERP",
        "requestTypeId": "69a97622417fb5da41baf7b5", "requestStatus": "PENDING", "permalinkId": 12,
        "requesterUserIds": ["00u1F5GHSf7bLpPyKNqn"], "created": "2026-11-24T09:06:26.274Z", "resolved": null,
        "requesterFieldValues": [
            {"id": "5c1f-1", "prompt": "Why?", "type": "TEXT", "required": true, "value": "For the audit."},
            {"id": "5c1f-2", "prompt": "Until when?", "type": "DATE-TIME", "required": false, "value": null}
        ],
        "approvals": [{"status": "PENDING", "approvalId": "69a97622417fb5da41baf7b6"}],
        "actions": [
            {"status": "COMPLETED", "action": "ASSIGN_APP_TO_USER", "resourceId": "0oa1RX7XhyMSUUjaac5U",
             "resourceName": "ERP", "resourceType": "APP"},
            {"status": "COMPLETED", "action": "GRANT_ACCESS_TO_ENTITLEMENT_BUNDLE", "resourceId": "enb12VIzDBB0s8pKxUAm",
             "resourceName": "ERP clerk", "resourceType": "ENTITLEMENT_BUNDLE"}
        ]
    })
}

#[test]
fn every_state_of_a_request_is_read() {
    let request = read(&submitted(), Api::V2);
    assert_eq!(request.requested_for, UserId::parse("00u1dqmRuvAdnyqHjqfp"));
    assert_eq!(request.requested_by, Asker::parse("00u1F5GHSf7bLpPyKNqn"));
    assert_eq!((request.closed, request.duration.as_deref()), (None, Some("P30D")));
    assert_eq!(request.scope.unwrap().kind, AskedKind::Bundle);
    assert_eq!(request.answers.len(), 3);
    assert!(
        matches!(&request.conflicts, Conflicts::Known(found) if found[0].rule.as_deref() == Some("Two hands"))
    );

    let mut pending = submitted();
    pending["status"] = json!("PENDING");
    pending["riskAssessment"]["riskRules"] = json!([]);
    pending["requesterFieldValues"] = json!([]);
    let pending = read(&pending, Api::V2);
    assert_eq!((pending.closed, pending.answers), (None, Vec::new()));
    assert_eq!(pending.conflicts, Conflicts::Known(Vec::new()));

    // Decided outside of Okta; such a request has no assessment while it is new.
    let mut rejected = submitted();
    rejected["status"] = json!("REJECTED");
    rejected["requestApproval"] =
        json!({"type": "EXTERNAL", "providerName": "Desk", "externalRequestId": "N/A", "decisions": []});
    rejected.as_object_mut().unwrap().remove("riskAssessment");
    rejected.as_object_mut().unwrap().remove("accessDuration");
    let rejected = read(&rejected, Api::V2);
    assert_eq!((rejected.closed.as_deref(), rejected.duration), (Some("REJECTED"), None));
    assert_eq!((rejected.conflicts, rejected.has_duration), (Conflicts::Unknown, true));

    let older = read(&with_actions(), Api::V1);
    assert_eq!(older.subject_line.as_deref(), Some("Need the ERP"));
    assert_eq!(older.resource.unwrap().name.as_deref(), Some("ERP"));
    assert_eq!(older.scope.unwrap().name.as_deref(), Some("ERP clerk"));
    assert_eq!((older.answers.len(), older.partly_unnamed, older.has_duration), (2, false, false));
}

#[test]
fn the_duration_is_the_requests_own_or_else_the_one_that_was_chosen() {
    for (own, chosen, read_as) in [
        (json!("P30D"), json!("P60D"), Some("P30D")),
        (json!(null), json!("P60D"), Some("P60D")),
        (json!(" "), json!("P60D"), Some("P60D")),
        (json!({"days": 30}), json!("P60D"), Some(r#"{"days":30}"#)),
        (json!("a month"), json!(null), Some("a month")),
        (json!(null), json!(null), None),
    ] {
        let mut reply = submitted();
        reply["accessDuration"] = own;
        reply["requesterFieldValues"] =
            json!([{"id": "OKTA_ACCESS_DURATION", "type": "DURATION", "value": chosen}]);
        let request = read(&reply, Api::V2);
        assert_eq!((request.duration.as_deref(), request.answers.len()), (read_as, 0), "{reply}");
    }
}

#[test]
fn conflicts_that_can_not_be_read_are_not_none() {
    for (assessment, expected) in [
        (json!(null), Conflicts::Unknown),
        (json!({}), Conflicts::Unknown),
        (json!({"riskRules": null, "requestSubmissionType": "RESTRICTED"}), Conflicts::Unknown),
        (json!({"riskRules": [], "requestSubmissionType": 7}), Conflicts::Known(Vec::new())),
        (json!({"riskRules": {}}), Conflicts::Unreadable),
        (json!({"riskRules": [{"name": "Two hands"}, null]}), Conflicts::Unreadable),
        (json!("none"), Conflicts::Unreadable),
        (json!([]), Conflicts::Unreadable),
    ] {
        let mut reply = submitted();
        reply["riskAssessment"] = assessment;
        assert_eq!(read(&reply, Api::V2).conflicts, expected, "{reply}");
    }
    let mut reply = submitted();
    reply["riskAssessment"] = json!({"riskRules": [{"name": 7, "description": {}, "resourceName": "ERP"}]});
    let Conflicts::Known(found) = read(&reply, Api::V2).conflicts else { panic!() };
    assert_eq!((found[0].rule.as_deref(), found[0].resource.as_deref()), (Some("7"), Some("ERP")));
}

#[test]
fn what_is_asked_for_without_an_id_is_noted() {
    for change in [
        ("/actions", json!("none")),
        ("/actions/0", json!(null)),
        ("/actions/1", json!("ERP")),
        ("/actions/1/resourceId", json!({})),
    ] {
        let mut reply = with_actions();
        *reply.pointer_mut(change.0).unwrap() = change.1;
        assert!(read(&reply, Api::V1).partly_unnamed, "{reply}");
    }
    for change in [("/requested", json!([])), ("/requested/accessScopeId", json!(["enb"]))] {
        let mut reply = submitted();
        *reply.pointer_mut(change.0).unwrap() = change.1;
        assert!(read(&reply, Api::V2).partly_unnamed, "{reply}");
    }
}

/// The parts of a request that a member of Okta's answer leads to.
fn parts(member: &str) -> &'static [&'static str] {
    match member {
        "status" | "requestStatus" => &["closed"],
        "requestedFor" => &["requested_for", "requested_for_another"],
        "requestedBy" => &["requested_by"],
        "requesterUserIds" => &["people"],
        "subject" => &["subject_line"],
        "requested" | "actions" | "requestTypeId" => &["resource", "scope", "more", "partly_unnamed"],
        "accessDuration" => &["duration"],
        "requesterFieldValues" => &["answers"],
        "riskAssessment" => &["conflicts"],
        "permalinkId" | "requestApproval" | "_links" => &["marks"],
        _ => &[],
    }
}

fn by_part(request: &AccessRequest) -> Vec<(&'static str, String)> {
    let AccessRequest {
        requested_for,
        requested_for_another,
        requested_by,
        people,
        subject_line,
        closed,
        resource,
        scope,
        more,
        partly_unnamed,
        has_duration,
        duration,
        answers,
        conflicts,
        marks,
    } = request;
    vec![
        ("requested_for", format!("{requested_for:?}")),
        ("requested_for_another", format!("{requested_for_another:?}")),
        ("requested_by", format!("{requested_by:?}")),
        ("people", format!("{people:?}")),
        ("subject_line", format!("{subject_line:?}")),
        ("closed", format!("{closed:?}")),
        ("resource", format!("{resource:?}")),
        ("scope", format!("{scope:?}")),
        ("more", format!("{more:?}")),
        ("partly_unnamed", format!("{partly_unnamed:?}")),
        ("has_duration", format!("{has_duration:?}")),
        ("duration", format!("{duration:?}")),
        ("answers", format!("{answers:?}")),
        ("conflicts", format!("{conflicts:?}")),
        ("marks", format!("{marks:?}")),
    ]
}

#[test]
fn an_odd_member_costs_only_itself() {
    for (reply, api) in [(submitted(), Api::V2), (with_actions(), Api::V1)] {
        let whole = read(&reply, api);
        for (place, changed) in json::odd_members(&reply) {
            let odd = read(&changed, api);
            let member = place.split('/').nth(1).unwrap();
            for (before, after) in by_part(&whole).into_iter().zip(by_part(&odd)) {
                assert!(
                    before == after || parts(member).contains(&before.0),
                    "{place}: {before:?} {after:?}"
                );
            }
            // Of a list of fields, the others stay.
            if let Some(field) = place.strip_prefix("/requesterFieldValues/") {
                let field: usize = field.split('/').next().unwrap().parse().unwrap();
                let others = whole.answers.iter().enumerate().filter(|(at, _)| *at != field);
                for (_, other) in others {
                    let kept = |answer: &FormAnswer| {
                        answer.value == other.value
                            && (answer.question == other.question || other.question == Question::Unnamed)
                    };
                    assert!(odd.answers.iter().any(kept), "{place}: {other:?} {:?}", odd.answers);
                }
            }
        }
    }
}
