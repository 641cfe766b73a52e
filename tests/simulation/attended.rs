//! [`Attended`]: a process at work on an invocation, which may be killed at any await point, frozen for a while, or
//! stopped by Lambda's time limit. Whoever is killed is dropped as it stands: nothing of it runs any more.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::oracle::dice::Dice;
use super::weather::Rates;

/// What disturbs the process. The numbers count how often it was woken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plan {
    /// Killed in place of this waking.
    pub(crate) kill: Option<u32>,
    /// Frozen in place of this waking, for this long: its world goes on without it.
    pub(crate) freeze: Option<(u32, Duration)>,
}

impl Plan {
    /// Most work is not disturbed.
    pub(crate) fn of_dice(rates: Rates, dice: &mut Dice) -> Plan {
        let moment = |dice: &mut Dice| {
            let range = dice.of(&[10, 40, 120]);
            1 + u32::try_from(dice.below(range)).unwrap()
        };
        let kill = (dice.below(1000) < rates.kills).then(|| moment(dice));
        let freeze = (dice.below(1000) < rates.freezes).then(|| {
            let seconds = dice.of(&[1, 5, 20, 60, 100, 100]);
            (moment(dice), Duration::from_secs(seconds))
        });
        Plan { kill, freeze }
    }
}

/// How the work ended.
pub(crate) enum Ended<T> {
    Finished(T),
    Killed,
    OutOfTime,
    /// A panic came through, which the program must catch.
    Panicked,
}

pub(crate) struct Attended<F> {
    work: Option<Pin<Box<F>>>,
    plan: Plan,
    woken: u32,
    frozen: Option<Pin<Box<Sleep>>>,
    limit: Pin<Box<Sleep>>,
}

impl<F: Future> Attended<F> {
    pub(crate) fn new(work: F, plan: Plan, limit: Instant) -> Attended<F> {
        let limit = Box::pin(sleep_until(limit));
        Attended { work: Some(Box::pin(work)), plan, woken: 0, frozen: None, limit }
    }
}

impl<F: Future> Future for Attended<F> {
    type Output = Ended<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<F::Output>> {
        let this = &mut *self;
        if this.limit.as_mut().poll(cx).is_ready() {
            this.work = None;
            return Poll::Ready(Ended::OutOfTime);
        }
        if let Some(frozen) = &mut this.frozen {
            if frozen.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            this.frozen = None;
        }
        this.woken += 1;
        if this.plan.kill == Some(this.woken) {
            this.work = None;
            return Poll::Ready(Ended::Killed);
        }
        if let Some((at, time)) = this.plan.freeze
            && at == this.woken
        {
            let mut frozen = Box::pin(sleep(time));
            let _ = frozen.as_mut().poll(cx);
            this.frozen = Some(frozen);
            return Poll::Pending;
        }
        let Some(work) = &mut this.work else { return Poll::Ready(Ended::Killed) };
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(answer)) => Poll::Ready(Ended::Finished(answer)),
            Err(_) => {
                this.work = None;
                Poll::Ready(Ended::Panicked)
            }
        }
    }
}
