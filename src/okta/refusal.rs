//! [`Refusal`]: what one attempt knows of a credential that Okta refuses. Many calls of an attempt are in
//! flight at once, and Okta refuses all of them. One of them tries the renewed credential, and the others
//! wait for the result. If Okta refuses that one, too, every later call fails before it is sent.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::endpoint::Endpoint;
use super::error::OktaError;

/// The refusal that an attempt has met, if it has.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    known: Mutex<Known>,
    /// Held by the call that tries the renewed credential.
    trial: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    /// Okta accepted the credential for a call of this attempt. So a later 401 is about a single call, not
    /// about the credential.
    accepted: bool,
    /// Okta refuses the credential for good.
    lasting: Option<OktaError>,
    /// The calls that were refused once.
    refused: Vec<Endpoint>,
}

/// The right to try the renewed credential; other calls wait until it is dropped.
pub(super) type Trial<'a> = tokio::sync::MutexGuard<'a, ()>;

impl Refusal {
    /// Fails if the credential is refused for good.
    pub(super) fn check(&self) -> Result<(), OktaError> {
        self.known().lasting.clone().map_or(Ok(()), Err)
    }

    /// Whether Okta has accepted the credential in this attempt.
    pub(super) fn is_accepted(&self) -> bool {
        self.known().accepted
    }

    /// Notes that Okta accepted the credential.
    pub(super) fn accepted(&self) {
        let mut known = self.known();
        known.accepted = true;
        known.lasting = None;
    }

    /// Notes what the token endpoint says of the app: it holds for every call.
    pub(super) fn lasts(&self, error: &OktaError) {
        self.known().lasting.get_or_insert_with(|| error.clone());
    }

    /// Notes a 401 to the renewed credential. It is about the credential only if no call was accepted.
    pub(super) fn refused_again(&self, error: &OktaError) {
        let mut known = self.known();
        if !known.accepted {
            known.lasting.get_or_insert_with(|| error.clone());
        }
    }

    /// After the first 401 of a call: waits until it is clear whether the renewed credential is accepted, or
    /// returns the right to find that out. `None`: it is accepted. The error: it is refused for good.
    pub(super) async fn trial(&self, endpoint: Endpoint) -> Result<Option<Trial<'_>>, OktaError> {
        self.known().refused.push(endpoint);
        let mut trial = self.trial.lock().await;
        // This endpoint has refused two calls already: a waiting call to another endpoint goes first.
        if self.has_better_witness(endpoint) {
            drop(trial);
            trial = self.trial.lock().await;
        }
        self.check()?;
        Ok((!self.known().accepted).then_some(trial))
    }

    /// Whether this endpoint has refused two calls, and another one a single call, which waits for its turn.
    fn has_better_witness(&self, endpoint: Endpoint) -> bool {
        let known = self.known();
        let count = |endpoint| known.refused.iter().filter(|refused| **refused == endpoint).count();
        count(endpoint) > 1 && known.refused.iter().any(|other| count(*other) == 1)
    }

    /// A panic elsewhere leaves this whole: no change is made in parts.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
