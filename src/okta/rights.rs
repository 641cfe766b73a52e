//! What is known of a credential's rights before a call is sent: scopes that its token lacks, and calls that
//! Okta answered with 403 in the last hour. Only calls that a message can do without look here.

use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::knowledge::ForbiddenCall;
use crate::credential::Credential;
use crate::deadline::Deadline;

impl OktaClient {
    /// What `calls` of this endpoint return, unless they are known to be refused: then none is sent. `id` is
    /// the id in their path, if there is one.
    pub(super) async fn permitted<T>(
        &self,
        endpoint: Endpoint,
        id: Option<&str>,
        calls: impl Future<Output = Result<T, OktaError>>,
        deadline: Deadline,
    ) -> Result<T, OktaError> {
        match self.refusal(endpoint, id, deadline).await? {
            Some(refusal) => Err(refusal),
            None => self.learn(endpoint, id, calls, deadline).await,
        }
    }

    /// Why this call would be refused, as far as that is known without sending it. `id: None` asks about the
    /// call with any id.
    pub(super) async fn refusal(
        &self,
        endpoint: Endpoint,
        id: Option<&str>,
        deadline: Deadline,
    ) -> Result<Option<OktaError>, OktaError> {
        // What an earlier service app lacked says nothing of the API token that took its place.
        if let Credential::ServiceApp(_) = &*self.credential(deadline).await?
            && let Some(scope) = endpoint.scope()
            && !may_be_included(scope)
            && self.lacking_scopes().iter().any(|lacking| lacking == scope)
        {
            let call = format!("{} {}", endpoint.method(), endpoint.template());
            return Ok(Some(OktaError::NotGranted { call, scope }));
        }
        let credential = self.credential_version(deadline).await?;
        let call = ForbiddenCall { endpoint, id: id.map(str::to_owned), credential };
        Ok(self.knowledge().forbidden.get(&call))
    }

    /// What `calls` of this endpoint return; remembers a 403.
    pub(super) async fn learn<T>(
        &self,
        endpoint: Endpoint,
        id: Option<&str>,
        calls: impl Future<Output = Result<T, OktaError>>,
        deadline: Deadline,
    ) -> Result<T, OktaError> {
        // Taken before the call: while it is under way, another one may take the credential's place.
        let credential = self.credential_version(deadline).await?;
        let answered = calls.await;
        if let Err(error @ OktaError::Forbidden { .. }) = &answered {
            for id in id.map(Some).into_iter().chain([None]) {
                let call = ForbiddenCall { endpoint, id: id.map(str::to_owned), credential };
                self.knowledge().forbidden.put(call, error.clone());
            }
        }
        answered
    }
}

/// Whether a token may have the right of this scope without the scope itself: a scope to manage includes the
/// one to read.
fn may_be_included(scope: &str) -> bool {
    let manage = scope.strip_suffix(".read").map(|area| format!("{area}.manage"));
    Endpoint::ALL.iter().any(|endpoint| endpoint.scope().is_some() && endpoint.scope() == manage.as_deref())
}
