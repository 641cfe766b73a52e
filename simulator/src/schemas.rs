//! Schemas say which profile attributes users have: "Retrieve a user schema" and "List all user types" of
//! Okta's management API. Each user type has a schema of its own. The default type's schema has the name
//! `default`, too. A world without user types has the default type alone, whose custom attributes are those that
//! its users have.

use serde_json::{Map, Value, json};

use super::{call::Call, refusal, reply::Reply, route::Route, world::World};

/// Answers one call. The caller must already be authorized.
pub(super) fn answer(world: &World, call: &Call) -> Reply {
    if call.route == Route::UserTypes {
        return Reply::json(&json!(world.user_types));
    }
    if world.user_types.is_empty() && call.id == "default" {
        return Reply::json(&schema_of_users(world));
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

/// The schema of the sample's default type, with the custom attributes of this world's users.
fn schema_of_users(world: &World) -> Value {
    let sample = World::sample();
    let mut schema = sample.user_schemas.get(schema_of_default(&sample)).cloned().unwrap_or_default();
    let base = &schema["definitions"]["base"]["properties"];
    let mut custom = Map::new();
    for (name, value) in world.users.values().filter_map(|user| user["profile"].as_object()).flatten() {
        if base.get(name).is_none() && !value.is_null() {
            custom.insert(name.clone(), attribute(name, value));
        }
    }
    schema["definitions"]["custom"]["properties"] = custom.into();
    schema
}

/// A custom attribute that has this value.
fn attribute(name: &str, value: &Value) -> Value {
    let kind = match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        _ => "string",
    };
    let mut attribute = json!({
        "title": name,
        "type": kind,
        "mutability": "READ_WRITE",
        "scope": "NONE",
        "permissions": [{ "principal": "SELF", "action": "READ_ONLY" }],
        "master": { "type": "PROFILE_MASTER" },
    });
    if kind == "array" {
        attribute["items"] = json!({ "type": "string" });
    }
    attribute
}
