//! [`Answers`]: what Okta answered to questions of one kind, shared by all who ask the same one.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::okta::OktaError;

/// An answer of Okta that several askers share.
pub type Answer<A> = Arc<Result<A, OktaError>>;

/// The place of an answer: the first asker fills it, the others wait.
pub(super) type Place<A> = Arc<OnceCell<Answer<A>>>;

/// The answers to questions of one kind, by what was asked about.
#[derive(Debug)]
pub(super) struct Answers<Q, A>(Mutex<Vec<(Q, Place<A>)>>);

impl<Q: PartialEq, A> Answers<Q, A> {
    pub(super) const fn new() -> Answers<Q, A> {
        Answers(Mutex::new(Vec::new()))
    }

    /// The answer to `question`. Only the first asker's `call` is sent.
    pub(super) async fn get(
        &self,
        question: Q,
        call: impl Future<Output = Result<A, OktaError>>,
    ) -> Answer<A> {
        let place = self.place_of(&question).unwrap_or_else(|| {
            let place = Arc::default();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((question, Arc::clone(&place)));
            place
        });
        // Boxed, or the compiler copies this future into every caller.
        let answer =
            Box::pin(async move { Arc::clone(place.get_or_init(|| async { Arc::new(call.await) }).await) });
        answer.await
    }

    /// Keeps only answers that are a success.
    pub(super) fn forget_failures(&self) {
        let failed = |place: &Place<A>| place.get().is_some_and(|answer| answer.is_err());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, place)| !failed(place));
    }

    /// The place of the answer; `None` if nobody asked this question.
    pub(super) fn place_of(&self, question: &Q) -> Option<Place<A>> {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.iter().find(|(known, _)| known == question).map(|(_, place)| Arc::clone(place))
    }
}
