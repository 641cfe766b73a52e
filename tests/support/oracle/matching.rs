//! A rule of a policy that exempts some people from messages, by their attributes and groups.

use serde_json::{Value, json};

use super::asked::groups_of;
use super::case::Case;
use super::dice::Dice;
use super::failures::Call;
use super::toxic::lists;
use super::whom::Whom;

/// Whom the rule matches: all conditions that it has.
#[derive(Clone, Debug)]
pub(crate) struct Exempt {
    attribute: Option<(&'static str, Vec<&'static str>)>,
    groups: Vec<&'static str>,
}

/// What the rule does to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Match {
    Yes,
    No,
    /// It can't be decided, so the attempt fails.
    Unread,
}

impl Exempt {
    pub(crate) fn of_dice(dice: &mut Dice) -> Exempt {
        let values = ["Engineer", "engineer", "Finance", "R&D / EMEA", "李小龍", "v2.1"];
        let name = dice.of(&["title", "userType", "noSuchAttribute"]);
        let attribute = dice.chance(70).then(|| (name, dice.some(&values, 60)));
        let attribute = attribute.filter(|(_, values)| !values.is_empty());
        let mut groups = dice.some(&["00gGroup000000000001", "vendor *", "*deploy*", "Everyone"], 25);
        if attribute.is_none() && groups.is_empty() {
            groups.push("Change *");
        }
        Exempt { attribute, groups }
    }

    pub(crate) fn toml(&self) -> String {
        let attribute =
            self.attribute.as_ref().map(|(name, values)| format!("attributes = {{ {name} = {values:?} }}, "));
        let attribute = attribute.unwrap_or_default();
        let groups = format!("groups = {:?}", self.groups);
        format!("[[rule]]\nname = \"exempt\"\nmessage = \"none\"\nmatch = {{ {attribute}{groups} }}\n")
    }

    /// By the person who gets the access; in doubt, by the one whom the request names.
    pub(crate) fn of(&self, case: &Case) -> Match {
        let ask = &case.ask;
        // An event that anyone may have written needs its request; without a right to it, its word is taken.
        if !ask.from_okta && case.failures.of(Call::Request).is_some_and(|how| !how.is_of_rights()) {
            return Match::Unread;
        }
        let subject = match Whom::of(case) {
            Whom::One { subject, .. } => subject,
            // Nobody knows whose attributes and groups count.
            Whom::Several(_) => return Match::No,
            Whom::Unknown => return Match::Unread,
        };
        if let Some((name, values)) = &self.attribute {
            if case.failures.of(Call::Person(subject)).is_some() {
                return Match::Unread;
            }
            let Some(person) = case.people.by_id(subject) else { return Match::Unread };
            let written = person.attributes.iter().find(|attribute| attribute.name == *name);
            let written = written.map_or(Value::Null, |attribute| attribute.written.clone());
            if !values.iter().any(|value| written == json!(value)) {
                return Match::No;
            }
        }
        if self.groups.is_empty() {
            return Match::Yes;
        }
        let Ok(held) = groups_of(case, subject) else { return Match::Unread };
        let list: Vec<String> = self.groups.iter().map(|entry| (*entry).to_owned()).collect();
        let is_held = held.iter().any(|group| lists(&list, &group.id, group.name.as_deref()));
        // Okta makes everyone a member of one group.
        if is_held || lists(&list, "00gEveryone000000001", Some("Everyone")) { Match::Yes } else { Match::No }
    }
}
