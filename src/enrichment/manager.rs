//! The section `manager`: who the manager is, whether the account is active, and whether the manager raised
//! the request. Orgs fill the attribute `managerId` differently: with an Okta id, a login, an e-mail address,
//! an HR number, or not at all.

use super::inquiry::{Answer, Inquiry, Questions};
use super::people::People;
use crate::deadline::Deadline;
use crate::okta::endpoint::Endpoint;
use crate::okta::{EmailAddress, OktaError, User, UserKey};
use crate::request::UserId;
use crate::section::{Fact, Section, Source, Value};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::User, Endpoint::Users];

/// The result of looking for the manager.
#[derive(Clone, Debug)]
pub enum Manager {
    /// The profile names no manager.
    None,
    /// The profile names someone without an account in Okta, or an e-mail address that several accounts have.
    Unknown,
    /// The profile names the person as their own manager.
    Themselves,
    /// The manager's account.
    Found(Account),
    /// The call to Okta failed.
    Failed(OktaError),
}

/// A manager's account, as far as a message shows it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The name with the login.
    pub name: Option<String>,
    /// The name alone.
    pub display_name: Option<String>,
    /// Its status, in Okta's word.
    pub status: Option<String>,
    /// How the text in the profile led to it.
    pub matched: Matched,
}

/// How the text in a person's profile led to the manager's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// It is the account's id or login, which are unique in an org.
    ByIdOrLogin,
    /// It is the e-mail address of this account alone. People may change their address, so it proves little.
    ByEmail,
}

impl Account {
    /// `None` if Okta's answer has no id.
    #[must_use]
    pub fn of(user: &User, matched: Matched) -> Option<Account> {
        let (name, display_name, status) = (user.name(), user.display_name(), user.status.clone());
        Some(Account { id: user.id()?, name, display_name, status, matched })
    }
}

impl Manager {
    /// The manager's account; `None` if unknown.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Manager::Found(account) => Some(account),
            Manager::None | Manager::Unknown | Manager::Themselves | Manager::Failed(_) => None,
        }
    }
}

/// Finds the manager whom the profile names. For an id or a login it makes at most one call, and none if the
/// manager is the requester, whose account is read for the request section. That read was sent before the
/// person's profile arrived, so its answer is shared. For an e-mail address that is not a login, it makes a
/// search.
pub async fn find(questions: &Questions<'_>, people: &People, person: &User, deadline: Deadline) -> Manager {
    let Some(text) = person.attribute("managerId") else { return Manager::None };
    let login = person.attribute("login");
    if text == people.subject.as_str() || login.is_some_and(|login| login.eq_ignore_ascii_case(&text)) {
        return Manager::Themselves;
    }
    let found = match UserKey::parse(&text) {
        Some(key) => by_id_or_login(questions, people, &key, deadline).await,
        None => Ok(None),
    };
    let found = match (found, EmailAddress::parse(&text)) {
        (Ok(None), Some(email)) => by_email(questions, &email, deadline).await,
        (found, _) => found,
    };
    match found {
        Ok(Some(account)) if account.id == people.subject => Manager::Themselves,
        Ok(Some(account)) => Manager::Found(account),
        Ok(None) => Manager::Unknown,
        Err(error) => Manager::Failed(error),
    }
}

async fn by_id_or_login(
    questions: &Questions<'_>,
    people: &People,
    key: &UserKey,
    deadline: Deadline,
) -> Result<Option<Account>, OktaError> {
    let answer = if let Some(id) = key.id() {
        questions.user(&id, deadline).await
    } else if let Some(requester) = requester_with_login(questions, people, key, deadline).await {
        requester
    } else {
        questions.find_user(key, deadline).await
    };
    match answer.as_ref() {
        Ok(user) if key.names(user) => Ok(Account::of(user, Matched::ByIdOrLogin)),
        Ok(_) | Err(OktaError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.clone()),
    }
}

async fn by_email(
    questions: &Questions<'_>,
    email: &EmailAddress,
    deadline: Deadline,
) -> Result<Option<Account>, OktaError> {
    match questions.only_user_with_email(email, deadline).await.as_ref() {
        Ok(user) => Ok(user.as_ref().and_then(|user| {
            // Some logins have characters that a path can't have. Only this search finds them.
            let is_login = email.is_login_of(user);
            Account::of(user, if is_login { Matched::ByIdOrLogin } else { Matched::ByEmail })
        })),
        Err(error) => Err(error.clone()),
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

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let Inquiry { matter, people, .. } = inquiry;
    match inquiry.user().await.as_ref() {
        Ok(person) => {
            let manager = find(matter.questions, people, person, matter.brief).await;
            let details = matter.rule.manager_details;
            evaluate(&manager, person.attribute("manager"), people.asker.person(), details)
        }
        Err(error) => {
            let facts = vec![Fact::named("name", "Manager", Value::lacking(error))];
            Section { source: Source::Manager, facts, warnings: Vec::new() }
        }
    }
}

/// The manager's name, and warnings. `written` is the text of the profile's attribute `manager`, which Okta
/// does not check. Without `details` the login and the status of the account stay hidden.
#[must_use]
pub fn evaluate(
    manager: &Manager,
    written: Option<String>,
    requester: Option<&UserId>,
    details: bool,
) -> Section {
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
        Manager::Found(account) => {
            let inactive = match account.status.as_deref().filter(|_| details) {
                Some("DEPROVISIONED") => Some("deactivated"),
                Some("SUSPENDED") => Some("suspended"),
                _ => None,
            };
            if let Some(state) = inactive {
                warn(&format!("the manager's account is {state}"));
            }
            if requester == Some(&account.id) {
                warn(raised_by_manager(account.matched));
            }
            let name = if details { &account.name } else { &account.display_name };
            let name = name.clone().unwrap_or_else(|| account.id.to_string());
            Value::Known(inactive.map_or(name.clone(), |state| format!("{name}, {state}")))
        }
    };
    Section { source: Source::Manager, facts: vec![Fact::named("name", "Manager", value)], warnings }
}

/// The warning that the manager raised the request.
pub(super) fn raised_by_manager(matched: Matched) -> &'static str {
    match matched {
        Matched::ByIdOrLogin => {
            "the manager raised this request: the manager's approval would not be a second opinion"
        }
        Matched::ByEmail => {
            "the manager raised this request (matched by e-mail): the manager's approval would not be a \
             second opinion"
        }
    }
}
