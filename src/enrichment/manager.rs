//! The section `manager`: who the manager is, whether the account is active, and whether the manager raised
//! the request. Orgs fill the attribute `managerId` differently: with an Okta id, a login, an e-mail address,
//! an HR number, or not at all.

use super::account_state::{AccountState, status_in_words};
use super::inquiry::{Answer, Inquiry, Questions};
use super::naming;
use super::people::{AskerRole, People};
use crate::deadline::Deadline;
use crate::okta::endpoint::Endpoint;
use crate::okta::{EmailAddress, OktaError, User, UserKey};
use crate::policy::{Rule, RuleView};
use crate::request::UserId;
use crate::section::{Check, CheckKind, Fact, Lack, Section, Source, Value, Warning, WarningKind};
use crate::words::{Piece, Term};

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
    pub name: Option<Piece>,
    /// The name alone.
    pub display_name: Option<Piece>,
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
        let display_name = user.display_name().map(|name| naming::display_name(&name));
        let (name, status) = (naming::with_login(user), user.status.clone());
        Some(Account { id: user.id()?, name, display_name, status, matched })
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

/// The requester's account, if it was asked for and has this login. Waits for half of the time at most: a
/// slow answer about the requester must not cost the manager.
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
        Err(error) => of(Value::lacking(error), Check::not_done(CheckKind::Manager, NAME, error.into())),
    }
}

const NAME: Term = Term::CheckManager;

fn of(name: Value, check: Check) -> Section {
    let facts = vec![Fact::named("name", Term::Manager, name)];
    Section { source: Source::Manager, facts, checks: vec![check] }
}

/// The manager's name, and the check. `written` is the text of the profile's attribute `manager`, which Okta
/// does not check. Without `details` the login and the status of the account stay hidden.
#[must_use]
pub fn evaluate(
    manager: &Manager,
    written: Option<String>,
    requester: Option<&UserId>,
    details: bool,
) -> Section {
    let not_done = |why: Lack| Check::not_done(CheckKind::Manager, NAME, why);
    let as_written =
        |word| Value::if_any(written.map(|name| Piece::said(word, [naming::display_name(&name)])));
    let made = |warnings: Vec<Term>| {
        let warnings = warnings.into_iter().map(|word| Warning::new(WarningKind::Manager, word));
        Check::made(CheckKind::Manager, NAME, warnings.collect())
    };
    match manager {
        Manager::None => of(as_written(Term::FromProfile), not_done(Lack::of_data(Term::NoManagerNamed))),
        Manager::Unknown => {
            of(as_written(Term::FromProfileUnmatched), not_done(Lack::of_data(Term::NoMatchingAccount)))
        }
        Manager::Themselves => of(Value::Known(Term::Themselves.into()), made(vec![Term::OwnManager])),
        Manager::Failed(error) => of(Value::lacking(error), not_done(error.into())),
        Manager::Found(account) => {
            let state = if details { account.state() } else { AccountState::Active };
            let inactive = match state {
                AccountState::Deactivated => Some(Term::ManagerDeactivated),
                AccountState::Suspended => Some(Term::ManagerSuspended),
                AccountState::LockedOut => Some(Term::ManagerLockedOut),
                AccountState::NotActiveYet => Some(Term::ManagerNotActiveYet),
                AccountState::Active | AccountState::Unknown => None,
            };
            let asked = (requester == Some(&account.id)).then(|| raised_by_manager(account.matched));
            let check = made(inactive.into_iter().chain(asked).collect());
            let unknown = (state == AccountState::Unknown).then(|| Lack::of_answer(Term::StateUnknown));
            let name = account.named(details);
            let word = inactive.and_then(|_| status_in_words(account.status.as_deref()?));
            let name = match word {
                Some(word) => Piece::said(Term::ManagerState, [name, word.into()]),
                None => name,
            };
            of(Value::Known(name), Check { not_done: unknown, ..check })
        }
    }
}

impl Account {
    fn state(&self) -> AccountState {
        AccountState::of(self.status.as_deref())
    }

    fn named(&self, details: bool) -> Piece {
        let name = if details { &self.name } else { &self.display_name };
        name.clone().unwrap_or_else(|| Piece::Plain(self.id.to_string()))
    }
}

/// The warning about a requester who is the manager by an e-mail address, for a message that does not show
/// the manager.
pub(super) fn unseen(asker: AskerRole, rule: &Rule, view: &RuleView) -> Option<Section> {
    let hidden = |view: &RuleView| !view.shows.sections.contains(&Source::Manager);
    (asker == AskerRole::ManagerByEmail && hidden(view) && !hidden(&rule.own)).then(|| {
        let warning = Warning::new(WarningKind::Manager, raised_by_manager(Matched::ByEmail));
        let check = Check::made(CheckKind::Manager, NAME, vec![warning]);
        Section { checks: vec![check], ..Section::without_facts(Source::Manager) }
    })
}

/// The warning that the manager raised the request.
pub(super) fn raised_by_manager(matched: Matched) -> Term {
    match matched {
        Matched::ByIdOrLogin => Term::ManagerAsked,
        Matched::ByEmail => Term::ManagerAskedByEmail,
    }
}
