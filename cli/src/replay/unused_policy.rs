//! Finds a policy file beside the events that this run does not use: someone changed it, and would look in vain
//! for the change in the messages.

use std::path::Path;

use okta_request_enricher::policy::EMBEDDED;
use okta_request_enricher::policy_file::PolicyFile;

use crate::environment::{POLICY_FILE, policy_place};
use crate::terminal;

/// Says on stderr how to use the policy of this folder, if it differs from the built-in one, which is used.
pub(super) fn note() {
    if std::env::var(POLICY_FILE).is_ok_and(|file| !file.trim().is_empty()) {
        return;
    }
    let Some(place) = policy_place() else { return };
    if PolicyFile::at(Path::new(place)).text().is_ok_and(|text| rules(text) != rules(EMBEDDED)) {
        terminal::eprintln!(
            "note: this is the built-in policy; for that of {place}, set {POLICY_FILE}={place}"
        );
    }
}

/// Without the line that names the schema, in which a kit's policy differs.
fn rules(policy: &str) -> Vec<&str> {
    policy.lines().filter(|line| !line.starts_with("#:schema ")).collect()
}
