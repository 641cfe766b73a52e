//! The [`Trials`] of past requests, one after the other: each message is made and counted.

use std::collections::HashMap;

use jiff::Timestamp;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::handler::{Enricher, Stop, Trial};
use okta_request_enricher::outcome::SkipReason;
use okta_request_enricher::request::Api;

use super::findings::Findings;
use super::past::{Past, TIME_LIMIT};
use super::samples::{Sample, Samples};
use crate::interrupt::Interrupt;
use crate::{misses, terminal, verbosity};

/// How requests are tried.
pub(super) struct Trials<'a> {
    pub(super) enricher: &'a Enricher,
    /// Whether the messages are kept to be shown.
    pub(super) keeps_messages: bool,
    pub(super) interrupt: Interrupt,
}

impl Trials<'_> {
    /// Tries all requests, or as many as come before Ctrl-C.
    pub(super) async fn run(&mut self, findings: &mut Findings, requests: &[Past]) -> Tally {
        let mut tally = Tally { messages: [(Api::V1, 0), (Api::V2, 0)], unruled: Vec::new() };
        findings.messages = self.keeps_messages.then(Samples::default);
        let progress = terminal::progress(requests.len());
        for (place, request) in requests.iter().enumerate() {
            progress.set_message(request.id.as_str());
            let deadline = Deadline::after(TIME_LIMIT);
            let trial = tokio::select! {
                biased;
                () = self.interrupt.wait() => {
                    findings.interrupted = true;
                    break;
                }
                trial = Box::pin(self.enricher.try_out(request.lead(), deadline)) => trial,
            };
            match &trial.result {
                Ok(_) => tally.add_message(request.id.api()),
                Err(Stop::Skipped(SkipReason::NoRule)) => tally.unruled.push(place),
                Err(_) => {}
            }
            add(findings, request, trial);
            findings.tried += 1;
            progress.inc(1);
        }
        progress.finish_and_clear();
        findings.busiest_minute = busiest_minute(requests.iter().take(findings.tried));
        tally
    }

    /// Finds out why no rule matches these requests, or as many as come before Ctrl-C. The function does
    /// not make these calls.
    pub(super) async fn explain(&mut self, findings: &mut Findings, requests: impl Iterator<Item = &Past>) {
        for request in requests {
            let deadline = Deadline::after(TIME_LIMIT);
            let misses = tokio::select! {
                biased;
                () = self.interrupt.wait() => {
                    findings.interrupted = true;
                    terminal::eprintln!("interrupted: for some requests, it is not known why no rule matches");
                    break;
                }
                misses = Box::pin(self.enricher.misses(request.lead(), deadline)) => misses,
            };
            if let Ok(misses) = &misses {
                findings.add_misses(misses);
            }
            if verbosity::is_verbose() {
                misses::print(request.id.as_str(), &misses);
            }
        }
    }
}

/// What the trials leave to find out.
pub(super) struct Tally {
    /// How many messages each generation of requests has.
    pub(super) messages: [(Api, usize); 2],
    /// The places of the requests that no rule matches.
    pub(super) unruled: Vec<usize>,
}

impl Tally {
    fn add_message(&mut self, api: Api) {
        self.messages.iter_mut().filter(|(of, _)| *of == api).for_each(|(_, messages)| *messages += 1);
    }
}

/// Counts how a request ended.
fn add(findings: &mut Findings, Past { id, event, .. }: &Past, trial: Trial<'_>) {
    let rule = trial.rule.map(|rule| rule.name.as_str());
    match (trial.result, rule) {
        (Ok(tried), rule) => {
            let rule = rule.unwrap_or_default();
            findings.add_message(rule, id, &tried);
            findings.kinds.add(event, None);
            if let Some(messages) = &mut findings.messages {
                let has_warning = !tried.facts.content.warnings().is_empty();
                let sample = Sample::new(id, event.published, rule, tried.message.as_str());
                messages.add(Sample { has_warning, ..sample });
            }
        }
        (
            Err(Stop::Skipped(reason @ (SkipReason::RuleUnknown(_) | SkipReason::SubjectLineUnknown))),
            rule,
        ) => {
            findings.undecided.add(rule, &reason.to_string(), id);
        }
        (Err(Stop::Skipped(reason)), rule) => {
            let is_unmatched = matches!(reason, SkipReason::NoRule | SkipReason::NotWanted);
            let reason = reason.to_string();
            findings.kinds.add(event, Some(reason.as_str()).filter(|_| is_unmatched));
            findings.without_message.add(rule, &reason, id);
        }
        // A trial claims nothing, so it meets no duplicate.
        (Err(Stop::Duplicate), _) => {}
        (Err(Stop::Failed(error)), rule) => {
            findings.kinds.add(event, None);
            findings.would_fail.add(rule, &error.message(), id);
        }
    }
}

/// The most requests that were raised in one minute.
fn busiest_minute<'a>(requests: impl Iterator<Item = &'a Past>) -> usize {
    let mut minutes: HashMap<i64, usize> = HashMap::new();
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    for minute in requests.filter_map(|request| request.event.published).map(minute) {
        *minutes.entry(minute).or_default() += 1;
    }
    minutes.into_values().max().unwrap_or_default()
}
