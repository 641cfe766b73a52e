//! The kit's function/enrichment.toml: the built-in policy, for its user to change.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use okta_request_enricher::policy::{self, Policy};
use okta_request_enricher::text_file;

use super::edited::Edited;
use crate::failure::Failure;
use crate::fault_line::FaultLine;
use crate::terminal;

/// Beside the binary, where the function looks for it.
pub(super) const PATH: &str = "function/enrichment.toml";

pub(super) fn policy() -> Result<String, Failure> {
    let policy = Edited::of("enrichment.toml", policy::EMBEDDED);
    Ok(policy
        .replace_lines("#:schema ./enrichment.schema.json", "#:schema ../enrichment.schema.json")?
        .text())
}

/// Reports on stderr what this version finds wrong in a kit's policy. Errors end with exit status 1.
pub(super) fn check(kit: &Path) -> ExitCode {
    let file = kit.join(PATH);
    let name = file.display().to_string();
    let text = match text_file::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            terminal::eprintln!("note: there is no `{name}`; the function uses the policy in its binary");
            return ExitCode::SUCCESS;
        }
        Err(error) => return failed(&name, &format!("failed to read it: {error}")),
    };
    match Policy::check(&text) {
        Ok((_, warnings)) => {
            for fault in &warnings {
                terminal::eprintln!("{}", FaultLine::warning(&name, fault));
            }
            ExitCode::SUCCESS
        }
        Err(errors) => {
            for fault in &errors {
                terminal::eprintln!("{}", FaultLine::error(&name, fault));
            }
            failed(&name, "it has errors for this version")
        }
    }
}

fn failed(name: &str, why: &str) -> ExitCode {
    terminal::failed(&format!(
        "do not deploy yet: with the policy `{name}`, the function would fail every request; {why}; change the policy, and \
         check it with `enricher check`"
    ))
}
