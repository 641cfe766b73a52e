//! Control shows other processes what the simulator saw, as JSON under `/_simulator/`. Okta has nothing like
//! it. These calls need no token, no fault spoils them, and they are not recorded.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};

use super::{
    record::{PostedMessage, RecordedCall},
    state::SharedState,
};

/// `GET /_simulator/messages`, `GET /_simulator/calls` and `GET /_simulator/complaints`.
pub(super) fn routes() -> Router<Arc<SharedState>> {
    Router::new()
        .route("/_simulator/messages", get(messages))
        .route("/_simulator/calls", get(calls))
        .route("/_simulator/complaints", get(complaints))
}

async fn messages(State(state): State<Arc<SharedState>>) -> Json<Value> {
    Json(state.lock().messages.iter().map(PostedMessage::to_json).collect())
}

async fn calls(State(state): State<Arc<SharedState>>) -> Json<Value> {
    Json(state.lock().calls.iter().map(RecordedCall::to_json).collect())
}

async fn complaints(State(state): State<Arc<SharedState>>) -> Json<Value> {
    Json(json!(state.lock().complaints))
}
