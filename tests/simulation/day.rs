//! [`Day`]: one seed. Requests are raised and their events come doubled, late, out of order or not at all, while the
//! weather has its way. Then all faults end, everything gets the time that it needs, an operator sends the dead letters
//! again, and what happened is judged by the `promises`.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use okta_request_enricher::config::Config;
use okta_simulator::{CLIENT_ID, Limits, World, service_app_secret};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::household::Household;
use super::lambda::{Fate, Lambda, Matter};
use super::oracle::dice::Dice;
use super::oracle::rules::Rule;
use super::promises;
use super::scene::{NO_LIMITS, START, Scene};
use super::story::Story;
use super::weather::{Rights, Weather};

/// How long requests are raised.
const RAISING: Duration = Duration::from_secs(90 * 60);
/// How long the weather may be bad.
const WEATHER: Duration = Duration::from_secs(3 * 3600);
/// How many policies the seeds share: trying out a policy's templates takes longer than a day.
const POLICIES: u64 = 24;

/// When all is mended, and each process still alive takes one more event; so many at most.
const EVENING: Duration = Duration::from_secs(8 * 3600);
const LATER: usize = 4;

/// What came of a seed.
#[allow(dead_code, reason = "the benchmark sums all of it up")]
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Events that were delivered to the function.
    pub(crate) events: usize,
    pub(crate) invocations: usize,
    pub(crate) calls: u64,
    pub(crate) messages: usize,
    pub(crate) second_messages: usize,
    pub(crate) letters: usize,
    /// Messages whose every line the oracle compared.
    pub(crate) judged: usize,
    /// Messages that lack something because Okta did not answer in time.
    pub(crate) late: usize,
    /// Broken promises.
    pub(crate) broken: Vec<String>,
    pub(crate) story: Vec<String>,
}

pub(crate) struct Day {
    seed: u64,
    pub(crate) scene: Arc<Scene>,
    pub(crate) lambda: Rc<Lambda>,
    pub(crate) households: Vec<Household>,
    /// Whether an operator insists on messages without looking whether they stand.
    pub(crate) is_careless: bool,
    /// Whether the policy is the built-in one, of which the oracle knows nothing.
    pub(crate) by_default_policy: bool,
    /// Requests that were closed, and when.
    pub(crate) closed: RefCell<HashMap<usize, Instant>>,
    /// Requests whose event the stream lost: only Okta's list tells of them.
    pub(crate) lost: RefCell<HashSet<usize>>,
    /// When the credential was replaced that is stored now: how long after the beginning.
    stored: Cell<Duration>,
    /// The deliveries of the evening.
    pub(crate) evening: RefCell<Vec<usize>>,
}

/// Plays a seed with about so many events.
pub(crate) fn play(seed: u64, events: usize, tells: bool) -> Outcome {
    in_virtual_time(async {
        let day = Day::of_seed(seed, events, tells, None);
        let _lines = super::diagnostics::watch(Arc::clone(&day.scene));
        // The AWS SDK takes its random numbers from there; so does what made the policy's file.
        fastrand::seed(seed);
        day.pass().await
    })
}

/// Plays a seed in which every answer of Okta takes this much longer, and nothing else fails.
#[allow(dead_code, reason = "the benchmark plays no such seed")]
pub(crate) fn play_slowly(seed: u64, events: usize, slow: Duration) -> Outcome {
    in_virtual_time(async {
        let day = Day::of_seed(seed, events, false, Some(Weather::slow(slow)));
        let _lines = super::diagnostics::watch(Arc::clone(&day.scene));
        fastrand::seed(seed);
        day.pass().await
    })
}

/// Runs on one thread whose time is paused: it jumps to the next moment at which something happens.
pub(crate) fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

thread_local! {
    /// A policy with its parsed form, by its number.
    static CONFIGS: RefCell<HashMap<u64, (Rule, Config)>> = RefCell::default();
}

/// The policy of a seed; the first of all is the default one.
fn policy(number: u64) -> (Rule, Config) {
    let made = CONFIGS.with_borrow(|known| known.get(&number).cloned());
    made.unwrap_or_else(|| {
        let mut dice = Dice::of_seed(number);
        // A policy that names a group by its id would mean the oracle's group, not a household's.
        let rule = loop {
            let rule = Rule::of_dice(&mut dice, false);
            if !rule.toml().contains("00gGroup") {
                break rule;
            }
        };
        let made = (rule.clone(), config((number > 0).then(|| others(number) + &rule.toml())));
        CONFIGS.with_borrow_mut(|known| known.insert(number, made.clone()));
        made
    })
}

/// Rules before the policy's own that match nobody and nothing: whoever takes one of them posts nothing.
fn others(number: u64) -> String {
    let rule = |what: &str| format!("[[rule]]\nname = \"other\"\nmessage = \"none\"\nmatch = {{ {what} }}\n");
    match number % 4 {
        0 => String::new(),
        1 => rule("request_types = [\"000000000000000000000000\"]"),
        2 => rule("attributes = { costCenter = [\"nowhere\"] }"),
        _ => rule("groups = [\"No such group\"]"),
    }
}

/// What a deployed function has in its environment, with this policy file.
pub(crate) fn config(policy: Option<String>) -> Config {
    let file = policy.map(|toml| okta_simulator::doubles::file(&toml));
    let config = Config::from_lookup(|name| {
        Some(match name {
            "OKTA_ORG_URL" => "https://acme.okta.com".to_owned(),
            "OKTA_SECRET_ID" => okta_simulator::doubles::SECRET_NAME.to_owned(),
            "LEDGER_TABLE" => okta_simulator::doubles::LEDGER_TABLE.to_owned(),
            "OUTCOME_BUS" => "outcomes".to_owned(),
            "AWS_REGION" => "us-east-1".to_owned(),
            "ENRICHMENT_FILE" => file.as_ref()?.path().display().to_string(),
            _ => return None,
        })
    });
    config.unwrap()
}

impl Day {
    fn of_seed(seed: u64, events: usize, tells: bool, weather: Option<Weather>) -> Day {
        let mut dice = Dice::of_seed(seed);
        let number = if dice.chance(10) { 0 } else { 1 + dice.below(POLICIES as usize) as u64 };
        let (rule, config) = policy(number);
        let mut world = World::default();
        world.limits = limits(&mut dice);
        world.log_streams = World::sample().log_streams;
        // Each of its calls costs the simulated Okta the check of a proof.
        let by_app = dice.chance(8);
        if by_app {
            world.service_apps = World::sample().service_apps;
        }
        let start: Timestamp = START.parse().unwrap();
        // Some events come twice or more.
        let count = (events * 5 / 8).clamp(1, 990);
        // The last ones come when the day is over.
        let households: Vec<Household> = (0..count + LATER)
            .map(|number| {
                let millis = dice.below(RAISING.as_millis() as usize) as u64;
                let after = if number < count { Duration::from_millis(millis) } else { EVENING };
                let raised = start.checked_add(after).unwrap();
                let mut household = Household::of_dice(number, &rule, raised, &mut dice);
                household.is_double &= number < count;
                household
            })
            .collect();
        for household in &households {
            household.move_in(&mut world);
        }
        let is_given = weather.is_some();
        if is_given {
            world.limits = NO_LIMITS;
        }
        let is_fair = dice.chance(5);
        let weather = weather.unwrap_or_else(|| match is_fair {
            true => Weather::fair(),
            false => Weather::of_dice(WEATHER, &mut dice),
        });
        let is_careless = dice.chance(10);
        let concurrency = dice.of(&[None, None, None, Some(10), Some(3)]);
        let time_limit = Duration::from_secs(dice.of(&[90, 90, 90, 40]));
        let mut scene =
            Scene::set(world, weather, Story::begin(tells), Dice::of_seed(seed.wrapping_add(0x5eed)));
        if !is_given {
            scene.rights = Rights::of_dice(WEATHER, &mut Dice::of_seed(seed ^ 0x0519));
        }
        let scene = Arc::new(scene);
        scene.aws.set_secret(if by_app { service_app_secret() } else { scene.okta.token() });
        scene.truth().secrets.insert(scene.okta.token());
        let lambda = Lambda::new(Arc::clone(&scene), config, concurrency, time_limit, seed);
        Day {
            seed,
            scene,
            lambda,
            households,
            is_careless,
            by_default_policy: number == 0,
            closed: RefCell::default(),
            lost: RefCell::default(),
            stored: Cell::default(),
            evening: RefCell::default(),
        }
    }

    async fn pass(self) -> Outcome {
        let day = Rc::new(self);
        let mut dice = Dice::of_seed(day.seed);
        for number in 0..day.households.len() - LATER {
            day.plan_request(number, &mut dice);
        }
        day.plan_nonsense(&mut dice);
        day.plan_rotations(&mut dice);
        day.plan_housekeeping();
        let operator = Rc::clone(&day);
        let mut choices = Dice::of_seed(day.seed ^ 0x0b);
        let pauses: Vec<u64> = (0..4).map(|_| 20 + choices.below(40) as u64).collect();
        for pause in pauses {
            sleep(Duration::from_secs(60 * pause)).await;
            operator.redrive(&mut choices, true);
        }
        let bad = WEATHER.max(RAISING) + Duration::from_secs(600);
        sleep(bad.saturating_sub(day.scene.elapsed())).await;
        day.end().await;
        promises::judge(&day)
    }

    fn moment(&self, at: Timestamp) -> Instant {
        let start: Timestamp = START.parse().unwrap();
        let after = at.duration_since(start).unsigned_abs();
        Instant::now() - self.scene.elapsed() + after
    }

    /// Does something at a moment.
    fn at(self: &Rc<Self>, at: Instant, what: impl FnOnce(&Rc<Day>) + 'static) {
        let day = Rc::clone(self);
        tokio::task::spawn_local(async move {
            sleep_until(at).await;
            what(&day);
        });
    }

    /// The request is raised, its events come, and perhaps somebody decides it.
    fn plan_request(self: &Rc<Self>, number: usize, dice: &mut Dice) {
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
                2..6 if copy > 0 => dice.below(self.lambda.time_limit.as_millis() as usize + 10_000),
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

    fn show(&self, number: usize) {
        let household = &self.households[number];
        self.scene.story.tell("Okta", || format!("shows request {number}, {}", household.id));
        self.scene.okta.with_world(|world| household.raise(world));
        let mut truth = self.scene.truth();
        if let Some(older_id) = &household.older_id {
            truth.with_two_ids.extend([older_id.clone(), household.id.clone()]);
        }
        for id in household.older_id.iter().chain([&household.id]) {
            truth.raised.insert(id.clone(), Instant::now());
        }
    }

    /// Events that lead to no message: of another type, about requests that do not exist, or about two at once.
    fn plan_nonsense(self: &Rc<Self>, dice: &mut Dice) {
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
    fn plan_rotations(self: &Rc<Self>, dice: &mut Dice) {
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
            });
            self.at(vault, move |day| {
                let by_app = day.scene.okta.with_world(|world| world.service_apps.contains_key(CLIENT_ID));
                // Of two replacements that overlap, the later one is stored.
                let is_newer = day.stored.replace(day.stored.get().max(at)) <= at;
                if !by_app && is_newer {
                    day.scene.story.tell("admin", || "stores the new credential".to_owned());
                    day.scene.truth().stored.push((Instant::now(), token.clone()));
                    day.scene.aws.set_secret(token);
                }
            });
        }
    }

    fn plan_housekeeping(self: &Rc<Self>) {
        for hour in 1..=4 {
            self.at(Instant::now() + Duration::from_secs(hour * 3600), |day| {
                day.keep_house();
            });
        }
    }

    fn keep_house(&self) -> usize {
        let payload = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
        self.lambda.take(Matter::Housekeeping, payload.to_string(), false)
    }

    /// An operator sends the dead letters again, each once. With `some`, only some of them.
    fn redrive(self: &Rc<Self>, dice: &mut Dice, some: bool) {
        let mut letters = Vec::new();
        for (number, delivery) in self.lambda.deliveries.borrow_mut().iter_mut().enumerate() {
            let left = some && dice.chance(30);
            if let Some(Fate::Letter { is_taken, .. }) = &mut delivery.fate
                && !*is_taken
                && !left
            {
                *is_taken = true;
                letters.push((number, delivery.matter, delivery.payload.clone(), dice.chance(3)));
            }
        }
        for (number, matter, payload, insists) in letters {
            let insists = insists && self.is_careless;
            self.scene.story.tell("operator", || format!("sends the letter of delivery {number} again"));
            self.resend(matter, &payload, insists);
        }
    }

    fn resend(&self, matter: Matter, payload: &str, insists: bool) {
        if matter == Matter::Housekeeping {
            return;
        }
        let mut event: Value = serde_json::from_str(payload).unwrap_or_default();
        // A letter keeps the mark of whoever insisted.
        let insists = insists || event["redrive"]["repost"] == true;
        if insists && event.is_object() {
            event["redrive"] = json!({"repost": true});
        }
        let payload = if event.is_object() { event.to_string() } else { payload.to_owned() };
        self.lambda.take(matter, payload, insists);
    }

    /// All faults end. Then everything has the time that it needs.
    async fn end(self: &Rc<Self>) {
        self.scene.heal();
        let mut dice = Dice::of_seed(1);
        self.lambda.rest().await;
        // Claims end, limits open, credentials grow old.
        sleep(Duration::from_secs(20 * 60)).await;
        self.keep_house();
        self.lambda.rest().await;
        self.redrive(&mut dice, false);
        self.lambda.rest().await;
        self.keep_house();
        self.lambda.rest().await;
        promises::judge_without_insisting(self);
        // Where two may stand already, an operator looks, and insists where none does.
        let missing: Vec<_> = self.households.iter().filter(|it| promises::lacks_message(self, it)).collect();
        for household in missing {
            self.scene
                .story
                .tell("operator", || format!("insists on a message for request {}", household.number));
            let event = household.event_by_older_id().unwrap_or_else(|| household.event.clone());
            self.resend(Matter::Request(household.number), &event.to_string(), true);
        }
        self.lambda.rest().await;
        self.spend_evening().await;
    }

    /// Whatever a process has been through, it serves the next event at once and wholly.
    async fn spend_evening(&self) {
        sleep(EVENING.saturating_sub(self.scene.elapsed())).await;
        let processes = self.lambda.idle.borrow().clone();
        let first = self.households.len() - LATER;
        for (number, process) in (first..self.households.len()).zip(processes) {
            self.show(number);
            let mut idle = self.lambda.idle.borrow_mut();
            idle.retain(|other| other.number != process.number);
            idle.push(process);
            drop(idle);
            let event = self.households[number].event.to_string();
            let delivery = self.lambda.take(Matter::Request(number), event, false);
            self.evening.borrow_mut().push(delivery);
            self.lambda.rest().await;
        }
    }
}

fn limits(dice: &mut Dice) -> Limits {
    match dice.below(10) {
        0..6 => NO_LIMITS,
        6..8 => Limits { directory: 600, governance: 50, ..NO_LIMITS },
        8 => Limits { directory: 100, governance: 20, ..NO_LIMITS },
        _ => Limits { directory: 1_000_000, governance: 8, window: Duration::from_secs(10) },
    }
}
