//! The form that a requester filled in.

use serde_json::{Value, json};

use super::dice::Dice;
use super::people::{GONE, OTHER, STRANGER};
use super::texts::{perhaps, text};

/// An answer of the form: the question, and what is in the field.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) question: String,
    pub(crate) text: Option<String>,
    /// It names these people by their ids.
    pub(crate) people: Vec<&'static str>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let mut field = json!({"id": "5852f418", "label": self.question, "type": "TEXT", "value": self.text});
        if !self.people.is_empty() {
            field["type"] = "OKTA_USER_ID".into();
            field["values"] = json!(self.people);
        }
        field
    }
}

/// The fields of a form.
pub(crate) fn answers(dice: &mut Dice) -> Vec<Answer> {
    let number = match dice.below(20) {
        0..3 => 0,
        3..15 => 2,
        15..18 => 4,
        18 => 10,
        _ => 14,
    };
    let people = [vec![STRANGER], vec![OTHER, GONE]];
    let answer = |dice: &mut Dice| {
        let people = if dice.chance(10) { dice.of(&people) } else { Vec::new() };
        let text = if people.is_empty() { perhaps(dice, 85) } else { None };
        Answer { question: question(dice), text, people }
    };
    (0..number).map(|_| answer(dice)).collect()
}

fn question(dice: &mut Dice) -> String {
    if dice.chance(50) { "Business justification".to_owned() } else { text(dice) }
}
