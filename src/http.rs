//! [`Http`]: the program's one way to send calls. Calls to Okta use it, and so does the AWS SDK (see
//! [`aws`](crate::aws)). On the network it is a reqwest client on rustls with ring, and sets the rules for
//! every connection: trusted roots, TLS 1.2 or newer, no redirects, a limit for connecting. In a simulation
//! it is a function of the same process. It does not know what is sent.

mod connections;
mod tls;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either, select};
use hyper_util::client::legacy::connect::Connection;
use tokio::sync::Notify;
use tower::util::MapResponseLayer;

use self::connections::Connections;

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an idle connection is kept. Servers and proxies drop one after a minute or more, often without
/// closing it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// HTTP/2 only, while a call is in flight: a connection that says nothing for so long is pinged, and is dead
/// if it does not answer in time. One that said nothing for longer is pinged with the call itself. So a dead
/// connection costs at most the sum of both. A slow answer is not cut off, because the other side's HTTP
/// stack answers pings at once.
const PING_INTERVAL: Duration = Duration::from_millis(400);
const PING_TIMEOUT: Duration = Duration::from_millis(900);

/// How long a call may be without an answer before its connection is doubted. HTTP/1.1 has no pings.
pub const SILENCE: Duration = Duration::from_secs(1);

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

impl Broken {
    /// Another call has found out that the connection is dead.
    #[must_use]
    pub fn found_dead() -> Broken {
        Broken { connected: true, timed_out: false, cause: "the connection was dead".to_owned() }
    }
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
    /// An HTTP/2 connection is open.
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

/// A client with a pool of connections; it is cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    way: Way,
    connections: Arc<Connections>,
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
            Way::Network(client) => {
                let response = client.execute(request).await?;
                self.connections.answered();
                Ok(response)
            }
            Way::InProcess(service) => {
                let request = http::Request::<reqwest::Body>::try_from(request)?;
                let bytes = |body: reqwest::Body| body.as_bytes().map(Bytes::copy_from_slice);
                Ok(service(request.map(|body| bytes(body).unwrap_or_default())).await?.into())
            }
        }
    }

    /// Whether both have the same connections.
    #[must_use]
    pub fn is(&self, other: &Client) -> bool {
        Arc::ptr_eq(&self.connections, &other.connections)
    }

    /// How many connections it has opened.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.connections.count()
    }

    /// Whether the answer came over one of the first `count` connections. Not known of one that was opened
    /// long after them.
    #[must_use]
    pub fn is_of_the_first(&self, count: u32, answer: &reqwest::Response) -> bool {
        self.connections.is_of_the_first(count, answer.extensions())
    }

    /// Whether HTTP/2 was agreed on.
    #[must_use]
    pub fn speaks_http2(&self) -> bool {
        self.connections.speak_http2()
    }

    /// Waits until the connections are found dead, by [`Http::replace`].
    pub async fn found_dead(&self) {
        self.connections.found_dead().await;
    }
}

impl Maker {
    fn make(&self, opened: &Arc<Notify>) -> Result<Client, HttpError> {
        let connections = Arc::new(Connections::new(Arc::clone(opened)));
        let way = match self {
            Maker::Network { tls, local } => client_with(tls, *local, &connections).map(Way::Network)?,
            Maker::InProcess(way) => way.clone(),
        };
        Ok(Client { way, connections })
    }
}

impl Http {
    /// Sends over the network, and makes the first client. `extra_roots` is a PEM file of trusted roots
    /// (`SSL_CERT_FILE`) in addition to the built-in Mozilla roots. Uses `HTTPS_PROXY` and `NO_PROXY` as
    /// reqwest does, unless all calls are `local`.
    ///
    /// # Errors
    ///
    /// Fails if the roots can't be used.
    pub fn new(extra_roots: Option<&Path>, local: bool) -> Result<Http, HttpError> {
        Http::made_by(Maker::Network { tls: Arc::new(tls::config(extra_roots)?), local })
    }

    /// Lets `service` answer all calls. There are no connections then.
    #[must_use]
    pub fn in_process(service: Service) -> Http {
        let (way, opened) = (Way::InProcess(service), Arc::<Notify>::default());
        let connections = Arc::new(Connections::new(Arc::clone(&opened)));
        let current = Mutex::new(Client { way: way.clone(), connections });
        Http(Arc::new(Inner { opened, maker: Maker::InProcess(way), current }))
    }

    fn made_by(maker: Maker) -> Result<Http, HttpError> {
        let opened = Arc::default();
        let current = Mutex::new(maker.make(&opened)?);
        Ok(Http(Arc::new(Inner { opened, maker, current })))
    }

    /// The current client.
    #[must_use]
    pub fn client(&self) -> Client {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client that is not used for anything else, with no connections yet.
    ///
    /// # Errors
    ///
    /// Fails if no client can be made.
    pub fn fresh(&self) -> Result<Client, HttpError> {
        self.0.maker.make(&self.0.opened)
    }

    /// A client for a call that must not be sent twice. Its connection has answered a moment ago, or is a new
    /// one: a server may have closed any other without a word.
    ///
    /// Over HTTP/1.1 it is always a new one. Many servers close a connection after each answer, and there is
    /// no way to find that out.
    #[must_use]
    pub fn client_for_post(&self) -> Client {
        let client = self.client();
        if client.connections() == 0 || client.connections.have_just_answered() {
            return client;
        }
        if client.speaks_http2() {
            self.reconnect(&client);
            return self.client();
        }
        self.fresh().unwrap_or(client)
    }

    /// Replaces the client, unless that was already done. Its connections may be dead, and a client tries one
    /// after another. Calls in flight are not disturbed.
    pub fn reconnect(&self, doubtful: &Client) {
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.is(doubtful)
            && let Ok(client) = self.fresh()
        {
            *current = client;
        }
    }

    /// Replaces a client whose connections are dead, unless that was already done. Its calls in flight learn
    /// of it by [`Client::found_dead`].
    pub fn replace(&self, dead: &Client, by: Client) {
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.is(dead) {
            *current = by;
        }
        dead.connections.die();
    }

    /// Sends a call, and returns its answer as soon as the headers have arrived. If the connection breaks, the
    /// next call takes a new one. Sets no time limit.
    ///
    /// # Errors
    ///
    /// Fails if there is no answer.
    pub async fn send_once(&self, request: reqwest::Request) -> Result<reqwest::Response, Broken> {
        let client = self.client();
        let answered = client.send(request).await;
        if answered.as_ref().is_err_and(|broken| broken.connected) {
            self.reconnect(&client);
        }
        answered
    }

    /// Sends a call that may take effect twice, and returns its answer as soon as the headers have arrived. It
    /// is sent again on a new connection if the first breaks, or if it says nothing for as long as
    /// [`SILENCE`]; then the first answer counts. Sets no time limit.
    ///
    /// # Errors
    ///
    /// Fails if there is no answer.
    pub async fn send_twice(&self, request: reqwest::Request) -> Result<reqwest::Response, Broken> {
        let (client, again) = (self.client(), request.try_clone());
        let mut first = pin!(client.send(request));
        let answered = tokio::time::timeout(SILENCE, &mut first).await;
        let silent = answered.is_err();
        let again = match (answered, again) {
            (Ok(Err(broken)), Some(again)) if broken.connected => again,
            (Ok(answered), _) => return answered,
            (Err(_), Some(again)) => again,
            (Err(_), None) => return first.await,
        };
        self.reconnect(&client);
        let client = self.client();
        let second = pin!(client.send(again));
        if !silent {
            return second.await;
        }
        match select(first, second).await {
            Either::Left((Err(_), second)) => second.await,
            Either::Right((Err(_), first)) => first.await,
            Either::Left((answer, _)) | Either::Right((answer, _)) => answer,
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

fn client_with(
    tls: &rustls::ClientConfig,
    local: bool,
    connections: &Arc<Connections>,
) -> Result<reqwest::Client, HttpError> {
    let connections = Arc::clone(connections);
    let note = MapResponseLayer::new(move |connection| noted(connection, &connections));
    let mut client = reqwest::Client::builder().connector_layer(note);
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

fn noted<C: Connection>(connection: C, connections: &Connections) -> C {
    connections.opened(&connection.connected());
    connection
}
