//! The [`Causes`] are why requests would get no message, or another one than their rule writes. For each rule and
//! reason they count the requests, and name the newest.

use std::collections::BTreeMap;

use okta_request_enricher::request::RequestId;
use serde::Serialize;

/// The requests that a cause names.
const NAMED: usize = 3;

/// Requests that ended alike.
#[derive(Serialize)]
pub(super) struct Cause {
    /// `None` if no rule matches, or if none could be chosen.
    pub(super) rule: Option<String>,
    pub(super) reason: String,
    pub(super) requests: usize,
    /// The newest of them.
    pub(super) newest: Vec<String>,
}

/// All causes, the most frequent first.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Causes(Vec<Cause>);

impl Causes {
    /// Counts a request. Newer ones come first.
    pub(super) fn add(&mut self, rule: Option<&str>, reason: &str, id: &RequestId) {
        let reason = without_ids(reason);
        let known = self.0.iter().position(|cause| cause.rule.as_deref() == rule && cause.reason == reason);
        let place = known.unwrap_or_else(|| {
            let rule = rule.map(str::to_owned);
            self.0.push(Cause { rule, reason, requests: 0, newest: Vec::new() });
            self.0.len() - 1
        });
        let cause = &mut self.0[place];
        cause.requests += 1;
        if cause.newest.len() < NAMED {
            cause.newest.push(id.to_string());
        }
        self.0.sort_by_key(|cause| std::cmp::Reverse(cause.requests));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Cause> {
        self.0.iter()
    }

    pub(super) fn requests(&self) -> usize {
        self.0.iter().map(|cause| cause.requests).sum()
    }

    pub(super) fn by_reason(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for cause in &self.0 {
            *counts.entry(cause.reason.clone()).or_default() += cause.requests;
        }
        counts
    }

    pub(super) fn of_rule(&self, rule: &str) -> usize {
        self.0.iter().filter(|cause| cause.rule.as_deref() == Some(rule)).map(|cause| cause.requests).sum()
    }
}

/// A text with `…` in place of ids: failures that differ only in them count together.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| {
        word.len() >= 17
            && word.bytes().all(|b| b.is_ascii_alphanumeric())
            && word.bytes().any(|b| b.is_ascii_digit())
    };
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|word| match word.strip_suffix(|c: char| !c.is_ascii_alphanumeric()) {
            Some(inner) if is_id(inner) => format!("…{}", &word[inner.len()..]),
            None if is_id(word) => "…".to_owned(),
            _ => word.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use okta_request_enricher::error::Error;
    use okta_request_enricher::okta::OktaError;

    use super::*;

    #[test]
    fn errors_that_differ_by_their_request_only_are_one() {
        let failed = |id: &str| {
            let call = format!("GET /governance/api/v2/requests/{id}");
            Error::of_call("failed to read the access request", OktaError::OutOfTime { call }).message()
        };
        let id = |id: &str| RequestId::parse(id).unwrap();
        let (one, other) = (id("req16zRXf4PBGnr7o18A"), id("req4v8TqYbNc2LmX9dRk"));
        let mut causes = Causes::default();
        causes.add(None, &Error::panicked().message(), &one);
        causes.add(Some("sap"), &failed(one.as_str()), &one);
        causes.add(Some("sap"), &failed(other.as_str()), &other);
        causes.add(Some("other"), &failed(other.as_str()), &other);
        let first = causes.iter().next().unwrap();
        assert_eq!((first.rule.as_deref(), first.requests, causes.requests()), (Some("sap"), 2, 4));
        assert_eq!(first.newest, [one.as_str(), other.as_str()]);
        assert_eq!((causes.of_rule("sap"), causes.of_rule("other")), (2, 1));
        assert_eq!(
            without_ids(
                "GET /governance/api/v2/requests/req16zRXf4PBGnr7o18A: Okta answered 500 (error id oaeABCDEFGHIJKLMNO12)"
            ),
            "GET /governance/api/v2/requests/…: Okta answered 500 (error id …)"
        );
    }
}
