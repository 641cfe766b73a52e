//! [`Ahead`]: a connection that is opened before there is a call for it. reqwest opens one only for a call. So
//! a call is made that ends as soon as its connection is open, before anything of it is sent; the next call
//! takes that connection.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::future::{self, BoxFuture, FutureExt as _};
use hyper_util::client::legacy::connect::Connection;
use tokio::time::Instant;
use tower::{BoxError, Layer, Service};

use super::client::IDLE_TIMEOUT;
use super::connections::{Connections, locked};

/// Stands between one client of reqwest and its connector. `C` is reqwest's own type of a connection.
#[derive(Debug)]
pub(super) struct Ahead<C> {
    connections: Arc<Connections>,
    spare: Arc<Mutex<Option<(C, Instant)>>>,
}

impl<C> Ahead<C> {
    /// Notes each connection in `connections`, which also say when one is to be opened ahead.
    pub(super) fn new(connections: Arc<Connections>) -> Ahead<C> {
        Ahead { connections, spare: Arc::default() }
    }

    /// The connection that was opened ahead, unless it has been idle for too long.
    fn spare(&self) -> Option<C> {
        let (connection, opened) = locked(&self.spare).take()?;
        (opened.elapsed() < IDLE_TIMEOUT).then_some(connection)
    }
}

impl<C> Clone for Ahead<C> {
    fn clone(&self) -> Ahead<C> {
        Ahead { connections: Arc::clone(&self.connections), spare: Arc::clone(&self.spare) }
    }
}

impl<S, C> Layer<S> for Ahead<C> {
    type Service = Connector<S, C>;

    fn layer(&self, inner: S) -> Connector<S, C> {
        Connector { inner, ahead: self.clone() }
    }
}

/// The connector as reqwest sees it.
#[derive(Debug)]
pub(super) struct Connector<S, C> {
    inner: S,
    ahead: Ahead<C>,
}

impl<S: Clone, C> Clone for Connector<S, C> {
    fn clone(&self) -> Connector<S, C> {
        Connector { inner: self.inner.clone(), ahead: self.ahead.clone() }
    }
}

impl<To, S, C> Service<To> for Connector<S, C>
where
    S: Service<To, Response = C, Error = BoxError>,
    S::Future: Send + 'static,
    C: Connection + Send + 'static,
{
    type Response = C;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<C, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, to: To) -> Self::Future {
        let is_ahead = self.ahead.connections.is_next_ahead();
        if let Some(connection) = self.ahead.spare().filter(|_| !is_ahead) {
            return future::ready(Ok(connection)).boxed();
        }
        let (opening, ahead) = (self.inner.call(to), self.ahead.clone());
        async move {
            let connection = opening.await?;
            ahead.connections.opened(&connection.connected());
            if is_ahead {
                *locked(&ahead.spare) = Some((connection, Instant::now()));
                return Err("the connection is open, for another call".into());
            }
            Ok(connection)
        }
        .boxed()
    }
}
