//! The [`OutcomeBus`] tells other programs how attempts ended: one EventBridge event each, for audit trails,
//! tickets or chat. The event is sent after the post and can't undo it, so a failure here is only logged.

use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde::Serialize;

use crate::aws::AwsError;
use crate::deadline::{self, Deadline};
use crate::degradation::Degradation;
use crate::deployment::Deployment;
use crate::findings::Findings;
use crate::outcome::{Attempt, Outcome, Summary, json_text};

/// The `source` of every outcome event.
const SOURCE: &str = "okta-request-enricher";

/// EventBridge answers in milliseconds. The approver has the message by now, but AWS still charges for the
/// invocation.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The EventBridge bus that `OUTCOME_BUS` names.
#[derive(Debug)]
pub struct OutcomeBus {
    client: Client,
    name: String,
}

/// One outcome event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeEvent {
    /// The `detail-type`.
    pub detail_type: &'static str,
    /// The `detail`, as JSON. It holds no personal data.
    pub detail: String,
}

#[derive(Serialize)]
struct Detail<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    degraded: Option<&'a [&'static str]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    degraded_codes: Vec<&'static str>,
    #[serde(flatten)]
    findings: Option<&'a Findings>,
}

impl OutcomeEvent {
    /// The event of one attempt. A failure is the failure of this attempt: Lambda makes up to three. The
    /// housekeeping has no event of its own; the requests that it enriches have one each.
    #[must_use]
    pub fn of(attempt: &Attempt, deployment: &Deployment, lambda_request_id: &str) -> Option<OutcomeEvent> {
        let detail_type = match &attempt.result {
            Ok(Outcome::Posted { .. }) => "Access Request Enriched",
            Ok(Outcome::Skipped(_) | Outcome::Duplicate | Outcome::DryRun(_)) => "Access Request Skipped",
            Ok(Outcome::Reconciled(_) | Outcome::Described { .. }) => return None,
            Err(_) if attempt.housekeeping().is_some() => return None,
            Err(_) => "Access Request Enrichment Failed",
        };
        let degraded = attempt.degradation().filter(|_| attempt.result.is_ok());
        let detail = Detail {
            summary: attempt.summary(deployment, lambda_request_id),
            degraded: degraded.map(Degradation::sections),
            degraded_codes: degraded.map(Degradation::codes).unwrap_or_default(),
            findings: attempt.findings().filter(|_| attempt.result.is_ok()),
        };
        Some(OutcomeEvent { detail_type, detail: json_text(&detail) })
    }
}

impl OutcomeBus {
    /// A bus by its name or ARN.
    #[must_use]
    pub fn new(client: Client, name: String) -> OutcomeBus {
        OutcomeBus { client, name }
    }

    /// Opens the connection in the background, so that nobody waits for it. The call is a `PutEvents` without
    /// entries: EventBridge refuses it (API reference, "`PutEvents`", `Entries`) and delivers nothing.
    pub(crate) fn warm(&self) {
        let put = self.client.put_events().set_entries(Some(Vec::new())).send();
        tokio::spawn(tokio::time::timeout(TIMEOUT, put));
    }

    /// Sends the attempt's event, if it has one. A failure is logged.
    pub async fn publish(
        &self,
        attempt: &Attempt,
        deployment: &Deployment,
        lambda_request_id: &str,
        deadline: Deadline,
    ) {
        let Some(OutcomeEvent { detail_type, detail }) =
            OutcomeEvent::of(attempt, deployment, lambda_request_id)
        else {
            return;
        };
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(detail_type)
            .detail(detail)
            .build();
        let put = self.client.put_events().entries(entry).send();
        let limit = TIMEOUT.min(deadline.with_overtime().remaining());
        let cause = match deadline::within(limit, put).await {
            None if limit.is_zero() => "no time was left".to_owned(),
            None => "no answer in time".to_owned(),
            Some(Err(error)) => AwsError::of(&error, |_| None).to_string(),
            // A 200 may still say that the one entry was refused (EventBridge API reference, "PutEvents").
            Some(Ok(answer)) if answer.failed_entry_count() > 0 => {
                let code = answer.entries().iter().find_map(|entry| entry.error_code());
                code.unwrap_or("refused, without a reason").to_owned()
            }
            Some(Ok(_)) => return,
        };
        tracing::warn!(
            cause,
            bus = self.name,
            lambda_request_id,
            "failed to send the outcome event; check that OUTCOME_BUS names a bus and that the role may call events:PutEvents on it"
        );
    }
}
