//! The kit's function/enrichment.toml: the built-in policy, for its user to change.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use okta_request_enricher::policy::{self, Policy};
use okta_request_enricher::policy_file::PolicyFile;
use okta_request_enricher::text::system_error;

use super::edited::Edited;
use crate::excerpt::Excerpt;
use crate::failure::Failure;
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
    let path = kit.join(PATH);
    let name = path.display().to_string();
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            terminal::eprintln!("note: there is no `{name}`; the function uses the policy in its binary");
            return ExitCode::SUCCESS;
        }
        Ok(metadata) if metadata.is_dir() || metadata.is_file() || metadata.is_symlink() => {}
        Ok(_) => return failed(&name, "it is not a file", CHANGE),
        Err(error) => {
            return failed(&name, &format!("failed to read it: {}", system_error(&error)), CHANGE);
        }
    }
    let file = PolicyFile::at(&path);
    let text = match file.text() {
        Ok(text) => text,
        Err(error) => return failed(&name, &format!("failed to read it: {}", error.cause), CHANGE),
    };
    match Policy::check(text) {
        Ok((_, warnings)) => {
            for fault in &warnings {
                terminal::to_stderr(&Excerpt::warning(&name, text, fault).lines());
            }
        }
        Err(errors) => {
            for fault in &errors {
                terminal::to_stderr(&Excerpt::error(&name, text, fault).lines());
            }
            return failed(&name, "it has errors for this version", CHANGE);
        }
    }
    if !is_readable(&path) {
        let why = "Lambda runs the function as another user, who may not read this file";
        return failed(&name, why, "make it readable for every user: chmod 644");
    }
    ExitCode::SUCCESS
}

const CHANGE: &str = "change the policy, and check it with `enricher check`";

fn failed(name: &str, why: &str, remedy: &str) -> ExitCode {
    terminal::failed(&format!(
        "do not deploy yet: with the policy `{name}`, the function would fail every request; {why}; {remedy}"
    ))
}

/// Whether every user may read the file. Its mode goes into the zip that is deployed.
#[cfg(unix)]
fn is_readable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o444 == 0o444)
}

#[cfg(not(unix))]
fn is_readable(_: &Path) -> bool {
    true
}
