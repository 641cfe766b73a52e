//! Schemas say which profile attributes users have: "Retrieve a user schema" and "List all user types" of
//! Okta's management API. Each user type has a schema of its own. The default type's schema has the name
//! `default`, too.

use serde_json::json;

use super::{call::Call, refusal, reply::Reply, route::Route, world::World};

/// Answers one call. The caller must already be authorized.
pub(super) fn answer(world: &World, call: &Call) -> Reply {
    if call.route == Route::UserTypes {
        return Reply::json(&json!(world.user_types));
    }
    let id = if call.id == "default" { schema_of_default(world) } else { call.id.as_str() };
    refusal::found_or_not(world.user_schemas.get(id), &call.id, "Schema")
}

/// The id of the default type's schema, from the link in the type; empty if the world has no default type.
fn schema_of_default(world: &World) -> &str {
    let default = world.user_types.iter().find(|kind| kind["default"] == true);
    let link = default.and_then(|kind| kind["_links"]["schema"]["href"].as_str());
    link.and_then(|link| link.rsplit('/').next()).unwrap_or_default()
}
