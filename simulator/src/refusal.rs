//! A refusal is an error reply in Okta's words. Codes and summaries are those of Okta's page "Error codes and
//! descriptions" (<https://developer.okta.com/docs/reference/error-codes/>). The token endpoint has a shape
//! of its own, that of OAuth (RFC 6749, section 5.2). This file does not decide who is refused.

use http::StatusCode;
use serde_json::{Value, json};

use super::{reply::Reply, serial};

/// Okta's error body without causes.
pub(super) fn error(status: StatusCode, code: &str, summary: &str) -> Reply {
    error_because(status, code, summary, &[])
}

/// Okta's error body with a list of causes.
pub(super) fn error_because(status: StatusCode, code: &str, summary: &str, causes: &[&str]) -> Reply {
    let causes: Vec<Value> = causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
    let body = json!({
        "errorCode": code,
        "errorSummary": summary,
        "errorLink": code,
        "errorId": serial::next("oae"),
        "errorCauses": causes,
    });
    Reply::of(status, Some("application/json"), body.to_string())
}

/// 400: a field of the body, the path or the query is invalid.
pub(super) fn invalid_field(name: &str, cause: &str) -> Reply {
    let summary = format!("Api validation failed: {name}");
    error_because(StatusCode::BAD_REQUEST, "E0000001", &summary, &[cause])
}

/// 401: the token is unknown, expired or revoked.
pub(super) fn invalid_token() -> Reply {
    error(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided")
}

/// 403: the caller is known but may not make this call.
pub(super) fn forbidden() -> Reply {
    let summary = "You do not have permission to perform the requested action";
    error(StatusCode::FORBIDDEN, "E0000006", summary)
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
    let summary = "API call exceeded rate limit due to too many requests.";
    error(StatusCode::TOO_MANY_REQUESTS, "E0000047", summary)
}

/// OAuth's error body: 401 if Okta does not accept who the client claims to be, 400 for all other errors.
pub(super) fn oauth(error: &str, description: &str) -> Reply {
    let status = match error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": error, "error_description": description });
    Reply::of(status, Some("application/json"), body.to_string())
}
