//! [`SecretError`]: why there is no credential.

use crate::credential::CredentialError;

/// Why there is no credential. [`SecretError::remedy`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// No answer from Secrets Manager, or one that says to try later.
    #[error("failed to read the secret `{id}` from Secrets Manager: {cause}")]
    Unreachable {
        /// The secret's name or ARN, as configured.
        id: String,
        /// What happened.
        cause: String,
    },
    /// Secrets Manager refused to return the secret.
    #[error("failed to read the secret `{id}` from Secrets Manager: {cause}")]
    Refused {
        /// The secret's name or ARN, as configured.
        id: String,
        /// AWS's error code and request id.
        cause: String,
        /// What to change.
        remedy: &'static str,
    },
    /// The secret is not text.
    #[error("failed to use the secret `{id}`: it is binary")]
    Binary {
        /// The secret's name or ARN, as configured.
        id: String,
    },
    /// The secret's text is no credential.
    #[error("failed to use the secret `{id}`: it {cause}")]
    Malformed {
        /// The secret's name or ARN, as configured.
        id: String,
        /// What is wrong with the text, and what to store instead.
        cause: CredentialError,
    },
}

impl SecretError {
    /// What an operator can do about it; `None` if waiting is all.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            SecretError::Unreachable { .. } => None,
            SecretError::Refused { remedy, .. } => Some(remedy),
            SecretError::Binary { .. } => Some("store the credential as the secret's text"),
            SecretError::Malformed { cause, .. } => Some(cause.remedy()),
        }
    }
}
