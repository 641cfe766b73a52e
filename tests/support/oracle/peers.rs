//! Colleagues with the same manager, and which of them have what is asked for.

use okta_simulator::World;
use serde_json::json;

use super::asked::AskedFor;
use super::case::Case;
use super::dice::Dice;
use super::failures::Call;
use super::people::{People, SUBJECT, colleague};
use super::things::Kind;

/// The colleagues who have it.
#[derive(Clone, Debug)]
pub(crate) struct Peers(Vec<usize>);

impl Peers {
    pub(crate) fn of_dice(people: &People, dice: &mut Dice) -> Peers {
        let all: Vec<usize> = (0..people.colleagues).collect();
        Peers(dice.some(&all, 40))
    }

    pub(crate) fn put_into(&self, case: &Case, world: &mut World) {
        let shows_peers = |shows: &super::rules::Shows| shows.shows("peers");
        if !shows_peers(&case.rule.own) && !case.rule.strangers().as_ref().is_some_and(shows_peers) {
            return;
        }
        for user in case.people.colleagues() {
            world.insert_user(user);
        }
        let Some(exactly) = case.ask.scope.as_ref().or(case.ask.resource.as_ref()) else { return };
        for id in self.0.iter().map(|number| colleague(*number)) {
            world.memberships.insert(id.clone(), vec![exactly.id.clone()]);
            world.app_links.insert(id, vec![json!({"appInstanceId": exactly.id})]);
        }
    }
}

/// The line; `None` if it would say nothing, or too much.
pub(crate) fn told(case: &Case, subject: &str) -> Option<String> {
    let manager = case.people.by_id(subject)?.manager_id.as_deref().filter(|text| !text.trim().is_empty())?;
    let own = case.people.by_id(SUBJECT)?;
    // The colleagues are those of one person alone.
    if subject != SUBJECT || own.manager_id.as_deref() != Some(manager) {
        return None;
    }
    let asked = AskedFor::of(case);
    let call = match asked.exactly()?.kind {
        Kind::Group => Call::GroupUsers,
        Kind::App => Call::AppUsers,
        _ => return None,
    };
    if case.failures.of(Call::Search).is_some() || case.failures.of(call).is_some() {
        return None;
    }
    let others = case.people.colleagues.saturating_sub(case.people.inactive);
    let is_counted = |number: &&usize| **number >= case.people.inactive;
    let with = case.peers.0.iter().filter(is_counted).count();
    (5..=25).contains(&others).then(|| format!("Same manager: {with} of {others} others have this"))
}
