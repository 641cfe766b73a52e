//! AWS Secrets Manager with one secret, as far as the function calls it: `GetSecretValue`.

use serde_json::{Value, json};

use super::reply::Reply;

/// The one secret's name.
pub const SECRET_NAME: &str = "okta-request-enricher/okta";
/// The one secret's ARN.
const SECRET_ARN: &str =
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:okta-request-enricher/okta-AbCdEf";

/// How Secrets Manager fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretFault {
    /// `ResourceNotFoundException`: also what a secret of another name gets.
    NotFound,
    /// `AccessDeniedException`: the role lacks `secretsmanager:GetSecretValue`.
    AccessDenied,
    /// `DecryptionFailure`: the role lacks `kms:Decrypt`.
    DecryptionFailure,
    /// `InternalServiceError`, status 500.
    Internal,
    /// `ThrottlingException`.
    Throttled,
    /// `ValidationException`.
    Validation,
    /// No answer at all.
    Hangs,
}

/// The secret and how reading it fails.
#[derive(Default)]
pub(super) struct Vault {
    pub(super) secret: Option<String>,
    pub(super) fault: Option<SecretFault>,
    /// The fault of the next read, before `fault`.
    pub(super) chosen: Option<SecretFault>,
    pub(super) reads: usize,
}

/// Answers `GetSecretValue`.
pub(super) fn get_secret_value(vault: &mut Vault, request: &Value) -> Reply {
    const NOT_FOUND: &str = "Secrets Manager can't find the specified secret.";
    vault.reads += 1;
    match vault.chosen.take().or(vault.fault) {
        Some(SecretFault::NotFound) => Reply::fault(400, "ResourceNotFoundException", NOT_FOUND),
        Some(SecretFault::AccessDenied) => Reply::fault(
            400,
            "AccessDeniedException",
            "User: arn:aws:sts::123456789012:assumed-role/enricher/okta-request-enricher is not authorized to perform: \
             secretsmanager:GetSecretValue on resource: okta-request-enricher/okta because no identity-based policy \
             allows the secretsmanager:GetSecretValue action",
        ),
        Some(SecretFault::DecryptionFailure) => Reply::fault(
            400,
            "DecryptionFailure",
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
        ),
        Some(SecretFault::Internal) => {
            Reply::fault(500, "InternalServiceError", "An error occurred on the server side.")
        }
        Some(SecretFault::Throttled) => Reply::fault(400, "ThrottlingException", "Rate exceeded"),
        Some(SecretFault::Validation) => Reply::fault(400, "ValidationException", "Invalid secret id"),
        Some(SecretFault::Hangs) => Reply::never(),
        None => {
            let known = matches!(request["SecretId"].as_str(), Some(SECRET_NAME | SECRET_ARN));
            let current = matches!(request["VersionStage"].as_str(), None | Some("AWSCURRENT"));
            match vault.secret.as_ref().filter(|_| known && current) {
                None => Reply::fault(400, "ResourceNotFoundException", NOT_FOUND),
                Some(secret) => Reply::ok(json!({
                    "ARN": SECRET_ARN,
                    "Name": SECRET_NAME,
                    "VersionId": "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1",
                    "SecretString": secret,
                    "VersionStages": ["AWSCURRENT"],
                    "CreatedDate": 1_767_225_600.0,
                })),
            }
        }
    }
}
