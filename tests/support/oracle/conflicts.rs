//! What Okta says about conflicts with its own rules, in an event and in a request.

use serde_json::{Value, json};

use super::dice::Dice;
use super::texts::perhaps;

/// A conflict with one of Okta's rules.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conflict {
    pub(crate) rule: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) app: Option<String>,
}

/// What Okta says about conflicts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Conflicts {
    NotSaid,
    Unreadable,
    Said(Vec<Conflict>),
}

/// As Okta writes them. `rule` is the member with the name of the rule.
pub(crate) fn in_json(list: &[Conflict], rule: &str) -> Value {
    let conflict =
        |it: &Conflict| json!({rule: it.rule, "description": it.description, "resourceName": it.app});
    list.iter().map(conflict).collect()
}

impl Conflicts {
    /// Okta assesses no v1 request, so it tells of none that there are no conflicts.
    pub(crate) fn in_event(is_v2: bool, dice: &mut Dice) -> Conflicts {
        match Conflicts::of_dice(dice) {
            Conflicts::Said(list) if list.is_empty() && !is_v2 => Conflicts::NotSaid,
            said => said,
        }
    }

    pub(crate) fn of_dice(dice: &mut Dice) -> Conflicts {
        let number = match dice.below(20) {
            0..6 => return Conflicts::NotSaid,
            6 => return Conflicts::Unreadable,
            7..15 => 0,
            15..18 => 1,
            18 => 2,
            _ => 8,
        };
        let mut list: Vec<Conflict> = Vec::new();
        for _ in 0..number {
            let conflict =
                Conflict { rule: perhaps(dice, 90), description: perhaps(dice, 70), app: perhaps(dice, 70) };
            let same = |other: &Conflict| other.rule == conflict.rule && other.app == conflict.app;
            // Okta names a conflict once in a list; of rules without a name it may tell several times.
            if conflict.rule.is_none() || !list.iter().any(same) {
                list.push(conflict);
            }
        }
        Conflicts::Said(list)
    }
}
