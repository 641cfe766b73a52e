//! What a failed call to AWS says about the thing that was to be checked.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use okta_request_enricher::aws::AwsError;

use super::check::Check;

/// The check that a call failed. A missing permission and a passing failure are warnings.
///
/// `what` was to be read, `permission` allows it, `missing` is the remedy if it does not exist.
pub(super) fn failed<E>(
    name: &'static str,
    what: &str,
    error: &SdkError<E>,
    permission: &str,
    missing: &'static str,
) -> Check
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code().unwrap_or_default();
    if code.starts_with("AccessDenied") {
        let remedy = format!("allow your AWS credentials {permission}");
        return Check::warn(name, format!("failed to read {what}: {code}"), remedy);
    }
    match AwsError::of_operator(error, |code| is_missing(code).then_some(missing)) {
        AwsError::Refused { cause, remedy } => {
            Check::fail(name, format!("failed to read {what}: {cause}"), remedy)
        }
        AwsError::Passing(cause) => {
            Check::warn(name, format!("failed to read {what}: {cause}"), "run this again")
        }
    }
}

/// Whether an error code says that the thing does not exist.
pub(super) fn is_missing(code: &str) -> bool {
    matches!(
        code,
        "ResourceNotFoundException"
            | "TableNotFoundException"
            | "QueueDoesNotExist"
            | "AWS.SimpleQueueService.NonExistentQueue"
    )
}
