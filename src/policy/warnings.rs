//! The warnings of `enricher check`: what is legal in a policy file, but probably not what its author meant. The
//! deployed function does not look for them.

mod empty;
mod sensitive;

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use self::sensitive::is_sensitive;
use super::check::attributes::BASE;
use super::check::checked;
use super::reading::{Mended, Reader, Table};
use super::{Match, Policy, PolicyFault, Posting, Rule, ToxicCombination};
use crate::request::Api;
use crate::section::Source;
use crate::text::count;
use crate::words::{Term, Words};

impl Policy {
    /// Checks the text of a policy file. Returns the policy with its warnings.
    ///
    /// # Errors
    ///
    /// All faults, ordered by place.
    pub fn check(text: &str) -> Result<(Policy, Vec<PolicyFault>), Vec<PolicyFault>> {
        let mended = Mended::of(text);
        let (file, reader) = Reader::parse(&mended);
        let checked = checked(&file, reader)?;
        let policy = checked.policy;
        let mut warnings = Warnings { text, list: Vec::new() };
        if let Some(words) = &checked.words {
            warnings.of_words(&policy.words, words.place.clone());
        }
        if policy.rules.iter().all(|rule| rule.message == Posting::None) {
            let place = checked.rules.first().map_or(0..0, |rule| rule.place_of("message"));
            warnings.warn(
                place,
                "every rule says `message = \"none\"`, so no request gets a message",
                "write a rule with sections, if that is not meant",
            );
        }
        for (rule, table) in policy.rules.iter().zip(&checked.rules) {
            warnings.empty_lists(table);
            warnings.of_rule(rule, table, &policy.toxic_combinations);
        }
        let mut warnings = warnings.list;
        warnings.sort_by_key(|warning| warning.place.start);
        Ok((policy, warnings))
    }
}

/// The warnings so far.
struct Warnings<'a> {
    text: &'a str,
    list: Vec<PolicyFault>,
}

impl Warnings<'_> {
    fn warn(&mut self, place: Range<usize>, cause: &str, remedy: &str) {
        self.list.push(PolicyFault::new(self.text, place, cause, remedy));
    }

    /// Warns if some words stay English.
    fn of_words(&mut self, words: &Words, place: Range<usize>) {
        let missing: Vec<&str> = words.missing().map(Term::key).collect();
        if !missing.is_empty() {
            let all = count(Term::ALL.len(), "word");
            let cause = format!("`[words]` leaves {} of {all} English", missing.len());
            self.warn(place, &cause, &format!("add {}", missing.join(", ")));
        }
    }

    fn of_rule(&mut self, rule: &Rule, table: &Table<'_>, combinations: &[ToxicCombination]) {
        let name = &rule.name;
        if !rule.matches.subjects.is_empty() && rule.matches.api != Some(Api::V1) {
            let cause = format!(
                "`{name}` chooses by the subject, which on v2 holds the requester's own name: whoever can \
                 edit that name can make the rule match"
            );
            self.warn(within(table, "match", "subjects"), &cause, "choose by ids, or add `api = \"v1\"`");
        }
        self.of_names(rule, table);
        if rule.message == Posting::None {
            return;
        }
        self.of_attributes(rule, table);
        self.of_on_behalf(rule, table);
        if !combinations.is_empty() && !rule.own.shows.sections.contains(&Source::Sod) {
            let cause = format!("`{name}` has no section `sod`");
            let remedy = "add it: without it the toxic combinations are not checked on its requests";
            self.warn(table.place_of("sections"), &cause, remedy);
        }
        for (by_stranger, place) in
            [(false, table.place_of("template")), (true, within(table, "on_behalf", "template"))]
        {
            if !rule.view(by_stranger).template.shows_warnings() {
                let cause =
                    format!("a template of `{name}` leaves out `warnings`, so they stand above its text");
                self.warn(place, &cause, "write `warnings` or `warning_lines` where they belong");
            }
        }
        self.useless_keys(rule, table);
    }

    /// Warns of base attributes in other letters: Okta's names are case-sensitive.
    fn of_names(&mut self, rule: &Rule, table: &Table<'_>) {
        let matched = rule.matches.attributes.keys();
        let shown = shown(rule);
        let end_date = rule.end_date.iter();
        let mut names: Vec<&str> = matched.chain(end_date).map(String::as_str).chain(shown).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let base = BASE.into_iter().find(|base| base.eq_ignore_ascii_case(name) && *base != name);
            if let Some(base) = base {
                let cause = format!("`{name}` is not `{base}`, an attribute that every org has");
                let place = place_of_name(self.text, table, name);
                let warning =
                    PolicyFault::new(self.text, place, &cause, &format!("write `{base}`, if that is meant"));
                self.list.push(warning.instead(format!("\"{base}\"")));
            }
        }
    }

    fn of_attributes(&mut self, rule: &Rule, table: &Table<'_>) {
        let whom = if rule.matches == Match::default() { "everyone's requests" } else { "these requests" };
        let mut attributes: Vec<&str> = shown(rule).filter(|name| is_sensitive(name)).collect();
        attributes.sort_unstable();
        attributes.dedup();
        for attribute in attributes {
            let cause = format!(
                "`{}` shows `{attribute}` on {whom} to everyone who can view them, the requester included",
                rule.name
            );
            self.warn(
                place_of_name(self.text, table, attribute),
                &cause,
                "delete it, unless approvers need it to decide",
            );
        }
    }

    fn of_on_behalf(&mut self, rule: &Rule, table: &Table<'_>) {
        let name = format!("{}.on_behalf", rule.name);
        for section in &rule.view(true).shows.sections {
            let (cause, remedy) = match section {
                Source::Sod => (
                    format!("`{name}` shows what the person holds to whoever asks on that person's behalf"),
                    "delete the section `sod` there, if that is not meant",
                ),
                Source::Access => (
                    format!(
                        "`{name}` has the section `access`: a stranger sees at most how many groups and apps the \
                         person holds"
                    ),
                    "name them in a template, or delete the section",
                ),
                Source::History | Source::Peers => (
                    format!("`{name}` has the section `{section}`, of which a stranger sees nothing"),
                    "delete it",
                ),
                _ => continue,
            };
            let place = place_of_text(table, &["on_behalf", "sections"], section.name());
            self.warn(place, &cause, remedy);
        }
    }

    fn useless_keys(&mut self, rule: &Rule, table: &Table<'_>) {
        let shows = |section| rule.own.shows.sections.contains(&section);
        let manager = [false, true]
            .iter()
            .any(|by_stranger| rule.view(*by_stranger).shows.sections.contains(&Source::Manager));
        for (useless, key, section) in [
            (!rule.manager_details && !manager, "manager_details", Source::Manager),
            (rule.grants && !shows(Source::Access), "grants", Source::Access),
            (rule.end_date.is_some() && !shows(Source::Profile), "end_date", Source::Profile),
            (!rule.relevant.is_empty() && !shows(Source::Access), "relevant", Source::Access),
        ] {
            if useless {
                let cause = format!(
                    "`{}` has `{key}` but no section `{section}`, so the key does nothing",
                    rule.name
                );
                self.warn(table.place_of(key), &cause, "add the section, or delete the key");
            }
        }
    }
}

/// The attributes that a rule's messages show.
fn shown(rule: &Rule) -> impl Iterator<Item = &str> {
    let attributes =
        [false, true].into_iter().flat_map(|by_stranger| &rule.view(by_stranger).shows.attributes);
    attributes.map(|attribute| attribute.name.as_str())
}

/// Where a key of an inner table stands; else where the inner table, or the outer one.
fn within(table: &Table<'_>, inner: &str, key: &str) -> Range<usize> {
    let keys = table.get(inner).and_then(|value| value.get_ref().as_table());
    let key = keys.and_then(|keys| keys.get_key_value(key)).map(|(key, _)| key.span());
    key.unwrap_or_else(|| table.place_of(inner))
}

/// Where a text stands in the list at the end of a path of keys; else where the first key of the path stands.
fn place_of_text(table: &Table<'_>, path: &[&str], text: &str) -> Range<usize> {
    let (first, rest) = path.split_first().map_or(("", path), |(first, rest)| (*first, rest));
    let mut value = table.get(first).map(Spanned::get_ref);
    for key in rest {
        value =
            value.and_then(|value| value.as_table()).and_then(|keys| keys.get(*key)).map(Spanned::get_ref);
    }
    let entries = value.and_then(DeValue::as_array);
    let entry = entries.and_then(|list| list.iter().find(|entry| entry.get_ref().as_str() == Some(text)));
    entry.map_or_else(|| table.place_of(first), Spanned::span)
}

/// Where the name of an attribute stands in a rule.
fn place_of_name(text: &str, table: &Table<'_>, name: &str) -> Range<usize> {
    fn find(value: &Spanned<DeValue<'_>>, name: &str) -> Option<Range<usize>> {
        match value.get_ref() {
            DeValue::String(text) => (text == name).then(|| value.span()),
            DeValue::Array(list) => list.iter().find_map(|entry| find(entry, name)),
            DeValue::Table(keys) => {
                let key = keys.get_key_value(name).map(|(key, _)| key.span());
                key.or_else(|| keys.get("name").and_then(|it| find(it, name)))
                    .or_else(|| keys.get("attributes").and_then(|it| find(it, name)))
            }
            _ => None,
        }
    }
    let mut values =
        ["attributes", "match", "end_date", "on_behalf"].into_iter().filter_map(|key| table.get(key));
    let found = values.find_map(|value| find(value, name));
    found.filter(|place| text.get(place.clone()).is_some()).unwrap_or_else(|| table.place.clone())
}
