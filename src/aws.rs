//! What the calls to AWS have in common: the SDK's configuration, its way over the program's one HTTP stack, and
//! what its errors come down to. It knows no service.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// What to do about credentials that AWS does not take.
const CREDENTIALS_REMEDY: &str = "see that the AWS credentials in use are valid";

/// Why a call to AWS did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// No answer, or one that says to try later.
    #[error("{0}")]
    Passing(String),
    /// No, until someone changes something.
    #[error("{cause}; {remedy}")]
    Refused {
        /// AWS's error code and request id.
        cause: String,
        /// What to change.
        remedy: &'static str,
    },
}

impl AwsError {
    /// What an error of the SDK comes down to. `remedy` knows the codes of the service that mean no.
    pub fn of<E: ProvideErrorMetadata>(
        error: &SdkError<E, HttpResponse>,
        remedy: impl Fn(&str) -> Option<&'static str>,
    ) -> AwsError {
        let Some(service) = error.as_service_error() else {
            let cause = match error {
                SdkError::TimeoutError(_) => "no answer in time",
                SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time",
                SdkError::DispatchFailure(failure) if failure.is_io() => "no connection",
                SdkError::ConstructionFailure(_) => {
                    "no AWS credentials or region; set them as for the AWS CLI"
                }
                _ => "no usable answer",
            };
            return AwsError::Passing(cause.to_owned());
        };
        let request =
            error.raw_response().and_then(|raw| raw.headers().get("x-amzn-requestid")).unwrap_or("none");
        AwsError::said(
            service.code().unwrap_or("no error code"),
            &format!("AWS request id {request}"),
            remedy,
        )
    }

    /// As [`of`](AwsError::of), where an operator's credentials come from the SDK's chain, which may end with none.
    pub fn of_operator<E: ProvideErrorMetadata + std::error::Error + 'static>(
        error: &SdkError<E, HttpResponse>,
        remedy: impl Fn(&str) -> Option<&'static str>,
    ) -> AwsError {
        let chain: Vec<&dyn std::error::Error> =
            std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source()).collect();
        if let Some(credentials) = chain.iter().find_map(|error| error.downcast_ref::<CredentialsError>()) {
            let cause = match credentials {
                CredentialsError::CredentialsNotLoaded(_) => "no AWS credentials".to_owned(),
                // The last says what went wrong on the way that is set up, such as an SSO session that is over.
                _ => format!(
                    "no AWS credentials: {}",
                    chain.last().map(ToString::to_string).unwrap_or_default()
                ),
            };
            let remedy = "sign in as for the AWS CLI, or choose a profile with AWS_PROFILE";
            return AwsError::Refused { cause, remedy };
        }
        // The endpoint's rules and the signer have a text each.
        let no_region = ["Missing Region", "missing signing region"];
        if chain.iter().any(|error| no_region.iter().any(|text| error.to_string().contains(text))) {
            return AwsError::Refused {
                cause: "no AWS region".to_owned(),
                remedy: "set AWS_REGION, or a region in the profile",
            };
        }
        AwsError::of(error, |code| {
            remedy(code).or(match code {
                "ExpiredToken" | "InvalidClientTokenId" | "SignatureDoesNotMatch" => Some(CREDENTIALS_REMEDY),
                _ => None,
            })
        })
    }

    /// What an error code comes down to; `detail` goes with it.
    pub fn said(code: &str, detail: &str, remedy: impl Fn(&str) -> Option<&'static str>) -> AwsError {
        let cause = format!("{code} ({detail})");
        let remedy = remedy(code).or(match code {
            "UnrecognizedClientException" | "InvalidSignatureException" | "ExpiredTokenException" => {
                Some(CREDENTIALS_REMEDY)
            }
            _ => None,
        });
        match remedy {
            Some(remedy) => AwsError::Refused { cause, remedy },
            None => AwsError::Passing(cause),
        }
    }
}

/// The AWS SDK's configuration over `http`, from the environment as Lambda gives it: region, credentials, endpoints.
///
/// The SDK's own loader would bring its chain of credential providers (a megabyte of code, time in each cold start),
/// of which Lambda uses this one.
#[must_use]
pub fn config(http: reqwest::Client) -> SdkConfig {
    let on = |name| std::env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    let region = std::env::var("AWS_REGION").or_else(|_| std::env::var("AWS_DEFAULT_REGION")).ok();
    SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(region.map(aws_config::Region::new))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .service_config(Endpoints)
        .use_fips(on("AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(on("AWS_USE_DUALSTACK_ENDPOINT"))
        .retry_config(RetryConfig::standard())
        .sleep_impl(TokioSleep::new())
        .http_client(OverReqwest::new(http))
        .build()
}

/// The AWS SDK's configuration over `http` for an operator: region, profile, credentials (keys, SSO, roles, instance
/// metadata) and endpoints are found as the AWS CLI finds them.
pub async fn operator_config(http: reqwest::Client) -> SdkConfig {
    let loader =
        aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(OverReqwest::new(http));
    // As big as the whole chain of providers: not on the caller's stack.
    Box::pin(loader.load()).await
}

/// `AWS_ENDPOINT_URL_<SERVICE>` before `AWS_ENDPOINT_URL` (AWS SDKs guide, "Service-specific endpoints").
#[derive(Debug)]
struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        let set = |name: String| std::env::var(name).ok().filter(|value| !value.is_empty());
        set(format!("{}_{service}", key.env())).or_else(|| set(key.env().to_owned()))
    }
}

/// Lets the AWS SDK send through the program's own client: one stack, one set of roots, one proxy setting.
#[derive(Clone, Debug)]
struct OverReqwest {
    client: reqwest::Client,
    /// For the whole call, where the SDK limits the wait for its answer: as for instance metadata, which is there at
    /// once or not at all.
    timeout: Option<Duration>,
}

impl OverReqwest {
    fn new(client: reqwest::Client) -> OverReqwest {
        OverReqwest { client, timeout: None }
    }
}

impl HttpClient for OverReqwest {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(OverReqwest { timeout: settings.read_timeout(), ..self.clone() })
    }
}

impl HttpConnector for OverReqwest {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let OverReqwest { client, timeout } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
            // The calls made here are small JSON documents, held in memory by the SDK.
            let request =
                request.map(|body| body.bytes().map(bytes::Bytes::copy_from_slice).unwrap_or_default());
            let mut request =
                reqwest::Request::try_from(request).map_err(|e| ConnectorError::user(e.into()))?;
            *request.timeout_mut() = timeout;
            let response: http::Response<reqwest::Body> =
                client.execute(request).await.map_err(connector_error)?.into();
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|e| ConnectorError::user(e.into()))
        })
    }
}

/// Tells the SDK's retry logic what kind of failure it was.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_connect() || error.is_request() {
        ConnectorError::io(error.into())
    } else {
        ConnectorError::other(error.into(), None)
    }
}
