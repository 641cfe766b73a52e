//! An Okta lives in this process. Its owner sends it calls, reads the records, arms faults, changes the world
//! and cuts connections. It needs no port: [`Okta::answer`] takes a request and returns the answer. A
//! [`Simulator`](super::Simulator) also serves it on one.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};

use super::{
    answered::Answered,
    connection::Connections,
    fault::{Fault, FaultKind},
    handler,
    record::{PostedMessage, RecordedCall},
    state::SharedState,
    world::World,
};

/// How a call without an answer failed, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// No connection could be opened. The call has no effect.
    #[error("the connection was refused")]
    Refused,
    /// The connection broke before an answer came. The client cannot know whether the call took effect.
    #[error("the connection was cut before an answer came")]
    BrokeOff,
}

/// One simulated Okta.
///
/// It is deterministic if [`World::clock`] is given and its calls come in the same order: it uses no random
/// numbers and no threads.
#[derive(Debug)]
pub struct Okta {
    pub(super) state: Arc<SharedState>,
    pub(super) connections: Connections,
}

impl Okta {
    /// An Okta that knows `world`, without a port.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { state: Arc::new(SharedState::new(world)), connections: Connections::default() }
    }

    /// Answers one call, which comes on a connection of its own. The URI names the host, or `Host` does.
    ///
    /// The future needs a tokio runtime with time, and may be dropped at any moment. It never ends under
    /// [`FaultKind::Hang`]. A truncated answer is one whose body fails after its last bytes.
    ///
    /// # Errors
    ///
    /// Fails if a fault or the owner cuts the connection, and while connections are refused.
    pub async fn answer(&self, request: Request<Bytes>) -> Result<Response<Answered>, Cut> {
        self.exchange(request, None).await
    }

    /// Answers one call as [`Okta::answer`] does, but with this fault, whatever faults are armed.
    ///
    /// # Errors
    ///
    /// Fails as [`Okta::answer`] does.
    pub async fn answer_failing(
        &self,
        request: Request<Bytes>,
        fault: FaultKind,
    ) -> Result<Response<Answered>, Cut> {
        self.exchange(request, Some(fault)).await
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        fault: Option<FaultKind>,
    ) -> Result<Response<Answered>, Cut> {
        let connection = self.connections.connect().ok_or(Cut::Refused)?;
        let answering = async {
            let response = handler::handle(&self.state, &connection, request.map(Body::from), fault).await;
            Answered::receive(response).await
        };
        tokio::select! {
            biased;
            response = answering => if connection.is_cut() { Err(Cut::BrokeOff) } else { Ok(response) },
            () = connection.ended() => Err(Cut::BrokeOff),
        }
    }

    /// The API token (SSWS) that it accepts now; empty after [`World::revoke_token`].
    #[must_use]
    pub fn token(&self) -> String {
        self.state.lock().world.token().to_owned()
    }

    /// Every message accepted so far, oldest first. A message is here even if the client never saw the reply.
    #[must_use]
    pub fn messages(&self) -> Vec<PostedMessage> {
        self.state.lock().messages.clone()
    }

    /// Every call received so far, in order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.state.lock().calls.clone()
    }

    /// What a correct client never does: unknown paths and methods, ids of the wrong format, malformed
    /// bodies. Everyday refusals (401, 403, 404, 409, 429) are not listed. Tests expect an empty list.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.state.lock().complaints.clone()
    }

    /// Arms a fault. If several faults match a call, the one armed first acts.
    pub fn fault(&self, fault: Fault) {
        self.state.lock().faults.arm(fault);
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        self.state.lock().faults.clear();
    }

    /// Reads or changes what this Okta knows. Calls wait until `f` returns. `f` must not use this Okta, or
    /// both wait forever.
    pub fn with_world<R>(&self, f: impl FnOnce(&mut World) -> R) -> R {
        f(&mut self.state.lock().world)
    }

    /// Cuts every open connection, as Okta cuts idle ones while a Lambda is frozen. New ones are accepted.
    pub fn cut_connections(&self) {
        self.connections.cut_all();
    }

    /// Cuts every open connection and refuses new ones, as if Okta could not be reached.
    pub fn refuse_connections(&self) {
        self.connections.refuse();
        self.connections.cut_all();
    }

    /// Accepts connections again, after [`Okta::refuse_connections`] or [`FaultKind::Gone`]. It opens no
    /// port: [`Simulator::accept_connections`](super::Simulator::accept_connections) does.
    pub fn accept_connections(&self) {
        self.connections.accept(None);
    }
}
