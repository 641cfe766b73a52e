//! People with the same manager, and who has a group or an app: only ids, and only of lists that fit on one
//! page (Okta API reference, "List all users", "List all member users", "List all application users").

use serde::de::DeserializeOwned;

use super::asked::{Asked, AskedKind};
use super::call::Call;
use super::catalog::is_path_id;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::pages::unreadable;
use super::users::{User, WITHOUT_CREDENTIALS};
use crate::deadline::Deadline;
use crate::json::{Lenient, Object};
use crate::request::UserId;

/// The most people with one manager who are compared: the person and 25 peers.
const MOST_PEOPLE: usize = 26;

/// States in which an app's user has no access (Okta API reference, "Application Users", `status`).
const WITHOUT_ACCESS: [&str; 6] =
    ["DEPROVISIONED", "INACTIVE", "REVOKED", "STAGED", "SUSPENDED", "UNASSIGNED"];

/// A group or an app whose people are listed. Its id is safe in a URL path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A group.
    Group(String),
    /// An app.
    App(String),
}

impl Held {
    /// What is asked for, if it is a group or an app; `None` if it is not, or its id has more than letters
    /// and digits.
    #[must_use]
    pub fn of(asked: &Asked) -> Option<Held> {
        let id = Some(asked.id.clone()).filter(|id| is_path_id(id))?;
        match asked.kind {
            AskedKind::Group => Some(Held::Group(id)),
            AskedKind::App => Some(Held::App(id)),
            AskedKind::Bundle | AskedKind::RequestType | AskedKind::Other => None,
        }
    }
}

/// A profile's `managerId` as it stands within the quotes of a search. It can be personal data: it is never
/// logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerText(String);

impl ManagerText {
    /// Reads a value; `None` if it is empty, has more than 100 characters, or a character that could end the
    /// quoted text.
    #[must_use]
    pub fn parse(text: &str) -> Option<ManagerText> {
        let unsafe_character = |c: char| c == '"' || c == '\\' || c.is_control();
        let fits = !text.trim().is_empty() && text.chars().count() <= 100;
        (fits && !text.contains(unsafe_character)).then(|| ManagerText(text.to_owned()))
    }

    /// Whether this active user has the same value. Okta's search ignores case.
    fn is_of(&self, user: &User) -> bool {
        let manager = user.attribute("managerId").map(|text| text.to_lowercase());
        user.status.as_deref() == Some("ACTIVE") && manager == Some(self.0.to_lowercase())
    }
}

impl OktaClient {
    /// The active people whose profile has this `managerId`: `GET /api/v1/users?search=…`. `None` if there
    /// are more than 26. A list with an entry that is no such person is an [`OktaError::Unreadable`].
    pub async fn people_of_manager(
        &self,
        manager: &ManagerText,
        deadline: Deadline,
    ) -> Result<Option<Vec<UserId>>, OktaError> {
        let search = format!(r#"profile.managerId eq "{}" and status eq "ACTIVE""#, manager.0);
        let limit = (MOST_PEOPLE + 1).to_string();
        let call = Call { content_type: Some(WITHOUT_CREDENTIALS), ..Call::new(Endpoint::Users) };
        let call = call.with_query(&[("search", &search), ("limit", &limit)]);
        let id = |user: User| Some(user).filter(|user| manager.is_of(user)).and_then(|user| user.id());
        let people = self.ids(call, id, deadline);
        let people = self.permitted(Endpoint::Users, None, people, deadline).await?;
        Ok(people.filter(|people| people.len() <= MOST_PEOPLE))
    }

    /// The people who are in this group, or to whom this app is assigned: `GET /api/v1/groups/{id}/users`, up
    /// to 1000, or `GET /api/v1/apps/{id}/users`, up to 500. `None` if there are more. A list with an entry
    /// that can't be read is an [`OktaError::Unreadable`].
    pub async fn holders(&self, held: &Held, deadline: Deadline) -> Result<Option<Vec<UserId>>, OktaError> {
        let (endpoint, id, limit) = match held {
            Held::Group(id) => (Endpoint::GroupUsers, id, "1000"),
            Held::App(id) => (Endpoint::AppUsers, id, "500"),
        };
        let call = Call::on(endpoint, id).with_query(&[("limit", limit)]);
        let holder = |user: Object| {
            let id = UserId::parse(&user.text("id")?)?;
            let state = user.text("status").unwrap_or_default();
            let has_access = endpoint == Endpoint::GroupUsers || !WITHOUT_ACCESS.contains(&state.as_str());
            Some((id, has_access))
        };
        let listed = self.ids(call, holder, deadline);
        let listed = self.permitted(endpoint, Some(id), listed, deadline).await?;
        let with_access = |(id, has_access): (UserId, bool)| has_access.then_some(id);
        Ok(listed.map(|people| people.into_iter().filter_map(with_access).collect()))
    }

    /// What `read` makes of each entry of a list of one page; `None` if the list goes on.
    async fn ids<W: DeserializeOwned, T>(
        &self,
        call: Call,
        read: impl Fn(W) -> Option<T>,
        deadline: Deadline,
    ) -> Result<Option<Vec<T>>, OktaError> {
        let (page, next): (Vec<Lenient<W>>, _) = self.page(call.clone(), deadline).await?;
        if next.is_some() {
            return Ok(None);
        }
        let ids: Option<Vec<T>> = page.into_iter().map(|entry| entry.0.and_then(&read)).collect();
        ids.map(Some).ok_or_else(|| unreadable(&call, "an entry of the list is no person that was asked for"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_manager_ends_the_quotes_of_a_search() {
        for text in ["00u1hbBMXNfBFZO5fR7M", "margaret@example.com", "Zoë L", "4711 and x"] {
            assert!(ManagerText::parse(text).is_some(), "{text}");
        }
        let long = "x".repeat(101);
        for text in ["", " ", "x\" or id pr", "x\\", "x\ny", long.as_str()] {
            assert!(ManagerText::parse(text).is_none(), "{text}");
        }
    }
}
