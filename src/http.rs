//! [`Http`]: the program's one way to send calls. Calls to Okta use it, and so does the AWS SDK (see
//! [`aws`](crate::aws)). On the network it is a reqwest client on rustls with ring, and sets the rules for
//! every connection: trusted roots, TLS 1.2 or newer, no redirects, a limit for connecting. In a simulation
//! it is a function of the same process. It does not know what is sent.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
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

/// Why a call has no whole answer: a part of a sentence, without addresses and URLs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Broken {
    /// Whether a connection was open, so that the call may have arrived.
    pub connected: bool,
    /// Whether a time limit of the connection ended it.
    pub timed_out: bool,
    /// What happened, by the innermost cause: "connection refused" rather than "error sending request".
    pub cause: String,
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Broken {
        let (connected, timed_out) = (!error.is_connect(), error.is_timeout());
        let cause = match (timed_out, connected) {
            (true, false) => "the connection could not be opened in time".to_owned(),
            (true, true) => "the connection stopped answering".to_owned(),
            (false, false) => format!("no connection ({})", innermost(&error)),
            (false, true) => format!("the connection broke ({})", innermost(&error)),
        };
        Broken { connected, timed_out, cause }
    }
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // The outermost text would show the URL.
    let is_outermost = std::ptr::addr_eq(cause, std::ptr::from_ref(error));
    if is_outermost { "the request failed".to_owned() } else { cause.to_string() }
}

/// Answers calls inside this process.
pub type Service = Arc<dyn Fn(http::Request<Bytes>) -> Answering + Send + Sync>;

/// An answer of a [`Service`] on its way.
pub type Answering = BoxFuture<'static, Result<http::Response<reqwest::Body>, Broken>>;

/// Sends calls. Its client can be replaced by a new one. Clones share it.
#[derive(Clone, Debug)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    opened: Arc<Notify>,
    maker: Maker,
    current: Mutex<Client>,
}

/// What makes a new client.
#[derive(Clone, Debug)]
enum Maker {
    Network { tls: Arc<rustls::ClientConfig>, local: bool },
    InProcess(Way),
}

/// A client; it is cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    /// The number of clients that were made before it. It names the client in [`Http::reconnect`].
    pub number: u64,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Network(reqwest::Client),
    InProcess(Service),
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Way::Network(_) => "Network",
            Way::InProcess(_) => "InProcess",
        })
    }
}

impl Client {
    /// Sends a call, and returns its answer as soon as the headers have arrived. Sets no time limit.
    ///
    /// # Errors
    ///
    /// Fails if there is no answer. Then the call may have taken effect all the same, if a connection was
    /// open.
    pub async fn send(&self, request: reqwest::Request) -> Result<reqwest::Response, Broken> {
        match &self.way {
            Way::Network(client) => Ok(client.execute(request).await?),
            Way::InProcess(service) => {
                let request = http::Request::<reqwest::Body>::try_from(request)?;
                let bytes = |body: reqwest::Body| body.as_bytes().map(Bytes::copy_from_slice);
                Ok(service(request.map(|body| bytes(body).unwrap_or_default())).await?.into())
            }
        }
    }
}

impl Maker {
    fn make(&self, opened: &Arc<Notify>) -> Result<Way, HttpError> {
        match self {
            Maker::Network { tls, local } => client_with(tls, *local, opened).map(Way::Network),
            Maker::InProcess(way) => Ok(way.clone()),
        }
    }
}

impl Http {
    /// Sends over the network, and makes the first client. `extra_roots` is a PEM file of trusted roots
    /// (`SSL_CERT_FILE`) in addition to the built-in Mozilla roots. The system's own bundle is not read: that
    /// would cost a millisecond of every cold start. Uses `HTTPS_PROXY` and `NO_PROXY` as reqwest does,
    /// unless all calls are `local`.
    ///
    /// # Errors
    ///
    /// Fails if the roots can't be used.
    pub fn new(extra_roots: Option<&Path>, local: bool) -> Result<Http, HttpError> {
        Http::made_by(Maker::Network { tls: Arc::new(tls(extra_roots)?), local })
    }

    /// Lets `service` answer all calls. There are no connections then.
    #[must_use]
    pub fn in_process(service: Service) -> Http {
        let way = Way::InProcess(service);
        Http::with(Maker::InProcess(way.clone()), Arc::default(), way)
    }

    fn made_by(maker: Maker) -> Result<Http, HttpError> {
        let opened = Arc::default();
        let way = maker.make(&opened)?;
        Ok(Http::with(maker, opened, way))
    }

    fn with(maker: Maker, opened: Arc<Notify>, way: Way) -> Http {
        Http(Arc::new(Inner { opened, maker, current: Mutex::new(Client { number: 0, way }) }))
    }

    /// The current client.
    #[must_use]
    pub fn client(&self) -> Client {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the client of this number, unless that was already done. Its connections may be dead, and a
    /// client tries one after another. Calls in flight are not disturbed.
    pub fn reconnect(&self, number: u64) {
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.number == number
            && let Ok(way) = self.0.maker.make(&self.0.opened)
        {
            *current = Client { number: number + 1, way };
        }
    }

    /// The same with connections of its own, for other servers. [`Http::opened`] does not wait for them.
    ///
    /// # Errors
    ///
    /// Fails if no client can be made.
    pub fn apart(&self) -> Result<Http, HttpError> {
        Http::made_by(self.0.maker.clone())
    }

    /// Waits until an HTTP/2 connection is open.
    pub async fn opened(&self) {
        self.0.opened.notified().await;
    }
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
