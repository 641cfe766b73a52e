//! The [`Queue`] is the dead-letter queue as one run sees it: each message once. The run holds the messages
//! that it has received and not deleted: they are hidden from other readers until it gives them back at the
//! end. If the run is killed, SQS shows them again by itself. The queue does not read the messages.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry as Entry, MessageSystemAttributeName, QueueAttributeName,
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::failure_record::Attributes;
use crate::aws;
use crate::failure::Problem;

/// The wait for a message. With a wait, SQS asks all of its servers, so that an empty answer means an empty
/// queue (Amazon SQS guide, "Short and long polling").
const WAIT: Duration = Duration::from_secs(2);

/// For one try of a call, [`WAIT`] included.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Messages in one call: SQS's own limit.
const BATCH: u8 = 10;

/// The queue, and what this run has seen of it.
pub(super) struct Queue {
    client: Client,
    url: String,
    /// How long SQS hides a message that was received or extended.
    hide: Duration,
    /// By message id. `None` for a deleted message.
    seen: HashMap<String, Option<Held>>,
}

/// A message that was received and not deleted.
struct Held {
    receipt: String,
    until: Instant,
}

/// A message as it was received.
pub(super) struct QueueMessage {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: Attributes,
    pub(super) sent: Option<Timestamp>,
}

/// How many messages there are, approximately.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) visible: u64,
    /// Received by a reader, and not deleted.
    pub(super) hidden: u64,
}

/// A call to the queue failed. It ends the run.
#[derive(Debug, thiserror::Error)]
#[error("failed to {doing} the queue `{url}`: {fault}")]
pub(super) struct QueueError {
    doing: &'static str,
    url: String,
    fault: Problem,
    /// Whether the credentials lack the permission for this call. Other calls may still be allowed.
    pub(super) denied: bool,
}

impl Queue {
    pub(super) fn new(aws: &SdkConfig, url: String, hide: Duration) -> Queue {
        let timeout = TimeoutConfig::builder().operation_attempt_timeout(TIMEOUT).build();
        let config = aws_sdk_sqs::config::Builder::from(aws).timeout_config(timeout).build();
        Queue { client: Client::from_conf(config), url, hide, seen: HashMap::new() }
    }

    /// How many messages the queue has.
    pub(super) async fn size(&self) -> Result<Size, QueueError> {
        let (visible, hidden) = (
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        );
        let names = [visible.clone(), hidden.clone()];
        let call =
            self.client.get_queue_attributes().queue_url(&self.url).set_attribute_names(Some(names.into()));
        let answer = call.send().await.map_err(|error| self.failed("read the size of", &error))?;
        let number = |name| answer.attributes()?.get(&name)?.parse().ok();
        Ok(Size { visible: number(visible).unwrap_or(0), hidden: number(hidden).unwrap_or(0) })
    }

    /// The next messages that this run has not seen; from now on it holds them. `None` if there are no more.
    pub(super) async fn receive(&mut self) -> Result<Option<Vec<QueueMessage>>, QueueError> {
        let call = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(BATCH.into())
            .visibility_timeout(seconds(self.hide))
            .wait_time_seconds(seconds(WAIT))
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_attribute_names("All");
        let until = Instant::now() + self.hide;
        let answer = call.send().await.map_err(|error| self.failed("read", &error))?;
        if answer.messages().is_empty() {
            return Ok(None);
        }
        let mut new = Vec::new();
        for message in answer.messages.unwrap_or_default() {
            let (Some(id), Some(receipt)) = (message.message_id, message.receipt_handle) else { continue };
            match self.seen.get(&id) {
                // SQS may deliver a deleted message again (Amazon SQS guide, "At-least-once delivery").
                Some(None) => {
                    let _ = self
                        .client
                        .delete_message()
                        .queue_url(&self.url)
                        .receipt_handle(receipt)
                        .send()
                        .await;
                    continue;
                }
                Some(Some(_)) => {}
                None => {
                    let sent = message.attributes.as_ref().and_then(|attributes| {
                        attributes.get(&MessageSystemAttributeName::SentTimestamp)?.parse().ok()
                    });
                    let attributes = message.message_attributes.unwrap_or_default().into_iter();
                    new.push(QueueMessage {
                        id: id.clone(),
                        body: message.body.unwrap_or_default(),
                        attributes: attributes
                            .filter_map(|(name, value)| Some((name, value.string_value?)))
                            .collect(),
                        sent: sent.and_then(|at| Timestamp::from_millisecond(at).ok()),
                    });
                }
            }
            self.seen.insert(id, Some(Held { receipt, until }));
        }
        Ok(Some(new))
    }

    /// Deletes a message that the run holds.
    pub(super) async fn delete(&mut self, id: &str) -> Result<(), QueueError> {
        let Some(Some(held)) = self.seen.get(id) else { return Ok(()) };
        let call = self.client.delete_message().queue_url(&self.url).receipt_handle(&held.receipt);
        call.send().await.map_err(|error| self.failed("delete a message from", &error))?;
        self.seen.insert(id.to_owned(), None);
        Ok(())
    }

    /// Keeps the held messages hidden, for as long as the caller waits for this.
    pub(super) async fn hold(&mut self) -> Infallible {
        loop {
            let due = self.held().map(|(_, held)| held.until).min();
            let Some(due) = due else { std::future::pending().await };
            tokio::time::sleep_until(due - self.hide / 2).await;
            self.extend().await;
        }
    }

    /// Hides for longer the messages that would come back soon.
    pub(super) async fn extend(&mut self) {
        let soon = Instant::now() + self.hide / 2;
        let due = self.held().filter(|(_, held)| held.until <= soon);
        let due: Vec<_> = due.map(|(id, held)| (id.clone(), held.receipt.clone())).collect();
        for batch in due.chunks(BATCH.into()) {
            let until = Instant::now() + self.hide;
            // A message that could not be extended comes back by itself, and is then received again.
            self.set_visibility(batch, self.hide).await;
            for (id, _) in batch {
                if let Some(Some(held)) = self.seen.get_mut(id) {
                    held.until = until;
                }
            }
        }
    }

    /// Gives back the held messages, so that the next run finds them at once. Returns how many stay hidden
    /// for a while.
    pub(super) async fn give_back(&mut self) -> usize {
        let held: Vec<_> = self.held().map(|(id, held)| (id.clone(), held.receipt.clone())).collect();
        let mut left = 0;
        for batch in held.chunks(BATCH.into()) {
            left += self.set_visibility(batch, Duration::ZERO).await;
        }
        self.seen.clear();
        left
    }

    fn held(&self) -> impl Iterator<Item = (&String, &Held)> {
        self.seen.iter().filter_map(|(id, held)| Some((id, held.as_ref()?)))
    }

    /// Returns for how many it failed.
    async fn set_visibility(&self, batch: &[(String, String)], time: Duration) -> usize {
        let mut call = self.client.change_message_visibility_batch().queue_url(&self.url);
        for (place, (_, receipt)) in batch.iter().enumerate() {
            let entry = Entry::builder()
                .id(place.to_string())
                .receipt_handle(receipt)
                .visibility_timeout(seconds(time));
            if let Ok(entry) = entry.build() {
                call = call.entries(entry);
            }
        }
        call.send().await.map_or(batch.len(), |answer| answer.failed().len())
    }

    fn failed<E>(&self, doing: &'static str, error: &SdkError<E>) -> QueueError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let denied = error.code().is_some_and(|code| code.starts_with("AccessDenied"));
        let fault = aws::error(error, remedy);
        let fault = Problem { cause: fault.cause().to_owned(), remedy: aws::remedy(&fault, error) };
        QueueError { doing, url: self.url.clone(), fault, denied }
    }
}

/// SQS's codes, in both spellings (Amazon SQS API reference, "Common errors").
fn remedy(code: &str) -> Option<&'static str> {
    match code {
        "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" | "InvalidAddress" => {
            Some("check --queue-url (stack output DeadLetterQueueUrl), the account and the region")
        }
        "AccessDenied" | "AccessDeniedException" => Some(
            "allow the AWS credentials in use sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and \
             sqs:GetQueueAttributes on it",
        ),
        "KMS.AccessDeniedException" | "KmsAccessDenied" => {
            Some("allow the AWS credentials in use kms:Decrypt with the key that encrypts it")
        }
        "OverLimit" => Some("too many messages are hidden; wait, or give --limit"),
        _ => None,
    }
}

fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX)
}
