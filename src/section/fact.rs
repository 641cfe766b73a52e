//! A [`Fact`]: something that is known of the person or the request, or why it is not known.

use super::reason::in_brief;
use crate::okta::OktaError;
use crate::words::{Piece, Term};

/// A fact. Label and value may hold untrusted text: a [`Piece`] makes it safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The fact's name in templates.
    pub key: Key,
    /// The words before the value.
    pub label: Label,
    /// What is known.
    pub value: Value,
    /// How the message shows it.
    pub line: Line,
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

/// The words before a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// None: the value is a whole sentence.
    None,
    /// The program's.
    Own(Term),
    /// The policy's.
    Policy(String),
    /// A question of the request form, untrusted; or the words in place of one.
    Question(Piece),
}

/// How a message shows a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// As a line: label, colon, value.
    Labelled,
    /// As a line: label, space, value.
    Sentence,
    /// Not by itself: a template can name it.
    ByNameOnly,
}

/// What is known of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The value.
    Known(Piece),
    /// Okta has no value there.
    NotSet,
    /// The value could not be read.
    NotAvailable(Lack),
    /// The fact does not apply to this request. The message has no line for it.
    NotApplicable,
}

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The reason in the message. It holds no text of others.
    pub reason: Piece,
    /// What caused it.
    pub cause: Reason,
}

/// What caused a [`Lack`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// These calls failed; at least one.
    Calls(Vec<OktaError>),
    /// Okta answered, but its answer says too little.
    Answer,
    /// The org's own data do not say it, such as a profile without a manager. It is no failure.
    Data,
}

impl Lack {
    /// Okta's answer says too little.
    #[must_use]
    pub fn of_answer(reason: impl Into<Piece>) -> Lack {
        Lack { reason: reason.into(), cause: Reason::Answer }
    }

    /// The org's data do not say it.
    #[must_use]
    pub fn of_data(reason: impl Into<Piece>) -> Lack {
        Lack { reason: reason.into(), cause: Reason::Data }
    }

    /// These calls failed; `None` if there are none. The reason is one for the moment if there is one: the
    /// message is silent about missing rights.
    #[must_use]
    pub fn of_calls<'a>(errors: impl IntoIterator<Item = &'a OktaError>) -> Option<Lack> {
        let errors: Vec<OktaError> = errors.into_iter().cloned().collect();
        let named = errors.iter().find(|error| !error.is_of_rights()).or(errors.first())?;
        Some(Lack { reason: in_brief(named), cause: Reason::Calls(errors) })
    }

    /// The calls that failed; empty if none did.
    #[must_use]
    pub fn errors(&self) -> &[OktaError] {
        match &self.cause {
            Reason::Calls(errors) => errors,
            Reason::Answer | Reason::Data => &[],
        }
    }

    /// Whether only rights are missing: a matter of set-up, the same for every request.
    #[must_use]
    pub fn is_of_rights(&self) -> bool {
        !self.errors().is_empty() && self.errors().iter().all(OktaError::is_of_rights)
    }

    /// Whether something failed, so that the message says less than it could.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.cause != Reason::Data
    }
}

impl From<&OktaError> for Lack {
    fn from(error: &OktaError) -> Lack {
        Lack { reason: in_brief(error), cause: Reason::Calls(vec![error.clone()]) }
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
    pub fn of(piece: Option<Piece>) -> Value {
        piece.map_or(Value::NotSet, Value::Known)
    }

    /// The value; [`Value::NotApplicable`] if there is none, so that the message has no line for it.
    #[must_use]
    pub fn if_any(piece: Option<Piece>) -> Value {
        piece.map_or(Value::NotApplicable, Value::Known)
    }
}

impl Fact {
    /// A line that templates know as `<section>.<name>`; `name` is among [`Source::facts`](super::Source).
    #[must_use]
    pub fn named(name: &'static str, label: Term, value: Value) -> Fact {
        Fact { key: Key::Named(name), label: Label::Own(label), value, line: Line::Labelled }
    }

    /// A fact that only templates show.
    #[must_use]
    pub fn by_name(name: &'static str, value: Value) -> Fact {
        Fact { key: Key::Named(name), label: Label::None, value, line: Line::ByNameOnly }
    }

    /// The same with a label, for messages whose headline has no room for it.
    #[must_use]
    pub fn labelled_by_name(name: &'static str, label: Term, value: Value) -> Fact {
        Fact { label: Label::Own(label), ..Fact::by_name(name, value) }
    }

    /// A fact whose value is a whole sentence.
    #[must_use]
    pub fn sentence(name: &'static str, value: Value) -> Fact {
        Fact { key: Key::Named(name), label: Label::None, value, line: Line::Sentence }
    }

    /// An attribute of the person's profile, by its variable name in Okta.
    #[must_use]
    pub fn attribute(name: &str, label: &str, value: Value) -> Fact {
        Fact {
            key: Key::Attribute(name.to_owned()),
            label: Label::Policy(label.to_owned()),
            value,
            line: Line::Labelled,
        }
    }

    /// A field of the request form: the question, and what the requester filled in.
    #[must_use]
    pub fn answer(prompt: &str, value: Value) -> Fact {
        let label = Label::Question(Piece::text(prompt, usize::MAX / 2));
        Fact { key: Key::Answer, label, value, line: Line::Labelled }
    }

    /// A field of the request form whose question Okta leaves out.
    #[must_use]
    pub fn unnamed_answer(words: impl Into<Piece>, value: Value) -> Fact {
        Fact { label: Label::Question(words.into()), ..Fact::answer("", value) }
    }
}
