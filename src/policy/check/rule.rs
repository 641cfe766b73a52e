//! The checks of a rule.

use toml::Spanned;

use super::{Checker, covers};
use crate::policy::reading::{Keys, Table};
use crate::policy::{Attribute, Items, Posting, Rule, RuleView, Shows};
use crate::section::Source;

const POSTINGS: [(&str, Posting); 3] =
    [("always", Posting::Always), ("warnings", Posting::Warnings), ("none", Posting::None)];

impl Checker<'_> {
    /// The rule of a table; `None` if it has a fault.
    pub(super) fn rule(&mut self, table: &Table<'_>) -> Option<Rule> {
        let (faults_before, keys) = (self.reader.count(), &Keys::RULE);
        self.reader.report_unknown_keys(table, keys);
        let name = self.reader.required_text(table, keys, "name");
        if name.get_ref().trim().is_empty() {
            self.fault(name.span(), "the rule has an empty `name`", "write one, log lines show it");
        }
        let name = name.into_inner();
        let matches = self.matches(table, &name);
        let message = self.reader.choice(table, keys, "message", &POSTINGS).unwrap_or_default();
        // A rule without messages may leave the sections out.
        let (shows, is_sure) = self.shows(table, keys, &name, message != Posting::None);
        let required = self.required(table, &shows, is_sure);
        let relevant = self.relevant(table);
        let manager_details = self.reader.flag(table, keys, "manager_details").unwrap_or(true);
        let grants = self.reader.flag(table, keys, "grants").unwrap_or_default();
        let end_date = self.end_date(table);
        let own = RuleView { template: self.template(table, keys, &shows, is_sure), shows };
        let strangers = self.strangers(table, &name, &own, end_date.is_some());
        (self.reader.count() == faults_before).then_some(Rule {
            name,
            matches,
            message,
            own,
            strangers,
            required,
            relevant,
            manager_details,
            grants,
            end_date,
        })
    }

    fn required(&mut self, table: &Table<'_>, shows: &Shows, is_sure: bool) -> Vec<Source> {
        let required = self.sections(table, &Keys::RULE, "required");
        let missing = |section: &&Spanned<Source>| is_sure && !shows.sections.contains(section.get_ref());
        for section in required.iter().filter(missing) {
            let cause =
                format!("`required` names `{}`, which is not among the rule's sections", section.get_ref());
            self.fault(section.span(), &cause, "add it to `sections`");
        }
        required.into_iter().map(Spanned::into_inner).collect()
    }

    fn relevant(&mut self, table: &Table<'_>) -> Items {
        let Some(table) = self.reader.table(table, &Keys::RULE, "relevant") else { return Items::default() };
        let relevant = self.items(&table, "relevant");
        if !relevant.bundles.is_empty() {
            let cause = "`relevant.bundles`: the program does not read all bundles that a person holds";
            self.fault(table.place_of("bundles"), cause, "list groups or apps");
        }
        relevant
    }

    fn end_date(&mut self, table: &Table<'_>) -> Option<String> {
        let text = self.reader.text(table, &Keys::RULE, "end_date")?;
        let text = Spanned::new(text.span(), text.get_ref().to_string());
        self.attribute_name(&text, "end_date");
        Some(text.into_inner())
    }

    /// What strangers see; `None` if they see what everyone sees.
    fn strangers(
        &mut self,
        rule: &Table<'_>,
        name: &str,
        own: &RuleView,
        has_end_date: bool,
    ) -> Option<RuleView> {
        let Some(table) = self.reader.table(rule, &Keys::RULE, "on_behalf") else {
            return Some(RuleView { shows: default_on_behalf(&own.shows), template: self.built_in.clone() });
        };
        self.reader.report_unknown_keys(&table, &Keys::ON_BEHALF);
        let (shows, is_sure) = self.shows(&table, &Keys::ON_BEHALF, &format!("{name}.on_behalf"), true);
        let has_private = has_end_date || own.shows.sections.iter().copied().any(is_private);
        let has_template = [rule, &table].into_iter().any(|table| table.get("template").is_some());
        let same = !has_template && shows == own.shows && !has_private;
        let template = self.template(&table, &Keys::ON_BEHALF, &shows, is_sure);
        (!same).then_some(RuleView { shows, template })
    }

    /// Reports what is wrong with a rule only because of the rules above it.
    pub(super) fn beside_earlier(&mut self, table: &Table<'_>, rule: &Rule, earlier: &[Rule]) {
        let name = &rule.name;
        if let Some(earlier) = earlier.iter().find(|earlier| covers(&earlier.matches, &rule.matches)) {
            let cause = format!(
                "the rule `{name}` can never match: `{}` above it already matches all of these requests",
                earlier.name
            );
            self.fault(table.place.clone(), &cause, "move it up, or delete it");
        }
        if earlier.iter().any(|earlier| earlier.name == *name) {
            let place = table.get("name").map_or_else(|| table.place.clone(), Spanned::span);
            self.fault(place, &format!("two rules are called `{name}`"), "rename one");
        }
    }
}

/// What strangers see if the rule has no `on_behalf`: the request, which the requester wrote, and of the
/// person only what a directory would show. Attributes keep the rule's own labels.
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
    matches!(section, Source::Profile | Source::Access | Source::History | Source::Peers)
}
