//! An org as this shell describes it, without AWS: `--org` or `OKTA_ORG_URL`, a credential in
//! `OKTA_API_TOKEN` or `OKTA_SECRET_FILE`, and the Lambda's other variables.

use okta_request_enricher::config::Config;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::okta::OrgUrl;

use crate::failure::Failure;
use crate::policy_option::PolicyOption;
use crate::{credential, excerpt};

/// The value of `--org`. Read before the settings, so that an error names the option and not the variable behind it.
pub(crate) fn url(org: &str) -> Result<OrgUrl, Failure> {
    Ok(OrgUrl::parse(org).map_err(|error| format!("the address in --org {error}"))?)
}

/// The credential of this shell.
pub(crate) fn credential() -> Result<Credential, Failure> {
    let credential = credential::local()?;
    Ok(credential.ok_or("a real org needs a credential; set OKTA_API_TOKEN, or OKTA_SECRET_FILE")?)
}

/// The settings: first those of `changes`, then the policy file of `--policy`, then the variables. `org` goes
/// before `OKTA_ORG_URL`.
pub(crate) fn config(
    org: Option<&str>,
    policy: &PolicyOption,
    changes: impl Fn(&str) -> Option<String>,
) -> Result<Config, Failure> {
    let config = Config::from_lookup(|name| match name {
        "OKTA_ORG_URL" if org.is_some() => org.map(str::to_owned),
        "OKTA_SECRET_ID" => Some("given by the operator".to_owned()),
        _ => changes(name).or_else(|| policy.variable(name)).or_else(|| std::env::var(name).ok()),
    });
    config.map_err(|error| excerpt::explained(&error))
}
