//! Checks the policy: the deployed one, as the function itself shows it, beside the file on this machine.

use std::path::{Path, PathBuf};

use okta_request_enricher::policy::{self, Policy};
use okta_request_enricher::{shape, text, text_file};

use super::check::Check;
use super::report::Report;
use crate::deployed::Description;
use crate::environment::{Environment, POLICY_FILE};

/// The names of these checks.
pub(super) const CHECK: &str = "policy";
const LOCAL: &str = "local policy";

/// Where a policy file is on this machine, if nobody names one: in a deployment kit, or in its `function`
/// folder.
const PLACES: [&str; 2] = ["function/enrichment.toml", "enrichment.toml"];

/// Makes the checks. Returns the deployed policy if it is usable; where it is unknown, the local one.
///
/// `given` is the file of `--policy`.
pub(super) fn check(environment: &Environment, given: Option<&Path>, report: &mut Report) -> Option<Policy> {
    let local = File::named(environment, given);
    match &environment.description {
        Some(Ok(deployed)) => {
            let policy = check_deployed(deployed, report);
            if let Some(check) = compare(deployed, local) {
                report.add(check);
            }
            policy
        }
        Some(Err(_)) => check_local(local.or_else(File::found), " (the deployed policy is unknown)", report),
        None => check_local(local, "", report),
    }
}

/// Whether a fault that the function reports is one of its policy.
pub(super) fn is_fault(text: &str) -> bool {
    text.contains("policy file") || text.contains(POLICY_FILE)
}

fn check_deployed(deployed: &Description, report: &mut Report) -> Option<Policy> {
    let name = match &deployed.policy {
        Some(hash) => format!("{} ({hash})", deployed.policy_name()),
        None => deployed.policy_name().to_owned(),
    };
    if let Some(text) = &deployed.policy_text {
        return check_text(&name, text, report);
    }
    let unreadable = || format!("the function can't read {name}");
    let detail = deployed.faults.iter().find(|fault| is_fault(fault)).cloned().unwrap_or_else(unreadable);
    report.add(Check::fail(CHECK, detail, "correct the file or ENRICHMENT_FILE, and deploy again"));
    None
}

/// The file that was asked for, or else the built-in policy. `note` follows its name.
fn check_local(file: Option<File>, note: &str, report: &mut Report) -> Option<Policy> {
    let Some(file) = file else {
        return check_text(&format!("the built-in policy{note}"), policy::EMBEDDED, report);
    };
    match &file.text {
        Ok(text) => check_text(&format!("{}{note}", file.name), text, report),
        Err(problem) => {
            report.add(Check::fail(CHECK, problem, "name a readable policy file"));
            None
        }
    }
}

fn check_text(name: &str, text: &str, report: &mut Report) -> Option<Policy> {
    match Policy::check(text) {
        Err(faults) => {
            let remedy = "correct the file (`enricher check FILE` checks it), and deploy again";
            for fault in faults {
                report.add(Check::fail(CHECK, format!("{name}, {fault}"), remedy));
            }
            None
        }
        Ok((policy, warnings)) => {
            let rules = text::count(policy.rules.len(), "rule");
            report.add(Check::ok(CHECK, format!("{name}: {rules}")));
            for warning in warnings {
                report.add(Check::warn(CHECK, format!("{name}, {warning}"), "nothing, if it is meant so"));
            }
            Some(policy)
        }
    }
}

/// Compares what is deployed with the named file, or with one that lies where policy files do; `None` if
/// there is nothing to compare.
fn compare(deployed: &Description, named: Option<File>) -> Option<Check> {
    let is_named = named.is_some();
    let File { name, text } = named.or_else(File::found)?;
    let local = match text {
        Ok(local) => local,
        Err(problem) => {
            let remedy = "name a readable policy file by --policy";
            let check = Check::warn(LOCAL, problem, remedy);
            return Some(if is_named { check.failed() } else { check });
        }
    };
    // The function leaves a byte order mark out of its text.
    let same = text_file::decode(deployed.policy_text.as_ref()?.as_bytes()).is_ok_and(|text| text == local);
    Some(if same {
        Check::ok(LOCAL, format!("the deployed policy is the same as {name}"))
    } else {
        Check::warn(
            LOCAL,
            format!("the deployed policy differs from {name}"),
            format!("deploy {name}, or give the file that is deployed by --policy"),
        )
    })
}

/// A policy file on this machine.
struct File {
    name: String,
    /// Its text, or why there is none.
    text: Result<String, String>,
}

impl File {
    /// The file of `--policy`, or else the one that `ENRICHMENT_FILE` of this shell names.
    fn named(environment: &Environment, given: Option<&Path>) -> Option<File> {
        match (given, environment.get(POLICY_FILE)) {
            (Some(path), _) => Some(File::read(path, "--policy")),
            (None, Some(path)) => Some(File::read(path.as_ref(), POLICY_FILE)),
            (None, None) => None,
        }
    }

    fn found() -> Option<File> {
        let path = PLACES.into_iter().map(PathBuf::from).find(|path| path.exists())?;
        Some(File::read(&path, "the working folder"))
    }

    /// `by` is what names the file.
    fn read(path: &Path, by: &str) -> File {
        let name = path.display().to_string();
        if shape::is_secret(&name) {
            let problem = format!("{by} holds a credential, not a name");
            return File { name: "(not shown)".to_owned(), text: Err(problem) };
        }
        let text = text_file::read_to_string(path).map_err(|error| format!("failed to read {name}: {error}"));
        File { name, text }
    }
}
