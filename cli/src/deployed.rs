//! A [`Description`] is what the deployed function says about itself: its version, its policy, the faults of
//! its settings. An operator asks by an invocation; the function calls nothing for it.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use okta_request_enricher::aws::AwsError;
use okta_request_enricher::error::Code;
use okta_request_enricher::shape::{self, NO_CREDENTIAL_SHOWN};
use serde::Deserialize;
use serde_json::Value;

use crate::aws;
use crate::terminal::printable;

/// The event that asks for the description.
const QUESTION: &str = r#"{"describe":true}"#;

/// A cold start takes a second. The rest is for a slow network.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the function says about itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Description {
    pub(crate) version: String,
    /// The first 12 hexadecimal digits of the SHA-256 of its policy file; `None` if it can't read that file.
    pub(crate) policy: Option<String>,
    /// The path of its policy file, over there; `None`: the policy that its binary contains.
    pub(crate) policy_file: Option<String>,
    /// The text of its policy; `None` if it can't read it.
    pub(crate) policy_text: Option<String>,
    /// The faults of its settings and of its policy, in words.
    #[serde(default)]
    pub(crate) faults: Vec<String>,
    /// Its variables with their values; null where one is unset.
    #[serde(default)]
    settings: Value,
}

impl Description {
    /// Its variables, but for those that look like a credential.
    pub(crate) fn variables(&self) -> HashMap<String, String> {
        let all = self.settings.as_object().into_iter().flatten();
        let set = all.filter_map(|(name, value)| Some((name.clone(), value.as_str()?)));
        let shown = set.filter(|(_, value)| *value != NO_CREDENTIAL_SHOWN);
        shown.map(|(name, value)| (name, value.to_owned())).collect()
    }

    /// What to call its policy: its path, or that it is the built-in one.
    pub(crate) fn policy_name(&self) -> &str {
        match self.policy_file.as_deref() {
            None => "the built-in policy",
            Some(file) if shape::is_secret(file) => "the deployed policy",
            Some(file) => file,
        }
    }
}

/// Why there is no description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Undescribed {
    /// The operator may not invoke the function.
    Denied,
    /// Lambda has no room for the invocation.
    Throttled,
    /// A version that takes the question for a broken event.
    Older,
    /// Not this program.
    Stranger,
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
    Passing(String),
}

impl Undescribed {
    /// Whether the function itself is at fault: then its other invocations fail, too.
    pub(crate) fn is_fault(&self) -> bool {
        match self {
            Undescribed::Stranger
            | Undescribed::Failed(_)
            | Undescribed::TimedOut
            | Undescribed::Ended(_)
            | Undescribed::Refused { .. } => true,
            Undescribed::Denied | Undescribed::Throttled | Undescribed::Older | Undescribed::Passing(_) => {
                false
            }
        }
    }

    /// What to do.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Undescribed::Denied => "allow your AWS credentials lambda:InvokeFunction",
            Undescribed::Throttled => {
                "see that its reserved concurrency is not 0 and the account's limit is not used up, then run this again"
            }
            Undescribed::Older => "deploy this version (enricher init --upgrade)",
            Undescribed::Stranger => "give the enricher's name (stack output FunctionName)",
            Undescribed::Failed(_) => "correct that, and deploy again",
            Undescribed::TimedOut => "see its log",
            Undescribed::Ended(_) => {
                "see its log; Runtime.InvalidEntrypoint: the binary is of another architecture than the function"
            }
            Undescribed::Refused { remedy, .. } => remedy,
            Undescribed::Passing(_) => "run this again",
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
            Undescribed::Stranger => f.write_str("unexpected response: is --function the enricher?"),
            Undescribed::Failed(text) => write!(f, "every invocation fails: {text}"),
            Undescribed::TimedOut => f.write_str("it timed out before it could answer"),
            Undescribed::Ended(None) => f.write_str("it ended without an answer"),
            Undescribed::Ended(Some(kind)) => write!(f, "it ended without an answer ({kind})"),
            Undescribed::Refused { cause, .. } | Undescribed::Passing(cause) => {
                write!(f, "it can't be asked: {cause}")
            }
        }
    }
}

/// Asks the function with this name or ARN.
pub(crate) async fn ask(aws: &SdkConfig, name: &str) -> Result<Description, Undescribed> {
    // What another program does with the question should be done once.
    let config = aws_sdk_lambda::config::Builder::from(aws).retry_config(RetryConfig::disabled()).build();
    let call = Client::from_conf(config)
        .invoke()
        .function_name(name)
        .invocation_type(InvocationType::RequestResponse)
        .payload(Blob::new(QUESTION))
        .send();
    match tokio::time::timeout(PATIENCE, Box::pin(call)).await {
        Ok(Ok(output)) => {
            let payload = output.payload().map(Blob::as_ref).unwrap_or_default();
            read(serde_json::from_slice(payload).unwrap_or_default(), output.function_error().is_some())
        }
        Ok(Err(error)) => Err(not_asked(&error)),
        Err(_) => Err(Undescribed::Passing("no answer in time".to_owned())),
    }
}

fn not_asked(error: &SdkError<InvokeError>) -> Undescribed {
    match error.as_service_error().and_then(|error| error.code()).unwrap_or_default() {
        code if code.starts_with("AccessDenied") => return Undescribed::Denied,
        "TooManyRequestsException" => return Undescribed::Throttled,
        _ => {}
    }
    match aws::error(error, |code| match code {
        "ResourceNotFoundException" => Some("check --function, the account and the region"),
        "InvalidZipFileException" | "InvalidRuntimeException" => Some("deploy again"),
        _ => None,
    }) {
        AwsError::Refused { cause, remedy } => Undescribed::Refused { cause, remedy },
        AwsError::Passing(cause) => Undescribed::Passing(cause),
    }
}

/// Reads the function's answer, or its error.
fn read(answer: Value, is_error: bool) -> Result<Description, Undescribed> {
    if is_error {
        return Err(read_error(&answer));
    }
    match answer["outcome"].as_str() {
        Some("described") => serde_json::from_value(answer).map_err(|_| Undescribed::Stranger),
        _ => Err(Undescribed::Stranger),
    }
}

fn read_error(answer: &Value) -> Undescribed {
    let text = |member: &str| answer[member].as_str().unwrap_or_default();
    let (kind, message) = (text("errorType"), text("errorMessage"));
    match (Code::of_message(message), kind) {
        (Some(Code::EventNotAnEnvelope), "Permanent" | "Retryable") => Undescribed::Older,
        (Some(_), "Permanent" | "Retryable") => Undescribed::Failed(printable(message)),
        _ if message.contains("Task timed out") => Undescribed::TimedOut,
        // Another program's words may quote anything. These names are Lambda's own.
        _ => Undescribed::Ended(is_of_lambda(kind).then(|| kind.to_owned())),
    }
}

/// Whether an error has a name of Lambda's own, such as `Runtime.ExitError` (AWS Lambda guide,
/// "Troubleshoot execution issues").
fn is_of_lambda(kind: &str) -> bool {
    kind.strip_prefix("Runtime.").is_some_and(|rest| {
        (1..=40).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(kind: &str, message: &str) -> Undescribed {
        read(json!({"errorType": kind, "errorMessage": message}), true).unwrap_err()
    }

    #[test]
    fn an_error_says_what_the_function_is() {
        let unknown = "failed to read the event: it has no `detail` [event-not-an-envelope]";
        assert_eq!(error("Permanent", unknown), Undescribed::Older);
        let broken = "failed to read the configuration: OKTA_ORG_URL is not set [config-invalid]";
        assert_eq!(error("Permanent", broken), Undescribed::Failed(broken.to_owned()));
        assert_eq!(error("", "2026 Task timed out after 90.00 seconds"), Undescribed::TimedOut);
        let exit = Some("Runtime.ExitError".to_owned());
        assert_eq!(error("Runtime.ExitError", "RequestId: x Error: exit status 1"), Undescribed::Ended(exit));
    }

    #[test]
    fn other_programs_words_are_not_repeated() {
        for kind in ["KeyError", "Runtime.zoe@example.com", "Runtime."] {
            assert_eq!(error(kind, "zoe@example.com"), Undescribed::Ended(None), "{kind}");
        }
    }

    #[test]
    fn only_a_description_is_one() {
        let description = json!({"outcome": "described", "version": "0.1.0"});
        let read_of = |answer: &Value| read(answer.clone(), false);
        let found = read_of(&description).unwrap();
        assert_eq!((found.version.as_str(), &found.policy_text, found.faults.len()), ("0.1.0", &None, 0));
        assert!(found.variables().is_empty());
        let odd = json!({"outcome": "described", "version": "9", "settings": {"DRY_RUN": true, "A": "b"}});
        assert_eq!(read_of(&odd).unwrap().variables(), [("A".to_owned(), "b".to_owned())].into());
        for answer in [
            json!(null),
            json!("described"),
            json!({"outcome": "described"}),
            json!({"outcome": "described", "version": 1}),
            json!({"outcome": "described", "version": "0.1.0", "faults": "none"}),
            json!({"outcome": "skipped"}),
            json!([]),
        ] {
            assert_eq!(read_of(&answer).unwrap_err(), Undescribed::Stranger, "{answer}");
        }
    }
}
