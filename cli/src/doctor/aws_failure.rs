//! What a failed call to AWS says about the thing that was to be checked.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use okta_request_enricher::aws::AwsError;

use super::check::{AGAIN, Check};
use crate::aws;

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
    if is_denied(code) {
        let remedy = format!("allow your AWS credentials {permission}");
        return Check::warn(name, format!("failed to read {what}: {code}"), remedy);
    }
    let fault = aws::error(error, |code| is_missing(code).then_some(missing));
    let detail = format!("failed to read {what}: {}", fault.cause());
    match fault {
        AwsError::Refused { remedy, .. } => Check::fail(name, detail, remedy),
        AwsError::Passing(_) => Check::warn(name, detail, aws::remedy(&fault, error).unwrap_or(AGAIN)),
    }
}

/// Whether an error code says that the credentials lack a permission.
pub(super) fn is_denied(code: &str) -> bool {
    // The second is SNS's.
    code.starts_with("AccessDenied") || code.starts_with("AuthorizationError")
}

/// Whether an error code says that the thing does not exist.
pub(super) fn is_missing(code: &str) -> bool {
    matches!(
        code,
        "ResourceNotFoundException"
            | "TableNotFoundException"
            | "QueueDoesNotExist"
            | "AWS.SimpleQueueService.NonExistentQueue"
            | "NotFound"
            | "NotFoundException"
    )
}
