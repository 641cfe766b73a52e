//! A [`Front`] is the way to a server, and the time that the server takes: TLS, a round-trip time, and a
//! service time for each kind of call, before a double that answers at once. It writes down every call that
//! passes, and changes none.
//!
//! The way costs what it costs in a real network: each chunk is held back by half the round-trip time, and
//! the first bytes of a connection by a whole one more, as though TCP's own handshake had taken place before
//! them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use okta_request_enricher::http::Http;
use okta_simulator::doubles::{Alpn, Background, listen, server_config};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex, split};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// What is in flight between the two ends of a connection.
const WINDOW: usize = 1 << 20;

/// How long the way is, and how long the server takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delays {
    /// There and back.
    pub(crate) rtt: Duration,
    /// The service time of a GET.
    pub(crate) get: Duration,
    /// The service time of any other call.
    pub(crate) post: Duration,
}

/// One call, as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `GET /api/v1/users/00u…`; of AWS, the operation.
    pub(crate) name: String,
    pub(crate) status: u16,
    /// When its head had arrived.
    pub(crate) arrived: Instant,
    /// When its answer left.
    pub(crate) answered: Instant,
}

/// The running front.
pub(crate) struct Front {
    addr: SocketAddr,
    root: String,
    way: Arc<Way>,
    _server: Background,
}

struct Way {
    tls: TlsAcceptor,
    upstream: String,
    http: Http,
    delays: Delays,
    connections: AtomicUsize,
    calls: Mutex<Vec<Call>>,
}

impl Front {
    /// Starts a front before `upstream` (`http://…`). Needs a tokio runtime.
    pub(crate) fn start(upstream: String, alpn: Alpn, delays: Delays) -> Front {
        let (config, root) = server_config(alpn);
        let way = Arc::new(Way {
            tls: Arc::new(config).into(),
            upstream,
            http: Http::new(None, true).unwrap(),
            delays,
            connections: AtomicUsize::new(0),
            calls: Mutex::default(),
        });
        let (listener, addr) = listen();
        let server = Background::spawn({
            let way = Arc::clone(&way);
            async move {
                loop {
                    let (socket, _) = listener.accept().await.expect("a listening socket accepts");
                    way.connections.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(Arc::clone(&way).serve(socket));
                }
            }
        });
        Front { addr, root, way, _server: server }
    }

    /// `https://localhost:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.addr.port())
    }

    /// The root that vouches for it, PEM.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// Connections opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.way.connections.load(Ordering::SeqCst)
    }

    /// Takes the calls seen since the last time, in the order in which they were answered.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.way.calls.lock().unwrap())
    }
}

impl Way {
    async fn serve(self: Arc<Self>, socket: TcpStream) {
        let _ = socket.set_nodelay(true);
        // Who hangs up in the middle of a handshake or a call is the client, and it knows why.
        if self.delays.rtt.is_zero() {
            self.serve_tls(socket).await;
        } else {
            let near = far_away(socket, self.delays.rtt);
            self.serve_tls(near).await;
        }
    }

    async fn serve_tls(self: Arc<Self>, io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let Ok(stream) = self.tls.accept(io).await else { return };
        let service = service_fn(move |request| {
            let way = Arc::clone(&self);
            async move { way.answer(request).await }
        });
        let _ =
            auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let arrived = Instant::now();
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let operation = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let name = operation.map_or_else(|| format!("{} {path}", parts.method), str::to_owned);
        let service = if parts.method == Method::GET { self.delays.get } else { self.delays.post };

        // HTTP/2 has the host in the URI; a signature may be over it.
        let host = parts.uri.authority().and_then(|host| host.as_str().parse().ok());
        let mut headers = parts.headers;
        if let Some(host) = host {
            headers.insert(HOST, host);
        }
        let url = format!("{}{path}", self.upstream).parse().expect("a double's URL and a path make one");
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(body.collect().await?.to_bytes().into());
        let answer = self.http.client().send(request).await.expect("the double answers");
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove(CONNECTION);
        headers.remove(TRANSFER_ENCODING);
        let body = answer.bytes().await.expect("the double answers whole");

        sleep_until(arrived + service).await;
        let call = Call { name, status: status.as_u16(), arrived, answered: Instant::now() };
        self.calls.lock().unwrap().push(call);
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// The other end of a connection, half a round trip away in each direction.
fn far_away(socket: TcpStream, rtt: Duration) -> DuplexStream {
    let open = Instant::now() + rtt;
    let (near, far) = duplex(WINDOW);
    let (from_client, to_client) = socket.into_split();
    let (from_server, to_server) = split(far);
    tokio::spawn(carry(from_client, to_server, move |now| now.max(open) + rtt / 2));
    tokio::spawn(carry(from_server, to_client, move |now| now + rtt / 2));
    near
}

/// Copies bytes, each chunk at the moment at which it would arrive.
async fn carry(
    mut from: impl AsyncRead + Send + Unpin + 'static,
    mut to: impl AsyncWrite + Send + Unpin + 'static,
    arrival: impl Fn(Instant) -> Instant + Send + 'static,
) {
    let (sender, mut sent) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let receiving = tokio::spawn(async move {
        while let Some((at, chunk)) = sent.recv().await {
            sleep_until(at).await;
            if to.write_all(&chunk).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if sender.send((arrival(Instant::now()), buffer[..length].to_vec())).is_err() {
            break;
        }
    }
    drop(sender);
    let _ = receiving.await;
}

/// Sleeps to some microseconds: tokio's own timers round up to the next millisecond, which would be measured
/// as the program's. The rest is spent waiting for it, on the CPU that is not the process's.
pub(crate) async fn sleep_until(moment: Instant) {
    const ROUNDING: Duration = Duration::from_micros(1500);
    if let Some(coarse) = moment.checked_sub(ROUNDING).filter(|coarse| *coarse > Instant::now()) {
        tokio::time::sleep_until(coarse.into()).await;
    }
    while Instant::now() < moment {
        tokio::task::yield_now().await;
    }
}

/// How often each call was made, ids left out.
pub(crate) fn counted(calls: &[Call]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(kind(&call.name)).or_default() += 1;
    }
    counts
}

/// The name of a call without its ids and query: Okta's ids are the segments with a digit and more than ten
/// characters, or with an `@`.
pub(crate) fn kind(name: &str) -> String {
    let path = name.split('?').next().unwrap_or_default();
    let is_id = |segment: &str| {
        segment.contains('@') || segment.len() > 10 && segment.bytes().any(|byte| byte.is_ascii_digit())
    };
    if !path.contains('/') {
        return path.split_once('.').map_or(path, |(_, operation)| operation).to_owned();
    }
    path.split('/').map(|segment| if is_id(segment) { "…" } else { segment }).collect::<Vec<_>>().join("/")
}
