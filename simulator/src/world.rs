//! A world is what a simulated Okta knows: people, their groups and app links, apps, and access requests with what they
//! name, all as wire JSON. [`World::sample`] holds everyone and everything that the files under `events/` mention.
//! It also holds the settings a test turns: the token, the limits, the clock.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use super::{CLIENT_ID, ServiceApp, TOKEN, grants::Grants, route::Api};

/// Records by their id.
type Records = BTreeMap<String, Value>;

/// Calls allowed in each bucket and window. Okta's real figures differ by plan; these are of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For each path of the management API, `/api/v1`.
    pub directory: u32,
    /// For each path of the Identity Governance API; recorded ceilings are 15 to 50 a minute.
    pub governance: u32,
    /// The length of a window, in whole seconds.
    pub window: Duration,
}

/// What the simulated Okta knows, and how it behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct World {
    /// Users by Okta id (`00u…`), as `GET /api/v1/users/{id}` answers them.
    pub users: Records,
    /// Groups by id (`00g…`), as `GET /api/v1/groups/{id}` answers them.
    pub groups: Records,
    /// The ids of each user's groups, by user id.
    pub memberships: BTreeMap<String, Vec<String>>,
    /// Each user's app links, by user id, as `GET /api/v1/users/{id}/appLinks` answers them.
    pub app_links: BTreeMap<String, Vec<Value>>,
    /// Apps by id (`0oa…`).
    pub apps: Records,
    /// Access requests of request types, by id (24 hex digits).
    pub v1_requests: Records,
    /// Access requests of request conditions, by id (`req…`).
    pub v2_requests: Records,
    /// Entitlement bundles by id (`enb…`).
    pub bundles: Records,
    /// Request types by id (24 hex digits).
    pub request_types: Records,
    /// Log streams, as `GET /api/v1/logStreams` answers them.
    pub log_streams: Vec<Value>,
    /// Service apps by client id.
    pub service_apps: BTreeMap<String, ServiceApp>,
    /// What `GET /.well-known/okta-organization` answers.
    pub organization: Value,
    /// The id of the user whose token it is: `GET /api/v1/users/me`.
    pub token_owner: String,
    /// The rate limits.
    pub limits: Limits,
    /// What an accepted message is answered with: 201, as Okta's recordings have it, or 204, as some of its pages do.
    pub message_status: u16,
    /// Seconds by which this Okta's clock is ahead of the system's; shows in `Date` and `X-Rate-Limit-Reset`.
    pub clock_offset: i64,
    /// The largest page of a user's groups, and the one given without `limit`. Okta's is 200; a test of paging makes it
    /// smaller.
    pub groups_page: usize,
    /// The largest page of a list of access requests, whatever `limit` asks for.
    pub requests_page: usize,
    /// Whether the lists of access requests can be filtered by `created`. Okta's reference lists `lastUpdated` alone.
    pub filters_created: bool,
    /// What Secrets Manager's `GetSecretValue` answers on this port, whatever the secret's id: [`TOKEN`], unless changed.
    pub secret: String,
    pub(super) grants: Grants,
    token: Option<String>,
}

impl Default for World {
    /// An org without people, with the token [`TOKEN`] and the sample's limits.
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
    /// The org `acme` of the files under `events/`: everyone and everything they mention.
    #[must_use]
    pub fn sample() -> Self {
        let mut world = Self {
            users: by_id(include_str!("world/users.json")),
            groups: by_id(include_str!("world/groups.json")),
            memberships: fixture(include_str!("world/memberships.json")),
            app_links: fixture(include_str!("world/app_links.json")),
            apps: by_id(include_str!("world/apps.json")),
            v1_requests: by_id(include_str!("world/requests_v1.json")),
            v2_requests: by_id(include_str!("world/requests_v2.json")),
            bundles: by_id(include_str!("world/entitlement_bundles.json")),
            request_types: by_id(include_str!("world/request_types.json")),
            log_streams: fixture(include_str!("world/log_streams.json")),
            service_apps: BTreeMap::from([(CLIENT_ID.to_owned(), ServiceApp::sample())]),
            organization: fixture(include_str!("world/organization.json")),
            ..Self::default()
        };
        let owner = world.find_user("identity.automation@example.com").map(|(id, _)| id.to_owned());
        world.token_owner = owner.unwrap_or_default();
        world
    }

    /// A user to change in place.
    ///
    /// # Panics
    ///
    /// When there is none of this id: the test that asks is wrong.
    #[expect(clippy::panic, reason = "a wrong id is a fault of the test that gives it")]
    pub fn user_mut(&mut self, id: &str) -> &mut Value {
        self.users.get_mut(id).unwrap_or_else(|| panic!("the world has no user `{id}`"))
    }

    /// An access request of either generation, to change in place.
    ///
    /// # Panics
    ///
    /// When there is none of this id: the test that asks is wrong.
    #[expect(clippy::panic, reason = "a wrong id is a fault of the test that gives it")]
    pub fn request_mut(&mut self, id: &str) -> &mut Value {
        let request = self.v1_requests.get_mut(id).or_else(|| self.v2_requests.get_mut(id));
        request.unwrap_or_else(|| panic!("the world has no access request `{id}`"))
    }

    /// The service app of this client id, to change in place; the sample's is [`CLIENT_ID`].
    ///
    /// # Panics
    ///
    /// When there is none of this id: the test that asks is wrong.
    #[expect(clippy::panic, reason = "a wrong id is a fault of the test that gives it")]
    pub fn service_app_mut(&mut self, client_id: &str) -> &mut ServiceApp {
        let app = self.service_apps.get_mut(client_id);
        app.unwrap_or_else(|| panic!("the world has no service app `{client_id}`"))
    }

    /// Adds or replaces a user, by its `id`.
    ///
    /// # Panics
    ///
    /// When the record has no `id`.
    pub fn insert_user(&mut self, user: Value) {
        self.users.insert(id_of(&user), user);
    }

    /// Adds or replaces an access request; an id that begins with `req` makes it a v2 one.
    ///
    /// # Panics
    ///
    /// When the record has no `id`.
    pub fn insert_request(&mut self, request: Value) {
        let id = id_of(&request);
        let requests = if id.starts_with("req") { &mut self.v2_requests } else { &mut self.v1_requests };
        requests.insert(id, request);
    }

    /// Copies every access request that an event names, under ids made of `number`; the same event about the copy.
    pub fn another_request(&mut self, event: &str, number: usize) -> String {
        let mut event = event.to_owned();
        let v1 = self.v1_requests.iter().map(|(id, request)| (id.clone(), request.clone()));
        let v2 = self.v2_requests.iter().map(|(id, request)| (id.clone(), request.clone()));
        let named: Vec<_> = v1.chain(v2).filter(|(id, _)| event.contains(id.as_str())).collect();
        for (id, mut request) in named {
            let copy =
                if id.starts_with("req") { format!("req{number:017}") } else { format!("{number:024x}") };
            event = event.replace(&id, &copy);
            request["id"] = copy.into();
            self.insert_request(request);
        }
        event
    }

    /// Adds or replaces a group, by its `id`, and puts a user into it.
    ///
    /// # Panics
    ///
    /// When the record has no `id`.
    pub fn insert_group(&mut self, group: Value, member: &str) {
        let id = id_of(&group);
        self.memberships.entry(member.to_owned()).or_default().push(id.clone());
        self.groups.insert(id, group);
    }

    /// Adds or replaces an app, by its `id`.
    ///
    /// # Panics
    ///
    /// When the record has no `id`.
    pub fn insert_app(&mut self, app: Value) {
        self.apps.insert(id_of(&app), app);
    }

    /// Deletes a user: from now on 404, for groups and app links too.
    pub fn remove_user(&mut self, id: &str) {
        self.users.remove(id);
    }

    /// Revokes the token: every call answers 401 until [`World::set_token`].
    pub fn revoke_token(&mut self) {
        self.token = None;
    }

    /// Makes this the one token accepted, as after a rotation.
    pub fn set_token(&mut self, token: impl Into<String>) {
        self.token = Some(token.into());
    }

    /// Revokes every access token given to a service app: calls with one answer 401 until the app asks for another.
    pub fn revoke_access_tokens(&mut self) {
        self.grants.revoke_all();
    }

    /// Changes the nonce that proofs at the token endpoint must carry, as Okta does every day: the next token call with
    /// the old one is answered with the new one.
    pub fn rotate_dpop_nonce(&mut self) {
        self.grants.rotate_nonce();
    }

    /// The token accepted, empty when revoked.
    pub(super) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    pub(super) fn accepts(&self, token: &str) -> bool {
        self.token.as_deref() == Some(token)
    }

    pub(super) fn requests(&self, api: Api) -> &Records {
        match api {
            Api::V1 => &self.v1_requests,
            Api::V2 => &self.v2_requests,
        }
    }

    /// By id, `me`, login, or the part of a login before its `@` when only one has it (users API, "Get a user").
    pub(super) fn find_user(&self, key: &str) -> Option<(&str, &Value)> {
        let key = if key == "me" { self.token_owner.as_str() } else { key };
        if let Some((id, user)) = self.users.get_key_value(key) {
            return Some((id.as_str(), user));
        }
        let login = |user: &Value| user["profile"]["login"].as_str().unwrap_or_default().to_lowercase();
        let key = key.to_lowercase();
        let mut fitting = self.users.iter().filter(|(_, user)| {
            let login = login(user);
            login == key || login.split_once('@').is_some_and(|(name, _)| name == key)
        });
        let first = fitting.next()?;
        fitting.next().is_none().then_some((first.0.as_str(), first.1))
    }

    /// In the order of [`World::memberships`].
    pub(super) fn groups_of(&self, user: &str) -> Vec<Value> {
        let ids = self.memberships.get(user).into_iter().flatten();
        ids.filter_map(|id| self.groups.get(id)).cloned().collect()
    }

    pub(super) fn app_links_of(&self, user: &str) -> Value {
        self.app_links.get(user).into_iter().flatten().cloned().collect()
    }
}

#[expect(
    clippy::panic,
    reason = "a record without an id is a fault of the test or the fixture that gives it"
)]
fn id_of(record: &Value) -> String {
    record["id"].as_str().unwrap_or_else(|| panic!("a record without an `id`: {record}")).to_owned()
}

fn by_id(text: &str) -> Records {
    let records: Vec<Value> = fixture(text);
    records.into_iter().map(|record| (id_of(&record), record)).collect()
}

/// The files are compiled in, and a test reads every one: a fault in them cannot reach a user.
#[expect(clippy::panic, reason = "compiled-in files, all read by a test")]
fn fixture<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|fault| panic!("a sample-world file is faulty: {fault}"))
}
