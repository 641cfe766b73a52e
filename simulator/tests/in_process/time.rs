//! A given clock: an hour passes at once, and everything that Okta counts in time passes with it.

use std::time::Duration;

use jiff::Timestamp;
use okta_simulator::{Clock, Okta, World};

use super::body::{get, post};

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
