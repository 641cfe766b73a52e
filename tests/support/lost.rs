//! An org, a ledger and a stream that lost events: what the housekeeping and `enricher reconcile` look through.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use okta_simulator::{Simulator, service_app_secret};
use serde_json::{Value, json};

use super::{Aws, LEDGER_TABLE, Lambda, SECRET_NAME};

/// A sample event of the repository.
pub fn event(case: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    let folder = if std::path::Path::new(folder).is_dir() {
        folder
    } else {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../events")
    };
    std::fs::read_to_string(format!("{folder}/access.request.create--{case}.json")).unwrap()
}

pub fn minutes_ago(minutes: i64) -> String {
    (Timestamp::now() - SignedDuration::from_mins(minutes)).to_string()
}

/// An org without requests, a ledger that is a day old, and the function.
pub struct Doubles {
    pub okta: Simulator,
    pub aws: Aws,
    numbers: usize,
}

impl Doubles {
    pub async fn new() -> Doubles {
        let okta = Simulator::start().await.unwrap();
        okta.with_world(|world| {
            world.v1_requests.clear();
            world.v2_requests.clear();
            world.limits.directory = 100_000;
            world.limits.governance = 100_000;
            world.requests_page = 20;
            world.log_streams[0]["settings"]["region"] = super::aws::REGION.into();
            world.log_streams[0]["settings"]["accountId"] = super::aws::ACCOUNT.into();
        });
        let aws = Aws::start();
        aws.set_secret(service_app_secret());
        let yesterday = Timestamp::now() - SignedDuration::from_hours(24);
        aws.put_record(&json!({"id": "since", "since": yesterday.as_millisecond()}));
        Doubles { okta, aws, numbers: 0 }
    }

    pub fn spawn(&self, bootstrap: &str, more: &[(&str, &str)]) -> Lambda {
        let mut env = vec![
            ("OKTA_ORG_URL", self.okta.url()),
            ("OKTA_SECRET_ID", SECRET_NAME.to_owned()),
            ("LEDGER_TABLE", LEDGER_TABLE.to_owned()),
        ];
        env.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        env.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Lambda::spawn(Path::new(bootstrap), &env, &self.aws)
    }

    /// Raises a request like that of a sample; its event, as the stream should have brought it.
    pub fn raise(&mut self, case: &str, minutes: i64, change: impl FnOnce(&mut Value)) -> (String, String) {
        self.numbers += 1;
        let number = self.numbers;
        let sample = event(case);
        let at = minutes_ago(minutes);
        let (id, event) = self.okta.with_world(|world| {
            let mut whole = okta_simulator::World::sample();
            let event = whole.another_request(&sample, number);
            let id = event_id(&event);
            let mut request = whole.request_mut(&id).clone();
            request["created"] = at.as_str().into();
            request["lastUpdated"] = at.as_str().into();
            if !request["requestApproval"].is_null() {
                request["requestApproval"]["externalRequestId"] =
                    format!("{:024x}", 0xabc_000 + number).into();
            }
            change(&mut request);
            world.insert_request(request);
            (id, event)
        });
        let mut event: Value = serde_json::from_str(&event).unwrap();
        event["detail"]["published"] = at.into();
        (id, event.to_string())
    }

    pub fn posts(&self) -> BTreeMap<String, usize> {
        let mut posts = BTreeMap::new();
        for message in self.okta.messages() {
            *posts.entry(message.request_id).or_default() += 1;
        }
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        posts
    }
}

pub fn event_id(event: &str) -> String {
    let event: Value = serde_json::from_str(event).unwrap();
    event["detail"]["debugContext"]["debugData"]["accessRequestId"].as_str().unwrap().to_owned()
}

pub fn keep(_: &mut Value) {}
