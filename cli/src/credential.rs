//! The Okta credential that an operator gives in this shell. It goes before the one in Secrets Manager.

use okta_request_enricher::credential::Credential;
use okta_request_enricher::{shape, text, text_file};

use crate::failure::Problem;

/// Holds an API token.
const TOKEN: &str = "OKTA_API_TOKEN";
/// Names a file with either form of the secret.
const FILE: &str = "OKTA_SECRET_FILE";

/// The variable that gives the credential; `None` if neither is set.
pub(crate) fn variable() -> Option<&'static str> {
    [TOKEN, FILE].into_iter().find(|name| std::env::var_os(name).is_some())
}

/// The credential of `OKTA_API_TOKEN`, or of the file that `OKTA_SECRET_FILE` names; `None` if neither is
/// set.
pub(crate) fn local() -> Result<Option<Credential>, Problem> {
    let Some(name) = variable() else { return Ok(None) };
    let value = std::env::var(name).map_err(|_| Problem {
        cause: format!("failed to read {name}: it is not UTF-8"),
        remedy: Some("set it anew, or unset it"),
    })?;
    let text = if name == FILE { read(&value)? } else { value };
    let credential = Credential::parse(&text).map_err(|error| Problem {
        cause: format!("failed to use the credential: it {error}"),
        remedy: Some(error.remedy()),
    })?;
    Ok(Some(credential))
}

fn read(file: &str) -> Result<String, Problem> {
    let problem = |cause| Problem {
        cause,
        remedy: Some("set OKTA_SECRET_FILE to the name of a readable file with the credential"),
    };
    // Someone may store the credential itself in this variable: it must not appear in a log.
    if shape::is_secret(file) {
        return Err(problem(format!("{FILE} holds a credential, not the name of a file")));
    }
    text_file::read_to_string(file.as_ref())
        .map_err(|error| problem(format!("failed to read `{file}` ({FILE}): {}", text::system_error(&error))))
}
