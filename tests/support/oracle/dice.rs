//! [`Dice`]: numbers that a seed repeats.

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// A generator of choices, the same for the same seed.
pub(crate) struct Dice(TestRng);

impl Dice {
    pub(crate) fn of_seed(seed: u64) -> Dice {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Dice(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    /// Less than `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.next_u64() % u64::try_from(limit).unwrap()).unwrap()
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// Some of these, in any order.
    pub(crate) fn some<T: Clone>(&mut self, choices: &[T], percent: usize) -> Vec<T> {
        let mut chosen: Vec<T> = choices.iter().filter(|_| self.chance(percent)).cloned().collect();
        for at in (1..chosen.len()).rev() {
            let other = self.below(at + 1);
            chosen.swap(at, other);
        }
        chosen
    }
}
