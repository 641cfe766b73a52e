//! The HTTP client of these tests. It writes HTTP/1.1 by hand, so that a test sees the bytes of every reply,
//! even of a broken one.

use std::io;
use std::net::SocketAddr;

use okta_simulator::Simulator;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A complete response.
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl HttpResponse {
    /// The body; `null` if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The member `error` of OAuth's error body; empty if there is none.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// All values of the header, one a line.
    pub(crate) fn header(&self, name: &str) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| *key == name).map(|(_, value)| value).collect::<Vec<_>>().join("\n")
    }
}

/// Sends one request on a connection of its own. `head` is method and path. Returns all that came back as
/// text; the error is that of a cut or refused connection.
async fn exchange(addr: SocketAddr, head: &str, headers: &[(&str, &str)], body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(addr).await?;
    let lines =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await?;
    Ok(String::from_utf8_lossy(&received).into_owned())
}

/// Sends one request and reads its complete response.
pub(crate) async fn send(okta: &Simulator, head: &str, headers: &[(&str, &str)], body: &str) -> HttpResponse {
    send_to(okta.addr(), head, headers, body).await
}

/// The same to any address.
pub(crate) async fn send_to(
    addr: SocketAddr,
    head: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> HttpResponse {
    let text = exchange(addr, head, headers, body).await.expect("a whole response");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = status_of(&text).expect("a status");
    HttpResponse { status, head: head.to_owned(), body: body.to_owned() }
}

/// A `GET` with the simulator's API token.
pub(crate) async fn get_with_api_token(okta: &Simulator, path: &str) -> HttpResponse {
    send(okta, &format!("GET {path}"), &[("Authorization", &format!("SSWS {}", okta.token()))], "").await
}

/// Sends one request with the simulator's API token and a JSON body. Returns all that came back as text.
pub(crate) async fn send_with_api_token(okta: &Simulator, head: &str, body: &str) -> io::Result<String> {
    let authorization = format!("SSWS {}", okta.token());
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    exchange(okta.addr(), head, &headers, body).await
}

/// The status of a request with the simulator's API token; `None` without a response.
pub(crate) async fn status(okta: &Simulator, head: &str, body: &str) -> Option<u16> {
    status_of(&send_with_api_token(okta, head, body).await.ok()?)
}

fn status_of(response: &str) -> Option<u16> {
    response.split(' ').nth(1)?.parse().ok()
}

/// The path of the messages of a v2 access request that is open.
pub(crate) fn an_open_v2_request(okta: &Simulator) -> String {
    let id = okta.with_world(|world| world.v2_requests.keys().next().cloned());
    format!("/governance/api/v2/requests/{}/messages", id.expect("a v2 request in the sample"))
}
