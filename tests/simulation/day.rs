//! [`Day`]: one seed. Requests are raised and their events come doubled, late, out of order or not at all, while the
//! weather has its way. Then all faults end, everything gets the time that it needs, an operator sends the dead letters
//! again, and what happened is judged by the `promises`.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use okta_simulator::{World, service_app_secret};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::household::Household;
use super::invocation::End;
use super::lambda::{Fate, Lambda, Matter};
use super::oracle::dice::Dice;
use super::plan::{WEATHER, limits};
use super::policy::policy;
use super::promises;
use super::scene::{NO_LIMITS, START, Scene};
use super::story::Story;
use super::weather::{Rights, Weather};

/// How long requests are raised.
const RAISING: Duration = Duration::from_secs(90 * 60);

/// How many policies the seeds share: trying out a policy's templates takes longer than a day.
const POLICIES: u64 = 24;

/// When all is mended, and each process that is still alive takes one more event.
const EVENING: Duration = Duration::from_secs(8 * 3600);

/// How many processes take one in the evening, at most.
pub(super) const LATER: usize = 4;

/// The time limit that the template gives to the function.
const TEMPLATE_TIME_LIMIT: Duration = Duration::from_secs(90);

/// Each run of the housekeeping gets on: with so many, all is done.
const MOST_RUNS: usize = 12;

/// The number of the last reconciliation of a day.
const LAST: usize = 99;

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
    pub(super) seed: u64,
    pub(crate) scene: Arc<Scene>,
    pub(crate) lambda: Rc<Lambda>,
    pub(crate) households: Vec<Household>,
    /// Whether an operator insists on messages without looking whether they stand.
    pub(crate) is_careless: bool,
    /// Whether someone rotates the credential.
    rotates: bool,
    /// Whether the policy is the built-in one, of which the oracle knows nothing.
    pub(crate) by_default_policy: bool,
    /// Requests that were closed, and when.
    pub(crate) closed: RefCell<HashMap<usize, Instant>>,
    /// Requests whose event the stream lost: only Okta's list tells of them.
    pub(crate) lost: RefCell<HashSet<usize>>,
    /// When the credential was replaced that is stored now: how long after the beginning.
    pub(super) stored: Cell<Duration>,
    /// The API token that is stored.
    pub(super) vault: RefCell<String>,
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

impl Day {
    fn of_seed(seed: u64, events: usize, tells: bool, weather: Option<Weather>) -> Day {
        let mut dice = Dice::of_seed(seed);
        let number = if dice.chance(10) { 0 } else { 1 + dice.below(POLICIES as usize) as u64 };
        let (rule, config) = policy(number);
        let mut world = World::default();
        world.limits = limits(&mut dice);
        world.log_streams = World::sample().log_streams;
        world.requests_page = dice.of(&[200, 200, 20]);
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
                household.case.earlier.page = world.requests_page;
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
        let short = dice.of(&[None, None, Some(40), Some(30)]).filter(|_| !is_given);
        let time_limit = short.map_or(TEMPLATE_TIME_LIMIT, Duration::from_secs);
        let mut scene =
            Scene::set(world, weather, Story::begin(tells), Dice::of_seed(seed.wrapping_add(0x5eed)));
        if !is_given {
            scene.rights = Rights::of_dice(WEATHER, &mut Dice::of_seed(seed ^ 0x0519));
        }
        let scene = Arc::new(scene);
        scene.aws.set_secret(if by_app { service_app_secret() } else { scene.okta.token() });
        let token = scene.okta.token();
        scene.truth().secrets.insert(token.clone());
        scene.truth().compares_credential(true);
        let lambda = Lambda::new(Arc::clone(&scene), config, concurrency, time_limit, seed);
        Day {
            seed,
            scene,
            lambda,
            households,
            is_careless,
            rotates: !is_given,
            by_default_policy: number == 0,
            closed: RefCell::default(),
            lost: RefCell::default(),
            stored: Cell::default(),
            vault: RefCell::new(token),
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
        day.plan_forgeries();
        if day.rotates {
            day.plan_rotations(&mut dice);
        }
        day.plan_housekeeping();
        day.plan_reconciliations();
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
        // With less, the housekeeping may search until no time is left for what it found.
        self.lambda.time_limit.set(TEMPLATE_TIME_LIMIT);
        let mut dice = Dice::of_seed(1);
        self.lambda.rest().await;
        // Claims end, limits open, credentials grow old, refusals are forgotten.
        sleep(Duration::from_secs(65 * 60)).await;
        self.keep_house_to_the_end().await;
        self.redrive(&mut dice, false);
        self.lambda.rest().await;
        // By hand or not: it finds the same.
        if self.seed.is_multiple_of(5) {
            self.reconcile(LAST);
            self.lambda.rest().await;
        } else {
            self.keep_house_to_the_end().await;
        }
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

    /// Hour by hour until a run has time for everything: a short time limit leaves some for the next.
    async fn keep_house_to_the_end(&self) {
        for _ in 0..MOST_RUNS {
            let run = self.keep_house();
            self.lambda.rest().await;
            if !self.leaves_some(run) {
                return;
            }
        }
    }

    fn leaves_some(&self, run: usize) -> bool {
        let last = self.lambda.deliveries.borrow()[run].attempts.last().copied();
        let truth = self.scene.truth();
        let end = last.and_then(|last| truth.of(last)?.ended.as_ref());
        matches!(end, Some(End::Answered(answer)) if answer["left"].as_u64() > Some(0))
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
