//! A world is what one simulated Okta knows: users with their groups and app links, apps, and access requests
//! with all that they name. The records are the JSON that Okta would send. The world also has the settings
//! that tests change: the API token, the rate limits, the clock. `sample` builds the sample org, and `edits`
//! changes a world.

mod edits;
mod sample;

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use super::{grants::Grants, route::Api, service_app::ServiceApp};

/// The API token (SSWS) that a world accepts until a test changes it. It opens nothing but a simulator.
pub const TOKEN: &str = "00SimulatorTokenOpensNothingElse1234567890";

/// Records by their id.
type Records = BTreeMap<String, Value>;

/// How many calls each rate limit allows in a window of time. Okta counts each method and path template
/// separately. Okta's own numbers differ by plan; the defaults have the same order of magnitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls allowed for each path of the management API (`/api/v1`), of `/oauth2` and of `/.well-known`.
    pub directory: u32,
    /// Calls allowed for each path of the Identity Governance API. Recorded replies show 15 to 50 a minute.
    pub governance: u32,
    /// The length of a window. It is rounded down to whole seconds, and is at least one second.
    pub window: Duration,
}

/// What one simulated Okta knows, and how it behaves.
///
/// Records have the format of Okta's API: a field names the call that returns its records as they are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct World {
    /// Users by id (`00u…`): `GET /api/v1/users/{id}`.
    pub users: Records,
    /// Groups by id (`00g…`): `GET /api/v1/groups/{id}`.
    pub groups: Records,
    /// The ids of each user's groups, by user id.
    pub memberships: BTreeMap<String, Vec<String>>,
    /// The app links of each user, by user id: `GET /api/v1/users/{id}/appLinks`.
    pub app_links: BTreeMap<String, Vec<Value>>,
    /// Apps by id (`0oa…`): `GET /api/v1/apps/{id}`.
    pub apps: Records,
    /// Access requests of request types, by id (24 hexadecimal digits):
    /// `GET /governance/api/v1/requests/{id}`.
    pub v1_requests: Records,
    /// Access requests of access request conditions, by id (`req…`): `GET /governance/api/v2/requests/{id}`.
    pub v2_requests: Records,
    /// Entitlement bundles by id (`enb…`): `GET /governance/api/v1/entitlement-bundles/{id}`.
    pub bundles: Records,
    /// Request types by id (24 hexadecimal digits): `GET /governance/api/v1/request-types/{id}`.
    pub request_types: Records,
    /// Log streams: `GET /api/v1/logStreams`.
    pub log_streams: Vec<Value>,
    /// Service apps by client id.
    pub service_apps: BTreeMap<String, ServiceApp>,
    /// The org itself: `GET /.well-known/okta-organization`.
    pub organization: Value,
    /// The id of the user who made the API token: `GET /api/v1/users/me` returns that user.
    pub token_owner: String,
    /// The rate limits.
    pub limits: Limits,
    /// The HTTP status of the reply to an accepted message. Recorded replies have 201, some pages of Okta
    /// 204.
    pub message_status: u16,
    /// Seconds by which this Okta's clock is ahead of the system's clock; negative if it is behind. Clients
    /// see it in `Date` and `X-Rate-Limit-Reset`.
    pub clock_offset: i64,
    /// The largest page of a user's groups, and the page size without `limit`, in groups. Okta's is 200.
    pub groups_page: usize,
    /// The largest page of a list of access requests, in requests, even if `limit` is larger. Okta's is 200.
    pub requests_page: usize,
    /// Whether lists of access requests can be filtered by `created`, which Okta's reference does not list.
    pub filters_created: bool,
    /// The secret that AWS Secrets Manager's `GetSecretValue` returns on this port, for every secret id.
    /// The default is [`TOKEN`].
    pub secret: String,
    pub(super) grants: Grants,
    token: Option<String>,
}

impl Default for World {
    /// An org without users, with the token [`TOKEN`] and the rate limits of [`World::sample`].
    fn default() -> Self {
        Self {
            users: Records::new(),
            groups: Records::new(),
            memberships: BTreeMap::new(),
            app_links: BTreeMap::new(),
            apps: Records::new(),
            v1_requests: Records::new(),
            v2_requests: Records::new(),
            bundles: Records::new(),
            request_types: Records::new(),
            log_streams: Vec::new(),
            service_apps: BTreeMap::new(),
            organization: json!({ "id": "00oacmeSimulatedOrg0" }),
            token_owner: String::new(),
            limits: Limits { directory: 600, governance: 50, window: Duration::from_mins(1) },
            message_status: 201,
            clock_offset: 0,
            groups_page: 200,
            requests_page: 200,
            filters_created: false,
            secret: TOKEN.to_owned(),
            grants: Grants::default(),
            token: Some(TOKEN.to_owned()),
        }
    }
}

impl World {
    /// The API token that is accepted now; empty if it is revoked.
    pub(super) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Whether this is the API token that is accepted now.
    pub(super) fn accepts(&self, token: &str) -> bool {
        self.token.as_deref() == Some(token)
    }

    /// The access requests of one generation of the API.
    pub(super) fn requests(&self, api: Api) -> &Records {
        match api {
            Api::V1 => &self.v1_requests,
            Api::V2 => &self.v2_requests,
        }
    }

    /// The user with this key, and their id. The key is an id, a login or `me`. It can also be the part of a
    /// login before its `@`, if only one user has it. Source: Okta's users API, "Retrieve a user".
    #[must_use]
    pub fn find_user(&self, key: &str) -> Option<(&str, &Value)> {
        let key = if key == "me" { self.token_owner.as_str() } else { key };
        if let Some((id, user)) = self.users.get_key_value(key) {
            return Some((id.as_str(), user));
        }
        let login = |user: &Value| user["profile"]["login"].as_str().unwrap_or_default().to_lowercase();
        let key = key.to_lowercase();
        let mut matching = self.users.iter().filter(|(_, user)| {
            let login = login(user);
            login == key || login.split_once('@').is_some_and(|(name, _)| name == key)
        });
        let first = matching.next()?;
        matching.next().is_none().then_some((first.0.as_str(), first.1))
    }

    /// The user's groups, in the order of [`World::memberships`].
    pub(super) fn groups_of(&self, user: &str) -> Vec<Value> {
        let ids = self.memberships.get(user).into_iter().flatten();
        ids.filter_map(|id| self.groups.get(id)).cloned().collect()
    }

    /// The user's app links as a JSON array.
    pub(super) fn app_links_of(&self, user: &str) -> Value {
        self.app_links.get(user).into_iter().flatten().cloned().collect()
    }
}
