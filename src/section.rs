//! A [`Section`] is what one [`Source`] adds to a message: facts in order, and checks. The sections of one
//! message, with the people and the things that it is about, are its [`Content`]. They are data: nothing here
//! knows the policy, a client or the message's text.

mod check;
mod fact;
mod reason;

use std::fmt;

use jiff::Timestamp;

pub use self::check::{Check, CheckKind, Warning, WarningKind};
pub use self::fact::{Fact, Key, Label, Lack, Line, Reason, Value};
pub use self::reason::in_brief;
use crate::words::Piece;

/// Calls the given macro with the list of sources: for each its variant, its module in `enrichment`
/// (which is also its name), and the names of its facts in order. A new source is one entry here.
macro_rules! sources {
    ($macro:ident) => {
        $macro! {
            /// What is asked for, for how long, what it opens, and the requester's answers.
            Request request ["subject", "access", "scope", "duration", "raised_in", "contents"],
            /// Who the person is, and whether the account is active.
            Profile profile ["account", "since", "last_sign_in"],
            /// Who the manager is, and whether that person is still active.
            Manager manager ["name"],
            /// Whether the person holds this already, and what else.
            Access access ["groups", "apps", "relevant"],
            /// Separation of duties: Okta's own conflicts, and the policy's toxic combinations.
            Sod sod ["okta", "combinations"],
            /// How often the same was asked for before, and whether that was denied.
            History history ["requests"],
            /// How many colleagues of the same manager have this. Opt-in.
            Peers peers ["same_manager"],
            /// How admins marked the resource in Okta. Opt-in.
            Labels labels ["marks"],
            /// Who is to approve. Opt-in.
            Approval approval ["approvers"],
        }
    };
}
pub(crate) use sources;

macro_rules! define_source {
    ($($(#[$doc:meta])* $variant:ident $name:ident [$($fact:literal),*],)*) => {
        /// Where facts come from. Each source adds one section to a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(rename_all = "lowercase"))]
        pub enum Source {
            $($(#[$doc])* $variant,)*
        }

        impl Source {
            /// Every source.
            pub const ALL: &[Source] = &[$(Source::$variant),*];

            /// Its name in the policy, in answers and in log lines.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Source::$variant => stringify!($name),)*
                }
            }

            /// The names of its facts, in order. Templates know a fact as `<source>.<name>`. Attributes and
            /// answers stand beside them.
            #[must_use]
            pub fn facts(self) -> &'static [&'static str] {
                match self {
                    $(Source::$variant => &[$($fact),*],)*
                }
            }
        }
    };
}
sources!(define_source);

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Source {
    /// Whether a missing right to its calls is a matter of set-up alone. The log line and `enricher doctor`
    /// say it, and the message does not: otherwise every message would end in the same words.
    #[must_use]
    fn hides_missing_rights(self) -> bool {
        !matches!(self, Source::Profile | Source::Manager | Source::Sod)
    }
}

/// The name of the fact who gets the access, among [`Content::people`].
pub const FOR: &str = "for";
/// The name of the fact who asked.
pub const ASKED_BY: &str = "asked_by";
/// The name of the fact what a stranger does not see.
pub const NOT_SHOWN: &str = "not_shown";

/// What a message is made of.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// Who gets the access, who asked, and what a stranger does not see. It stays in every message.
    pub people: Vec<Fact>,
    /// What the headline names.
    pub asked_for: AskedFor,
    /// In the order of the rule.
    pub sections: Vec<Section>,
    /// When the facts were read.
    pub as_of: Timestamp,
}

/// What is asked for, as the headline names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedFor {
    /// The names of the part and of the app or other resource; untrusted. Empty if they are not known.
    pub names: Vec<String>,
    /// How many other things are asked for.
    pub more: usize,
    /// For how long.
    pub duration: Option<Piece>,
    /// The request's subject line, untrusted; it stands in for the names.
    pub subject: Option<String>,
}

/// What one source adds to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The source of these facts.
    pub source: Source,
    /// In the order of the message.
    pub facts: Vec<Fact>,
    /// Its checks, as far as they apply to this request.
    pub checks: Vec<Check>,
}

impl Section {
    /// A section in which no fact applies. Templates can use its facts, which are empty.
    #[must_use]
    pub fn without_facts(source: Source) -> Section {
        let facts = source.facts().iter().map(|name| Fact::by_name(name, Value::NotApplicable)).collect();
        Section { source, facts, checks: Vec::new() }
    }

    /// What could not be read, and so was not checked. Empty if everything was read.
    pub fn lacks(&self) -> impl Iterator<Item = &Lack> {
        let of_facts = self.facts.iter().filter_map(|fact| match &fact.value {
            Value::NotAvailable(lack) => Some(lack),
            Value::Known(_) | Value::NotSet | Value::NotApplicable => None,
        });
        of_facts.chain(self.checks.iter().filter_map(|check| check.not_done.as_ref()))
    }

    /// The first check that was not made, of those that apply.
    #[must_use]
    pub fn not_done(&self) -> Option<&Lack> {
        self.checks.iter().find_map(|check| check.not_done.as_ref())
    }
}

impl Content {
    /// All warnings, gravest first.
    #[must_use]
    pub fn warnings(&self) -> Vec<&Warning> {
        let checks = self.sections.iter().flat_map(|section| &section.checks);
        let mut warnings: Vec<_> = checks.flat_map(|check| &check.warnings).collect();
        warnings.sort_by_key(|warning| warning.kind);
        warnings
    }

    /// The checks that were made, in the order of [`CheckKind`].
    #[must_use]
    pub fn made(&self) -> Vec<&Check> {
        let checks = self.sections.iter().flat_map(|section| &section.checks);
        in_order(checks.filter(|check| check.not_done.is_none()).collect())
    }

    /// The checks that the message calls not made, each with the reason, in the order of [`CheckKind`].
    #[must_use]
    pub fn not_made(&self) -> Vec<&Check> {
        let checks = self.sections.iter().flat_map(|section| {
            let said = |check: &&Check| {
                let of_rights = check.not_done.as_ref().is_some_and(Lack::is_of_rights);
                check.not_done.is_some() && !(of_rights && section.source.hides_missing_rights())
            };
            section.checks.iter().filter(said)
        });
        in_order(checks.collect())
    }

    /// Whether there is nothing to look at: no warning, and every check was made that the message would call
    /// not made.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.warnings().is_empty() && self.not_made().is_empty()
    }
}

fn in_order(mut checks: Vec<&Check>) -> Vec<&Check> {
    checks.sort_by_key(|check| check.kind);
    checks
}
