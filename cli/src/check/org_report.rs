//! An [`OrgReport`] is the result of a check against an org: faults and warnings with their lines, and a sum.

use std::fmt;

use okta_request_enricher::okta::OrgUrl;
use okta_request_enricher::policy::PolicyFault;
use okta_request_enricher::text;
use serde_json::{Value, json};

use super::answers::Answers;
use super::mention::{Mention, Mentions, What};
use super::verdict::{self, Told, Verdict};

/// How many ids one warning names; `--json` has all.
const NAMED: usize = 8;

/// What the org says about a policy.
pub(crate) struct OrgReport {
    faults: Vec<OrgFault>,
    warnings: Vec<PolicyFault>,
    /// Why calls failed, with remedies.
    pub(crate) failures: Vec<String>,
    sum: Sum,
    /// All findings, for programs.
    findings: Vec<Value>,
}

/// A fault that the org shows.
struct OrgFault {
    fault: PolicyFault,
    /// Whether it says more than the check without the org about the same place.
    says_more: bool,
}

/// How many of the ids and attributes were found. Each counts once, however often the policy names it.
pub(crate) struct Sum {
    org: String,
    ids: usize,
    attributes: usize,
    unknown: usize,
    wrong_kind: usize,
    not_active: usize,
    not_looked_up: usize,
    /// Names and globs, which are not looked up.
    names: usize,
    /// Whether the file could be read.
    is_read: bool,
}

/// Mentions that could not be looked up for one reason.
struct Unseen<'a> {
    told: &'a Told,
    mentions: Vec<&'a Mention>,
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
        let (mut faults, mut warnings, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut unseen: Vec<Unseen<'_>> = Vec::new();
        for (mention, verdict) in &verdicts {
            match verdict {
                Verdict::Unknown(told) | Verdict::WrongKind(told) => faults.push(OrgFault {
                    fault: fault(file, mention, told),
                    says_more: matches!(verdict, Verdict::WrongKind(_)) || told.instead.is_some(),
                }),
                Verdict::NotActive(told) => warnings.push(fault(file, mention, told)),
                Verdict::NotLookedUp(told) => match unseen.iter_mut().find(|unseen| unseen.told == told) {
                    Some(unseen) => unseen.mentions.push(mention),
                    None => unseen.push(Unseen { told, mentions: vec![mention] }),
                },
                Verdict::Found | Verdict::Failed => {}
            }
            findings.extend(finding(file, mention, verdict));
        }
        warnings.extend(unseen.iter().filter_map(|unseen| unseen.warning(file)));
        let sum = Sum::of(org, &verdicts, mentions.names);
        OrgReport { faults, warnings, failures, sum, findings }
    }

    /// The report on a file that is no TOML.
    pub(super) fn unread(org: &OrgUrl) -> OrgReport {
        let mut report = OrgReport::of(org, "", &Mentions::default(), &Answers::default(), Vec::new());
        report.sum.is_read = false;
        report
    }

    /// Adds what was found to the faults and warnings of the check without the org. Of two faults in one place, one
    /// stays.
    pub(crate) fn merge_into(&mut self, faults: &mut Vec<PolicyFault>, warnings: &mut Vec<PolicyFault>) {
        for OrgFault { fault, says_more } in std::mem::take(&mut self.faults) {
            match faults.iter_mut().find(|known| known.place == fault.place) {
                Some(known) if says_more => *known = fault,
                Some(_) => {}
                None => faults.push(fault),
            }
        }
        warnings.append(&mut self.warnings);
        faults.sort_by_key(|fault| fault.place.start);
        warnings.sort_by_key(|warning| warning.place.start);
    }

    /// The last line of the report; `None` if nothing could be looked up.
    pub(crate) fn sum(&self) -> Option<&Sum> {
        let Sum { ids, attributes, unknown, wrong_kind, not_active, .. } = self.sum;
        let is_known = ids + attributes + unknown + wrong_kind + not_active > 0;
        (is_known || self.failures.is_empty()).then_some(&self.sum)
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let Sum { org, ids, attributes, names, is_read, .. } = &self.sum;
        json!({
            "url": org,
            "checked": is_read,
            "found": {"ids": ids, "attributes": attributes},
            "names_and_globs": names,
            "findings": self.findings,
            "failures": self.failures,
        })
    }
}

/// A finding as `check` shows its own.
fn fault(file: &str, mention: &Mention, told: &Told) -> PolicyFault {
    let fault = PolicyFault::new(file, mention.place.clone(), &told.cause, &told.remedy);
    told.instead.clone().into_iter().fold(fault, PolicyFault::instead)
}

/// The line of a mention, from 1.
fn line(file: &str, mention: &Mention) -> usize {
    file.get(..mention.place.start).map_or(1, |before| before.matches('\n').count() + 1)
}

/// The finding for programs; `None` if there is nothing to say.
fn finding(file: &str, mention: &Mention, verdict: &Verdict) -> Option<Value> {
    let (word, told) = match verdict {
        Verdict::Found => return None,
        Verdict::Unknown(told) => ("unknown", Some(told)),
        Verdict::WrongKind(told) => ("wrong kind", Some(told)),
        Verdict::NotActive(told) => ("not active", Some(told)),
        Verdict::NotLookedUp(told) => ("not looked up", Some(told)),
        Verdict::Failed => ("not looked up", None),
    };
    let text =
        told.map_or_else(|| "the call failed".to_owned(), |told| format!("{}; {}", told.cause, told.remedy));
    let member = if is_attribute(mention) { "attribute" } else { "id" };
    let line = line(file, mention);
    Some(json!({"line": line, "key": mention.key, member: mention.text(), "finding": word, "text": text}))
}

fn is_attribute(mention: &Mention) -> bool {
    matches!(mention.what, What::Attribute { .. })
}

impl Unseen<'_> {
    /// One warning for all of them, at the first.
    fn warning(&self, file: &str) -> Option<PolicyFault> {
        let Unseen { told: Told { cause, remedy, .. }, mentions } = self;
        let mut texts: Vec<&str> = Vec::new();
        for mention in mentions {
            if !texts.contains(&mention.text()) {
                texts.push(mention.text());
            }
        }
        let rest = texts.len().saturating_sub(NAMED);
        let named: Vec<_> = texts.iter().take(NAMED).map(|text| format!("`{text}`")).collect();
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let cause = format!("not looked up: {}{more}: {cause}", named.join(", "));
        let told = Told { cause, remedy: remedy.clone(), instead: None };
        mentions.first().map(|first| fault(file, first, &told))
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
            not_active: 0,
            not_looked_up: 0,
            names,
            is_read: true,
        };
        let mut seen: Vec<(bool, &str, u8)> = Vec::new();
        for (mention, verdict) in verdicts {
            let is_attribute = is_attribute(mention);
            let (count, kind) = match verdict {
                Verdict::Found if is_attribute => (&mut sum.attributes, 0),
                Verdict::Found => (&mut sum.ids, 0),
                Verdict::Unknown(_) => (&mut sum.unknown, 1),
                Verdict::WrongKind(_) => (&mut sum.wrong_kind, 2),
                Verdict::NotActive(_) => (&mut sum.not_active, 3),
                Verdict::NotLookedUp(_) | Verdict::Failed => (&mut sum.not_looked_up, 4),
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
        if !self.is_read {
            return write!(f, "not checked against {}: correct the errors above first", self.org);
        }
        let (ids, attributes) = (text::count(self.ids, "id"), text::count(self.attributes, "attribute"));
        write!(f, "checked against {}: {ids} and {attributes} found", self.org)?;
        for (count, what) in [
            (self.unknown, "unknown"),
            (self.wrong_kind, "of the wrong kind"),
            (self.not_active, "not active"),
            (self.not_looked_up, "not looked up"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        match self.names {
            0 => Ok(()),
            1 => f.write_str("; 1 name or glob skipped"),
            names => write!(f, "; {names} names or globs skipped"),
        }
    }
}
