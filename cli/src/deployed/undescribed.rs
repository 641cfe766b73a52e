//! [`Undescribed`]: why the deployed function did not say what it is, in words, and what to do.

use std::fmt;

/// Why there is no description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Undescribed {
    /// The operator may not invoke the function.
    Denied,
    /// Lambda has no room for the invocation.
    Throttled,
    /// A version that takes the question for a broken event.
    Older,
    /// Its answer is not one of this program.
    OtherProgram,
    /// Not this program, by its variables. It was not invoked.
    NotAsked,
    /// The function reported an error of its own: the text.
    Failed(String),
    /// The function timed out.
    TimedOut,
    /// The process ended; Lambda's name of the error, if it gave one.
    Ended(Option<String>),
    /// AWS refused the call for good.
    Refused {
        /// What failed.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Another attempt may succeed.
    Passing {
        /// What failed.
        cause: String,
        /// What to do, if it is more than another attempt.
        remedy: Option<&'static str>,
    },
}

impl Undescribed {
    /// Whether the function itself is at fault: then its other invocations fail, too.
    pub(crate) fn is_fault(&self) -> bool {
        match self {
            Undescribed::OtherProgram
            | Undescribed::NotAsked
            | Undescribed::Failed(_)
            | Undescribed::TimedOut
            | Undescribed::Ended(_)
            | Undescribed::Refused { .. } => true,
            Undescribed::Denied
            | Undescribed::Throttled
            | Undescribed::Older
            | Undescribed::Passing { .. } => false,
        }
    }

    /// What to do.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Undescribed::Denied => "allow your AWS credentials lambda:InvokeFunction",
            Undescribed::Throttled => {
                "see that its reserved concurrency is not 0 and the account's limit is not used up, then run this again"
            }
            Undescribed::Older => {
                "deploy this version (kit: enricher init --upgrade; from source: sam build; then sam deploy)"
            }
            Undescribed::OtherProgram => "give the enricher's name (stack output FunctionName)",
            Undescribed::NotAsked => {
                "give the enricher's name (stack output FunctionName); if it is the enricher, set these variables"
            }
            Undescribed::Failed(_) => "correct that, and deploy again",
            Undescribed::TimedOut => "see its log",
            Undescribed::Ended(_) => {
                "see its log; Runtime.InvalidEntrypoint: bootstrap is missing from the package, is not executable, or is \
                 of another architecture than the function"
            }
            Undescribed::Refused { remedy, .. } => remedy,
            Undescribed::Passing { remedy, .. } => remedy.unwrap_or("run this again"),
        }
    }
}

impl fmt::Display for Undescribed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Undescribed::Denied => f.write_str("it can't be asked: AccessDeniedException"),
            Undescribed::Throttled => f.write_str("it can't be asked: Lambda throttles it"),
            Undescribed::Older => {
                let own = env!("CARGO_PKG_VERSION");
                write!(f, "it is older than this enricher ({own}) and can't say its version and policy")
            }
            Undescribed::OtherProgram => f.write_str("unexpected response: is --function the enricher?"),
            Undescribed::NotAsked => {
                f.write_str("it has no OKTA_ORG_URL and no OKTA_SECRET_ID, so it was not asked: is --function the enricher?")
            }
            Undescribed::Failed(text) => write!(f, "every invocation fails: {text}"),
            Undescribed::TimedOut => f.write_str("it timed out before it could answer"),
            Undescribed::Ended(None) => f.write_str("it ended without an answer"),
            Undescribed::Ended(Some(kind)) => write!(f, "it ended without an answer ({kind})"),
            Undescribed::Refused { cause, .. } | Undescribed::Passing { cause, .. } => {
                write!(f, "it can't be asked: {cause}")
            }
        }
    }
}
