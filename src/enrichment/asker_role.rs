//! Finds the [`Standing`]: what the one who asked is to the person. If another person asked, it reads the
//! manager whom the person's profile names.

use super::inquiry::Questions;
use super::manager::{self, Manager, Matched};
use super::people::{People, Standing};
use crate::deadline::Deadline;
use crate::policy::Rule;
use crate::request::Asker;

/// Sends no call if the rule shows strangers the same as everyone, or if the ids alone decide.
pub(super) async fn of(
    questions: &Questions<'_>,
    people: &People,
    rule: &Rule,
    deadline: Deadline,
    brief: Deadline,
) -> Standing {
    if rule.strangers.is_none() {
        return Standing::Entitled;
    }
    let requester = match &people.asker {
        _ if people.doubtful => return Standing::Uncertain,
        Asker::Unknown => return Standing::Uncertain,
        Asker::Service(_) => return Standing::Entitled,
        Asker::Person(requester) if *requester == people.subject => return Standing::Entitled,
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
            Matched::ByIdOrLogin => Standing::Entitled,
            Matched::ByEmail => Standing::ManagerByEmail,
        },
        Manager::Failed(error) if !error.is_of_rights() => Standing::PerhapsManager,
        _ => Standing::Stranger,
    }
}
