//! Checks the Okta credential: that the secret can be read and has the right form, and that Okta accepts it.

use okta_request_enricher::okta::Identity;
use okta_request_enricher::secret::{Credential, SecretError};

use super::check::Check;
use crate::credential;

/// A secret that was read, with this name or ARN. A credential given in this shell is shown by its variable instead.
pub(super) fn kind(credential: &Credential, id: &str) -> Check {
    let local = credential::variable();
    let holder = local.unwrap_or(id);
    match credential {
        Credential::ApiToken(_) => Check::warn(
            "secret",
            format!(
                "{holder} holds an API token: it stops working when its owner is deactivated or after 30 days without use. \
                 It can't list requests, so lost events are not found"
            ),
            "use a service app, as Okta recommends (README, \"The service app\")",
        ),
        Credential::ServiceApp(app) => {
            let (client, key, algorithm) = (&app.client_id, &app.key_id, app.algorithm());
            let detail = format!("{holder} holds the service app {client} with the key {key} ({algorithm})");
            match local {
                None => Check::ok("secret", detail),
                Some(name) => Check::warn(
                    "secret",
                    format!("{detail}; the function's own secret was not checked"),
                    format!("unset {name} to check the secret"),
                ),
            }
        }
    }
}

/// A secret that can't be read or used.
pub(super) fn unreadable(error: &SecretError) -> Check {
    match error {
        SecretError::Refused { id, cause, remedy } => {
            // The error's remedy is for the function's role, but the operator's credentials read it here.
            let denied = ["AccessDenied", "DecryptionFailure"].iter().any(|code| cause.starts_with(code));
            let remedy = if denied {
                "allow your AWS credentials secretsmanager:GetSecretValue on it (and kms:Decrypt, if its key is a customer \
                 managed one), or give the credential in a file that OKTA_SECRET_FILE names"
            } else {
                remedy
            };
            Check::fail("secret", format!("failed to read {id}: {cause}"), remedy)
        }
        SecretError::Unreachable { id, cause } => {
            let remedy = "check AWS_PROFILE and AWS_REGION, and run this again";
            Check::fail("secret", format!("failed to read {id}: {cause}"), remedy)
        }
        SecretError::Malformed { id, cause } => {
            let (cause, remedy) = cause.split_once("; ").unwrap_or((cause, "store the credential anew"));
            Check::fail("secret", format!("{id} {cause}"), remedy)
        }
    }
}

/// A credential that Okta accepts; `lacking` are the scopes it was not granted.
pub(super) fn accepted(identity: &Identity, lacking: &[String]) -> Check {
    const CHECK: &str = "credential";
    match identity {
        Identity::User(Some(id)) => {
            Check::ok(CHECK, format!("accepted: the token of the user {}", id.as_str()))
        }
        Identity::User(None) => Check::ok(CHECK, "accepted"),
        Identity::ServiceApp if lacking.is_empty() => {
            Check::ok(CHECK, "accepted: Okta issued a token with every scope that is needed")
        }
        Identity::ServiceApp => {
            Check::warn(CHECK, format!("accepted, without {}", lacking.join(", ")), "see the rights below")
        }
    }
}
