//! The checks of a policy file that TOML and its types can't make. The program rejects a file with a fault.

mod sample;
mod words;

use serde::Deserialize as _;
use toml::Spanned;

use super::{
    Attribute, File, FileRule, Items, Match, OnBehalf, Policy, PolicyFault, Posting, Rule, RuleView, Shows,
    ToxicCombination,
};
use crate::message::Template;
use crate::request::{Api, RequestId};
use crate::section::Source;
use crate::words::Words;

/// The longest label of an attribute, in characters. A longer one would hide the value behind it.
const LABEL_LIMIT: usize = 40;

/// A policy without faults, and where its parts stand in the file. The places are byte offsets.
pub(super) struct Checked {
    pub(super) policy: Policy,
    /// The place of each rule.
    pub(super) rules: Vec<usize>,
    /// The place of the words; `None` if the file replaces none.
    pub(super) words: Option<usize>,
}

/// Checks the text of a policy file.
///
/// # Errors
///
/// All faults, ordered by line.
pub(super) fn checked(text: &str) -> Result<Checked, Vec<PolicyFault>> {
    let file = toml::Deserializer::parse(text).and_then(File::deserialize).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        vec![PolicyFault::new(line(text, at), error.message())]
    })?;
    let mut checker =
        Checker { text, built_in: Template::built_in(), words: Words::english(), faults: Vec::new() };
    let words_at = file.words.as_ref().map(|words| words.span().start);
    if let Some(words) = file.words {
        checker.words = checker.words(words.into_inner());
    }
    for combination in &file.toxic_combination {
        checker.combination(combination);
    }
    let toxic_combinations: Vec<_> = file.toxic_combination.into_iter().map(Spanned::into_inner).collect();
    if file.rule.is_empty() {
        checker.fault(0, "there is no rule, so no request would get a message; add a [[rule]]");
    }
    let (mut rules, mut places) = (Vec::new(), Vec::new());
    for rule in file.rule {
        let at = rule.span().start;
        let Some(rule) = checker.rule(at, rule.into_inner()) else { continue };
        checker.beside_earlier(at, &rule, &rules);
        rules.push(rule);
        places.push(at);
    }
    let Checker { mut faults, words, .. } = checker;
    faults.sort_by_key(|fault| fault.line);
    if !faults.is_empty() {
        return Err(faults);
    }
    let words_at = words_at.filter(|_| words.are_replaced());
    Ok(Checked { policy: Policy { rules, toxic_combinations, words }, rules: places, words: words_at })
}

/// The line of a byte offset in a text, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

/// A check in progress. `at` is everywhere the byte offset of the checked table.
pub(super) struct Checker<'a> {
    text: &'a str,
    built_in: Template,
    words: Words,
    faults: Vec<PolicyFault>,
}

impl Checker<'_> {
    pub(super) fn fault(&mut self, at: usize, text: impl Into<String>) {
        self.faults.push(PolicyFault::new(line(self.text, at), &text.into()));
    }

    fn combination(&mut self, combination: &Spanned<ToxicCombination>) {
        let (at, combination) = (combination.span().start, combination.as_ref());
        if combination.name.trim().is_empty() {
            self.fault(at, "the toxic combination has an empty `name`; write one, messages show it");
        }
        for (name, side) in [("one", &combination.one), ("other", &combination.other)] {
            if side.is_empty() {
                let text = format!(
                    "the side `{name}` of `{}` is empty; list groups, apps or bundles",
                    combination.name
                );
                self.fault(at, text);
            }
            self.items(at, name, side);
        }
    }

    fn items(&mut self, at: usize, name: &str, items: &Items) {
        for (kind, entries) in [("groups", &items.groups), ("apps", &items.apps), ("bundles", &items.bundles)]
        {
            if entries.iter().any(|entry| entry.trim().is_empty()) {
                self.fault(
                    at,
                    format!("`{name}.{kind}` has an empty entry; delete it, or write an id or a glob"),
                );
            }
        }
    }

    fn rule(&mut self, at: usize, rule: FileRule) -> Option<Rule> {
        let faults_before = self.faults.len();
        if rule.name.trim().is_empty() {
            self.fault(at, "the rule has an empty `name`; write one, log lines show it");
        }
        if rule.end_date.as_ref().is_some_and(|attribute| attribute.trim().is_empty()) {
            self.fault(at, "`end_date` is empty; write the variable name of the attribute, or delete it");
        }
        self.matches(at, &rule.name, &rule.matches);
        self.items(at, "relevant", &rule.relevant);
        if !rule.relevant.bundles.is_empty() {
            self.fault(
                at,
                "`relevant.bundles`: the program does not read all bundles that a person holds; list groups or apps",
            );
        }
        let shows = Shows { sections: rule.sections, attributes: rule.attributes };
        // A rule without messages may leave the sections out.
        if rule.message != Posting::None || !shows.sections.is_empty() {
            self.shows(at, &rule.name, &shows);
        }
        for required in rule.required.iter().filter(|required| !shows.sections.contains(required)) {
            let text = format!(
                "`required` names `{required}`, which is not among the rule's sections; add it there"
            );
            self.fault(at, text);
        }
        let own = RuleView { template: self.template(rule.template, &shows), shows };
        let strangers = match rule.on_behalf {
            Some(OnBehalf { sections, attributes, template }) => {
                let shows = Shows { sections, attributes };
                self.shows(at, &format!("{}.on_behalf", rule.name), &shows);
                let has_private =
                    rule.end_date.is_some() || own.shows.sections.iter().copied().any(is_private);
                let same = template.is_none() && shows == own.shows && !has_private;
                let template = self.template(template, &shows);
                (!same).then_some(RuleView { shows, template })
            }
            None => Some(RuleView { shows: default_on_behalf(&own.shows), template: self.built_in.clone() }),
        };
        (self.faults.len() == faults_before).then_some(Rule {
            name: rule.name,
            matches: rule.matches,
            message: rule.message,
            own,
            strangers,
            required: rule.required,
            relevant: rule.relevant,
            manager_details: rule.manager_details,
            grants: rule.grants,
            end_date: rule.end_date,
        })
    }

    fn matches(&mut self, at: usize, name: &str, matches: &Match) {
        let lists = [
            ("request_types", &matches.request_types),
            ("conditions", &matches.conditions),
            ("resources", &matches.resources),
            ("scopes", &matches.scopes),
            ("subjects", &matches.subjects),
            ("groups", &matches.groups),
        ];
        for (list, entries) in lists {
            if entries.iter().any(|entry| entry.trim().is_empty()) {
                self.fault(
                    at,
                    format!("`match.{list}` has an empty entry, which matches nothing; delete it"),
                );
            }
        }
        for (attribute, values) in &matches.attributes {
            if attribute.trim().is_empty() {
                self.fault(
                    at,
                    "`match.attributes` has an attribute with an empty name; write its variable name",
                );
            }
            if values.is_empty() {
                let text = format!(
                    "`match.attributes` lists no value of `{attribute}`, so nothing matches; list values, or \
                     delete it"
                );
                self.fault(at, text);
            }
            if values.iter().any(|value| value.trim().is_empty()) {
                let text = format!(
                    "`match.attributes` has an empty value of `{attribute}`, which matches nothing; delete it"
                );
                self.fault(at, text);
            }
        }
        for id in &matches.request_types {
            if !matches!(RequestId::parse(id), Some(RequestId::V1(_))) {
                self.fault(
                    at,
                    format!(
                        "`match.request_types`: `{id}` is not the id of a request type (24 \
                         hexadecimal digits)"
                    ),
                );
            }
        }
        for id in matches.conditions.iter().filter(|id| !id.starts_with("rco")) {
            self.fault(
                at,
                format!("`match.conditions`: `{id}` is not the id of a request condition (`rco…`)"),
            );
        }
        let of_v2 =
            !matches.conditions.is_empty() || !matches.resources.is_empty() || !matches.scopes.is_empty();
        let of_v1 = !matches.request_types.is_empty();
        if of_v1 && (of_v2 || matches.api == Some(Api::V2)) || of_v2 && matches.api == Some(Api::V1) {
            let text = format!(
                "the rule `{name}` can never match: only v1 has request types, only v2 has conditions, \
                 resources and scopes; write two rules"
            );
            self.fault(at, text);
        }
    }

    fn shows(&mut self, at: usize, name: &str, shows: &Shows) {
        if shows.sections.is_empty() {
            let all = Source::ALL.iter().map(|source| format!("\"{source}\"")).collect::<Vec<_>>().join(", ");
            self.fault(at, format!("`{name}` shows nothing: its `sections` are empty; choose from {all}"));
        }
        for (index, section) in shows.sections.iter().enumerate() {
            if shows.sections[..index].contains(section) {
                self.fault(at, format!("`{name}` lists the section `{section}` twice; delete one"));
            }
        }
        if !shows.attributes.is_empty() && !shows.sections.contains(&Source::Profile) {
            self.fault(
                at,
                format!("`{name}` lists attributes but not the section `profile` that shows them; add it"),
            );
        }
        for (index, Attribute { name: attribute, label }) in shows.attributes.iter().enumerate() {
            if attribute.trim().is_empty() || label.trim().is_empty() {
                self.fault(at, format!("`{name}` has an attribute with an empty name or label; write both"));
            }
            if label.chars().count() > LABEL_LIMIT || label.contains(['\n', '\r', ':']) {
                let text = format!(
                    "the label of `{attribute}` has more than {LABEL_LIMIT} characters, a colon or a line break; \
                     shorten it"
                );
                self.fault(at, text);
            }
            if shows.attributes[..index].iter().any(|earlier| earlier.name == *attribute) {
                self.fault(at, format!("`{name}` lists the attribute `{attribute}` twice; delete one"));
            }
        }
    }

    fn template(&mut self, text: Option<Spanned<String>>, shows: &Shows) -> Template {
        let Some(text) = text else { return self.built_in.clone() };
        let at = text.span().start;
        let parsed = Template::parse(text.as_ref()).and_then(|template| {
            template.check_names(&shows.sample(), &self.words)?;
            shows
                .samples(&template.compared())
                .try_for_each(|sample| template.try_out(&sample, &self.words))?;
            Ok(template)
        });
        parsed.unwrap_or_else(|error| {
            // TOML drops a line break directly after the opening quotes.
            let opening = self
                .text
                .get(at..)
                .is_some_and(|text| text.starts_with("\"\"\"\n") || text.starts_with("'''\n"));
            let first = line(self.text, at) + usize::from(opening);
            self.faults.push(PolicyFault::new(first + error.line.saturating_sub(1), &error.text));
            self.built_in.clone()
        })
    }

    fn beside_earlier(&mut self, at: usize, rule: &Rule, earlier: &[Rule]) {
        if let Some(earlier) = earlier.iter().find(|earlier| covers(&earlier.matches, &rule.matches)) {
            let text = format!(
                "the rule `{}` can never match: `{}` above it already matches all of these requests; \
                 move it up, or delete it",
                rule.name, earlier.name
            );
            self.fault(at, text);
        }
        if earlier.iter().any(|earlier| earlier.name == rule.name) {
            self.fault(at, format!("two rules are called `{}`; rename one", rule.name));
        }
    }
}

/// What strangers see if the rule has no `on_behalf`: the request, which the requester wrote, and of the
/// person only what a directory would show, with the rule's own labels if it has some.
fn default_on_behalf(shows: &Shows) -> Shows {
    let attribute = |name: &str, label: &str| {
        let own = shows.attributes.iter().find(|own| own.name == name).cloned();
        own.unwrap_or_else(|| Attribute { name: name.to_owned(), label: label.to_owned() })
    };
    let of_directory = |source: &Source| {
        matches!(source, Source::Request | Source::Profile | Source::Labels | Source::Approval)
    };
    let mut sections: Vec<_> = shows.sections.iter().copied().filter(of_directory).collect();
    if !sections.contains(&Source::Profile) {
        sections.push(Source::Profile);
    }
    Shows { sections, attributes: vec![attribute("title", "Title"), attribute("department", "Department")] }
}

/// Whether the section has facts that no stranger reads, whatever the policy shows.
fn is_private(section: Source) -> bool {
    matches!(section, Source::Access | Source::History | Source::Peers)
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
