//! A connection is one TCP socket that the simulator can cut at any moment, as a proxy, a load balancer or a thawed
//! Lambda sees it happen. axum cannot abort a connection from a handler, so the socket is wrapped: once cut, every read
//! and write fails, hyper gives up, and nothing more reaches the client.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
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
    among: Connections,
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

    /// Refuses new connections and closes all but this one, over which an answer is under way.
    pub(super) fn refuse_all_others(&self) {
        self.0.among.refuse();
        self.0.among.cut_all_but(Some(self.number()));
    }

    /// Whether the simulator is past its last answer.
    pub(super) fn all_refused(&self) -> bool {
        self.0.among.port().tcp.is_none()
    }
}

/// All connections that may still be open, and the port for new ones.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    open: Arc<Mutex<Vec<Weak<Line>>>>,
    port: Arc<Mutex<Port>>,
}

/// The port while it is open, and who waits at it.
#[derive(Debug)]
struct Port {
    tcp: Option<TcpListener>,
    acceptor: Option<Waker>,
}

impl Connections {
    pub(super) fn at(tcp: TcpListener) -> Self {
        Self { open: Arc::default(), port: Arc::new(Mutex::new(Port { tcp: Some(tcp), acceptor: None })) }
    }

    pub(super) fn cut_all(&self) {
        self.cut_all_but(None);
    }

    /// Closes the port: whoever connects is refused.
    pub(super) fn refuse(&self) {
        self.port().tcp = None;
    }

    /// Opens it again.
    pub(super) fn accept(&self, tcp: TcpListener) {
        let mut port = self.port();
        port.tcp = Some(tcp);
        if let Some(waker) = port.acceptor.take() {
            waker.wake();
        }
    }

    fn port(&self) -> MutexGuard<'_, Port> {
        self.port.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut_all_but(&self, number: Option<u64>) {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        let lines = open.iter().filter_map(Weak::upgrade);
        lines.filter(|line| Some(line.number) != number).for_each(|line| Connection(line).cut());
    }

    fn add(&self, line: &Arc<Line>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|line| line.strong_count() > 0);
        open.push(Arc::downgrade(line));
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let mut port = self.port();
        // Kept while the port is open, too: it may be closed meanwhile, and the next one wakes nobody.
        port.acceptor = Some(cx.waker().clone());
        port.tcp.as_ref().map_or(Poll::Pending, |tcp| tcp.poll_accept(cx))
    }
}

/// Accepts connections and numbers them.
#[derive(Debug)]
pub(super) struct Listener {
    addr: SocketAddr,
    connections: Connections,
    accepted: u64,
}

impl Listener {
    pub(super) fn new(addr: SocketAddr, connections: Connections) -> Self {
        Self { addr, connections, accepted: 0 }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        let (tcp, address) = loop {
            match poll_fn(|cx| self.connections.poll_accept(cx)).await {
                Ok(accepted) => break accepted,
                // Out of files, or gone before it was accepted: the next one may fare better.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        // Nagle's algorithm would add 40 ms to answers sent in two writes; failing to switch it off is harmless.
        let _ = tcp.set_nodelay(true);
        self.accepted += 1;
        let line = Arc::new(Line {
            number: self.accepted,
            cut: AtomicBool::new(false),
            reader: Mutex::new(None),
            among: self.connections.clone(),
        });
        self.connections.add(&line);
        (Socket { tcp, line: Connection(line) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
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
