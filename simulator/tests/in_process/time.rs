//! A given clock: an hour passes at once, and everything that Okta counts in time passes with it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Request;
use jiff::Timestamp;
use okta_simulator::{CLIENT_ID, Clock, Okta, World};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::body::{Arrived, HOST, get, post};

const ME: &str = "/api/v1/users/me";
const START: &str = "2031-04-05T06:07:08Z";

fn okta() -> Okta {
    let mut world = World::sample();
    world.clock = Clock::given(START.parse().expect("a time"));
    Okta::new(world)
}

#[tokio::test(start_paused = true)]
async fn headers_and_records_show_the_given_time() {
    let okta = okta();
    let first = get(&okta, ME).await;
    let start: Timestamp = START.parse().expect("a time");
    assert_eq!(first.header("date"), "Sat, 05 Apr 2031 06:07:08 GMT");
    assert_eq!(first.header("x-rate-limit-reset"), (start.as_second() + 60).to_string());
    tokio::time::sleep(Duration::from_mins(90)).await;
    okta.with_world(|world| world.clock_offset = -30);
    assert_eq!(get(&okta, ME).await.header("date"), "Sat, 05 Apr 2031 07:36:38 GMT");
    okta.answer(post("one")).await.expect("an answer");
    assert_eq!(okta.messages()[0].at.to_string(), "2031-04-05T07:36:38Z");
    assert_eq!(okta.calls()[0].at, start);
}

#[tokio::test(start_paused = true)]
async fn a_window_of_a_rate_limit_ends_in_the_given_time() {
    let okta = okta();
    okta.with_world(|world| world.limits.directory = 1);
    assert_eq!(get(&okta, ME).await.status, 200);
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!(get(&okta, ME).await.status, 429);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(get(&okta, ME).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_is_a_window_ends_in_the_given_time() {
    let okta = okta();
    okta.fault("user=429:3600".parse().expect("a legal fault"));
    for (passed, status) in [(0, 429), (3599, 429), (1, 200)] {
        tokio::time::sleep(Duration::from_secs(passed)).await;
        assert_eq!(get(&okta, ME).await.status, status);
    }
}

/// The answer of the token endpoint to an assertion that expires at this time. Its signature is none.
async fn ask_for_token(okta: &Okta, expires: i64) -> Value {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let url = format!("https://{HOST}/oauth2/v1/token");
    let claims = json!({ "iss": CLIENT_ID, "sub": CLIENT_ID, "aud": url, "exp": expires });
    let header = part(json!({ "alg": "ES256", "kid": "simulator-key-1" }));
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", "okta.users.read")
        .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .append_pair("client_assertion", &format!("{header}.{}.AAAA", part(claims)))
        .finish();
    let request = Request::post(url).header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(form.into()).expect("a request");
    let answer = Arrived::of(okta.answer(request).await.expect("an answer")).await;
    serde_json::from_slice(&answer.body).expect("JSON")
}

#[tokio::test(start_paused = true)]
async fn assertions_and_tokens_expire_in_the_given_time() {
    let okta = okta();
    okta.with_world(|world| {
        world.verifies_signatures = false;
        world.service_app_mut(CLIENT_ID).dpop_required = false;
    });
    let start = START.parse::<Timestamp>().expect("a time").as_second();
    let token = ask_for_token(&okta, start + 300).await["access_token"].clone();
    let token = token.as_str().expect("a token");
    let status = || async {
        let request = Request::get(format!("https://{HOST}/api/v1/users/{CLIENT_ID}"));
        let request = request.header("authorization", format!("Bearer {token}"));
        let answer = okta.answer(request.body("".into()).expect("a request")).await;
        answer.expect("an answer").status().as_u16()
    };
    tokio::time::sleep(Duration::from_secs(3599)).await;
    assert_eq!(status().await, 404);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(status().await, 401);
    assert_eq!(ask_for_token(&okta, start + 300).await["error"], "invalid_client");
    assert_eq!(ask_for_token(&okta, start + 3900).await["expires_in"], 3600);
}
