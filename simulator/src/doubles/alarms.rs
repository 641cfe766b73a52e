//! CloudWatch's and SNS's part in the double of AWS: who is told of an alarm. CloudWatch speaks CBOR (Smithy's
//! RPC v2), SNS forms and XML (AWS Query). What they answer is in [`Deployed`].

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::cbor;
use super::deployed::{Deployed, PRIVATE_DETAILS, Refusal};
use super::reply::header;
use super::signature::check_signature;

/// Where CloudWatch's operations are.
const CLOUDWATCH: &str = "/service/GraniteServiceVersion20100801/operation/";

/// Answers a call of one of the two; `None` if it is neither's. An error is a complaint.
pub(super) fn answer(
    deployed: &Deployed,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<Result<Response, String>> {
    if let Some(operation) = uri.path().strip_prefix(CLOUDWATCH) {
        return Some(cloudwatch(deployed, operation, headers, body));
    }
    let is_form = header(headers, "content-type") == Some("application/x-www-form-urlencoded");
    is_form.then(|| sns(deployed, headers, body))
}

fn cloudwatch(
    deployed: &Deployed,
    operation: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, String> {
    check_signature(headers, "monitoring").map_err(|fault| format!("{operation}: {fault}"))?;
    let request = cbor::decode(body).ok_or_else(|| format!("{operation}: the body is not CBOR"))?;
    let (status, answer) = match deployed.answer(operation, &request) {
        Ok(answer) => (StatusCode::OK, answer),
        Err(Refusal::Code(code)) => {
            (StatusCode::BAD_REQUEST, json!({"__type": code, "message": PRIVATE_DETAILS}))
        }
        Err(Refusal::Complaint(fault)) => return Err(fault),
    };
    let headers = [
        ("content-type", "application/cbor"),
        ("smithy-protocol", "rpc-v2-cbor"),
        ("x-amzn-requestid", "c2a1b5a0-0000-4a51-9f3a-3d3d5EXAMPLE"),
    ];
    Ok((status, headers, cbor::encode(&answer)).into_response())
}

fn sns(deployed: &Deployed, headers: &HeaderMap, body: &[u8]) -> Result<Response, String> {
    check_signature(headers, "sns").map_err(|fault| format!("SNS: {fault}"))?;
    let mut request: Map<String, Value> = url::form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
        .collect();
    request.remove("Version");
    let operation = request.remove("Action").unwrap_or_default();
    let operation = operation.as_str().unwrap_or_default();
    let (status, text) = match deployed.answer(operation, &request.into()) {
        Ok(answer) => {
            let mut text = String::new();
            write_xml(&mut text, &answer);
            let result = format!("<{operation}Result>{text}</{operation}Result>");
            (StatusCode::OK, format!("<{operation}Response>{result}</{operation}Response>"))
        }
        Err(Refusal::Code(code)) => {
            let error = json!({"Type": "Sender", "Code": code, "Message": PRIVATE_DETAILS});
            let mut text = String::new();
            write_xml(&mut text, &json!({"Error": error, "RequestId": "d2a1b5a0-EXAMPLE"}));
            let status = if code.starts_with("Not") { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
            (status, format!("<ErrorResponse>{text}</ErrorResponse>"))
        }
        Err(Refusal::Complaint(fault)) => return Err(fault),
    };
    Ok((status, [("content-type", "text/xml")], text).into_response())
}

fn write_xml(out: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                *out += &format!("<{name}>");
                write_xml(out, member);
                *out += &format!("</{name}>");
            }
        }
        Value::Array(items) => {
            for item in items {
                write_xml(out, &json!({ "member": item }));
            }
        }
        Value::String(text) => *out += &text.replace('&', "&amp;").replace('<', "&lt;"),
        other => *out += &other.to_string(),
    }
}
