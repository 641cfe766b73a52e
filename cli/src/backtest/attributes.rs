//! The [`Attributes`] are what messages show of people: which attribute or fact, by which rule, to whom.

use std::collections::BTreeMap;

use okta_request_enricher::section::{Content, Fact, Key, Label, Line, Source, Value};
use okta_request_enricher::words::Words;
use serde::Serialize;

/// One attribute or fact of a person, in the messages of one rule.
#[derive(Serialize)]
pub(super) struct Attribute {
    pub(super) rule: String,
    /// Its label in messages.
    pub(super) label: String,
    /// Its variable name in Okta, if it is an attribute that the policy names.
    pub(super) name: Option<String>,
    /// Messages that show it where the person, or the person's manager, asked.
    pub(super) own: usize,
    /// Messages that show it where someone else asked, who can read it.
    pub(super) on_behalf: usize,
    /// Messages that say that it is not set.
    pub(super) not_set: usize,
}

/// How many messages show an attribute or fact of a person, by who raised the request.
#[derive(Default, Serialize)]
pub(super) struct Shown {
    /// The person, or the person's manager.
    pub(super) own: usize,
    /// Someone else. They can read these facts about the person.
    pub(super) on_behalf: usize,
}

/// All of them, in the order in which they came up.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Attributes(Vec<Attribute>);

impl Attributes {
    /// Counts what a message of this rule shows.
    pub(super) fn add(&mut self, rule: &str, content: &Content, on_behalf: bool) {
        let is_of_person = |source| matches!(source, Source::Profile | Source::Manager | Source::Access);
        let sections = content.sections.iter().filter(|section| is_of_person(section.source));
        for fact in sections.flat_map(|section| &section.facts).filter(|fact| fact.line != Line::ByNameOnly) {
            let Some(label) = label(fact) else { continue };
            let attribute = self.of(rule, label, fact);
            match fact.value {
                Value::Known(_) if on_behalf => attribute.on_behalf += 1,
                Value::Known(_) => attribute.own += 1,
                Value::NotSet => attribute.not_set += 1,
                Value::NotAvailable(_) | Value::NotApplicable => {}
            }
        }
    }

    fn of(&mut self, rule: &str, label: String, fact: &Fact) -> &mut Attribute {
        let known = self.0.iter().position(|known| known.rule == rule && known.label == label);
        let place = known.unwrap_or_else(|| {
            let name = match &fact.key {
                Key::Attribute(name) => Some(name.clone()),
                Key::Named(_) | Key::Answer => None,
            };
            let rule = rule.to_owned();
            self.0.push(Attribute { rule, label, name, own: 0, on_behalf: 0, not_set: 0 });
            self.0.len() - 1
        });
        &mut self.0[place]
    }

    /// Those that some message shows.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter().filter(|attribute| attribute.own + attribute.on_behalf > 0)
    }

    /// The same by label, of all rules.
    pub(super) fn by_label(&self) -> BTreeMap<String, Shown> {
        let mut labels: BTreeMap<String, Shown> = BTreeMap::new();
        for attribute in self.shown() {
            let shown = labels.entry(attribute.label.clone()).or_default();
            shown.own += attribute.own;
            shown.on_behalf += attribute.on_behalf;
        }
        labels
    }

    /// The variable names of attributes that are set for nobody: often a name that does not exist.
    pub(super) fn never_set(&self) -> Vec<&str> {
        let is_set = |name: &str| self.shown().any(|shown| shown.name.as_deref() == Some(name));
        let asked = self.0.iter().filter(|attribute| attribute.not_set > 0);
        let mut names: Vec<_> = asked.filter_map(|attribute| attribute.name.as_deref()).collect();
        names.retain(|name| !is_set(name));
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn label(fact: &Fact) -> Option<String> {
    match &fact.label {
        Label::Own(term) => Some(Words::english().say(&(*term).into())),
        Label::Policy(label) => Some(label.clone()),
        Label::None | Label::Question(_) => None,
    }
}
