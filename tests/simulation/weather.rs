//! [`Weather`]: when which service fails, and how often. A seed's day has calm times, drizzle, storms and outages.

use std::time::Duration;

use super::oracle::dice::Dice;

/// How many of 100 calls of each service fail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    pub(crate) reads: usize,
    pub(crate) posts: usize,
    pub(crate) tokens: usize,
    pub(crate) table: usize,
    pub(crate) secret: usize,
    pub(crate) bus: usize,
    /// Okta is in read-only mode: it takes no post.
    pub(crate) is_read_only: bool,
    /// Okta's answers take this much longer.
    pub(crate) slow: Duration,
    /// How many of 1000 invocations are killed, and how many are frozen.
    pub(crate) kills: usize,
    pub(crate) freezes: usize,
}

/// Which lists of requests Okta shows to the credential.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rights {
    /// That of the newer generation from this time after the beginning on: an admin grants the role late.
    pub(crate) newer_from: Duration,
    /// Never that of the older generation.
    pub(crate) lacks_older: bool,
}

impl Rights {
    pub(crate) fn of_dice(length: Duration, dice: &mut Dice) -> Rights {
        let late = dice.chance(15);
        let newer_from = Duration::from_secs(dice.below(length.as_secs() as usize) as u64);
        Rights {
            newer_from: if late { newer_from } else { Duration::ZERO },
            lacks_older: !late && dice.chance(15),
        }
    }
}

/// The rates, each until a moment after the beginning.
#[derive(Clone, Debug)]
pub(crate) struct Weather(Vec<(Duration, Rates)>);

impl Weather {
    /// Nothing ever fails.
    pub(crate) fn fair() -> Weather {
        Weather(Vec::new())
    }

    /// Every answer of Okta takes this much longer; else nothing fails.
    pub(crate) fn slow(slow: Duration) -> Weather {
        Weather(vec![(Duration::MAX, Rates { slow, ..Rates::default() })])
    }

    pub(crate) fn of_dice(length: Duration, dice: &mut Dice) -> Weather {
        let mut periods = Vec::new();
        let mut until = Duration::ZERO;
        while until < length {
            until += Duration::from_secs(60 * (1 + dice.below(20)) as u64);
            periods.push((until, Rates::of_dice(dice)));
        }
        Weather(periods)
    }

    /// The rates at this time since the beginning; after the last period nothing fails.
    pub(crate) fn at(&self, time: Duration) -> Rates {
        self.0.iter().find(|(until, _)| time < *until).map(|(_, rates)| *rates).unwrap_or_default()
    }
}

impl Rates {
    fn of_dice(dice: &mut Dice) -> Rates {
        let calm = Rates { kills: 5, freezes: 5, ..Rates::default() };
        let all = |rate, calm: Rates| Rates {
            reads: rate,
            posts: rate,
            tokens: rate,
            table: rate,
            secret: rate,
            bus: rate,
            kills: 10 * rate,
            freezes: 10 * rate,
            ..calm
        };
        let high = dice.of(&[40, 90, 100]);
        match dice.below(20) {
            0..5 => calm,
            5..9 => all(2, calm),
            9..11 => all(15, calm),
            11 if dice.chance(40) => Rates { is_read_only: true, ..calm },
            11 => Rates { posts: high, ..calm },
            12 => Rates { posts: high, reads: 3, kills: 100, ..calm },
            13 => Rates { reads: high, posts: high, tokens: high, ..calm },
            14 => Rates { reads: dice.of(&[20, 50]), ..calm },
            15 | 16 => Rates { table: high, ..calm },
            17 => Rates { secret: high, tokens: dice.of(&[0, high]), ..calm },
            18 => Rates { bus: high, table: dice.of(&[0, 20]), kills: 200, freezes: 100, ..calm },
            _ => Rates { slow: Duration::from_millis(dice.of(&[500, 1500, 4000])), freezes: 100, ..calm },
        }
    }
}
