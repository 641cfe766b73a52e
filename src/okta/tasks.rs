//! [`Task`]: what someone has to do before a request is decided: to approve it, answer a question or do
//! something else (Okta API reference, "Access Requests - V2", "List all tasks"; in beta). Only requests of
//! the newer generation have tasks.

use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::pages::{GovernancePage, PageLimit, unreadable};
use crate::deadline::Deadline;
use crate::json::{Lenient, Object};
use crate::request::{Api, RequestId, UserId};

/// 100 tasks: a sequence of approvals has a handful.
const PAGES: PageLimit = PageLimit { pages: 5, beyond: "the request has more than 100 tasks" };

/// A task of an access request. A member of an unknown format counts as missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// `APPROVAL`, `QUESTION` or `TODO`.
    pub kind: Option<String>,
    /// `OPEN`, `ASSIGNING`, `COMPLETED` or `LOCKED`.
    pub status: Option<String>,
    /// Who has to do it; empty if nobody, `None` if Okta's answer does not say it in full.
    pub assignees: Option<Vec<UserId>>,
}

impl Task {
    /// Whether it is an approval.
    #[must_use]
    pub fn is_approval(&self) -> bool {
        self.kind.as_deref() == Some("APPROVAL")
    }

    /// Whether it waits for its assignees.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status.as_deref() == Some("OPEN")
    }

    /// Whether Okta is still looking for its assignees.
    #[must_use]
    pub fn is_assigning(&self) -> bool {
        self.status.as_deref() == Some("ASSIGNING")
    }

    /// `None` if it is a task of another request.
    fn read(task: &Object, id: &RequestId) -> Option<Task> {
        let is_of_this = task.text("requestId").is_none_or(|own| own == id.to_string());
        is_of_this.then(|| Task {
            kind: task.text("type"),
            status: task.text("status"),
            assignees: assignees(task),
        })
    }
}

/// Okta's reference has a list of assignees, and one of its examples a single one; their ids have either
/// name.
fn assignees(task: &Object) -> Option<Vec<UserId>> {
    let id = |person: &Object| {
        let id = person.text("externalId").or_else(|| person.text("id"))?;
        UserId::parse(&id)
    };
    match task.get::<Vec<Lenient<Object>>>("assignees") {
        Some(list) => list.iter().map(|person| id(person.0.as_ref()?)).collect(),
        None => Some(vec![id(&task.get("assignees")?)?]),
    }
}

impl OktaClient {
    /// The tasks of a request of the newer generation: `GET /governance/api/v2/tasks`, all pages. `None` for
    /// one of the older: Okta does not list its tasks. A list with an entry that is no task of this request
    /// is an [`OktaError::Unreadable`].
    pub async fn tasks(&self, id: &RequestId, deadline: Deadline) -> Result<Option<Vec<Task>>, OktaError> {
        if id.api() == Api::V1 {
            return Ok(None);
        }
        let filter = format!(r#"requestId eq "{id}""#);
        let call = Call::new(Endpoint::Tasks).with_query(&[("filter", &filter)]);
        let entries = |page: GovernancePage| page.entries(|entry| Task::read(entry, id));
        let listed = self.all_pages(call.clone(), PAGES, entries, deadline);
        let listed = self.permitted(Endpoint::Tasks, None, listed, deadline).await?;
        let tasks: Option<Vec<Task>> = listed.into_iter().collect();
        tasks.map(Some).ok_or_else(|| unreadable(&call, "an entry of the list is no task of this request"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn assignees_are_read_in_each_form_and_an_odd_one_is_not_nobody() {
        let (ann, bob) = ("00u1ubyAhm6SVvcvk0g4", "00u1ubyAhm6SVvcvk0g5");
        let read = |assignees: Value| {
            let task =
                json!({"requestId": "req42kjDgk1EubTwo0g4", "type": "APPROVAL", "assignees": assignees});
            let id = RequestId::parse("req42kjDgk1EubTwo0g4").unwrap();
            Task::read(&serde_json::from_value(task).unwrap(), &id).unwrap().assignees
        };
        let people = |ids: &[&str]| Some(ids.iter().map(|id| UserId::parse(id).unwrap()).collect::<Vec<_>>());
        assert_eq!(read(json!([{"externalId": ann}, {"id": bob}])), people(&[ann, bob]));
        assert_eq!(read(json!({"externalId": ann, "type": "OKTA_USER"})), people(&[ann]));
        assert_eq!(read(json!([])), people(&[]));
        for odd in
            [json!(null), json!(7), json!([{"externalId": ann}, null]), json!([{}]), json!([{"id": "00g1"}])]
        {
            assert_eq!(read(odd.clone()), None, "{odd}");
        }
    }
}
