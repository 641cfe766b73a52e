//! Events that name one request by another's id. Whoever may invoke the function can write them. They tell of a request
//! that waits for its message, and name it by an older id that belongs to somebody else. If the program believed that
//! the two ids are one request, the message of one of them would count for both, and the other would get none.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::day::{Day, LATER};
use super::household::Household;
use super::lambda::Matter;
use super::oracle::dice::Dice;

impl Day {
    pub(super) fn plan_forgeries(self: &Rc<Self>) {
        let mut dice = Dice::of_seed(self.seed ^ 0xf04e);
        for household in &self.households[..self.households.len() - LATER] {
            let is_lost = self.lost.borrow().contains(&household.number);
            let Some(event) = self.forged(household, &mut dice).filter(|_| !is_lost && dice.chance(70))
            else {
                continue;
            };
            // Before the event that Okta sends, or much later.
            let millis = if dice.chance(60) { 60 + dice.below(100) } else { dice.below(3_600_000) };
            let at = self.moment(household.raised) + Duration::from_millis(millis as u64);
            let number = household.number;
            self.at(at, move |day| day.forge(number, event));
        }
    }

    /// Without Okta's list nothing proves which request an event means, and the id that it names is taken.
    fn forge(self: &Rc<Self>, number: usize, event: Value) {
        let is_shown = self.scene.truth().raised.contains_key(&self.households[number].id);
        if is_shown && self.scene.elapsed() > self.scene.rights.newer_from {
            self.scene.story.tell("forger", || format!("writes an event about request {number}: {event}"));
            self.lambda.take(Matter::Request(number), event.to_string(), false);
        }
    }

    /// An event about this household's request with the older id of another's, which was raised before.
    fn forged(&self, household: &Household, dice: &mut Dice) -> Option<Value> {
        // Only a person whom the request names finds it in Okta's list.
        if !household.agrees() {
            return None;
        }
        let minute = Duration::from_secs(60);
        let others = self.households.iter().filter(|other| other.raised + minute < household.raised);
        let ids: Vec<&String> = others.filter_map(Household::oldest_id).collect();
        let id = ids.get(dice.below(ids.len().max(1)))?;
        if household.shows_number_alone() && !household.is_double {
            let mut event = household.event_by_older_id()?;
            event["detail"]["debugContext"]["debugData"]["accessRequestId"] = json!(id);
            return Some(event);
        }
        // An event with two ids is nobody's word about people; neither is one that does not come from Okta.
        let is_alone = household.ask().is_v2 && household.older_id.is_none();
        (is_alone && !household.ask().from_okta).then(|| {
            let mut event = household.event.clone();
            event["detail"]["target"] = json!([{"type": "ACCESS_REQUEST", "id": id}]);
            event
        })
    }
}
