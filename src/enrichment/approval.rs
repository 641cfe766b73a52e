//! The section `approval`: who is to approve, and whether that is somebody else than the one who asked. Okta
//! says it of requests of the newer generation, once it has assigned the tasks.

use futures_util::future::join_all;

use super::inquiry::Inquiry;
use super::naming;
use crate::okta::endpoint::Endpoint;
use crate::okta::{OktaError, Task};
use crate::request::UserId;
use crate::section::{Check, CheckKind, Fact, Lack, Section, Source, Value, Warning, WarningKind};
use crate::words::{Piece, Term};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::Tasks, Endpoint::User];

/// The most approvers that a message names; each costs a call.
const NAMED: usize = 3;

/// What the tasks say about the approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Nothing yet: there are no tasks, Okta still assigns them, or nothing waits for an approval.
    Unsaid,
    /// Okta's answer does not say all approvers.
    Unreadable,
    /// It waits for these people; nobody if empty.
    WaitsFor(Vec<UserId>),
}

impl Approval {
    /// What these tasks say.
    #[must_use]
    pub fn of(tasks: &[Task]) -> Approval {
        let open: Vec<&Task> = tasks.iter().filter(|task| task.is_approval() && task.is_open()).collect();
        if open.is_empty() || tasks.iter().any(Task::is_assigning) {
            return Approval::Unsaid;
        }
        let assignees: Option<Vec<&Vec<UserId>>> = open.iter().map(|task| task.assignees.as_ref()).collect();
        let Some(assignees) = assignees else { return Approval::Unreadable };
        let mut people: Vec<UserId> = Vec::new();
        for id in assignees.into_iter().flatten() {
            if !people.contains(id) {
                people.push(id.clone());
            }
        }
        Approval::WaitsFor(people)
    }
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let matter = &inquiry.matter;
    let approval = match matter.tasks().await.as_ref() {
        Ok(tasks) => Approval::of(tasks.as_deref().unwrap_or_default()),
        Err(error) => return not_done(Value::lacking(error), error.into()),
    };
    let people = match approval {
        Approval::Unsaid => return Section::without_facts(Source::Approval),
        Approval::Unreadable => {
            return not_done(Value::NotApplicable, Lack::of_answer(Term::OktaDoesNotSay));
        }
        Approval::WaitsFor(people) => people,
    };
    let names = people.iter().take(NAMED).map(async |id| {
        let user = matter.questions.user(id, matter.brief).await;
        Result::clone(&*user).map(|user| user.display_name())
    });
    let names = join_all(names).await;
    evaluate(&people, &names, inquiry.people.asker.person())
}

/// The approvers' names and the check. `names` are those of the first people.
#[must_use]
pub fn evaluate(
    people: &[UserId],
    names: &[Result<Option<String>, OktaError>],
    asker: Option<&UserId>,
) -> Section {
    let shown = people.iter().enumerate().map(|(at, id)| match names.get(at) {
        Some(Ok(Some(name))) => naming::display_name(name),
        _ => Piece::Plain(id.to_string()),
    });
    let approvers = (!people.is_empty()).then(|| Piece::list(shown.collect(), NAMED));
    let asks = asker.is_some_and(|asker| people.contains(asker));
    let warning =
        if people.is_empty() { Some(Term::NoApprover) } else { asks.then_some(Term::AskerApproves) };
    let warnings = warning.map(|term| Warning::new(WarningKind::Approver, term)).into_iter().collect();
    of(Value::if_any(approvers), Check::made(CheckKind::Approver, Term::CheckApprover, warnings))
}

fn of(approvers: Value, check: Check) -> Section {
    let facts = vec![Fact::named("approvers", Term::WaitingFor, approvers)];
    Section { source: Source::Approval, facts, checks: vec![check] }
}

fn not_done(approvers: Value, why: Lack) -> Section {
    of(approvers, Check::not_done(CheckKind::Approver, Term::CheckApprover, why))
}
