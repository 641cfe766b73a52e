//! The section `profile`: the attributes of the person whom the rule names, since when there is an account,
//! and whether it is active. Every message needs the person's account, so `gather` reads it for every
//! request; this source uses the same answer.

use jiff::{SignedDuration, Timestamp};

use super::account_state::{AccountState, status_in_words};
use super::end_date;
use super::inquiry::Inquiry;
use super::written;
use crate::okta::endpoint::Endpoint;
use crate::okta::{LastSignIn, User};
use crate::policy::Attribute;
use crate::section::{
    Check, CheckKind, Fact, Label, Lack, Line, Section, Source, Value, Warning, WarningKind,
};
use crate::words::{self, Piece, Term};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::User];

/// A younger account is worth a line in every message.
const YOUNG: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The longest status of a kind that this program does not know, in UTF-16 units.
const STATUS_LIMIT: usize = 40;

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let matter = &inquiry.matter;
    let attributes = &matter.view.shows.attributes;
    match inquiry.user().await.as_ref() {
        Ok(user) => {
            let mut section = evaluate(user, attributes, matter.now);
            section.checks.extend(end_date::check(inquiry, user).await);
            section
        }
        // `gather` fails the attempt with this error.
        Err(error) => {
            let check = Check::not_done(CheckKind::Account, Term::CheckAccount, error.into());
            Section { checks: vec![check], ..of_nobody(attributes) }
        }
    }
}

/// The section of a person who is not known. Every fact is there, and empty, so that templates can use it.
#[must_use]
pub fn of_nobody(attributes: &[Attribute]) -> Section {
    let mut section = Section::without_facts(Source::Profile);
    let empty = |Attribute { name, label }: &Attribute| Fact::attribute(name, label, Value::NotApplicable);
    section.facts.extend(attributes.iter().map(empty));
    section
}

/// The rule's attributes and the account's state.
#[must_use]
pub fn evaluate(user: &User, attributes: &[Attribute], now: Timestamp) -> Section {
    let shown = |Attribute { name, label }: &Attribute| {
        let value = user.value(name).map(|value| Piece::whole(written::piece(&value), usize::MAX / 2, false));
        Fact::attribute(name, label, Value::of(value))
    };
    let mut facts: Vec<Fact> = attributes.iter().map(shown).collect();
    let status = user.status.as_deref();
    facts.push(Fact::by_name("account", Value::Known(account(status.unwrap_or_default()))));
    facts.push(since(user, now));
    facts.push(Fact::by_name("last_sign_in", last_sign_in(user, now)));
    Section { source: Source::Profile, facts, checks: vec![check(status)] }
}

fn day(at: Timestamp, now: Timestamp) -> Piece {
    Piece::said(Term::DayAndAge, [Piece::Day(at), words::age(at, now)])
}

/// Since when Okta has the account. That is not when the person joined the company.
fn since(user: &User, now: Timestamp) -> Fact {
    let since = user.since();
    let age = since.map(|at| now.duration_since(at));
    let is_young = age.is_some_and(|age| !age.is_negative() && age < YOUNG);
    Fact {
        label: Label::Own(Term::AccountSince),
        line: if is_young { Line::Sentence } else { Line::ByNameOnly },
        ..Fact::by_name("since", Value::of(since.map(|at| day(at, now))))
    }
}

fn last_sign_in(user: &User, now: Timestamp) -> Value {
    match user.last_sign_in() {
        LastSignIn::Never => Value::Known(Term::Never.into()),
        LastSignIn::At(at) => Value::Known(day(at, now)),
        LastSignIn::Unreadable => Value::NotSet,
    }
}

/// An account's status in the words of the message.
fn account(status: &str) -> Piece {
    status_in_words(status).map_or_else(|| Piece::text(status, STATUS_LIMIT), Piece::from)
}

/// Whether the account is active.
fn check(status: Option<&str>) -> Check {
    let warning = match AccountState::of(status) {
        AccountState::Active => None,
        AccountState::NotActiveYet => Some(Term::NotActiveYet),
        AccountState::LockedOut => Some(Term::LockedOut),
        AccountState::Suspended => Some(Term::Suspended),
        AccountState::Deactivated => Some(Term::Deactivated),
        AccountState::Unknown => {
            let why = Lack::of_answer(Term::StateUnknown);
            return Check::not_done(CheckKind::Account, Term::CheckAccount, why);
        }
    };
    let warnings = warning.map(|word| Warning::new(WarningKind::Account, word)).into_iter().collect();
    Check::made(CheckKind::Account, Term::CheckAccount, warnings)
}
