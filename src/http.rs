//! The one HTTP and TLS stack of the program: a reqwest client on rustls with ring, used for Okta and, through
//! a small adapter, by the AWS SDK. It sets what must hold for every connection (roots, TLS 1.2 at least, no
//! redirects, connect timeout) and knows nothing of what is sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A connection that is not open after this long will not be.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What Okta and AWS see as the sender.
const USER_AGENT: &str = concat!("okta-request-enricher/", env!("CARGO_PKG_VERSION"));

/// Why no client could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// `SSL_CERT_FILE` can't be used.
    #[error(
        "failed to read the roots in `{}` (SSL_CERT_FILE): {cause}; give the path of a PEM file with at least one certificate, or unset the variable",
        file.display()
    )]
    Roots {
        /// The file that `SSL_CERT_FILE` names.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The TLS or HTTP library refused its configuration: a fault of this program.
    #[error("failed to set up HTTPS: {0}; this is a bug, please report it")]
    Setup(String),
}

/// Makes the client. `extra_roots` is a PEM file of further trusted roots (`SSL_CERT_FILE`), beside the
/// built-in Mozilla ones: a scan of the system's own bundle would cost a millisecond of every cold start.
/// `HTTPS_PROXY` and `NO_PROXY` are honoured, as reqwest reads them, unless everything is `local`.
pub fn client(extra_roots: Option<&Path>, local: bool) -> Result<reqwest::Client, HttpError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = extra_roots {
        let fault = |cause: String| HttpError::Roots { file: file.to_owned(), cause };
        let mut found = 0;
        for certificate in CertificateDer::pem_file_iter(file).map_err(|e| fault(e.to_string()))? {
            let certificate = certificate.map_err(|e| fault(e.to_string()))?;
            // As every other reader of such bundles does: a root that rustls can't use is passed over.
            found += usize::from(roots.add(certificate).is_ok());
        }
        if found == 0 {
            return Err(fault("no usable certificate in it".to_owned()));
        }
    }
    let mut tls =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| HttpError::Setup(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
    // reqwest takes a ready configuration as it stands, and adds no protocols to it.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut client = reqwest::Client::builder();
    if local {
        client = client.no_proxy();
    }
    client
        .tls_backend_preconfigured(tls)
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        // A redirect would carry the credential to wherever the answer points.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .build()
        .map_err(|e| HttpError::Setup(e.to_string()))
}

/// The AWS SDK's configuration over `http`, from the environment as Lambda gives it: region, credentials, endpoints.
///
/// The SDK's own loader would bring its chain of credential providers (a megabyte of code, time in each cold start),
/// of which Lambda uses this one.
#[must_use]
pub fn aws(http: reqwest::Client) -> SdkConfig {
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
        .http_client(OverReqwest(http))
        .build()
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
struct OverReqwest(reqwest::Client);

impl HttpClient for OverReqwest {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for OverReqwest {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
            // The calls made here are small JSON documents, held in memory by the SDK.
            let request =
                request.map(|body| body.bytes().map(bytes::Bytes::copy_from_slice).unwrap_or_default());
            let request = reqwest::Request::try_from(request).map_err(|e| ConnectorError::user(e.into()))?;
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
