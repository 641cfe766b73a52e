//! A user search is "List all users" of Okta's users API, narrowed by `search` or `filter`. This Okta knows
//! only searches for a whole id, login, e-mail address or manager, and for a status, and refuses all others.
//! Without either parameter, the list has every user who is not deprovisioned.

use serde_json::{Value, json};

use super::{
    call::Call,
    directory,
    filter::{Filter, USERS},
    paging::{Page, PageSizes},
    refusal,
    reply::Reply,
    state::OktaState,
};

/// The sizes of the pages.
const SIZES: PageSizes = PageSizes { default: 200, largest: 200, cap: 200 };

/// Answers with one page of the users who match. The caller must already be authorized.
pub(super) fn answer(state: &mut OktaState, call: &Call) -> Reply {
    page(state, call).unwrap_or_else(|refusal| {
        state.complain(call, "the search was refused");
        refusal
    })
}

fn page(state: &OktaState, call: &Call) -> Result<Reply, Reply> {
    let query = call.query();
    let filters: Result<Vec<Filter>, String> = ["search", "filter"]
        .into_iter()
        .filter_map(|name| query.get(name))
        .map(|text| Filter::parse(text, &USERS))
        .collect();
    let filters = filters.map_err(|cause| refusal::invalid_search(&cause))?;
    let is_wanted = |user: &&Value| {
        let lists_all = filters.is_empty() && user["status"] != "DEPROVISIONED";
        lists_all || !filters.is_empty() && filters.iter().all(|filter| filter.matches(user))
    };
    let users = state.world.users.values().filter(is_wanted);
    let users: Vec<Value> = users.map(|user| directory::without_omitted_parts(user, call)).collect();
    let page = Page::of(state.world.org_url(), call, users, SIZES)?;
    Ok(page.reply(&json!(page.records)))
}
