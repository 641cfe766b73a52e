//! A [`Proxy`] carries TCP connections and ends them as networks do: closed, reset, reset at the next byte,
//! or silent. Later connections are carried again. It does not read the bytes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::loopback::{Background, listen};

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Closed with FIN.
    Closed,
    /// Reset with RST.
    Reset,
    /// Reset when the client next sends something, as a load balancer does that dropped the connection.
    ResetAtNextByte,
    /// Open, but every byte is lost in both directions.
    Silent,
}

impl End {
    /// Every way.
    pub const ALL: [End; 4] = [End::Closed, End::Reset, End::ResetAtNextByte, End::Silent];
}

/// The running proxy. Its connections end with it.
pub struct Proxy {
    addr: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    server: Option<Background>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    /// Ends the open connections, one sender each.
    carried: Vec<watch::Sender<Option<End>>>,
    tasks: JoinSet<()>,
}

impl Proxy {
    /// Starts a proxy in front of `upstream`. Needs a tokio runtime.
    #[track_caller]
    pub fn start(upstream: SocketAddr) -> Self {
        let (listener, addr) = listen();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let server = Some(Background::spawn(serve(listener, upstream, Arc::clone(&seen))));
        Self { addr, seen, server }
    }

    /// The address that clients connect to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// Ends every open connection.
    pub fn end(&self, end: End) {
        let carried = std::mem::take(&mut self.seen.lock().unwrap().carried);
        for connection in carried {
            let _ = connection.send(Some(end));
        }
    }

    /// Closes the port and every connection: later connections are refused.
    pub async fn refuse(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.0.abort();
            // The port is closed only after the task has ended.
            let _ = (&mut server.0).await;
        }
        let mut tasks = std::mem::take(&mut self.seen.lock().unwrap().tasks);
        tasks.shutdown().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.seen.lock().unwrap().tasks.abort_all();
    }
}

async fn serve(listener: TcpListener, upstream: SocketAddr, seen: Arc<Mutex<Seen>>) {
    loop {
        let (client, _) = listener.accept().await.expect("a listening socket accepts");
        let (sender, end) = watch::channel(None);
        let mut seen = seen.lock().unwrap();
        seen.connections += 1;
        seen.carried.push(sender);
        seen.tasks.spawn(carry(client, upstream, end));
    }
}

async fn carry(mut client: TcpStream, upstream: SocketAddr, mut end: watch::Receiver<Option<End>>) {
    let Ok(mut server) = TcpStream::connect(upstream).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
        Ok(_) = end.wait_for(Option::is_some) => {}
    }
    let end = *end.borrow();
    drop(server);
    match end {
        Some(End::Closed) | None => drop(client.shutdown().await),
        Some(End::Reset) => drop(client.set_zero_linger()),
        Some(End::ResetAtNextByte) => {
            let _ = client.read_u8().await;
            let _ = client.set_zero_linger();
        }
        Some(End::Silent) => drop(tokio::io::copy(&mut client, &mut tokio::io::sink()).await),
    }
}
