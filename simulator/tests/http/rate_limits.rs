//! Rate limits: each method and path template has its own.

use okta_simulator::Simulator;

use super::client::status;

#[tokio::test]
async fn a_used_up_limit_answers_429() {
    let okta = Simulator::start().await.expect("a free port");
    okta.with_world(|world| world.limits.directory = 1);
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(429));
    assert_eq!(status(&okta, "GET /api/v1/users/me/groups", "").await, Some(200));
}
