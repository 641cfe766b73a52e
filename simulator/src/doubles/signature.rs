//! The one AWS account, its function, its temporary credentials, and the check that a call is signed with
//! them (Signature Version 4). Only the form of a signature is checked: the test would have to repeat the
//! SDK's cryptography to check more.

use axum::http::HeaderMap;

use super::reply::header;

/// The account's id.
pub const ACCOUNT: &str = "123456789012";
/// The function's name.
pub const FUNCTION_NAME: &str = "okta-request-enricher";
/// The region that every call is signed for.
pub const REGION: &str = "us-east-1";
/// The access key's id; AWS's documentation uses it as an example.
pub const ACCESS_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
/// The access key; AWS's documentation uses it as an example.
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The session token of the temporary credentials.
pub const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLESESSIONTOKEN//////////wEaCXVzLWVhc3QtMSJH";

/// The variables by which every AWS SDK finds the region and the credentials.
#[must_use]
pub fn credentials() -> [(&'static str, &'static str); 4] {
    [
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
    ]
}

/// Checks the form of a call's signature. Source: “Signature Version 4 for API requests”, AWS IAM user guide.
pub(super) fn check_signature(headers: &HeaderMap, service: &str) -> Result<(), String> {
    let date = header(headers, "x-amz-date").ok_or("no x-amz-date")?;
    let day =
        date.get(..8).filter(|_| date.len() == 16 && date.ends_with('Z')).ok_or("x-amz-date is malformed")?;
    if header(headers, "x-amz-security-token") != Some(SESSION_TOKEN) {
        return Err("x-amz-security-token is not the session's".to_owned());
    }
    let authorization = header(headers, "authorization").ok_or("no authorization")?;
    let fields = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or_else(|| format!("authorization is not AWS4-HMAC-SHA256: `{authorization}`"))?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
            .ok_or_else(|| format!("authorization has no {name}"))
    };
    let (credential, expected) =
        (field("Credential")?, format!("{ACCESS_KEY_ID}/{day}/{REGION}/{service}/aws4_request"));
    if credential != expected {
        return Err(format!("the credential is `{credential}`, not `{expected}`"));
    }
    let signed: Vec<_> = field("SignedHeaders")?.split(';').collect();
    for name in ["host", "x-amz-date", "x-amz-security-token", "x-amz-target"] {
        // REST services have no target.
        if headers.contains_key(name) && !signed.contains(&name) {
            return Err(format!("header `{name}` is not signed"));
        }
    }
    let signature = field("Signature")?;
    if signature.len() != 64 || !signature.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("the signature is malformed: `{signature}`"));
    }
    Ok(())
}

/// The function's ARN.
pub(super) fn function_arn() -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION_NAME}")
}
