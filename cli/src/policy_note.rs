//! Says which policy a command uses, and which other one lies nearby: whoever changed that would look in vain
//! for the change in the messages.

use std::path::Path;

use okta_request_enricher::policy_file::PolicyFile;

use crate::policy_option::POLICY_FILE;
use crate::terminal;

/// Where a policy file is in the working folder, if nobody names one: in a kit, or in a clone.
const POLICY_PLACES: [&str; 2] = ["function/enrichment.toml", "enrichment.toml"];

/// The policy file of the working folder, if it has one.
pub(crate) fn policy_place() -> Option<&'static str> {
    POLICY_PLACES.into_iter().find(|place| Path::new(place).exists())
}

/// Says on stderr which policy is used, with the fingerprint that answers and log lines have: `policy: FILE
/// (HASH)` or `policy: built in (HASH)`. If that is the built-in one, a second line names a file nearby that
/// differs and is not used.
///
/// `used` is the file of the configuration ([`Deployment::policy_file`]).
///
/// [`Deployment::policy_file`]: okta_request_enricher::deployment::Deployment::policy_file
pub(crate) fn note(used: &PolicyFile) {
    let (_, name) = described(used);
    terminal::eprintln!("policy: {name}");
    if used.path().is_none()
        && let Some(local) = local().filter(|local| differs(local, used.text().ok()))
    {
        let (path, local) = described(&local);
        terminal::eprintln!("note: {local} differs and is not used (--policy {path} uses it)");
    }
}

/// The policy file that an operator probably works on: that of `ENRICHMENT_FILE`, or of the working folder.
pub(crate) fn local() -> Option<PolicyFile> {
    let named = std::env::var(POLICY_FILE).ok().filter(|file| !file.trim().is_empty());
    named
        .map(|file| PolicyFile::named(file.trim()))
        .or_else(|| policy_place().map(|place| PolicyFile::at(Path::new(place))))
}

/// The path, and the path with the fingerprint.
pub(crate) fn described(file: &PolicyFile) -> (&str, String) {
    let path = file.path().unwrap_or("built in");
    let hash = file.fingerprint().map(|hash| hash.to_string());
    (path, format!("{path}{}", in_brackets(hash.as_deref())))
}

pub(crate) fn in_brackets(hash: Option<&str>) -> String {
    hash.map(|hash| format!(" ({hash})")).unwrap_or_default()
}

/// Whether both texts are known and are not the same policy.
pub(crate) fn differs(file: &PolicyFile, other: Option<&str>) -> bool {
    match (file.text(), other) {
        (Ok(text), Some(other)) => rules(text) != rules(other),
        _ => false,
    }
}

/// Without the line that names the schema, in which a kit's policy differs.
fn rules(policy: &str) -> Vec<&str> {
    policy.lines().filter(|line| !line.starts_with("#:schema ")).collect()
}
