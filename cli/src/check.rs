//! `enricher check`: reports every error in a policy file, and warns of rules that are legal but probably not
//! meant.

use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::policy::{self, Policy, PolicyFault};
use okta_request_enricher::policy_file::{Fingerprint, PolicyFile};
use okta_request_enricher::text;
use serde_json::json;

use crate::failure::Failure;
use crate::fault_line::FaultLine;
use crate::terminal::{self, style};

/// Check a policy file
///
/// Prints each error with its line and what to write instead, then warnings about rules that are legal but
/// probably not meant. Exit status 1 if there is an error; warnings alone leave it at 0.
#[derive(Args)]
#[command(after_help = "\
Examples:
  Check the built-in policy, or a file:
    enricher check
    enricher check enrichment.toml
  For editors that know JSON Schema:
    enricher check --schema > enrichment.schema.json")]
pub(crate) struct CheckPolicy {
    /// The policy file [default: the built-in policy]
    file: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of policy files, and check nothing
    #[arg(long, conflicts_with_all = ["file", "json"])]
    schema: bool,
}

impl CheckPolicy {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if self.schema {
            terminal::print_pretty_json(&policy::schema());
            return Ok(ExitCode::SUCCESS);
        }
        let (name, file) = match &self.file {
            None => ("the built-in policy".to_owned(), PolicyFile::built_in()),
            Some(file) => (file.display().to_string(), PolicyFile::at(file)),
        };
        let text = file.text();
        let text = text.map_err(|error| format!("failed to read `{}`: {}", error.file, error.cause))?;
        let policy = file.fingerprint();
        let (rules, errors, warnings) = match Policy::check(text) {
            Ok((policy, warnings)) => (policy.rules.len(), Vec::new(), warnings),
            Err(errors) => (0, errors, Vec::new()),
        };
        if self.json {
            print_json(&name, policy, &errors, &warnings);
        } else {
            for fault in &errors {
                terminal::println!("{}", FaultLine::error(&name, fault));
            }
            for fault in &warnings {
                terminal::println!("{}", FaultLine::warning(&name, fault));
            }
            if errors.is_empty() {
                let rules = text::count(rules, "rule");
                let green = style(AnsiColor::Green);
                let policy = policy.map(|policy| format!(", policy {policy}")).unwrap_or_default();
                terminal::println!("{name}: {green}ok{green:#}, {rules}{policy}");
            }
        }
        Ok(ExitCode::from(u8::from(!errors.is_empty())))
    }
}

fn print_json(file: &str, policy: Option<Fingerprint>, errors: &[PolicyFault], warnings: &[PolicyFault]) {
    let listed = |faults: &[PolicyFault]| -> Vec<_> {
        faults.iter().map(|fault| json!({"line": fault.line, "text": fault.text})).collect()
    };
    let (ok, faults, warnings) = (errors.is_empty(), listed(errors), listed(warnings));
    terminal::print_json(
        &json!({"file": file, "policy": policy, "ok": ok, "faults": faults, "warnings": warnings}),
    );
}
