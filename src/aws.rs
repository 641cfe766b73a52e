//! What all calls to AWS share: the SDK's configuration, the use of the program's one HTTP stack, and
//! [`AwsError`], which sums up an error of the SDK. It knows no service.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::clock::Clock;
use crate::http::{Broken, Http};
use crate::surroundings::Surroundings;

/// What to do if AWS does not accept the credentials.
pub const CREDENTIALS_REMEDY: &str = "see that the AWS credentials in use are valid";

/// The longest pause before the SDK's second try. The services of this program answer in milliseconds, and
/// their throttling passes quickly; the SDK's default of a second is for slower ones.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);

/// Why a call to AWS failed. It is a part of a sentence: the caller adds what it was doing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// No answer, or one that says to try later. The text says what happened.
    #[error("{0}")]
    Passing(String),
    /// AWS refused the call, and will until someone changes something.
    #[error("{cause}; {remedy}")]
    Refused {
        /// AWS's error code and request id.
        cause: String,
        /// What to change.
        remedy: &'static str,
    },
}

impl AwsError {
    /// What happened, without the remedy.
    #[must_use]
    pub fn cause(&self) -> &str {
        match self {
            AwsError::Passing(cause) | AwsError::Refused { cause, .. } => cause,
        }
    }

    /// What to change; `None` if waiting is all.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            AwsError::Passing(_) => None,
            AwsError::Refused { remedy, .. } => Some(remedy),
        }
    }

    /// Sums up an error of the SDK. `remedy` returns what to do about a service's error code, or `None` if
    /// the code may pass by itself.
    pub fn of<E: ProvideErrorMetadata>(
        error: &SdkError<E, HttpResponse>,
        remedy: impl Fn(&str) -> Option<&'static str>,
    ) -> AwsError {
        let Some(service) = error.as_service_error() else {
            let cause = match error {
                SdkError::TimeoutError(_) => "no answer in time",
                SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time",
                SdkError::DispatchFailure(failure) if failure.is_io() => "no connection",
                // The SDK looks for both right before it sends.
                SdkError::DispatchFailure(failure) if failure.is_other() => {
                    "no AWS credentials or region; set them as for the AWS CLI"
                }
                _ => "no usable answer",
            };
            return AwsError::Passing(cause.to_owned());
        };
        let raw = error.raw_response();
        let request = raw.and_then(|raw| raw.headers().get("x-amzn-requestid")).unwrap_or("none");
        let detail = format!("AWS request id {request}");
        match (service.code(), raw.map(|raw| raw.status().as_u16())) {
            (Some(code), _) => AwsError::of_code(code, &detail, remedy),
            // The SDK counts a success that it can't read as an error of the service.
            (None, Some(status @ 200..300)) => {
                AwsError::Passing(format!("unreadable answer (HTTP {status}, {detail})"))
            }
            (None, Some(status)) => {
                AwsError::Passing(format!("HTTP {status} without an error code ({detail})"))
            }
            (None, None) => AwsError::Passing(format!("no error code ({detail})")),
        }
    }

    /// Sums up an error code of a service; the text shows `detail` beside it. For `remedy`, see
    /// [`AwsError::of`].
    pub fn of_code(code: &str, detail: &str, remedy: impl Fn(&str) -> Option<&'static str>) -> AwsError {
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

/// The AWS SDK's configuration, from the environment variables that Lambda sets: region, credentials,
/// endpoints. Calls are sent through `http`, and signed by the given clock.
///
/// A call is sent again on a new connection if the first says nothing for a second. Every call of the Lambda
/// may take effect twice: a read; a write of the ledger, which finds or repeats itself; an event that EventBridge
/// delivers at least once.
///
/// The SDK's own loader would add its chain of credential providers: a megabyte of code, and time in each
/// cold start. Lambda uses only this provider.
#[must_use]
pub fn config(Surroundings { http, clock, .. }: Surroundings) -> SdkConfig {
    let on = |name| std::env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    let region = std::env::var("AWS_REGION").or_else(|_| std::env::var("AWS_DEFAULT_REGION")).ok();
    SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(region.map(aws_config::Region::new))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .service_config(Endpoints)
        .use_fips(on("AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(on("AWS_USE_DUALSTACK_ENDPOINT"))
        .retry_config(retries())
        .time_source(clock)
        .sleep_impl(TokioSleep::new())
        .http_client(OverHttp { http, timeout: None, twice: true })
        .build()
}

/// How the AWS SDK sends a failed call again: three tries, the second almost at once.
#[must_use]
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_initial_backoff(FIRST_BACKOFF)
}

/// An HTTP client for the AWS SDK that sends through `http`. So the program has one HTTP stack, one set of
/// roots and one proxy setting. Only the SDK sends a call again.
#[must_use]
pub fn http_client(http: Http) -> impl HttpClient + 'static {
    OverHttp { http, timeout: None, twice: false }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        let since_1970 = Clock::now(*self).as_duration().unsigned_abs();
        SystemTime::UNIX_EPOCH + since_1970
    }
}

/// Reads `AWS_ENDPOINT_URL_<SERVICE>`, or else `AWS_ENDPOINT_URL` (AWS SDKs guide, "Service-specific
/// endpoints").
#[derive(Debug)]
struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        let set = |name: String| std::env::var(name).ok().filter(|value| !value.is_empty());
        set(format!("{}_{service}", key.env())).or_else(|| set(key.env().to_owned()))
    }
}

/// The SDK's view of [`Http`].
#[derive(Clone, Debug)]
struct OverHttp {
    http: Http,
    /// A limit for the whole call, if the SDK limits the wait for its answer. It does for instance metadata,
    /// which answers at once or never.
    timeout: Option<Duration>,
    /// Every call may take effect twice.
    twice: bool,
}

impl HttpClient for OverHttp {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(OverHttp { timeout: settings.read_timeout(), ..self.clone() })
    }
}

impl HttpConnector for OverHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let OverHttp { http, timeout, twice } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
            // All calls of this program are small JSON documents, which the SDK holds in memory.
            let request =
                request.map(|body| body.bytes().map(bytes::Bytes::copy_from_slice).unwrap_or_default());
            let mut request =
                reqwest::Request::try_from(request).map_err(|e| ConnectorError::user(e.into()))?;
            *request.timeout_mut() = timeout;
            let answered = if twice { http.send_twice(request).await } else { http.send_once(request).await };
            let response: http::Response<reqwest::Body> = answered.map_err(connector_error)?.into();
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|e| ConnectorError::user(e.into()))
        })
    }
}

/// The kind of failure, for the SDK's retry logic.
fn connector_error(error: Broken) -> ConnectorError {
    if error.timed_out { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}
