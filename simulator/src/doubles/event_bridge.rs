//! Amazon EventBridge as far as the function calls it: `PutEvents`, with EventBridge's own rules for an
//! entry.

use std::time::Duration;

use serde_json::{Value, json};

use super::reply::Reply;

/// How `PutEvents` fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventsFault {
    /// Status 200 with `FailedEntryCount` 1.
    EntryRejected {
        /// `ErrorCode`.
        code: &'static str,
        /// `ErrorMessage`.
        message: &'static str,
    },
    /// `InternalException`, status 500.
    Internal,
    /// `ThrottlingException`.
    Throttled,
    /// `AccessDeniedException`: the role lacks `events:PutEvents`.
    AccessDenied,
    /// `ResourceNotFoundException`: there is no such bus.
    NotFound,
    /// `ValidationException`.
    Validation,
    /// No answer at all.
    Hangs,
    /// The event is accepted, and its answer never comes.
    AnswerLost,
}

/// An event that EventBridge accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct PutEvent {
    /// `EventBusName`.
    pub bus: String,
    /// `Source`.
    pub source: String,
    /// `DetailType`.
    pub detail_type: String,
    /// `Detail`, parsed.
    pub detail: Value,
}

/// The events that came, and how accepting them fails.
#[derive(Default)]
pub(super) struct Bus {
    pub(super) events: Vec<PutEvent>,
    pub(super) fault: Option<EventsFault>,
    /// The fault of the next call, before `fault`.
    pub(super) chosen: Option<EventsFault>,
    pub(super) delay: Duration,
    pub(super) puts: usize,
    /// Calls without an event.
    pub(super) empty_puts: usize,
}

/// Answers `PutEvents`.
pub(super) fn put_events(bus: &mut Bus, complaints: &mut Vec<String>, request: &Value) -> Reply {
    let entries = request["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=10).contains(&entries.len()) {
        // Without entries it opens the connection ahead.
        match entries {
            [] => bus.empty_puts += 1,
            _ => complaints.push(format!("PutEvents with {} entries", entries.len())),
        }
        return Reply::fault(400, "ValidationException", "Entries must have length between 1 and 10");
    }
    bus.puts += 1;
    let fault = bus.chosen.take().or(bus.fault);
    let reply = match fault {
        Some(EventsFault::Internal) => {
            Reply::fault(500, "InternalException", "This exception occurs unexpectedly.")
        }
        Some(EventsFault::Throttled) => Reply::fault(400, "ThrottlingException", "Rate exceeded"),
        Some(EventsFault::AccessDenied) => Reply::fault(
            400,
            "AccessDeniedException",
            "User: … is not authorized to perform: events:PutEvents",
        ),
        Some(EventsFault::NotFound) => {
            Reply::fault(400, "ResourceNotFoundException", "Event bus outcomes does not exist.")
        }
        Some(EventsFault::Validation) => Reply::fault(400, "ValidationException", "Invalid entry"),
        Some(EventsFault::Hangs) => Reply::never(),
        Some(EventsFault::AnswerLost) => {
            bus.events.extend(entries.iter().filter_map(|entry| accept(entry).ok()));
            Reply::never()
        }
        Some(EventsFault::EntryRejected { .. }) | None => {
            let mut failed = 0;
            let mut results = Vec::new();
            for (place, entry) in entries.iter().enumerate() {
                let verdict = match fault {
                    Some(EventsFault::EntryRejected { code, message }) if place == 0 => Err((code, message)),
                    _ => accept(entry),
                };
                match verdict {
                    Ok(event) => {
                        bus.events.push(event);
                        results.push(json!({ "EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860" }));
                    }
                    Err((code, message)) => {
                        failed += 1;
                        results.push(json!({ "ErrorCode": code, "ErrorMessage": message }));
                    }
                }
            }
            Reply::ok(json!({ "FailedEntryCount": failed, "Entries": results }))
        }
    };
    reply.after(bus.delay)
}

/// EventBridge's own rules for one entry.
fn accept(entry: &Value) -> Result<PutEvent, (&'static str, &'static str)> {
    const MISSING: &str = "Parameter Source, DetailType or Detail is missing";
    let member = |name: &str| match entry[name].as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(("InvalidArgument", MISSING)),
    };
    let (source, detail_type) = (member("Source")?, member("DetailType")?);
    let detail: Value =
        serde_json::from_str(&member("Detail")?).map_err(|_| ("MalformedDetail", "Detail is malformed."))?;
    if !detail.is_object() {
        return Err(("MalformedDetail", "Detail is malformed."));
    }
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSource", "Not authorized for the source."));
    }
    let bus = entry["EventBusName"].as_str().unwrap_or("default").to_owned();
    Ok(PutEvent { bus, source, detail_type, detail })
}
