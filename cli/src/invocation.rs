//! An [`Invoker`] invokes the deployed function synchronously, so that its answer is known. It sends an event
//! once: after a cut connection, a second invocation would run beside the first. What an answer or a failure
//! means, its callers know.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::Value;

/// The remedy of a name that Lambda does not take.
pub(crate) const NAME_FORMS: &str = "--function takes a name, NAME:ALIAS or an ARN";

/// Invokes one function.
pub(crate) struct Invoker {
    client: Client,
    name: String,
}

/// What the function returned.
pub(crate) struct Answer {
    /// Its JSON document; null if it is none.
    pub(crate) document: Value,
    /// Whether the document describes an error of the function.
    pub(crate) is_error: bool,
}

/// Why there is no answer.
pub(crate) enum Unanswered {
    Late,
    Failed(Box<SdkError<InvokeError>>),
}

impl Invoker {
    /// `name`: the function's name or ARN.
    pub(crate) fn new(aws: &SdkConfig, name: &str) -> Invoker {
        let config = aws_sdk_lambda::config::Builder::from(aws).retry_config(RetryConfig::disabled()).build();
        Invoker { client: Client::from_conf(config), name: name.to_owned() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Sends one event and waits for its answer, for this long at most.
    pub(crate) async fn invoke(&self, event: &str, patience: Duration) -> Result<Answer, Unanswered> {
        let call = self
            .client
            .invoke()
            .function_name(&self.name)
            .invocation_type(InvocationType::RequestResponse)
            .payload(Blob::new(event))
            .send();
        match tokio::time::timeout(patience, Box::pin(call)).await {
            Ok(Ok(output)) => {
                let payload = output.payload().map(Blob::as_ref).unwrap_or_default();
                Ok(Answer {
                    document: serde_json::from_slice(payload).unwrap_or_default(),
                    is_error: output.function_error().is_some(),
                })
            }
            Ok(Err(error)) => Err(Unanswered::Failed(Box::new(error))),
            Err(_) => Err(Unanswered::Late),
        }
    }
}
