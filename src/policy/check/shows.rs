//! The checks of what a message shows: its sections and attributes.

use toml::Spanned;

use super::Checker;
use crate::policy::reading::{Keys, Table, attribute_named};
use crate::policy::{Attribute, Shows};
use crate::section::Source;

/// The longest label of an attribute, in characters. A longer one would hide the value behind it.
const LABEL_LIMIT: usize = 40;

impl Checker<'_> {
    /// The sections and attributes of a rule, or of its `on_behalf`, and whether they are without fault.
    /// `name` is what it is called in errors. `needs_sections`: it can't be without sections.
    pub(super) fn shows(
        &mut self,
        table: &Table<'_>,
        keys: &Keys,
        name: &str,
        needs_sections: bool,
    ) -> (Shows, bool) {
        let faults = self.reader.count();
        let sections = self.sections(table, keys, "sections");
        let is_empty = sections.is_empty() && self.reader.count() == faults;
        if is_empty && needs_sections {
            let all = Source::ALL.iter().map(|source| format!("\"{source}\"")).collect::<Vec<_>>().join(", ");
            let value = self.reader.value(table, keys, "sections");
            let what = if value.is_some() { "its `sections` are empty" } else { "it has no `sections`" };
            let place = value.map_or_else(|| table.place.clone(), Spanned::span);
            self.reader.missing(
                place,
                &format!("`{name}` shows nothing: {what}"),
                &format!("choose from {all}"),
            );
        }
        for (index, section) in sections.iter().enumerate() {
            if sections[..index].iter().any(|earlier| earlier.get_ref() == section.get_ref()) {
                let cause = format!("`{name}` lists the section `{}` twice", section.get_ref());
                self.fault(section.span(), &cause, "delete one");
            }
        }
        let sections: Vec<Source> = sections.into_iter().map(Spanned::into_inner).collect();
        let are_sure =
            self.reader.count() == faults && (!is_empty || !needs_sections) && !self.reader.is_incomplete();
        let attributes = self.shown_attributes(table, keys, name);
        if are_sure && !attributes.is_empty() && !sections.contains(&Source::Profile) {
            let cause = format!("`{name}` lists attributes but not the section `profile` that shows them");
            self.fault(table.place_of("attributes"), &cause, "add it to `sections`");
        }
        (Shows { sections, attributes }, are_sure && self.reader.count() == faults)
    }

    /// A list of sections.
    pub(super) fn sections(&mut self, table: &Table<'_>, keys: &Keys, key: &str) -> Vec<Spanned<Source>> {
        let choices: Vec<(&str, Source)> = Source::ALL.iter().map(|it| (it.name(), *it)).collect();
        let texts = self.reader.texts(table, keys, key);
        let known = texts.iter().filter_map(|text| {
            self.reader.choose(text, key, &choices).map(|section| Spanned::new(text.span(), section))
        });
        known.collect()
    }

    fn shown_attributes(&mut self, table: &Table<'_>, keys: &Keys, name: &str) -> Vec<Attribute> {
        let mut attributes: Vec<Attribute> = Vec::new();
        for table in self.reader.tables(table, keys, "attributes") {
            let attribute = self.attribute(&table, name);
            if attributes.iter().any(|earlier| earlier.name == attribute.name) {
                let cause = format!("`{name}` lists the attribute `{}` twice", attribute.name);
                self.fault(table.place.clone(), &cause, "delete one");
            }
            attributes.push(attribute);
        }
        attributes
    }

    fn attribute(&mut self, table: &Table<'_>, of: &str) -> Attribute {
        if let Some(name) = named_by_its_key(table) {
            let cause = "an attribute has the keys `name` and `label`";
            let instead = attribute_named(name);
            self.reader.replace(table.place.clone(), cause, &format!("write {instead}"), instead);
            return Attribute { name: name.to_owned(), label: name.to_owned() };
        }
        self.reader.report_unknown_keys(table, &Keys::ATTRIBUTE);
        let name = self.reader.required_text(table, &Keys::ATTRIBUTE, "name");
        let label = self.reader.required_text(table, &Keys::ATTRIBUTE, "label");
        if table.get("name").is_some_and(|name| name.get_ref().is_str()) {
            self.attribute_name(&name, &format!("{of}.attributes"));
        }
        let name = name.into_inner();
        if label.get_ref().trim().is_empty() {
            let cause = format!("the label of `{name}` is empty");
            self.fault(label.span(), &cause, "write what stands before the value in the message");
        }
        let length = label.get_ref().chars().count();
        if length > LABEL_LIMIT {
            let cause = format!("the label of `{name}` has {length} characters, more than {LABEL_LIMIT}");
            self.fault(label.span(), &cause, "shorten it");
        }
        if label.get_ref().contains(['\n', '\r', ':']) {
            let cause = format!("the label of `{name}` has a colon or a line break");
            self.fault(label.span(), &cause, "delete it; the message adds a colon");
        }
        Attribute { name, label: label.into_inner() }
    }
}

/// The key of a table like `{ title = "Title" }`.
fn named_by_its_key<'t>(table: &Table<'t>) -> Option<&'t str> {
    let mut keys = table.keys.iter();
    let (name, label) = keys.next().filter(|_| table.keys.len() == 1)?;
    let is_other = !["name", "label"].contains(&name.get_ref().as_ref());
    (is_other && label.get_ref().is_str()).then(|| name.get_ref().as_ref())
}
