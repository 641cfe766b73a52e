//! Okta's log stream to this account.

use serde_json::Value;

use crate::Deployment;

/// The org's log streams changed; what is said of it.
type StreamCase<'a> = (fn(&mut Vec<Value>), &'a str, &'a str);

#[tokio::test]
async fn a_log_stream_that_is_off_elsewhere_or_not_there() {
    let cases: [StreamCase<'_>; 4] = [
        (|streams| streams[0]["status"] = "INACTIVE".into(), "turned access-requests off", "activate it"),
        (
            |streams| streams[0]["settings"]["region"] = "eu-west-1".into(),
            "none to account 123456789012",
            "add one",
        ),
        (
            |streams| streams[0]["type"] = "splunk_cloud_logstreaming".into(),
            "no log stream to EventBridge",
            "add one",
        ),
        (Vec::clear, "no log stream to EventBridge", "add one"),
    ];
    for (change, says, remedy) in cases {
        let deployment = Deployment::new().await;
        deployment.okta.with_world(|world| change(&mut world.log_streams));
        deployment.examine().await.has_only("fail", "log stream", says, remedy);
    }
}
