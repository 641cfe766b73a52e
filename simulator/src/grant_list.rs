//! The grant list is "List all grants" of Okta's Identity Governance API: which person holds which
//! entitlement bundle of which app. It shows only active grants, and it refuses a call without a filter.

use serde_json::{Value, json};

use super::{
    call::Call,
    filter::GRANTS,
    paging::Page,
    refusal,
    reply::Reply,
    request_list::{self, SIZES},
    state::OktaState,
};

/// Answers with one page of the list. The caller must already be authorized.
pub(super) fn answer(state: &mut OktaState, call: &Call) -> Reply {
    page(state, call).unwrap_or_else(|refusal| {
        state.complain(call, "the list refused the parameters");
        refusal
    })
}

fn page(state: &OktaState, call: &Call) -> Result<Reply, Reply> {
    let filter = request_list::filter(call, &GRANTS)?;
    let filter = filter.ok_or_else(|| refusal::invalid_part("query", "/filter", "is required"))?;
    let grants = state.world.entitlement_grants.values();
    let matching = grants.filter(|grant| grant["status"] == "ACTIVE" && filter.matches(grant));
    let matching: Vec<Value> = matching.cloned().collect();
    let page = Page::of(&state.world.admin_url(), call, matching, SIZES)?;
    Ok(page.reply(&json!({ "data": page.records, "_links": page.links() })))
}
