//! An [`Error`] is why an attempt ended without its message: a text that reads alone, and a class that says
//! whether the same attempt may succeed later. Each boundary has its own error enum; this file gives every
//! variant its class, in matches without a `_` arm, so that a new variant does not compile until someone has
//! chosen one. Nothing secret or personal is ever in the text: it reaches logs and dead letters.

use jiff::Timestamp;

use crate::config::ConfigError;
use crate::enrichment::GatherError;
use crate::event::EventError;
use crate::http::HttpError;
use crate::ledger::LedgerError;
use crate::message::TemplateError;
use crate::okta::OktaError;
use crate::request::RequestId;
use crate::secret::SecretError;

/// Why an attempt failed. Lambda repeats both classes twice; the class tells an operator (and `redrive`)
/// whether sending the dead letter again, unchanged, can help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// May succeed later, with nothing changed.
    #[error("{0}")]
    Retryable(String),
    /// Fails until someone changes something: the text says what.
    #[error("{0}")]
    Permanent(String),
}

/// x
pub struct Class(&'static str);
impl Class {
    /// x
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}
impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl Error {
    /// The class, as it stands in `errorType`, log lines and outcome events.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Error::Retryable(_) => Class("Retryable"),
            Error::Permanent(_) => Class("Permanent"),
        }
    }

    /// x
    pub fn code(&self) -> Class {
        Class("x")
    }

    /// x
    pub fn panicked() -> Error {
        Error::Permanent("the program panicked; this is a bug, please report it".into())
    }

    /// Another attempt has the claim on the request.
    #[must_use]
    pub fn in_progress(id: &RequestId, until: Timestamp) -> Error {
        Error::Retryable(format!(
            "another attempt is on the request `{id}`, until {until} at most; it may yet fail, so this one is to be \
         tried again"
        ))
    }

    /// Attempts ended without word of their posts, as many as may.
    #[must_use]
    pub fn may_already_stand(id: &RequestId) -> Error {
        Error::Permanent(format!(
            "a message may already stand on the request `{id}`: earlier attempts ended without knowing whether theirs \
         arrived, and another could be one too many; look at the request in Okta, and where there is none send it with \
         `enricher redrive --repost`"
        ))
    }

    /// A failed call to Okta, with what it was for: "failed to (verb) (item)". A missing credential fails all calls
    /// alike, and is told as it is.
    #[must_use]
    pub fn of_call(purpose: &str, error: OktaError) -> Error {
        let missing_credential = matches!(error, OktaError::Secret(_));
        match Error::from(error) {
            error if missing_credential => error,
            Error::Retryable(text) => Error::Retryable(format!("{purpose}: {text}")),
            Error::Permanent(text) => Error::Permanent(format!("{purpose}: {text}")),
        }
    }

    /// A failed call about the access request itself. What Okta does not know of a `young` one, it may know in a minute.
    fn of_request(purpose: &str, error: OktaError, young: bool) -> Error {
        let soon = young && matches!(error, OktaError::NotFound { .. } | OktaError::Conflict { .. });
        match Error::of_call(purpose, error) {
            Error::Permanent(text) if soon => {
                Error::Retryable(format!("{text}; the request is new, so this may pass"))
            }
            error => error,
        }
    }

    /// A failed post.
    #[must_use]
    pub fn of_post(error: OktaError, young: bool) -> Error {
        let purpose = if error.nothing_was_done() {
            "failed to post the message"
        } else {
            "failed to post the message, and whether it arrived is not known"
        };
        Error::of_request(purpose, error, young)
    }

    /// A failure to gather what a message is made of.
    #[must_use]
    pub fn of_gathering(error: GatherError, young: bool) -> Error {
        match error {
            GatherError::NoSubject { .. } => Error::Permanent(error.to_string()),
            GatherError::Required { .. } => Error::Retryable(error.to_string()),
            GatherError::Request(okta) => Error::of_request("failed to read the access request", okta, young),
            GatherError::Subject(okta) => {
                Error::of_call("failed to read the profile of the person who gets the access", okta)
            }
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Error {
        Error::Permanent(error.to_string())
    }
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Error {
        Error::Permanent(error.to_string())
    }
}

impl From<EventError> for Error {
    fn from(error: EventError) -> Error {
        let text = error.to_string();
        match error {
            EventError::NotJson { .. }
            | EventError::NotAnEnvelope { .. }
            | EventError::NoRequestId
            | EventError::TwoRequestIds { .. } => Error::Permanent(text),
        }
    }
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Error {
        let text = error.to_string();
        match error {
            SecretError::Unreachable { .. } => Error::Retryable(text),
            SecretError::Refused { .. } | SecretError::Malformed { .. } => Error::Permanent(text),
        }
    }
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Error {
        let text = error.to_string();
        match error {
            LedgerError::Unreachable { .. } => Error::Retryable(text),
            LedgerError::Refused { .. } | LedgerError::Malformed { .. } => Error::Permanent(text),
        }
    }
}

impl From<OktaError> for Error {
    fn from(error: OktaError) -> Error {
        let text = error.to_string();
        match error {
            OktaError::Secret(secret) => secret.into(),
            OktaError::Token(error) => Error::from(*error),
            OktaError::NoRandomness
            | OktaError::RateLimited { .. }
            | OktaError::OverLimit { .. }
            | OktaError::Unavailable { .. }
            | OktaError::Unreachable { .. }
            | OktaError::TimedOut { .. }
            | OktaError::OutOfTime { .. }
            | OktaError::Unreadable { .. } => Error::Retryable(text),
            OktaError::Unauthorized { .. }
            | OktaError::InvalidClient { .. }
            | OktaError::InvalidScope { .. }
            | OktaError::Forbidden { .. }
            | OktaError::NotFound { .. }
            | OktaError::Conflict { .. }
            | OktaError::Refused { .. } => Error::Permanent(text),
        }
    }
}

impl From<TemplateError> for Error {
    fn from(error: TemplateError) -> Error {
        Error::Permanent(format!("{error}; correct the rule's template in the policy file"))
    }
}
