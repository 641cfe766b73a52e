//! The request lists are "List all requests" of Okta's Identity Governance API, V1 and V2: filtered, ordered,
//! in pages. Without `orderBy`, Okta promises no order; here the order is that of the ids.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    access_request,
    call::Call,
    filter::{Filter, FilterLanguage, V1_REQUESTS, V2_REQUESTS},
    paging::{Page, PageSizes},
    refusal,
    reply::Reply,
    route::Api,
    world::World,
};

/// The sizes of the pages of Okta's governance lists. `cap` is [`World::requests_page`](super::World).
pub(super) const SIZES: PageSizes = PageSizes { default: 20, largest: 200, cap: 200 };

/// One page of the list. The error is Okta's refusal. The caller must already be authorized.
pub(super) fn page(world: &World, call: &Call, api: Api) -> Result<Reply, Reply> {
    let query = call.query();
    let filter = filter(call, if api == Api::V1 { &V1_REQUESTS } else { &V2_REQUESTS })?.unwrap_or_default();
    let matching = world.requests(api).values().filter(|request| filter.matches(request));
    let mut requests: Vec<Value> = matching.map(|request| access_request::entry(request, api)).collect();
    if let Some(order) = query.get("orderBy") {
        sort(&mut requests, order, ["created", "lastUpdated"])?;
    }
    let sizes = PageSizes { cap: world.requests_page, ..SIZES };
    let page = Page::of(&world.admin_url(), call, requests, sizes)?;
    Ok(page.reply(&json!({ "data": page.records, "_links": page.links() })))
}

/// The filter in the query of a governance list; `None` if it has none. The error is Okta's refusal.
pub(super) fn filter(call: &Call, language: &FilterLanguage) -> Result<Option<Filter>, Reply> {
    let filter = call.query().get("filter").map(|text| Filter::parse(text, language)).transpose();
    filter.map_err(|cause| refusal::invalid_part("query", "/filter", &format!("is invalid: {cause}")))
}

/// Sorts records by one of the two times that their list can be sorted by. The error is Okta's refusal.
pub(super) fn sort(records: &mut [Value], order: &str, by: [&str; 2]) -> Result<(), Reply> {
    let wrong = || {
        refusal::invalid_page(&format!("orderBy must be `{}` or `{}`, then `asc` or `desc`", by[0], by[1]))
    };
    let (name, direction) = order.split_once(' ').ok_or_else(wrong)?;
    if !by.contains(&name) || !matches!(direction, "asc" | "desc") {
        return Err(wrong());
    }
    // Times differ in their number of decimals, so their order as text is not their order in time.
    let time = |record: &Value| record[name].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    records.sort_by_key(time);
    if direction == "desc" {
        records.reverse();
    }
    Ok(())
}
