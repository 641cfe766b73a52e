//! A connection is what the simulator can cut at any moment. A real client meets that when a proxy or a load
//! balancer closes its connection, or when its Lambda thaws. axum cannot abort a connection from a handler,
//! so this file wraps the TCP socket. Once the connection is cut, every read and write fails. hyper then
//! gives up, and nothing more reaches the client. A call inside this process has a connection without a
//! socket.

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
    net::{TcpListener, TcpSocket, TcpStream},
};

/// A handle on one connection. Each call gets the handle of the connection on which it came.
#[derive(Clone, Debug)]
pub(super) struct Connection(Arc<ConnectionState>);

#[derive(Debug)]
struct ConnectionState {
    number: u64,
    cut: AtomicBool,
    /// The task that waits to read from the socket, or for the end of the connection.
    reader: Mutex<Option<Waker>>,
    /// All connections of the same simulator.
    all: Connections,
}

impl Connection {
    /// The number of the connection; each simulator counts its own from 1.
    pub(super) fn number(&self) -> u64 {
        self.0.number
    }

    /// Cuts the connection. A reply sent afterwards never reaches the client.
    pub(super) fn cut(&self) {
        self.0.cut.store(true, Ordering::SeqCst);
        let reader = locked(&self.0.reader).take();
        if let Some(waker) = reader {
            waker.wake();
        }
    }

    /// Whether it is cut.
    pub(super) fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::SeqCst)
    }

    /// Waits until it is cut.
    pub(super) async fn ended(&self) {
        poll_fn(|cx| {
            self.wake_on_cut(cx);
            if self.is_cut() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Call this before [`Connection::is_cut`]: otherwise a cut between the two would not wake the task.
    fn wake_on_cut(&self, cx: &Context<'_>) {
        *locked(&self.0.reader) = Some(cx.waker().clone());
    }

    /// Refuses new connections and cuts all but this one, which still has a reply to send.
    pub(super) fn refuse_all_others(&self) {
        self.0.all.refuse();
        self.0.all.cut_all_but(Some(self.number()));
    }

    /// Whether new connections are refused.
    pub(super) fn is_port_closed(&self) -> bool {
        locked(&self.0.all.port).closed
    }
}

/// The connections of one simulator that may still be open, and the port for new ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    open: Arc<Mutex<Open>>,
    port: Arc<Mutex<Port>>,
}

#[derive(Debug, Default)]
struct Open {
    /// Connections opened so far.
    count: u64,
    all: Vec<Weak<ConnectionState>>,
}

#[derive(Debug, Default)]
struct Port {
    /// Whether new connections are refused.
    closed: bool,
    /// `None` while the port is closed, and if calls come only from inside this process.
    tcp: Option<TcpListener>,
    /// Keeps the port while it is closed. Otherwise the system would give it to another simulator, which would
    /// answer in this one's place.
    kept: Option<TcpSocket>,
    /// The task that waits for a new connection.
    acceptor: Option<Waker>,
}

impl Connections {
    /// Opens a connection without a socket; `None` if it is refused.
    pub(super) fn connect(&self) -> Option<Connection> {
        let refused = locked(&self.port).closed;
        (!refused).then(|| self.open())
    }

    pub(super) fn cut_all(&self) {
        self.cut_all_but(None);
    }

    /// Closes the port: the operating system refuses new connections.
    pub(super) fn refuse(&self) {
        let mut port = locked(&self.port);
        port.closed = true;
        // The listener goes first: a port that listens can't be bound.
        if let Some(address) = port.tcp.take().and_then(|tcp| tcp.local_addr().ok()) {
            port.kept = keep(address).ok();
        }
    }

    /// Accepts new connections, through `tcp` or only from inside this process.
    pub(super) fn accept(&self, tcp: Option<TcpListener>) {
        let mut port = locked(&self.port);
        (port.closed, port.tcp, port.kept) = (false, tcp, None);
        if let Some(waker) = port.acceptor.take() {
            waker.wake();
        }
    }

    fn cut_all_but(&self, number: Option<u64>) {
        let open = std::mem::take(&mut locked(&self.open).all);
        let others = open.iter().filter_map(Weak::upgrade).filter(|state| Some(state.number) != number);
        others.for_each(|state| Connection(state).cut());
    }

    fn open(&self) -> Connection {
        let mut open = locked(&self.open);
        open.count += 1;
        let state = Arc::new(ConnectionState {
            number: open.count,
            cut: AtomicBool::new(false),
            reader: Mutex::new(None),
            all: self.clone(),
        });
        open.all.retain(|state| state.strong_count() > 0);
        open.all.push(Arc::downgrade(&state));
        Connection(state)
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let mut port = locked(&self.port);
        // Also needed while the port is open: if it closes, only `Connections::accept` can wake this task.
        port.acceptor = Some(cx.waker().clone());
        port.tcp.as_ref().map_or(Poll::Pending, |tcp| tcp.poll_accept(cx))
    }
}

/// Binds a port without listening: the system refuses connections, and gives the port to nobody else.
fn keep(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections that were just closed still belong to the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Accepts connections on a port.
#[derive(Debug)]
pub(super) struct Listener {
    addr: SocketAddr,
    connections: Connections,
}

impl Listener {
    pub(super) fn new(addr: SocketAddr, connections: Connections) -> Self {
        Self { addr, connections }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        let (tcp, address) = loop {
            match poll_fn(|cx| self.connections.poll_accept(cx)).await {
                Ok(accepted) => break accepted,
                // No file descriptor is free, or the client hung up first. Both can pass, so try again soon.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        // Nagle's algorithm would add 40 ms to a reply sent in two writes. A failure costs only that.
        let _ = tcp.set_nodelay(true);
        (Socket { tcp, connection: self.connections.open() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}

impl Connected<IncomingStream<'_, Listener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().connection.clone()
    }
}

/// A TCP socket that fails every read and write once its connection is cut.
#[derive(Debug)]
pub(super) struct Socket {
    tcp: TcpStream,
    connection: Connection,
}

impl Socket {
    /// The inner socket, or an error if the connection is cut.
    fn tcp(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        if self.connection.is_cut() {
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
        self.connection.wake_on_cut(cx);
        self.tcp()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.tcp()?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// Ignores that a lock is poisoned: no code in this file can leave its value half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
