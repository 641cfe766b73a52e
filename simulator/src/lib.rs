//! The simulator is an Okta that keeps Okta's rules, inside this process: it asks for the token, counts calls against
//! rate limits, refuses what Okta refuses, and remembers every message posted to it. `cargo replay` previews messages
//! against it, `cargo enricher simulate` serves it on a port, and the tests point the real client at it over real HTTP.
//! It speaks wire JSON only: it shares no type with the client, so that an error in one cannot hide in the other.
//! It decides nothing and grants nothing; a call that would is refused and noted in [`Simulator::complaints`].
//!
//! # Layout
//!
//! [`World`] what this Okta knows, [`ServiceApp`] among it · `connection` the sockets, and how to cut one · `call` one call
//! from request to answer · `route` which call it is · `auth` who may · `rate_limit` how often · `token` how a service app
//! gets its access token: by `jwt` and `dpop` proven, in `grants` remembered · `directory`, `governance` and `request_list`
//! the answers, chosen by `filter`, cut by `paging` · `reply` their form · [`Fault`] how to spoil them · `record` what was
//! seen · `control` the same for other processes · `secrets_manager` the one call of AWS it stands in for · `state` all of
//! it, behind one lock · `doubles` the rest of the world around the program, for tests (feature `doubles`).

mod auth;
mod call;
mod connection;
mod control;
mod directory;
#[cfg(feature = "doubles")]
pub mod doubles;
mod dpop;
mod fault;
mod fault_text;
mod filter;
mod governance;
mod grants;
mod jwt;
mod paging;
mod rate_limit;
mod record;
mod reply;
mod request_list;
mod route;
mod secrets_manager;
mod service_app;
mod state;
#[cfg(test)]
mod tests;
mod token;
mod world;

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};

use self::{
    connection::{Connection, Connections, Listener},
    state::Okta,
};
pub use self::{
    fault::{Calls, Fault, FaultKind},
    fault_text::{FAULTS_HELP, FaultError},
    record::{PostedMessage, RecordedCall},
    service_app::{CLIENT_ID, ServiceApp, service_app_secret},
    world::{Limits, World},
};

/// The SSWS token (Okta's name for an API token) that [`World::sample`] accepts. It opens nothing but a simulator.
pub const TOKEN: &str = "00SimulatorTokenOpensNothingElse1234567890";

/// A running simulator. Dropping it closes its port and cuts every connection.
///
/// It runs as tasks of the tokio runtime it was started on, with time and I/O enabled.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    okta: Arc<Okta>,
    connections: Connections,
    accepting: JoinHandle<()>,
}

impl Simulator {
    /// Starts a simulator of [`World::sample`] on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Fails when no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::serve(TcpListener::bind(("127.0.0.1", 0)).await?, World::sample()).await
    }

    /// Serves `world` on `listener`, HTTP/1.1 and HTTP/2 without TLS ("h2c", prior knowledge).
    ///
    /// # Errors
    ///
    /// Fails when the listener's own address cannot be read.
    #[expect(clippy::unused_async, reason = "must run inside a tokio runtime, and an `async fn` says so")]
    pub async fn serve(listener: TcpListener, world: World) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let okta = Arc::new(Okta::new(world));
        let connections = Connections::at(listener);
        let service = control::routes()
            .fallback(call::answer)
            .with_state(Arc::clone(&okta))
            .into_make_service_with_connect_info::<Connection>();
        let listener = Listener::new(addr, connections.clone());
        let accepting = tokio::spawn(async move {
            // `axum::serve` answers only when told to shut down, which dropping the handle does by other means.
            let _ = axum::serve(listener, service).await;
        });
        Ok(Self { addr, okta, connections, accepting })
    }

    /// The base URL to give to a client, `http://127.0.0.1:PORT`, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The SSWS token accepted now; see [`World::revoke_token`] and [`World::set_token`].
    #[must_use]
    pub fn token(&self) -> String {
        self.okta.lock().world.token().to_owned()
    }

    /// Every message accepted so far, oldest first, those included whose answer was cut off.
    #[must_use]
    pub fn messages(&self) -> Vec<PostedMessage> {
        self.okta.lock().messages.clone()
    }

    /// Every call received so far, in order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.okta.lock().calls.clone()
    }

    /// Calls that a correct client never makes: unknown paths and methods, ids of the wrong form, malformed bodies.
    /// A test asserts that there are none. Refusals that are part of Okta's day (401, 403, 404, 409, 429) are not here.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.okta.lock().complaints.clone()
    }

    /// Arms a fault. Of several that fit a call, the one armed first acts.
    pub fn fault(&self, fault: Fault) {
        self.okta.lock().faults.arm(fault);
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        self.okta.lock().faults.clear();
    }

    /// Reads or changes what this Okta knows; no call is answered meanwhile.
    pub fn with_world<R>(&self, f: impl FnOnce(&mut World) -> R) -> R {
        f(&mut self.okta.lock().world)
    }

    /// Cuts every open connection, as Okta does with idle ones while a Lambda is frozen. New ones are accepted.
    pub fn cut_connections(&self) {
        self.connections.cut_all();
    }

    /// Cuts every open connection and refuses new ones, as an Okta that is not there.
    pub fn refuse_connections(&self) {
        self.connections.refuse();
        self.connections.cut_all();
    }

    /// Accepts connections again, after [`Simulator::refuse_connections`] or [`FaultKind::Gone`].
    ///
    /// # Errors
    ///
    /// Fails when another process has taken the port.
    pub async fn accept_connections(&self) -> io::Result<()> {
        self.connections.accept(TcpListener::bind(self.addr).await?);
        Ok(())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.accepting.abort();
        self.refuse_connections();
    }
}
