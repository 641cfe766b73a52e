//! [`Http`]: the program's one way to send calls. Calls to Okta use it, and so does the AWS SDK (see
//! [`aws`](crate::aws)). On the network it is a reqwest client on rustls with ring, and sets the rules for
//! every connection: trusted roots, TLS 1.2 or newer, no redirects, a limit for connecting. In a simulation
//! it is a function of the same process. It does not know what is sent.
//!
//! A connection can die without a word while nobody uses it. `connections` notes what can be seen of the
//! connections of one client. If they are in doubt, the whole client is replaced.

mod ahead;
mod client;
mod connections;
mod error;
mod tls;

use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::Instant;

pub use self::client::{Answering, Client, Service};
pub use self::error::{Broken, HttpError};

use self::client::Maker;
use self::connections::{Habits, locked};

/// How long a call may be without an answer before its connection is doubted. HTTP/1.1 has no pings.
pub const SILENCE: Duration = Duration::from_secs(1);

/// Sends calls. Its client can be replaced by a new one. Clones share it.
#[derive(Clone, Debug)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    habits: Arc<Habits>,
    maker: Maker,
    current: Mutex<Client>,
    /// When a connection to any server was last found dead.
    death: Arc<Mutex<Option<Instant>>>,
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
        Http::made_by(Maker::network(tls::config(extra_roots)?, local), Arc::default())
    }

    /// Lets `service` answer all calls. There are no connections then.
    #[must_use]
    pub fn in_process(service: Service) -> Http {
        let habits = Arc::default();
        let (maker, client) = Maker::in_process(service, &habits);
        Http(Arc::new(Inner { habits, maker, current: Mutex::new(client), death: Arc::default() }))
    }

    fn made_by(maker: Maker, death: Arc<Mutex<Option<Instant>>>) -> Result<Http, HttpError> {
        let habits = Arc::default();
        let current = Mutex::new(maker.make(&habits)?);
        Ok(Http(Arc::new(Inner { habits, maker, current, death })))
    }

    /// The current client. If a connection to any server was found dead, a client with older connections is
    /// replaced first: they probably died too. A later answer on one of them does not prove that the others,
    /// which may lead to other servers, live.
    #[must_use]
    pub fn client(&self) -> Client {
        let mut current = locked(&self.0.current);
        let silence = locked(&self.0.death).and_then(|found| found.checked_sub(2 * SILENCE));
        if silence.is_some_and(|begun| current.may_be_older_than(begun)) {
            self.renew(&mut current);
        }
        current.clone()
    }

    /// A client that is not used for anything else, with no connections yet.
    ///
    /// # Errors
    ///
    /// Fails if no client can be made.
    pub fn fresh(&self) -> Result<Client, HttpError> {
        self.0.maker.make(&self.0.habits)
    }

    /// A client for a call that must not be sent twice. Its connection has answered a moment ago, or is a new
    /// one: a server may have closed any other without a word.
    ///
    /// Over HTTP/1.1 it is always a new one. Many servers close a connection after each answer, and there is
    /// no way to find that out.
    #[must_use]
    pub fn client_for_post(&self) -> Client {
        let client = self.client();
        if client.connections() == 0 || client.has_just_answered() {
            return client;
        }
        if client.speaks_http2() {
            self.renew_if(&client);
            return self.client();
        }
        self.fresh().unwrap_or(client)
    }

    /// A client for a read that has met dead connections before. The calls of others may have left more of
    /// them in the pool. Over HTTP/2 a server that closes after an answer cuts the calls beside it, too.
    #[must_use]
    pub fn client_for_last_try(&self) -> Client {
        self.fresh().unwrap_or_else(|_| self.client())
    }

    /// Replaces a client of which a connection was found dead, unless that was already done. Its other
    /// connections will be dead, too, and a client tries one after another. Calls in flight are not
    /// disturbed.
    pub fn reconnect(&self, dead: &Client) {
        self.note_death();
        self.renew_if(dead);
    }

    /// Replaces a client whose connections are dead, unless that was already done. Its calls in flight learn
    /// of it by [`Client::found_dead`].
    pub fn replace(&self, dead: &Client, by: Client) {
        self.note_death();
        let mut current = locked(&self.0.current);
        if current.is(dead) {
            *current = by;
        }
        dead.die();
    }

    fn note_death(&self) {
        *locked(&self.0.death) = Some(Instant::now());
    }

    fn renew_if(&self, client: &Client) {
        let mut current = locked(&self.0.current);
        if current.is(client) {
            self.renew(&mut current);
        }
    }

    fn renew(&self, current: &mut Client) {
        if let Ok(client) = self.fresh() {
            *current = client;
        }
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
        let again = match (answered, again) {
            (Ok(Err(broken)), Some(again)) if broken.connected => {
                self.reconnect(&client);
                return self.client().send(again).await;
            }
            (Ok(answered), _) => return answered,
            (Err(_), Some(again)) => again,
            (Err(_), None) => return first.await,
        };
        self.renew_if(&client);
        let client = self.client();
        let second = pin!(client.send(again));
        match select(first, second).await {
            Either::Left((Err(_), second)) => second.await,
            Either::Left((answer, _)) => answer,
            Either::Right((Err(_), first)) => first.await,
            Either::Right((answer, _)) => {
                self.note_death();
                answer
            }
        }
    }

    /// The same with connections of its own, for other servers.
    ///
    /// # Errors
    ///
    /// Fails if no client can be made.
    pub fn apart(&self) -> Result<Http, HttpError> {
        Http::made_by(self.0.maker.clone(), Arc::clone(&self.0.death))
    }
}

#[cfg(test)]
mod tests {
    use okta_simulator::Simulator;

    use super::*;

    #[tokio::test]
    async fn a_connection_is_opened_ahead_without_a_call_and_the_next_call_takes_it() {
        let okta = Simulator::start().await.unwrap();
        let url = format!("{}/.well-known/okta-organization", okta.url()).parse::<url::Url>().unwrap();
        let client = Http::new(None, true).unwrap().client();
        client.open_ahead(url.clone()).await.unwrap();
        assert_eq!((client.connections(), okta.calls().len()), (1, 0));
        client.send(reqwest::Request::new(http::Method::GET, url.clone())).await.unwrap();
        assert_eq!((client.connections(), okta.calls().len()), (1, 1));

        okta.refuse_connections();
        let client = Http::new(None, true).unwrap().client();
        assert!(!client.open_ahead(url).await.unwrap_err().connected);
    }

    #[tokio::test]
    async fn a_death_elsewhere_replaces_older_connections_once_even_if_one_has_answered_since() {
        let okta = Simulator::start().await.unwrap();
        let url = format!("{}/.well-known/okta-organization", okta.url());
        let call = || reqwest::Request::new(http::Method::GET, url.parse().unwrap());
        let http = Http::new(None, true).unwrap();
        let elsewhere = http.apart().unwrap();
        let old = http.client();
        old.send(call()).await.unwrap();
        tokio::time::pause();
        tokio::time::advance(3 * SILENCE).await;
        tokio::time::resume();
        old.send(call()).await.unwrap();
        assert!(http.client().is(&old));

        elsewhere.reconnect(&elsewhere.client());
        let new = http.client();
        assert!(!new.is(&old));
        new.send(call()).await.unwrap();
        assert!(http.client().is(&new));
    }
}
