//! The checks of a rule's `match`.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use super::Checker;
use super::ids::IDS;
use crate::okta::IdForm;
use crate::policy::Match;
use crate::policy::reading::{Keys, Table};
use crate::request::{Api, RequestSource};

const SOURCES: [(&str, RequestSource); 2] = [("web", RequestSource::Web), ("slack", RequestSource::Slack)];
const APIS: [(&str, Api); 2] = [("v1", Api::V1), ("v2", Api::V2)];

impl Checker<'_> {
    /// The `match` of the rule with this name.
    pub(super) fn matches(&mut self, rule: &Table<'_>, name: &str) -> Match {
        let Some(table) = self.reader.table(rule, &Keys::RULE, "match") else { return Match::default() };
        let (table, keys) = (&table, &Keys::MATCH);
        self.reader.report_unknown_keys(table, keys);
        let [request_types, conditions, resources, scopes] = IDS.map(|ids| {
            let entries = self.match_list(table, ids.key);
            self.ids(&ids, &entries);
            inner(entries)
        });
        let groups = self.match_list(table, "groups");
        for group in &groups {
            self.id_or_name(group.span(), "match.groups", IdForm::Group, group.get_ref());
        }
        let matches = Match {
            request_types,
            conditions,
            resources,
            scopes,
            subjects: inner(self.match_list(table, "subjects")),
            source: self.reader.choice(table, keys, "source", &SOURCES),
            api: self.reader.choice(table, keys, "api", &APIS),
            on_behalf: self.reader.flag(table, keys, "on_behalf"),
            attributes: self.match_attributes(table),
            groups: inner(groups),
        };
        self.generations(table, name, &matches);
        matches
    }

    fn match_list(&mut self, table: &Table<'_>, key: &str) -> Vec<Spanned<String>> {
        let entries = self.reader.texts(table, &Keys::MATCH, key);
        for entry in entries.iter().filter(|entry| entry.get_ref().trim().is_empty()) {
            let cause = format!("`match.{key}` has an empty entry, which matches nothing");
            self.fault(entry.span(), &cause, "delete it");
        }
        entries
    }

    fn match_attributes(&mut self, table: &Table<'_>) -> BTreeMap<String, Vec<String>> {
        let mut attributes = BTreeMap::new();
        let Some(table) = self.reader.table(table, &Keys::MATCH, "attributes") else { return attributes };
        for (name, values) in table.keys {
            let attribute = name.get_ref();
            self.attribute_name(&Spanned::new(name.span(), attribute.to_string()), "match.attributes");
            let DeValue::Array(list) = values.get_ref() else {
                self.reader.report_no_list(values, &format!("`{attribute}`"), "[\"Contractor\"]");
                continue;
            };
            if list.is_empty() {
                let cause = format!("`match.attributes` lists no value of `{attribute}`, so nothing matches");
                self.fault(values.span(), &cause, "list values, or delete it");
            }
            let values = self.reader.texts_of(list, attribute, "\"Contractor\"");
            for value in values.iter().filter(|value| value.get_ref().trim().is_empty()) {
                let cause =
                    format!("`match.attributes` has an empty value of `{attribute}`, which matches nothing");
                self.fault(value.span(), &cause, "delete it");
            }
            attributes.insert(attribute.to_string(), inner(values));
        }
        attributes
    }

    /// Reports a match of both generations of requests.
    fn generations(&mut self, table: &Table<'_>, name: &str, matches: &Match) {
        let of_v2 =
            !matches.conditions.is_empty() || !matches.resources.is_empty() || !matches.scopes.is_empty();
        let of_v1 = !matches.request_types.is_empty();
        if of_v1 && (of_v2 || matches.api == Some(Api::V2)) || of_v2 && matches.api == Some(Api::V1) {
            let cause = format!(
                "the rule `{name}` can never match: only v1 has request types, only v2 has conditions, \
                 resources and scopes"
            );
            self.fault(table.place.clone(), &cause, "write two rules");
        }
    }
}

fn inner(entries: Vec<Spanned<String>>) -> Vec<String> {
    entries.into_iter().map(Spanned::into_inner).collect()
}
