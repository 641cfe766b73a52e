//! `enricher check`: reports every error in a policy file, and warns of rules that are legal but probably not
//! meant.

mod answers;
mod failure;
mod id_form;
mod mention;
mod org;
mod org_report;
mod refusal;
mod suggestion;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::policy::{self, Policy, PolicyFault};
use okta_request_enricher::policy_file::PolicyFile;
use okta_request_enricher::text;
use serde_json::json;

use self::org::{Org, OrgOptions};
use self::org_report::OrgReport;
use crate::failure::Failure;
use crate::fault_line::FaultLine;
use crate::terminal::{self, style};

/// Check a policy file
///
/// Prints each error with its line and what to write instead, then warnings about rules that are legal but
/// probably not meant. Exit status 1 if there is an error; warnings alone leave it at 0.
///
/// With --org or --function, it also looks up each id and each attribute in that org: an app, group, bundle,
/// request type or condition that the org does not have, an id of the wrong kind, and an attribute that no user
/// has are errors. What is not active in Okta is a warning. So is what the credential may not look up: the warning
/// names the missing scope or admin role. Names and globs are not looked up. It reads only, one call for an id, and
/// uses half of each of Okta's rate limits. --function takes lambda:GetFunctionConfiguration, lambda:InvokeFunction
/// and secretsmanager:GetSecretValue.
#[derive(Args)]
#[command(after_help = "\
Examples:
  enricher check                     check the built-in policy
  enricher check enrichment.toml
  enricher check --org https://acme.okta.com enrichment.toml
  enricher check --function okta-request-enricher        the policy that is deployed
  enricher check --schema > enrichment.schema.json    for editors that know JSON Schema

Exit status: 0 all well, 1 an error in the policy or no answer from Okta, 2 wrong usage.")]
pub(crate) struct CheckPolicy {
    /// The policy file [default: the built-in policy; with --function that of the function]
    file: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of policy files, and check nothing
    #[arg(long, conflicts_with_all = ["file", "json", "org", "function"])]
    schema: bool,
    #[command(flatten)]
    org: OrgOptions,
}

impl CheckPolicy {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        if self.schema {
            terminal::print_pretty_json(&policy::schema());
            return Ok(ExitCode::SUCCESS);
        }
        let mut org = self.org.org().await?;
        let source = Source::of(self.file.as_deref(), org.as_ref())?;
        let (rules, mut errors, mut warnings) = match Policy::check(&source.text) {
            Ok((policy, warnings)) => (policy.rules.len(), Vec::new(), warnings),
            Err(errors) => (0, errors, Vec::new()),
        };
        let of_org = match &mut org {
            Some(org) => Some(org.check(&source.text).await.without_known(&errors)),
            None => None,
        };
        if let Some(report) = &of_org {
            errors.extend(report.faults.iter().cloned());
            errors.sort_by_key(|fault| fault.line);
            warnings.extend(report.warnings.iter().cloned());
            warnings.sort_by_key(|fault| fault.line);
        }
        let failures = of_org.as_ref().map(|report| report.failures.as_slice()).unwrap_or_default();
        let name = &source.name;
        if self.json {
            print_json(&source, &errors, &warnings, of_org.as_ref());
        } else {
            for fault in &errors {
                terminal::println!("{}", FaultLine::error(name, fault));
            }
            for fault in &warnings {
                terminal::println!("{}", FaultLine::warning(name, fault));
            }
            if errors.is_empty() && failures.is_empty() {
                let rules = text::count(rules, "rule");
                let green = style(AnsiColor::Green);
                let policy = source
                    .fingerprint
                    .as_ref()
                    .map(|policy| format!(", policy {policy}"))
                    .unwrap_or_default();
                terminal::println!("{name}: {green}ok{green:#}, {rules}{policy}");
            }
            if let Some(sum) = of_org.as_ref().and_then(OrgReport::sum) {
                terminal::println!("{sum}");
            }
        }
        for failure in failures {
            terminal::print_error(failure);
        }
        Ok(ExitCode::from(u8::from(!errors.is_empty() || !failures.is_empty())))
    }
}

/// The policy that is checked.
struct Source {
    name: String,
    text: String,
    fingerprint: Option<String>,
}

impl Source {
    /// The file, or else the policy of the deployed function, or else the built-in one.
    fn of(file: Option<&Path>, org: Option<&Org>) -> Result<Source, Failure> {
        if let (None, Some(deployed)) = (file, org.and_then(|org| org.deployed.as_ref())) {
            let (text, fingerprint) = deployed.text()?;
            let fingerprint = fingerprint.map(str::to_owned);
            return Ok(Source { name: deployed.name(), text: text.to_owned(), fingerprint });
        }
        let (name, file) = match file {
            None => ("the built-in policy".to_owned(), PolicyFile::built_in()),
            Some(file) => (file.display().to_string(), PolicyFile::at(file)),
        };
        let text = file.text();
        let text = text.map_err(|error| format!("failed to read `{}`: {}", error.file, error.cause))?;
        let fingerprint = file.fingerprint().map(|fingerprint| fingerprint.to_string());
        Ok(Source { name, text: text.to_owned(), fingerprint })
    }
}

fn print_json(source: &Source, errors: &[PolicyFault], warnings: &[PolicyFault], org: Option<&OrgReport>) {
    let listed = |faults: &[PolicyFault]| -> Vec<_> {
        faults.iter().map(|fault| json!({"line": fault.line, "text": fault.text})).collect()
    };
    let ok = errors.is_empty() && org.is_none_or(|org| org.failures.is_empty());
    let (faults, warnings) = (listed(errors), listed(warnings));
    let Source { name, fingerprint, .. } = source;
    let mut document =
        json!({"file": name, "policy": fingerprint, "ok": ok, "faults": faults, "warnings": warnings});
    if let Some(org) = org {
        document["org"] = org.json();
    }
    terminal::print_json(&document);
}
