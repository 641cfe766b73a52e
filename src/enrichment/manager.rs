//! The section `manager`: who the manager is, whether the account is active, and whether the manager raised
//! the request. Orgs fill the attribute `managerId` differently: with an Okta id, a login, an e-mail address,
//! an HR number, or not at all.

use super::inquiry::{Answer, Inquiry, People, Questions};
use crate::deadline::Deadline;
use crate::okta::endpoint::Endpoint;
use crate::okta::{OktaError, User, UserKey};
use crate::request::UserId;
use crate::section::{Fact, Section, Source, Value};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::User];

/// The result of looking for the manager.
#[derive(Clone, Debug)]
pub enum Manager {
    /// The profile names no manager.
    None,
    /// The profile names someone who has no account in Okta.
    Unknown,
    /// The profile names the person as their own manager.
    Themselves,
    /// The manager's account.
    User(UserId, Box<User>),
    /// The call to Okta failed.
    Failed(OktaError),
}

impl Manager {
    /// The manager's Okta id; `None` if unknown.
    #[must_use]
    pub fn id(&self) -> Option<&UserId> {
        match self {
            Manager::User(id, _) => Some(id),
            Manager::None | Manager::Unknown | Manager::Themselves | Manager::Failed(_) => None,
        }
    }
}

/// Finds the manager whom the profile names. It makes at most one call, and none if the manager is the
/// requester, whose account is read for the request section. By the time that the person's profile is there,
/// that read has been sent, so it is found among the questions.
pub async fn find(questions: &Questions<'_>, people: &People, person: &User, deadline: Deadline) -> Manager {
    let Some(text) = person.attribute("managerId") else { return Manager::None };
    let login = person.attribute("login");
    if text == people.subject.as_str() || login.is_some_and(|login| login.eq_ignore_ascii_case(&text)) {
        return Manager::Themselves;
    }
    let Some(key) = UserKey::parse(&text) else { return Manager::Unknown };
    let answer = if let Some(id) = UserId::parse(&text) {
        questions.user(&id, deadline).await
    } else if let Some(requester) = requester_with_login(questions, people, &key, deadline).await {
        requester
    } else {
        questions.find_user(&key, deadline).await
    };
    match answer.as_ref() {
        Ok(manager) if !key.names(manager) => Manager::Unknown,
        Ok(manager) => found(manager.clone(), people),
        Err(OktaError::NotFound { .. }) => Manager::Unknown,
        Err(error) => Manager::Failed(error.clone()),
    }
}

/// The requester's account, if it was asked for and has this login. Waits for half of the time at most: a slow
/// answer about the requester must not cost the manager.
async fn requester_with_login(
    questions: &Questions<'_>,
    people: &People,
    key: &UserKey,
    deadline: Deadline,
) -> Option<Answer<User>> {
    let answer = questions.user_if_asked(people.other_requester()?, deadline);
    let answer = tokio::time::timeout(deadline.remaining() / 2, answer).await.ok()??;
    answer.as_ref().as_ref().is_ok_and(|user| key.is_login_of(user)).then_some(answer)
}

fn found(manager: User, people: &People) -> Manager {
    match manager.id() {
        Some(id) if id == people.subject => Manager::Themselves,
        Some(id) => Manager::User(id, Box::new(manager)),
        None => Manager::Unknown,
    }
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    match inquiry.user().await.as_ref() {
        Ok(person) => {
            let manager = find(inquiry.questions, inquiry.people, person, inquiry.brief).await;
            evaluate(&manager, person.attribute("manager"), inquiry.people.requester.as_ref())
        }
        Err(error) => {
            let facts = vec![Fact::named("name", "Manager", Value::lacking(error))];
            Section { source: Source::Manager, facts, warnings: Vec::new() }
        }
    }
}

/// The manager's name, and warnings. `written` is the text of the profile's attribute `manager`, which Okta
/// does not check.
#[must_use]
pub fn evaluate(manager: &Manager, written: Option<String>, requester: Option<&UserId>) -> Section {
    let mut warnings = Vec::new();
    let mut warn = |text: &str| warnings.push(text.to_owned());
    let as_written =
        |remark: &str| written.map_or(Value::NotSet, |name| Value::Known(format!("{name} ({remark})")));
    let value = match manager {
        Manager::None => {
            warn("the profile names no manager account");
            as_written("as written in the profile, not checked")
        }
        Manager::Unknown => {
            warn("the manager in this person's profile could not be matched to an account in Okta");
            as_written("as written in the profile, not checked")
        }
        Manager::Themselves => {
            warn("this person is set as their own manager");
            Value::Known("the person themselves".to_owned())
        }
        Manager::Failed(error) => Value::lacking(error),
        Manager::User(id, user) => {
            let inactive = match user.status.as_deref() {
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
            let name = user.name().unwrap_or_else(|| id.to_string());
            Value::Known(inactive.map_or(name.clone(), |state| format!("{name}, {state}")))
        }
    };
    Section { source: Source::Manager, facts: vec![Fact::named("name", "Manager", value)], warnings }
}
