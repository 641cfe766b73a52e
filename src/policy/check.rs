//! The checks of a policy file that TOML and its types can't make. The program rejects a file with a fault.
//! `enricher check` also prints warnings: legal, but probably not what the author meant.

use jiff::Timestamp;
use serde::Deserialize as _;
use toml::Spanned;

use super::{
    Attribute, File, FileRule, Items, Match, OnBehalf, Policy, PolicyFault, Rule, RuleView, Shows,
    ToxicCombination,
};
use crate::message::Template;
use crate::request::{Api, RequestId};
use crate::section::{Content, Fact, Section, Source, Value};

/// Attributes whose names contain one of these words are more personal than a decision about access needs.
/// The words cover the base profile (Okta API reference, "Users", `profile`) and common custom attributes.
/// They are compared in lower case, without separators.
const SENSITIVE: [&str; 23] = [
    "secondemail",
    "phone",
    "street",
    "postal",
    "zipcode",
    "city",
    "employeenumber",
    "birth",
    "gender",
    "salary",
    "ssn",
    "nationalid",
    "passport",
    "religion",
    "ethnic",
    "marital",
    "disab",
    "iban",
    "homeaddress",
    "emergency",
    "risk",
    "honorific",
    "personal",
];

/// The longest label of an attribute, in characters. A longer one would hide the value behind it.
const LABEL_LIMIT: usize = 40;

impl Policy {
    /// Checks the text of a policy file. Returns the policy with its warnings.
    ///
    /// # Errors
    ///
    /// All faults, ordered by line.
    pub fn check(text: &str) -> Result<(Policy, Vec<PolicyFault>), Vec<PolicyFault>> {
        let file = toml::Deserializer::parse(text).and_then(File::deserialize).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![PolicyFault::new(line(text, at), error.message())]
        })?;
        let mut checker =
            Checker { text, built_in: Template::built_in(), faults: Vec::new(), warnings: Vec::new() };
        for combination in &file.toxic_combination {
            checker.combination(combination);
        }
        let toxic_combinations: Vec<_> =
            file.toxic_combination.into_iter().map(Spanned::into_inner).collect();
        if file.rule.is_empty() {
            checker.fault(0, "there is no rule, so no request would get a message; add a [[rule]]");
        }
        let mut rules: Vec<Rule> = Vec::new();
        for rule in file.rule {
            let at = rule.span().start;
            let Some(rule) = checker.rule(at, rule.into_inner()) else { continue };
            checker.beside_earlier(at, &rule, &rules);
            checker.warn_of(at, &rule, &toxic_combinations);
            rules.push(rule);
        }
        let Checker { mut faults, warnings, .. } = checker;
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok((Policy { rules, toxic_combinations }, warnings)) } else { Err(faults) }
    }
}

impl Shows {
    /// A sample message's content, with every fact known and every section with a warning. Templates are
    /// tried on it.
    #[must_use]
    pub fn sample(&self) -> Content {
        let text = || Value::Known("text".to_owned());
        let section = |source: Source| {
            let mut facts: Vec<_> =
                source.facts().iter().map(|name| Fact::named(name, "Label", text())).collect();
            match source {
                Source::Profile => facts.extend(
                    self.attributes
                        .iter()
                        .map(|Attribute { name, label }| Fact::attribute(name, label, text())),
                ),
                Source::Request => facts.push(Fact::answer("Why?", text())),
                _ => {}
            }
            Section { source, facts, warnings: vec!["text".to_owned()] }
        };
        Content {
            sections: self.sections.iter().copied().map(section).collect(),
            as_of: Timestamp::UNIX_EPOCH,
        }
    }
}

/// The line of a byte offset in a text, from 1.
fn line(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

/// A check in progress. `at` is everywhere the byte offset of the checked table.
struct Checker<'a> {
    text: &'a str,
    built_in: Template,
    faults: Vec<PolicyFault>,
    warnings: Vec<PolicyFault>,
}

impl Checker<'_> {
    fn fault(&mut self, at: usize, text: impl Into<String>) {
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
        self.matches(at, &rule.name, &rule.matches);
        self.items(at, "relevant", &rule.relevant);
        if !rule.relevant.bundles.is_empty() {
            self.fault(
                at,
                "`relevant.bundles`: it is not read which bundles a person holds; list groups or apps",
            );
        }
        let shows = Shows { sections: rule.sections, attributes: rule.attributes };
        self.shows(at, &rule.name, &shows);
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
                let same = template.is_none() && shows == own.shows;
                let template = self.template(template, &shows);
                (!same).then_some(RuleView { shows, template })
            }
            None => Some(RuleView { shows: default_on_behalf(&own.shows), template: self.built_in.clone() }),
        };
        (self.faults.len() == faults_before).then_some(Rule {
            name: rule.name,
            matches: rule.matches,
            own,
            strangers,
            required: rule.required,
            relevant: rule.relevant,
            manager_details: rule.manager_details,
        })
    }

    fn matches(&mut self, at: usize, name: &str, matches: &Match) {
        let lists = [
            ("request_types", &matches.request_types),
            ("conditions", &matches.conditions),
            ("resources", &matches.resources),
            ("scopes", &matches.scopes),
            ("subjects", &matches.subjects),
        ];
        for (list, entries) in lists {
            if entries.iter().any(|entry| entry.trim().is_empty()) {
                self.fault(
                    at,
                    format!("`match.{list}` has an empty entry, which matches nothing; delete it"),
                );
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
        let parsed = Template::parse(text.as_ref())
            .and_then(|template| template.try_out(&shows.sample()).map(|()| template));
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

    fn warn_of(&mut self, at: usize, rule: &Rule, combinations: &[ToxicCombination]) {
        let line = line(self.text, at);
        let mut warn = |text: String| self.warnings.push(PolicyFault::new(line, &text));
        let name = &rule.name;
        if !rule.matches.subjects.is_empty() && rule.matches.api != Some(Api::V1) {
            warn(format!(
                "`{name}` chooses by the subject, which on v2 holds the requester's own name: whoever can \
                 edit that name can make the rule match; choose by ids, or add `api = \"v1\"`"
            ));
        }
        let everyone = rule.matches == Match::default();
        for attribute in rule.own.shows.attributes.iter().filter(|attribute| is_sensitive(&attribute.name)) {
            let whom = if everyone { "on everyone's requests" } else { "on these requests" };
            warn(format!(
                "`{name}` shows `{}` {whom} to everyone who can view them, the requester included; is it \
                 needed to decide?",
                attribute.name
            ));
        }
        if rule
            .view(true)
            .shows
            .sections
            .iter()
            .any(|section| matches!(section, Source::Access | Source::Sod))
        {
            warn(format!(
                "`{name}.on_behalf` shows what the person holds to whoever asks on that person's behalf"
            ));
        }
        if !combinations.is_empty() && !rule.own.shows.sections.contains(&Source::Sod) {
            warn(format!(
                "`{name}` has no section `sod`, so the toxic combinations are not checked on its requests"
            ));
        }
        if ![false, true].iter().all(|by_stranger| rule.view(*by_stranger).template.uses("warnings")) {
            warn(format!(
                "a template of `{name}` leaves out `warnings`: messages would not show conflicts or \
                 deactivated accounts"
            ));
        }
        let shows_manager = |by_stranger| rule.view(by_stranger).shows.sections.contains(&Source::Manager);
        if !rule.manager_details && ![false, true].into_iter().any(shows_manager) {
            warn(format!("`{name}` has `manager_details` but no section `manager` that they are about"));
        }
        if !rule.relevant.is_empty() && !rule.own.shows.sections.contains(&Source::Access) {
            warn(format!("`{name}` names `relevant` access but has no section `access` that shows it"));
        }
    }
}

/// What strangers see if the rule has no `on_behalf`: the request, which the requester wrote, and of the
/// person only what a directory would show.
fn default_on_behalf(shows: &Shows) -> Shows {
    let attribute = |name: &str, label: &str| Attribute { name: name.to_owned(), label: label.to_owned() };
    let of_directory = |source: &Source| matches!(source, Source::Request | Source::Profile);
    let mut sections: Vec<_> = shows.sections.iter().copied().filter(of_directory).collect();
    if !sections.contains(&Source::Profile) {
        sections.push(Source::Profile);
    }
    Shows { sections, attributes: vec![attribute("title", "Title"), attribute("department", "Department")] }
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
        && (list(&earlier.subjects, &later.subjects) || earlier.subjects.iter().any(|glob| glob == "*"))
        && (earlier.source.is_none() || earlier.source == later.source)
        && (earlier.api.is_none() || earlier.api == later.api)
        && (earlier.on_behalf.is_none() || earlier.on_behalf == later.on_behalf)
}

fn is_sensitive(attribute: &str) -> bool {
    let plain: String = attribute.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    plain == "state" || SENSITIVE.iter().any(|part| plain.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one right rule, and the text at its end.
    fn with(text: &str) -> String {
        format!("[[rule]]\nname = \"a\"\nmatch = {{ api = \"v1\" }}\nsections = [\"profile\"]\n{text}")
    }

    fn faults(text: &str) -> Vec<String> {
        Policy::check(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_embedded_policy_is_right_and_wise() {
        let (policy, warnings) = Policy::check(super::super::EMBEDDED).unwrap();
        assert!(!policy.rules.is_empty());
        assert_eq!(warnings, []);
    }

    #[test]
    fn every_fault_is_reported_with_its_line_and_remedy() {
        for (text, says) in [
            (with("attribute = []\n"), "line 5: unknown field `attribute`"),
            (with("match = {}\n"), "line 5: duplicate key"),
            (with("sections = ]\n"), "line 5: "),
            (with("[[rule]]\nname = \"b\"\n"), "line 5: missing field `sections`"),
            (with("[[rule]]\nname = \"b\"\nsections = []\n"), "line 5: `b` shows nothing"),
            (with("[[rule]]\nname = \"b\"\nsections = [\"hobbies\"]\n"), "line 7: unknown variant `hobbies`"),
            (
                with("[[rule]]\nname = \"\"\nsections = [\"profile\"]\n"),
                "line 5: the rule has an empty `name`",
            ),
            (with("[[rule]]\nname = \"a\"\nsections = [\"sod\"]\n"), "line 5: two rules are called `a`"),
            (
                with(
                    "[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { api = \"v1\", subjects = [\"x\"] }\n",
                ),
                "line 5: the rule `b` can never match: `a` above it",
            ),
            (
                with(
                    "[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { request_types = [\"618ad20a5ccefb000985fd15\"], resources = [\"0oa\"] }\n",
                ),
                "line 5: the rule `b` can never match: only v1 has request types",
            ),
            (
                with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { subjects = [\"\"] }\n"),
                "line 5: `match.subjects` has an empty entry",
            ),
            (
                with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { conditions = [\"0oa1\"] }\n"),
                "line 5: `match.conditions`: `0oa1`",
            ),
            (
                with(
                    "[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { request_types = [\"jira\"] }\n",
                ),
                "line 5: `match.request_types`: `jira`",
            ),
            (with("required = [\"sod\"]\n"), "line 1: `required` names `sod`"),
            (with("attributes = [{ name = \"title\" }]\n"), "missing field `label`"),
            (with("attributes = [{ name = \"title\", label = \"T:\" }]\n"), "line 1: the label of `title`"),
            (
                with("template = \"\"\"\n{{ profile.name }}\n{{ profile.nam }}\n\"\"\"\n"),
                "line 7: unknown variable `profile.nam`",
            ),
            (with("template = \"{{ nothing }}\"\n"), "line 5: unknown variable `nothing`"),
            (with("template = \"{{ sod.okta }}\"\n"), "line 5: unknown variable `sod"),
            (with("template = \"\"\"\na\n{% for %}\n\"\"\"\n"), "line 7: "),
            (with("template = \"{{ as_of | frobnicate }}\"\n"), "line 5: unknown filter"),
            (with("template = \"\"\n"), "line 5: the message is empty"),
            (
                with(
                    "[[toxic_combination]]\nname = \"x\"\nseverity = \"high\"\none = {}\nother = { groups = [\"a\"] }\n",
                ),
                "line 5: the side `one` of `x` is empty",
            ),
            (
                with(
                    "[[toxic_combination]]\nname = \"x\"\nseverity = \"deadly\"\none = { groups = [\"b\"] }\nother = { groups = [\"a\"] }\n",
                ),
                "line 7: unknown variant `deadly`",
            ),
            ("rule = []".to_owned(), "line 1: there is no rule"),
            (String::new(), "line 1: missing field `rule`"),
        ] {
            let faults = faults(&text);
            assert!(faults.iter().any(|fault| fault.contains(says)), "{text}\n{faults:#?}\nlacks {says}");
        }
        assert_eq!(faults(&with("")), [""; 0]);
    }

    #[test]
    fn what_is_legal_but_unwise_is_warned_of() {
        let text = with(
            "attributes = [{ name = \"mobilePhone\", label = \"Phone\" }]\n\
             on_behalf = { sections = [\"access\"] }\n\
             [[rule]]\nname = \"b\"\nmatch = { subjects = [\"*jira*\"] }\nsections = [\"profile\"]\n\
             relevant = { groups = [\"*\"] }\nmanager_details = false\n\
             [[toxic_combination]]\nname = \"x\"\nseverity = \"low\"\none = { groups = [\"b\"] }\nother = { apps = [\"a\"] }\n",
        );
        let (_, warnings) = Policy::check(&text).unwrap();
        let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        for says in [
            "line 1: `a` shows `mobilePhone`",
            "line 1: `a.on_behalf` shows what the person holds",
            "line 1: `a` has no section `sod`",
            "line 7: `b` chooses by the subject",
            "line 7: `b` names `relevant`",
            "line 7: `b` has `manager_details`",
        ] {
            assert!(warnings.iter().any(|warning| warning.contains(says)), "{warnings:#?}\nlacks {says}");
        }
    }
}
