//! A simulator is one [`Okta`] that listens on a port of this machine. This file starts it and stops it. It
//! answers no call itself.

use std::{io, net::SocketAddr, ops::Deref, sync::Arc};

use axum::routing::post;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    connection::{Connection, Listener},
    control, handler,
    okta::Okta,
    secrets_manager,
    world::World,
};

/// A running simulator: an [`Okta`], to which it dereferences, and its port. Dropping it closes the port and
/// cuts every connection.
///
/// It runs as tasks of the tokio runtime on which it was started. That runtime needs time and I/O enabled.
#[derive(Debug)]
pub struct Simulator {
    okta: Okta,
    addr: SocketAddr,
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
        let okta = Okta::new(world);
        okta.connections.accept(Some(listener));
        let service = control::routes()
            .route("/", post(secrets_manager::answer).fallback(handler::answer))
            .fallback(handler::answer)
            .with_state(Arc::clone(&okta.state))
            .into_make_service_with_connect_info::<Connection>();
        let listener = Listener::new(addr, okta.connections.clone());
        let accepting = tokio::spawn(async move {
            // Never returns: it has no shutdown signal. Dropping the simulator aborts this task instead.
            let _ = axum::serve(listener, service).await;
        });
        Ok(Self { okta, addr, accepting })
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

    /// Accepts connections again, after [`Okta::refuse_connections`] or [`FaultKind::Gone`].
    ///
    /// # Errors
    ///
    /// Fails if another process has taken the port.
    ///
    /// [`FaultKind::Gone`]: crate::FaultKind::Gone
    pub async fn accept_connections(&self) -> io::Result<()> {
        self.connections.accept(Some(TcpListener::bind(self.addr).await?));
        Ok(())
    }
}

impl Deref for Simulator {
    type Target = Okta;

    fn deref(&self) -> &Okta {
        &self.okta
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.accepting.abort();
        self.refuse_connections();
    }
}
