//! Checks the [`Settings`]: the environment as the Lambda reads it, and the policy. Reports every fault of
//! each.

use okta_request_enricher::config::Config;
use okta_request_enricher::okta::OrgUrl;
use okta_request_enricher::policy::{self, Policy};
use okta_request_enricher::{shape, text, text_file};

use super::check::Check;
use super::report::Report;
use crate::environment::Environment;

/// The names of these checks.
pub(super) const CHECKS: [&str; 2] = ["settings", "policy"];

/// The variable that names the policy file.
const POLICY_FILE: &str = "ENRICHMENT_FILE";

/// The valid part of the settings.
pub(super) struct Settings {
    /// Set if it is valid, even if other settings are not: enough to reach Okta.
    pub(super) org: Option<OrgUrl>,
    /// Set if all settings are valid.
    pub(super) config: Option<Config>,
}

impl Settings {
    pub(super) fn check(environment: &Environment, report: &mut Report) -> Settings {
        let org = environment.get("OKTA_ORG_URL").and_then(|text| OrgUrl::parse(text).ok());
        let config = match environment.config(&[]) {
            Ok(config) => {
                report.add(Check::ok("settings", format!("{}, secret {}", config.org, config.secret_id)));
                config_warnings(&config, report);
                Some(config)
            }
            Err(faults) => {
                // The policy has a check of its own.
                let mut faults =
                    faults.faults.into_iter().filter(|fault| fault.variable != POLICY_FILE).peekable();
                if faults.peek().is_none() {
                    report.add(Check::ok("settings", "valid, but for the policy"));
                }
                for fault in faults {
                    report.add(Check::problem("settings", fault.cause, fault.remedy));
                }
                None
            }
        };
        check_policy(environment, report);
        Settings { org, config }
    }
}

fn config_warnings(config: &Config, report: &mut Report) {
    if config.dry_run {
        report.add(Check::warn(
            "dry run",
            "DRY_RUN is set: the function makes messages but posts none",
            "deploy with the template parameter DryRun=false to have them posted",
        ));
    }
    if config.ledger_table.is_none() {
        report.add(Check::warn(
            "ledger setting",
            "LEDGER_TABLE is not set: a request may get its message twice, and lost events are not found",
            "set it to a DynamoDB table; the template creates one",
        ));
    }
}

fn check_policy(environment: &Environment, report: &mut Report) {
    const CHECK: &str = "policy";
    const REMEDY: &str = "set ENRICHMENT_FILE to a readable policy file";
    let (name, text) = match environment.get(POLICY_FILE) {
        Some(file) if shape::is_secret(file) => {
            report.add(Check::fail(CHECK, "ENRICHMENT_FILE holds a credential, not a name", REMEDY));
            return;
        }
        None => ("the built-in policy", policy::EMBEDDED.to_owned()),
        Some(file) => match text_file::read_to_string(file.as_ref()) {
            Ok(text) => (file, text),
            Err(error) => {
                let detail = format!("failed to read {file}: {error}");
                report.add(Check::fail(CHECK, detail, REMEDY));
                return;
            }
        },
    };
    match Policy::check(&text) {
        Err(faults) => {
            let remedy = "correct the file (`enricher check FILE` checks it), and deploy again";
            for fault in faults {
                report.add(Check::fail(CHECK, format!("{name}, {fault}"), remedy));
            }
        }
        Ok((policy, warnings)) => {
            let rules = text::count(policy.rules.len(), "rule");
            report.add(Check::ok(CHECK, format!("{name}: {rules}")));
            for warning in warnings {
                report.add(Check::warn(CHECK, format!("{name}, {warning}"), "nothing, if it is meant so"));
            }
        }
    }
}
