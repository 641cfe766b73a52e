//! A flood: one person raises a thousand requests within a minute, under Okta's limit of 50 calls a minute for each
//! path. How long do the messages of others take, and is anything lost?

use std::sync::Arc;
use std::time::Duration;

use okta_simulator::doubles::{event, published};
use okta_simulator::{Limits, World};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::day::in_virtual_time;
use super::lambda::{Fate, Lambda, Matter};
use super::oracle::dice::Dice;
use super::policy::config;
use super::scene::{NO_LIMITS, Scene};
use super::story::Story;
use super::weather::Weather;

/// The requests of the flood, and the requests of others: one each minute.
const FLOOD: usize = 1000;
const OTHERS: usize = 60;

/// The person of the sample event, who floods, and somebody else in the sample world.
const PERSON: &str = "00u1F5GHSf7bLpPyKNqn";
const ANOTHER: &str = "00u1Vawdc3cJm5mHiWVJ";

/// What a flood does to others.
#[derive(Debug)]
pub(crate) struct Told {
    /// From the event of another person to their message, shortest first; only those that have one at the end.
    pub(crate) waits: Vec<Duration>,
    /// The same for the requests of the flood.
    pub(crate) own: Vec<Duration>,
    /// Others' events that were dead letters on the way.
    pub(crate) letters: usize,
    /// Requests of anyone that have no message when the housekeeping has run for hours.
    pub(crate) lost: usize,
    /// Requests that have more than one.
    pub(crate) twice: usize,
    pub(crate) broken: Vec<String>,
}

impl Told {
    /// The wait that so many of a hundred do not exceed.
    pub(crate) fn percentile(waits: &[Duration], percent: usize) -> Duration {
        let at = (waits.len() * percent).div_ceil(100).max(1) - 1;
        waits.get(at).copied().unwrap_or_default()
    }
}

/// Plays the flood with so much reserved concurrency; `None`: none is reserved, as the template has it.
pub(crate) fn flood(concurrency: Option<usize>) -> Told {
    in_virtual_time(async {
        let mut world = World::sample();
        world.limits = Limits { directory: 600, governance: 50, ..NO_LIMITS };
        let scene = Scene::set(world, Weather::fair(), Story::begin(false), Dice::of_seed(1));
        let scene = Arc::new(scene);
        fastrand::seed(1);
        scene.aws.set_secret(scene.okta.token());
        let lambda = Lambda::new(Arc::clone(&scene), config(None), concurrency, Duration::from_secs(90), 1);
        let begun = Instant::now();
        let mut moments: Vec<(Duration, usize)> = (0..FLOOD)
            .map(|number| (Duration::from_millis(60 * number as u64), number))
            .chain((0..OTHERS).map(|minute| (Duration::from_secs(60 * minute as u64 + 30), FLOOD + minute)))
            .collect();
        moments.sort_unstable();
        let mut raised = vec![begun; FLOOD + OTHERS];
        for (after, number) in moments {
            sleep_until(begun + after).await;
            raised[number] = Instant::now();
            let sample = published(&event("v2"), scene.now());
            let now = json!(scene.now().to_string());
            let payload = scene.okta.with_world(|world| {
                let payload = world.another_request(&sample, number + 1);
                let request = world.request_mut(&id(number));
                (request["created"], request["lastUpdated"]) = (now.clone(), now);
                if number < FLOOD {
                    return payload;
                }
                *request = serde_json::from_str(&request.to_string().replace(PERSON, ANOTHER)).unwrap();
                payload.replace(PERSON, ANOTHER)
            });
            lambda.take(Matter::Request(number), payload, false);
        }
        for hour in 1..=24 {
            sleep_until(begun + Duration::from_secs(3600 * hour)).await;
            let payload = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
            lambda.take(Matter::Housekeeping, payload.to_string(), false);
            if hour > 2 && scene.okta.messages_after(FLOOD + OTHERS - 1).first().is_some() {
                break;
            }
        }
        sleep(Duration::from_secs(600)).await;
        lambda.rest().await;
        told(&scene, &lambda, &raised)
    })
}

/// From 1 on: the program asks about number 0 to see whether posts are answered, since no request has that id.
fn id(number: usize) -> String {
    format!("req{:017}", number + 1)
}

fn told(scene: &Scene, lambda: &Lambda, raised: &[Instant]) -> Told {
    let truth = scene.truth();
    let wait = |number: usize| {
        let message = truth.messages.iter().find(|message| message.id == id(number))?;
        Some(message.at - raised[number])
    };
    let waits = |numbers: std::ops::Range<usize>| {
        let mut waits: Vec<Duration> = numbers.filter_map(wait).collect();
        waits.sort_unstable();
        waits
    };
    let count = |number: &usize| truth.messages.iter().filter(|message| message.id == id(*number)).count();
    let deliveries = lambda.deliveries.borrow();
    let of_others =
        deliveries.iter().filter(|it| matches!(it.matter, Matter::Request(number) if number >= FLOOD));
    Told {
        waits: waits(FLOOD..FLOOD + OTHERS),
        own: waits(0..FLOOD),
        letters: of_others.filter(|it| matches!(it.fate, Some(Fate::Letter { .. }))).count(),
        lost: (0..FLOOD + OTHERS).filter(|number| count(number) == 0).count(),
        twice: (0..FLOOD + OTHERS).filter(|number| count(number) > 1).count(),
        broken: truth.broken.clone(),
    }
}
