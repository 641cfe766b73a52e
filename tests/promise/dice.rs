//! Random numbers that a seed repeats, and settings of a longer run.

/// A generator of numbers, repeatable by its seed (`SplitMix64`).
pub(crate) struct Dice(u64);

impl Dice {
    /// Of `PROMISE_SEED`, or of the clock; printed, to be repeated.
    pub(crate) fn new() -> Dice {
        let seed =
            setting("PROMISE_SEED", u64::from(jiff::Timestamp::now().subsec_nanosecond().unsigned_abs()));
        println!("PROMISE_SEED={seed}");
        Dice(seed)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

pub(crate) fn setting<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
