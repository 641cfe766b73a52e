//! Why a call of a check failed, for the operator who gave the org and the credential.

use okta_request_enricher::okta::OktaError;

use crate::credential;

/// The error with what to do about it.
pub(super) fn text(error: &OktaError) -> String {
    let address = "see whether the address is that of an Okta org";
    let remedy = match (error, credential::variable()) {
        (OktaError::NotFound { call, answer }, _) => {
            return format!("{call}: {answer}: no Okta org answers there; {address}");
        }
        (OktaError::Unreadable { call, .. }, _) if call.contains("/.well-known/") => address.to_owned(),
        (OktaError::Unreachable { .. } | OktaError::TimedOut { .. }, _) => format!(
            "{address}, and the proxy (HTTPS_PROXY, NO_PROXY); if a proxy opens TLS, give its root certificate in SSL_CERT_FILE"
        ),
        (OktaError::Unauthorized { .. }, Some(variable)) => format!(
            "give a valid credential in {variable}: see in the Admin Console (Security > API > Tokens) whether the token was \
             revoked or its owner deactivated"
        ),
        (error, _) => error.remedy().unwrap_or("run this again").to_owned(),
    };
    format!("{error}; {remedy}")
}

/// Whether the error is about the org or the credential, so that all further calls would fail in the same way.
pub(super) fn ends_all(error: &OktaError) -> bool {
    match error {
        OktaError::Secret(_)
        | OktaError::Token(_)
        | OktaError::Unauthorized { .. }
        | OktaError::InvalidClient { .. }
        | OktaError::NoScopeGranted { .. }
        | OktaError::InvalidScope { .. }
        | OktaError::NetworkZone { .. }
        | OktaError::Redirected { .. }
        | OktaError::NoRandomness
        | OktaError::Unreachable { .. }
        | OktaError::TimedOut { .. } => true,
        OktaError::FeatureMissing { .. }
        | OktaError::Forbidden { .. }
        | OktaError::NotGranted { .. }
        | OktaError::Conflict { .. }
        | OktaError::BadQuery { .. }
        | OktaError::Refused { .. }
        | OktaError::RateLimited { .. }
        | OktaError::OverLimit { .. }
        | OktaError::ReadOnly { .. }
        | OktaError::Unavailable { .. }
        | OktaError::NotFound { .. }
        | OktaError::Unreadable { .. }
        | OktaError::OutOfTime { .. } => false,
    }
}
