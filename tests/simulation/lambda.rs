//! [`Lambda`]: asynchronous invocations as AWS makes them. A failed one is tried again after one minute and after two
//! more, with the same request id; then its event is a dead letter with the last reason. Events wait for a free process
//! without spending an attempt, for six hours at most. (Lambda guide, "Asynchronous invocation" and "Error handling
//! for asynchronous invocations".)

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use okta_request_enricher::config::Config;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::handler::Invocation as Given;
use tokio::time::{Instant, sleep, sleep_until};

use super::attended::{Attended, Ended, Plan};
use super::invocation::{End, Invocation, Number};
use super::oracle::dice::Dice;
use super::process::Process;
use super::scene::Scene;

/// How old an event may become in the queue.
const LONGEST_WAIT: Duration = Duration::from_secs(21_600);

/// When every event has long had its end.
const LONGEST_DAY: Duration = Duration::from_secs(15 * 3600);

/// What an event is, for those who judge what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matter {
    /// The request of this household.
    Request(usize),
    /// Nothing that leads to a message.
    Nothing,
    Housekeeping,
}

/// An event on its way through Lambda's queue.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) matter: Matter,
    pub(crate) payload: String,
    pub(crate) request_id: String,
    /// An operator insists on a message.
    pub(crate) insists: bool,
    pub(crate) attempts: Vec<Number>,
    pub(crate) sent: Instant,
    pub(crate) fate: Option<Fate>,
}

/// How a delivery ended.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Answered,
    /// A dead letter: Lambda's or the program's reason. An operator takes each once.
    Letter {
        reason: String,
        is_taken: bool,
    },
}

pub(crate) struct Lambda {
    pub(crate) scene: Arc<Scene>,
    pub(crate) config: Config,
    /// How many invocations may run at the same time; `None`: as many as there are events.
    pub(crate) concurrency: Option<usize>,
    pub(crate) time_limit: Cell<Duration>,
    pub(crate) deliveries: RefCell<Vec<Delivery>>,
    pub(crate) idle: RefCell<Vec<Rc<Process>>>,
    running: Cell<usize>,
    /// Deliveries on their way.
    pub(crate) under_way: Cell<usize>,
    processes: Cell<usize>,
    dice: RefCell<Dice>,
    seed: u64,
}

impl Lambda {
    pub(crate) fn new(
        scene: Arc<Scene>,
        config: Config,
        concurrency: Option<usize>,
        time_limit: Duration,
        seed: u64,
    ) -> Rc<Lambda> {
        Rc::new(Lambda {
            scene,
            config,
            concurrency,
            time_limit: Cell::new(time_limit),
            deliveries: RefCell::default(),
            idle: RefCell::default(),
            running: Cell::new(0),
            under_way: Cell::new(0),
            processes: Cell::new(0),
            dice: RefCell::new(Dice::of_seed(seed ^ 0x001a_3bda)),
            seed,
        })
    }

    /// Takes an event into the queue; its number.
    pub(crate) fn take(self: &Rc<Self>, matter: Matter, payload: String, insists: bool) -> usize {
        let number = self.deliveries.borrow().len();
        let request_id = format!("5d3a0000-0000-4000-8000-{number:012}");
        self.queue(Delivery {
            matter,
            payload,
            request_id,
            insists,
            attempts: Vec::new(),
            sent: Instant::now(),
            fate: None,
        })
    }

    /// Takes the event of this delivery once more at the same moment, as the same delivery: Lambda's queue may do so.
    pub(crate) fn take_twice(self: &Rc<Self>, number: usize) {
        let twin = self.deliveries.borrow()[number].clone();
        self.queue(Delivery { attempts: Vec::new(), fate: None, ..twin });
    }

    fn queue(self: &Rc<Self>, delivery: Delivery) -> usize {
        self.scene.story.tell("Lambda", || {
            let Delivery { matter, request_id, insists, .. } = &delivery;
            let insists = if *insists { ", as an operator insists" } else { "" };
            format!("takes an event of {matter:?} as {request_id}{insists}")
        });
        let number = self.deliveries.borrow().len();
        self.deliveries.borrow_mut().push(delivery);
        self.under_way.set(self.under_way.get() + 1);
        let lambda = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let fate = lambda.deliver(number).await;
            lambda.scene.story.tell("Lambda", || format!("ends delivery {number}: {fate:?}"));
            lambda.deliveries.borrow_mut()[number].fate = Some(fate);
            lambda.under_way.set(lambda.under_way.get() - 1);
        });
        number
    }

    /// Waits until every event has its end.
    pub(crate) async fn rest(&self) {
        while self.under_way.get() > 0 {
            if self.scene.elapsed() > LONGEST_DAY {
                self.scene.truth().breaks("some deliveries never end".to_owned());
                return;
            }
            sleep(Duration::from_secs(5)).await;
        }
    }

    async fn deliver(self: &Rc<Self>, number: usize) -> Fate {
        let sent = self.deliveries.borrow()[number].sent;
        let mut reason = String::new();
        for attempt in 0..3u64 {
            if attempt > 0 {
                let jitter = self.dice.borrow_mut().below(5000) as u64;
                sleep(Duration::from_secs(60 * attempt) + Duration::from_millis(jitter)).await;
            }
            if !self.find_room(sent).await {
                return Fate::Letter { reason: "the event was too old".to_owned(), is_taken: false };
            }
            let process = self.process().await;
            let end = self.invoke(&process, number).await;
            self.running.set(self.running.get() - 1);
            match end {
                Ok(()) => return Fate::Answered,
                Err(why) => reason = why,
            }
        }
        Fate::Letter { reason, is_taken: false }
    }

    /// Waits for a free place. Lambda tries again after one second, and then less and less often.
    async fn find_room(&self, sent: Instant) -> bool {
        let mut pause = Duration::from_secs(1);
        while self.concurrency.is_some_and(|limit| self.running.get() >= limit) {
            if sent.elapsed() > LONGEST_WAIT {
                return false;
            }
            let jitter = self.dice.borrow_mut().below(1000) as u64;
            sleep(pause + Duration::from_millis(jitter)).await;
            pause = (pause * 2).min(Duration::from_secs(300));
        }
        self.running.set(self.running.get() + 1);
        true
    }

    /// An idle process, or a new one. Now and then Lambda takes an idle one away.
    async fn process(&self) -> Rc<Process> {
        let mut dice = self.dice.borrow_mut();
        if dice.chance(3) {
            self.idle.borrow_mut().pop();
        }
        if let Some(process) = self.idle.borrow_mut().pop() {
            return process;
        }
        let number = self.processes.get() + 1;
        self.processes.set(number);
        // Most clocks are right.
        let ahead = if dice.chance(50) { i64::try_from(dice.below(4001)).unwrap() - 2000 } else { 0 };
        drop(dice);
        let luck = self.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        Rc::new(Process::start(&self.scene, self.config.clone(), number, ahead, luck).await)
    }

    /// One attempt; why it failed.
    pub(crate) async fn invoke(
        self: &Rc<Self>,
        process: &Rc<Process>,
        delivery: usize,
    ) -> Result<(), String> {
        let Delivery { matter, payload, request_id, insists, .. } =
            self.deliveries.borrow()[delivery].clone();
        let plan = Plan::of_dice(self.scene.rates(), &mut self.dice.borrow_mut());
        let limit = Instant::now() + self.time_limit.get();
        let number = self.scene.truth().begin(Invocation {
            is_housekeeping: matter == Matter::Housekeeping,
            insists,
            frozen: plan.freeze.is_some(),
            ..Invocation::of(process, &request_id, self.time_limit.get())
        });
        self.deliveries.borrow_mut()[delivery].attempts.push(number);
        self.scene.story.tell(format!("process {}", process.number), || {
            format!("begins invocation {number} of delivery {delivery} ({matter:?}, {request_id}) {plan:?}")
        });
        let is_long = plan.freeze.is_some_and(|(_, time)| time >= Duration::from_secs(60));
        self.plan_copy(number, delivery, limit, if is_long { 100 } else { 30 });
        process.works_on(number);
        let given = Given {
            request_id: &request_id,
            account: Some("999999999999"),
            deadline: Deadline::of_invocation(process.deadline_ms(self.time_limit.get()), process.clock),
        };
        let ended = Attended::new(process.enricher.handle(payload.as_bytes(), given), plan, limit).await;
        let end = match ended {
            Ended::Finished(attempt) => match attempt.answer(process.enricher.deployment()) {
                Ok(answer) => End::Answered(answer),
                Err(error) => End::Failed { class: error.class().to_string(), message: error.message() },
            },
            Ended::Killed => End::Killed,
            Ended::OutOfTime => End::OutOfTime,
            Ended::Panicked => {
                self.scene.truth().breaks(format!("a panic came through in invocation {number}"));
                End::Killed
            }
        };
        process.works_on(0);
        self.scene
            .story
            .tell(format!("process {}", process.number), || format!("ends invocation {number}: {end:?}"));
        let mut truth = self.scene.truth();
        let result = match &end {
            End::Answered(answer) => {
                truth.writes_line(&answer.to_string());
                Ok(())
            }
            End::Failed { class, message } => {
                truth.writes_line(message);
                Err(format!("{class}: {message}"))
            }
            End::Killed => Err("Runtime.ExitError: the process ended".to_owned()),
            End::OutOfTime => Err("Sandbox.Timedout: the time is over".to_owned()),
        };
        let is_alive = matches!(end, End::Answered(_) | End::Failed { .. });
        truth.of_mut(number).into_iter().for_each(|invocation| {
            invocation.ended = Some(end.clone());
            invocation.ended_at = Some(Instant::now());
        });
        drop(truth);
        if is_alive {
            self.idle.borrow_mut().push(Rc::clone(process));
        }
        result
    }

    /// Sometimes a copy of the event comes when this attempt's time is nearly over, if it is still at work then.
    fn plan_copy(self: &Rc<Self>, number: Number, delivery: usize, limit: Instant, percent: usize) {
        let mut dice = self.dice.borrow_mut();
        let before = Duration::from_millis(dice.below(9000) as u64);
        if !dice.chance(percent) {
            return;
        }
        let lambda = Rc::clone(self);
        tokio::task::spawn_local(async move {
            sleep_until(limit + Duration::from_secs(2) - before).await;
            let ended = lambda.scene.truth().of(number).and_then(|it| it.ended_at);
            let is_recent = ended.is_none_or(|ended| ended.elapsed() < Duration::from_secs(4));
            let Delivery { matter, payload, insists, .. } = lambda.deliveries.borrow()[delivery].clone();
            if is_recent && !insists && matches!(matter, Matter::Request(_)) {
                lambda.take(matter, payload, false);
            }
        });
    }
}
