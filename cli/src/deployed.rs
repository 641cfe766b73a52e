//! A [`Description`] is what the deployed function says about itself: its version, its policy, the faults of
//! its settings. An operator asks by an invocation; the function calls nothing for it.

mod undescribed;

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_lambda::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_lambda::operation::invoke::InvokeError;
use okta_request_enricher::aws::AwsError;
use okta_request_enricher::error::Code;
use okta_request_enricher::shape::{self, NO_CREDENTIAL_SHOWN};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use self::undescribed::Undescribed;
use crate::aws;
use crate::invocation::{Answer, Invoker, Unanswered};
use crate::terminal::printable;

/// The event that asks for the description.
const QUESTION: &str = r#"{"describe":true}"#;

/// The variables without which every invocation of the function fails. The template sets both.
const REQUIRED: [&str; 2] = ["OKTA_ORG_URL", "OKTA_SECRET_ID"];

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

    /// Whether version and fingerprint have the form of one. They are shown as they are.
    fn has_form(&self) -> bool {
        let is = |text: &str, is_part: fn(&u8) -> bool| {
            (1..=64).contains(&text.len()) && text.as_bytes().iter().all(is_part)
        };
        is(&self.version, |byte| byte.is_ascii_alphanumeric() || b".+-".contains(byte))
            && self.policy.as_ref().is_none_or(|policy| is(policy, u8::is_ascii_hexdigit))
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

/// Asks the function with this name or ARN. `variables` are its own, if they are known.
///
/// Does not invoke a function that has none of the enricher's variables: another program may act on the
/// question.
pub(crate) async fn ask(
    aws: &SdkConfig,
    name: &str,
    variables: Option<&HashMap<String, String>>,
) -> Result<Description, Undescribed> {
    let is_other = |variables: &HashMap<_, _>| !REQUIRED.iter().any(|name| variables.contains_key(*name));
    if variables.is_some_and(is_other) {
        return Err(Undescribed::NotAsked);
    }
    match Invoker::new(aws, name).invoke(QUESTION, PATIENCE).await {
        Ok(Answer { document, is_error }) => read(document, is_error),
        Err(Unanswered::Failed(error)) => Err(not_asked(&error)),
        Err(Unanswered::Late) => {
            Err(Undescribed::Passing { cause: "no answer in time".to_owned(), remedy: None })
        }
    }
}

fn not_asked(error: &SdkError<InvokeError>) -> Undescribed {
    match error.as_service_error().and_then(|error| error.code()).unwrap_or_default() {
        code if code.starts_with("AccessDenied") => return Undescribed::Denied,
        "TooManyRequestsException" => return Undescribed::Throttled,
        _ => {}
    }
    let fault = aws::error(error, |code| match code {
        "ResourceNotFoundException" => Some("check --function, the account and the region"),
        "InvalidZipFileException" | "InvalidRuntimeException" => Some("deploy again"),
        _ => None,
    });
    let remedy = aws::remedy(&fault, error);
    match fault {
        AwsError::Refused { cause, remedy } => Undescribed::Refused { cause, remedy },
        AwsError::Passing(cause) => Undescribed::Passing { cause, remedy },
    }
}

/// Reads the function's answer, or its error.
fn read(answer: Value, is_error: bool) -> Result<Description, Undescribed> {
    if is_error {
        return Err(read_error(&answer));
    }
    match answer["outcome"].as_str() {
        Some("described") => {
            serde_json::from_value(answer).ok().filter(Description::has_form).ok_or(Undescribed::OtherProgram)
        }
        _ => Err(Undescribed::OtherProgram),
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
            json!({"outcome": "described", "version": ""}),
            json!({"outcome": "described", "version": "as told by Zoe"}),
            json!({"outcome": "described", "version": "1".repeat(65)}),
            json!({"outcome": "described", "version": "0.1.0", "policy": "zoe"}),
            json!({"outcome": "skipped"}),
            json!([]),
        ] {
            assert_eq!(read_of(&answer).unwrap_err(), Undescribed::OtherProgram, "{answer}");
        }
    }
}
