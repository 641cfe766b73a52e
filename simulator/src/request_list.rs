//! The lists of access requests (Identity Governance API, "List all requests", V1 and V2): filtered, ordered, in pages.
//! Only service apps get here; the order without `orderBy` is no promise of Okta's, and here it is by id.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::Call,
    filter::Filter,
    paging::{Page, invalid, query},
    reply::Reply,
    route::Api,
    state::State,
};

/// Records in a page, where the caller does not say, and at most.
const PAGE_SIZES: (usize, usize) = (20, 200);
/// The parameters that both lists take.
const PARAMETERS: [&str; 4] = ["filter", "orderBy", "limit", "after"];

/// Answers one page.
pub(super) fn answer(state: &mut State, call: &Call, api: Api) -> Reply {
    let parameters = query(call);
    if let Some(name) = parameters.keys().find(|name| !PARAMETERS.contains(&name.as_str())) {
        // Okta ignores it, which is worse for the caller.
        state.complain(call, &format!("no such parameter of this list: `{name}`"));
    }
    page(state, call, api).unwrap_or_else(|refusal| {
        state.complain(call, "the list's parameters are refused");
        refusal
    })
}

fn page(state: &State, call: &Call, api: Api) -> Result<Reply, Reply> {
    let (world, query) = (&state.world, query(call));
    let filter = query.get("filter").map(|text| Filter::parse(text, api, world.filters_created)).transpose();
    let filter = filter.map_err(|cause| {
        let summary = "Invalid search criteria.";
        Reply::error_because(StatusCode::BAD_REQUEST, "E0000031", summary, &[&cause])
    })?;
    let filter = filter.unwrap_or_default();
    let fitting = world.requests(api).values().filter(|request| filter.holds(request));
    let mut requests: Vec<Value> = fitting.cloned().collect();
    if let Some(order) = query.get("orderBy") {
        sort(&mut requests, order)?;
    }
    let page = Page::of(world, call, requests, PAGE_SIZES, world.requests_page)?;
    Ok(page.reply(&json!({ "data": page.records, "_links": page.links() })))
}

fn sort(requests: &mut [Value], order: &str) -> Result<(), Reply> {
    let wrong = || invalid("orderBy", "orderBy: must be `created` or `lastUpdated`, then `asc` or `desc`");
    let (name, direction) = order.split_once(' ').ok_or_else(wrong)?;
    if !matches!(name, "created" | "lastUpdated") || !matches!(direction, "asc" | "desc") {
        return Err(wrong());
    }
    // All times here have one form, whose order as text is that of time.
    requests.sort_by(|one, other| one[name].as_str().cmp(&other[name].as_str()));
    if direction == "desc" {
        requests.reverse();
    }
    Ok(())
}
