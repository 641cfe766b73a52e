//! The simulator's own rules, each over real HTTP: what Okta refuses is refused, what it remembers is remembered.

mod access;
mod client;
mod lists;
mod token;

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

const OPEN_V2: &str = "/governance/api/v2/requests/@V2/messages";

async fn send(okta: &Simulator, head: &str, body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(okta.url().trim_start_matches("http://")).await?;
    let request = format!(
        "{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: SSWS {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        okta.token(),
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn status(okta: &Simulator, head: &str, body: &str) -> Option<u16> {
    let answer = send(okta, head, body).await.ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

fn okta_with(fault: &str) -> impl Future<Output = Simulator> {
    let fault: Fault = fault.parse().expect("a legal fault");
    async {
        let okta = Simulator::start().await.expect("a free port");
        okta.fault(fault);
        okta
    }
}

fn an_open_v2_request(okta: &Simulator) -> String {
    let id = okta.with_world(|world| world.v2_requests.keys().next().cloned());
    OPEN_V2.replace("@V2", &id.expect("a v2 request in the sample"))
}

#[tokio::test]
async fn the_sample_world_answers_for_everyone_in_it() {
    let okta = Simulator::start().await.expect("a free port");
    let ids: Vec<String> = okta.with_world(|world| world.users.keys().cloned().collect());
    for id in ids {
        for tail in ["", "/groups", "/appLinks"] {
            assert_eq!(
                status(&okta, &format!("GET /api/v1/users/{id}{tail}"), "").await,
                Some(200),
                "{id}{tail}"
            );
        }
    }
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    assert_eq!(status(&okta, "GET /.well-known/okta-organization", "").await, Some(200));
    assert_eq!(okta.complaints(), Vec::<String>::new());
}

#[test]
fn the_sample_world_holds_everyone_and_everything_the_events_name() {
    let world = World::sample();
    let requests = |id: &str| world.v1_requests.contains_key(id) || world.v2_requests.contains_key(id);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).expect("the folder of events") {
        let path = file.expect("a readable folder").path();
        if path.extension().is_none_or(|kind| kind != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable event");
        for id in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|id| id.len() == 20) {
            let known = match &id[..3] {
                "00u" => world.users.contains_key(id),
                "00g" => world.groups.contains_key(id),
                "0oa" => world.apps.contains_key(id),
                "enb" => world.bundles.contains_key(id),
                "req" => requests(id),
                _ => continue,
            };
            assert!(known, "{id} of {}", path.display());
            seen += 1;
        }
        for line in text.lines().filter(|line| line.contains("\"accessRequestId\"")) {
            let id = line.split('"').rfind(|part| part.len() > 19).expect("an id in the line");
            assert!(requests(id), "{id} of {}", path.display());
        }
    }
    assert!(seen > 50);
}

#[tokio::test]
async fn every_answer_carries_oktas_headers_and_every_error_its_shape() {
    let okta = Simulator::start().await.expect("a free port");
    let answer = send(&okta, "GET /api/v1/users/nobody", "").await.expect("an answer");
    for part in [
        "404",
        "x-rate-limit-limit: 600",
        "x-rate-limit-remaining: 599",
        "x-okta-request-id: ",
        "date: ",
        "E0000007",
    ] {
        assert!(answer.contains(part), "{part} in {answer}");
    }
    okta.with_world(World::revoke_token);
    assert!(send(&okta, "GET /api/v1/users/nobody", "").await.expect("an answer").contains("E0000011"));
}

#[tokio::test]
async fn a_post_is_held_to_the_rules() {
    let okta = Simulator::start().await.expect("a free port");
    let path = format!("POST {}", an_open_v2_request(&okta));
    assert_eq!(status(&okta, &path, r#"{"message":"hello"}"#).await, Some(201));
    for body in ["", "[]", r#"{"message":""}"#, r#"{"message":1}"#, r#"{"message":"a","more":1}"#] {
        assert_eq!(status(&okta, &path, body).await, Some(400), "{body}");
    }
    // Each of these is two UTF-16 units.
    assert_eq!(status(&okta, &path, &format!(r#"{{"message":"{}"}}"#, "😀".repeat(2501))).await, Some(400));
    assert_eq!(status(&okta, &path, &format!(r#"{{"message":"{}"}}"#, "😀".repeat(2500))).await, Some(201));
    assert_eq!(okta.messages().len(), 2);
    assert_eq!(okta.complaints().len(), 6);
}

#[tokio::test]
async fn closed_requests_unknown_paths_and_lists_are_refused() {
    let okta = Simulator::start().await.expect("a free port");
    let path = an_open_v2_request(&okta);
    let id = path.split('/').nth(5).expect("the id in the path").to_owned();
    okta.with_world(|world| world.request_mut(&id)["status"] = "EXPIRED".into());
    assert_eq!(status(&okta, &format!("POST {path}"), r#"{"message":"late"}"#).await, Some(409));
    assert_eq!(status(&okta, "GET /governance/api/v2/requests", "").await, Some(403));
    assert_eq!(okta.complaints(), Vec::<String>::new());
    assert_eq!(status(&okta, "POST /governance/api/v1/requests/1/decide", "{}").await, Some(404));
    assert_eq!(status(&okta, "GET /governance/api/v1/requests/1", "").await, Some(400));
    assert_eq!(status(&okta, "DELETE /api/v1/users/me", "").await, Some(405));
    assert_eq!(okta.complaints().len(), 3);
}

#[tokio::test]
async fn an_empty_bucket_answers_429() {
    let okta = Simulator::start().await.expect("a free port");
    okta.with_world(|world| world.limits.directory = 1);
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(429));
    assert_eq!(status(&okta, "GET /api/v1/users/me/groups", "").await, Some(200));
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
    let told = send(&okta, "GET /_simulator/messages", "").await.expect("an answer");
    assert!(told.contains(r#""message":"three""#), "{told}");
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
async fn spoilt_bodies_are_spoilt_as_announced() {
    for (fault, part) in [
        ("user=truncated", "content-length: "),
        ("user=garbage", "not json"),
        ("user=empty", "content-length: 0"),
        ("user=html", "text/html"),
        ("user=502", "<html>"),
        ("user=403:okta.users.read", "error=\"insufficient_scope\""),
        ("user=429:limit0", "x-rate-limit-limit: 0"),
        ("user=text", "content-type: text/plain"),
    ] {
        let okta = okta_with(fault).await;
        let answer = send(&okta, "GET /api/v1/users/me", "").await.expect("bytes");
        assert!(answer.contains(part), "{fault}: {answer}");
    }
    let okta = okta_with("user=huge").await;
    assert!(send(&okta, "GET /api/v1/users/me", "").await.expect("bytes").len() > 50_000_000);
}

#[tokio::test]
async fn a_truncated_answer_announces_more_than_it_sends() {
    let okta = okta_with("user=truncated").await;
    let answer = send(&okta, "GET /api/v1/users/me", "").await.expect("bytes");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    assert!(!body.is_empty() && body.len() < length.parse::<usize>().expect("a number"));
}

#[tokio::test]
async fn an_answer_may_lack_its_limits_or_never_come() {
    let okta = okta_with("user=bare").await;
    let answer = send(&okta, "GET /api/v1/users/me", "").await.expect("bytes");
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("x-rate-limit"), "{answer}");
    let okta = okta_with("user=hang").await;
    let waited =
        tokio::time::timeout(Duration::from_millis(200), send(&okta, "GET /api/v1/users/me", "")).await;
    assert!(waited.is_err(), "{waited:?}");
}

#[tokio::test]
async fn an_okta_that_is_gone_answers_one_last_call_and_can_come_back() {
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
async fn dropping_the_handle_closes_the_port() {
    let okta = Simulator::start().await.expect("a free port");
    let address = okta.url().trim_start_matches("http://").to_owned();
    let mut idle = TcpStream::connect(&address).await.expect("a connection");
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    drop(okta);
    let closed = idle.read_u8().await;
    assert!(closed.is_err(), "an open connection is cut");
    assert!(TcpStream::connect(&address).await.is_err(), "no new one is accepted");
}

#[tokio::test]
async fn secrets_manager_answers_with_the_secret_and_is_not_recorded() {
    let okta = Simulator::start().await.expect("a free port");
    let ask = |target| {
        let headers = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")];
        let okta = &okta;
        async move { client::send(okta, "POST /", &headers, r#"{"SecretId":"okta"}"#).await }
    };
    assert_eq!(ask("secretsmanager.GetSecretValue").await.json()["SecretString"], TOKEN);
    okta.with_world(|world| world.secret = service_app_secret());
    assert!(ask("secretsmanager.GetSecretValue").await.body.contains(CLIENT_ID));
    assert_eq!(ask("secretsmanager.PutSecretValue").await.status, 400);
    assert_eq!(okta.calls().len(), 0);
    assert_eq!(client::send(&okta, "GET /", &[], "").await.status, 404);
}
