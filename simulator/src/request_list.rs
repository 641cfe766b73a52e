//! The request lists are "List all requests" of Okta's Identity Governance API, V1 and V2: filtered, ordered,
//! in pages. Only service apps may read them. Without `orderBy`, Okta promises no order; here the order is
//! that of the ids.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::Call,
    filter::Filter,
    paging::{Page, PageSizes},
    refusal,
    reply::Reply,
    route::Api,
    state::OktaState,
};

/// The page size without `limit`.
const DEFAULT_PAGE: usize = 20;
/// The largest `limit`.
const LARGEST_PAGE: usize = 200;
/// The parameters that both lists accept.
const PARAMETERS: [&str; 4] = ["filter", "orderBy", "limit", "after"];

/// Answers with one page of the list. The caller must already be authorized.
pub(super) fn answer(state: &mut OktaState, call: &Call, api: Api) -> Reply {
    let parameters = call.query();
    if let Some(name) = parameters.keys().find(|name| !PARAMETERS.contains(&name.as_str())) {
        // Okta ignores an unknown parameter without a word, so a client with this bug would not notice.
        state.complain(call, &format!("the list has no parameter `{name}`"));
    }
    page(state, call, api).unwrap_or_else(|refusal| {
        state.complain(call, "the list refused the parameters");
        refusal
    })
}

fn page(state: &OktaState, call: &Call, api: Api) -> Result<Reply, Reply> {
    let (world, query) = (&state.world, call.query());
    let filter = query.get("filter").map(|text| Filter::parse(text, api, world.filters_created)).transpose();
    let filter = filter.map_err(|cause| {
        let summary = "Invalid search criteria.";
        refusal::error_because(StatusCode::BAD_REQUEST, "E0000031", summary, &[&cause])
    })?;
    let filter = filter.unwrap_or_default();
    let matching = world.requests(api).values().filter(|request| filter.matches(request));
    let mut requests: Vec<Value> = matching.cloned().collect();
    if let Some(order) = query.get("orderBy") {
        sort(&mut requests, order)?;
    }
    let sizes = PageSizes { default: DEFAULT_PAGE, largest: LARGEST_PAGE, cap: world.requests_page };
    let page = Page::of(world, call, requests, sizes)?;
    Ok(page.reply(&json!({ "data": page.records, "_links": page.links() })))
}

fn sort(requests: &mut [Value], order: &str) -> Result<(), Reply> {
    let wrong = || {
        refusal::invalid_field("orderBy", "orderBy: must be `created` or `lastUpdated`, then `asc` or `desc`")
    };
    let (name, direction) = order.split_once(' ').ok_or_else(wrong)?;
    if !matches!(name, "created" | "lastUpdated") || !matches!(direction, "asc" | "desc") {
        return Err(wrong());
    }
    // All times in the world have one format, so their order as text is their order in time.
    requests.sort_by(|one, other| one[name].as_str().cmp(&other[name].as_str()));
    if direction == "desc" {
        requests.reverse();
    }
    Ok(())
}
