//! A [`Scene`] is an Okta whose sample request on behalf is changed by a test, and what became of its event.

use std::time::Duration;

use okta_request_enricher::deployment::Deployment;
use okta_request_enricher::event::Channel;
use okta_request_enricher::handler::{AsOf, Enricher};
use okta_request_enricher::outcome::Attempt;
use okta_simulator::doubles::{event, file, published};
use okta_simulator::{Calls, Fault, FaultKind, Simulator, World};
use serde_json::Value;

use crate::support::{attempt, operator_s_enricher_at};

/// Of the sample on behalf: the request, who gets the access, and the manager, who raised the request.
pub(crate) const REQUEST: &str = "req1ssdxJZyMwNZWiuZI";
pub(crate) const PERSON: &str = "00u1dqmRuvAdnyqHjqfp";
pub(crate) const MANAGER: &str = "00u1fal5i1KVF4iIKEvj";
/// Someone else.
pub(crate) const STRANGER: &str = "00u1w9f232fHZB86wJnG";

/// Of the sample v2: the request of a bundle, the person who asks for it, and the bundle's app and id.
pub(crate) const OWN_REQUEST: &str = "req16zRXf4PBGnr7o18A";
pub(crate) const ZOE: &str = "00u1F5GHSf7bLpPyKNqn";
pub(crate) const APP: &str = "0oa1RX7XhyMSUUjaac5U";
pub(crate) const BUNDLE: &str = "enb12VIzDBB0s8pKxUAm";
/// What counts as now in a scene of that sample.
pub(crate) const NOW: &str = "2026-11-24T09:06:30Z";

/// An Okta, an event that happened a moment ago, and a policy.
pub(crate) struct Scene {
    pub(crate) okta: Simulator,
    pub(crate) event: Value,
    pub(crate) policy: String,
    pub(crate) channel: Channel,
    /// The moment of the event counts as now.
    pub(crate) at_event: bool,
}

/// A policy of one rule with these sections and further keys.
pub(crate) fn rule(sections: &str, more: &str) -> String {
    let sections: Vec<String> = sections.split(' ').map(|name| format!("\"{name}\"")).collect();
    format!("[[rule]]\nname = \"r\"\nsections = [{}]\n{more}\n", sections.join(", "))
}

/// A function without a name, with the built-in policy.
pub(crate) fn deployment() -> Deployment {
    Deployment::read(|_| None)
}

/// Whether the message has exactly this line.
#[track_caller]
pub(crate) fn says(message: &str, line: &str) {
    assert!(message.lines().any(|own| own == line), "no line `{line}`:\n{message}");
}

/// Whether no line of the message has this text.
#[track_caller]
pub(crate) fn is_silent(message: &str, text: &str) {
    assert!(!message.contains(text), "`{text}`:\n{message}");
}

impl Scene {
    /// The sample v2, in which someone asks for a bundle for themselves, under a policy of one rule with
    /// these sections and further keys. [`NOW`] counts as now.
    pub(crate) async fn own(sections: &str, more: &str) -> Scene {
        Scene::of("v2").await.with_policy(&rule(sections, more)).at(NOW)
    }

    /// The same scene at this moment.
    pub(crate) fn at(mut self, now: &str) -> Scene {
        self.event["detail"]["published"] = now.into();
        self.at_event = true;
        self
    }

    /// Request and event of the sample v2 are for this.
    pub(crate) fn asks_for(&mut self, resource: (&str, &str), scope: Option<(&str, &str)>) {
        for (member, value) in
            [("accessScopeId", scope.map(|it| it.1)), ("accessScopeType", scope.map(|it| it.0))]
        {
            self.event_says(member, value);
        }
        self.own_request(|request| {
            request["requested"] = serde_json::json!({
                "resourceId": resource.1, "resourceType": resource.0,
                "accessScopeId": scope.map(|scope| scope.1), "accessScopeType": scope.map(|scope| scope.0),
            });
        });
    }

    /// Event and request of the sample v2 say that a stranger asked.
    pub(crate) fn is_asked_by_a_stranger(&mut self) {
        self.event_says("requesterId", STRANGER);
        self.own_request(|request| request["requestedBy"]["externalId"] = STRANGER.into());
    }

    /// Changes the request of the sample v2.
    pub(crate) fn own_request(&self, change: impl FnOnce(&mut Value)) {
        self.okta.with_world(|world| change(world.request_mut(OWN_REQUEST)));
    }

    /// The message of an attempt that lacked these sections.
    pub(crate) async fn degraded_message(&self, sections: &[&str]) -> String {
        let attempt = self.attempt().await;
        assert_eq!(attempt.name(), "posted", "{:?}", attempt.result);
        assert_eq!(attempt.degraded(), sections);
        self.okta.messages().last().unwrap().message.clone()
    }

    /// This sample event, at the deployed function with the embedded policy.
    pub(crate) async fn of(case: &str) -> Scene {
        let event = published(&event(case), jiff::Timestamp::now());
        Scene {
            okta: Simulator::start().await.unwrap(),
            event: serde_json::from_str(&event).unwrap(),
            policy: okta_request_enricher::policy::EMBEDDED.to_owned(),
            channel: Channel::Function,
            at_event: false,
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

    /// Every call with this name gets this answer.
    pub(crate) fn answers(&self, call: &'static str, body: &Value) {
        let kind = FaultKind::Body(body.to_string().into_bytes());
        self.okta.fault(Fault { on: Calls::Named(call), times: None, kind });
    }

    /// An enricher of its own, with a ledger in memory.
    pub(crate) fn enricher(&self) -> Enricher {
        let file = file(&self.policy);
        let settings = [("ENRICHMENT_FILE", file.path().to_str().unwrap())];
        let as_of = if self.at_event { AsOf::Event } else { AsOf::Now };
        operator_s_enricher_at(&self.okta, &self.okta.token(), &settings, as_of).fed_by(self.channel)
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
