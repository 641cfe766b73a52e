//! The plan of a [`Day`]: what happens when, by the seed's dice.

use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use okta_simulator::{CLIENT_ID, Limits};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::day::{Day, LATER};
use super::lambda::Matter;
use super::oracle::dice::Dice;
use super::scene::{NO_LIMITS, START};

/// How long the weather may be bad.
pub(super) const WEATHER: Duration = Duration::from_secs(3 * 3600);

impl Day {
    pub(super) fn moment(&self, at: Timestamp) -> Instant {
        let start: Timestamp = START.parse().unwrap();
        let after = at.duration_since(start).unsigned_abs();
        Instant::now() - self.scene.elapsed() + after
    }

    /// Does something at a moment.
    pub(super) fn at(self: &Rc<Self>, at: Instant, what: impl FnOnce(&Rc<Day>) + 'static) {
        let day = Rc::clone(self);
        tokio::task::spawn_local(async move {
            sleep_until(at).await;
            what(&day);
        });
    }

    /// The request is raised, its events come, and perhaps somebody decides it.
    pub(super) fn plan_request(self: &Rc<Self>, number: usize, dice: &mut Dice) {
        let household = &self.households[number];
        let raised = self.moment(household.raised);
        let seen =
            if dice.chance(5) { Duration::from_secs(1 + dice.below(20) as u64) } else { Duration::ZERO };
        self.at(raised + seen, move |day| day.show(number));
        if dice.chance(8) {
            let later = Duration::from_secs(60 * (3 + dice.below(120)) as u64);
            self.at(raised + later, move |day| {
                let household = &day.households[number];
                day.scene.story.tell("approver", || format!("decides request {number}, {}", household.id));
                day.closed.borrow_mut().insert(number, Instant::now());
                let now = day.scene.now();
                day.scene.okta.with_world(|world| household.close(world, now));
            });
        }
        if dice.chance(8) {
            self.scene.story.tell("stream", || format!("loses the event of request {number}"));
            self.lost.borrow_mut().insert(number);
            return;
        }
        // Copies of an event are equal, so all of them name the request by the same id.
        let by_older_id = household.event_by_older_id().filter(|_| dice.chance(60) || household.is_double);
        let payload = by_older_id.unwrap_or_else(|| household.event.clone()).to_string();
        let copies = dice.of(&[1, 1, 1, 1, 1, 1, 2, 2, 3]);
        for copy in 0..copies {
            let millis = match dice.below(10) {
                0 => dice.below(2 * 3_600_000),
                1 => dice.below(15 * 60_000),
                // While another attempt is at work, or when its claim ends.
                2..6 if copy > 0 => dice.below(self.lambda.time_limit.get().as_millis() as usize + 10_000),
                _ if copy > 0 => dice.below(20 * 60_000),
                _ => 200 + dice.below(3000),
            };
            let payload = payload.clone();
            let twice = dice.chance(4);
            self.at(raised + Duration::from_millis(millis as u64), move |day| {
                let taken = day.lambda.take(Matter::Request(number), payload, false);
                if twice {
                    day.lambda.take_twice(taken);
                }
            });
        }
    }

    pub(super) fn show(&self, number: usize) {
        let household = &self.households[number];
        self.scene.story.tell("Okta", || format!("shows request {number}, {}", household.id));
        self.scene.okta.with_world(|world| household.raise(world));
        let mut truth = self.scene.truth();
        if let Some(older_id) = &household.older_id {
            truth.with_two_ids.extend([older_id.clone(), household.id.clone()]);
        }
        for id in household.older_id.iter().chain([&household.id]) {
            let request = if household.is_double { id } else { &household.id };
            truth.request_of.insert(id.clone(), request.clone());
            truth.raised.insert(id.clone(), Instant::now());
        }
    }

    /// Events that lead to no message: of another type, about requests that do not exist, or about two at once.
    pub(super) fn plan_nonsense(self: &Rc<Self>, dice: &mut Dice) {
        for number in 0..1 + self.households.len() / 20 {
            let household = &self.households[dice.below(self.households.len() - LATER)];
            // Before the event that leads to the message, or much later.
            let millis = if dice.chance(50) { dice.below(150) } else { dice.below(3_600_000) };
            let at = self.moment(household.raised) + Duration::from_millis(millis as u64);
            let mut event = household.event.clone();
            let debug_data = "/detail/debugContext/debugData";
            match dice.below(6) {
                0 => event["detail"]["eventType"] = json!("access.request.resolve"),
                1 => event["detail"]["outcome"]["result"] = json!("FAILURE"),
                2 => {
                    let id = json!(format!("req{:017}", number + 1));
                    event.pointer_mut(debug_data).unwrap()["accessRequestId"] = id;
                }
                3 => {
                    let target = json!([{"type": "ACCESS_REQUEST", "id": "req99999999999999999"}]);
                    event["detail"]["target"] = target;
                    event.pointer_mut(debug_data).unwrap()["accessRequestId"] = json!("req88888888888888888");
                }
                4 => event = json!("nothing"),
                // It comes too late.
                _ => event["detail"]["published"] = json!("2026-11-22T07:00:00Z"),
            }
            self.at(at, move |day| {
                day.lambda.take(Matter::Nothing, event.to_string(), false);
            });
        }
    }

    /// The credential is replaced: at Okta first, or in Secrets Manager first.
    pub(super) fn plan_rotations(self: &Rc<Self>, dice: &mut Dice) {
        for number in 0..dice.of(&[0, 1, 1, 2, 3]) {
            let at = Duration::from_secs(dice.below(WEATHER.as_secs() as usize) as u64);
            let between = Duration::from_secs(dice.of(&[0, 1, 30, 120]));
            let token = format!("00RotatedTokenOpensNothingElse{number:012}");
            let (okta, vault) = (Instant::now() + at, Instant::now() + at + between);
            self.scene.truth().secrets.insert(token.clone());
            let new = token.clone();
            self.at(okta, move |day| {
                day.scene.story.tell("admin", || "replaces the credential at Okta".to_owned());
                day.scene.okta.with_world(|world| {
                    world.set_token(new);
                    world.revoke_access_tokens();
                    world.rotate_dpop_nonce();
                });
                day.compare_credential();
            });
            self.at(vault, move |day| {
                let by_app = day.scene.okta.with_world(|world| world.service_apps.contains_key(CLIENT_ID));
                // Of two replacements that overlap, the later one is stored.
                let is_newer = day.stored.replace(day.stored.get().max(at)) <= at;
                if !by_app && is_newer {
                    day.scene.story.tell("admin", || "stores the new credential".to_owned());
                    day.scene.aws.set_secret(token.clone());
                    day.vault.replace(token);
                }
                day.compare_credential();
            });
        }
    }

    /// Whether the secret holds what Okta accepts. The key of a service app is never replaced.
    fn compare_credential(&self) {
        let by_app = self.scene.okta.with_world(|world| world.service_apps.contains_key(CLIENT_ID));
        let is_valid = by_app || *self.vault.borrow() == self.scene.okta.token();
        self.scene.truth().compares_credential(is_valid);
    }

    pub(super) fn plan_housekeeping(self: &Rc<Self>) {
        for hour in 1..=4 {
            self.at(Instant::now() + Duration::from_secs(hour * 3600), |day| {
                day.keep_house();
            });
        }
    }

    pub(super) fn keep_house(&self) -> usize {
        let payload = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
        self.lambda.take(Matter::Housekeeping, payload.to_string(), false)
    }
}

/// The rate limits of the seed's org.
pub(super) fn limits(dice: &mut Dice) -> Limits {
    match dice.below(10) {
        0..6 => NO_LIMITS,
        6..8 => Limits { directory: 600, governance: 50, ..NO_LIMITS },
        8 => Limits { directory: 100, governance: 20, ..NO_LIMITS },
        _ => Limits { directory: 1_000_000, governance: 8, window: Duration::from_secs(10) },
    }
}
