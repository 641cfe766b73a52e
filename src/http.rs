//! The one HTTP and TLS stack of the program: a reqwest client on rustls with ring, used for Okta and, through
//! [`aws`](crate::aws), by the AWS SDK. It sets what must hold for every connection (roots, TLS 1.2 at least, no
//! redirects, connect timeout) and knows nothing of what is sent.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy::connect::Connection;
use rustls::pki_types::pem::{self, SectionKind};
use tokio::sync::Notify;
use tower::util::MapResponseLayer;

/// A connection that is not open after this long will not be.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Servers and what stands before them forget an idle connection after a minute or more, often without a word.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// HTTP/2 only, while a call is in flight: a connection that died unseen is found out before the call's own limit. An answer
/// that is merely slow is not cut off, since pings are answered by the other side's HTTP stack.
const PING_INTERVAL: Duration = Duration::from_secs(1);
const PING_TIMEOUT: Duration = Duration::from_secs(3);

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

/// A client, and what it takes to make another.
#[derive(Clone, Debug)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tls: rustls::ClientConfig,
    local: bool,
    opened: Arc<Notify>,
    /// With the number of clients before it.
    client: Mutex<(u64, reqwest::Client)>,
}

impl Http {
    /// Makes the client. `extra_roots` is a PEM file of further trusted roots (`SSL_CERT_FILE`), beside the
    /// built-in Mozilla ones: a scan of the system's own bundle would cost a millisecond of every cold start.
    /// `HTTPS_PROXY` and `NO_PROXY` are honoured, as reqwest reads them, unless everything is `local`.
    pub fn new(extra_roots: Option<&Path>, local: bool) -> Result<Http, HttpError> {
        let (tls, opened) = (tls(extra_roots)?, Arc::default());
        let client = Mutex::new((0, client_with(&tls, local, &opened)?));
        Ok(Http(Arc::new(Inner { tls, local, opened, client })))
    }

    /// The client, and its number.
    #[must_use]
    pub fn client(&self) -> (u64, reqwest::Client) {
        self.0.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives up all connections of the client of this number, unless that was done: they died unseen, and a client tries
    /// one after another. Calls in flight end as they would.
    pub fn reconnect(&self, number: u64) {
        let mut current = self.0.client.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 == number
            && let Ok(client) = client_with(&self.0.tls, self.0.local, &self.0.opened)
        {
            *current = (number + 1, client);
        }
    }

    /// A client of the same making for other servers: its connections are not [`opened`](Http::opened) ones.
    pub fn apart(&self) -> Result<reqwest::Client, HttpError> {
        client_with(&self.0.tls, self.0.local, &Arc::default())
    }

    /// Waits until an HTTP/2 connection can take a call.
    pub async fn opened(&self) {
        self.0.opened.notified().await;
    }
}

/// A client alone, where nothing is frozen.
pub fn client(extra_roots: Option<&Path>, local: bool) -> Result<reqwest::Client, HttpError> {
    client_with(&tls(extra_roots)?, local, &Arc::default())
}

fn tls(extra_roots: Option<&Path>) -> Result<rustls::ClientConfig, HttpError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = extra_roots {
        let fault = |cause: String| HttpError::Roots { file: file.to_owned(), cause };
        let mut found = 0;
        let text = std::fs::read(file).map_err(|e| fault(e.to_string()))?;
        // Not the iterator: it is generic, so compiled here, and for size.
        let mut rest = &*text;
        while let Some((kind, der)) = pem::from_buf(&mut rest).map_err(|e| fault(e.to_string()))? {
            // As every other reader of such bundles does: a root that rustls can't use is passed over.
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
    // reqwest takes a ready configuration as it stands, and adds no protocols to it.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

fn client_with(
    tls: &rustls::ClientConfig,
    local: bool,
    opened: &Arc<Notify>,
) -> Result<reqwest::Client, HttpError> {
    let opened = Arc::clone(opened);
    let tell = MapResponseLayer::new(move |connection| tell_if_http2(connection, &opened));
    let mut client = reqwest::Client::builder().connector_layer(tell);
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
        // A redirect would carry the credential to wherever the answer points.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .build()
        .map_err(|e| HttpError::Setup(e.to_string()))
}

fn tell_if_http2<C: Connection>(connection: C, opened: &Notify) -> C {
    if connection.connected().is_negotiated_h2() {
        opened.notify_one();
    }
    connection
}
