//! The directory answers for people, groups and apps (Okta's management API, `/api/v1`) and for the organisation itself.
//! It only reads. The links in its answers point at the org's real host, never at the simulator: a client that follows
//! them with its credential is wrong.

use http::header;
use serde_json::{Map, Value, json};

use super::{call::Call, paging::Page, reply::Reply, route::Route, world::World};

/// The links that `omitCredentialsLinks` leaves out (Okta's users API, "Get a user").
const CREDENTIAL_LINKS: [&str; 6] = [
    "changePassword",
    "changeRecoveryQuestion",
    "expirePassword",
    "forgotPassword",
    "resetFactors",
    "resetPassword",
];

/// Answers one read.
pub(super) fn answer(world: &World, call: &Call) -> Reply {
    match call.route {
        Route::Organization => Reply::json(&world.organization),
        Route::Group => found(world.groups.get(&call.id), &call.id, "UserGroup"),
        Route::LogStreams => Reply::json(&json!(world.log_streams)),
        Route::App => found(world.apps.get(&call.id), &call.id, "AppInstance"),
        _ => of_user(world, call),
    }
}

/// The record, or Okta's 404.
pub(super) fn found(record: Option<&Value>, id: &str, kind: &str) -> Reply {
    record.map_or_else(|| Reply::not_found(id, kind), Reply::json)
}

fn of_user(world: &World, call: &Call) -> Reply {
    let Some((id, user)) = world.find_user(&call.id) else {
        return Reply::not_found(&call.id, "User");
    };
    match call.route {
        Route::UserGroups => {
            let sizes = (world.groups_page, world.groups_page);
            let page = Page::of(world, call, world.groups_of(id), sizes, usize::MAX);
            page.map_or_else(|refusal| refusal, |page| page.reply(&json!(page.records)))
        }
        Route::AppLinks => Reply::json(&world.app_links_of(id)),
        _ => Reply::json(&trimmed(user, call)),
    }
}

/// The user without the parts that the caller's `okta-response` media-type parameter gives up.
fn trimmed(user: &Value, call: &Call) -> Value {
    let mut user = user.clone();
    let wish =
        call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some((_, omit)) = wish.split_once("okta-response=") else {
        return user;
    };
    let omits = |word| omit.trim_matches('"').split(',').any(|part| part.trim().trim_matches('"') == word);
    if let Some(members) = user.as_object_mut() {
        if omits("omitCredentials") {
            members.remove("credentials");
        }
        if omits("omitTransitioningToStatus") {
            members.remove("transitioningToStatus");
        }
        if omits("omitCredentialsLinks")
            && let Some(links) = members.get_mut("_links").and_then(Value::as_object_mut)
        {
            drop_credential_links(links);
        }
    }
    user
}

fn drop_credential_links(links: &mut Map<String, Value>) {
    for name in CREDENTIAL_LINKS {
        links.remove(name);
    }
}
