//! The [`Findings`] are what a backtest counted: messages, reasons for none, warnings, gaps, what is shown of
//! people, calls.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use okta_request_enricher::handler::Tried;
use okta_request_enricher::message::Fit;
use okta_request_enricher::policy::Policy;
use okta_request_enricher::policy::unmet::Miss;
use okta_request_enricher::request::RequestId;
use okta_request_enricher::section::{Content, WarningKind};
use okta_request_enricher::words::Words;
use serde::Serialize;

use super::attributes::{Attributes, Shown};
use super::calls::Calls;
use super::causes::Causes;
use super::kinds::Kinds;
use super::posting::Refused;
use super::samples::Samples;

/// How often each text came up.
pub(super) type Counts = BTreeMap<String, usize>;

/// Approvers stop reading a warning that more than this share of the messages have, in percent.
pub(super) const WORN_OUT: usize = 20;

/// What a backtest found. The members are those of `--json`.
#[derive(Default, Serialize)]
pub(super) struct Findings {
    pub(super) since: String,
    /// Requests in that time.
    pub(super) requests: usize,
    /// The newest of them, which were tried.
    pub(super) tried: usize,
    /// Ctrl-C came before the others could be tried.
    pub(super) interrupted: bool,
    /// Messages by rule, 0 too.
    pub(super) rules: Counts,
    /// What became of the requests of each rule, in the order of the policy.
    pub(super) by_rule: Vec<RuleUse>,
    /// Messages that would fail.
    pub(super) would_fail: Causes,
    /// The same by reason, of all rules.
    pub(super) failed: Counts,
    /// Messages of which the template writes nothing, or more than Okta takes.
    pub(super) misfits: Causes,
    /// Requests without a message.
    pub(super) without_message: Causes,
    /// Requests of which only the event shows whether a rule matches.
    pub(super) undecided: Causes,
    /// The same by reason, of all rules.
    pub(super) skipped: Counts,
    /// The conditions that kept each rule from matching a request that no rule matches.
    pub(super) unmet: Vec<UnmetCount>,
    pub(super) kinds: Kinds,
    /// Warnings by kind.
    pub(super) warnings: Counts,
    /// Messages with each kind of warning, the most frequent first.
    pub(super) warned: Vec<Warned>,
    /// Checks that messages call not done, by check and reason.
    pub(super) not_checked: Counts,
    /// Messages with each conflict or toxic combination.
    pub(super) conflicts: Counts,
    /// The same by request.
    pub(super) conflicts_by_request: Vec<Conflicted>,
    /// Messages with a section that could not be read in full, by section and the first reason.
    pub(super) degraded: Counts,
    pub(super) shown_by_rule: Attributes,
    /// Attributes of people in messages, by label.
    pub(super) shown: BTreeMap<String, Shown>,
    /// Attributes of the policy that nobody has.
    pub(super) never_set: Vec<String>,
    /// Why messages can't be posted, whatever is in them.
    pub(super) cannot_post: Vec<Refused>,
    /// Scopes that the service app lacks, besides those for posting.
    pub(super) lacking_scopes: Vec<String>,
    pub(super) calls: Calls,
    /// Requests in the busiest minute.
    pub(super) busiest_minute: usize,
    /// What to settle before the policy is switched on; empty if there is nothing.
    pub(super) to_settle: Vec<String>,
    /// The messages of `--show`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) messages: Option<Samples>,
}

/// What became of the requests that one rule matches.
#[derive(Default, Serialize)]
pub(super) struct RuleUse {
    pub(super) rule: String,
    pub(super) matched: usize,
    pub(super) messages: usize,
    pub(super) would_fail: usize,
    /// The rule posts nothing on them.
    pub(super) withheld: usize,
}

/// How often a condition kept a rule from matching.
#[derive(Serialize)]
pub(super) struct UnmetCount {
    pub(super) rule: String,
    pub(super) condition: String,
    pub(super) requests: usize,
}

/// How many messages have a kind of warning.
#[derive(Serialize)]
pub(super) struct Warned {
    pub(super) kind: &'static str,
    pub(super) messages: usize,
    /// Percent of the messages.
    pub(super) share: usize,
    /// More than [`WORN_OUT`].
    pub(super) too_many: bool,
}

/// A request with conflicts.
#[derive(Serialize)]
pub(super) struct Conflicted {
    pub(super) request_id: String,
    pub(super) rule: String,
    pub(super) conflicts: Vec<String>,
}

impl Findings {
    /// `requests` were found since that time.
    pub(super) fn new(policy: &Policy, since: Timestamp, requests: usize) -> Findings {
        let rules = policy.rules.iter().map(|rule| (rule.name.clone(), 0)).collect();
        let by_rule =
            policy.rules.iter().map(|rule| RuleUse { rule: rule.name.clone(), ..RuleUse::default() });
        let by_rule = by_rule.collect();
        Findings { since: since.to_string(), requests, rules, by_rule, ..Findings::default() }
    }

    /// Counts a request that gets a message under this rule.
    pub(super) fn add_message(&mut self, rule: &str, id: &RequestId, tried: &Tried) {
        let misfit = match tried.fit {
            Fit::Whole => None,
            Fit::Empty => Some("the template writes nothing: only people, warnings and checks are left"),
            Fit::WithoutLines => Some("longer than Okta's 5000 characters: its last lines are left out"),
            Fit::OnlyMust => {
                Some("longer than Okta's 5000 characters: only people, warnings and checks are left")
            }
        };
        if let Some(misfit) = misfit {
            self.misfits.add(Some(rule), misfit, id);
        }
        *self.rules.entry(rule.to_owned()).or_default() += 1;
        let content = &tried.facts.content;
        self.shown_by_rule.add(rule, content, tried.facts.by_stranger);
        self.add_gaps(content);
        self.add_warnings(rule, id, content);
    }

    fn add_gaps(&mut self, content: &Content) {
        let english = Words::english();
        for section in &content.sections {
            for lack in section.lacks().filter(|lack| lack.is_failure()).take(1) {
                count(&mut self.degraded, format!("{}: {}", section.source, english.say(&lack.reason)));
            }
        }
        for check in content.not_made() {
            let reason = check.not_done.as_ref().map(|lack| english.say(&lack.reason)).unwrap_or_default();
            count(&mut self.not_checked, format!("{}: {reason}", english.say(&check.name.into())));
        }
    }

    fn add_warnings(&mut self, rule: &str, id: &RequestId, content: &Content) {
        let (mut kinds, mut conflicts) = (BTreeSet::new(), Vec::new());
        for warning in content.warnings() {
            count(&mut self.warnings, warning.kind.name().to_owned());
            kinds.insert(warning.kind);
            if matches!(warning.kind, WarningKind::Conflict | WarningKind::HighConflict) {
                let conflict = Words::english().say(&warning.text);
                count(&mut self.conflicts, conflict.clone());
                conflicts.push(conflict);
            }
        }
        for kind in kinds.into_iter().map(WarningKind::name) {
            match self.warned.iter_mut().find(|warned| warned.kind == kind) {
                Some(warned) => warned.messages += 1,
                None => self.warned.push(Warned { kind, messages: 1, share: 0, too_many: false }),
            }
        }
        if !conflicts.is_empty() {
            let (request_id, rule) = (id.to_string(), rule.to_owned());
            self.conflicts_by_request.push(Conflicted { request_id, rule, conflicts });
        }
    }

    /// Counts the conditions that kept the rules from matching a request.
    pub(super) fn add_misses(&mut self, misses: &[Miss]) {
        for Miss { rule, unmet } in misses {
            for condition in unmet.iter().map(|unmet| &unmet.condition) {
                let known = self.unmet.iter_mut().find(|it| it.rule == *rule && it.condition == *condition);
                match known {
                    Some(known) => known.requests += 1,
                    None => self.unmet.push(UnmetCount {
                        rule: rule.clone(),
                        condition: condition.clone(),
                        requests: 1,
                    }),
                }
            }
        }
    }

    /// Makes the sums, once all requests are counted.
    pub(super) fn sum_up(&mut self) {
        let messages = self.messages();
        for rule in &mut self.by_rule {
            rule.messages = self.rules.get(&rule.rule).copied().unwrap_or_default();
            rule.would_fail = self.would_fail.of_rule(&rule.rule);
            rule.withheld = self.without_message.of_rule(&rule.rule);
            rule.matched = rule.messages + rule.would_fail + rule.withheld;
        }
        for warned in &mut self.warned {
            warned.share = warned.messages * 100 / messages.max(1);
            warned.too_many = warned.messages * 100 > messages * WORN_OUT;
        }
        self.warned.sort_by_key(|warned| std::cmp::Reverse(warned.messages));
        self.failed = self.would_fail.by_reason();
        self.skipped = self.without_message.by_reason();
        self.shown = self.shown_by_rule.by_label();
        self.never_set = self.shown_by_rule.never_set().into_iter().map(str::to_owned).collect();
    }

    /// The messages that calls were sent for: those made, and those that would fail. If there are none, all
    /// requests.
    pub(super) fn made_or_failed(&self) -> usize {
        match self.messages() + self.would_fail.requests() {
            0 => self.tried,
            messages => messages,
        }
    }

    /// Requests that get a message.
    pub(super) fn messages(&self) -> usize {
        self.rules.values().sum()
    }
}

fn count(counts: &mut Counts, text: String) {
    *counts.entry(text).or_default() += 1;
}
