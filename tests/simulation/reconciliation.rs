//! An operator at the command line who reconciles: a process of its own, by a clock of its own, without a log. It does
//! what `enricher reconcile` does: it searches for lost requests, and then shows or posts the message of each, one after
//! another. No Lambda stops it. The operator may, at any moment.

use std::rc::Rc;
use std::time::Duration;

use okta_request_enricher::config::Config;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::error::Error;
use okta_request_enricher::handler::Invocation as Given;
use okta_request_enricher::housekeeping::{Found, Lost};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::attended::{Attended, Ended, Plan};
use super::day::Day;
use super::invocation::{ByHand, End, Invocation};
use super::lambda::Matter;
use super::oracle::dice::Dice;
use super::plan::WEATHER;
use super::process::Process;

/// What the command line takes for its search, and for each message.
const SEARCH_LIMIT: Duration = Duration::from_mins(10);
const TIME_LIMIT: Duration = Duration::from_secs(88);

/// Nobody watches a command for longer.
const PATIENCE: Duration = Duration::from_mins(40);

/// A process that is frozen goes on after this time at the latest.
const LONGEST: Duration = Duration::from_hours(1);

/// Processes of operators have numbers from here on.
const FIRST: usize = 1_000_000;

/// The name of all its work in the ledger.
const NAME: &str = "reconcile";

impl Day {
    /// On some days an operator reconciles, in any weather. Some do it just when the housekeeping runs.
    pub(super) fn plan_reconciliations(self: &Rc<Self>) {
        let mut dice = Dice::of_seed(self.seed ^ 0x4ec0);
        if dice.chance(50) {
            return;
        }
        for number in 0..=dice.below(4) {
            let seconds = match dice.below(3) {
                0 => 3600 * (1 + dice.below(3)) + dice.below(240) - 60,
                _ => 900 + dice.below(WEATHER.as_secs() as usize - 900),
            };
            let at = Instant::now() + Duration::from_secs(seconds as u64);
            self.at(at, move |day| day.reconcile(number));
            // Two operators at once find the same requests.
            if dice.chance(30) {
                let later = Duration::from_secs(dice.below(5) as u64);
                self.at(at + later, move |day| day.reconcile(10 + number));
            }
        }
    }

    /// Starts the command. The day waits for its end.
    pub(super) fn reconcile(self: &Rc<Self>, number: usize) {
        let day = Rc::clone(self);
        day.lambda.under_way.set(day.lambda.under_way.get() + 1);
        tokio::task::spawn_local(async move {
            Command::start(&day, number).run().await;
            day.scene.story.tell("operator", || format!("has reconciled, as process {}", FIRST + number));
            day.lambda.under_way.set(day.lambda.under_way.get() - 1);
        });
    }
}

/// The command at work.
struct Command<'a> {
    day: &'a Rc<Day>,
    process: Process,
    posts: bool,
    dice: Dice,
}

impl Command<'_> {
    fn start(day: &Rc<Day>, number: usize) -> Command<'_> {
        let luck = day.seed.wrapping_mul(1_000_003).wrapping_add((FIRST + number) as u64);
        let mut dice = Dice::of_seed(luck);
        let posts = !dice.chance(20);
        let ahead = if dice.chance(50) { i64::try_from(dice.below(4001)).unwrap() - 2000 } else { 0 };
        day.scene.story.tell("operator", || {
            let mode = if posts { "with --post" } else { "without --post" };
            format!("reconciles {mode}, as process {}", FIRST + number)
        });
        let max_event_age = Duration::from_secs(u64::from(u32::MAX));
        let config = Config { max_event_age, dry_run: !posts, ..day.lambda.config.clone() };
        let process = Process::by_hand(&day.scene, config, FIRST + number, ahead, luck);
        Command { day, process, posts, dice }
    }

    async fn run(mut self) {
        let begun = Instant::now();
        let Some(found) = self.search().await else { return };
        for (place, lost) in found.lost.iter().enumerate() {
            self.send_copy(place, lost.listed.id.as_str());
        }
        for lost in &found.lost {
            // Ctrl-C lets the request in flight end.
            if begun.elapsed() > PATIENCE || self.dice.chance(2) {
                return;
            }
            if self.repair(lost).await.is_none() {
                return;
            }
        }
    }

    /// A request whose message stands, or is not wanted, is not among the lost ones.
    async fn search(&mut self) -> Option<Found> {
        let hours = self.dice.of(&[1, 3, 24, 72]);
        let since = self.process.clock.now().checked_sub(Duration::from_hours(hours)).unwrap();
        let scene = &self.day.scene;
        let is_settled = |state: &str| matches!(state, "posted" | "withheld");
        let settled: Vec<String> = {
            let truth = scene.truth();
            truth.table.iter().filter(|(_, it)| is_settled(&it.state)).map(|(id, _)| id.clone()).collect()
        };
        let plan = Plan::of_dice(scene.rates(), &mut self.dice);
        let deadline = Deadline::after(SEARCH_LIMIT);
        let work = self.process.enricher.lost(since, deadline);
        let end = |found: &Result<Found, Error>| match found {
            Ok(found) => End::Answered(json!({"outcome": "searched", "lost": found.lost.len()})),
            Err(error) => failed(error),
        };
        let found = self.attend(None, SEARCH_LIMIT, plan, work, end).await?.ok()?;
        for id in found.lost.iter().map(|lost| lost.listed.id.as_str()) {
            if settled.iter().any(|settled| settled == id) {
                scene.truth().breaks(format!("{id} has its message or needs none, and is found to be lost"));
            }
        }
        Some(found)
    }

    async fn repair(&mut self, lost: &Lost) -> Option<()> {
        let plan = Plan::of_dice(self.day.scene.rates(), &mut self.dice);
        let enricher = &self.process.enricher;
        let deadline = Deadline::after(TIME_LIMIT);
        let work = enricher.repair(lost, Given { request_id: NAME, account: None, deadline });
        let id = lost.listed.id.as_str();
        self.attend(Some(id), TIME_LIMIT, plan, work, |attempt| match attempt.answer(enricher.deployment()) {
            Ok(answer) => End::Answered(answer),
            Err(error) => failed(error),
        })
        .await
        .map(drop)
    }

    /// Works on a request, or searches. `None`: the process was killed.
    async fn attend<T>(
        &self,
        repairs: Option<&str>,
        time: Duration,
        plan: Plan,
        work: impl Future<Output = T>,
        end: impl FnOnce(&T) -> End,
    ) -> Option<T> {
        let (scene, who) = (&self.day.scene, format!("process {}", self.process.number));
        let by_hand = ByHand { repairs: repairs.map(str::to_owned), posts: self.posts };
        let number = scene.truth().begin(Invocation {
            by_hand: Some(by_hand),
            frozen: plan.freeze.is_some(),
            ..Invocation::of(&self.process, NAME, time)
        });
        scene.story.tell(&who, || format!("begins invocation {number}, by hand: {repairs:?} {plan:?}"));
        self.process.works_on(number);
        let limit = Instant::now() + LONGEST;
        let (end, done) = match Attended::new(work, plan, limit).await {
            Ended::Finished(done) => (end(&done), Some(done)),
            Ended::Killed | Ended::OutOfTime => (End::Killed, None),
            // Nothing catches a panic of the command line.
            Ended::Panicked => {
                let mut truth = scene.truth();
                if truth.of(number).is_none_or(|invocation| !invocation.met_bug) {
                    truth.breaks(format!("invocation {number}, by hand, panics"));
                }
                (End::Killed, None)
            }
        };
        self.process.works_on(0);
        scene.story.tell(&who, || format!("ends invocation {number}: {end:?}"));
        scene.truth().of_mut(number).into_iter().for_each(|invocation| {
            invocation.ended = Some(end.clone());
            invocation.ended_at = Some(Instant::now());
        });
        done
    }

    /// Sometimes a copy of a request's event comes: before its turn, meanwhile, or when the claim is nearly over.
    fn send_copy(&mut self, place: usize, id: &str) {
        let soon = self.dice.below(2000 * (place + 1)) as u64;
        let late = self.dice.below(TIME_LIMIT.as_millis() as usize + 10_000) as u64;
        let after = Duration::from_millis(if self.dice.chance(70) { soon } else { soon + late });
        if !self.posts || !self.dice.chance(30) {
            return;
        }
        let day = Rc::clone(self.day);
        let Some(household) = day.households.iter().find(|it| it.has_id(id)) else { return };
        let matter = Matter::Request(household.number);
        let payload = {
            let deliveries = day.lambda.deliveries.borrow();
            let first = deliveries.iter().find(|it| it.matter == matter && !it.insists);
            first.map(|first| first.payload.clone())
        };
        tokio::task::spawn_local(async move {
            sleep(after).await;
            if let Some(payload) = payload {
                day.lambda.take(matter, payload, false);
            }
        });
    }
}

fn failed(error: &Error) -> End {
    End::Failed { class: error.class().to_string(), message: error.message() }
}
