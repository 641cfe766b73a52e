//! [`Scene`]: the world around all processes: Okta, AWS, the weather, the story, and the truth about what happened.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use okta_simulator::doubles::Account;
use okta_simulator::{Clock, Limits, Okta, World};
use serde_json::Value;
use tokio::time::Instant;

use super::invocation::{Invocation, Message, Number};
use super::oracle::dice::Dice;
use super::story::Story;
use super::truth::Truth;
use super::weather::{Rates, Rights, Weather};

/// When a seed's day begins: the oracle's calendar is that of this day, from seven o'clock on.
pub(crate) const START: &str = "2026-11-24T07:00:00Z";

/// The limits of an org that is never busy.
pub(crate) const NO_LIMITS: Limits =
    Limits { directory: 1_000_000, governance: 1_000_000, window: Duration::from_secs(60) };

pub(crate) struct Scene {
    pub(crate) okta: Okta,
    pub(crate) aws: Account,
    pub(crate) story: Story,
    begun: Instant,
    weather: Weather,
    pub(crate) rights: Rights,
    is_healed: AtomicBool,
    healed: OnceLock<Instant>,
    truth: Mutex<Truth>,
    dice: Mutex<Dice>,
}

impl Scene {
    /// An Okta that nobody has asked yet. Needs a runtime with paused time.
    pub(crate) fn set(mut world: World, weather: Weather, story: Story, dice: Dice) -> Scene {
        world.clock = Clock::given(START.parse().unwrap());
        Scene {
            okta: Okta::new(world),
            aws: Account::default(),
            story,
            begun: Instant::now(),
            weather,
            rights: Rights::default(),
            is_healed: AtomicBool::new(false),
            healed: OnceLock::new(),
            truth: Mutex::default(),
            dice: Mutex::new(dice),
        }
    }

    pub(crate) fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The true time.
    pub(crate) fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }

    pub(crate) fn at(&self, moment: Instant) -> Timestamp {
        let start: Timestamp = START.parse().unwrap();
        start.checked_add(moment - self.begun).unwrap()
    }

    /// When the day began.
    pub(crate) fn at_start(&self) -> Timestamp {
        self.at(self.begun)
    }

    /// How long the day has lasted.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(crate) fn rates(&self) -> Rates {
        if self.is_healed.load(Ordering::Relaxed) {
            Rates::default()
        } else {
            self.weather.at(self.elapsed())
        }
    }

    /// From now on nothing fails, and no limit is in the way.
    pub(crate) fn heal(&self) {
        self.story.tell("weather", || "all faults end".to_owned());
        self.is_healed.store(true, Ordering::Relaxed);
        let _ = self.healed.set(Instant::now());
        self.okta.clear_faults();
        self.okta.with_world(|world| world.limits = NO_LIMITS);
    }

    /// Whether all faults had ended at this moment, so long ago that nothing of them was left.
    pub(crate) fn is_healed_at(&self, moment: Instant) -> bool {
        self.healed.get().is_some_and(|healed| moment > *healed + Duration::from_secs(600))
    }

    /// Notes the message that Okta has just taken, if it took one.
    pub(crate) fn stands(&self, by: Number, id: &str) {
        let mut truth = self.truth();
        for taken in self.okta.messages_after(truth.messages.len()) {
            // A process that is killed just now has not noted what Okta took.
            let sent = |it: &Invocation| it.posts.iter().any(|post| post.id == taken.request_id);
            let sender = truth.invocations.iter().rposition(sent).map(|at| at + 1);
            let by = if taken.request_id == id { by } else { sender.unwrap_or(by) };
            if taken.request_id != id && sender.is_none() {
                truth.breaks(format!("a message for {id} came to stand on {}", taken.request_id));
            }
            let number = truth.messages.len() + 1;
            self.story.tell("Okta", || format!("takes a message on {id}, its {number}. of this day"));
            truth.messages.push(Message {
                id: taken.request_id,
                by,
                text: taken.message,
                at: Instant::now(),
            });
        }
    }

    /// The program writes a log line.
    pub(crate) fn logs(&self, number: Number, process: usize, line: &str) {
        self.story.tell(format!("process {process}"), || format!("logs {line}"));
        let mut truth = self.truth();
        truth.writes_line(line);
        let parsed: Value = serde_json::from_str(line).unwrap_or_default();
        if parsed.is_null() {
            truth.breaks(format!("a log line is not JSON: {line}"));
        }
        truth.of_mut(number).into_iter().for_each(|invocation| invocation.lines.push(parsed.clone()));
    }
}
