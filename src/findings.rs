//! The [`Findings`]: how many warnings of each kind a message has, and which checks were not done. They are
//! numbers and the program's own names: no personal data.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::section::{CheckKind, Content, WarningKind};

/// What the checks of one message found. Empty if all checks that apply were made and found nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    #[serde(rename = "message_warnings")]
    warnings: BTreeMap<WarningKind, u64>,
    checks_not_done: BTreeSet<CheckKind>,
}

impl Findings {
    /// What the checks of this content found. It counts the warnings that the message has no room for, and
    /// names the checks for which the credential lacks a right.
    #[must_use]
    pub fn of(content: &Content) -> Findings {
        let mut findings = Findings::default();
        for check in content.sections.iter().flat_map(|section| &section.checks) {
            for warning in &check.warnings {
                *findings.warnings.entry(warning.kind).or_default() += 1;
            }
            if check.not_done.is_some() {
                findings.checks_not_done.insert(check.kind);
            }
        }
        findings
    }

    /// The kinds of warnings that the message has, gravest first, with their numbers.
    pub fn warnings(&self) -> impl Iterator<Item = (WarningKind, u64)> {
        self.warnings.iter().map(|(kind, number)| (*kind, *number))
    }

    /// The checks that apply and were not made, in the order of a message.
    #[must_use]
    pub fn checks_not_done(&self) -> impl ExactSizeIterator<Item = CheckKind> {
        self.checks_not_done.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::section::{Check, Lack, Section, Source, Warning};
    use crate::words::Term;

    fn content(checks: Vec<Check>) -> Content {
        let section = Section { checks, ..Section::without_facts(Source::Sod) };
        Content { sections: vec![section], ..Content::default() }
    }

    #[test]
    fn warnings_are_counted_by_kind_and_each_check_not_done_is_named_once() {
        let warning = |kind| Warning::new(kind, Term::OwnManager);
        let conflicts = vec![
            warning(WarningKind::Conflict),
            warning(WarningKind::HighConflict),
            warning(WarningKind::Conflict),
        ];
        let not_done =
            |kind| Check::not_done(kind, Term::CheckManager, Lack::of_answer(Term::OktaDoesNotSay));
        let in_part = Check { warnings: conflicts, ..not_done(CheckKind::OurRules) };
        let made = Check::made(CheckKind::Account, Term::CheckAccount, Vec::new());
        let checks = vec![in_part, not_done(CheckKind::OurRules), not_done(CheckKind::Manager), made];
        let findings = Findings::of(&content(checks));
        assert_eq!(
            serde_json::to_string(&findings).unwrap(),
            json!({
                "message_warnings": {"high-conflict": 1, "conflict": 2},
                "checks_not_done": ["manager", "our-rules"]
            })
            .to_string()
        );
        assert_eq!(Findings::of(&content(Vec::new())), Findings::default());
    }
}
