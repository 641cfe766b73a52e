//! A [`Case`]: a world, an event, a policy and failures, all from one seed.

use okta_simulator::{Limits, World};

use crate::asks::Ask;
use crate::dice::Dice;
use crate::failures::Failures;
use crate::people::People;
use crate::rules::Rule;
use crate::things::Things;

/// How many different policies with templates of their own there are: trying out a template takes long.
const POLICIES: usize = 400;

/// Everything that a message is made of.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) people: People,
    pub(crate) things: Things,
    pub(crate) ask: Ask,
    pub(crate) rule: Rule,
    pub(crate) failures: Failures,
}

impl Case {
    pub(crate) fn of_seed(seed: u64) -> Case {
        let mut dice = Dice::of_seed(seed);
        let people = People::of_dice(&mut dice);
        let things = Things::of_dice(&mut dice);
        let ask = Ask::of_dice(&things, &mut dice);
        let policy = u64::try_from(dice.below(POLICIES)).unwrap();
        // If event and request differ, it would matter whether the request is read.
        let needs_request = !ask.agrees();
        let rule = Rule::of_dice(&mut Dice::of_seed(policy), needs_request);
        Case { people, things, ask, rule, failures: Failures::of_dice(&mut dice) }
    }

    /// What Okta knows.
    pub(crate) fn world(&self) -> World {
        let mut world = World::default();
        world.limits = Limits { directory: 1_000_000, governance: 1_000_000, ..world.limits };
        for person in self.people.iter() {
            world.insert_user(person.json());
        }
        self.things.put_into(&mut world);
        world.insert_request(self.ask.request());
        world
    }
}
