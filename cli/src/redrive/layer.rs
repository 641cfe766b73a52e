//! A [`Layer`] of a dead letter: the event, or one of the wrappers around it. Services and tools wrap an
//! event on its way: a failure record, SNS, SQS, a JSON string.

use serde_json::value::RawValue;

use super::failure_record::FailureRecord;
use super::members::Members;

/// Wrappers removed from one event. More are a loop that somebody built.
pub(super) const DEPTH: usize = 8;

/// The member beside `detail` by which an operator's wish reaches the function.
pub(super) const REDRIVE: &str = "redrive";

/// Why a message holds no event. The text describes its form and quotes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it is not JSON")]
    NotJson,
    /// JSON of no known form.
    #[error("it holds no EventBridge event")]
    NotAnEvent,
    /// Each record is an event of its own, but deleting the message would delete all of them.
    #[error("it holds {0} records instead of one")]
    Records(usize),
    #[error("its event is wrapped more than {DEPTH} times")]
    TooDeep,
}

/// One layer of a message.
pub(super) enum Layer {
    /// The event. Its `detail` is an object.
    Event { json: String, housekeeping: bool },
    /// A wrapper's content.
    Wrapper(String),
    /// The event of a failed invocation, and the record of the failure.
    Record(String, FailureRecord),
}

impl Layer {
    /// Reads a JSON text.
    pub(super) fn of(text: &str) -> Result<Layer, Unreadable> {
        // A tool that sent a file's content may have sent its byte order mark, too.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        if text.trim_start().starts_with('"') {
            return serde_json::from_str(text).map(Layer::Wrapper).map_err(|_| Unreadable::NotJson);
        }
        let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
            let json = serde_json::from_str::<&RawValue>(text).is_ok();
            return Err(if json { Unreadable::NotAnEvent } else { Unreadable::NotJson });
        };
        if let Some(payload) = members.get("requestPayload") {
            return Ok(Layer::Record(payload.get().to_owned(), FailureRecord::of_destination(&members)));
        }
        if members.get("detail").is_some() {
            return Layer::of_event(text, &members);
        }
        // Lambda's events of SQS and SNS, and the AWS CLI's output of SQS.
        for list in ["Records", "Messages"] {
            let Some(records) = members.get(list) else { continue };
            let records: Vec<&RawValue> =
                serde_json::from_str(records.get()).map_err(|_| Unreadable::NotAnEvent)?;
            let [record] = records[..] else { return Err(Unreadable::Records(records.len())) };
            return Ok(Layer::Wrapper(record.get().to_owned()));
        }
        // An SNS envelope, an SQS message, or one record of the lists above.
        for name in ["Message", "Body", "body", "Sns"] {
            if let Some(inner) = members.get(name) {
                return Ok(Layer::Wrapper(inner.get().to_owned()));
            }
        }
        Err(Unreadable::NotAnEvent)
    }

    fn of_event(text: &str, event: &Members<'_>) -> Result<Layer, Unreadable> {
        let source = event.text("source").unwrap_or_default();
        let scheduled = event.text("detail-type").is_some_and(|kind| kind == "Scheduled Event");
        // EventBridge Scheduler makes `detail` a text, a rule's schedule an object.
        let housekeeping = source == "aws.scheduler" || (source == "aws.events" && scheduled);
        let Some(detail) = event.get("detail") else { return Err(Unreadable::NotAnEvent) };
        if housekeeping {
            return Ok(Layer::Event { json: text.to_owned(), housekeeping });
        }
        if let Ok(inner) = serde_json::from_str::<String>(detail.get()) {
            // The function takes an object only. Some tool on the way made a text of it.
            serde_json::from_str::<&RawValue>(&inner).map_err(|_| Unreadable::NotAnEvent)?;
            return Ok(Layer::Wrapper(event.with("detail", Some(&inner))));
        }
        let Ok(members) = serde_json::from_str::<Members<'_>>(detail.get()) else {
            return Err(Unreadable::NotAnEvent);
        };
        if members.get("requestPayload").is_some() && members.get("requestContext").is_some() {
            // An event bus as on-failure destination puts the record into `detail`.
            return Ok(Layer::Wrapper(detail.get().to_owned()));
        }
        // Remove the `redrive` member that an earlier run left.
        let json = match event.get(REDRIVE) {
            Some(_) => event.with(REDRIVE, None),
            None => text.to_owned(),
        };
        Ok(Layer::Event { json, housekeeping })
    }
}
