//! Access requests: what a read shows, what a list omits, and where their links lead.

use okta_simulator::{Simulator, World};
use serde_json::{Value, json};

use super::client::{HttpResponse, get_with_api_token};

const V2: &str = "/governance/api/v2/requests";
const PENDING: &str = "req16zRXf4PBGnr7o18A";

fn names(record: &Value) -> Vec<String> {
    record.as_object().expect("an object").keys().cloned().collect()
}

async fn read(okta: &Simulator) -> Value {
    get_with_api_token(okta, &format!("{V2}/{PENDING}")).await.json()
}

#[tokio::test]
async fn a_list_omits_what_only_a_read_has() {
    let okta = Simulator::start().await.expect("a free port");
    let read = read(&okta).await;
    assert_eq!(
        names(&read),
        [
            "id",
            "createdBy",
            "created",
            "lastUpdated",
            "lastUpdatedBy",
            "_links",
            "status",
            "requestedBy",
            "requestedFor",
            "requested",
            "accessDuration",
            "requesterFieldValues",
            "requestApproval",
            "riskAssessment"
        ]
    );
    let list = get_with_api_token(&okta, V2).await.json();
    let entry = list["data"].as_array().expect("a list").iter().find(|entry| entry["id"] == PENDING);
    let mut expected = read.clone();
    for name in ["accessDuration", "requesterFieldValues", "requestApproval", "riskAssessment"] {
        expected.as_object_mut().expect("an object").remove(name);
    }
    assert_eq!(entry, Some(&expected));

    let list = get_with_api_token(&okta, "/governance/api/v1/requests").await.json();
    let entry = &list["data"][0];
    assert!(entry["subject"].is_string() && entry["permalinkId"].is_number(), "{entry}");
    for name in ["requesterFieldValues", "approvals", "actions"] {
        assert!(entry.get(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn an_approval_appears_after_submission_and_its_id_with_a_decision() {
    let okta = Simulator::start().await.expect("a free port");
    let pending = read(&okta).await;
    assert_eq!(
        pending["requestApproval"],
        json!({ "type": "OKTA", "permalinkId": 42, "status": "PENDING", "decisions": [] })
    );
    let set = |change: &dyn Fn(&mut Value)| okta.with_world(|world| change(world.request_mut(PENDING)));
    set(&|request| request["status"] = "SUBMITTED".into());
    let submitted = read(&okta).await;
    assert!(submitted.get("requestApproval").is_none() && submitted["riskAssessment"].is_object());
    assert_eq!(names(&submitted["_links"]), ["catalogEntry", "self"]);
    set(&|request| {
        request["status"] = "APPROVED".into();
        request["requestApproval"]["decisions"] = json!([{ "decision": "APPROVE" }]);
    });
    assert_eq!(read(&okta).await["requestApproval"]["externalRequestId"], "6df00acaafb22642fc98ff94");
}

#[tokio::test]
async fn no_link_leads_back_to_the_caller() {
    let okta = Simulator::start().await.expect("a free port");
    let hosts = |answer: &HttpResponse| -> Vec<String> {
        let quoted = answer.body.split('"').filter_map(|part| part.strip_prefix("https://"));
        quoted.map(|url| url.split('/').next().unwrap_or_default().to_owned()).collect()
    };
    let list = get_with_api_token(&okta, &format!("{V2}?limit=1")).await;
    assert!(hosts(&list).contains(&"acme-admin.okta.com".to_owned()), "{}", list.body);
    assert_eq!(
        list.json()["_links"]["self"]["href"],
        "https://acme-admin.okta.com/governance/api/v2/requests?limit=1"
    );
    for organization in ["http://127.0.0.1:1", "http://localhost:1"] {
        okta.with_world(|world: &mut World| {
            world.organization["_links"]["organization"]["href"] = organization.into();
        });
        let next = get_with_api_token(&okta, &format!("{V2}?limit=1")).await.json()["_links"]["next"].clone();
        assert!(next["href"].as_str().is_some_and(|href| href.starts_with("https://acme-admin.")), "{next}");
    }
}

#[tokio::test]
async fn a_refused_message_has_the_error_body_of_governance() {
    let okta = Simulator::start().await.expect("a free port");
    let refused = get_with_api_token(&okta, &format!("{V2}/61eb06a3c462d20007f0235c")).await;
    let body = refused.json();
    assert_eq!((refused.status, &body["errorCode"]), (400, &"E0000001".into()));
    assert_eq!(body["errorSummary"], "Api validation failed: requestId format is invalid");
    assert_eq!(
        body["errorCauses"],
        json!([{
            "domain": "governance",
            "errorSummary": "format is invalid",
            "locationType": "path",
            "location": "/requestId",
        }])
    );
    assert!(body["errorId"].as_str().is_some_and(|id| id.len() == 32));
}
