//! Says which policy a command uses, and which other one lies nearby: whoever changed that would look in vain
//! for the change in the messages.

use std::path::Path;

use okta_request_enricher::policy_file::PolicyFile;

use super::{Environment, POLICY_FILE, policy_place};
use crate::deployed::Description;
use crate::{differing_lines, terminal};

/// Says on stderr which policy is used, with the fingerprint that answers and log lines have: `policy: FILE
/// (HASH)`, `policy: built in (HASH)` or `policy: deployed in FUNCTION (HASH)`. A second line names a policy
/// that differs and is not used.
///
/// `used` is the file of the configuration ([`Deployment::policy_file`]); `environment` is given where
/// `--function` can name a function.
///
/// [`Deployment::policy_file`]: okta_request_enricher::deployment::Deployment::policy_file
pub(crate) fn note_policy(used: &PolicyFile, environment: Option<&Environment>) {
    let deployed = environment.and_then(Environment::deployed_policy);
    if let (Some((function, description)), true) =
        (&deployed, environment.is_some_and(Environment::uses_deployed_policy))
    {
        let hash = description.policy.as_deref();
        terminal::eprintln!("policy: deployed in {function}{}", in_brackets(hash));
        if let Some(local) = local().filter(|local| differs(local, description.policy_text.as_deref())) {
            let ((path, name), places) = (described(&local), places(&local, description));
            terminal::eprintln!(
                "note: {name} differs{places} and is not used: the deployed policy is (--policy {path} uses the file)"
            );
        }
        return;
    }
    let (path, name) = described(used);
    terminal::eprintln!("policy: {name}");
    if let Some((function, description)) = deployed
        && differs(used, description.policy_text.as_deref())
    {
        let hash = in_brackets(description.policy.as_deref());
        let places = places(used, description);
        terminal::eprintln!("note: {path} differs{places} from the policy deployed in {function}{hash}");
    } else if used.path().is_none()
        && let Some(local) = local().filter(|local| differs(local, used.text().ok()))
    {
        let (path, local) = described(&local);
        terminal::eprintln!("note: {local} differs and is not used (--policy {path} uses it)");
    }
}

/// The policy file that an operator probably works on: that of `ENRICHMENT_FILE`, or of the working folder.
fn local() -> Option<PolicyFile> {
    let named = std::env::var(POLICY_FILE).ok().filter(|file| !file.trim().is_empty());
    named
        .map(|file| PolicyFile::named(file.trim()))
        .or_else(|| policy_place().map(|place| PolicyFile::at(Path::new(place))))
}

/// The path, and the path with the fingerprint.
fn described(file: &PolicyFile) -> (&str, String) {
    let path = file.path().unwrap_or("built in");
    let hash = file.fingerprint().map(|hash| hash.to_string());
    (path, format!("{path}{}", in_brackets(hash.as_deref())))
}

fn in_brackets(hash: Option<&str>) -> String {
    hash.map(|hash| format!(" ({hash})")).unwrap_or_default()
}

/// Whether both texts are known and are not the same policy.
fn differs(file: &PolicyFile, other: Option<&str>) -> bool {
    match (file.text(), other) {
        (Ok(text), Some(other)) => rules(text) != rules(other),
        _ => false,
    }
}

/// Without the line that names the schema, in which a kit's policy differs.
fn rules(policy: &str) -> Vec<&str> {
    policy.lines().filter(|line| !line.starts_with("#:schema ")).collect()
}

/// Where a file differs from the deployed policy.
fn places(file: &PolicyFile, deployed: &Description) -> String {
    match (file.text(), &deployed.policy_text) {
        (Ok(file), Some(deployed)) => differing_lines::places(file, deployed),
        _ => String::new(),
    }
}

impl Environment {
    /// The name of the function whose settings these are, and what it says about itself, if it says it.
    fn deployed_policy(&self) -> Option<(&str, &Description)> {
        let name = self.function.as_ref().and_then(|function| function.function_name());
        let description = self.description.as_ref()?.as_ref().ok()?;
        Some((name.unwrap_or("the function"), description))
    }
}
