//! The operator's AWS: configuration and errors, where region, profile and credentials come from wherever the AWS CLI finds
//! them. The Lambda's own AWS is [`okta_request_enricher::aws`].

use std::path::Path;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use okta_request_enricher::aws::{self, AwsError, CREDENTIALS_REMEDY};
use okta_request_enricher::error::Error;
use okta_request_enricher::http;

/// The operator's AWS session. Region, profile, credentials (keys, SSO, roles, instance metadata) and endpoints are found
/// as the AWS CLI finds them; `SSL_CERT_FILE` adds trusted roots.
pub(crate) async fn session() -> Result<SdkConfig, Error> {
    let roots = std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty());
    let client = http::client(roots.as_deref().map(Path::new), false)?;
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(aws::http_client(client));
    // Boxed: as large as the whole chain of providers, which is too much for the caller's stack.
    Ok(Box::pin(loader.load()).await)
}

/// As [`AwsError::of`], for an operator: missing credentials, an expired session or a missing region are reported with
/// their remedy.
pub(crate) fn error<E: ProvideErrorMetadata + std::error::Error + 'static>(
    error: &SdkError<E>,
    remedy: impl Fn(&str) -> Option<&'static str>,
) -> AwsError {
    let chain: Vec<&dyn std::error::Error> =
        std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source()).collect();
    if let Some(credentials) = chain.iter().find_map(|error| error.downcast_ref::<CredentialsError>()) {
        let cause = match credentials {
            CredentialsError::CredentialsNotLoaded(_) => "no AWS credentials".to_owned(),
            // The last error says what failed in the chosen way, such as an SSO session that has expired.
            _ => format!("no AWS credentials: {}", chain.last().map(ToString::to_string).unwrap_or_default()),
        };
        let remedy = "sign in as for the AWS CLI, or choose a profile with AWS_PROFILE";
        return AwsError::Refused { cause, remedy };
    }
    // The rules of endpoints and the signer have one text each.
    let no_region = ["Missing Region", "missing signing region"];
    if chain.iter().any(|error| no_region.iter().any(|text| error.to_string().contains(text))) {
        let remedy = "set AWS_REGION, or a region in the profile";
        return AwsError::Refused { cause: "no AWS region".to_owned(), remedy };
    }
    AwsError::of(error, |code| {
        remedy(code).or(match code {
            "ExpiredToken" | "InvalidClientTokenId" | "SignatureDoesNotMatch" => Some(CREDENTIALS_REMEDY),
            _ => None,
        })
    })
}
