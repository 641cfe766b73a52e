//! A [`TlsFront`] is a TLS endpoint for `localhost` and `127.0.0.1`, with a certificate of its own private
//! root. It copies the decrypted bytes to and from a plain TCP server, which must speak HTTP/1.1 and HTTP/2
//! with prior knowledge (axum does). It does not read the bytes.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::loopback::{Background, listen};

/// The HTTP versions that a front offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alpn {
    /// HTTP/2, or else HTTP/1.1.
    #[default]
    Both,
    /// A client that does not offer HTTP/2 is refused.
    H2,
    /// A client that does not offer HTTP/1.1 is refused.
    Http1,
}

/// The running front. Its connections end with it.
pub struct TlsFront {
    addr: SocketAddr,
    root: NamedTempFile,
    seen: Arc<Seen>,
    _server: Background,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    protocols: Mutex<Vec<String>>,
    open: Mutex<JoinSet<()>>,
}

impl TlsFront {
    /// Starts a front for `upstream`. Needs a tokio runtime.
    #[track_caller]
    pub fn start(upstream: SocketAddr, alpn: Alpn) -> Self {
        let (config, root_pem) = server_config(alpn);
        let root = NamedTempFile::with_suffix(".pem").expect("a temporary file");
        std::fs::write(root.path(), root_pem).expect("a writable temporary file");
        let (listener, addr) = listen();
        let seen = Arc::new(Seen::default());
        let server = Background::spawn(serve(listener, Arc::new(config).into(), upstream, Arc::clone(&seen)));
        Self { addr, root, seen, _server: server }
    }

    /// `https://localhost:PORT`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.addr.port())
    }

    /// The address that clients connect to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The private root as a PEM file, for `SSL_CERT_FILE`. It is deleted with the front.
    pub fn ca_file(&self) -> &Path {
        self.root.path()
    }

    /// TCP connections accepted so far, failed handshakes included.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The HTTP version of each completed handshake, in order: `h2`, `http/1.1`, or `none` if the client
    /// offered none.
    pub fn protocols(&self) -> Vec<String> {
        self.seen.protocols.lock().unwrap().clone()
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        // Each connection holds an `Arc` of the set that owns it, so it would outlive the front.
        self.seen.open.lock().unwrap().abort_all();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, upstream: SocketAddr, seen: Arc<Seen>) {
    loop {
        let (client, _) = listener.accept().await.expect("a listening socket accepts");
        seen.connections.fetch_add(1, Ordering::SeqCst);
        let connection = forward(client, acceptor.clone(), upstream, Arc::clone(&seen));
        seen.open.lock().unwrap().spawn(connection);
    }
}

/// Carries one connection. The client sees every error here as a failed handshake or a closed connection.
async fn forward(client: TcpStream, acceptor: TlsAcceptor, upstream: SocketAddr, seen: Arc<Seen>) {
    let _ = client.set_nodelay(true);
    let Ok(mut client) = acceptor.accept(client).await else { return };
    let session = client.get_ref().1;
    let protocol = session.alpn_protocol().map_or("none".into(), |name| String::from_utf8_lossy(name));
    seen.protocols.lock().unwrap().push(protocol.into_owned());
    let Ok(mut server) = TcpStream::connect(upstream).await else { return };
    let _ = server.set_nodelay(true);
    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}

/// A TLS server with a fresh certificate for `localhost`, and its root as PEM.
pub fn server_config(alpn: Alpn) -> (ServerConfig, String) {
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, "private root of a test");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();

    let mut leaf = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    leaf.distinguished_name.push(DnType::CommonName, "localhost");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let leaf_key = KeyPair::generate().unwrap();
    let leaf = leaf.signed_by(&leaf_key, &root).unwrap();

    let protocols: &[&[u8]] = match alpn {
        Alpn::Both => &[b"h2", b"http/1.1"],
        Alpn::H2 => &[b"h2"],
        Alpn::Http1 => &[b"http/1.1"],
    };
    // An explicit provider: a test's process has no default one.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    (config, root.pem())
}
