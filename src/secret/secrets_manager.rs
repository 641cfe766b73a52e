//! [`SecretsManager`]: a secret of AWS Secrets Manager, and what its errors mean.

use std::time::Duration;

use aws_sdk_secretsmanager::Client;

use super::error::SecretError;
use crate::aws::AwsError;
use crate::deadline;

/// A secret by its name or ARN.
#[derive(Debug)]
pub(super) struct SecretsManager {
    pub(super) client: Client,
    pub(super) id: String,
}

impl SecretsManager {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Reads its text; takes this long at most.
    pub(super) async fn text(&self, limit: Duration) -> Result<String, SecretError> {
        let id = || self.id.clone();
        let answer = self.client.get_secret_value().secret_id(id()).version_stage("AWSCURRENT").send();
        match deadline::within(limit, answer).await {
            None => Err(SecretError::Unreachable { id: id(), cause: "no answer in time".into() }),
            Some(Err(error)) => Err(match AwsError::of(&error, remedy) {
                AwsError::Passing(cause) => SecretError::Unreachable { id: id(), cause },
                AwsError::Refused { cause, remedy } => SecretError::Refused { id: id(), cause, remedy },
            }),
            Some(Ok(secret)) => secret.secret_string.ok_or_else(|| SecretError::Binary { id: id() }),
        }
    }
}

/// What to do about the error codes that will not change by themselves (Secrets Manager API reference,
/// "`GetSecretValue`").
fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "ResourceNotFoundException" => {
            "create the secret in this account and region, or correct OKTA_SECRET_ID"
        }
        "AccessDeniedException" => {
            "allow secretsmanager:GetSecretValue on it (and kms:Decrypt, if its key is a customer managed one) to the \
             function's role, and to your AWS credentials if you run `enricher`"
        }
        "DecryptionFailure" => {
            "allow kms:Decrypt on the secret's key to the function's role, and to your AWS credentials if you run \
             `enricher`; see that the key is enabled"
        }
        "InvalidRequestException" => "see whether the secret is scheduled for deletion, and restore it",
        "InvalidParameterException" | "ValidationException" => {
            "correct OKTA_SECRET_ID: a secret's name or ARN"
        }
        _ => return None,
    })
}
