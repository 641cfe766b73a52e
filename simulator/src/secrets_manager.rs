//! AWS Secrets Manager's `GetSecretValue`, on the same port. If `AWS_ENDPOINT_URL` names the simulator, a
//! function under `cargo lambda watch` needs no AWS account. Every secret id has the same value,
//! [`World::secret`](super::World::secret). No other action of AWS is answered, signatures are not checked,
//! and the calls are not recorded, because they are not calls to Okta.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::state::SharedState;

/// The value of the header `X-Amz-Target` for the one action that is answered.
const TARGET: &str = "secretsmanager.GetSecretValue";

/// Answers `POST /`, the path of every AWS service with the protocol "AWS JSON 1.1".
pub(super) async fn answer(
    State(state): State<Arc<SharedState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (status, body) = if headers.get("x-amz-target").is_some_and(|target| target == TARGET) {
        let secret = state.lock().world.secret.clone();
        secret_value(&body, &secret)
    } else {
        let message = format!("the simulator answers only the AWS action `{TARGET}`");
        (StatusCode::BAD_REQUEST, json!({ "__type": "UnknownOperationException", "message": message }))
    };
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    response
}

fn secret_value(body: &[u8], secret: &str) -> (StatusCode, Value) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(id) = body["SecretId"].as_str().filter(|id| !id.is_empty()) else {
        let message = "SecretId is missing";
        return (
            StatusCode::BAD_REQUEST,
            json!({ "__type": "InvalidParameterException", "message": message }),
        );
    };
    let name = id.rsplit(':').next().unwrap_or(id);
    let arn = if id.starts_with("arn:") {
        id.to_owned()
    } else {
        format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{id}-simula")
    };
    let answer = json!({
        "ARN": arn,
        "Name": name,
        "VersionId": "00000000-0000-4000-8000-000000000001",
        "VersionStages": ["AWSCURRENT"],
        "CreatedDate": 1_700_000_000.0,
        "SecretString": secret,
    });
    (StatusCode::OK, answer)
}
