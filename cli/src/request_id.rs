//! The id of an access request, as an argument.

use okta_request_enricher::request::RequestId;

/// Parses an argument.
pub(crate) fn parse(text: &str) -> Result<RequestId, String> {
    RequestId::parse(text.trim()).ok_or_else(|| {
        "an id of an access request is req and 17 letters or digits, or 24 hexadecimal digits".to_owned()
    })
}
