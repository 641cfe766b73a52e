//! Holders are who is in a group and who has an app: "List all member users" and "List all application users"
//! of Okta's management API. A user has an app if one of their app links leads to it.

use serde_json::{Value, json};

use super::{
    call::Call,
    directory,
    paging::{Page, PageSizes},
    refusal,
    reply::Reply,
    route::Route,
    world::World,
};

/// The sizes of the pages of a group's members.
const MEMBERS: PageSizes = PageSizes { default: 1000, largest: 1000, cap: 1000 };
/// The sizes of the pages of an app's users.
const ASSIGNED: PageSizes = PageSizes { default: 50, largest: 500, cap: 500 };

/// One page of the list. The error is Okta's refusal. The caller must already be authorized.
pub(super) fn page(world: &World, call: &Call) -> Result<Reply, Reply> {
    let (records, sizes) = if call.route == Route::GroupUsers {
        if !world.groups.contains_key(&call.id) {
            return Err(refusal::not_found(&call.id, "UserGroup"));
        }
        (members(world, call), MEMBERS)
    } else {
        if !world.apps.contains_key(&call.id) {
            return Err(refusal::not_found(&call.id, "AppInstance"));
        }
        (assigned(world, &call.id), ASSIGNED)
    };
    let page = Page::of(world.org_url(), call, records, sizes)?;
    Ok(page.reply(&json!(page.records)))
}

fn members(world: &World, call: &Call) -> Vec<Value> {
    let is_in = |id: &String| world.memberships.get(id).is_some_and(|groups| groups.contains(&call.id));
    let members = world.users.iter().filter(|(id, user)| is_in(id) && user["status"] != "DEPROVISIONED");
    members.map(|(_, user)| directory::without_omitted_parts(user, call)).collect()
}

fn assigned(world: &World, app: &str) -> Vec<Value> {
    let has_it = |id: &String| {
        world.app_links.get(id).is_some_and(|links| links.iter().any(|link| link["appInstanceId"] == app))
    };
    let org = world.org_url();
    let assignment = |(id, user): (&String, &Value)| {
        json!({
            "id": id,
            "externalId": null,
            "created": user["created"],
            "lastUpdated": user["lastUpdated"],
            "scope": "USER",
            "status": "ACTIVE",
            "statusChanged": user["created"],
            "passwordChanged": null,
            "syncState": "DISABLED",
            "credentials": { "userName": user["profile"]["login"] },
            "profile": {},
            "_links": {
                "app": { "href": format!("{org}/api/v1/apps/{app}") },
                "user": { "href": format!("{org}/api/v1/users/{id}") },
            },
        })
    };
    world.users.iter().filter(|(id, _)| has_it(id)).map(assignment).collect()
}
