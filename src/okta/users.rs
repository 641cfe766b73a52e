//! [`User`]: a person's account, with the groups and apps that the person has (Okta API reference, "Users").
//! Any member of an answer may be null or missing.

use jiff::Timestamp;
use serde::Deserialize;

use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::pages::PageLimit;
use super::value::Written;
use crate::deadline::Deadline;
use crate::json::{Lenient, Object};
use crate::request::UserId;

/// Makes Okta leave out members that no message shows, which makes the answer cheaper (Okta API reference,
/// "Users", `okta-response`).
pub(super) const WITHOUT_CREDENTIALS: &str =
    r#"application/json; okta-response="omitCredentials,omitCredentialsLinks, omitTransitioningToStatus""#;

/// Pages of 200 groups. A person with more groups is an error: a part of them would mislead the approver.
const GROUP_PAGES: PageLimit = PageLimit { pages: 10, beyond: "the person is in more than 2000 groups" };

/// A person's account and profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Object")]
pub struct User {
    id: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, `DEPROVISIONED`, …
    pub status: Option<String>,
    created: Option<Timestamp>,
    activated: Option<Timestamp>,
    last_sign_in: LastSignIn,
    /// Base and custom attributes by name. Values have any type and are untrusted.
    profile: Object,
}

impl From<Object> for User {
    fn from(user: Object) -> User {
        let moment = |name| user.text(name).and_then(|at| at.parse().ok());
        let last_sign_in = match moment("lastLogin") {
            Some(at) => LastSignIn::At(at),
            None if user.is_null("lastLogin") => LastSignIn::Never,
            None => LastSignIn::Unreadable,
        };
        User {
            id: user.text("id"),
            status: user.text("status"),
            created: moment("created"),
            activated: moment("activated"),
            last_sign_in,
            profile: user.object("profile"),
        }
    }
}

impl User {
    /// The user's id; `None` if Okta's answer has none.
    #[must_use]
    pub fn id(&self) -> Option<UserId> {
        UserId::parse(self.id.as_deref()?)
    }

    /// "Zoë Lindqvist"; `None` if the profile has no name.
    #[must_use]
    pub fn display_name(&self) -> Option<String> {
        self.attribute("displayName").or_else(|| {
            let parts: Vec<_> =
                ["firstName", "lastName"].iter().filter_map(|part| self.attribute(part)).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        })
    }

    /// The last sign-in.
    #[must_use]
    pub fn last_sign_in(&self) -> LastSignIn {
        self.last_sign_in
    }

    /// When the account was activated, or else created.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.activated.or(self.created)
    }

    /// A profile attribute of any type. `None` if it is missing, null, blank or empty.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Written> {
        Written::of(self.profile.raw(name)?)
    }

    /// The same as text, for a comparison.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.value(name).map(|value| value.plain())
    }
}

/// When a person last signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastSignIn {
    /// The person has never signed in.
    Never,
    /// At this time.
    At(Timestamp),
    /// Okta's value is missing, or has an unknown format.
    Unreadable,
}

/// An id or a login, by which a user can be looked up. It is safe in a URL path without encoding, because a
/// percent sign there would make a DPoP proof fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserKey(String);

impl UserKey {
    /// Parses a key; `None` if it is too long (more than 100 bytes) or has characters that a path may not
    /// have.
    #[must_use]
    pub fn parse(text: &str) -> Option<UserKey> {
        let text = text.trim();
        // Okta reads `me` as the owner of the credential.
        let reserved = text.eq_ignore_ascii_case("me") || text.bytes().all(|b| b == b'.');
        let safe = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+@'!$*=".contains(&b));
        ((1..=100).contains(&text.len()) && safe && !reserved).then(|| UserKey(text.to_owned()))
    }

    /// The key as an id; `None` if it has another format.
    #[must_use]
    pub fn id(&self) -> Option<UserId> {
        UserId::parse(&self.0)
    }

    /// Whether it is this user's login. Logins are unique in an org; e-mail addresses are not.
    #[must_use]
    pub fn is_login_of(&self, user: &User) -> bool {
        user.attribute("login").is_some_and(|login| login.eq_ignore_ascii_case(&self.0))
    }

    /// Whether it is this user's id or login. Okta also finds people by the part of a login before its `@`,
    /// so its answer may be another user.
    #[must_use]
    pub fn names(&self, user: &User) -> bool {
        user.id.as_deref() == Some(self.0.as_str()) || self.is_login_of(user)
    }
}

/// An e-mail address that is safe within the quotes of a search. People may have several accounts with one
/// address, and may be able to change it: it proves less than an id or a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address; `None` if the text has no `@`, more than 100 characters (Okta API reference,
    /// "Users", `email`), or a character that could end the quoted text.
    #[must_use]
    pub fn parse(text: &str) -> Option<EmailAddress> {
        let text = text.trim();
        let unsafe_character = |c: char| c == '"' || c == '\\' || c.is_control() || c.is_whitespace();
        (text.contains('@') && text.chars().count() <= 100 && !text.contains(unsafe_character))
            .then(|| EmailAddress(text.to_owned()))
    }

    /// Whether it is this user's login, too.
    #[must_use]
    pub fn is_login_of(&self, user: &User) -> bool {
        self.is_attribute_of(user, "login")
    }

    fn is_attribute_of(&self, user: &User, name: &str) -> bool {
        user.attribute(name).is_some_and(|value| value.to_lowercase() == self.0.to_lowercase())
    }
}

/// A group of which a person is a member.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Lenient<Object>")]
pub struct Group {
    id: Option<String>,
    kind: Option<String>,
    name: Option<String>,
}

impl From<Lenient<Object>> for Group {
    /// An entry that is no group stays in the list, so that the list does not look complete without it.
    fn from(group: Lenient<Object>) -> Group {
        let group = group.0.unwrap_or_default();
        let name = group.object("profile").text("name");
        Group { id: group.text("id"), kind: group.text("type"), name }
    }
}

impl Group {
    /// The group's id; empty if Okta's answer has none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// The group's name, untrusted; empty if Okta's answer has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Whether Okta's answer has both id and name, by which policies list groups.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.id.is_some() && self.name.is_some()
    }

    /// Whether Okta made the group itself, such as "Everyone".
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.kind.as_deref() == Some("BUILT_IN")
    }
}

/// A link to an app that is assigned to a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Lenient<Object>")]
pub struct AppLink {
    label: Option<String>,
    app_instance_id: Option<String>,
}

impl From<Lenient<Object>> for AppLink {
    /// An entry that is no link stays in the list, so that the list does not look complete without it.
    fn from(link: Lenient<Object>) -> AppLink {
        let link = link.0.unwrap_or_default();
        AppLink { label: link.text("label"), app_instance_id: link.text("appInstanceId") }
    }
}

impl AppLink {
    /// How many apps the links lead to. One app may have several links. Links without an id are not counted.
    #[must_use]
    pub fn distinct(links: &[AppLink]) -> usize {
        let ids = links.iter().filter_map(|link| link.app_instance_id.as_deref());
        ids.collect::<std::collections::HashSet<_>>().len()
    }

    /// Whether Okta's answer has both id and label, by which policies list apps.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.app_instance_id.is_some() && self.label.is_some()
    }

    /// The app's id; empty if Okta's answer has none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.app_instance_id.as_deref().unwrap_or_default()
    }

    /// The app's label, untrusted; empty if Okta's answer has none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or_default()
    }
}

impl OktaClient {
    /// Reads a user: `GET /api/v1/users/{id}`. Finds deactivated users, but no deleted ones.
    pub async fn user(&self, id: &UserId, deadline: Deadline) -> Result<User, OktaError> {
        let call = Call { content_type: Some(WITHOUT_CREDENTIALS), ..Call::on(Endpoint::User, id.as_str()) };
        self.json(call, deadline).await
    }

    /// Reads a user by id or login. Logs and errors do not show the key.
    pub async fn find_user(&self, key: &UserKey, deadline: Deadline) -> Result<User, OktaError> {
        let call = Call {
            content_type: Some(WITHOUT_CREDENTIALS),
            hides_id: true,
            ..Call::on(Endpoint::User, &key.0)
        };
        self.json(call, deadline).await
    }

    /// Reads the only user with this e-mail address: `GET /api/v1/users?search=…`. `None` if there is none,
    /// or more than one. Logs and errors do not show the address.
    pub async fn only_user_with_email(
        &self,
        email: &EmailAddress,
        deadline: Deadline,
    ) -> Result<Option<User>, OktaError> {
        let search = format!(r#"profile.email eq "{}""#, email.0);
        let call = Call { content_type: Some(WITHOUT_CREDENTIALS), ..Call::new(Endpoint::Users) };
        let call = call.with_query(&[("search", &search), ("limit", "2")]);
        let (mut users, next): (Vec<User>, _) = self.page(call, deadline).await?;
        let only = users
            .pop()
            .filter(|user| users.is_empty() && next.is_none() && email.is_attribute_of(user, "email"));
        Ok(only)
    }

    /// Reads a user's groups: `GET /api/v1/users/{id}/groups`, up to 2000. More are an
    /// [`OktaError::Unreadable`].
    pub async fn groups(&self, id: &UserId, deadline: Deadline) -> Result<Vec<Group>, OktaError> {
        let call =
            Call { query: Some("limit=200".to_owned()), ..Call::on(Endpoint::UserGroups, id.as_str()) };
        self.all_pages(call, GROUP_PAGES, |page: Vec<Group>| (page, None), deadline).await
    }

    /// Reads the links to a user's apps: `GET /api/v1/users/{id}/appLinks`.
    pub async fn app_links(&self, id: &UserId, deadline: Deadline) -> Result<Vec<AppLink>, OktaError> {
        self.json(Call::on(Endpoint::UserAppLinks, id.as_str()), deadline).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json;

    fn user(profile: &Value) -> User {
        serde_json::from_value(json!({"profile": profile, "activated": "garbage", "created": null})).unwrap()
    }

    #[test]
    fn attributes_of_any_kind_become_text() {
        let user = user(&json!({"a": ["x", null, 1], "b": true, "c": {"k": 1}, "d": [], "e": null}));
        let values = ["a", "b", "c", "d", "e", "f"].map(|name| user.attribute(name));
        assert_eq!(
            values,
            [Some("x, 1".into()), Some("true".into()), Some(r#"{"k":1}"#.into()), None, None, None]
        );
    }

    #[test]
    fn an_odd_member_costs_only_itself() {
        let account = json!({
            "id": "00u1F5GHSf7bLpPyKNqn", "status": "ACTIVE", "created": "2021-09-13T08:00:00.000Z",
            "activated": "2021-09-14T08:00:00Z", "lastLogin": "2026-11-24T07:41:05.000Z", "type": {"id": "oty1"},
            "profile": {"login": "zoe@example.com", "displayName": "Zoë L", "title": "Engineer", "cost": [1, 2]},
            "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}}
        });
        let read = |account: &Value| json::from_str::<User>(&account.to_string()).unwrap();
        let parts = |user: &User| {
            let attributes = ["login", "displayName", "title", "cost"].map(|name| user.attribute(name));
            let mut parts = vec![
                ("/id", format!("{:?}", user.id())),
                ("/status", format!("{:?}", user.status)),
                ("/created", format!("{:?}", user.created)),
                ("/activated", format!("{:?}", user.activated)),
                ("/lastLogin", format!("{:?}", user.last_sign_in())),
            ];
            let places = ["/profile/login", "/profile/displayName", "/profile/title", "/profile/cost"];
            parts.extend(places.into_iter().zip(attributes.map(|value| format!("{value:?}"))));
            parts
        };
        for (place, odd) in json::odd_members(&account) {
            for (before, after) in parts(&read(&account)).into_iter().zip(parts(&read(&odd))) {
                let touched =
                    before.0 == place || place.starts_with(&format!("{}/", before.0)) || place == "/profile";
                assert!(before == after || touched, "{place}: {before:?} {after:?}");
            }
        }
        let without = |value: Value| read(&json!({"lastLogin": value})).last_sign_in();
        assert_eq!(without(json!(null)), LastSignIn::Never);
        assert_eq!(without(json!("soon")), LastSignIn::Unreadable);
        assert_eq!(read(&json!({})).last_sign_in(), LastSignIn::Unreadable, "missing is not never");
    }

    #[test]
    fn an_odd_entry_of_a_list_costs_only_itself_and_is_not_forgotten() {
        let groups = json!([
            {"id": "00g1", "type": "OKTA_GROUP", "profile": {"name": "Finance", "description": null}},
            {"id": "00g2", "type": "OKTA_GROUP", "profile": {"name": "Audit"}}
        ]);
        for (place, odd) in json::odd_members(&groups) {
            let read: Vec<Group> = json::from_str(&odd.to_string()).unwrap();
            let other = if place.starts_with("/0") { ("00g2", "Audit") } else { ("00g1", "Finance") };
            assert_eq!(read.len(), 2, "{place}");
            assert!(read.iter().any(|group| (group.id(), group.name()) == other), "{place}: {read:?}");
            let lost = read.iter().any(|group| group.id().is_empty() || group.name().is_empty());
            assert_eq!(read.iter().all(Group::is_whole), !lost, "{place}");
        }
        let links = json!([{"id": "l", "label": "ERP", "appInstanceId": "0oa1"}, {"label": "Mail", "appInstanceId": "0oa2"}]);
        for (place, odd) in json::odd_members(&links) {
            let read: Vec<AppLink> = json::from_str(&odd.to_string()).unwrap();
            let other = if place.starts_with("/0") { ("0oa2", "Mail") } else { ("0oa1", "ERP") };
            assert!(read.iter().any(|link| (link.id(), link.label()) == other), "{place}: {read:?}");
            assert!((1..=2).contains(&AppLink::distinct(&read)), "{place}");
        }
    }

    #[test]
    fn an_address_is_safe_in_a_search() {
        for good in ["zoe.l@example.com", " zoë@example.com ", "o'neil/x+y@example.com", "a%2f?#&@b"] {
            assert!(EmailAddress::parse(good).is_some(), "{good}");
        }
        let long = format!("{}@example.com", "x".repeat(100));
        for bad in ["", "104233", "a\"b@example.com", "a\\@example.com", "a b@example.com", "a\n@b", &long] {
            assert!(EmailAddress::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_safe_in_a_path() {
        for good in ["00u1ubyAhm6SVvcvk0g4", "zoe.l@example.com", "104233", "o'neil+x@example.com"] {
            assert!(UserKey::parse(good).is_some(), "{good}");
        }
        for bad in ["", "..", "me", "a/b", "a?b", "a b", "zoë@example.com", "a%2fb", "a#b"] {
            assert!(UserKey::parse(bad).is_none(), "{bad}");
        }
    }
}
