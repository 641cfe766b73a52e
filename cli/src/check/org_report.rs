//! An [`OrgReport`] is the result of a check against an org: faults and warnings with their lines, and a sum.

use std::fmt;

use okta_request_enricher::okta::OrgUrl;
use okta_request_enricher::policy::PolicyFault;
use okta_request_enricher::text;
use serde_json::{Value, json};

use super::answers::Answers;
use super::mention::{Mention, Mentions, What};
use super::verdict::{self, Verdict};

/// How many ids one warning names; `--json` has all.
const NAMED: usize = 8;

/// What the org says about a policy.
pub(crate) struct OrgReport {
    pub(crate) faults: Vec<PolicyFault>,
    pub(crate) warnings: Vec<PolicyFault>,
    /// Why calls failed, with remedies.
    pub(crate) failures: Vec<String>,
    sum: Sum,
    /// All findings, for programs.
    findings: Vec<Value>,
}

/// How many of the ids and attributes were found. Each counts once, however often the policy names it.
pub(crate) struct Sum {
    org: String,
    ids: usize,
    attributes: usize,
    unknown: usize,
    wrong_kind: usize,
    idle: usize,
    not_looked_up: usize,
    /// Names and globs, which are not looked up.
    names: usize,
}

/// Mentions that could not be looked up for one reason.
struct Unseen<'a> {
    why: &'a str,
    remedy: &'a str,
    mentions: Vec<(usize, &'a str)>,
}

impl OrgReport {
    pub(super) fn of(
        org: &OrgUrl,
        file: &str,
        mentions: &Mentions,
        answers: &Answers,
        failures: Vec<String>,
    ) -> OrgReport {
        let verdicts: Vec<_> =
            mentions.all.iter().map(|mention| (mention, verdict::on(mention, mentions, answers))).collect();
        let line =
            |mention: &Mention| file.get(..mention.at).map_or(1, |before| before.matches('\n').count() + 1);
        let (mut faults, mut warnings, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut unseen: Vec<Unseen<'_>> = Vec::new();
        for (mention, verdict) in &verdicts {
            let fault = |text: &str| PolicyFault { line: line(mention), text: text::printable(text) };
            match verdict {
                Verdict::Unknown(text) | Verdict::WrongKind(text) => faults.push(fault(text)),
                Verdict::Idle(text) => warnings.push(fault(text)),
                Verdict::NotLookedUp { why, remedy } => {
                    let entry = (line(mention), mention.text());
                    match unseen.iter_mut().find(|unseen| unseen.why == why) {
                        Some(unseen) => unseen.mentions.push(entry),
                        None => unseen.push(Unseen { why, remedy, mentions: vec![entry] }),
                    }
                }
                Verdict::Found | Verdict::Failed => {}
            }
            findings.extend(finding(mention, line(mention), verdict));
        }
        warnings.extend(unseen.iter().map(Unseen::warning));
        warnings.sort_by_key(|warning| warning.line);
        let sum = Sum::of(org, &verdicts, mentions.names);
        OrgReport { faults, warnings, failures, sum, findings }
    }

    /// Leaves out what the check without the org has found in the same place.
    pub(crate) fn without_known(mut self, known: &[PolicyFault]) -> OrgReport {
        let is_known = |fault: &PolicyFault| {
            let quoted = |known: &PolicyFault| {
                known.text.split('`').skip(1).step_by(2).any(|name| {
                    fault.text.contains(&format!("`{name}`"))
                        && !fault.text.starts_with(&format!("`{name}`:"))
                })
            };
            known.iter().any(|known| known.line == fault.line && quoted(known))
        };
        self.faults.retain(|fault| !is_known(fault));
        self
    }

    /// The last line of the report; `None` if nothing could be looked up.
    pub(crate) fn sum(&self) -> Option<&Sum> {
        let Sum { ids, attributes, unknown, wrong_kind, idle, .. } = self.sum;
        let is_known = ids + attributes + unknown + wrong_kind + idle > 0;
        (is_known || self.failures.is_empty()).then_some(&self.sum)
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let Sum { org, ids, attributes, names, .. } = &self.sum;
        json!({
            "url": org,
            "found": {"ids": ids, "attributes": attributes},
            "names_and_globs": names,
            "findings": self.findings,
            "failures": self.failures,
        })
    }
}

/// The finding for programs; `None` if there is nothing to say.
fn finding(mention: &Mention, line: usize, verdict: &Verdict) -> Option<Value> {
    let (word, text) = match verdict {
        Verdict::Found => return None,
        Verdict::Unknown(text) => ("unknown", text.clone()),
        Verdict::WrongKind(text) => ("wrong kind", text.clone()),
        Verdict::Idle(text) => ("not active", text.clone()),
        Verdict::NotLookedUp { why, remedy } => ("not looked up", format!("{why}; {remedy}")),
        Verdict::Failed => ("not looked up", "the call failed".to_owned()),
    };
    let member = if is_attribute(mention) { "attribute" } else { "id" };
    Some(json!({"line": line, "key": mention.key, member: mention.text(), "finding": word, "text": text}))
}

fn is_attribute(mention: &Mention) -> bool {
    matches!(mention.what, What::Attribute { .. })
}

impl Unseen<'_> {
    /// One warning for all of them.
    fn warning(&self) -> PolicyFault {
        let line = self.mentions.iter().map(|(line, _)| *line).min().unwrap_or(1);
        let mut texts: Vec<&str> = Vec::new();
        for (_, text) in &self.mentions {
            if !texts.contains(text) {
                texts.push(text);
            }
        }
        let rest = texts.len().saturating_sub(NAMED);
        let named: Vec<_> = texts.iter().take(NAMED).map(|text| format!("`{text}`")).collect();
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let (named, Unseen { why, remedy, .. }) = (named.join(", "), self);
        PolicyFault { line, text: text::printable(&format!("not looked up: {named}{more}: {why}; {remedy}")) }
    }
}

impl Sum {
    fn of(org: &OrgUrl, verdicts: &[(&Mention, Verdict)], names: usize) -> Sum {
        let mut sum = Sum {
            org: org.to_string(),
            ids: 0,
            attributes: 0,
            unknown: 0,
            wrong_kind: 0,
            idle: 0,
            not_looked_up: 0,
            names,
        };
        let mut seen: Vec<(bool, &str, u8)> = Vec::new();
        for (mention, verdict) in verdicts {
            let is_attribute = is_attribute(mention);
            let (count, kind) = match verdict {
                Verdict::Found if is_attribute => (&mut sum.attributes, 0),
                Verdict::Found => (&mut sum.ids, 0),
                Verdict::Unknown(_) => (&mut sum.unknown, 1),
                Verdict::WrongKind(_) => (&mut sum.wrong_kind, 2),
                Verdict::Idle(_) => (&mut sum.idle, 3),
                Verdict::NotLookedUp { .. } | Verdict::Failed => (&mut sum.not_looked_up, 4),
            };
            let key = (is_attribute, mention.text(), kind);
            if !seen.contains(&key) {
                seen.push(key);
                *count += 1;
            }
        }
        sum
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ids, attributes) = (text::count(self.ids, "id"), text::count(self.attributes, "attribute"));
        write!(f, "checked against {}: {ids} and {attributes} found", self.org)?;
        for (count, what) in [
            (self.unknown, "unknown"),
            (self.wrong_kind, "of the wrong kind"),
            (self.idle, "not active"),
            (self.not_looked_up, "not looked up"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        if self.names > 0 {
            write!(f, " (names and globs are not looked up: {})", self.names)?;
        }
        Ok(())
    }
}
