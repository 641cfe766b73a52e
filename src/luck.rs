//! [`Luck`]: the random numbers of a process, for ids and for pauses. They are given, so that a whole run can
//! be played again from its seed. Keys and signatures do not come from here: ring takes the system's random
//! numbers for them.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};

/// Where random numbers come from. Clones share it.
#[derive(Clone, Debug)]
pub enum Luck {
    /// The system.
    System,
    /// A sequence that depends on its seed alone.
    Seeded(Arc<Mutex<fastrand::Rng>>),
}

/// The system has no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random numbers")]
pub struct NoRandomness;

impl Luck {
    /// The sequence of this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Luck {
        Luck::Seeded(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    /// A random identifier of 128 bits, in base64url.
    ///
    /// # Errors
    ///
    /// Fails if the system has no random numbers.
    pub fn id(&self) -> Result<String, NoRandomness> {
        let mut bytes = [0; 16];
        self.fill(&mut bytes)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A random number for the length of a pause. It need not be a secret: without random numbers it is 0.
    #[must_use]
    pub fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes).map_or(0, |()| u64::from_le_bytes(bytes))
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        match self {
            Luck::System => SystemRandom::new().fill(bytes).map_err(|_| NoRandomness),
            Luck::Seeded(sequence) => {
                sequence.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_ids_again_and_the_system_gives_new_ones() {
        let ids = |luck: Luck| [luck.id().unwrap(), luck.id().unwrap()];
        assert_eq!(ids(Luck::seeded(7)), ids(Luck::seeded(7)));
        assert_ne!(ids(Luck::seeded(7)), ids(Luck::seeded(8)));
        let [one, other] = ids(Luck::System);
        assert_ne!(one, other);
    }
}
