//! The checks of a policy file that TOML can't make. The program rejects a file with a fault.

pub(super) mod attributes;
mod combination;
mod ids;
mod items;
mod matches;
mod rule;
mod sample;
mod shows;
mod template;
mod words;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::PolicyFault;
use super::reading::{Keys, Reader, Table};
use super::{Match, Policy};
use crate::message::Template;
use crate::words::Words;

/// A policy without faults, and where its parts stand in the file.
pub(super) struct Checked<'t> {
    pub(super) policy: Policy,
    /// Each rule in the file.
    pub(super) rules: Vec<Table<'t>>,
    /// The words in the file; `None` if it replaces none.
    pub(super) words: Option<Table<'t>>,
}

/// Checks a policy file.
///
/// # Errors
///
/// All faults, ordered by place.
pub(super) fn checked<'t>(
    file: &'t Spanned<DeTable<'t>>,
    reader: Reader<'t>,
) -> Result<Checked<'t>, Vec<PolicyFault>> {
    let file = Table { keys: file.get_ref(), place: 0..0 };
    let mut checker = Checker { reader, built_in: Template::built_in(), words: Words::english() };
    checker.reader.report_unknown_keys(&file, &Keys::FILE);
    let words = checker.reader.table(&file, &Keys::FILE, "words");
    if let Some(words) = &words {
        checker.words = checker.words(words);
    }
    let combinations = checker.reader.tables(&file, &Keys::FILE, "toxic_combination");
    let toxic_combinations = combinations.iter().filter_map(|table| checker.combination(table)).collect();
    let rules = checker.reader.tables(&file, &Keys::FILE, "rule");
    if rules.is_empty() {
        checker.no_rule(&file);
    }
    let mut policy = Policy { rules: Vec::new(), toxic_combinations, words: Words::english() };
    for table in &rules {
        if let Some(rule) = checker.rule(table) {
            if !checker.reader.is_incomplete() {
                checker.beside_earlier(table, &rule, &policy.rules);
            }
            policy.rules.push(rule);
        }
    }
    let Checker { reader, words: replaced, .. } = checker;
    let words = words.filter(|_| replaced.are_replaced());
    policy.words = replaced;
    match reader.faults() {
        faults if faults.is_empty() => Ok(Checked { policy, rules, words }),
        faults => Err(faults),
    }
}

/// A check in progress.
struct Checker<'a> {
    reader: Reader<'a>,
    built_in: Template,
    words: Words,
}

impl Checker<'_> {
    fn fault(&mut self, place: Range<usize>, cause: &str, remedy: &str) {
        self.reader.fault(place, cause, remedy);
    }

    fn no_rule(&mut self, file: &Table<'_>) {
        // What stands in its place has a fault already.
        if self.reader.value(file, &Keys::FILE, "rule").is_some_and(|rule| !is_empty_list(rule))
            || file.keys.keys().any(|key| Keys::RULE.has(key.get_ref()))
        {
            return;
        }
        let what = if self.reader.text.trim().is_empty() { "the file is empty" } else { "there is no rule" };
        let cause = format!("{what}, so no request would get a message");
        self.reader.missing(0..0, &cause, "add a `[[rule]]`; `enricher init` writes an example");
    }
}

fn is_empty_list(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().as_array().is_some_and(|list| list.is_empty())
}

/// Whether `earlier` certainly matches every request that `later` matches.
fn covers(earlier: &Match, later: &Match) -> bool {
    let list = |earlier: &[String], later: &[String]| {
        earlier.is_empty() || !later.is_empty() && later.iter().all(|entry| earlier.contains(entry))
    };
    list(&earlier.request_types, &later.request_types)
        && list(&earlier.conditions, &later.conditions)
        && list(&earlier.resources, &later.resources)
        && list(&earlier.scopes, &later.scopes)
        && earlier
            .attributes
            .iter()
            .all(|(name, values)| later.attributes.get(name).is_some_and(|of_later| list(values, of_later)))
        && (list(&earlier.groups, &later.groups)
            || !later.groups.is_empty() && earlier.groups.iter().any(|glob| glob == "*"))
        && (list(&earlier.subjects, &later.subjects) || earlier.subjects.iter().any(|glob| glob == "*"))
        && (earlier.source.is_none() || earlier.source == later.source)
        && (earlier.api.is_none() || earlier.api == later.api)
        && (earlier.on_behalf.is_none() || earlier.on_behalf == later.on_behalf)
}

#[cfg(test)]
mod tests;
