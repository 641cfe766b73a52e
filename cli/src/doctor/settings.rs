//! The [`Settings`]: the environment as the Lambda reads it, and the policy, with every fault of each.

use okta_request_enricher::config::Config;
use okta_request_enricher::okta::OrgUrl;
use okta_request_enricher::policy::{self, Policy};

use super::report::{Check, Report, Status};
use crate::environment::Environment;

/// The names of these checks.
pub(super) const CHECKS: [&str; 2] = ["settings", "policy"];

/// What is right of the settings.
pub(super) struct Settings {
    /// Where it alone is right, Okta can at least be looked for.
    pub(super) org: Option<OrgUrl>,
    /// Where all is right.
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
                let of_policy = policy_error(environment);
                let faults = faults.0.iter().filter(|fault| of_policy.as_ref() != Some(*fault));
                let mut faults = faults.map(|fault| Check::told("settings", Status::Fail, fault)).peekable();
                if faults.peek().is_none() {
                    report.add(Check::ok("settings", "each is right by itself"));
                }
                faults.for_each(|fault| report.add(fault));
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
            "DRY_RUN is set: everything is done but the post",
            "deploy with the template parameter DryRun=false once messages are wanted",
        ));
    }
    if config.ledger_table.is_none() {
        report.add(Check::warn(
            "ledger setting",
            "LEDGER_TABLE is not set: a request may get its message twice, and lost events stay lost",
            "give the name of a DynamoDB table; the template makes one",
        ));
    }
}

/// The policy's fault, as it stands among those of the settings.
fn policy_error(environment: &Environment) -> Option<String> {
    let read = match environment.get("ENRICHMENT_FILE") {
        Some(file) => Policy::read(file.as_ref()),
        None => Policy::embedded(),
    };
    read.err().map(|error| error.to_string())
}

fn check_policy(environment: &Environment, report: &mut Report) {
    let file = environment.get("ENRICHMENT_FILE");
    let (name, text) = match file {
        None => ("the policy in this program", policy::EMBEDDED.to_owned()),
        Some(file) => match std::fs::read_to_string(file) {
            Ok(text) => (file, text),
            Err(error) => {
                report.add(Check::fail(
                    "policy",
                    format!("{file} can't be read: {error}"),
                    "see ENRICHMENT_FILE",
                ));
                return;
            }
        },
    };
    match Policy::check(&text) {
        Err(faults) => {
            for fault in faults {
                let check = Check::told("policy", Status::Fail, &format!("{name}, {fault}"));
                report.add(
                    check.or_remedy(
                        "put it right there (enricher check FILE tells the same), and deploy again",
                    ),
                );
            }
        }
        Ok((policy, warnings)) => {
            let count = policy.rules.len();
            let rules = format!("{count} rule{}", if count == 1 { "" } else { "s" });
            report.add(Check::ok("policy", format!("{name}: {rules}")));
            for warning in warnings {
                let check = Check::told("policy", Status::Warn, &format!("{name}, {warning}"));
                report.add(check.or_remedy("leave it where it is meant so"));
            }
        }
    }
}
