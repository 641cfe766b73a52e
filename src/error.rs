//! [`Error`]: why an attempt ended without its message. It has a class (can the same attempt succeed later?),
//! a stable code, a text and a remedy. Each boundary has an error enum of its own; this file gives each of
//! its variants a class and a code, in matches without `_`. So a new variant does not compile until someone
//! has chosen both. The text reaches logs and dead letters: it never contains secrets or personal data.

mod code;

use std::fmt;

use jiff::Timestamp;

pub use self::code::Code;
use crate::config::ConfigError;
use crate::enrichment::GatherError;
use crate::event::EventError;
use crate::http::HttpError;
use crate::ledger::LedgerError;
use crate::message::TemplateError;
use crate::okta::{ClientFault, OktaError};
use crate::request::RequestId;
use crate::secret::SecretError;

/// What to do about a bug.
const REPORT: &str = "this is a bug, please report it";

/// Whether the same event, sent again unchanged, may succeed. Lambda retries both classes twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// It may succeed later.
    Retryable,
    /// It fails until someone changes something.
    Permanent,
}

impl Class {
    /// The class as `errorType`, log lines and outcome events contain it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Retryable => "Retryable",
            Class::Permanent => "Permanent",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an attempt failed. Its `Display` reads alone: what failed and why, then the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    class: Class,
    code: Code,
    cause: String,
    remedy: Option<&'static str>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)?;
        match self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// Whether the same event may succeed later.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// The stable name of this kind of failure.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// What failed and why, without the remedy.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// What an operator can do about it, or what will happen by itself; `None` if there is nothing to say.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        self.remedy
    }

    /// The function's `errorMessage`: the whole text, then the code in brackets. [`Code::of_message`] reads
    /// it.
    #[must_use]
    pub fn message(&self) -> String {
        format!("{self} [{}]", self.code)
    }

    /// Another attempt has claimed the request, until this time at most.
    #[must_use]
    pub fn in_progress(id: &RequestId, until: Timestamp) -> Error {
        Error {
            class: Class::Retryable,
            code: Code::RequestInProgress,
            cause: format!("another attempt is on the request `{id}`; its claim ends at {until}"),
            remedy: Some("nothing to do: if that attempt fails, a retry posts the message"),
        }
    }

    /// As many attempts as are allowed ended without knowing whether their messages arrived.
    #[must_use]
    pub fn may_already_stand(id: &RequestId) -> Error {
        Error {
            class: Class::Permanent,
            code: Code::MayAlreadyStand,
            cause: format!(
                "a message may already stand on the request `{id}`: earlier attempts ended without knowing \
                 whether theirs arrived, and another could be one too many"
            ),
            remedy: Some(
                "look at the request in Okta, and where there is none send it with `enricher redrive \
                 --repost --request ID`",
            ),
        }
    }

    /// An earlier attempt may have posted on the request, and the message endpoint is not known to be alive. So
    /// this one posted nothing.
    #[must_use]
    pub fn held_back(id: &RequestId, error: OktaError) -> Error {
        // What stopped the call itself, or a rate limit, has a code that says more.
        let says_more = matches!(
            error,
            OktaError::Secret(_)
                | OktaError::Token(_)
                | OktaError::NoRandomness
                | OktaError::OutOfTime { .. }
                | OktaError::OverLimit { .. }
                | OktaError::RateLimited { .. }
                | OktaError::Redirected { .. }
                | OktaError::NetworkZone { .. }
        );
        let purpose =
            format!("failed to ask whether Okta takes messages, before a second one on the request `{id}`");
        let error = Error::of_call(&purpose, error);
        if says_more {
            return error;
        }
        Error {
            class: Class::Retryable,
            code: Code::PostHeldBack,
            remedy: Some(
                "an earlier message may stand already, so nothing was posted; a later attempt posts once Okta \
                 answers again",
            ),
            ..error
        }
    }

    /// The program panicked. The panic's own text is left out: it may quote what was read.
    #[must_use]
    pub fn panicked() -> Error {
        Error {
            class: Class::Permanent,
            code: Code::Panicked,
            cause: "the program panicked".to_owned(),
            remedy: Some(REPORT),
        }
    }

    /// A failed call to Okta, after its purpose: "failed to (verb) (item)". A missing credential is reported
    /// without the purpose, because every call fails alike.
    #[must_use]
    pub fn of_call(purpose: &str, error: OktaError) -> Error {
        let missing_credential = matches!(error, OktaError::Secret(_));
        let error = Error::from(error);
        if missing_credential {
            error
        } else {
            Error { cause: format!("{purpose}: {}", error.cause), ..error }
        }
    }

    /// A failed post. `young` says whether the request was raised a moment ago.
    #[must_use]
    pub fn of_post(error: OktaError, young: bool) -> Error {
        let purpose = if error.nothing_was_done() {
            "failed to post the message"
        } else {
            "failed to post the message, and whether it arrived is not known"
        };
        Error::of_request(purpose, error, young)
    }

    /// A failure to gather the facts for a message. `young` says whether the request was raised a moment ago.
    #[must_use]
    pub fn of_gathering(error: GatherError, young: bool) -> Error {
        let new = |class, code| Error { class, code, cause: error.to_string(), remedy: None };
        match error {
            GatherError::NoSubject { .. } => new(Class::Permanent, Code::SubjectUnknown),
            GatherError::Required { ref lack, .. } => {
                let required = new(Class::Retryable, Code::SectionRequired);
                Error::of_required(required, lack.errors().iter().cloned().map(Error::from).collect())
            }
            GatherError::Request(okta) => Error::of_request("failed to read the access request", okta, young),
            GatherError::Groups(okta) => {
                Error::of_call("failed to read the person's groups, on which a rule matches", okta)
            }
            GatherError::Subject(okta) => {
                Error::of_call("failed to read the profile of the person who gets the access", okta)
            }
        }
    }

    /// The error of a required section, from the calls that failed. If Okta was only busy for all of them, it
    /// has the code of the first, so that a redrive waits.
    fn of_required(required: Error, causes: Vec<Error>) -> Error {
        let waits = |cause: &Error| {
            matches!(cause.code, Code::OktaRateLimited | Code::OktaUnavailable | Code::OktaReadOnly)
        };
        let only_waits = causes.iter().all(waits);
        match causes.into_iter().next() {
            None => required,
            Some(Error { class, code, cause, remedy }) => {
                let cause = format!("{}: {cause}", required.cause);
                let required = Error { cause, remedy, ..required };
                if only_waits { Error { class, code, ..required } } else { required }
            }
        }
    }

    /// A failed call about the access request itself. Okta may not know a `young` one yet, and know it in a
    /// minute.
    fn of_request(purpose: &str, error: OktaError, young: bool) -> Error {
        let soon = young && matches!(error, OktaError::NotFound { .. } | OktaError::Conflict { .. });
        let error = Error::of_call(purpose, error);
        if soon {
            let remedy = Some("the request is new, so this may pass");
            Error { class: Class::Retryable, remedy, ..error }
        } else {
            error
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Error {
        // Each of its faults names its own remedy.
        Error { class: Class::Permanent, code: Code::ConfigInvalid, cause: error.to_string(), remedy: None }
    }
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Error {
        let code = match &error {
            HttpError::Roots { .. } => Code::RootsUnusable,
            HttpError::Setup(_) => Code::HttpsUnusable,
        };
        Error { class: Class::Permanent, code, cause: error.to_string(), remedy: Some(error.remedy()) }
    }
}

impl From<EventError> for Error {
    fn from(error: EventError) -> Error {
        let code = match &error {
            EventError::NotJson { .. } => Code::EventNotJson,
            EventError::NotAnEnvelope { .. } => Code::EventNotAnEnvelope,
            EventError::NoRequestId => Code::EventWithoutRequestId,
            EventError::TwoRequestIds { .. } => Code::EventWithTwoRequestIds,
        };
        Error { class: Class::Permanent, code, cause: error.to_string(), remedy: error.remedy() }
    }
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Error {
        let (class, code) = match &error {
            SecretError::Unreachable { .. } => (Class::Retryable, Code::SecretUnreachable),
            SecretError::Refused { .. } => (Class::Permanent, Code::SecretRefused),
            SecretError::Binary { .. } | SecretError::Malformed { .. } => {
                (Class::Permanent, Code::SecretMalformed)
            }
        };
        Error { class, code, cause: error.to_string(), remedy: error.remedy() }
    }
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Error {
        let (class, code) = match &error {
            LedgerError::Unreachable { .. } => (Class::Retryable, Code::LedgerUnreachable),
            LedgerError::Refused { .. } => (Class::Permanent, Code::LedgerRefused),
            LedgerError::Malformed { .. } => (Class::Permanent, Code::LedgerMalformed),
        };
        Error { class, code, cause: error.to_string(), remedy: error.remedy() }
    }
}

impl From<OktaError> for Error {
    fn from(error: OktaError) -> Error {
        use Class::{Permanent, Retryable};
        let (class, code) = match &error {
            OktaError::Secret(secret) => return Error::from(secret.clone()),
            OktaError::Token(error) => return Error::from((**error).clone()),
            OktaError::NoRandomness => (Retryable, Code::NoRandomness),
            OktaError::RateLimited { .. } | OktaError::OverLimit { .. } => (Retryable, Code::OktaRateLimited),
            OktaError::Unavailable { .. } => (Retryable, Code::OktaUnavailable),
            OktaError::Unreachable { .. } => (Retryable, Code::OktaUnreachable),
            OktaError::TimedOut { .. } => (Retryable, Code::OktaTimedOut),
            OktaError::OutOfTime { .. } => (Retryable, Code::OutOfTime),
            OktaError::Unreadable { .. } => (Retryable, Code::OktaUnreadable),
            OktaError::Unauthorized { .. } => (Permanent, Code::OktaUnauthorized),
            OktaError::InvalidClient { fault: ClientFault::Clock, .. } => (Permanent, Code::OktaClockDiffers),
            OktaError::InvalidClient { fault: ClientFault::UsedBefore, .. } => {
                (Retryable, Code::OktaClientRefused)
            }
            OktaError::InvalidClient { .. } => (Permanent, Code::OktaClientRefused),
            OktaError::NoScopeGranted { .. }
            | OktaError::InvalidScope { .. }
            | OktaError::NotGranted { .. }
            | OktaError::Forbidden { scope: Some(_), .. } => (Permanent, Code::OktaScopeMissing),
            OktaError::NetworkZone { .. } => (Permanent, Code::OktaNetworkZone),
            OktaError::FeatureMissing { .. } => (Permanent, Code::OktaFeatureMissing),
            OktaError::Redirected { .. } => (Permanent, Code::OktaRedirected),
            OktaError::BadQuery { .. } => (Permanent, Code::OktaBadQuery),
            OktaError::ReadOnly { .. } => (Retryable, Code::OktaReadOnly),
            OktaError::Forbidden { scope: None, .. } => (Permanent, Code::OktaForbidden),
            OktaError::NotFound { .. } => (Permanent, Code::OktaNotFound),
            OktaError::Conflict { .. } => (Permanent, Code::OktaConflict),
            OktaError::Refused { .. } => (Permanent, Code::OktaRefused),
        };
        Error { class, code, cause: error.to_string(), remedy: error.remedy() }
    }
}

impl From<TemplateError> for Error {
    fn from(error: TemplateError) -> Error {
        Error {
            class: Class::Permanent,
            code: Code::TemplateFailed,
            cause: error.to_string(),
            remedy: Some("correct the rule's template in the policy file"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::{OktaAnswer, RateLimit};

    fn answer(status: u16) -> OktaAnswer {
        OktaAnswer { status, code: None, error_id: None, request_id: None }
    }

    #[test]
    fn an_error_says_what_failed_and_why_and_then_what_to_do() {
        let scope = Some("okta.users.read".to_owned());
        let error =
            OktaError::Forbidden { call: "GET /x".to_owned(), answer: answer(403).into(), scope, role: None };
        let error = Error::of_call("failed to read it", error);
        let cause = "failed to read it: GET /x: Okta answered 403 (no Okta error code): the credential lacks the \
                     OAuth scope `okta.users.read`";
        assert_eq!(error.cause(), cause);
        assert_eq!(error.to_string(), format!("{cause}; {}", error.remedy().unwrap()));
        assert_eq!(error.message(), format!("{error} [okta-scope-missing]"));
        assert_eq!((error.class(), error.code()), (Class::Permanent, Code::OktaScopeMissing));
        assert_eq!(Code::of_message(&error.message()), Some(error.code()));
    }

    #[test]
    fn a_token_that_could_not_be_fetched_counts_as_what_stopped_it() {
        let limit = RateLimit::Concurrency;
        let call = "POST /oauth2/v1/token".to_owned();
        let token = OktaError::RateLimited { call, answer: answer(429).into(), limit };
        let error = Error::from(OktaError::Token(Box::new(token)));
        assert_eq!((error.class(), error.code()), (Class::Retryable, Code::OktaRateLimited));
        assert!(!error.to_string().contains(';'), "no remedy, nothing after the cause: {error}");
    }

    #[test]
    fn what_okta_does_not_know_yet_may_be_known_soon() {
        let missing = || OktaError::NotFound { call: "POST /x".to_owned(), answer: answer(404).into() };
        let (old, young) = (Error::of_post(missing(), false), Error::of_post(missing(), true));
        assert_eq!((old.class(), young.class()), (Class::Permanent, Class::Retryable));
        assert_eq!((old.code(), young.code()), (Code::OktaNotFound, Code::OktaNotFound));
        assert!(young.to_string().ends_with("; the request is new, so this may pass"), "{young}");
    }
}
