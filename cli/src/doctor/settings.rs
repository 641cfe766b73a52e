//! Checks the [`Settings`]: the environment as the Lambda reads it. Reports every fault, and those that the
//! deployed function itself reports.

use okta_request_enricher::config::Config;
use okta_request_enricher::okta::OrgUrl;
use okta_request_enricher::policy::Policy;

use super::check::Check;
use super::findings::Findings;
use super::policy;
use crate::environment::Environment;

/// The name of this check.
pub(super) const CHECK: &str = "settings";

/// The valid part of the settings.
pub(super) struct Settings {
    /// Set if it is valid, even if other settings are not: enough to reach Okta.
    pub(super) org: Option<OrgUrl>,
    /// Set if all settings are valid. Its policy is the built-in one.
    pub(super) config: Option<Config>,
    /// The policy that counts, set if it is valid.
    pub(super) policy: Option<Policy>,
}

impl Settings {
    /// `policy` is `None` if it can't be used.
    pub(super) fn check(
        environment: &Environment,
        policy: Option<Policy>,
        findings: &mut Findings<'_>,
    ) -> Settings {
        let org = environment.get("OKTA_ORG_URL").and_then(|text| OrgUrl::parse(text).ok());
        let read = environment.config_with_built_in_policy(&[]);
        let own = read.as_ref().err().map(|faults| faults.faults.as_slice()).unwrap_or_default();
        let told = environment.description.as_ref().and_then(|described| described.as_ref().ok());
        let told = told.map(|description| description.faults.as_slice()).unwrap_or_default();
        let is_known = |text: &String| {
            own.iter().any(|fault| fault.to_string() == *text) || policy.is_none() && policy::is_fault(text)
        };
        let told: Vec<_> = told.iter().filter(|text| !is_known(text)).collect();
        if let (Ok(config), []) = (&read, told.as_slice()) {
            findings.add(Check::ok(CHECK, format!("{}, secret {}", config.org, config.secret_id)));
        }
        for fault in own {
            findings.add(Check::problem(CHECK, &fault.cause, fault.remedy.as_deref()));
        }
        for text in told {
            let detail = format!("the function reports: {text}");
            findings.add(Check::fail(CHECK, detail, "correct it, and deploy again"));
        }
        if let Ok(config) = &read {
            warn(config, environment, findings);
        }
        Settings { org, config: read.ok(), policy }
    }
}

fn warn(config: &Config, environment: &Environment, findings: &mut Findings<'_>) {
    if config.dry_run {
        findings.add(Check::warn(
            "dry run",
            "DRY_RUN is set: the function makes messages, and nothing is posted",
            "set DryRun=false and deploy (SAM keeps the last value of a parameter whose line is taken out)",
        ));
    }
    // Whoever checks Okta alone, with a credential of their own, asks nothing of the ledger.
    let is_of_function = environment.function.is_some() || environment.get("OKTA_SECRET_ID").is_some();
    if config.ledger_table.is_none() && is_of_function {
        findings.add(Check::warn(
            "ledger setting",
            "LEDGER_TABLE is not set: a request may get its message twice, and lost events are not found",
            "set it to a DynamoDB table; the template creates one",
        ));
    }
}
