//! Checks the policy: the deployed one, as the function itself shows it, beside the file on this machine.

use std::path::Path;

use okta_request_enricher::deployment::Deployment;
use okta_request_enricher::policy::{Policy, Unreadable};
use okta_request_enricher::policy_file::PolicyFile;
use okta_request_enricher::text;

use super::check::Check;
use super::findings::Findings;
use crate::deployed::Description;
use crate::environment::Environment;
use crate::policy_note::policy_place;
use crate::policy_option::POLICY_FILE;

/// The names of these checks.
pub(super) const CHECK: &str = "policy";
const LOCAL: &str = "local policy";

const BUILT_IN: &str = "the built-in policy";

/// Makes the checks. Returns the deployed policy if it is usable; where it is unknown, the local one.
///
/// `given` is the file of `--policy`.
pub(super) fn check(
    environment: &Environment,
    given: Option<&Path>,
    findings: &mut Findings<'_>,
) -> Option<Policy> {
    let local = named(environment, given);
    match &environment.description {
        Some(Ok(deployed)) => {
            let policy = check_deployed(deployed, findings);
            if let Some(check) = compare(deployed, local) {
                findings.add(check);
            }
            policy
        }
        Some(Err(_)) => {
            let file = local.or_else(found).unwrap_or_else(PolicyFile::built_in);
            check_local(&file, " (the deployed policy is unknown)", findings)
        }
        None => {
            let of_shell = || Deployment::read(|name| environment.get(name).map(str::to_owned)).policy_file;
            check_local(&local.unwrap_or_else(of_shell), "", findings)
        }
    }
}

/// Whether a fault that the function reports is one of its policy.
pub(super) fn is_fault(text: &str) -> bool {
    text.contains("policy file") || text.contains(POLICY_FILE)
}

fn check_deployed(deployed: &Description, findings: &mut Findings<'_>) -> Option<Policy> {
    let name = match &deployed.policy {
        Some(hash) => format!("{} ({hash})", deployed.policy_name()),
        None => deployed.policy_name().to_owned(),
    };
    if let Some(text) = &deployed.policy_text {
        return check_text(&name, text, findings);
    }
    let unreadable = || format!("the function can't read {name}");
    let detail = deployed.faults.iter().find(|fault| is_fault(fault)).cloned().unwrap_or_else(unreadable);
    findings.add(Check::fail(CHECK, detail, "correct the file or ENRICHMENT_FILE, and deploy again"));
    None
}

/// `note` follows the file's name.
fn check_local(file: &PolicyFile, note: &str, findings: &mut Findings<'_>) -> Option<Policy> {
    let name = file.path().unwrap_or(BUILT_IN);
    match file.text() {
        Ok(text) => check_text(&format!("{name}{note}"), text, findings),
        Err(error) => {
            findings.add(Check::fail(CHECK, unreadable(error), "name a readable policy file"));
            None
        }
    }
}

fn check_text(name: &str, text: &str, findings: &mut Findings<'_>) -> Option<Policy> {
    match Policy::check(text) {
        Err(faults) => {
            let remedy = "correct the file (`enricher check FILE` checks it), and deploy again";
            for fault in faults {
                findings.add(Check::fail(CHECK, format!("{name}, {fault}"), remedy));
            }
            None
        }
        Ok((policy, warnings)) => {
            let rules = text::count(policy.rules.len(), "rule");
            findings.add(Check::ok(CHECK, format!("{name}: {rules}")));
            for warning in warnings {
                findings.add(Check::warn(CHECK, format!("{name}, {warning}"), "nothing, if it is meant so"));
            }
            Some(policy)
        }
    }
}

/// Compares what is deployed with the named file, or with one that lies where policy files do; `None` if
/// there is nothing to compare.
fn compare(deployed: &Description, named: Option<PolicyFile>) -> Option<Check> {
    let is_named = named.is_some();
    let file = named.or_else(found)?;
    let name = file.path().unwrap_or(BUILT_IN);
    let text = match file.text() {
        Ok(text) => text,
        Err(error) => {
            let check = Check::warn(LOCAL, unreadable(error), "name a readable policy file by --policy");
            return Some(if is_named { check.failed() } else { check });
        }
    };
    // A byte order mark changes the fingerprint and nothing else.
    let is_same = deployed.policy_text.as_ref()? == text;
    Some(if is_same {
        Check::ok(LOCAL, format!("the deployed policy is the same as {name}"))
    } else {
        let own = file.fingerprint().map(|own| format!(" ({own})")).unwrap_or_default();
        Check::warn(
            LOCAL,
            format!("the deployed policy differs from {name}{own}"),
            format!("deploy {name}, or give the file that is deployed by --policy"),
        )
    })
}

/// The file of `--policy`, or else the one that `ENRICHMENT_FILE` of this shell names.
fn named(environment: &Environment, given: Option<&Path>) -> Option<PolicyFile> {
    given.map(PolicyFile::at).or_else(|| environment.get(POLICY_FILE).map(PolicyFile::named))
}

fn found() -> Option<PolicyFile> {
    policy_place().map(|place| PolicyFile::at(Path::new(place)))
}

/// Why a local file can't be read.
fn unreadable(error: &Unreadable) -> String {
    format!("failed to read {}: {}", error.file, error.cause)
}
