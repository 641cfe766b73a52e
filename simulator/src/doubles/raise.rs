//! An org whose requests are all raised by the test, so that it knows which events the stream lost: the stage
//! of the housekeeping and of `enricher reconcile`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::repository::{event, published};
use super::signature::{ACCOUNT, REGION};
use super::stage::Stage;
use crate::{World, service_app_secret};

impl Stage {
    /// An org without requests, whose log stream ends in the account of [`Aws`](super::Aws); a ledger that is
    /// a day old; a service app's credential. Events have the default limit of age.
    pub async fn without_requests() -> Self {
        let stage = Self::with_ledger().await.without("MAX_EVENT_AGE");
        stage.okta.with_world(|world| {
            world.v1_requests.clear();
            world.v2_requests.clear();
            world.limits.directory = 100_000;
            world.limits.governance = 100_000;
            world.requests_page = 20;
        });
        stage.own_log_stream();
        stage.aws.set_secret(service_app_secret());
        let yesterday = Timestamp::now() - SignedDuration::from_hours(24);
        stage.aws.put_record(&json!({"id": "since", "since": yesterday.as_millisecond()}));
        stage
    }

    /// Points the org's log stream to the account and region of [`Aws`](super::Aws).
    pub fn own_log_stream(&self) {
        self.okta.with_world(|world| {
            world.log_streams[0]["settings"]["region"] = REGION.into();
            world.log_streams[0]["settings"]["accountId"] = ACCOUNT.into();
        });
    }

    /// Raises a request like that of the sample event `case`, so many minutes ago, with `change` applied to
    /// it. Returns its id and the event that the stream should deliver.
    pub fn raise(&mut self, case: &str, minutes: i64, change: impl FnOnce(&mut Value)) -> (String, String) {
        self.raised += 1;
        let number = self.raised;
        let at = Timestamp::now() - SignedDuration::from_mins(minutes);
        let (id, event) = self.okta.with_world(|world| {
            let mut whole = World::sample();
            let event = whole.another_request(&event(case), number);
            let id = request_id(&event);
            let mut request = whole.request_mut(&id).clone();
            request["created"] = at.to_string().into();
            request["lastUpdated"] = at.to_string().into();
            change(&mut request);
            world.insert_request(request);
            (id, event)
        });
        (id, published(&event, at))
    }
}

fn request_id(event: &str) -> String {
    let event: Value = serde_json::from_str(event).expect("an event is JSON");
    let id = &event["detail"]["debugContext"]["debugData"]["accessRequestId"];
    id.as_str().expect("the event names its request").to_owned()
}

/// Leaves a raised request as it is.
pub fn keep(_: &mut Value) {}
