//! Who asked, as the message says it. It is always said if that is not the person who gets the access.

use super::naming;
use super::people::People;
use crate::okta::{OktaError, User};
use crate::request::Asker;
use crate::section::{ASKED_BY, Fact, Lack, Section, Source, Value};
use crate::words::{Piece, Term};

/// The fact who asked; it does not apply if that was the person. `requester` is the account of the one who asked,
/// if that is someone else.
#[must_use]
pub(super) fn fact(people: &People, requester: Option<&Result<User, OktaError>>) -> Fact {
    let value = match (&people.asker, requester) {
        (Asker::Person(_), Some(account)) => other(account, people.doubtful),
        (Asker::Person(_), None) if people.doubtful => Value::Known(Term::PerhapsThePerson.into()),
        (Asker::Person(_), None) => Value::NotApplicable,
        (Asker::Service(id), _) => {
            let word = if people.doubtful { Term::ServicePerhaps } else { Term::Service };
            Value::Known(Piece::said(word, [Piece::Plain(id.to_string())]))
        }
        (Asker::Unknown, _) => Value::Known(Term::AskerUnknown.into()),
    };
    Fact::named(ASKED_BY, Term::AskedBy, value)
}

/// Adds to the section `request` that the name of the one who asked can't be read, if that is so: for templates and
/// for the log line.
pub(super) fn note_unread(sections: &mut Vec<Section>, requester: Option<&Result<User, OktaError>>) {
    let Some(Err(error)) = requester else { return };
    let fact = Fact::by_name(ASKED_BY, Value::lacking(error));
    match sections.iter_mut().find(|section| section.source == Source::Request) {
        Some(request) => request.facts.push(fact),
        None => {
            sections.push(Section { source: Source::Request, facts: vec![fact], checks: Vec::new() });
        }
    }
}

fn other(account: &Result<User, OktaError>, doubtful: bool) -> Value {
    let name = match account {
        Ok(user) => naming::with_login(user).unwrap_or_else(|| Term::SomeoneUnnamed.into()),
        Err(error) => Piece::said(Term::SomeoneUnread, [Lack::from(error).reason]),
    };
    let word = if doubtful { Term::OnBehalfPerhaps } else { Term::OnBehalf };
    Value::Known(Piece::said(word, [name]))
}
