//! The [`PolicyOption`]: the policy file that an operator names on the command line.

use clap::Args;
use okta_request_enricher::policy_file::PolicyFile;
use okta_request_enricher::shape;

/// The variable that names the policy file.
pub(crate) const POLICY_FILE: &str = "ENRICHMENT_FILE";

/// `--policy FILE`. It is the same as `ENRICHMENT_FILE` of this shell, and wins over it and over the deployed
/// policy.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PolicyOption {
    /// Use this policy file
    ///
    /// Without it: the deployed policy, if the settings are those of a function; else the file that
    /// ENRICHMENT_FILE names; else the built-in policy. A line on stderr says which one it is.
    #[arg(long = "policy", value_name = "FILE", value_parser = path)]
    #[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
    file: Option<String>,
}

impl PolicyOption {
    /// The path, as it was typed.
    pub(crate) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The path as the value of `ENRICHMENT_FILE`; `None` for every other variable, and if no path is given.
    /// For lookups that ask here first and then the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.file.clone().filter(|_| name == POLICY_FILE)
    }
}

/// A blank `ENRICHMENT_FILE` counts as unset. A blank option would use another policy in silence.
fn path(text: &str) -> Result<String, String> {
    let path = text.trim();
    if path.is_empty() {
        return Err("name a policy file".to_owned());
    }
    // An error of the arguments quotes the value. The configuration reports a credential without quoting it.
    if !shape::is_secret(path)
        && let Err(error) = PolicyFile::named(path).text()
    {
        return Err(error.cause.clone());
    }
    Ok(path.to_owned())
}
