//! A [`Client`]: the connections to some servers, or the function of this process that plays them; and the
//! [`Maker`] of more like it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Method;
use tokio::time::Instant;
use url::Url;

use super::ahead::Ahead;
use super::connections::{Connections, Habits};
use super::error::{Broken, HttpError};

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an idle connection is kept. Servers and proxies drop one after a minute or more, often without
/// closing it.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// HTTP/2 only, while a call is in flight: a connection that says nothing for so long is pinged, and is dead
/// if it does not answer in time. One that said nothing for longer is pinged with the call itself. So a dead
/// connection costs at most the sum of both. A slow answer is not cut off, because the other side's HTTP
/// stack answers pings at once.
const PING_INTERVAL: Duration = Duration::from_millis(400);
const PING_TIMEOUT: Duration = Duration::from_millis(800);

/// The name of this program that Okta and AWS see.
const USER_AGENT: &str = concat!("okta-request-enricher/", env!("CARGO_PKG_VERSION"));

/// Answers calls inside this process.
pub type Service = Arc<dyn Fn(http::Request<Bytes>) -> Answering + Send + Sync>;

/// An answer of a [`Service`] on its way.
pub type Answering = BoxFuture<'static, Result<http::Response<reqwest::Body>, Broken>>;

/// What makes a new client.
#[derive(Clone, Debug)]
pub(super) enum Maker {
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
pub(super) enum Way {
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
                let flight = self.connections.take_off();
                let response = client.execute(request).await?;
                flight.answered();
                Ok(response)
            }
            Way::InProcess(service) => {
                let request = http::Request::<reqwest::Body>::try_from(request)?;
                let bytes = |body: reqwest::Body| body.as_bytes().map(Bytes::copy_from_slice);
                Ok(service(request.map(|body| bytes(body).unwrap_or_default())).await?.into())
            }
        }
    }

    /// Opens a connection to this server for the next call. Only for a client without connections: then it sends
    /// nothing; with one, it would send a GET. Sets no time limit.
    ///
    /// # Errors
    ///
    /// Fails if no connection can be opened.
    pub async fn open_ahead(&self, server: Url) -> Result<(), Broken> {
        let Way::Network(client) = &self.way else { return Ok(()) };
        let before = self.connections.count();
        self.connections.open_next_ahead();
        match client.execute(reqwest::Request::new(Method::GET, server)).await {
            Err(error) if self.connections.count() == before => Err(error.into()),
            _ => Ok(()),
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

    /// Whether the next call goes over an HTTP/2 connection that has answered a moment ago, as far as can be
    /// known.
    pub(super) fn has_just_answered(&self) -> bool {
        self.connections.have_just_answered()
    }

    /// Whether a connection of it may be older than `moment`.
    pub(super) fn may_be_older_than(&self, moment: Instant) -> bool {
        self.connections.may_be_older_than(moment)
    }

    /// Its connections are dead.
    pub(super) fn die(&self) {
        self.connections.die();
    }

    /// Waits until the connections are found dead, by [`Http::replace`](super::Http::replace).
    pub async fn found_dead(&self) {
        self.connections.found_dead().await;
    }
}

impl Maker {
    pub(super) fn network(tls: rustls::ClientConfig, local: bool) -> Maker {
        Maker::Network { tls: Arc::new(tls), local }
    }

    /// With its first client, which can't fail.
    pub(super) fn in_process(service: Service, habits: &Arc<Habits>) -> (Maker, Client) {
        let (way, connections) = (Way::InProcess(service), Arc::new(Connections::new(habits)));
        (Maker::InProcess(way.clone()), Client { way, connections })
    }

    pub(super) fn make(&self, habits: &Arc<Habits>) -> Result<Client, HttpError> {
        let connections = Arc::new(Connections::new(habits));
        let way = match self {
            Maker::Network { tls, local } => client_with(tls, *local, &connections).map(Way::Network)?,
            Maker::InProcess(way) => way.clone(),
        };
        Ok(Client { way, connections })
    }
}

fn client_with(
    tls: &rustls::ClientConfig,
    local: bool,
    connections: &Arc<Connections>,
) -> Result<reqwest::Client, HttpError> {
    let mut client = reqwest::Client::builder().connector_layer(Ahead::new(Arc::clone(connections)));
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
