//! What to settle before the policy is switched on: one line for each problem of the [`Findings`], the
//! gravest first.

use okta_request_enricher::text;

use super::findings::{Findings, WORN_OUT};
use crate::credential;

/// The problems, in words.
pub(super) fn to_settle(findings: &Findings) -> Vec<String> {
    let mut lines = Vec::new();
    for refused in &findings.cannot_post {
        let (api, messages) = (refused.api.as_str(), text::count(refused.messages, "message"));
        // The function may have another one.
        let credential = credential::variable().map(|name| format!(" with the credential of {name}"));
        let credential = credential.unwrap_or_default();
        lines.push(format!(
            "no message can be posted on {api} requests ({messages}){credential}: {}",
            refused.reason
        ));
    }
    for cause in findings.would_fail.iter() {
        let rule = cause.rule.as_ref().map(|rule| format!(" of the rule {rule}")).unwrap_or_default();
        let messages = text::count(cause.requests, "message");
        lines.push(format!("{messages}{rule} would fail: {}", cause.reason));
    }
    for cause in findings.misfits.iter() {
        let rule = cause.rule.as_deref().unwrap_or_default();
        let messages = text::count(cause.requests, "message");
        lines.push(format!("{messages} of the rule {rule}: {}", cause.reason));
    }
    for scope in &findings.lacking_scopes {
        lines.push(format!(
            "Okta did not grant the scope {scope}: grant it to the service app (Okta API Scopes)"
        ));
    }
    let messages = findings.messages();
    for (lack, count) in &findings.degraded {
        lines.push(format!("{count} of {} lack facts: {lack}", text::count(messages, "message")));
    }
    for warned in findings.warned.iter().filter(|warned| warned.too_many) {
        lines.push(format!(
            "the warning {} is in {} of {} ({} %, more than {WORN_OUT} %): approvers will stop reading it",
            warned.kind,
            warned.messages,
            text::count(messages, "message"),
            warned.share
        ));
    }
    let never = findings.kinds.never().count();
    if never > 0 {
        let requests: usize = findings.kinds.never().map(|kind| kind.requests).sum();
        lines.push(format!(
            "request types and conditions that no rule matches: {never} ({})",
            text::count(requests, "request")
        ));
    }
    let undecided = findings.undecided.requests();
    if undecided > 0 {
        let requests = text::count(undecided, "request");
        lines.push(format!("{requests} can't be tried: replay their events (enricher replay --org)"));
    }
    let unused: Vec<_> = findings.by_rule.iter().filter(|rule| rule.matched == 0).collect();
    if !unused.is_empty() && findings.tried > 0 {
        let names: Vec<_> = unused.iter().map(|rule| rule.rule.as_str()).collect();
        lines.push(format!("rules that matched nothing: {}", names.join(", ")));
    }
    if !findings.never_set.is_empty() {
        lines.push(format!(
            "attributes that nobody has: {} (see the variable name in the Profile Editor)",
            findings.never_set.join(", ")
        ));
    }
    if let Some(allowed) = findings.calls.messages_a_window()
        && allowed < u64::try_from(findings.busiest_minute).unwrap_or(u64::MAX)
    {
        lines.push(format!(
            "Okta's limits allow {} a minute, and the busiest minute had {}: some would wait, or lack facts",
            text::count(allowed, "message"),
            text::count(findings.busiest_minute, "request")
        ));
    }
    lines
}
