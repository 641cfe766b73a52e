//! A simulator is one Okta that listens on a port of this machine. This file starts it and stops it. Its
//! owner can read the records, arm faults, change the world and cut connections. It answers no call itself.

use std::{io, net::SocketAddr, sync::Arc};

use axum::routing::post;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    connection::{Connection, Connections, Listener},
    control,
    fault::Fault,
    handler,
    record::{PostedMessage, RecordedCall},
    secrets_manager,
    state::SharedState,
    world::World,
};

/// A running simulator. Dropping it closes its port and cuts every connection.
///
/// It runs as tasks of the tokio runtime on which it was started. That runtime needs time and I/O enabled.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    state: Arc<SharedState>,
    connections: Connections,
    accepting: JoinHandle<()>,
}

impl Simulator {
    /// Starts a simulator of [`World::sample`] on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Fails if no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::serve(TcpListener::bind(("127.0.0.1", 0)).await?, World::sample()).await
    }

    /// Serves `world` on `listener`. It speaks HTTP/1.1 and HTTP/2, both without TLS; for HTTP/2 the client
    /// must know that beforehand ("h2c with prior knowledge").
    ///
    /// # Errors
    ///
    /// Fails if the listener's own address cannot be read.
    #[expect(clippy::unused_async, reason = "must run inside a tokio runtime, and an `async fn` says so")]
    pub async fn serve(listener: TcpListener, world: World) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let state = Arc::new(SharedState::new(world));
        let connections = Connections::at(listener);
        let service = control::routes()
            .route("/", post(secrets_manager::answer).fallback(handler::answer))
            .fallback(handler::answer)
            .with_state(Arc::clone(&state))
            .into_make_service_with_connect_info::<Connection>();
        let listener = Listener::new(addr, connections.clone());
        let accepting = tokio::spawn(async move {
            // Never returns: it has no shutdown signal. Dropping the simulator aborts this task instead.
            let _ = axum::serve(listener, service).await;
        });
        Ok(Self { addr, state, connections, accepting })
    }

    /// The base URL for a client: `http://127.0.0.1:PORT`, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The API token (SSWS) that it accepts now; empty after [`World::revoke_token`].
    #[must_use]
    pub fn token(&self) -> String {
        self.state.lock().world.token().to_owned()
    }

    /// Every message accepted so far, oldest first. A message is here even if the client never saw the reply.
    #[must_use]
    pub fn messages(&self) -> Vec<PostedMessage> {
        self.state.lock().messages.clone()
    }

    /// Every call received so far, in order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.state.lock().calls.clone()
    }

    /// What a correct client never does: unknown paths and methods, ids of the wrong format, malformed
    /// bodies. Everyday refusals (401, 403, 404, 409, 429) are not listed. Tests expect an empty list.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.state.lock().complaints.clone()
    }

    /// Arms a fault. If several faults match a call, the one armed first acts.
    pub fn fault(&self, fault: Fault) {
        self.state.lock().faults.arm(fault);
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        self.state.lock().faults.clear();
    }

    /// Reads or changes what this Okta knows. Calls wait until `f` returns. `f` must not use this simulator,
    /// or both wait forever.
    pub fn with_world<R>(&self, f: impl FnOnce(&mut World) -> R) -> R {
        f(&mut self.state.lock().world)
    }

    /// Cuts every open connection, as Okta cuts idle ones while a Lambda is frozen. New ones are accepted.
    pub fn cut_connections(&self) {
        self.connections.cut_all();
    }

    /// Cuts every open connection and refuses new ones, as if Okta could not be reached.
    pub fn refuse_connections(&self) {
        self.connections.refuse();
        self.connections.cut_all();
    }

    /// Accepts connections again, after [`Simulator::refuse_connections`] or [`FaultKind::Gone`].
    ///
    /// # Errors
    ///
    /// Fails if another process has taken the port.
    ///
    /// [`FaultKind::Gone`]: crate::FaultKind::Gone
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
