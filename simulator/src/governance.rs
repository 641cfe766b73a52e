//! Governance answers for access requests, their messages and tasks, entitlement bundles and their grants,
//! labels, catalog entries, collections, request types and request conditions (Okta's Identity Governance API). It
//! refuses a post for Okta's reasons: a malformed id, wrong members in the body, too long a message, a closed request. As with Okta, no
//! call reads messages back, and a second message on a request is accepted.

use http::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    access_request,
    call::Call,
    filtered_list,
    paging::Page,
    record::PostedMessage,
    refusal::{self, found_or_not},
    reply::Reply,
    request_list::{self, SIZES},
    route::{Api, Route},
    state::OktaState,
    world::World,
};

/// The longest message, in UTF-16 units: `maxLength` of "Create a request message" in Okta's reference.
const MESSAGE_LIMIT: usize = 5000;
/// The states in which an access request accepts no more messages. That Okta then answers 409 is an
/// assumption: its reference does not say.
const CLOSED: [&str; 8] =
    ["RESOLVED", "LOCKED", "REJECTED", "APPROVED", "DENIED", "CANCELED", "CANCELLED", "EXPIRED"];

/// Answers one call. The caller must already be authorized.
pub(super) fn answer(state: &mut OktaState, call: &Call, body: &[u8]) -> Reply {
    match call.route {
        Route::Request(api) => match check_id(state, call, api) {
            Ok(()) => {
                let request = state.world.requests(api).get(&call.id);
                let request = request.map(|request| access_request::read(request, api));
                found_or_not(request.as_ref(), &call.id, "Request")
            }
            Err(refusal) => refusal,
        },
        Route::Messages(api) => post(state, call, api, body).unwrap_or_else(|refusal| refusal),
        Route::Requests(api) => request_list::page(&state.world, call, api).unwrap_or_else(|refusal| refusal),
        Route::Bundle => bundle(state, call).unwrap_or_else(|refusal| refusal),
        Route::Grants | Route::Labels | Route::Tasks => {
            filtered_list::page(&state.world, call).unwrap_or_else(|refusal| refusal)
        }
        Route::Conditions => conditions(&state.world, call).unwrap_or_else(|refusal| refusal),
        Route::Collection => found_or_not(state.world.collections.get(&call.id), &call.id, "Collection"),
        Route::CatalogEntry => {
            found_or_not(state.world.catalog_entries.get(&call.id), &call.id, "CatalogEntry")
        }
        _ => found_or_not(state.world.request_types.get(&call.id), &call.id, "RequestType"),
    }
}

/// The bundle, with its entitlements if the world's record has them: recorded replies have them whether or
/// not the call asks to include them.
fn bundle(state: &mut OktaState, call: &Call) -> Result<Reply, Reply> {
    if call.query().get("include").is_some_and(|part| part != "full_entitlements") {
        state.complain(call, "`include` has only the value `full_entitlements`");
        return Err(refusal::invalid_part("query", "/include", "must be `full_entitlements`"));
    }
    Ok(found_or_not(state.world.bundles.get(&call.id), &call.id, "EntitlementBundle"))
}

/// One page of an app's request conditions, in the order of their ids.
fn conditions(world: &World, call: &Call) -> Result<Reply, Reply> {
    if !world.apps.contains_key(&call.id) {
        return Err(refusal::not_found(&call.id, "Resource"));
    }
    let conditions = world.conditions.get(&call.id).cloned().unwrap_or_default();
    let page = Page::of(&world.admin_url(), call, conditions, SIZES)?;
    Ok(page.reply(&json!({ "data": page.records, "_links": page.links() })))
}

fn post(state: &mut OktaState, call: &Call, api: Api, body: &[u8]) -> Result<Reply, Reply> {
    check_id(state, call, api)?;
    if state.world.read_only {
        return Err(refusal::read_only());
    }
    if call.media_type() != Some("application/json") {
        let content_type = call.header(&header::CONTENT_TYPE).unwrap_or_default();
        state.complain(call, &format!("the content type is `{content_type}`, not `application/json`"));
        let summary = "Bad request. Accept and/or Content-Type headers likely do not match supported values.";
        return Err(refusal::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "E0000021", summary));
    }
    let message = message_of(body).map_err(|problem| {
        state.complain(call, problem);
        refusal::invalid_part("body", "/message", problem)
    })?;
    let Some(request) = state.world.requests(api).get(&call.id) else {
        return Err(refusal::not_found(&call.id, "Request"));
    };
    let status = request.get(if api == Api::V1 { "requestStatus" } else { "status" }).and_then(Value::as_str);
    if status.is_some_and(|status| CLOSED.contains(&status)) {
        return Err(refusal::closed_request());
    }
    let at = state.now();
    state.messages.push(PostedMessage { request_id: call.id.clone(), api: api.name(), message, at });
    Ok(Reply::empty(StatusCode::from_u16(state.world.message_status).unwrap_or(StatusCode::CREATED)))
}

/// The message in the body of a post. The error says what is wrong with the body.
fn message_of(body: &[u8]) -> Result<String, &'static str> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "the body is not well-formed JSON")?;
    let Some(members) = body.as_object() else {
        return Err("the body is not a JSON object");
    };
    if members.keys().any(|key| key != "message") {
        return Err("the body has members other than `message`");
    }
    let Some(message) = members.get("message").and_then(Value::as_str) else {
        return Err("must be a string");
    };
    match message.encode_utf16().count() {
        0 => Err("must not be empty"),
        1..=MESSAGE_LIMIT => Ok(message.to_owned()),
        _ => Err("must be at most 5000 characters"),
    }
}

/// Refuses an id of the wrong format: the `pattern` in Okta's `OpenAPI` file for this generation of the API.
fn check_id(state: &mut OktaState, call: &Call, api: Api) -> Result<(), Reply> {
    let id = call.id.as_str();
    let fits = match api {
        Api::V1 => id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        Api::V2 => id
            .strip_prefix("req")
            .is_some_and(|rest| rest.len() == 17 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())),
    };
    if fits {
        return Ok(());
    }
    state.complain(call, "the id has the wrong format for this generation of the API");
    Err(refusal::invalid_part("path", "/requestId", "format is invalid"))
}
