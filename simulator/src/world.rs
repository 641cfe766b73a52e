//! A world is what one simulated Okta knows: users with their groups and app links, apps, and access requests
//! with all that they name. The records are the JSON that Okta would send. The world also has the settings
//! that tests change: the API token, the rate limits, the clock. `sample` builds the sample org, `folder` reads
//! one from files, and `edits` changes a world.

mod edits;
pub(super) mod folder;
mod sample;

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    authorization_server::AuthorizationServer, clock::Clock, filter::is_same_in_any_case, route::Api,
    serial::Serial, service_app::ServiceApp,
};

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
    /// Groups by id (`00g…`): `GET /api/v1/groups/{id}`. A group's `_embedded.stats` is shown only with
    /// `expand=stats`.
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
    /// A record is complete. Replies omit the members that Okta does not show at that stage or in a list.
    pub v2_requests: Records,
    /// Entitlement bundles by id (`enb…`): `GET /governance/api/v1/entitlement-bundles/{id}`.
    pub bundles: Records,
    /// Entitlement grants by id (`gra…`): `GET /governance/api/v1/grants` returns the matching ones.
    pub entitlement_grants: Records,
    /// The labels of each resource, by its resource name (ORN): `GET /governance/api/v1/resource-labels`
    /// returns those of the matching ones.
    pub labels: BTreeMap<String, Vec<Value>>,
    /// Tasks of access requests by id (24 hexadecimal digits): `GET /governance/api/v2/tasks` returns the
    /// matching ones.
    pub tasks: Records,
    /// Entries of the access catalog by id (`cen…`): `GET /governance/api/v2/catalogs/default/entries/{id}`.
    pub catalog_entries: Records,
    /// Request types by id (24 hexadecimal digits): `GET /governance/api/v1/request-types/{id}`.
    pub request_types: Records,
    /// The request conditions of each app, by the app's id:
    /// `GET /governance/api/v2/resources/{id}/request-conditions`.
    pub conditions: BTreeMap<String, Vec<Value>>,
    /// Resource collections by id (`col…`): `GET /governance/api/v1/collections/{id}`.
    pub collections: Records,
    /// User types: `GET /api/v1/meta/types/user`. The one with `default: true` has the schema `default`. Without
    /// any, that schema has the attributes that users have.
    pub user_types: Vec<Value>,
    /// The schemas of user types by id (`osc…`): `GET /api/v1/meta/schemas/user/{id}`.
    pub user_schemas: Records,
    /// Log streams: `GET /api/v1/logStreams`.
    pub log_streams: Vec<Value>,
    /// Service apps by client id.
    pub service_apps: BTreeMap<String, ServiceApp>,
    /// The org itself: `GET /.well-known/okta-organization`.
    pub organization: Value,
    /// The id of the user who made the API token: `GET /api/v1/users/me` returns that user.
    pub token_owner: String,
    /// The admin roles of that user, for example `ACCESS_REQUESTS_ADMIN`. The API token has the same rights.
    pub token_roles: Vec<String>,
    /// The status with which both lists of access requests refuse API tokens: 401 or 403. `None`: they may
    /// list. Okta's reference names OAuth as the only way, but recorded replies show lists read with a token.
    pub token_lists_refused: Option<u16>,
    /// Whether the org lacks Identity Governance. Then each of its calls fails with 401 E0000015.
    pub lacks_governance: bool,
    /// Whether Okta is in read-only mode. Then a message is refused with 503 E0000010, and nothing is stored.
    pub read_only: bool,
    /// Where Okta redirects every call, with 302 and the call's path behind this base URL. `None`: nowhere.
    pub redirect_to: Option<String>,
    /// The rate limits.
    pub limits: Limits,
    /// The HTTP status of the reply to an accepted message. Recorded replies have 201, some pages of Okta
    /// 204.
    pub message_status: u16,
    /// Where this Okta takes its time from.
    pub clock: Clock,
    /// Seconds by which this Okta is ahead of [`World::clock`]; negative if it is behind. Clients see it in
    /// `Date` and `X-Rate-Limit-Reset`.
    pub clock_offset: i64,
    /// Whether signatures are verified, which costs most of a service app's call: 2.6 ms without optimisation.
    /// If false, any signature counts as valid. All other checks of an assertion or a proof stay.
    pub verifies_signatures: bool,
    /// The largest page of a user's groups, in groups, even if `limit` is larger; also the page size without
    /// `limit`. Okta's is 200.
    pub groups_page: usize,
    /// The largest page of a list of access requests, in requests, even if `limit` is larger. Okta's is 200.
    pub requests_page: usize,
    /// The secret that AWS Secrets Manager's `GetSecretValue` returns on this port, for every secret id.
    /// The default is [`TOKEN`].
    pub secret: String,
    pub(super) authorization_server: AuthorizationServer,
    /// Numbers replies and errors.
    pub(super) serial: Serial,
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
            entitlement_grants: Records::new(),
            labels: BTreeMap::new(),
            tasks: Records::new(),
            catalog_entries: Records::new(),
            request_types: Records::new(),
            conditions: BTreeMap::new(),
            collections: Records::new(),
            user_types: Vec::new(),
            user_schemas: Records::new(),
            log_streams: Vec::new(),
            service_apps: BTreeMap::new(),
            organization: json!({ "id": "00oacmeSimulatedOrg0" }),
            token_owner: String::new(),
            token_roles: vec!["SUPER_ADMIN".to_owned()],
            token_lists_refused: None,
            lacks_governance: false,
            read_only: false,
            redirect_to: None,
            limits: Limits { directory: 600, governance: 50, window: Duration::from_mins(1) },
            message_status: 201,
            clock: Clock::SYSTEM,
            clock_offset: 0,
            verifies_signatures: true,
            groups_page: 200,
            requests_page: 200,
            secret: TOKEN.to_owned(),
            authorization_server: AuthorizationServer::default(),
            serial: Serial::default(),
            token: Some(TOKEN.to_owned()),
        }
    }
}

impl World {
    /// The time for this Okta: [`World::clock`], shifted by [`World::clock_offset`].
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        now.checked_add(SignedDuration::from_secs(self.clock_offset)).unwrap_or(now)
    }

    /// The base URL of the org.
    pub(super) fn org_url(&self) -> &str {
        self.organization["_links"]["organization"]["href"].as_str().unwrap_or("https://acme.okta.com")
    }

    /// The base URL of the org's Admin Console, to which the links of the Identity Governance API point. An
    /// org without a domain of its own gets another org's, so that a link never leads back to the caller.
    pub(super) fn admin_url(&self) -> String {
        match self.org_url().split_once('.') {
            Some((org, domain)) if domain.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                format!("{org}-admin.{domain}")
            }
            _ => "https://acme-admin.okta.com".to_owned(),
        }
    }

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
    /// login before its `@`, if only one user has it and it is nobody's whole login. Source: Okta's users API, "Retrieve a user".
    #[must_use]
    pub fn find_user(&self, key: &str) -> Option<(&str, &Value)> {
        let key = if key == "me" { self.token_owner.as_str() } else { key };
        if let Some((id, user)) = self.users.get_key_value(key) {
            return Some((id.as_str(), user));
        }
        let whole = self.users.iter().find(|(_, user)| is_same_in_any_case(login(user), key));
        let (id, user) = whole.or_else(|| {
            let name = |user| login(user).split_once('@').map_or("", |(name, _)| name);
            let mut named = self.users.iter().filter(|(_, user)| is_same_in_any_case(name(user), key));
            named.next().filter(|_| named.next().is_none())
        })?;
        Some((id.as_str(), user))
    }

    /// The user's groups without their statistics, in the order of [`World::memberships`].
    pub(super) fn groups_of(&self, user: &str) -> Vec<Value> {
        let ids = self.memberships.get(user).into_iter().flatten();
        let mut groups: Vec<Value> = ids.filter_map(|id| self.groups.get(id)).cloned().collect();
        for members in groups.iter_mut().filter_map(Value::as_object_mut) {
            members.remove("_embedded");
        }
        groups
    }

    /// The user's app links as a JSON array.
    pub(super) fn app_links_of(&self, user: &str) -> Value {
        self.app_links.get(user).into_iter().flatten().cloned().collect()
    }
}

fn login(user: &Value) -> &str {
    user["profile"]["login"].as_str().unwrap_or_default()
}
