//! A [`Case`]: a world, an event, a policy and failures, all from one seed.

use okta_simulator::{Limits, World};

use super::approval::Tasks;
use super::asks::Ask;
use super::dice::Dice;
use super::ends;
use super::failures::Failures;
use super::grants::Grants;
use super::history::Earlier;
use super::labels::Labels;
use super::peers::Peers;
use super::people::People;
use super::rules::Rule;
use super::things::Things;

/// How many policies there are in every [`GROUP`] of worlds: trying out their templates takes longer than a world.
const POLICIES: usize = 100;
/// How many worlds share these policies.
const GROUP: u64 = 2000;

/// Everything that a message is made of.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) people: People,
    pub(crate) things: Things,
    pub(crate) ask: Ask,
    pub(crate) earlier: Earlier,
    pub(crate) grants: Grants,
    pub(crate) labels: Labels,
    pub(crate) tasks: Tasks,
    pub(crate) peers: Peers,
    pub(crate) rule: Rule,
    pub(crate) failures: Failures,
}

impl Case {
    pub(crate) fn of_seed(seed: u64) -> Case {
        Case::of_dice(&mut Dice::of_seed(seed), |ask, dice| {
            let number = u64::try_from(dice.below(POLICIES)).unwrap();
            let policy = seed / GROUP * u64::try_from(POLICIES).unwrap() + number;
            // If event and request differ, it would matter whether the request is read.
            Rule::of_dice(&mut Dice::of_seed(policy), !ask.agrees())
        })
    }

    /// `rule` chooses the policy of this request.
    pub(crate) fn of_dice(dice: &mut Dice, rule: impl FnOnce(&Ask, &mut Dice) -> Rule) -> Case {
        let mut people = People::of_dice(dice);
        let things = Things::of_dice(dice);
        let ask = Ask::of_dice(&things, dice);
        // Both may end on the same day.
        let until = ask.duration.and_then(|(length, _)| ends::until(length));
        if let Some(day) = until.filter(|_| dice.chance(25)) {
            people.end(day);
        }
        let rule = rule(&ask, dice);
        let earlier = Earlier::of_dice(&ask, &things, dice);
        let grants = Grants::of_dice(&ask, dice);
        let labels = Labels::of_dice(dice);
        let tasks = Tasks::of_dice(dice);
        let peers = Peers::of_dice(&people, dice);
        let failures = Failures::of_dice(dice);
        Case { people, things, ask, earlier, grants, labels, tasks, peers, rule, failures }
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
        self.earlier.put_into(&mut world);
        self.grants.put_into(&mut world);
        self.labels.put_into(self, &mut world);
        self.tasks.put_into(&mut world);
        self.peers.put_into(self, &mut world);
        world
    }
}
