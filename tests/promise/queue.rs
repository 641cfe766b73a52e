//! Lambda's queue for asynchronous events, with its retries and dead letters.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use okta_simulator::doubles::{Answer, InvokeOptions, Lambda, Stage, event, published};

use crate::as_lambda;

/// Lambda's queue for asynchronous events: as many at a time as there are processes, each event up to three
/// times under one request id, then a dead letter. Waiting for a free process spends no attempt.
#[derive(Default)]
pub(crate) struct Queue {
    pub(crate) waiting: Mutex<VecDeque<Queued>>,
    pub(crate) ended: Mutex<Vec<Queued>>,
    /// Events that are waiting or at work.
    pub(crate) left: AtomicUsize,
    /// Attempts so far.
    pub(crate) begun: AtomicUsize,
}

pub(crate) struct Queued {
    pub(crate) payload: String,
    pub(crate) request: String,
    pub(crate) request_id: String,
    /// How the attempts so far ended.
    pub(crate) attempts: Vec<Answer>,
    /// After so many of them it is a dead letter.
    pub(crate) limit: usize,
}

impl Queued {
    pub(crate) fn last(&self) -> &Answer {
        self.attempts.last().expect("it was tried")
    }

    pub(crate) fn succeeded(&self) -> bool {
        matches!(self.last(), Answer::Response(_))
    }

    /// Whether an attempt ended without knowing whether its post arrived.
    pub(crate) fn doubts(&self) -> usize {
        let unknown = |answer: &&Answer| match answer {
            Answer::Response(_) => false,
            Answer::Error { error_message, .. } => error_message.contains("whether it arrived is not known"),
            Answer::InitError(_) | Answer::Exited(_) => true,
        };
        self.attempts.iter().filter(unknown).count()
    }
}

impl Queue {
    /// `count` events, each about a request of its own that was made just now.
    pub(crate) fn of(stage: &Stage, count: usize) -> Queue {
        let queue = Queue::default();
        let sample = published(&event("v2"), jiff::Timestamp::now());
        // The id of number 0 is the one that the program takes for no request's.
        for number in 1..=count {
            let payload = stage.okta.with_world(|world| world.another_request(&sample, number));
            queue.add(Queued {
                payload,
                request: format!("req{number:017}"),
                request_id: format!("lambda-{number}"),
                attempts: Vec::new(),
                limit: 0,
            });
        }
        queue
    }

    pub(crate) fn add(&self, event: Queued) {
        let limit = event.attempts.len() + 3;
        self.waiting.lock().unwrap().push_back(Queued { limit, ..event });
        self.left.fetch_add(1, Ordering::SeqCst);
    }

    /// Serves events with one process, and with another when that one ends.
    pub(crate) async fn serve(&self, stage: &Stage, seat: &Mutex<Option<Arc<Lambda>>>, time_limit: Duration) {
        while self.left.load(Ordering::SeqCst) > 0 {
            let Some(mut event) = self.waiting.lock().unwrap().pop_front() else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let process = Arc::clone(seat.lock().unwrap().get_or_insert_with(|| Arc::new(stage.spawn())));
            let options = InvokeOptions { time_limit, ..as_lambda(&event.request_id) };
            self.begun.fetch_add(1, Ordering::SeqCst);
            let answer = process.invoke_with(event.payload.clone(), options).await;
            if matches!(answer, Answer::Exited(_)) {
                *seat.lock().unwrap() = None;
            }
            event.attempts.push(answer);
            if event.succeeded() || event.attempts.len() == event.limit {
                self.ended.lock().unwrap().push(event);
                self.left.fetch_sub(1, Ordering::SeqCst);
            } else {
                self.waiting.lock().unwrap().push_back(event);
            }
        }
    }

    /// Asserts that no dead letter is without its reason and that every request has as many messages as it
    /// may have; the dead letters.
    pub(crate) fn judge(self, stage: &Stage) -> Vec<Queued> {
        let messages = stage.messages();
        let mut dead_letters = Vec::new();
        for event in self.ended.into_inner().unwrap() {
            let count = messages.get(&event.request).copied().unwrap_or(0);
            let told = format!("{} messages on {}: {:?}", count, event.request, event.attempts);
            match event.last() {
                Answer::Response(answer) => {
                    assert!(answer["outcome"] == "posted" || answer["outcome"] == "duplicate", "{told}");
                    assert!(count >= 1, "{told}");
                }
                Answer::Error { error_message, .. } => {
                    assert!(
                        error_message.starts_with("failed to ")
                            || error_message.contains("may already stand")
                            // A killed attempt's claim outlives the three attempts, which come at once here.
                            || error_message.contains("another attempt is on the request"),
                        "{told}"
                    );
                }
                // Lambda's own reason: the process ended.
                Answer::InitError(_) | Answer::Exited(_) => {}
            }
            assert!(count <= 1 || (count == 2 && event.doubts() >= 1), "{told}");
            if !event.succeeded() {
                dead_letters.push(event);
            }
        }
        dead_letters
    }
}
