//! [`OktaError`]: why a call to Okta returned nothing. Each variant is something else that the caller does
//! next. The text says which call failed and what Okta answered (status, error code, error id, request id);
//! [`OktaError::remedy`] says what to do. Okta's own summaries are left out, because they quote logins and
//! what was sent.

mod answer;
mod client_fault;
mod meaning;
mod remedy;

use std::time::Duration;

pub use self::answer::{OktaAnswer, RateLimit, RedirectTarget};
pub use self::client_fault::ClientFault;

use super::admin_role::AdminRole;
use crate::secret::SecretError;
use crate::shape::shown;

/// Why a call returned nothing. `call` is its method and path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OktaError {
    /// There is no credential to send the call with.
    #[error(transparent)]
    Secret(SecretError),
    /// 401: someone must renew the credential. If it comes from a secret, the secret was read again first.
    #[error("{call}: {answer}: Okta refuses the credential")]
    Unauthorized {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// The token endpoint refuses the service app, its key or what it signed.
    #[error(
        "{call}: {answer}: Okta refuses the service app `{}` with the key `{}`{fault}",
        shown(.client_id), shown(.key_id)
    )]
    InvalidClient {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
        /// The service app's client id.
        client_id: String,
        /// The key's id.
        key_id: String,
        /// What is wrong, as far as Okta says it.
        fault: ClientFault,
    },
    /// The token endpoint grants none of the scopes (`consent_required`).
    #[error("POST /oauth2/v1/token: Okta grants the service app none of the scopes `{asked}`")]
    NoScopeGranted {
        /// The scopes that were asked for.
        asked: String,
    },
    /// The token endpoint refuses each of the scopes (`invalid_scope`): the org does not know them.
    #[error("POST /oauth2/v1/token: Okta refuses each of the scopes `{asked}`")]
    InvalidScope {
        /// The scopes that were asked for.
        asked: String,
    },
    /// Okta takes no calls of this app or token from this network (`access_denied`).
    #[error("{call}: {answer}: Okta refuses calls from this network")]
    NetworkZone {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// The org lacks the feature that the call belongs to (`E0000015`).
    #[error("{call}: {answer}: the org lacks {}", feature(.call))]
    FeatureMissing {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// 3xx: the org is at another address. A redirect is never followed.
    #[error("{call}: {answer}: OKTA_ORG_URL is not where the org answers: it redirects {}", target(.to.as_ref()))]
    Redirected {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
        /// Where the answer points, if that is a host.
        to: Option<RedirectTarget>,
    },
    /// The call was not sent: the call for its access token failed.
    #[error(transparent)]
    Token(Box<OktaError>),
    /// The call was not sent: the system has no random numbers for a signature, or for the claim before it.
    #[error("failed to sign a token or proof, or to name a claim: the system gave no random numbers")]
    NoRandomness,
    /// 403: someone must allow the call.
    #[error("{call}: {answer}: {}", missing(.scope.as_deref()))]
    Forbidden {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
        /// The OAuth scope that Okta requires, if it named one.
        scope: Option<String>,
        /// The least standard admin role that allows the call. Without a scope, this is what is missing.
        role: Option<AdminRole>,
    },
    /// Not sent: the access token lacks the scope.
    #[error("{call}: not sent: {}", missing(Some(.scope)))]
    NotGranted {
        /// Method and path.
        call: String,
        /// The OAuth scope.
        scope: &'static str,
    },
    /// 404: the thing does not exist, or the credential may not see it.
    #[error("{call}: {answer}: there is no such thing in this org, or the credential may not see it")]
    NotFound {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// 409: the state of the thing does not allow the call. A closed request is one example.
    #[error("{call}: {answer}: its present state does not allow this; a closed request takes no messages")]
    Conflict {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// 400: Okta does not take a filter, cursor, limit or order of this program.
    #[error("{call}: {answer}: Okta rejects the filter, order or cursor of this program")]
    BadQuery {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// Any other answer that will not change by itself.
    #[error("{call}: {answer}: Okta rejects this call")]
    Refused {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// 429: later.
    #[error("{call}: {answer}: {limit}")]
    RateLimited {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
        /// Which limit, and when it opens again.
        limit: RateLimit,
    },
    /// Not sent: Okta's earlier answers say that the limit is used up, and it opens again too late.
    #[error("{call}: not sent: its rate limit has no place for it and opens again in {} s", .wait.as_secs())]
    OverLimit {
        /// Method and path.
        call: String,
        /// Time until the limit opens again.
        wait: Duration,
    },
    /// Okta is in read-only mode (`E0000010`): later. It has done nothing.
    #[error("{call}: {answer}: Okta is in read-only mode, and has done nothing")]
    ReadOnly {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// 5xx, or 408: later.
    #[error("{call}: {answer}: Okta is not able to answer now")]
    Unavailable {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// A success whose body can't be read.
    #[error("{call}: {cause}")]
    Unreadable {
        /// Method and path.
        call: String,
        /// What is wrong with the body.
        cause: String,
    },
    /// No answer, or not all of it: there was no connection, or it broke.
    #[error("{call}: no complete answer from Okta: {cause}")]
    Unreachable {
        /// Method and path.
        call: String,
        /// What happened to the connection.
        cause: String,
        /// Whether a part of the call may have reached Okta.
        sent: bool,
    },
    /// No answer within the time for one try.
    #[error("{call}: no answer from Okta within {:.1} s", .after.as_secs_f32())]
    TimedOut {
        /// Method and path.
        call: String,
        /// How long the try took.
        after: Duration,
    },
    /// Not sent: too little time was left before the invocation's deadline.
    #[error("{call}: not sent: no time was left before the invocation's deadline")]
    OutOfTime {
        /// Method and path.
        call: String,
    },
}

fn missing(scope: Option<&str>) -> String {
    match scope {
        Some(scope) => format!("the credential lacks the OAuth scope `{scope}`"),
        None => "the credential has no right to this".to_owned(),
    }
}

/// The feature behind a call, in words.
fn feature(call: &str) -> &'static str {
    if is_of_governance(call) { "Okta Identity Governance" } else { "the feature behind this call" }
}

fn is_of_governance(call: &str) -> bool {
    call.contains(" /governance/")
}

fn target(to: Option<&RedirectTarget>) -> String {
    to.map_or_else(|| "elsewhere".to_owned(), |to| format!("to {to}"))
}

impl OktaError {
    /// How Okta answered the call itself; `None` if it did not.
    #[must_use]
    pub fn answer(&self) -> Option<&OktaAnswer> {
        match self {
            OktaError::Unauthorized { answer, .. }
            | OktaError::InvalidClient { answer, .. }
            | OktaError::Forbidden { answer, .. }
            | OktaError::NotFound { answer, .. }
            | OktaError::Conflict { answer, .. }
            | OktaError::NetworkZone { answer, .. }
            | OktaError::FeatureMissing { answer, .. }
            | OktaError::Redirected { answer, .. }
            | OktaError::BadQuery { answer, .. }
            | OktaError::ReadOnly { answer, .. }
            | OktaError::Refused { answer, .. }
            | OktaError::RateLimited { answer, .. }
            | OktaError::Unavailable { answer, .. } => Some(answer),
            OktaError::Secret(_)
            | OktaError::Token(_)
            | OktaError::NoRandomness
            | OktaError::NoScopeGranted { .. }
            | OktaError::InvalidScope { .. }
            | OktaError::NotGranted { .. }
            | OktaError::OverLimit { .. }
            | OktaError::Unreadable { .. }
            | OktaError::Unreachable { .. }
            | OktaError::TimedOut { .. }
            | OktaError::OutOfTime { .. } => None,
        }
    }

    /// The call that failed: its method and path, without personal data. `None` if the credential could not
    /// be read or used before any call.
    #[must_use]
    pub fn call(&self) -> Option<&str> {
        match self {
            OktaError::Secret(_) | OktaError::NoRandomness => None,
            OktaError::InvalidScope { .. } | OktaError::NoScopeGranted { .. } => {
                Some("POST /oauth2/v1/token")
            }
            OktaError::Token(error) => error.call(),
            OktaError::Unauthorized { call, .. }
            | OktaError::InvalidClient { call, .. }
            | OktaError::Forbidden { call, .. }
            | OktaError::NotGranted { call, .. }
            | OktaError::NotFound { call, .. }
            | OktaError::Conflict { call, .. }
            | OktaError::NetworkZone { call, .. }
            | OktaError::FeatureMissing { call, .. }
            | OktaError::Redirected { call, .. }
            | OktaError::BadQuery { call, .. }
            | OktaError::ReadOnly { call, .. }
            | OktaError::Refused { call, .. }
            | OktaError::RateLimited { call, .. }
            | OktaError::OverLimit { call, .. }
            | OktaError::Unavailable { call, .. }
            | OktaError::Unreadable { call, .. }
            | OktaError::Unreachable { call, .. }
            | OktaError::TimedOut { call, .. }
            | OktaError::OutOfTime { call } => Some(call),
        }
    }
}
