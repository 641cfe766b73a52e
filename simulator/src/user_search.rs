//! A user search is "List all users" of Okta's users API, narrowed by `search`. This Okta knows only searches
//! for a whole id, login, e-mail address or manager, and for a status, and refuses all others. It does not
//! know the older `filter`. Without a search, the list has every user who is not deprovisioned.

use serde_json::{Value, json};

use super::{
    call::Call,
    directory,
    filter::{Filter, USERS},
    paging::{Page, PageSizes},
    refusal,
    reply::Reply,
    world::World,
};

/// The sizes of the pages.
const SIZES: PageSizes = PageSizes { default: 200, largest: 200, cap: 200 };

/// One page of the users who match. The error is Okta's refusal. The caller must already be authorized.
pub(super) fn page(world: &World, call: &Call) -> Result<Reply, Reply> {
    let search = call.query().get("search").map(|text| Filter::parse(text, &USERS)).transpose();
    let search = search.map_err(|cause| refusal::invalid_search(&cause))?;
    let is_wanted = |user: &&Value| match &search {
        Some(search) => search.matches(user),
        None => user["status"] != "DEPROVISIONED",
    };
    let users = world.users.values().filter(is_wanted);
    let users: Vec<Value> = users.map(|user| directory::without_omitted_parts(user, call)).collect();
    let page = Page::of(world.org_url(), call, users, SIZES)?;
    Ok(page.reply(&json!(page.records)))
}
