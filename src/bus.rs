//! The [`OutcomeBus`] tells other programs how attempts ended: one EventBridge event each, for audit trails,
//! tickets or chat. It is told after the post and can't undo it: what goes wrong here is logged.

use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use crate::aws::AwsError;
use crate::deadline::Deadline;
use crate::outcome::Attempt;

/// The `source` of every outcome event.
const SOURCE: &str = "okta-request-enricher";

/// EventBridge answers in milliseconds. The approver has the message by now, but the invocation is still paid for.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The EventBridge bus that `OUTCOME_BUS` names.
#[derive(Debug)]
pub struct OutcomeBus {
    client: Client,
    name: String,
}

impl OutcomeBus {
    /// A bus by its name or ARN.
    #[must_use]
    pub fn new(client: Client, name: String) -> OutcomeBus {
        OutcomeBus { client, name }
    }

    /// Opens the connection in the background: nobody waits for it. EventBridge refuses an empty list (API reference,
    /// "`PutEvents`", `Entries`), so it is told of nothing.
    pub(crate) fn warm(&self) {
        let put = self.client.put_events().set_entries(Some(Vec::new())).send();
        tokio::spawn(tokio::time::timeout(TIMEOUT, put));
    }

    /// Sends the attempt's event.
    pub async fn publish(&self, attempt: &Attempt, lambda_request_id: &str, deadline: Deadline) {
        let (detail_type, detail) = attempt.event(lambda_request_id);
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(detail_type)
            .detail(detail)
            .build();
        let put = self.client.put_events().entries(entry).send();
        let cause = match tokio::time::timeout(TIMEOUT.min(deadline.with_overtime().remaining()), put).await {
            Err(_) => "no answer in time".to_owned(),
            Ok(Err(error)) => AwsError::of(&error, |_| None).to_string(),
            // A 200 may still say that the one entry was not taken (EventBridge API reference, "PutEvents").
            Ok(Ok(answer)) if answer.failed_entry_count() > 0 => {
                let code = answer.entries().iter().find_map(|entry| entry.error_code());
                code.unwrap_or("refused, without a reason").to_owned()
            }
            Ok(Ok(_)) => return,
        };
        tracing::warn!(
            cause,
            bus = self.name,
            lambda_request_id,
            "failed to send the outcome event; see that OUTCOME_BUS names a bus and that the role may events:PutEvents on it"
        );
    }
}
