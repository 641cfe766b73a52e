//! A [`Section`] is what one [`Source`] adds to a message: facts in order, and warnings. The sections of one
//! message are its [`Content`]. They are data: nothing here knows the policy, a client or the message's text.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use crate::okta::OktaError;

/// Calls the given macro with the list of sources: for each its variant, its module in `enrichment`
/// (which is also its name), and the names of its facts in order. A new source is one entry here.
macro_rules! sources {
    ($macro:ident) => {
        $macro! {
            /// What is asked for, for how long, and the requester's answers.
            Request request ["subject", "access", "scope", "duration", "asked_by", "raised_in"],
            /// Who the person is, and whether the account is alive.
            Profile profile ["name", "account", "joined", "last_sign_in"],
            /// Who the manager is, and whether that person is still active.
            Manager manager ["name"],
            /// How many groups and apps the person holds.
            Access access ["groups", "apps", "relevant"],
            /// Separation of duties: Okta's own conflicts, and the policy's toxic combinations.
            Sod sod ["okta", "combinations"],
        }
    };
}
pub(crate) use sources;

macro_rules! define_source {
    ($($(#[$doc:meta])* $variant:ident $name:ident [$($fact:literal),*],)*) => {
        /// Where facts come from. Each source adds one section to a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// What a message is made of.
#[derive(Clone, Debug)]
pub struct Content {
    /// In the order of the rule.
    pub sections: Vec<Section>,
    /// When the facts were read.
    pub as_of: Timestamp,
}

impl Content {
    /// Whether there is nothing to look at, and nothing was left unchecked.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.sections.iter().all(|section| section.warnings.is_empty() && section.lacks().next().is_none())
    }
}

/// What one source adds to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The source of these facts.
    pub source: Source,
    /// In the order of the message.
    pub facts: Vec<Fact>,
    /// What the approver must not miss. Warnings stand first in the message.
    pub warnings: Vec<String>,
}

impl Section {
    /// A section in which no fact applies. Templates can use its facts, which are empty.
    #[must_use]
    pub fn without_facts(source: Source) -> Section {
        let facts = source.facts().iter().map(|name| Fact::named(name, "", Value::NotApplicable)).collect();
        Section { source, facts, warnings: Vec::new() }
    }

    /// Why facts of this section are not available; empty if the section is complete.
    pub fn lacks(&self) -> impl Iterator<Item = &Lack> {
        self.facts.iter().filter_map(|fact| match &fact.value {
            Value::NotAvailable(lack) => Some(lack),
            Value::Known(_) | Value::NotSet | Value::NotApplicable => None,
        })
    }
}

/// One line of a message. Label and value may be untrusted text: `message` neutralises both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The fact's name in templates.
    pub key: Key,
    /// The words before the value.
    pub label: String,
    /// What is known.
    pub value: Value,
}

/// A fact's name in templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// `<section>.<name>`.
    Named(&'static str),
    /// `profile.attributes.<name>`.
    Attribute(String),
    /// An entry of `request.answers`.
    Answer,
}

/// What is known of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The value.
    Known(String),
    /// Okta has no value there.
    NotSet,
    /// The value could not be read.
    NotAvailable(Lack),
    /// The fact does not apply to this request. The message leaves its line out.
    NotApplicable,
}

/// Why a fact is not available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The reason in the message: a few words of the program's own.
    pub reason: String,
    /// The calls that failed; empty if none did.
    pub errors: Vec<OktaError>,
}

impl Lack {
    /// A lack without a failed call.
    #[must_use]
    pub fn because(reason: &str) -> Lack {
        Lack { reason: reason.to_owned(), errors: Vec::new() }
    }
}

impl From<&OktaError> for Lack {
    fn from(error: &OktaError) -> Lack {
        Lack { reason: error.brief(), errors: vec![error.clone()] }
    }
}

impl Value {
    /// A fact that is lacking because a call failed.
    #[must_use]
    pub fn lacking(error: &OktaError) -> Value {
        Value::NotAvailable(error.into())
    }

    /// The value; [`Value::NotSet`] if there is none.
    #[must_use]
    pub fn of(text: Option<String>) -> Value {
        text.map_or(Value::NotSet, Value::Known)
    }

    /// The value; [`Value::NotApplicable`] if there is none, so that the message has no line for it.
    #[must_use]
    pub fn if_any(text: Option<String>) -> Value {
        text.map_or(Value::NotApplicable, Value::Known)
    }
}

impl Fact {
    /// A fact that templates know as `<section>.<name>`; `name` is among [`Source::facts`].
    #[must_use]
    pub fn named(name: &'static str, label: &str, value: Value) -> Fact {
        Fact { key: Key::Named(name), label: label.to_owned(), value }
    }

    /// An attribute of the person's profile, by its variable name in Okta.
    #[must_use]
    pub fn attribute(name: &str, label: &str, value: Value) -> Fact {
        Fact { key: Key::Attribute(name.to_owned()), label: label.to_owned(), value }
    }

    /// A field of the request form: the question, and what the requester filled in.
    #[must_use]
    pub fn answer(prompt: &str, value: Value) -> Fact {
        Fact { key: Key::Answer, label: prompt.to_owned(), value }
    }
}
