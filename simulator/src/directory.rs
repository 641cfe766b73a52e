//! The directory answers for users, groups and apps (Okta's management API, `/api/v1`) and for the org
//! itself. It only reads. The links in its replies point at the org's real host, never at the simulator. A
//! client must not follow them: it would send its credential to a host that it did not choose.

use http::header;
use serde_json::{Map, Value, json};

use super::{
    call::Call,
    paging::{Page, PageSizes},
    refusal::{self, found_or_not},
    reply::Reply,
    route::Route,
    world::World,
};

/// The links that `omitCredentialsLinks` removes (Okta's users API, "Retrieve a user").
const CREDENTIAL_LINKS: [&str; 6] = [
    "changePassword",
    "changeRecoveryQuestion",
    "expirePassword",
    "forgotPassword",
    "resetFactors",
    "resetPassword",
];

/// Answers one call. The caller must already be authorized.
pub(super) fn answer(world: &World, call: &Call) -> Reply {
    match call.route {
        Route::Organization => Reply::json(&world.organization),
        Route::Group => {
            let group = world.groups.get(&call.id).map(|group| expanded(world, group, call));
            found_or_not(group.as_ref(), &call.id, "UserGroup")
        }
        Route::LogStreams => Reply::json(&json!(world.log_streams)),
        Route::App => found_or_not(world.apps.get(&call.id), &call.id, "AppInstance"),
        _ => about_user(world, call),
    }
}

fn about_user(world: &World, call: &Call) -> Reply {
    let Some((id, user)) = world.find_user(&call.id) else {
        return refusal::not_found(&call.id, "User");
    };
    match call.route {
        Route::UserGroups => {
            let size = world.groups_page;
            let sizes = PageSizes { default: size, largest: 200, cap: size };
            let page = Page::of(world.org_url(), call, world.groups_of(id), sizes);
            page.map_or_else(|refusal| refusal, |page| page.reply(&json!(page.records)))
        }
        Route::AppLinks => Reply::json(&world.app_links_of(id)),
        _ => Reply::json(&without_omitted_parts(user, call)),
    }
}

/// The group, with its statistics if the call asks for them. The world's record may have its own in
/// `_embedded.stats`.
fn expanded(world: &World, group: &Value, call: &Call) -> Value {
    let mut shown = group.clone();
    let own = shown.as_object_mut().and_then(|members| members.remove("_embedded"));
    if call.query().get("expand").is_some_and(|part| part == "stats") {
        let id = Value::from(call.id.as_str());
        let users =
            world.memberships.values().filter(|groups| groups.iter().any(|group| id == group.as_str()));
        let stats = json!({
            "usersCount": users.count(),
            "appsCount": 0,
            "groupPushMappingsCount": 0,
            "hasAdminPrivilege": false,
            "_links": {},
        });
        shown["_embedded"] = own.unwrap_or_else(|| json!({ "stats": stats }));
    }
    shown
}

/// The user without the parts that the `okta-response` parameter of the caller's content type omits.
pub(super) fn without_omitted_parts(user: &Value, call: &Call) -> Value {
    let mut user = user.clone();
    let content_type = call.header(&header::CONTENT_TYPE).unwrap_or_default();
    let Some((_, omit)) = content_type.split_once("okta-response=") else {
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
