//! A client of a service app for the tests of this folder: right in all it sends, but for the faults a test asks for.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::form_urlencoded;

use super::super::{jwt::sha256, *};

/// An answer, as far as the tests look at it.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(super) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn header(&self, name: &str) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| *key == name).map(|(_, value)| value).collect::<Vec<_>>().join("\n")
    }
}

pub(super) async fn send(okta: &Simulator, head: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(okta.addr()).await.expect("a connection");
    let lines =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        okta.addr(),
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("a sent request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

fn key() -> EncodingKey {
    let secret: Value = serde_json::from_str(&service_app_secret()).expect("JSON");
    EncodingKey::from_ec_pem(secret["private_key"].as_str().expect("a key").as_bytes()).expect("an EC key")
}

/// The public half of [`key`], from the `openssl` output: the proofs here are signed with the app's own key.
pub(super) fn jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "Hq0CQVblu435Fii2LLzE_BtoPyE-3axcLMaGtbd5eek", "y": "abZ8eigu0bRCmTZiOKoQxSYMFXKvI9XYCIKB-psm4Gg",
    })
}

/// A second throwaway key, P-384.
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDljMfSGAitpdBOXXCp
aymXdyWOuJUdDF3ItcultkC2l77PWnFPwz0w5HYdxWMiVgOhZANiAATKXLlzyjQf
6ycxZnOQAL1lNpnRwtTmR7zwNwdr3b1oz8kEYTWWUpFxXu9JDGbVzpm/mKQzkou7
NoUiGDnAIoiTvq8gtPajaWNPX/GY2VDDoQPIxhpCOrIEiFG7EgJkHs0=
-----END PRIVATE KEY-----
";

pub(super) fn other_jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-384",
        "x": "yly5c8o0H-snMWZzkAC9ZTaZ0cLU5ke88DcHa929aM_JBGE1llKRcV7vSQxm1c6Z",
        "y": "v5ikM5KLuzaFIhg5wCKIk76vILT2o2ljT1_xmNlQw6EDyMYaQjqyBIhRuxICZB7N",
    })
}

/// Signed with [`key`], or with [`OTHER_KEY`] where the header shows that.
fn jwt(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let other = EncodingKey::from_ec_pem(OTHER_KEY.as_bytes()).expect("an EC key");
    let (key, algorithm) =
        if header["jwk"] == other_jwk() { (other, Algorithm::ES384) } else { (key(), Algorithm::ES256) };
    let signature = sign(signed.as_bytes(), &key, algorithm).expect("a signature");
    format!("{signed}.{signature}")
}

pub(super) fn now() -> i64 {
    Timestamp::now().as_second()
}

fn unused_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("id{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn set(object: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().expect("an object") {
        object[name] = value.clone();
    }
}

/// Changes to a right assertion, proof or form; `null` is as good as absent.
#[derive(Clone)]
pub(super) struct Fault {
    header: Value,
    claims: Value,
}

pub(super) fn none() -> Fault {
    Fault { header: json!({}), claims: json!({}) }
}

pub(super) fn header(header: Value) -> Fault {
    Fault { header, claims: json!({}) }
}

pub(super) fn claims(claims: Value) -> Fault {
    Fault { header: json!({}), claims }
}

fn assertion(okta: &Simulator, fault: &Fault) -> String {
    let mut header = json!({ "alg": "ES256", "kid": "simulator-key-1" });
    let mut claims = json!({
        "iss": CLIENT_ID, "sub": CLIENT_ID, "aud": format!("{}/oauth2/v1/token", okta.url()),
        "iat": now(), "exp": now() + 300, "jti": unused_id(),
    });
    set(&mut header, &fault.header);
    set(&mut claims, &fault.claims);
    jwt(&header, &claims)
}

pub(super) fn proof(okta: &Simulator, method: &str, path: &str, fault: &Fault) -> String {
    let mut header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk() });
    let url = format!("{}{path}", okta.url());
    let mut claims = json!({ "htm": method, "htu": url, "iat": now(), "jti": unused_id() });
    set(&mut header, &fault.header);
    set(&mut claims, &fault.claims);
    jwt(&header, &claims)
}

pub(super) fn form(okta: &Simulator, scope: &str, fault: &Fault) -> String {
    let assertion = assertion(okta, fault);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", scope)
        .append_pair("client_assertion_type", kind)
        .append_pair("client_assertion", &assertion)
        .finish()
}

pub(super) async fn post_form(okta: &Simulator, form: &str, proof: Option<&str>) -> Answer {
    let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
    headers.extend(proof.map(|proof| ("DPoP", proof)));
    send(okta, "POST /oauth2/v1/token", &headers, form).await
}

pub(super) async fn without_dpop() -> Simulator {
    let okta = Simulator::start().await.expect("a free port");
    okta.with_world(|world| world.service_app_mut(CLIENT_ID).dpop_required = false);
    okta
}

/// A token for these scopes, bound to [`key`] where the app demands it.
pub(super) async fn token(okta: &Simulator, scope: &str) -> String {
    let nonce = okta.with_world(|world| world.grants.nonce().to_owned());
    let bound = okta.with_world(|world| world.service_app_mut(CLIENT_ID).dpop_required);
    let proof = bound.then(|| proof(okta, "POST", "/oauth2/v1/token", &claims(json!({ "nonce": nonce }))));
    let answer = post_form(okta, &form(okta, scope, &none()), proof.as_deref()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

pub(super) async fn bearer(okta: &Simulator, token: &str, path: &str) -> Answer {
    send(okta, &format!("GET {path}"), &[("Authorization", &format!("Bearer {token}"))], "").await
}

pub(super) async fn get(okta: &Simulator, token: &str, path: &str, fault: &Fault) -> Answer {
    let mut fault = fault.clone();
    if fault.claims.get("ath").is_none() {
        fault.claims["ath"] = sha256(token).into();
    }
    let proof = proof(okta, "GET", path, &fault);
    let authorization = format!("DPoP {token}");
    send(okta, &format!("GET {path}"), &[("Authorization", &authorization), ("DPoP", &proof)], "").await
}
