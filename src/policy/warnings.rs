//! The warnings of `enricher check`: what is legal in a policy file, but probably not what its author meant. The
//! deployed function does not look for them.

mod sensitive;

use self::sensitive::is_sensitive;
use super::check::{checked, line};
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
    /// All faults, ordered by line.
    pub fn check(text: &str) -> Result<(Policy, Vec<PolicyFault>), Vec<PolicyFault>> {
        let checked = checked(text)?;
        let policy = checked.policy;
        let mut warnings: Vec<(usize, String)> = Vec::new();
        if let Some(at) = checked.words {
            warnings.extend(of_words(&policy.words).map(|text| (at, text)));
        }
        if policy.rules.iter().all(|rule| rule.message == Posting::None) {
            let first = checked.rules.first().copied().unwrap_or_default();
            let text = "every rule says `message = \"none\"`, so no request gets a message";
            warnings.push((first, text.to_owned()));
        }
        for (rule, at) in policy.rules.iter().zip(checked.rules) {
            warnings.extend(of_rule(rule, &policy.toxic_combinations).into_iter().map(|text| (at, text)));
        }
        let mut warnings: Vec<_> =
            warnings.into_iter().map(|(at, warning)| PolicyFault::new(line(text, at), &warning)).collect();
        warnings.sort_by_key(|warning| warning.line);
        Ok((policy, warnings))
    }
}

/// The warning if some words stay English.
fn of_words(words: &Words) -> Option<String> {
    let missing: Vec<&str> = words.missing().map(Term::key).collect();
    (!missing.is_empty()).then(|| {
        format!(
            "`[words]` leaves {} of {} English: {}",
            missing.len(),
            count(Term::ALL.len(), "word"),
            missing.join(", ")
        )
    })
}

fn of_rule(rule: &Rule, combinations: &[ToxicCombination]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |text: String| warnings.push(text);
    let name = &rule.name;
    if !rule.matches.subjects.is_empty() && rule.matches.api != Some(Api::V1) {
        warn(format!(
            "`{name}` chooses by the subject, which on v2 holds the requester's own name: whoever can \
             edit that name can make the rule match; choose by ids, or add `api = \"v1\"`"
        ));
    }
    if rule.message == Posting::None {
        return warnings;
    }
    let everyone = rule.matches == Match::default();
    let mut attributes: Vec<&str> = Vec::new();
    for attribute in [false, true].iter().flat_map(|by_stranger| &rule.view(*by_stranger).shows.attributes) {
        if is_sensitive(&attribute.name) && !attributes.contains(&attribute.name.as_str()) {
            attributes.push(&attribute.name);
        }
    }
    for attribute in attributes {
        let whom = if everyone { "on everyone's requests" } else { "on these requests" };
        warn(format!(
            "`{name}` shows `{attribute}` {whom} to everyone who can view them, the requester included; is it \
             needed to decide?"
        ));
    }
    for section in &rule.view(true).shows.sections {
        match section {
            Source::Sod => warn(format!(
                "`{name}.on_behalf` shows what the person holds to whoever asks on that person's behalf"
            )),
            Source::Access => warn(format!(
                "`{name}.on_behalf` has the section `access`: a stranger sees at most how many groups and apps \
                 the person holds, and only if a template names it"
            )),
            Source::History | Source::Peers => warn(format!(
                "`{name}.on_behalf` has the section `{section}`, of which a stranger sees nothing; delete it"
            )),
            _ => {}
        }
    }
    if !combinations.is_empty() && !rule.own.shows.sections.contains(&Source::Sod) {
        warn(format!(
            "`{name}` has no section `sod`, so the toxic combinations are not checked on its requests"
        ));
    }
    if ![false, true].iter().all(|by_stranger| rule.view(*by_stranger).template.shows_warnings()) {
        warn(format!(
            "a template of `{name}` leaves out `warnings`, so they stand above its text; write `warnings` or \
             `warning_lines` where they belong"
        ));
    }
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
            warn(format!(
                "`{name}` has `{key}` but no section `{section}`, so the key does nothing; add the section, or \
                 delete the key"
            ));
        }
    }
    warnings
}
