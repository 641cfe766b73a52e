//! The manager: who it is, whether that person is still active, and whether an approval by the manager would be an
//! independent one. `managerId` may hold anything: an Okta id, a login, an e-mail, an HR number, nothing.

use super::inquiry::{Inquiry, People, Questions};
use crate::deadline::Deadline;
use crate::okta::endpoint::Endpoint;
use crate::okta::{OktaError, User, UserKey};
use crate::request::UserId;
use crate::section::{Fact, Section, Source, Value};

/// The calls that it makes.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::User];

/// What looking for the manager led to.
#[derive(Clone, Debug)]
pub enum Found {
    /// The profile names none.
    None,
    /// The profile names someone whom Okta does not know.
    Unknown,
    /// The person is named as their own manager.
    Self_,
    /// An Okta user.
    User(UserId, Box<User>),
    /// Okta could not be asked.
    Failed(OktaError),
}

impl Found {
    /// The manager's Okta id, where it is known.
    #[must_use]
    pub fn id(&self) -> Option<&UserId> {
        match self {
            Found::User(id, _) => Some(id),
            Found::None | Found::Unknown | Found::Self_ | Found::Failed(_) => None,
        }
    }
}

/// Finds the manager that the profile names. One call at most, and none if the manager is the requester, whose account was
/// asked for already.
pub async fn find(questions: &Questions<'_>, people: &People, person: &User, deadline: Deadline) -> Found {
    let Some(text) = person.attribute("managerId") else { return Found::None };
    let login = person.attribute("login");
    if text == people.subject.as_str() || login.is_some_and(|login| login.eq_ignore_ascii_case(&text)) {
        return Found::Self_;
    }
    let Some(key) = UserKey::parse(&text) else { return Found::Unknown };
    if let Some(requester) = people.other_requester()
        && let Some(answer) = questions.user_if_asked(requester, deadline).await
        && let Ok(user) = answer.as_ref()
        && key.names(user)
    {
        return found(user.clone(), people);
    }
    let answer = match UserId::parse(&text) {
        Some(id) => questions.user(&id, deadline).await,
        None => questions.find_user(&key, deadline).await,
    };
    match answer.as_ref() {
        Ok(manager) if !key.names(manager) => Found::Unknown,
        Ok(manager) => found(manager.clone(), people),
        Err(OktaError::NotFound { .. }) => Found::Unknown,
        Err(error) => Found::Failed(error.clone()),
    }
}

fn found(manager: User, people: &People) -> Found {
    match manager.id() {
        Some(id) if id == people.subject => Found::Self_,
        Some(id) => Found::User(id, Box::new(manager)),
        None => Found::Unknown,
    }
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    match inquiry.user().await.as_ref() {
        Ok(person) => {
            let found = find(inquiry.questions, inquiry.people, person, inquiry.brief).await;
            evaluate(&found, person.attribute("manager"), inquiry.people.requester.as_ref())
        }
        Err(error) => {
            let facts = vec![Fact::named("name", "Manager", Value::NotAvailable(error.brief()))];
            Section { source: Source::Manager, facts, warnings: Vec::new() }
        }
    }
}

/// The manager's name, and warnings. `written` is what the profile's `manager` says, which nobody checks.
#[must_use]
pub fn evaluate(found: &Found, written: Option<String>, requester: Option<&UserId>) -> Section {
    let mut warnings = Vec::new();
    let mut warn = |text: &str| warnings.push(text.to_owned());
    let as_written =
        |remark: &str| written.map_or(Value::NotSet, |name| Value::Known(format!("{name} ({remark})")));
    let value = match found {
        Found::None => {
            warn("the profile names no manager account");
            as_written("as written in the profile, not checked")
        }
        Found::Unknown => {
            warn("the manager in this person's profile could not be matched to an account in Okta");
            as_written("as written in the profile, not checked")
        }
        Found::Self_ => {
            warn("this person is set as their own manager");
            Value::Known("the person themselves".to_owned())
        }
        Found::Failed(error) => Value::NotAvailable(error.brief()),
        Found::User(id, manager) => {
            let inactive = match manager.status.as_deref() {
                Some("DEPROVISIONED") => Some("deactivated"),
                Some("SUSPENDED") => Some("suspended"),
                _ => None,
            };
            if let Some(state) = inactive {
                warn(&format!("the manager's account is {state}"));
            }
            if requester == Some(id) {
                warn("the manager raised this request: the manager's approval would not be a second opinion");
            }
            let name = manager.name().unwrap_or_else(|| id.to_string());
            Value::Known(inactive.map_or(name.clone(), |state| format!("{name}, {state}")))
        }
    };
    Section { source: Source::Manager, facts: vec![Fact::named("name", "Manager", value)], warnings }
}
