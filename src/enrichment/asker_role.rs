//! Finds the [`AskerRole`]: how the one who asked is related to the person who gets the access. If another person
//! asked, it reads the manager whom the person's profile names.

use super::inquiry::Questions;
use super::manager::{self, Manager, Matched};
use super::people::{AskerRole, People};
use crate::deadline::Deadline;
use crate::policy::Rule;
use crate::request::Asker;

/// The role. Sends no call if the rule shows strangers the same as everyone, or if the ids alone decide.
pub(super) async fn of(
    questions: &Questions<'_>,
    people: &People,
    rule: &Rule,
    deadline: Deadline,
    brief: Deadline,
) -> AskerRole {
    if rule.strangers.is_none() {
        return AskerRole::Entitled;
    }
    let requester = match &people.asker {
        _ if people.doubtful => return AskerRole::Uncertain,
        Asker::Unknown => return AskerRole::Uncertain,
        Asker::Service(_) => return AskerRole::Entitled,
        Asker::Person(requester) if *requester == people.subject => return AskerRole::Entitled,
        Asker::Person(requester) => requester,
    };
    // If the person can't be read, the attempt fails later anyway.
    let manager = async {
        match questions.user(&people.subject, deadline).await.as_ref() {
            Ok(person) => manager::find(questions, people, person, brief).await,
            Err(_) => Manager::None,
        }
    };
    // Every message names the requester. Reading the account beside the person saves a round trip.
    let (manager, _) = tokio::join!(manager, questions.user(requester, brief));
    match manager {
        Manager::Found(account) if account.id == *requester => match account.matched {
            Matched::ByIdOrLogin => AskerRole::Entitled,
            Matched::ByEmail => AskerRole::ManagerByEmail,
        },
        Manager::Failed(error) if !error.is_of_rights() => AskerRole::PerhapsManager,
        _ => AskerRole::Stranger,
    }
}
