//! [`Secret`]: where the Okta credential comes from. A secret in Secrets Manager is read once and kept
//! for a while. It is read again when it is old, or when Okta refuses the credential: it may have been rotated.
//! This file does not call Okta.

mod error;
#[cfg_attr(not(feature = "aws"), path = "secret/no_secrets_manager.rs")]
mod secrets_manager;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

pub use self::error::SecretError;
use self::secrets_manager::SecretsManager;
use crate::credential::Credential;
use crate::deadline::Deadline;

/// How long a credential is used before it is read again. Within this time a rotation takes effect even if
/// the old token stays valid.
const MAX_AGE: Duration = Duration::from_mins(15);

/// How long an old credential is used if reading it again failed, before the next attempt to read it.
const AFTER_FAILURE: Duration = Duration::from_mins(1);

/// How long the secret is not read again after Okta refused a credential that was just read. The other calls
/// of the invocation would read the same.
const REFUSAL_MEMORY: Duration = Duration::from_secs(10);

/// How long a read may take, with the SDK's own retries. Secrets Manager answers in milliseconds.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// A credential in use, and what is known of its age.
#[derive(Clone, Debug)]
pub struct HeldCredential {
    /// The credential.
    pub credential: Arc<Credential>,
    /// A hash of the secret's text. Another version of the secret has another hash. Its seed is this
    /// process's.
    pub(crate) version: u64,
    read: Instant,
    /// When the secret is read again even if Okta accepts the credential.
    renew_at: Instant,
    /// Whether it was read because Okta had refused the one before.
    after_refusal: bool,
    /// Whether Okta has accepted it.
    accepted: Arc<AtomicBool>,
}

impl HeldCredential {
    fn new(credential: Credential, version: u64, read: Instant) -> HeldCredential {
        let renew_at = read + MAX_AGE;
        HeldCredential {
            credential: Arc::new(credential),
            version,
            read,
            renew_at,
            after_refusal: false,
            accepted: Arc::default(),
        }
    }

    /// This credential, if it is another version of the secret than `refused`.
    fn unlike(&self, refused: &HeldCredential) -> Option<HeldCredential> {
        (self.version != refused.version).then(|| self.clone())
    }

    /// Notes that Okta accepted it: if it is refused later, it has changed in the meantime.
    pub(crate) fn accept(&self) {
        self.accepted.store(true, Ordering::Relaxed);
    }
}

/// Where the credential is read.
#[derive(Debug)]
enum Source {
    SecretsManager(SecretsManager),
    /// An operator gave it; it can't change.
    Given(HeldCredential),
}

/// The credential's source, and the credential that was last read there.
#[derive(Debug)]
pub struct Secret {
    source: Source,
    held: Mutex<Option<HeldCredential>>,
    hashes: RandomState,
}

impl Secret {
    /// A secret in Secrets Manager; `id` is its name or ARN. Nothing is read yet.
    #[cfg(feature = "aws")]
    #[must_use]
    pub fn in_secrets_manager(client: aws_sdk_secretsmanager::Client, id: String) -> Secret {
        Secret {
            source: Source::SecretsManager(SecretsManager { client, id }),
            held: Mutex::default(),
            hashes: RandomState::new(),
        }
    }

    /// A credential that is already known.
    #[must_use]
    pub fn given(credential: Credential) -> Secret {
        let held = HeldCredential::new(credential, 0, Instant::now());
        Secret { source: Source::Given(held), held: Mutex::default(), hashes: RandomState::new() }
    }

    /// The credential. It is read if there is none yet, or if it is 15 minutes old; concurrent callers share
    /// one read that succeeds. If an old one can't be read again, it stays in use: Okta decides whether it is still valid.
    pub async fn get(&self, deadline: Deadline) -> Result<HeldCredential, SecretError> {
        let mut held = self.held.lock().await;
        match &*held {
            Some(known) if Instant::now() < known.renew_at => Ok(known.clone()),
            Some(known) => Ok(match self.read(deadline).await {
                Ok(fresh) => held.insert(fresh).clone(),
                Err(error) => {
                    tracing::warn!(%error, remedy = error.remedy(), "the credential in use is kept");
                    let kept = HeldCredential { renew_at: Instant::now() + AFTER_FAILURE, ..known.clone() };
                    held.insert(kept).clone()
                }
            }),
            None => Ok(held.insert(self.read(deadline).await?).clone()),
        }
    }

    /// The credential to try after Okta refused `refused`: a newer one that another caller has read, else one
    /// that is read now. `None` if it has not changed: Okta would refuse it again.
    pub async fn after_refusal(
        &self,
        refused: &HeldCredential,
        deadline: Deadline,
    ) -> Result<Option<HeldCredential>, SecretError> {
        if matches!(self.source, Source::Given(_)) {
            return Ok(None);
        }
        let mut held = self.held.lock().await;
        match &*held {
            Some(newer) if newer.read > refused.read => Ok(newer.unlike(refused)),
            Some(known)
                if known.after_refusal
                    && !known.accepted.load(Ordering::Relaxed)
                    && known.read.elapsed() < REFUSAL_MEMORY =>
            {
                Ok(None)
            }
            _ => {
                let fresh = HeldCredential { after_refusal: true, ..self.read(deadline).await? };
                Ok(held.insert(fresh).unlike(refused))
            }
        }
    }

    async fn read(&self, deadline: Deadline) -> Result<HeldCredential, SecretError> {
        let secret = match &self.source {
            Source::Given(held) => return Ok(held.clone()),
            Source::SecretsManager(secret) => secret,
        };
        let read = Instant::now();
        let text = secret.text(READ_TIMEOUT.min(deadline.remaining())).await?;
        let malformed = |cause| SecretError::Malformed { id: secret.id().to_owned(), cause };
        let credential = Credential::parse(&text).map_err(malformed)?;
        Ok(HeldCredential::new(credential, self.hashes.hash_one(text.as_str()), read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_not_in_its_debug_form() {
        assert!(!format!("{:?}", Secret::given(Credential::parse("hunter2").unwrap())).contains("hunter2"));
    }
}
