//! Says which policy a command uses that can take the one of a deployed function.

use okta_request_enricher::policy_file::PolicyFile;

use super::Environment;
use crate::deployed::Description;
use crate::policy_note::{self, described, differs, in_brackets, local};
use crate::terminal;

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
            let (path, local) = described(&local);
            terminal::eprintln!(
                "note: {local} differs and is not used: the deployed policy is (--policy {path} uses the file)"
            );
        }
        return;
    }
    match deployed {
        Some((function, description)) if differs(used, description.policy_text.as_deref()) => {
            let (path, name) = described(used);
            terminal::eprintln!("policy: {name}");
            let hash = in_brackets(description.policy.as_deref());
            terminal::eprintln!(
                "note: the policy deployed in {function}{hash} differs from {path}, which is used"
            );
        }
        _ => policy_note::note(used),
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
