//! The sample is the org `acme`. It has every user and every thing that the files under `events/` mention,
//! and one service app. Its records are the JSON files beside this file; they are compiled in.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    super::service_app::{CLIENT_ID, ServiceApp},
    Records, World,
    edits::id_of,
};

/// The login of the user who made the API token.
const TOKEN_OWNER: &str = "identity.automation@example.com";

impl World {
    /// The org `acme` of the files under `events/`: every user and every thing that they mention, and the
    /// service app [`CLIENT_ID`].
    #[must_use]
    pub fn sample() -> Self {
        /// Reading the files costs several times what a copy costs, and a process may need many.
        static SAMPLE: LazyLock<World> = LazyLock::new(World::read_sample);
        SAMPLE.clone()
    }

    fn read_sample() -> Self {
        let mut world = Self {
            users: by_id(include_str!("users.json")),
            groups: by_id(include_str!("groups.json")),
            memberships: read(include_str!("memberships.json")),
            app_links: read(include_str!("app_links.json")),
            apps: by_id(include_str!("apps.json")),
            v1_requests: by_id(include_str!("requests_v1.json")),
            v2_requests: by_id(include_str!("requests_v2.json")),
            bundles: by_id(include_str!("entitlement_bundles.json")),
            entitlement_grants: by_id(include_str!("entitlement_grants.json")),
            labels: read(include_str!("resource_labels.json")),
            tasks: by_id(include_str!("tasks.json")),
            catalog_entries: by_id(include_str!("catalog_entries.json")),
            request_types: by_id(include_str!("request_types.json")),
            conditions: read(include_str!("request_conditions.json")),
            collections: by_id(include_str!("collections.json")),
            user_types: read(include_str!("user_types.json")),
            user_schemas: read(include_str!("user_schemas.json")),
            log_streams: read(include_str!("log_streams.json")),
            service_apps: BTreeMap::from([(CLIENT_ID.to_owned(), ServiceApp::sample())]),
            organization: read(include_str!("organization.json")),
            ..Self::default()
        };
        let owner = world.find_user(TOKEN_OWNER).map(|(id, _)| id.to_owned());
        world.token_owner = owner.unwrap_or_default();
        world
    }
}

fn by_id(text: &str) -> Records {
    let records: Vec<Value> = read(text);
    records.into_iter().map(|record| (id_of(&record), record)).collect()
}

#[expect(clippy::panic, reason = "the files are compiled in, and every test of the sample reads them all")]
fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text)
        .unwrap_or_else(|error| panic!("failed to read a file of the sample world: {error}"))
}
