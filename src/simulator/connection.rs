//! A connection is one TCP socket that the simulator can cut at any moment, as a proxy, a load balancer or a thawed
//! Lambda sees it happen. axum cannot abort a connection from a handler, so the socket is wrapped: once cut, every read
//! and write fails, hyper gives up, and nothing more reaches the client.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// A handle on one connection, given to the call that came over it.
#[derive(Clone, Debug)]
pub(super) struct Connection(Arc<Line>);

#[derive(Debug)]
struct Line {
    number: u64,
    cut: AtomicBool,
    reader: Mutex<Option<Waker>>,
}

impl Connection {
    /// Counted from 1 for each simulator.
    pub(super) fn number(&self) -> u64 {
        self.0.number
    }

    /// Closes the socket; whatever is answered afterwards goes nowhere.
    pub(super) fn cut(&self) {
        self.0.cut.store(true, Ordering::SeqCst);
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = reader {
            waker.wake();
        }
    }
}

/// All connections that may still be open.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Arc<Mutex<Vec<Weak<Line>>>>);

impl Connections {
    pub(super) fn cut_all(&self) {
        let open = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        open.iter().filter_map(Weak::upgrade).for_each(|line| Connection(line).cut());
    }

    fn add(&self, line: &Arc<Line>) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|line| line.strong_count() > 0);
        open.push(Arc::downgrade(line));
    }
}

/// Accepts connections and numbers them.
#[derive(Debug)]
pub(super) struct Listener {
    tcp: TcpListener,
    connections: Connections,
    accepted: u64,
}

impl Listener {
    pub(super) fn new(tcp: TcpListener, connections: Connections) -> Self {
        Self { tcp, connections, accepted: 0 }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        let (tcp, address) = axum::serve::Listener::accept(&mut self.tcp).await;
        // Nagle's algorithm would add 40 ms to answers sent in two writes; failing to switch it off is harmless.
        let _ = tcp.set_nodelay(true);
        self.accepted += 1;
        let line =
            Arc::new(Line { number: self.accepted, cut: AtomicBool::new(false), reader: Mutex::new(None) });
        self.connections.add(&line);
        (Socket { tcp, line: Connection(line) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().line.clone()
    }
}

/// The socket that can be cut.
#[derive(Debug)]
pub(super) struct Socket {
    tcp: TcpStream,
    line: Connection,
}

impl Socket {
    fn alive(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        if self.line.0.cut.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(Pin::new(&mut self.tcp))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Before the check, so that a cut in between still wakes this task.
        *self.line.0.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
        self.alive()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.alive()?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
