//! A [`Scene`] is an Okta whose sample request on behalf is changed by a test, and what became of its event.

use std::time::Duration;

use okta_request_enricher::event::Channel;
use okta_request_enricher::handler::Enricher;
use okta_request_enricher::outcome::Attempt;
use okta_simulator::doubles::{event, file, published};
use okta_simulator::{Simulator, World};
use serde_json::Value;

use crate::support::{attempt, operator_s_enricher};

/// Of the sample on behalf: the request, who gets the access, and the manager, who raised the request.
pub(crate) const REQUEST: &str = "req1ssdxJZyMwNZWiuZI";
pub(crate) const PERSON: &str = "00u1dqmRuvAdnyqHjqfp";
pub(crate) const MANAGER: &str = "00u1fal5i1KVF4iIKEvj";
/// Someone else.
pub(crate) const STRANGER: &str = "00u1w9f232fHZB86wJnG";

/// An Okta, an event that happened a moment ago, and a policy.
pub(crate) struct Scene {
    pub(crate) okta: Simulator,
    pub(crate) event: Value,
    pub(crate) policy: String,
    pub(crate) channel: Channel,
}

impl Scene {
    /// This sample event, at the deployed function with the embedded policy.
    pub(crate) async fn of(case: &str) -> Scene {
        let event = published(&event(case), jiff::Timestamp::now());
        Scene {
            okta: Simulator::start().await.unwrap(),
            event: serde_json::from_str(&event).unwrap(),
            policy: okta_request_enricher::policy::EMBEDDED.to_owned(),
            channel: Channel::Function,
        }
    }

    /// The sample on behalf, in which event and request say that this person asked.
    pub(crate) async fn asked_by(id: &str) -> Scene {
        let mut scene = Scene::of("on-behalf").await;
        scene.event_says("requesterId", id);
        scene.request(|request| request["requestedBy"]["externalId"] = id.into());
        scene
    }

    pub(crate) fn with_policy(mut self, policy: &str) -> Scene {
        policy.clone_into(&mut self.policy);
        self
    }

    /// Sets a member of the event's `debugData`; null takes it away.
    pub(crate) fn event_says(&mut self, member: &str, value: impl Into<Value>) {
        self.event["detail"]["debugContext"]["debugData"][member] = value.into();
    }

    /// Changes the request of the sample on behalf.
    pub(crate) fn request(&self, change: impl FnOnce(&mut Value)) {
        self.okta.with_world(|world| change(world.request_mut(REQUEST)));
    }

    pub(crate) fn world(&self, change: impl FnOnce(&mut World)) {
        self.okta.with_world(change);
    }

    pub(crate) fn fault(&self, fault: &str) {
        self.okta.fault(fault.parse().unwrap());
    }

    /// An enricher of its own, with a ledger in memory.
    pub(crate) fn enricher(&self) -> Enricher {
        let file = file(&self.policy);
        let settings = [("ENRICHMENT_FILE", file.path().to_str().unwrap())];
        operator_s_enricher(&self.okta, &self.okta.token(), &settings).fed_by(self.channel)
    }

    pub(crate) async fn attempt(&self) -> Attempt {
        self.attempt_of(&self.enricher()).await
    }

    pub(crate) async fn attempt_of(&self, enricher: &Enricher) -> Attempt {
        let attempt = attempt(enricher, self.event.to_string(), Duration::from_secs(20)).await;
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        attempt
    }

    /// The message that this attempt posted.
    pub(crate) async fn message(&self) -> String {
        let attempt = self.attempt().await;
        assert_eq!(attempt.name(), "posted", "{:?}", attempt.result);
        self.okta.messages().last().unwrap().message.clone()
    }

    /// The error of an attempt that posted nothing.
    pub(crate) async fn error(&self) -> String {
        let error = self.attempt().await.result.unwrap_err();
        assert_eq!(self.okta.messages().len(), 0);
        error.to_string()
    }

    /// How many calls to this path, or below it, Okta got.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.okta.calls().iter().filter(|call| call.path.starts_with(path)).count()
    }
}
