//! Control is the simulator's back door for other processes: what it saw, as JSON, under `/_simulator/`. Okta has nothing
//! of the kind; calls here ask for no token, meet no fault and are not recorded.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{call, secrets_manager, state::Okta};

/// `GET /_simulator/messages`, `/_simulator/calls`, `/_simulator/complaints`, and `POST /`, which is AWS's.
pub(super) fn routes() -> Router<Arc<Okta>> {
    Router::new()
        .route("/_simulator/messages", get(messages))
        .route("/_simulator/calls", get(calls))
        .route("/_simulator/complaints", get(complaints))
        .route("/", post(secrets_manager::answer).fallback(call::answer))
}

async fn messages(State(okta): State<Arc<Okta>>) -> Json<Value> {
    Json(okta.lock().messages.iter().map(super::PostedMessage::to_json).collect())
}

async fn calls(State(okta): State<Arc<Okta>>) -> Json<Value> {
    Json(okta.lock().calls.iter().map(super::RecordedCall::to_json).collect())
}

async fn complaints(State(okta): State<Arc<Okta>>) -> Json<Value> {
    Json(json!(okta.lock().complaints))
}
