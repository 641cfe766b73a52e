//! Says which policy a command uses that can take the one of a deployed function.

use okta_request_enricher::policy_file::PolicyFile;

use super::Environment;
use crate::deployed::Description;
use crate::policy_note::{self, described, differs, in_brackets, local};
use crate::{differing_lines, terminal};

/// Says on stderr which policy is used, with the fingerprint that answers and log lines have: `policy: FILE
/// (HASH)`, `policy: built in (HASH)` or `policy: deployed in FUNCTION (HASH)`. A second line names a policy
/// that differs and is not used.
///
/// `used` is the file of the configuration ([`Deployment::policy_file`]).
///
/// [`Deployment::policy_file`]: okta_request_enricher::deployment::Deployment::policy_file
pub(crate) fn note_policy(used: &PolicyFile, environment: &Environment) {
    let Some((function, deployed)) = environment.deployed_policy() else {
        return policy_note::note(used);
    };
    let hash = in_brackets(deployed.policy.as_deref());
    let differing = |file: &PolicyFile| differs(file, deployed.policy_text.as_deref());
    if environment.uses_deployed_policy() {
        terminal::eprintln!("policy: deployed in {function}{hash}");
        if let Some(local) = local().filter(differing) {
            let ((path, name), places) = (described(&local), places(&local, deployed));
            terminal::eprintln!(
                "note: {name} differs{places} and is not used: the deployed policy is (--policy {path} uses the file)"
            );
        }
    } else if differing(used) {
        let ((path, name), places) = (described(used), places(used, deployed));
        terminal::eprintln!("policy: {name}");
        terminal::eprintln!("note: {path} differs{places} from the policy deployed in {function}{hash}");
    } else {
        policy_note::note(used);
    }
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
