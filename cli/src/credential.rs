//! The Okta credential that an operator gives in this shell. It goes before the one in Secrets Manager.

use okta_request_enricher::secret::Credential;

use crate::failure::Failure;

/// Holds an API token.
const TOKEN: &str = "OKTA_API_TOKEN";
/// Names a file with either form of the secret.
const FILE: &str = "OKTA_SECRET_FILE";

/// The variable that gives the credential; `None` if neither is set.
pub(crate) fn variable() -> Option<&'static str> {
    [TOKEN, FILE].into_iter().find(|name| std::env::var_os(name).is_some())
}

/// The credential of `OKTA_API_TOKEN`, or of the file that `OKTA_SECRET_FILE` names; `None` if neither is set.
pub(crate) fn local() -> Result<Option<Credential>, Failure> {
    let text = match (std::env::var(TOKEN), std::env::var(FILE)) {
        (Ok(token), _) => token,
        (_, Ok(file)) => std::fs::read_to_string(&file)
            .map_err(|error| format!("failed to read `{file}` ({FILE}): {error}"))?,
        _ => return Ok(None),
    };
    let credential =
        Credential::parse(&text).map_err(|cause| format!("failed to use the credential: it {cause}"))?;
    Ok(Some(credential))
}
