//! The section `profile`: who the person is, and whether the account is active. Every message needs the
//! person's account, so `gather` reads it for every request; this source uses the same answer.

use jiff::Timestamp;

use super::inquiry::Inquiry;
use crate::okta::endpoint::Endpoint;
use crate::okta::{LastSignIn, User};
use crate::policy::Attribute;
use crate::request::UserId;
use crate::section::{Fact, Lack, Section, Source, Value};
use crate::text;

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::User];

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    match inquiry.user().await.as_ref() {
        Ok(user) => {
            let Inquiry { people, matter, standing } = inquiry;
            let attributes = &matter.view.shows.attributes;
            evaluate(&people.subject, user, attributes, standing.is_stranger(), matter.now)
        }
        // `gather` fails the attempt with this error.
        Err(error) => {
            let lack = || Value::lacking(error);
            Section {
                source: Source::Profile,
                facts: vec![Fact::named("name", "For", lack())],
                warnings: Vec::new(),
            }
        }
    }
}

/// The section of a person who is not known: it says why. Every other fact is there, and empty, so that
/// templates can use it.
#[must_use]
pub fn of_nobody(attributes: &[Attribute], why: &str) -> Section {
    let mut facts = Section::without_facts(Source::Profile).facts;
    if let Some(name) = facts.first_mut() {
        *name = Fact::named("name", "For", Value::NotAvailable(Lack::because(why)));
    }
    let empty =
        |attribute: &Attribute| Fact::attribute(&attribute.name, &attribute.label, Value::NotApplicable);
    facts.extend(attributes.iter().map(empty));
    Section { source: Source::Profile, facts, warnings: Vec::new() }
}

/// The name, the rule's attributes and the account's state. A stranger does not see when the person joined or
/// last signed in.
#[must_use]
pub fn evaluate(
    id: &UserId,
    user: &User,
    attributes: &[Attribute],
    by_stranger: bool,
    now: Timestamp,
) -> Section {
    let status = user.status.as_deref().unwrap_or_default();
    let day = |at: Timestamp| format!("{} ({})", text::date(at), text::ago(at, now));
    let (joined, last_sign_in) = if by_stranger {
        (Value::NotApplicable, Value::NotApplicable)
    } else {
        let last_sign_in = match user.last_sign_in() {
            LastSignIn::Never => Value::Known("never".to_owned()),
            LastSignIn::At(at) => Value::Known(day(at)),
            LastSignIn::Unreadable => Value::NotAvailable(Lack::because("Okta does not tell")),
        };
        (Value::of(user.joined().map(day)), last_sign_in)
    };
    let mut facts =
        vec![Fact::named("name", "For", Value::Known(user.name().unwrap_or_else(|| id.to_string())))];
    let shown = attributes.iter().map(|attribute| {
        Fact::attribute(&attribute.name, &attribute.label, Value::of(user.attribute(&attribute.name)))
    });
    facts.extend(shown);
    facts.extend([
        Fact::named("account", "Account", Value::Known(account(status))),
        Fact::named("joined", "Joined", joined),
        Fact::named("last_sign_in", "Last sign-in", last_sign_in),
    ]);
    let warnings = warning(status).map(str::to_owned).into_iter().collect();
    Section { source: Source::Profile, facts, warnings }
}

/// An account's status (Okta API reference, "Users", `status`) in the words of the message.
fn account(status: &str) -> String {
    match status {
        "ACTIVE" => "active",
        "STAGED" => "staged: made, but not activated yet",
        "PROVISIONED" => "provisioned: activated, but never used yet",
        "PASSWORD_EXPIRED" => "active, with an expired password",
        "RECOVERY" => "active, in password recovery",
        "LOCKED_OUT" => "locked out after failed sign-ins",
        "SUSPENDED" => "suspended",
        "DEPROVISIONED" => "deactivated",
        "" => "status unknown",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// The warning about an account that should not get access before the approver has asked.
fn warning(status: &str) -> Option<&'static str> {
    match status {
        "SUSPENDED" => Some("this person's account is suspended"),
        "DEPROVISIONED" => Some("this person's account is deactivated"),
        "LOCKED_OUT" => Some("this person's account is locked out after failed sign-ins"),
        _ => None,
    }
}
