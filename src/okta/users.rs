//! [`User`]: a person's account, with the groups and apps that the person has (Okta API reference, "Users").
//! Any member of an answer may be null or missing.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::pages::PageLimit;
use crate::deadline::Deadline;
use crate::request::UserId;

/// Makes Okta leave out members that no message shows, which makes the answer cheaper (Okta API reference,
/// "Users", `okta-response`).
const WITHOUT_CREDENTIALS: &str =
    r#"application/json; okta-response="omitCredentials,omitCredentialsLinks, omitTransitioningToStatus""#;

/// Pages of 200 groups. A person with more groups is an error: a part of them would mislead the approver.
const GROUP_PAGES: PageLimit = PageLimit { pages: 10, beyond: "the person is in more than 2000 groups" };

/// A person's account and profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    id: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, `DEPROVISIONED`, …
    pub status: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    created: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    activated: Option<Timestamp>,
    /// The last sign-in, as Okta wrote it.
    #[serde(default)]
    last_login: Value,
    /// Base and custom attributes by name. Values have any type and are untrusted.
    #[serde(default, deserialize_with = "null_is_empty")]
    profile: Map<String, Value>,
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A time; `None` if it is missing or has the wrong format.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_str().and_then(|text| text.parse().ok()))
}

impl User {
    /// The user's id; `None` if Okta's answer has none.
    #[must_use]
    pub fn id(&self) -> Option<UserId> {
        UserId::parse(self.id.as_deref()?)
    }

    /// "Zoë Lindqvist (zoe@example.com)", or the part of it that the profile has.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let first_and_last = || {
            let parts: Vec<_> =
                ["firstName", "lastName"].iter().filter_map(|part| self.attribute(part)).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        match (self.attribute("displayName").or_else(first_and_last), self.attribute("login")) {
            (Some(name), Some(login)) => Some(format!("{name} ({login})")),
            (name, login) => name.or(login),
        }
    }

    /// The last sign-in.
    #[must_use]
    pub fn last_sign_in(&self) -> LastSignIn {
        match &self.last_login {
            Value::Null => LastSignIn::Never,
            Value::String(text) => text.parse().map_or(LastSignIn::Unreadable, LastSignIn::At),
            _ => LastSignIn::Unreadable,
        }
    }

    /// When the account was activated, or else created.
    #[must_use]
    pub fn joined(&self) -> Option<Timestamp> {
        self.activated.or(self.created)
    }

    /// A profile attribute of any type, as text. `None` if it is missing, null, blank or empty.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        fn text(value: &Value) -> Option<String> {
            match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
                Value::Array(items) => Some(items.iter().filter_map(text).collect::<Vec<_>>().join(", ")),
                other => Some(other.to_string()),
            }
        }
        text(self.profile.get(name)?).filter(|text| !text.trim().is_empty())
    }
}

/// When a person last signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastSignIn {
    /// The person has never signed in.
    Never,
    /// At this time.
    At(Timestamp),
    /// Okta's value has an unknown format.
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

    /// Whether it is this user's login. Logins are unique in an org; e-mail addresses are not.
    #[must_use]
    pub fn is_login_of(&self, user: &User) -> bool {
        user.attribute("login").is_some_and(|login| login.eq_ignore_ascii_case(&self.0))
    }

    /// Whether it names this user. Okta also finds people by the part of a login before its `@`, so its
    /// answer may be another user.
    #[must_use]
    pub fn names(&self, user: &User) -> bool {
        let same = |text: Option<String>| text.is_some_and(|text| text.eq_ignore_ascii_case(&self.0));
        same(user.id.clone()) || same(user.attribute("login")) || same(user.attribute("email"))
    }
}

/// A group of which a person is a member.
#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    profile: Option<GroupProfile>,
}

#[derive(Clone, Debug, Deserialize)]
struct GroupProfile {
    name: Option<String>,
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
        self.profile.as_ref().and_then(|profile| profile.name.as_deref()).unwrap_or_default()
    }

    /// Whether Okta made the group itself, such as "Everyone".
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.kind.as_deref() == Some("BUILT_IN")
    }
}

/// A link to an app that is assigned to a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppLink {
    label: Option<String>,
    app_instance_id: Option<String>,
}

impl AppLink {
    /// How many apps the links lead to. One app may have several links.
    #[must_use]
    pub fn distinct(links: &[AppLink]) -> usize {
        links.iter().map(AppLink::id).collect::<std::collections::HashSet<_>>().len()
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
    use serde_json::json;

    use super::*;

    fn user(profile: &Value) -> User {
        serde_json::from_value(json!({"profile": profile, "activated": "garbage", "created": null})).unwrap()
    }

    #[test]
    fn a_person_is_named_by_what_the_profile_has() {
        let named = |profile: Value| user(&profile).name();
        let full = json!({"displayName": "Zoë L", "firstName": "Z", "login": "z@x"});
        assert_eq!(named(full).as_deref(), Some("Zoë L (z@x)"));
        assert_eq!(
            named(json!({"firstName": "Zoë", "lastName": "L", "displayName": null})).as_deref(),
            Some("Zoë L")
        );
        assert_eq!(named(json!({"lastName": " ", "login": "z@x"})).as_deref(), Some("z@x"));
        assert_eq!(named(json!(null)), None);
    }

    #[test]
    fn attributes_of_any_kind_become_text() {
        let user = user(&json!({"a": ["x", null, 1], "b": true, "c": {"k": 1}, "d": [], "e": null}));
        let values = ["a", "b", "c", "d", "e", "f"].map(|name| user.attribute(name));
        assert_eq!(
            values,
            [Some("x, 1".into()), Some("yes".into()), Some(r#"{"k":1}"#.into()), None, None, None]
        );
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
