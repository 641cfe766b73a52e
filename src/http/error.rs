//! Why no client could be made ([`HttpError`]), and why a call has no answer ([`Broken`]).

use std::path::PathBuf;

use crate::text;

/// Why no client could be made. [`HttpError::remedy`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// `SSL_CERT_FILE` can't be used.
    #[error("failed to read the roots in `{}` (SSL_CERT_FILE): {cause}", file.display())]
    Roots {
        /// The file that `SSL_CERT_FILE` names, unless that looks like a credential.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The TLS or HTTP library refused its configuration, which is a bug of this program.
    #[error("failed to set up HTTPS: {0}")]
    Setup(String),
}

impl HttpError {
    /// What an operator can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            HttpError::Roots { .. } => {
                "give the path of a PEM file with at least one certificate, or unset the variable"
            }
            HttpError::Setup(_) => "this is a bug, please report it",
        }
    }
}

/// Why a call has no whole answer: a part of a sentence, without addresses and URLs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Broken {
    /// Whether a connection was open, so that the call may have arrived.
    pub connected: bool,
    /// Whether a time limit of the connection ended it.
    pub timed_out: bool,
    /// What happened, by the innermost cause: "connection refused" rather than "error sending request".
    pub cause: String,
}

impl Broken {
    /// Another call has found out that the connection is dead.
    #[must_use]
    pub fn found_dead() -> Broken {
        Broken { connected: true, timed_out: false, cause: "the connection was dead".to_owned() }
    }

    /// The status came, and the body did not.
    pub(crate) fn stalled() -> Broken {
        Broken { connected: true, timed_out: true, cause: "the body of the answer did not come".to_owned() }
    }
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Broken {
        let (connected, timed_out) = (!error.is_connect(), error.is_timeout());
        let cause = match (timed_out, connected) {
            (true, false) => "the connection could not be opened in time".to_owned(),
            (true, true) => "the connection stopped answering".to_owned(),
            (false, false) => format!("no connection ({})", innermost(&error)),
            (false, true) => format!("the connection broke ({})", innermost(&error)),
        };
        Broken { connected, timed_out, cause }
    }
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // The outermost text would show the URL.
    let is_outermost = std::ptr::addr_eq(cause, std::ptr::from_ref(error));
    if is_outermost { "the request failed".to_owned() } else { text::system_error(cause) }
}
