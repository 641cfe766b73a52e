//! The [`Findings`] are what a backtest counted: messages, reasons for none, gaps, attributes of people,
//! calls.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use okta_request_enricher::error::Error;
use okta_request_enricher::okta::Usage;
use okta_request_enricher::okta::endpoint::Endpoint;
use okta_request_enricher::policy::Rule;
use okta_request_enricher::section::{Content, Label, Line, Source, Value, WarningKind};
use okta_request_enricher::words::Words;
use serde::Serialize;

/// How often each text came up.
pub(super) type Counts = BTreeMap<String, usize>;

/// What a backtest found. The members are those of `--json`.
#[derive(Default, Serialize)]
pub(super) struct Findings {
    pub(super) since: String,
    /// Requests in that time.
    pub(super) requests: usize,
    /// The newest of them, which were tried.
    pub(super) tried: usize,
    /// Messages by rule.
    pub(super) rules: Counts,
    /// Requests without a message, by reason.
    pub(super) skipped: Counts,
    /// Requests whose message could not be made, by the error of the first with the same code.
    pub(super) failed: Counts,
    /// Warnings by kind.
    pub(super) warnings: Counts,
    /// Checks that messages call not done, by check and reason.
    pub(super) not_checked: Counts,
    /// Messages with each conflict or toxic combination.
    pub(super) conflicts: Counts,
    /// Messages with a section that could not be read in full, by section and the first reason.
    pub(super) degraded: Counts,
    /// Attributes of people in messages, by label.
    pub(super) shown: BTreeMap<String, Shown>,
    pub(super) calls: Vec<CallUse>,
}

/// How many messages show an attribute or fact of a person, by who raised the request.
#[derive(Default, Serialize)]
pub(super) struct Shown {
    /// The person, or the person's manager.
    pub(super) own: usize,
    /// Someone else. They can read these facts about the person.
    pub(super) on_behalf: usize,
}

/// One of Okta's calls, and its rate limit.
#[derive(Serialize)]
pub(super) struct CallUse {
    /// Method and path template.
    pub(super) call: String,
    /// How often it was sent.
    pub(super) sent: u64,
    /// Calls for one message, on average.
    pub(super) a_message: f64,
    /// Calls in one window of the limit, if an answer had the header.
    pub(super) limit: Option<u64>,
    /// Messages in one window of the limit.
    pub(super) messages_a_window: Option<u64>,
}

impl Findings {
    /// `requests` were found since that time, of which `tried` are tried.
    pub(super) fn new(since: Timestamp, requests: usize, tried: usize) -> Findings {
        Findings { since: since.to_string(), requests, tried, ..Findings::default() }
    }

    /// Counts a request that gets a message under this rule.
    pub(super) fn add_message(&mut self, rule: &Rule, content: &Content, on_behalf: bool) {
        let english = Words::english();
        count(&mut self.rules, rule.name.clone());
        for section in &content.sections {
            for lack in section.lacks().filter(|lack| lack.is_failure()).take(1) {
                count(&mut self.degraded, format!("{}: {}", section.source, english.say(&lack.reason)));
            }
            let of_a_person = matches!(section.source, Source::Profile | Source::Manager | Source::Access);
            for fact in section.facts.iter().filter(|fact| of_a_person && fact.line != Line::ByNameOnly) {
                let label = match &fact.label {
                    Label::Own(term) => english.say(&(*term).into()),
                    Label::Policy(label) => label.clone(),
                    Label::None | Label::Question(_) => continue,
                };
                if matches!(fact.value, Value::Known(_)) {
                    let shown = self.shown.entry(label).or_default();
                    *if on_behalf { &mut shown.on_behalf } else { &mut shown.own } += 1;
                }
            }
        }
        for check in content.not_made() {
            let reason = check.not_done.as_ref().map(|lack| english.say(&lack.reason)).unwrap_or_default();
            count(&mut self.not_checked, format!("{}: {reason}", english.say(&check.name.into())));
        }
        for warning in content.warnings() {
            count(&mut self.warnings, warning.kind.name().to_owned());
            if matches!(warning.kind, WarningKind::Conflict | WarningKind::HighConflict) {
                count(&mut self.conflicts, english.say(&warning.text));
            }
        }
    }

    /// Counts a request that gets no message.
    pub(super) fn add_skipped(&mut self, reason: String) {
        count(&mut self.skipped, reason);
    }

    /// Counts a request whose message could not be made. Failures that differ only in ids count together.
    pub(super) fn add_failed(&mut self, error: &Error) {
        count(&mut self.failed, without_ids(&error.message()));
    }

    /// Requests that get a message.
    pub(super) fn messages(&self) -> usize {
        self.rules.values().sum()
    }

    /// Takes over which calls were sent, once all messages are counted.
    pub(super) fn count_calls(&mut self, usage: &HashMap<Endpoint, Usage>) {
        let messages = self.messages().max(1);
        for endpoint in Endpoint::ALL {
            let Some(usage) = usage.get(endpoint).filter(|usage| usage.calls > 0) else { continue };
            #[expect(clippy::cast_precision_loss, reason = "an average, shown with two digits")]
            let a_message = usage.calls as f64 / messages as f64;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "limits are small"
            )]
            let messages_a_window = usage.limit.map(|limit| (limit as f64 / a_message).floor() as u64);
            self.calls.push(CallUse {
                call: format!("{} {}", endpoint.method(), endpoint.template()),
                sent: usage.calls,
                a_message: (a_message * 100.0).round() / 100.0,
                limit: usage.limit,
                messages_a_window,
            });
        }
    }
}

fn count(counts: &mut Counts, text: String) {
    *counts.entry(text).or_default() += 1;
}

/// An error's text with `…` in place of ids.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| word.len() >= 17 && word.bytes().all(|b| b.is_ascii_alphanumeric());
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
    use okta_request_enricher::okta::OktaError;

    use super::*;

    #[test]
    fn errors_that_differ_by_their_request_only_are_one() {
        let failed = |id: &str| {
            let call = format!("GET /governance/api/v2/requests/{id}");
            Error::of_call("failed to read the access request", OktaError::OutOfTime { call })
        };
        let mut findings = Findings::default();
        findings.add_failed(&failed("req16zRXf4PBGnr7o18A"));
        findings.add_failed(&failed("req4v8TqYbNc2LmX9dRk"));
        findings.add_failed(&Error::panicked());
        assert_eq!(findings.failed.values().sum::<usize>(), 3);
        let text = without_ids(&failed("req16zRXf4PBGnr7o18A").message());
        assert_eq!(findings.failed.get(&text), Some(&2), "{text}");
        assert_eq!(
            without_ids(
                "GET /governance/api/v2/requests/req16zRXf4PBGnr7o18A: Okta answered 500 (error id oaeABCDEFGHIJKLMNOPQ)"
            ),
            "GET /governance/api/v2/requests/…: Okta answered 500 (error id …)"
        );
    }
}
