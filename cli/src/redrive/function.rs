//! The [`Function`] is the deployed Lambda, to which letters are sent one by one.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_lambda::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_lambda::operation::invoke::InvokeError;
use okta_request_enricher::aws::AwsError;

use super::answer::{self, Cause, Failed, Sent};
use crate::aws;
use crate::interrupt::Interrupt;
use crate::invocation::{Invoker, NAME_FORMS, Unanswered};

/// Lambda's longest timeout, 15 minutes (AWS Lambda guide, "Lambda quotas"), and a minute for the network.
const LONGEST: Duration = Duration::from_mins(16);

/// Pauses before another try, each twice as long as the one before. From 2 s on they add up to a minute,
/// which is Okta's rate-limit window.
const RETRIES: u32 = 5;

/// Added to a failure after which the function may have run.
const UNKNOWN: &str = "whether it ran is unknown; a later run finds out";

/// The function, by its name.
pub(super) struct Function {
    invoker: Invoker,
    /// The first pause before another try.
    pause: Duration,
}

impl Function {
    pub(super) fn new(aws: &SdkConfig, name: &str, pause: Duration) -> Function {
        Function { invoker: Invoker::new(aws, name), pause }
    }

    /// Sends one event. If Lambda or Okta has no room at the moment, waits and sends it again.
    pub(super) async fn send(&self, event: &str, interrupt: &mut Interrupt) -> Sent {
        let mut pause = self.pause;
        for _ in 0..RETRIES {
            match self.invoke(event).await {
                Sent::Failed(Failed { cause: Cause::Busy, .. }) => {}
                other => return other,
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = interrupt.wait() => break,
            }
            pause *= 2;
        }
        if interrupt.came() {
            return Sent::failed(Cause::Busy, "not sent: stopped while waiting for room in Lambda or Okta");
        }
        self.invoke(event).await
    }

    async fn invoke(&self, event: &str) -> Sent {
        match self.invoker.invoke(event, LONGEST).await {
            Ok(answer) => answer::read(&answer.document, answer.is_error),
            Err(Unanswered::Failed(error)) => self.not_invoked(&error),
            Err(Unanswered::Late) => {
                Sent::failed(Cause::Passing, format!("{}: no answer in time: {UNKNOWN}", self.what()))
            }
        }
    }

    fn what(&self) -> String {
        format!("failed to invoke the function `{}`", self.invoker.name())
    }

    /// The call failed.
    fn not_invoked(&self, error: &SdkError<InvokeError>) -> Sent {
        let what = self.what();
        match aws::error(error, remedy) {
            AwsError::Refused { cause, remedy } => Sent::Refused(format!("{what}: {cause}; {remedy}")),
            AwsError::Passing(cause) => match error.as_service_error().and_then(|error| error.code()) {
                Some(code) if is_busy(code) => Sent::failed(Cause::Busy, format!("{what}: {cause}")),
                Some(code) if is_of_letter(code) => Sent::failed(Cause::Letter, format!("{what}: {cause}")),
                _ => Sent::failed(Cause::Passing, format!("{what}: {cause}: {UNKNOWN}")),
            },
        }
    }
}

/// Lambda did not run the function, but may in a moment (AWS Lambda API reference, "Invoke").
fn is_busy(code: &str) -> bool {
    matches!(
        code,
        "TooManyRequestsException"
            | "ThrottlingException"
            | "EC2ThrottledException"
            | "ENINotReadyException"
            | "ResourceConflictException"
            | "ResourceNotReadyException"
            | "CodeArtifactUserPendingException"
    )
}

/// Lambda does not accept this event; it may accept the next.
fn is_of_letter(code: &str) -> bool {
    matches!(
        code,
        "RequestTooLargeException"
            | "SerializedRequestEntityTooLargeException"
            | "InvalidRequestContentException"
            | "RecursiveInvocationException"
    )
}

fn remedy(code: &str) -> Option<&'static str> {
    match code {
        "ResourceNotFoundException" => {
            Some("check --function (stack output FunctionName), the account and the region")
        }
        "AccessDeniedException" => Some("allow the AWS credentials in use lambda:InvokeFunction on it"),
        "InvalidParameterValueException" | "ValidationException" => Some(NAME_FORMS),
        _ => None,
    }
}
