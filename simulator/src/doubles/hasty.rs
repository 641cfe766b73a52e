//! A [`Hasty`] server closes each connection right after its answer, without a word: no `Connection: close`,
//! no GOAWAY. It carries HTTP/1.1, and HTTP/2 with prior knowledge, to a server that keeps connections open.
//! It reads as much of the bytes as shows where an answer ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::loopback::{Background, listen};

/// The beginning of each HTTP/2 connection (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Frames of HTTP/2 that begin or end a stream (0 is DATA), and the flag of its last one (RFC 9113, section 6).
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const END_STREAM: u8 = 1;

/// The running server.
pub struct Hasty {
    addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    _server: Background,
}

impl Hasty {
    /// Starts it in front of `upstream`. Needs a tokio runtime.
    #[track_caller]
    pub fn start(upstream: SocketAddr) -> Self {
        let (listener, addr) = listen();
        let connections = Arc::default();
        let server = Background::spawn(serve(listener, upstream, Arc::clone(&connections)));
        Self { addr, connections, _server: server }
    }

    /// The address that clients connect to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(listener: TcpListener, upstream: SocketAddr, connections: Arc<AtomicUsize>) {
    loop {
        let (client, _) = listener.accept().await.expect("a listening socket accepts");
        connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(carry(client, upstream));
    }
}

async fn carry(client: TcpStream, upstream: SocketAddr) -> Option<()> {
    let server = TcpStream::connect(upstream).await.ok()?;
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut beginning = [0; PREFACE.len()];
    from_client.read_exact(&mut beginning).await.ok()?;
    to_server.write_all(&beginning).await.ok()?;
    if beginning == PREFACE {
        let open = AtomicUsize::new(0);
        tokio::select! {
            ended = frames(&mut from_client, &mut to_server, |kind, _| {
                open.fetch_add(usize::from(kind == HEADERS), Ordering::SeqCst);
                false
            }) => ended,
            ended = frames(&mut from_server, &mut to_client, |kind, flags| {
                let last = kind == RST_STREAM || (kind <= HEADERS && flags & END_STREAM != 0);
                last && open.fetch_sub(1, Ordering::SeqCst) == 1
            }) => ended,
        }
    } else {
        tokio::select! {
            copied = tokio::io::copy(&mut from_client, &mut to_server) => copied.ok().map(drop),
            answered = answer(&mut from_server, &mut to_client) => answered,
        }
    }
}

/// Carries the frames of one direction until `is_last` says of one, by its kind and flags, that it is the
/// last.
async fn frames(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    is_last: impl Fn(u8, u8) -> bool,
) -> Option<()> {
    loop {
        let mut frame = vec![0; 9];
        from.read_exact(&mut frame).await.ok()?;
        let length = u32::from_be_bytes([0, frame[0], frame[1], frame[2]]);
        let (kind, flags) = (frame[3], frame[4]);
        frame.resize(frame.len() + usize::try_from(length).unwrap(), 0);
        from.read_exact(&mut frame[9..]).await.ok()?;
        // Before the frame leaves: an answer to it must find it counted.
        let last = is_last(kind, flags);
        to.write_all(&frame).await.ok()?;
        if last {
            return Some(());
        }
    }
}

/// Carries one answer of HTTP/1.1, whose length the server says.
async fn answer(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) -> Option<()> {
    let mut answer = Vec::new();
    let head = loop {
        if let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
        from.read_buf(&mut answer).await.ok().filter(|read| *read > 0)?;
    };
    let headers = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = headers.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
    let mut rest = vec![0; (head + length).saturating_sub(answer.len())];
    from.read_exact(&mut rest).await.ok()?;
    answer.append(&mut rest);
    to.write_all(&answer).await.ok()
}
