//! Governance answers for access requests, their messages, bundles and request types (Okta's Identity Governance API).
//! It keeps the rules that make a post fail: the form of the id, the body's one member, its length, an open request.
//! Messages cannot be read back over HTTP, as with Okta; a second one on the same request is accepted.

use http::{StatusCode, header};
use serde_json::Value;

use super::{
    call::Call,
    directory::found,
    record::PostedMessage,
    reply::Reply,
    request_list,
    route::{Api, Route},
    state::State,
};

/// The longest message, in UTF-16 units (Identity Governance API, "Create a request message": `maxLength` 5000).
const MESSAGE_LIMIT: usize = 5000;
/// States in which a request takes no more messages (that the answer is 409 is inferred, not documented).
const CLOSED: [&str; 8] =
    ["RESOLVED", "LOCKED", "REJECTED", "APPROVED", "DENIED", "CANCELED", "CANCELLED", "EXPIRED"];

/// Answers one read or takes one message.
pub(super) fn answer(state: &mut State, call: &Call, body: &[u8]) -> Reply {
    match call.route {
        Route::Request(api) => match well_formed(state, call, api) {
            Ok(()) => found(state.world.requests(api).get(&call.id), &call.id, "Request"),
            Err(refusal) => refusal,
        },
        Route::Messages(api) => post(state, call, api, body).unwrap_or_else(|refusal| refusal),
        Route::Requests(api) => request_list::answer(state, call, api),
        Route::Bundle => found(state.world.bundles.get(&call.id), &call.id, "EntitlementBundle"),
        _ => found(state.world.request_types.get(&call.id), &call.id, "RequestType"),
    }
}

fn post(state: &mut State, call: &Call, api: Api, body: &[u8]) -> Result<Reply, Reply> {
    well_formed(state, call, api)?;
    let media_type =
        call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if media_type.split(';').next().map(str::trim) != Some("application/json") {
        state.complain(call, &format!("the content type is `{media_type}`"));
        let summary = "Bad request. Accept and/or Content-Type headers likely do not match supported values.";
        return Err(Reply::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "E0000021", summary));
    }
    let message = parse(body).inspect_err(|fault| state.complain(call, fault)).map_err(|fault| {
        let summary = "Api validation failed: message";
        Reply::error_because(StatusCode::BAD_REQUEST, "E0000001", summary, &[fault])
    })?;
    let Some(request) = state.world.requests(api).get(&call.id) else {
        return Err(Reply::not_found(&call.id, "Request"));
    };
    let status = request.get(if api == Api::V1 { "requestStatus" } else { "status" }).and_then(Value::as_str);
    if status.is_some_and(|status| CLOSED.contains(&status)) {
        let summary = "The request is closed and takes no messages";
        return Err(Reply::error(StatusCode::CONFLICT, "E0000001", summary));
    }
    let at = state.now();
    state.messages.push(PostedMessage { request_id: call.id.clone(), api: api.name(), message, at });
    Ok(Reply::empty(StatusCode::from_u16(state.world.message_status).unwrap_or(StatusCode::CREATED)))
}

fn parse(body: &[u8]) -> Result<String, &'static str> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "the body is not well-formed JSON")?;
    let Some(members) = body.as_object() else {
        return Err("the body is not an object");
    };
    if members.keys().any(|key| key != "message") {
        return Err("the body has members other than `message`");
    }
    let Some(message) = members.get("message").and_then(Value::as_str) else {
        return Err("message: must be a string");
    };
    match message.encode_utf16().count() {
        0 => Err("message: must not be empty"),
        1..=MESSAGE_LIMIT => Ok(message.to_owned()),
        _ => Err("message: must be at most 5000 characters"),
    }
}

/// The id has the form its generation asks for (the `pattern` in the `OpenAPI` file).
fn well_formed(state: &mut State, call: &Call, api: Api) -> Result<(), Reply> {
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
    state.complain(call, "the id has the wrong form for this generation of the API");
    let cause = "requestId: The field is invalid";
    Err(Reply::error_because(
        StatusCode::BAD_REQUEST,
        "E0000001",
        "Api validation failed: requestId",
        &[cause],
    ))
}
