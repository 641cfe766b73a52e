//! Faults: what each of them does to a call.

use std::time::Duration;

use okta_simulator::{Fault, Simulator};
use tokio::{
    io::AsyncReadExt,
    net::{TcpSocket, TcpStream},
};

use super::client::{an_open_v2_request, send_with_api_token, status};

fn okta_with(fault: &str) -> impl Future<Output = Simulator> {
    let fault: Fault = fault.parse().expect("a legal fault");
    async {
        let okta = Simulator::start().await.expect("a free port");
        okta.fault(fault);
        okta
    }
}

#[tokio::test]
async fn a_cut_after_stores_the_message_and_a_cut_before_does_not() {
    let okta = okta_with("post=cut-beforex1").await;
    let path = format!("POST {}", an_open_v2_request(&okta));
    assert_eq!(status(&okta, &path, r#"{"message":"one"}"#).await, None);
    assert_eq!(okta.messages().len(), 0);
    okta.fault("post=cut-afterx1".parse().expect("a legal fault"));
    assert_eq!(status(&okta, &path, r#"{"message":"two"}"#).await, None);
    assert_eq!(okta.messages().len(), 1);
    assert_eq!(status(&okta, &path, r#"{"message":"three"}"#).await, Some(201));
    let messages = send_with_api_token(&okta, "GET /_simulator/messages", "").await.expect("a response");
    assert!(messages.contains(r#""message":"three""#), "{messages}");
    let seen: Vec<_> = okta.calls().iter().map(|call| call.status).collect();
    assert_eq!(seen, [None, None, Some(201)]);
}

#[tokio::test]
async fn a_rate_limit_fault_ends_with_its_window() {
    let okta = okta_with("user=429:1").await;
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(429));
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(429));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
}

#[tokio::test]
async fn each_fault_spoils_the_reply_in_its_own_way() {
    for (fault, part) in [
        ("user=truncated", "content-length: "),
        ("user=garbage", "not json"),
        ("user=empty", "content-length: 0"),
        ("user=html", "text/html"),
        ("user=502", "<html>"),
        ("user=403:okta.users.read", "error=\"insufficient_scope\""),
        ("user=429:limit0", "x-rate-limit-limit: 0"),
        ("user=text", "content-type: text/plain"),
        ("user=401:E0000015", "HTTP/1.1 401"),
        ("user=401:E0000015", "You do not have permission to access the feature"),
        ("user=503:E0000010", r#""errorCode":"E0000010","errorSummary":"Service is in read only mode""#),
        ("user=403:access_denied", r#"{"error":"access_denied","#),
        ("user=403:E0000006:no", r#""errorSummary":"no""#),
        ("user=302", "location: https://login.acme.example/api/v1/users/me"),
        ("user=307:http://x.test/", "location: http://x.test/api/v1/users/me"),
    ] {
        let okta = okta_with(fault).await;
        let response = send_with_api_token(&okta, "GET /api/v1/users/me", "").await.expect("bytes");
        assert!(response.contains(part), "{fault}: {response}");
    }
    let okta = okta_with("user=huge").await;
    assert!(send_with_api_token(&okta, "GET /api/v1/users/me", "").await.expect("bytes").len() > 50_000_000);
}

#[tokio::test]
async fn a_world_can_be_read_only_or_somewhere_else() {
    let okta = Simulator::start().await.expect("a free port");
    okta.with_world(|world| world.read_only = true);
    let path = format!("POST {}", an_open_v2_request(&okta));
    let response = send_with_api_token(&okta, &path, r#"{"message":"one"}"#).await.expect("bytes");
    assert!(response.starts_with("HTTP/1.1 503") && response.contains("E0000010"), "{response}");
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    assert_eq!(okta.messages().len(), 0);
    okta.with_world(|world| world.redirect_to = Some("https://login.example.com".to_owned()));
    let response = send_with_api_token(&okta, "GET /api/v1/users/me?x=y", "").await.expect("bytes");
    assert!(response.starts_with("HTTP/1.1 302"), "{response}");
    assert!(response.contains("location: https://login.example.com/api/v1/users/me?x=y"), "{response}");
}

#[tokio::test]
async fn a_truncated_reply_announces_more_than_it_sends() {
    let okta = okta_with("user=truncated").await;
    let response = send_with_api_token(&okta, "GET /api/v1/users/me", "").await.expect("bytes");
    let (head, body) = response.split_once("\r\n\r\n").expect("a head and a body");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    assert!(!body.is_empty() && body.len() < length.parse::<usize>().expect("a number"));
}

#[tokio::test]
async fn a_reply_can_lack_rate_limit_headers_or_never_come() {
    let okta = okta_with("user=bare").await;
    let response = send_with_api_token(&okta, "GET /api/v1/users/me", "").await.expect("bytes");
    assert!(response.starts_with("HTTP/1.1 200") && !response.contains("x-rate-limit"), "{response}");
    let okta = okta_with("user=hang").await;
    let waited = tokio::time::timeout(
        Duration::from_millis(200),
        send_with_api_token(&okta, "GET /api/v1/users/me", ""),
    )
    .await;
    assert!(waited.is_err(), "{waited:?}");
}

#[tokio::test]
async fn a_gone_okta_answers_one_last_call_and_can_come_back() {
    let okta = okta_with("user=gone").await;
    let mut idle = TcpStream::connect(okta.addr()).await.expect("a connection");
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    assert!(idle.read_u8().await.is_err(), "an open connection is cut");
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, None);
    okta.clear_faults();
    okta.accept_connections().await.expect("the same port");
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    okta.refuse_connections();
    assert!(TcpStream::connect(okta.addr()).await.is_err());
}

#[tokio::test]
async fn a_closed_port_is_given_to_nobody_else() {
    let okta = Simulator::start().await.expect("a free port");
    okta.refuse_connections();
    let another = TcpSocket::new_v4().expect("a socket");
    assert!(another.bind(okta.addr()).is_err());
    assert!(TcpStream::connect(okta.addr()).await.is_err(), "and it refuses connections");
    okta.accept_connections().await.expect("the same port");
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
}
