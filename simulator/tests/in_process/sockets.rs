//! The same calls get the same answers, over a socket and without one.

use std::collections::BTreeMap;

use http::Request;
use jiff::Timestamp;
use okta_simulator::{Clock, Fault, Okta, Simulator, World};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::body::{Arrived, HOST, call, post};

/// Status, headers by name, and body.
type Seen = (u16, BTreeMap<String, String>, String);

fn world() -> World {
    let mut world = World::sample();
    world.clock = Clock::given(Timestamp::from_second(1_800_000_000).expect("a time"));
    world
}

async fn without_a_socket(okta: &Okta, request: Request<bytes::Bytes>) -> Seen {
    let answer = Arrived::of(okta.answer(request).await.expect("an answer")).await;
    let headers = answer.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    (answer.status, headers.collect(), String::from_utf8_lossy(&answer.body).into_owned())
}

async fn over_a_socket(okta: &Simulator, request: Request<bytes::Bytes>) -> Seen {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().expect("a path");
    let mut text = format!("{} {path} HTTP/1.1\r\nhost: {HOST}\r\nconnection: close\r\n", head.method);
    for (name, value) in &head.headers {
        text += &format!("{name}: {}\r\n", value.to_str().expect("ASCII"));
    }
    text += &format!("content-length: {}\r\n\r\n{}", body.len(), String::from_utf8_lossy(&body));
    let mut stream = TcpStream::connect(okta.addr()).await.expect("a connection");
    stream.write_all(text.as_bytes()).await.expect("the request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the answer is read");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    // This client asks for a connection of its own, so the server announces its end.
    (status, headers.filter(|(name, _)| name != "connection").collect(), body.to_owned())
}

#[tokio::test]
async fn an_answer_is_the_same_with_and_without_a_socket() {
    let okta = Okta::new(world());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let simulator = Simulator::serve(listener, world()).await.expect("a simulator");
    for fault in ["groups=503", "app=garbage", "links=truncated", "bundle=429:limit0", "list=empty"] {
        let fault: Fault = fault.parse().expect("a legal fault");
        okta.fault(fault.clone());
        simulator.fault(fault);
    }
    let anonymous = Request::get(format!("https://{HOST}/api/v1/users/me")).body(bytes::Bytes::new());
    let calls = [
        call("GET", "/api/v1/users/me", ""),
        call("GET", "/.well-known/okta-organization", ""),
        call("GET", "/governance/api/v2/requests?limit=2", ""),
        call("GET", "/governance/api/v2/requests/req00000000000000000", ""),
        call("GET", "/governance/api/v2/requests/nonsense", ""),
        call("GET", "/api/v1/users/me/groups", ""),
        call("GET", "/api/v1/users/me/appLinks", ""),
        call("GET", "/api/v1/apps/0oa1", ""),
        call("GET", "/governance/api/v1/entitlement-bundles/enb1", ""),
        call("DELETE", "/api/v1/users/me", ""),
        call("GET", "/nowhere", ""),
        post("a text"),
        post(""),
        anonymous.expect("a request"),
    ];
    for request in calls {
        let name = format!("{} {}", request.method(), request.uri());
        let expected = over_a_socket(&simulator, request.clone()).await;
        assert_eq!(without_a_socket(&okta, request).await, expected, "{name}");
    }
    let texts = |okta: &Okta| -> Vec<String> {
        okta.messages().iter().map(|posted| format!("{} {}", posted.request_id, posted.message)).collect()
    };
    assert_eq!(texts(&okta), ["req16zRXf4PBGnr7o18A a text"]);
    assert_eq!(texts(&okta), texts(&simulator));
    assert_eq!(okta.complaints(), simulator.complaints());
    let seen = |okta: &Okta| -> Vec<_> {
        okta.calls().into_iter().map(|call| (call.method, call.path, call.status, call.connection)).collect()
    };
    assert_eq!(seen(&okta), seen(&simulator));
}
