//! What a message does not show because a stranger asked, and how it says so.

use super::people::AskerRole;
use crate::policy::{Rule, RuleView};
use crate::section::{CheckKind, Fact, Key, NOT_SHOWN, Section, Source, Value};
use crate::words::{Piece, Term};

/// Why details are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Someone asked who is neither the person nor the manager.
    SomeoneElse,
    /// Nobody says for certain who asked.
    Uncertain,
    /// Nobody says who gets the access.
    Nobody,
}

impl Why {
    /// The reason; `None` if everything is shown.
    #[must_use]
    pub(super) fn of(role: AskerRole) -> Option<Why> {
        match role {
            AskerRole::Entitled => None,
            AskerRole::Stranger | AskerRole::PerhapsManager | AskerRole::ManagerByEmail => {
                Some(Why::SomeoneElse)
            }
            AskerRole::Uncertain => Some(Why::Uncertain),
        }
    }

    /// The warning that there are conflicts.
    #[must_use]
    pub(super) fn conflicts_exist(self) -> Term {
        match self {
            Why::SomeoneElse => Term::ConflictsExist,
            Why::Uncertain => Term::ConflictsExistUncertain,
            Why::Nobody => Term::ConflictsExistNobody,
        }
    }

    /// What of the rule's own message this view leaves out.
    #[must_use]
    pub(super) fn fact(self, rule: &Rule, view: &RuleView) -> Fact {
        let label = match self {
            Why::SomeoneElse => Term::NotShownToOthers,
            Why::Uncertain => Term::NotShownUncertain,
            Why::Nobody => Term::NotShownNobody,
        };
        let shown = |name: &str| view.shows.attributes.iter().any(|shown| shown.name == name);
        let attributes = match (&rule.own.shows.attributes, self) {
            (own, Why::Nobody) => (!own.is_empty()).then_some(Term::Attributes),
            (own, _) if own.iter().all(|own| shown(&own.name)) => None,
            _ => Some(Term::FurtherAttributes),
        };
        let checks_end_date = rule.own.shows.sections.contains(&Source::Profile) && rule.end_date.is_some();
        let end_date = checks_end_date.then_some(Term::CheckEndDate);
        let hidden = rule.own.shows.sections.iter().filter_map(|source| self.withheld(*source, view));
        let items: Vec<Piece> =
            attributes.into_iter().chain(end_date).chain(hidden).map(Piece::from).collect();
        let value = (!items.is_empty()).then(|| Piece::all(items));
        Fact::named(NOT_SHOWN, label, Value::if_any(value))
    }

    /// The words for what a stranger does not see of a section. The message says itself whether there are
    /// conflicts.
    fn withheld(self, source: Source, view: &RuleView) -> Option<Term> {
        let is_of_person = matches!(source, Source::Profile | Source::Manager);
        // Of nobody nothing is read, whatever the view shows.
        let is_shown = view.shows.sections.contains(&source) && !(self == Why::Nobody && is_of_person);
        match source {
            Source::Access => Some(Term::CheckHeld),
            Source::Manager if !is_shown => Some(Term::CheckManager),
            Source::History => Some(Term::CheckHistory),
            Source::Peers => Some(Term::Peers),
            Source::Request if !is_shown => Some(Term::CheckRequest),
            Source::Profile if !is_shown => Some(Term::CheckAccount),
            Source::Labels if !is_shown => Some(Term::CheckLabels),
            Source::Approval if !is_shown => Some(Term::CheckApprover),
            Source::Manager
            | Source::Request
            | Source::Profile
            | Source::Sod
            | Source::Labels
            | Source::Approval => None,
        }
    }
}

/// The section without what a stranger must not see, whatever the policy shows.
#[must_use]
pub(super) fn without_private_facts(mut section: Section) -> Section {
    let is_private = |key: &Key| match (section.source, key) {
        (Source::Profile, Key::Named(name)) => matches!(*name, "since" | "last_sign_in"),
        (Source::Access, Key::Named(name)) => *name == "relevant",
        (Source::History | Source::Peers, _) => true,
        _ => false,
    };
    for fact in &mut section.facts {
        if is_private(&fact.key) {
            fact.value = Value::NotApplicable;
        }
    }
    let is_private =
        |kind| matches!(kind, CheckKind::AccessHeld | CheckKind::EarlierRequests | CheckKind::EndDate);
    section.checks.retain(|check| !is_private(check.kind));
    section
}
