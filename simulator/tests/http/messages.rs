//! Messages on access requests: what is accepted, and what Okta refuses.

use okta_simulator::Simulator;

use super::client::{an_open_v2_request, status};

#[tokio::test]
async fn a_malformed_post_is_refused_and_listed_as_a_complaint() {
    let okta = Simulator::start().await.expect("a free port");
    let path = format!("POST {}", an_open_v2_request(&okta));
    assert_eq!(status(&okta, &path, r#"{"message":"hello"}"#).await, Some(201));
    for body in ["", "[]", r#"{"message":""}"#, r#"{"message":1}"#, r#"{"message":"a","more":1}"#] {
        assert_eq!(status(&okta, &path, body).await, Some(400), "{body}");
    }
    // Each of these is two UTF-16 units.
    assert_eq!(status(&okta, &path, &format!(r#"{{"message":"{}"}}"#, "😀".repeat(2501))).await, Some(400));
    assert_eq!(status(&okta, &path, &format!(r#"{{"message":"{}"}}"#, "😀".repeat(2500))).await, Some(201));
    assert_eq!(okta.messages().len(), 2);
    assert_eq!(okta.complaints().len(), 6);
}

#[tokio::test]
async fn closed_requests_and_unknown_paths_are_refused() {
    let okta = Simulator::start().await.expect("a free port");
    let path = an_open_v2_request(&okta);
    let id = path.split('/').nth(5).expect("the id in the path").to_owned();
    okta.with_world(|world| world.request_mut(&id)["status"] = "EXPIRED".into());
    assert_eq!(status(&okta, &format!("POST {path}"), r#"{"message":"late"}"#).await, Some(409));
    assert_eq!(okta.complaints(), Vec::<String>::new());
    assert_eq!(status(&okta, "POST /governance/api/v1/requests/1/decide", "{}").await, Some(404));
    assert_eq!(status(&okta, "GET /governance/api/v1/requests/1", "").await, Some(400));
    assert_eq!(status(&okta, "DELETE /api/v1/users/me", "").await, Some(405));
    assert_eq!(okta.complaints().len(), 3);
}
