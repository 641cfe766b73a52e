//! [`OktaError`]: why a call to Okta returned nothing. Each variant is something else that the caller does
//! next. The text says which call failed and what Okta answered (status, error code, error id, request id);
//! [`OktaError::remedy`] says what to do. Okta's own summaries are left out, because they quote logins and
//! what was sent.

use std::fmt;
use std::time::Duration;

use crate::secret::SecretError;

/// Why a call returned nothing. `call` is its method and path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OktaError {
    /// There is no credential to send the call with.
    #[error(transparent)]
    Secret(SecretError),
    /// 401, even with a credential that was just read: someone must renew it.
    #[error("{call}: {answer}: the credential was refused, also after renewing it")]
    Unauthorized {
        /// Method and path.
        call: String,
        /// How Okta answered.
        answer: Box<OktaAnswer>,
    },
    /// The token endpoint does not know the service app or its key.
    #[error(
        "{call}: {answer}: Okta refuses the service app `{client_id}` with the key `{key_id}`, also after \
         reading the secret again"
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
    },
    /// The token endpoint grants none of the scopes.
    #[error("POST /oauth2/v1/token: Okta grants the service app none of the scopes `{asked}`")]
    InvalidScope {
        /// The scopes that were asked for.
        asked: String,
    },
    /// The call was not sent: the call for its access token failed.
    #[error(transparent)]
    Token(Box<OktaError>),
    /// The call was not sent: the system has no random numbers for a signature.
    #[error("failed to sign a token or proof: the system gave no random numbers")]
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
    /// Any other answer that will not change by itself.
    #[error("{call}: {answer}: Okta does not take this call")]
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
    #[error("{call}: not sent: its rate limit is used up and opens again in {} s", .wait.as_secs())]
    OverLimit {
        /// Method and path.
        call: String,
        /// Time until the limit opens again.
        wait: Duration,
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

/// How Okta answered: what an admin or Okta's support needs to find the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OktaAnswer {
    /// The HTTP status.
    pub status: u16,
    /// `errorCode`, such as `E0000007` (Okta API reference, "Error codes").
    pub code: Option<String>,
    /// `errorId`, which Okta's support asks for.
    pub error_id: Option<String>,
    /// The `X-Okta-Request-Id` header, which the System Log repeats.
    pub request_id: Option<String>,
}

impl fmt::Display for OktaAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Okta answered {} (", self.status)?;
        match &self.code {
            Some(code) => write!(f, "error code {code}")?,
            None => write!(f, "no Okta error code")?,
        }
        if let Some(id) = &self.error_id {
            write!(f, ", error id {id}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request id {id}")?;
        }
        f.write_str(")")
    }
}

/// The limit behind a 429 (Okta developer guide, "Rate limits").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// `X-Rate-Limit-Limit: 0`: too many calls at the same moment.
    Concurrency,
    /// Too many calls in the window. It opens again after this time, if the answer says so.
    Window(Option<Duration>),
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateLimit::Concurrency => f.write_str("the org has too many calls in flight at this moment"),
            RateLimit::Window(Some(wait)) => {
                write!(f, "the rate limit of this call is used up and opens again in {} s", wait.as_secs())
            }
            RateLimit::Window(None) => f.write_str("the rate limit of this call is used up"),
        }
    }
}

impl OktaError {
    /// What an operator can do about it; `None` if waiting is all.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            OktaError::Secret(error) => error.remedy(),
            OktaError::Token(error) => error.remedy(),
            OktaError::Unauthorized { .. } => Some(
                "see in the Admin Console (Security > API > Tokens) whether the token was revoked, is unused for \
                 30 days or its owner is deactivated, and store a valid one in the secret; with a service app, \
                 whether the app is active",
            ),
            OktaError::InvalidClient { .. } => Some(
                "see in the Admin Console (Applications > the app > General) that the app is active and that \
                 the public key of this id is registered and active, and that the secret holds its private key",
            ),
            OktaError::InvalidScope { .. } => {
                Some("grant them in the Admin Console (Applications > the app > Okta API Scopes)")
            }
            OktaError::Forbidden { scope: Some(_), .. } => Some(
                "grant it to the service app in the Admin Console (Applications > the app > Okta API Scopes)",
            ),
            OktaError::Forbidden { scope: None, .. } => Some(
                "give the role Access Requests Administrator (ACCESS_REQUESTS_ADMIN), and one that can read \
                 users, to the token's owner, or to the service app (Applications > the app > Admin roles)",
            ),
            OktaError::NotFound { .. } => {
                Some("compare the id with the org in OKTA_ORG_URL, and the admin role of the credential")
            }
            OktaError::Refused { .. } => Some("look up the error id in the org's System Log"),
            OktaError::NoRandomness
            | OktaError::Conflict { .. }
            | OktaError::RateLimited { .. }
            | OktaError::OverLimit { .. }
            | OktaError::Unavailable { .. }
            | OktaError::Unreadable { .. }
            | OktaError::Unreachable { .. }
            | OktaError::TimedOut { .. }
            | OktaError::OutOfTime { .. } => None,
        }
    }

    /// Whether the call certainly changed nothing at Okta: it was never sent, or Okta refused it before doing
    /// anything.
    #[must_use]
    pub fn nothing_was_done(&self) -> bool {
        match self {
            OktaError::Secret(_)
            | OktaError::Token(_)
            | OktaError::NoRandomness
            | OktaError::OutOfTime { .. }
            | OktaError::OverLimit { .. }
            | OktaError::InvalidClient { .. }
            | OktaError::InvalidScope { .. }
            | OktaError::Unauthorized { .. }
            | OktaError::Forbidden { .. }
            | OktaError::NotFound { .. }
            | OktaError::Conflict { .. }
            | OktaError::Refused { .. }
            | OktaError::RateLimited { .. } => true,
            OktaError::Unreachable { sent, .. } => !sent,
            OktaError::Unavailable { .. } | OktaError::TimedOut { .. } | OktaError::Unreadable { .. } => {
                false
            }
        }
    }

    /// The call that failed: its method and path, without personal data. `None` if the credential could not be
    /// read or used before any call.
    #[must_use]
    pub fn call(&self) -> Option<&str> {
        match self {
            OktaError::Secret(_) | OktaError::NoRandomness => None,
            OktaError::InvalidScope { .. } => Some("POST /oauth2/v1/token"),
            OktaError::Token(error) => error.call(),
            OktaError::Unauthorized { call, .. }
            | OktaError::InvalidClient { call, .. }
            | OktaError::Forbidden { call, .. }
            | OktaError::NotFound { call, .. }
            | OktaError::Conflict { call, .. }
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

    /// Okta's id of an exchange that failed and may be tried again.
    pub(super) fn okta_request_id(&self) -> Option<&str> {
        match self {
            OktaError::RateLimited { answer, .. } | OktaError::Unavailable { answer, .. } => {
                answer.request_id.as_deref()
            }
            _ => None,
        }
    }

    /// The error in a few words, for a message in place of a missing fact: no ids, no remedy.
    #[must_use]
    pub fn brief(&self) -> String {
        match self {
            OktaError::Token(error) => error.brief(),
            OktaError::Secret(_)
            | OktaError::InvalidClient { .. }
            | OktaError::InvalidScope { .. }
            | OktaError::NoRandomness => "no valid credential".to_owned(),
            OktaError::Unauthorized { answer, .. }
            | OktaError::NotFound { answer, .. }
            | OktaError::Conflict { answer, .. }
            | OktaError::Refused { answer, .. }
            | OktaError::Unavailable { answer, .. } => format!("Okta answered {}", answer.status),
            OktaError::Forbidden { scope: Some(scope), .. } => {
                format!("the OAuth scope {scope} is not granted")
            }
            OktaError::Forbidden { scope: None, .. } => "the credential has no right to read it".to_owned(),
            OktaError::RateLimited { .. } | OktaError::OverLimit { .. } => {
                "Okta's rate limit is used up".to_owned()
            }
            OktaError::Unreadable { .. } => "Okta's answer could not be read".to_owned(),
            OktaError::Unreachable { .. } => "no answer from Okta".to_owned(),
            OktaError::TimedOut { .. } | OktaError::OutOfTime { .. } => {
                "no answer from Okta in time".to_owned()
            }
        }
    }
}
