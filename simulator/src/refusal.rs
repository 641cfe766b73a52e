//! A refusal is an error reply in Okta's words. Codes and summaries are those of Okta's page "Error codes and
//! descriptions" (<https://developer.okta.com/docs/reference/error-codes/>). The token endpoint has a shape
//! of its own, that of OAuth (RFC 6749, section 5.2). This file does not decide who is refused.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::Call,
    reply::{Reply, ReplyBody},
    serial::Serial,
};

/// Okta's error body without causes.
pub(super) fn error(status: StatusCode, code: &str, summary: &str) -> Reply {
    error_because(status, code, summary, &[])
}

/// Okta's error body with a list of causes.
pub(super) fn error_because(status: StatusCode, code: &str, summary: &str, causes: &[&str]) -> Reply {
    let causes: Vec<Value> = causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
    let json = json!({
        "errorCode": code,
        "errorSummary": summary,
        "errorLink": code,
        "errorId": null,
        "errorCauses": causes,
    });
    numbered(status, json, |serial| serial.next("oae"))
}

/// 400 of the Identity Governance API: a part of the call is invalid. `location_type` is `body`, `path` or
/// `query`, `location` starts with a slash, and `cause` has no subject, for example `format is invalid`.
pub(super) fn invalid_part(location_type: &str, location: &str, cause: &str) -> Reply {
    let json = json!({
        "errorCode": "E0000001",
        "errorSummary": format!("Api validation failed: {} {cause}", location.trim_start_matches('/')),
        "errorLink": "E0000001",
        "errorCauses": [{
            "domain": "governance",
            "errorSummary": cause,
            "locationType": location_type,
            "location": location,
        }],
        "errorId": null,
    });
    numbered(StatusCode::BAD_REQUEST, json, Serial::hexadecimal)
}

/// An error body whose `errorId` the function makes.
fn numbered(status: StatusCode, json: Value, id: fn(&mut Serial) -> String) -> Reply {
    let body = ReplyBody::Error { json: Box::new(json), id };
    Reply { body, ..Reply::of(status, Some("application/json"), "") }
}

/// 400: `after`, `limit` or the order of a list is invalid.
pub(super) fn invalid_page(cause: &str) -> Reply {
    error_because(StatusCode::BAD_REQUEST, "E0000029", words_of("E0000029"), &[cause])
}

/// 400: the search for users is invalid.
pub(super) fn invalid_search(cause: &str) -> Reply {
    error_because(StatusCode::BAD_REQUEST, "E0000031", words_of("E0000031"), &[cause])
}

/// 401: the token is unknown, expired or revoked.
pub(super) fn invalid_token() -> Reply {
    error(StatusCode::UNAUTHORIZED, "E0000011", words_of("E0000011"))
}

/// 401: the org lacks the feature to which the call belongs.
pub(super) fn feature_missing() -> Reply {
    error(StatusCode::UNAUTHORIZED, "E0000015", words_of("E0000015"))
}

/// 403: the caller is known but may not make this call.
pub(super) fn forbidden() -> Reply {
    error(StatusCode::FORBIDDEN, "E0000006", words_of("E0000006"))
}

/// 404: Okta has no resource of this type with this id.
pub(super) fn not_found(id: &str, resource_type: &str) -> Reply {
    let summary = format!("Not found: Resource not found: {id} ({resource_type})");
    error(StatusCode::NOT_FOUND, "E0000007", &summary)
}

/// 200 with the record, or 404 if there is none.
pub(super) fn found_or_not(record: Option<&Value>, id: &str, resource_type: &str) -> Reply {
    record.map_or_else(|| not_found(id, resource_type), Reply::json)
}

/// 409: the access request is closed.
pub(super) fn closed_request() -> Reply {
    error(StatusCode::CONFLICT, "E0000001", "The request is closed and takes no messages")
}

/// 429: the caller has used up a rate limit.
pub(super) fn rate_limited() -> Reply {
    error(StatusCode::TOO_MANY_REQUESTS, "E0000047", words_of("E0000047"))
}

/// 503: Okta is in read-only mode.
pub(super) fn read_only() -> Reply {
    error(StatusCode::SERVICE_UNAVAILABLE, "E0000010", words_of("E0000010"))
}

/// A redirect of the call to another host: `to` is its base URL.
pub(super) fn redirect(status: StatusCode, to: &str, call: &Call) -> Reply {
    Reply::empty(status).with("location", format!("{to}{}", call.path))
}

/// The words that Okta puts into the error with this code.
pub(super) fn words_of(code: &str) -> &'static str {
    match code {
        "E0000001" => "Api validation failed",
        "E0000006" => "You do not have permission to perform the requested action",
        "E0000007" => "Not found: Resource not found",
        "E0000009" => "Internal Server Error",
        "E0000010" => "Service is in read only mode",
        "E0000011" => "Invalid token provided",
        "E0000015" => "You do not have permission to access the feature you are requesting",
        "E0000029" => "Invalid paging request",
        "E0000031" => "Invalid search criteria.",
        "E0000047" => "API call exceeded rate limit due to too many requests.",
        "consent_required" => "You are not allowed any of the requested scopes.",
        "invalid_scope" => "One or more scopes are not configured for the authorization server resource.",
        _ => "A fault armed in the simulator.",
    }
}

/// OAuth's error body: 401 if Okta does not accept who the client claims to be, 403 if it denies access, 400
/// for all other errors.
pub(super) fn oauth(error: &str, description: &str) -> Reply {
    let status = match error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        "access_denied" => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": error, "error_description": description });
    Reply::of(status, Some("application/json"), body.to_string())
}
