//! `enricher check`: tells of everything that is wrong with a policy file, and of what is legal but unwise.

use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::policy::{self, Fault, Policy};
use serde_json::json;

use super::Failure;
use super::terminal::style;

/// Check a policy file
///
/// Prints each fault with its line and what to write instead, then warnings: what is legal, but perhaps not meant. Only
/// faults fail the check.
#[derive(Args)]
#[command(after_help = "\
Examples:
  enricher check                     the policy that is built in
  enricher check enrichment.toml
  enricher check --schema > enrichment.schema.json    for editors that know JSON Schema")]
pub(crate) struct Check {
    /// The policy file; left out: the one that is built into this program
    file: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of policy files, and check nothing
    #[arg(long, conflicts_with_all = ["file", "json"])]
    schema: bool,
}

impl Check {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if self.schema {
            anstream::println!("{}", serde_json::to_string_pretty(&policy::schema())?);
            return Ok(ExitCode::SUCCESS);
        }
        let (name, text) = match &self.file {
            None => ("the built-in policy".to_owned(), policy::EMBEDDED.to_owned()),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| format!("failed to read `{}`: {error}", file.display()))?;
                (file.display().to_string(), text)
            }
        };
        let (rules, faults, warnings) = match Policy::check(&text) {
            Ok((policy, warnings)) => (policy.rules.len(), Vec::new(), warnings),
            Err(faults) => (0, faults, Vec::new()),
        };
        if self.json {
            let listed = |faults: &[Fault]| -> Vec<_> {
                faults.iter().map(|fault| json!({"line": fault.line, "text": fault.text})).collect()
            };
            let all = json!({"file": name, "ok": faults.is_empty(), "faults": listed(&faults), "warnings": listed(&warnings)});
            anstream::println!("{all}");
        } else {
            for (kind, color, faults) in
                [("error", AnsiColor::Red, &faults), ("warning", AnsiColor::Yellow, &warnings)]
            {
                for Fault { line, text } in faults {
                    anstream::println!("{name}:{line}: {}{kind}:{} {text}", style(color), anstyle::Reset);
                }
            }
            if faults.is_empty() {
                let rules = format!("{rules} rule{}", if rules == 1 { "" } else { "s" });
                anstream::println!("{name}: {}ok{}, {rules}", style(AnsiColor::Green), anstyle::Reset);
            }
        }
        Ok(ExitCode::from(u8::from(!faults.is_empty())))
    }
}
