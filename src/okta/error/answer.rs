//! What is kept of an answer: codes and ids, where a redirect points, which limit is used up. Nothing else of
//! it enters an error.

use std::fmt;
use std::time::Duration;

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

impl OktaAnswer {
    /// Whether Okta itself refused the call: neither a proxy in front of it, nor a rate limit, nor a failure of
    /// its own. Okta's codes are `E` and seven digits (Okta API reference, "Error codes").
    #[must_use]
    pub fn is_refusal_of_okta(&self) -> bool {
        let digits = self.code.as_deref().and_then(|code| code.strip_prefix('E'));
        let is_oktas = digits.is_some_and(|it| it.len() == 7 && it.bytes().all(|b| b.is_ascii_digit()));
        is_oktas && (400..500).contains(&self.status) && self.status != 429
    }
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

impl fmt::Display for RedirectTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            RedirectTarget { is_admin_console: true, .. } => "an Admin Console",
            RedirectTarget { is_okta: true, .. } => "one of Okta's hosts",
            _ => "a custom domain or something in front of Okta",
        };
        write!(f, "`{}`, {kind}", self.host)
    }
}
