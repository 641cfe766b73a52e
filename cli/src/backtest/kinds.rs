//! The [`Kinds`] of requests, as a policy names them: v1 by request type, v2 by request condition. A kind that
//! no rule matches may be one that the policy forgot.

use okta_request_enricher::event::RequestEvent;
use okta_request_enricher::request::Api;
use serde::Serialize;

/// Requests of one type or condition.
#[derive(Serialize)]
pub(super) struct KindUse {
    /// "request type 5c92…", "condition rco…".
    pub(super) kind: String,
    pub(super) requests: usize,
    /// Requests that a rule matches, whatever it posts.
    pub(super) matched: usize,
    /// Why the newest of them is not matched, if none of them is.
    pub(super) reason: Option<String>,
}

/// All kinds, the most frequent first.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Kinds(Vec<KindUse>);

impl Kinds {
    /// Counts a request. `reason` is why no rule matches; `None` if one does.
    pub(super) fn add(&mut self, event: &RequestEvent, reason: Option<&str>) {
        let kind = name(event);
        let place = self.0.iter().position(|known| known.kind == kind).unwrap_or_else(|| {
            let reason = reason.map(str::to_owned);
            self.0.push(KindUse { kind, requests: 0, matched: 0, reason });
            self.0.len() - 1
        });
        let kind = &mut self.0[place];
        kind.requests += 1;
        if reason.is_none() {
            kind.matched += 1;
            kind.reason = None;
        }
        self.0.sort_by_key(|kind| std::cmp::Reverse(kind.requests));
    }

    /// Those of which no request is matched.
    pub(super) fn never(&self) -> impl Iterator<Item = &KindUse> {
        self.0.iter().filter(|kind| kind.matched == 0)
    }
}

fn name(event: &RequestEvent) -> String {
    match (event.api, &event.request_type_id, &event.condition_id, &event.resource_id) {
        (Api::V1, Some(id), ..) => format!("request type {id}"),
        (Api::V1, None, ..) => "request type unknown".to_owned(),
        (Api::V2, _, Some(id), _) => format!("condition {id}"),
        (Api::V2, _, None, Some(id)) => format!("resource {id}, no condition"),
        (Api::V2, _, None, None) => "condition unknown".to_owned(),
    }
}
