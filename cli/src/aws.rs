//! The operator's AWS session, and what its errors mean to an operator. The Lambda's own AWS is
//! [`okta_request_enricher::aws`].

pub(crate) mod sign_in;

use std::io;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use okta_request_enricher::aws::{self, AwsError, CREDENTIALS_REMEDY};
use okta_request_enricher::error::Error;
use okta_request_enricher::http::Http;
use okta_request_enricher::text::system_error;

use crate::failure::Problem;
use crate::roots;

/// The remedy of a missing region. SAM reads the second variable only.
const NO_REGION_REMEDY: &str =
    "set AWS_REGION and AWS_DEFAULT_REGION to the region of the deployment, or a region in the profile";

/// The remedy of a call without a connection.
const NO_CONNECTION_REMEDY: &str =
    "check the region and the proxy (HTTPS_PROXY, NO_PROXY), then run this again";

/// The operator's AWS session. Region, profile, credentials (keys, SSO, roles, instance metadata) and
/// endpoints are found as the AWS CLI finds them; `SSL_CERT_FILE` adds trusted roots.
pub(crate) async fn session() -> Result<SdkConfig, Error> {
    let http = Http::new(roots::file().as_deref(), false)?;
    sign_in::read().await;
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(aws::http_client(http));
    // Boxed: as large as the whole chain of providers, which is too much for the caller's stack.
    Ok(Box::pin(loader.load()).await)
}

/// That this program and SAM take different regions from this shell, in words. SAM reads `AWS_DEFAULT_REGION`
/// only, this program and the AWS CLI `AWS_REGION` first.
pub(crate) fn two_regions() -> Option<String> {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (own, of_sam) = (set("AWS_REGION")?, set("AWS_DEFAULT_REGION")?);
    (own != of_sam).then(|| {
        format!("AWS_REGION is {own}, AWS_DEFAULT_REGION is {of_sam}, and sam deploys to the latter")
    })
}

/// The region, if calls can be signed: there are a region and credentials. Without them, the error of a call says
/// neither why there are none nor what to do.
pub(crate) async fn signed_in(aws: &SdkConfig) -> Result<&Region, Problem> {
    let no_credentials = |why| Problem { cause: why, remedy: Some(sign_in::remedy()) };
    // If the named profile does not exist, the region may have been in it.
    let Some(region) = aws.region() else {
        return Err(match sign_in::why() {
            Some(why) => no_credentials(format!("no AWS credentials: {why}")),
            None => Problem { cause: "no AWS region".to_owned(), remedy: Some(NO_REGION_REMEDY) },
        });
    };
    let Some(provider) = aws.credentials_provider() else {
        return Err(no_credentials("no AWS credentials".to_owned()));
    };
    match Box::pin(provider.provide_credentials()).await {
        Ok(_) => Ok(region),
        Err(error) => Err(no_credentials(self::no_credentials(&error))),
    }
}

/// `aws` with this region.
pub(crate) fn in_region(aws: &SdkConfig, region: Option<Region>) -> SdkConfig {
    aws.clone().into_builder().region(region).build()
}

/// The region in an ARN of any service, `arn:aws:<service>:<region>:…`; `None` for a name.
pub(crate) fn region_of_arn(name: &str) -> Option<Region> {
    let mut parts = name.strip_prefix("arn:")?.splitn(4, ':');
    let region = parts.nth(2).filter(|region| !region.is_empty())?;
    Some(Region::new(region.to_owned()))
}

/// As [`AwsError::of`], for an operator: missing credentials, an expired session or a missing region are
/// reported with their remedy.
pub(crate) fn error<E: ProvideErrorMetadata + std::error::Error + 'static>(
    error: &SdkError<E>,
    remedy: impl Fn(&str) -> Option<&'static str>,
) -> AwsError {
    let chain: Vec<&dyn std::error::Error> =
        std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source()).collect();
    if let Some(credentials) = chain.iter().find_map(|error| error.downcast_ref::<CredentialsError>()) {
        return AwsError::Refused { cause: no_credentials(credentials), remedy: sign_in::remedy() };
    }
    // The rules of endpoints and the signer have one text each.
    let no_region = ["Missing Region", "missing signing region"];
    if chain.iter().any(|error| no_region.iter().any(|text| error.to_string().contains(text))) {
        return AwsError::Refused { cause: "no AWS region".to_owned(), remedy: NO_REGION_REMEDY };
    }
    AwsError::of(error, |code| {
        remedy(code).or(match code {
            "ExpiredToken" | "ExpiredTokenException" => {
                Some(sign_in::renewal().unwrap_or(CREDENTIALS_REMEDY))
            }
            "InvalidClientTokenId" | "SignatureDoesNotMatch" => Some(CREDENTIALS_REMEDY),
            _ => None,
        })
    })
}

/// What to do about a failed call of which [`error`] made this; `None` if waiting is all. A call without a
/// connection may succeed later, and so its error is a passing one. But a wrong region looks the same.
pub(crate) fn remedy<E>(fault: &AwsError, error: &SdkError<E>) -> Option<&'static str> {
    let is_unconnected = matches!(error, SdkError::DispatchFailure(failure) if failure.is_io());
    fault.remedy().or(is_unconnected.then_some(NO_CONNECTION_REMEDY))
}

/// Why there are no credentials, by the operator's files and by what failed last.
fn no_credentials(error: &CredentialsError) -> String {
    if let Some(why) = sign_in::why() {
        return format!("no AWS credentials: {why}");
    }
    let first: &dyn std::error::Error = error;
    let innermost = std::iter::successors(Some(first), |error| error.source()).last().unwrap_or(first);
    let is_missing_file =
        innermost.downcast_ref().is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::NotFound);
    let last = system_error(innermost);
    match (sign_in::session(), error) {
        // The file of the session is made by the first signing in.
        (Some(profile), _) if is_missing_file => {
            format!("no AWS credentials: the profile `{profile}` is not signed in")
        }
        (Some(profile), _) => format!("no AWS credentials of the profile `{profile}`: {last}"),
        (None, CredentialsError::CredentialsNotLoaded(_)) => "no AWS credentials".to_owned(),
        // The last place to look is a virtual machine's own credentials. Where there are none, that says nothing.
        (None, _) if last.contains("IMDS") => "no AWS credentials".to_owned(),
        (None, _) => format!("no AWS credentials: {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_says_where_it_is() {
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:enricher:live";
        assert_eq!(region_of_arn(arn).map(|region| region.to_string()).as_deref(), Some("eu-central-1"));
        for none in ["enricher:live", "arn:aws:lambda", "arn:aws:lambda::123456789012:function:enricher"] {
            assert_eq!(region_of_arn(none), None, "{none}");
        }
    }
}
