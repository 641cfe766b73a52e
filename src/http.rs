//! [`Http`]: the program's one HTTP and TLS stack, a reqwest client on rustls with ring. Calls to Okta use
//! it, and so does the AWS SDK (see [`aws`](crate::aws)). It sets the rules for every connection: trusted
//! roots, TLS 1.2 or newer, no redirects, a limit for connecting. It does not know what is sent.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy::connect::Connection;
use rustls::pki_types::pem::{self, SectionKind};
use tokio::sync::Notify;
use tower::util::MapResponseLayer;

use crate::{shape, text_file};

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an idle connection is kept. Servers and proxies drop one after a minute or more, often without
/// closing it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// HTTP/2 only, while a call is in flight: finds a dead connection before the call's own time limit. A slow
/// answer is not cut off, because the other side's HTTP stack answers pings at once.
const PING_INTERVAL: Duration = Duration::from_secs(1);
const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// The name of this program that Okta and AWS see.
const USER_AGENT: &str = concat!("okta-request-enricher/", env!("CARGO_PKG_VERSION"));

/// Why no client could be made. [`HttpError::remedy`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// `SSL_CERT_FILE` can't be used.
    #[error("failed to read the roots in `{}` (SSL_CERT_FILE): {cause}", file.display())]
    Roots {
        /// The file that `SSL_CERT_FILE` names, unless that looks like a credential.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The TLS or HTTP library refused its configuration, which is a bug of this program.
    #[error("failed to set up HTTPS: {0}")]
    Setup(String),
}

impl HttpError {
    /// What an operator can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            HttpError::Roots { .. } => {
                "give the path of a PEM file with at least one certificate, or unset the variable"
            }
            HttpError::Setup(_) => "this is a bug, please report it",
        }
    }
}

/// A client that can be replaced by a new one. Clones share it.
#[derive(Clone, Debug)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tls: rustls::ClientConfig,
    local: bool,
    opened: Arc<Notify>,
    current: Mutex<NumberedClient>,
}

/// A client, and the number of clients that were made before it.
#[derive(Clone, Debug)]
pub struct NumberedClient {
    /// Names the client in [`Http::reconnect`].
    pub number: u64,
    /// The client; it is cheap to clone.
    pub client: reqwest::Client,
}

impl Http {
    /// Makes the first client. `extra_roots` is a PEM file of trusted roots (`SSL_CERT_FILE`) in addition to
    /// the built-in Mozilla roots. The system's own bundle is not read: that would cost a millisecond of
    /// every cold start. Uses `HTTPS_PROXY` and `NO_PROXY` as reqwest does, unless all calls are `local`.
    pub fn new(extra_roots: Option<&Path>, local: bool) -> Result<Http, HttpError> {
        let (tls, opened) = (tls(extra_roots)?, Arc::default());
        let client = client_with(&tls, local, &opened)?;
        let current = Mutex::new(NumberedClient { number: 0, client });
        Ok(Http(Arc::new(Inner { tls, local, opened, current })))
    }

    /// The current client.
    #[must_use]
    pub fn client(&self) -> NumberedClient {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the client of this number, unless that was already done. Its connections may be dead, and a
    /// client tries one after another. Calls in flight are not disturbed.
    pub fn reconnect(&self, number: u64) {
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.number == number
            && let Ok(client) = client_with(&self.0.tls, self.0.local, &self.0.opened)
        {
            *current = NumberedClient { number: number + 1, client };
        }
    }

    /// Another client with the same rules, for other servers. [`Http::opened`] does not wait for its
    /// connections.
    pub fn apart(&self) -> Result<reqwest::Client, HttpError> {
        client_with(&self.0.tls, self.0.local, &Arc::default())
    }

    /// Waits until an HTTP/2 connection is open.
    pub async fn opened(&self) {
        self.0.opened.notified().await;
    }
}

/// A client that is never replaced, for processes that Lambda does not freeze. [`Http::new`] explains the
/// arguments.
pub fn client(extra_roots: Option<&Path>, local: bool) -> Result<reqwest::Client, HttpError> {
    client_with(&tls(extra_roots)?, local, &Arc::default())
}

fn tls(extra_roots: Option<&Path>) -> Result<rustls::ClientConfig, HttpError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = extra_roots {
        // A credential may stand in place of the path.
        let secret = shape::is_secret(&file.to_string_lossy());
        let shown = if secret { Path::new("(not shown)") } else { file };
        let fault = |cause: String| HttpError::Roots { file: shown.to_owned(), cause };
        let mut found = 0;
        let bytes = std::fs::read(file).map_err(|e| fault(e.to_string()))?;
        let text = text_file::without_mark(&bytes).map_err(|e| fault(e.to_string()))?;
        // Not the library's iterator: it is generic, so this crate would compile it, for size instead of
        // speed.
        let mut rest = text;
        while let Some((kind, der)) = pem::from_buf(&mut rest).map_err(|e| fault(e.to_string()))? {
            // A root that rustls can't use is skipped, as other readers of such bundles do.
            found += usize::from(kind == SectionKind::Certificate && roots.add(der.into()).is_ok());
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
    // reqwest adds no protocols to a configuration that it is given.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

fn client_with(
    tls: &rustls::ClientConfig,
    local: bool,
    opened: &Arc<Notify>,
) -> Result<reqwest::Client, HttpError> {
    let opened = Arc::clone(opened);
    let notify = MapResponseLayer::new(move |connection| notify_if_http2(connection, &opened));
    let mut client = reqwest::Client::builder().connector_layer(notify);
    if local {
        client = client.no_proxy();
    }
    client
        .tls_backend_preconfigured(tls.clone())
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .http2_keep_alive_interval(PING_INTERVAL)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        // A redirect would send the credential to wherever the answer points.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .build()
        .map_err(|e| HttpError::Setup(e.to_string()))
}

fn notify_if_http2<C: Connection>(connection: C, opened: &Notify) -> C {
    if connection.connected().is_negotiated_h2() {
        opened.notify_one();
    }
    connection
}
