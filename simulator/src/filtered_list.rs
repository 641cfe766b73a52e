//! Three lists of Okta's Identity Governance API that take a filter: "List all grants" (which person holds
//! which entitlement bundle of which app), "List all labeled resources" and "List all tasks" (who has to
//! decide an access request). The first two refuse a call without a filter. Grants that are not active are
//! left out.

use serde_json::{Value, json};

use super::{
    call::Call,
    filter::{FilterLanguage, GRANTS, LABELS, TASKS},
    paging::Page,
    refusal,
    reply::Reply,
    request_list::{self, SIZES},
    route::Route,
    world::World,
};

/// One page of the list. The error is Okta's refusal. The caller must already be authorized.
pub(super) fn page(world: &World, call: &Call) -> Result<Reply, Reply> {
    let (language, needs_filter): (&FilterLanguage, bool) = match call.route {
        Route::Labels => (&LABELS, true),
        Route::Tasks => (&TASKS, false),
        _ => (&GRANTS, true),
    };
    let filter = match request_list::filter(call, language)? {
        None if needs_filter => return Err(refusal::invalid_part("query", "/filter", "is required")),
        filter => filter.unwrap_or_default(),
    };
    let matching = |record: &&Value| filter.matches(record);
    let mut records: Vec<Value> = match call.route {
        Route::Labels => labelled(world).into_iter().filter(|record| filter.matches(record)).collect(),
        Route::Tasks => world.tasks.values().filter(matching).cloned().collect(),
        _ => {
            let active = world.entitlement_grants.values().filter(|grant| grant["status"] == "ACTIVE");
            active.filter(matching).cloned().collect()
        }
    };
    if let Some(order) = call.query().get("orderBy") {
        request_list::sort(&mut records, order, ["createdAt", "updatedAt"])?;
    }
    let mut page = Page::of(&world.admin_url(), call, records, SIZES)?;
    if call.route == Route::Labels {
        page.records.iter_mut().for_each(drop_own_members);
    }
    Ok(page.reply(&json!({ "data": page.records, "_links": page.links() })))
}

/// The labelled resources. Each has two more members than Okta shows: `id` for the cursors, `resourceType`
/// for the filter.
fn labelled(world: &World) -> Vec<Value> {
    let resource = |(orn, labels): (&String, &Vec<Value>)| {
        let mut parts = orn.rsplit(':');
        let (id, part) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        // Before the id of an app stands the name of its kind.
        let kind = if parts.next() == Some("apps") { "apps" } else { part };
        let name = [
            world.apps.get(id).and_then(|app| app["label"].as_str()),
            world.groups.get(id).and_then(|group| group["profile"]["name"].as_str()),
            world.bundles.get(id).and_then(|bundle| bundle["name"].as_str()),
        ];
        let name = name.into_iter().flatten().next().unwrap_or(id);
        let profile = json!({ "id": id, "name": name });
        json!({
            "id": orn, "resourceType": kind, "orn": orn, "profile": profile, "labels": labels, "_links": {},
        })
    };
    world.labels.iter().map(resource).collect()
}

fn drop_own_members(resource: &mut Value) {
    if let Some(members) = resource.as_object_mut() {
        members.remove("id");
        members.remove("resourceType");
    }
}
