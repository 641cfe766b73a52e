//! A client that calls as the sample's service app. All that it sends is correct, except for the changes that
//! a test makes.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};
use okta_simulator::{CLIENT_ID, Simulator, service_app_secret};
use ring::digest;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::client::{HttpResponse, send};

const TOKEN_PATH: &str = "/oauth2/v1/token";

/// The private key of the sample's service app.
fn key() -> EncodingKey {
    let secret: Value = serde_json::from_str(&service_app_secret()).expect("JSON");
    EncodingKey::from_ec_pem(secret["private_key"].as_str().expect("a key").as_bytes()).expect("an EC key")
}

/// The public half of [`key`], as `openssl` printed it. Proofs are signed with the app's own key.
pub(crate) fn jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "Hq0CQVblu435Fii2LLzE_BtoPyE-3axcLMaGtbd5eek",
        "y": "abZ8eigu0bRCmTZiOKoQxSYMFXKvI9XYCIKB-psm4Gg",
    })
}

/// A second key, P-384, which the app does not have.
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDljMfSGAitpdBOXXCp
aymXdyWOuJUdDF3ItcultkC2l77PWnFPwz0w5HYdxWMiVgOhZANiAATKXLlzyjQf
6ycxZnOQAL1lNpnRwtTmR7zwNwdr3b1oz8kEYTWWUpFxXu9JDGbVzpm/mKQzkou7
NoUiGDnAIoiTvq8gtPajaWNPX/GY2VDDoQPIxhpCOrIEiFG7EgJkHs0=
-----END PRIVATE KEY-----
";

/// The public half of [`OTHER_KEY`].
pub(crate) fn other_jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-384",
        "x": "yly5c8o0H-snMWZzkAC9ZTaZ0cLU5ke88DcHa929aM_JBGE1llKRcV7vSQxm1c6Z",
        "y": "v5ikM5KLuzaFIhg5wCKIk76vILT2o2ljT1_xmNlQw6EDyMYaQjqyBIhRuxICZB7N",
    })
}

/// A JWT signed with [`OTHER_KEY`] if its header shows [`other_jwk`], and with [`key`] otherwise.
fn jwt(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let other = EncodingKey::from_ec_pem(OTHER_KEY.as_bytes()).expect("an EC key");
    let (key, algorithm) =
        if header["jwk"] == other_jwk() { (other, Algorithm::ES384) } else { (key(), Algorithm::ES256) };
    let signature = sign(signed.as_bytes(), &key, algorithm).expect("a signature");
    format!("{signed}.{signature}")
}

/// The time in UTC epoch seconds.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}

/// `base64url(SHA-256(text))`, made with another library than the simulator's.
pub(crate) fn sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
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

/// What a test changes in a correct assertion or proof. `null` counts as missing.
#[derive(Clone)]
pub(crate) struct Changes {
    header: Value,
    claims: Value,
}

pub(crate) fn unchanged() -> Changes {
    Changes { header: json!({}), claims: json!({}) }
}

pub(crate) fn header(header: Value) -> Changes {
    Changes { header, claims: json!({}) }
}

pub(crate) fn claims(claims: Value) -> Changes {
    Changes { header: json!({}), claims }
}

fn assertion(okta: &Simulator, changes: &Changes) -> String {
    let mut header = json!({ "alg": "ES256", "kid": "simulator-key-1" });
    let mut claims = json!({
        "iss": CLIENT_ID, "sub": CLIENT_ID, "aud": format!("{}{TOKEN_PATH}", okta.url()),
        "iat": now(), "exp": now() + 300, "jti": unused_id(),
    });
    set(&mut header, &changes.header);
    set(&mut claims, &changes.claims);
    jwt(&header, &claims)
}

/// A `DPoP` proof for this call.
pub(crate) fn proof(okta: &Simulator, method: &str, path: &str, changes: &Changes) -> String {
    let mut header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk() });
    let url = format!("{}{path}", okta.url());
    let mut claims = json!({ "htm": method, "htu": url, "iat": now(), "jti": unused_id() });
    set(&mut header, &changes.header);
    set(&mut claims, &changes.claims);
    jwt(&header, &claims)
}

/// The form that asks the token endpoint for these scopes.
pub(crate) fn form(okta: &Simulator, scope: &str, changes: &Changes) -> String {
    let assertion = assertion(okta, changes);
    let assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", scope)
        .append_pair("client_assertion_type", assertion_type)
        .append_pair("client_assertion", &assertion)
        .finish()
}

pub(crate) async fn post_form(okta: &Simulator, form: &str, proof: Option<&str>) -> HttpResponse {
    let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
    headers.extend(proof.map(|proof| ("DPoP", proof)));
    send(okta, &format!("POST {TOKEN_PATH}"), &headers, form).await
}

/// A simulator whose service app gets bearer tokens.
pub(crate) async fn without_dpop() -> Simulator {
    let okta = Simulator::start().await.expect("a free port");
    okta.with_world(|world| world.service_app_mut(CLIENT_ID).dpop_required = false);
    okta
}

/// An access token for these scopes. It is bound to [`key`] if the app must send proofs.
pub(crate) async fn token(okta: &Simulator, scope: &str) -> String {
    let proof_with = |nonce: &Value| proof(okta, "POST", TOKEN_PATH, &claims(json!({ "nonce": nonce })));
    let ask = |proof: Option<String>| async move {
        post_form(okta, &form(okta, scope, &unchanged()), proof.as_deref()).await
    };
    let bound = okta.with_world(|world| world.service_app_mut(CLIENT_ID).dpop_required);
    let response = if bound {
        let nonce = ask(Some(proof_with(&Value::Null))).await.header("dpop-nonce");
        ask(Some(proof_with(&nonce.into()))).await
    } else {
        ask(None).await
    };
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()["access_token"].as_str().expect("a token").to_owned()
}

/// A `GET` with a bearer token.
pub(crate) async fn bearer(okta: &Simulator, token: &str, path: &str) -> HttpResponse {
    send(okta, &format!("GET {path}"), &[("Authorization", &format!("Bearer {token}"))], "").await
}

/// A `GET` with a bound token and its proof.
pub(crate) async fn get(okta: &Simulator, token: &str, path: &str, changes: &Changes) -> HttpResponse {
    let mut changes = changes.clone();
    if changes.claims.get("ath").is_none() {
        changes.claims["ath"] = sha256(token).into();
    }
    let proof = proof(okta, "GET", path, &changes);
    let authorization = format!("DPoP {token}");
    send(okta, &format!("GET {path}"), &[("Authorization", &authorization), ("DPoP", &proof)], "").await
}
