//! [`OktaError`]: why a call to Okta returned nothing. Each variant is something else that the caller does
//! next. The text says which call failed and what Okta answered (status, error code, error id, request id);
//! [`OktaError::remedy`] says what to do. Okta's own summaries are left out, because they quote logins and
//! what was sent.

use std::fmt;
use std::time::Duration;

use crate::secret::SecretError;
use crate::shape::shown;

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
    /// 400: Okta does not take a filter, cursor, limit or order of this program.
    #[error("{call}: {answer}: Okta does not take how this program asks")]
    BadQuery {
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
    let Some(to) = to else { return "elsewhere".to_owned() };
    let kind = match to {
        RedirectTarget { is_admin_console: true, .. } => "an Admin Console",
        RedirectTarget { is_okta: true, .. } => "one of Okta's hosts",
        _ => "a custom domain or something in front of Okta",
    };
    format!("to `{}`, {kind}", to.host)
}

/// Where a redirect points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget {
    /// A plain host name.
    pub host: String,
    /// Whether it is on one of Okta's own domains.
    pub is_okta: bool,
    /// Whether it is the host of an Admin Console.
    pub is_admin_console: bool,
}

/// What is wrong with a service app, as the token endpoint says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientFault {
    /// The times in what was signed are not Okta's.
    Clock,
    /// Okta has seen the assertion already, twice in a row.
    UsedBefore,
    /// Okta does not know the key id, or the signature is another key's.
    Key,
    /// Okta does not know the client id, or the app is inactive.
    App,
    /// The assertion names another address than the one that Okta was asked at.
    Address,
    /// Okta does not say.
    Unsaid,
}

impl ClientFault {
    /// Whether another version of the secret may mend it.
    pub(super) fn is_of_the_secret(self) -> bool {
        matches!(self, ClientFault::Key | ClientFault::App | ClientFault::Unsaid)
    }

    fn remedy(self) -> &'static str {
        match self {
            ClientFault::Clock => {
                "set this machine's clock from the network (NTP): Okta takes what is signed for a few minutes only; \
                 Lambda's own clock is set by AWS"
            }
            ClientFault::UsedBefore => {
                "see that no proxy sends calls twice; a later attempt signs a new assertion"
            }
            ClientFault::Key => {
                "see in the Admin Console (Applications > the app > General) that the public key of this id is \
                 registered and active, and that the secret holds its private key"
            }
            ClientFault::App => {
                "see in the Admin Console (Applications) that the app is active and of the type API Services, and \
                 that the secret holds its client id, and OKTA_ORG_URL its org"
            }
            ClientFault::Address => {
                "set OKTA_ORG_URL to the address at which the org itself answers, with no proxy that changes it"
            }
            ClientFault::Unsaid => {
                "see in the Admin Console (Applications > the app > General) that the app is active and that \
                 the public key of this id is registered and active, and that the secret holds its private key"
            }
        }
    }
}

/// Continues a sentence that says that Okta refuses the app.
impl fmt::Display for ClientFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClientFault::Clock => ": by Okta's clock, what it signed is not valid now",
            ClientFault::UsedBefore => ": Okta has seen its assertion before",
            ClientFault::Key => ": Okta does not know this key, or the signature is another key's",
            ClientFault::App => ": Okta does not know this app, or the app is inactive",
            ClientFault::Address => ": the assertion is for another address",
            ClientFault::Unsaid => "",
        })
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
                 30 days, its owner is deactivated or its network zone excludes these calls, and store a valid one in \
                 the secret; with a service app, whether the app is active",
            ),
            OktaError::InvalidClient { fault, .. } => Some(fault.remedy()),
            OktaError::NoScopeGranted { .. } => {
                Some("grant them in the Admin Console (Applications > the app > Okta API Scopes)")
            }
            OktaError::InvalidScope { .. } => Some(
                "grant them in the Admin Console (Applications > the app > Okta API Scopes); an org without Okta \
                 Identity Governance does not know the scopes of access requests",
            ),
            OktaError::NetworkZone { .. } => Some(
                "allow the addresses that these calls come from in the network zone of the app (Applications > the \
                 app > General) or of the API token (Security > API > Tokens); fixed addresses for the function take \
                 the template parameter SubnetIds, with subnets behind a NAT gateway",
            ),
            OktaError::FeatureMissing { call, .. } if is_of_governance(call) => Some(
                "see with Okta that the org of OKTA_ORG_URL has Okta Identity Governance: without it there are no \
                 access requests; the credential is not at fault",
            ),
            OktaError::FeatureMissing { .. } => {
                Some("see with Okta that the org has this feature; the credential is not at fault")
            }
            OktaError::Redirected { .. } => Some(
                "set OKTA_ORG_URL to the org's own address, such as https://acme.okta.com: not the Admin Console's, \
                 and a custom domain only if it is this org's",
            ),
            OktaError::BadQuery { .. } => Some("this is a bug, please report it, with the error code"),
            OktaError::Forbidden { scope: Some(_), .. } => Some(
                "grant it to the service app in the Admin Console (Applications > the app > Okta API Scopes)",
            ),
            OktaError::Forbidden { scope: None, .. } => Some(
                "give the role Access Requests Administrator (ACCESS_REQUESTS_ADMIN), and one that can read \
                 users, to the token's owner, or to the service app (Applications > the app > Admin roles); if the \
                 roles are right, see whether the token is restricted to a network zone",
            ),
            OktaError::NotFound { .. } => {
                Some("compare the id with the org in OKTA_ORG_URL, and the admin role of the credential")
            }
            OktaError::Refused { .. } => Some("look up the error id in the org's System Log"),
            OktaError::NoRandomness
            | OktaError::Conflict { .. }
            | OktaError::RateLimited { .. }
            | OktaError::OverLimit { .. }
            | OktaError::ReadOnly { .. }
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
            | OktaError::NoScopeGranted { .. }
            | OktaError::NetworkZone { .. }
            | OktaError::FeatureMissing { .. }
            | OktaError::Redirected { .. }
            | OktaError::BadQuery { .. }
            | OktaError::ReadOnly { .. }
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

    /// Okta's id of an exchange that failed and may be tried again.
    pub(super) fn okta_request_id(&self) -> Option<&str> {
        match self {
            OktaError::RateLimited { answer, .. }
            | OktaError::ReadOnly { answer, .. }
            | OktaError::Unavailable { answer, .. } => answer.request_id.as_deref(),
            _ => None,
        }
    }

    /// Whether the token endpoint refused the scopes, and may grant others.
    pub(super) fn refuses_scopes(&self) -> bool {
        matches!(self, OktaError::InvalidScope { .. } | OktaError::NoScopeGranted { .. })
    }

    /// Whether Okta answered to a call for a token, and will answer the same for as long as nobody changes
    /// anything.
    pub(super) fn is_lasting_answer(&self) -> bool {
        matches!(
            self,
            OktaError::InvalidClient { .. }
                | OktaError::InvalidScope { .. }
                | OktaError::NoScopeGranted { .. }
                | OktaError::NetworkZone { .. }
                | OktaError::FeatureMissing { .. }
                | OktaError::Redirected { .. }
                | OktaError::Unauthorized { .. }
                | OktaError::Forbidden { .. }
                | OktaError::NotFound { .. }
                | OktaError::Conflict { .. }
                | OktaError::BadQuery { .. }
                | OktaError::Refused { .. }
        )
    }

    /// Whether Okta answered, in time for every caller that waited for the answer.
    pub(super) fn is_answer(&self) -> bool {
        self.is_lasting_answer()
            || matches!(
                self,
                OktaError::ReadOnly { .. } | OktaError::Unavailable { .. } | OktaError::Unreadable { .. }
            )
    }

    /// Whether Okta refused the call itself, after it had accepted the credential.
    pub(super) fn knows_the_caller(&self) -> bool {
        matches!(self, OktaError::Forbidden { .. } | OktaError::NotFound { .. } | OktaError::Conflict { .. })
    }

    /// The 401 of a list that Okta does not show to this credential: it is not about the credential itself.
    pub(super) fn of_closed_list(self) -> OktaError {
        match self {
            OktaError::Unauthorized { call, answer } => OktaError::Forbidden { call, answer, scope: None },
            other => other,
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
            | OktaError::NoScopeGranted { .. }
            | OktaError::NoRandomness => "no valid credential".to_owned(),
            OktaError::NetworkZone { .. } => "Okta refuses calls from this network".to_owned(),
            OktaError::FeatureMissing { call, .. } => format!("the org lacks {}", feature(call)),
            OktaError::Redirected { .. } => "the org is at another address".to_owned(),
            OktaError::ReadOnly { .. } => "Okta is in read-only mode".to_owned(),
            OktaError::Unauthorized { answer, .. }
            | OktaError::NotFound { answer, .. }
            | OktaError::Conflict { answer, .. }
            | OktaError::BadQuery { answer, .. }
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
