//! A [`DeadLetter`] is one event that came to nothing, as it lies in the dead-letter queue: the event, unwrapped and
//! otherwise exactly as it was, and why it came to nothing. Pure: it knows no queue, and what is to be done with a
//! letter is decided elsewhere. What it says of a letter is free of personal data: this program's own error texts
//! are, and of any other text only a code is taken.
//!
//! The forms are described in the Amazon EventBridge guide ("Using dead-letter queues to process undelivered
//! events") and in the AWS Lambda guide ("Capturing records of Lambda asynchronous invocations", "Adding a
//! dead-letter queue").

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use okta_request_enricher::event::{self, Incoming};
use okta_request_enricher::request::RequestId;

/// Wrappers around one event that are taken off; more are a loop that somebody built.
const DEPTH: usize = 8;

/// The member beside `detail` by which `redrive` tells the function what the operator wants.
const REDRIVE: &str = "redrive";

/// The attributes of an SQS message, by name.
pub type Attributes = BTreeMap<String, String>;

/// What a message in the queue holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Contents {
    /// An event to send again.
    Letter(Box<DeadLetter>),
    /// The housekeeping's own scheduled event. The next one does its work: sending it again is worth nothing.
    Housekeeping {
        /// When it was given up.
        failed_at: Option<Timestamp>,
    },
}

/// An event that came to nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    event: String,
    /// Who put it into the queue, and so how much is known of it.
    pub form: Form,
    /// Whether sending it again can help.
    pub class: Class,
    /// What went wrong, in words without personal data.
    pub reason: String,
    /// The access request, where the event names one.
    pub request_id: Option<RequestId>,
    /// The failed invocation, as it stands in the function's log.
    pub lambda_request_id: Option<String>,
    /// When Okta published the event.
    pub published: Option<Timestamp>,
    /// When it was given up, the first time if it was more often.
    pub failed_at: Option<Timestamp>,
}

/// Who put a letter into the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// EventBridge, which could not hand it over.
    Undelivered,
    /// The function's on-failure destination.
    Destination,
    /// A dead-letter queue of the function.
    FunctionQueue,
    /// Nobody knows: an event without a word why.
    Event,
}

impl Form {
    /// As it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Form::Undelivered => "undelivered",
            Form::Destination => "destination",
            Form::FunctionQueue => "function_queue",
            Form::Event => "event",
        }
    }
}

/// Whether sending a letter again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Class {
    /// The function failed, and said that the same event may succeed later
    Retryable,
    /// The function failed, and said that someone must change something first
    Permanent,
    /// EventBridge could not hand the event to the function
    Undelivered,
    /// The event waited in Lambda's queue for too long
    Expired,
    /// The function ended without saying why (time-out, crash), or the queue does not tell
    Unclassified,
}

impl Class {
    /// As the function's `errorType` has it, and as it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Retryable => "Retryable",
            Class::Permanent => "Permanent",
            Class::Undelivered => "Undelivered",
            Class::Expired => "Expired",
            Class::Unclassified => "Unclassified",
        }
    }
}

/// Why a message holds no event. The text speaks of shapes, never of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON.
    #[error("it is not JSON")]
    NotJson,
    /// JSON of no known form.
    #[error("it holds no EventBridge event")]
    NotAnEvent,
    /// An event each would have to be sent, but there is one message to delete.
    #[error("it holds {0} records where one is expected")]
    Records(usize),
    /// Wrapped beyond reason.
    #[error("its event is wrapped more than {DEPTH} times")]
    TooDeep,
}

impl DeadLetter {
    /// The event, as it was sent the first time. With `repost` it asks the function to post even where it can't
    /// know whether a message stands already.
    #[must_use]
    pub fn event(&self, repost: bool) -> Cow<'_, str> {
        let members = || serde_json::from_str::<Members<'_>>(&self.event).ok();
        match repost.then(members).flatten() {
            Some(members) => members.with(REDRIVE, Some(r#"{"repost":true}"#)).into(),
            None => (&self.event).into(),
        }
    }
}

/// Reads a message of the queue: its body, its attributes, and when it was sent there.
pub fn read(body: &[u8], attributes: &Attributes, sent: Option<Timestamp>) -> Result<Contents, Unreadable> {
    let mut why = Why::of_attributes(attributes);
    let mut text = Cow::from(std::str::from_utf8(body).map_err(|_| Unreadable::NotJson)?);
    for _ in 0..DEPTH {
        let inner = match Layer::of(&text)? {
            Layer::Event { json, housekeeping: false } => return Ok(letter(json, why, sent)),
            Layer::Event { housekeeping: true, .. } => {
                return Ok(Contents::Housekeeping { failed_at: why.failed_at.or(sent) });
            }
            Layer::Wrapper(inner) => inner,
            // The innermost record speaks of the event itself, the ones around it of its wrappers.
            Layer::Record(inner, record) => {
                why = record;
                inner
            }
        };
        text = inner.into();
    }
    Err(Unreadable::TooDeep)
}

fn letter(event: String, why: Why, sent: Option<Timestamp>) -> Contents {
    let request = match event::parse(event.as_bytes()) {
        Ok(Incoming::Created(request)) => Some(request),
        // Whether it is of use is for the function to say: a newer one may read what this one can't.
        Ok(Incoming::OtherEventType(_) | Incoming::NotMade(_) | Incoming::Scheduled) | Err(_) => None,
    };
    Contents::Letter(Box::new(DeadLetter {
        event,
        form: why.form,
        class: why.class,
        reason: why.reason,
        published: request.as_ref().and_then(|request| request.published),
        request_id: request.map(|request| request.request_id),
        lambda_request_id: why.lambda_request_id,
        failed_at: why.failed_at.or(sent),
    }))
}

/// Why an event is in the queue.
struct Why {
    form: Form,
    class: Class,
    reason: String,
    lambda_request_id: Option<String>,
    failed_at: Option<Timestamp>,
}

impl Why {
    fn of_attributes(attributes: &Attributes) -> Why {
        let get = |name: &str| attributes.get(name).map(String::as_str);
        let why = |form, class, reason| Why {
            form,
            class,
            reason,
            lambda_request_id: get("RequestID").and_then(id),
            failed_at: None,
        };
        if let Some(code) = get("ERROR_CODE") {
            let attempts = get("RETRY_ATTEMPTS").and_then(|number| number.parse::<u32>().ok());
            let attempts = attempts.filter(|n| *n > 0).map(|n| format!(", after {n} more attempts"));
            let reason = format!(
                "EventBridge could not deliver it: {}{}",
                self::code(code).unwrap_or("no code"),
                attempts.unwrap_or_default()
            );
            why(Form::Undelivered, Class::Undelivered, reason)
        } else if get("ErrorCode").is_some() || get("RequestID").is_some() {
            let status = get("ErrorCode").and_then(|number| number.parse::<u16>().ok());
            let status = status.map(|status| format!(" (ErrorCode {status})")).unwrap_or_default();
            let reason = format!("the function failed{status}; its log tells why");
            why(Form::FunctionQueue, Class::Unclassified, reason)
        } else {
            why(Form::Event, Class::Unclassified, "the queue does not tell".to_owned())
        }
    }

    fn of_record(record: &Members<'_>) -> Why {
        let context = record.value("requestContext");
        let response = record.value("responsePayload");
        let condition = context["condition"].as_str().and_then(code).unwrap_or("no condition");
        let message = response["errorMessage"].as_str().unwrap_or_default();
        let (class, reason) = match (condition, response["errorType"].as_str()) {
            ("EventAgeExceeded", _) => (
                Class::Expired,
                "it waited in Lambda's queue for longer than allowed (EventAgeExceeded)".to_owned(),
            ),
            (_, Some("Retryable")) => (Class::Retryable, printable(message)),
            (_, Some("Permanent")) => (Class::Permanent, printable(message)),
            (_, other) => {
                let timed_out = message.contains("Task timed out").then_some("the function timed out");
                let what = timed_out.or(other.and_then(code)).unwrap_or(condition);
                (Class::Unclassified, format!("the function ended without an answer: {what}"))
            }
        };
        Why {
            form: Form::Destination,
            class,
            reason,
            lambda_request_id: context["requestId"].as_str().and_then(id),
            failed_at: record.text("timestamp").and_then(|at| at.parse().ok()),
        }
    }
}

/// A code as AWS and the languages' runtimes write them, and nothing else: `NO_PERMISSIONS`, `Runtime.ExitError`.
fn code(text: &str) -> Option<&str> {
    let plausible = (1..=60).contains(&text.len()) && text.starts_with(|c: char| c.is_ascii_alphabetic());
    (plausible && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._".contains(&b))).then_some(text)
}

/// A Lambda request id: a UUID.
fn id(text: &str) -> Option<String> {
    (text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')).then(|| text.to_owned())
}

/// This program's own text, which is free of personal data. But anybody may write into a queue, and so whatever
/// could move a terminal's cursor or be an e-mail address is taken out all the same.
#[must_use]
pub fn printable(text: &str) -> String {
    let visible = text.chars().map(|c| match c {
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    });
    let visible: String = visible.take(2000).collect();
    let words = visible.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// One layer of a message.
enum Layer {
    /// The event, its `detail` an object.
    Event { json: String, housekeeping: bool },
    /// Something around it, and what it holds.
    Wrapper(String),
    /// A record of a failed invocation, and what that was invoked with.
    Record(String, Why),
}

impl Layer {
    fn of(text: &str) -> Result<Layer, Unreadable> {
        if text.trim_start().starts_with('"') {
            return serde_json::from_str(text).map(Layer::Wrapper).map_err(|_| Unreadable::NotJson);
        }
        let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
            let json = serde_json::from_str::<&RawValue>(text).is_ok();
            return Err(if json { Unreadable::NotAnEvent } else { Unreadable::NotJson });
        };
        if let Some(payload) = members.get("requestPayload") {
            return Ok(Layer::Record(payload.get().to_owned(), Why::of_record(&members)));
        }
        if members.get("detail").is_some() {
            return Layer::of_event(text, &members);
        }
        // SQS and SNS as Lambda gets them, and SQS as the AWS CLI prints it.
        for list in ["Records", "Messages"] {
            let Some(records) = members.get(list) else { continue };
            let records: Vec<&RawValue> =
                serde_json::from_str(records.get()).map_err(|_| Unreadable::NotAnEvent)?;
            let [record] = records[..] else { return Err(Unreadable::Records(records.len())) };
            return Ok(Layer::Wrapper(record.get().to_owned()));
        }
        // SNS's own envelope, an SQS message, one record of the lists above.
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
        // A rule's schedule, and EventBridge Scheduler's, whose `detail` is a text.
        let housekeeping = source == "aws.scheduler" || (source == "aws.events" && scheduled);
        let Some(detail) = event.get("detail") else { return Err(Unreadable::NotAnEvent) };
        if housekeeping {
            return Ok(Layer::Event { json: text.to_owned(), housekeeping });
        }
        if let Ok(inner) = serde_json::from_str::<String>(detail.get()) {
            // The function takes an object, and so did whoever wrote this before someone made a text of it.
            serde_json::from_str::<&RawValue>(&inner).map_err(|_| Unreadable::NotAnEvent)?;
            return Ok(Layer::Wrapper(event.with("detail", Some(&inner))));
        }
        let Ok(members) = serde_json::from_str::<Members<'_>>(detail.get()) else {
            return Err(Unreadable::NotAnEvent);
        };
        if members.get("requestPayload").is_some() && members.get("requestContext").is_some() {
            // The destination was an event bus.
            return Ok(Layer::Wrapper(detail.get().to_owned()));
        }
        // A word of an operator counts for the run in which it was said.
        let json = match event.get(REDRIVE) {
            Some(_) => event.with(REDRIVE, None),
            None => text.to_owned(),
        };
        Ok(Layer::Event { json, housekeeping })
    }
}

/// The members of a JSON object, each value byte for byte as it stands.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl Members<'_> {
    fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    fn value(&self, name: &str) -> Value {
        self.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }

    /// The object with this value for `name`, or without `name`.
    fn with(&self, name: &str, value: Option<&str>) -> String {
        let others =
            self.0.iter().filter(|(key, _)| key != name).map(|(key, value)| (key.as_str(), value.get()));
        let members = others.chain(value.map(|value| (name, value)));
        let members: Vec<_> = members.map(|(key, value)| format!("{}:{value}", Value::from(key))).collect();
        format!("{{{}}}", members.join(","))
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const EVENT: &str = include_str!("../../../events/access.request.create--v2.json");
    const LAMBDA_ID: &str = "e4b46cbf-b738-xmpl-8880-a18cdf61200e";

    fn attributes(of: &[(&str, &str)]) -> Attributes {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn letter_of(body: &str, of: &[(&str, &str)]) -> DeadLetter {
        match read(body.as_bytes(), &attributes(of), None) {
            Ok(Contents::Letter(letter)) => *letter,
            other => panic!("expected a letter, got {other:?}"),
        }
    }

    fn record(payload: &str, condition: &str, response: &str) -> String {
        format!(
            r#"{{"version":"1.0","timestamp":"2026-11-24T09:12:00.123Z","requestContext":{{"requestId":"{}",
            "functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:enricher:$LATEST","condition":"{condition}",
            "approximateInvokeCount":3}},"requestPayload":{payload},"responseContext":{{"statusCode":200}}{response}}}"#,
            LAMBDA_ID.replace("xmpl", "4a44")
        )
    }

    fn failed(error_type: &str, message: &str) -> String {
        let payload = json!({"errorType": error_type, "errorMessage": message});
        record(EVENT, "RetriesExhausted", &format!(r#","responsePayload":{payload}"#))
    }

    #[test]
    fn an_event_that_eventbridge_could_not_deliver_is_itself_and_tells_the_code_alone() {
        let of = [
            ("ERROR_CODE", "NO_PERMISSIONS"),
            ("ERROR_MESSAGE", "zoe.bronte-mueller@example.com may not"),
            ("RULE_ARN", "arn:aws:events:eu-west-1:123456789012:rule/r"),
            ("RETRY_ATTEMPTS", "185"),
        ];
        let letter = letter_of(EVENT, &of);
        assert_eq!(letter.event(false), EVENT);
        assert_eq!((letter.form, letter.class), (Form::Undelivered, Class::Undelivered));
        assert_eq!(
            letter.reason,
            "EventBridge could not deliver it: NO_PERMISSIONS, after 185 more attempts"
        );
        assert_eq!(letter.request_id, RequestId::parse("req16zRXf4PBGnr7o18A"));
        assert_eq!(letter.published, "2026-11-24T09:06:26.274Z".parse().ok());
        let letter = letter_of(EVENT, &[("ERROR_CODE", "zoe@example.com")]);
        assert_eq!(letter.reason, "EventBridge could not deliver it: no code");
    }

    #[test]
    fn a_record_of_a_failed_invocation_holds_the_event_byte_for_byte_and_our_text() {
        let letter = letter_of(&failed("Retryable", "failed to post the message: Okta answered 503"), &[]);
        assert_eq!(letter.event(false), EVENT.trim_end());
        assert_eq!((letter.form, letter.class), (Form::Destination, Class::Retryable));
        assert_eq!(letter.reason, "failed to post the message: Okta answered 503");
        assert_eq!(letter.lambda_request_id.as_deref(), Some("e4b46cbf-b738-4a44-8880-a18cdf61200e"));
        assert_eq!(letter.failed_at, "2026-11-24T09:12:00.123Z".parse().ok());
        assert_eq!(letter_of(&failed("Permanent", "x"), &[]).class, Class::Permanent);
    }

    #[test]
    fn other_programs_texts_are_reduced_to_their_code() {
        for (error_type, message, reason) in [
            ("Runtime.ExitError", "zoe@example.com", "Runtime.ExitError"),
            (
                "Sandbox.Timedout",
                "RequestId: 1 Error: Task timed out after 90.00 seconds",
                "the function timed out",
            ),
            ("Zoë Brontë", "zoe@example.com", "RetriesExhausted"),
        ] {
            let letter = letter_of(&failed(error_type, message), &[]);
            assert_eq!(letter.reason, format!("the function ended without an answer: {reason}"));
            assert_eq!(letter.class, Class::Unclassified);
        }
        assert_eq!(
            letter_of(&failed("Permanent", "\u{1b}[2Jto zoe@example.com\n\u{202e}x"), &[]).reason,
            "[2Jto … x"
        );
    }

    #[test]
    fn an_expired_event_has_no_response() {
        let letter = letter_of(&record(EVENT, "EventAgeExceeded", ""), &[]);
        assert_eq!(letter.class, Class::Expired);
    }

    #[test]
    fn a_plain_dead_letter_queue_of_lambda_tells_the_request_id() {
        let of = [
            ("RequestID", "e4b46cbf-b738-4a44-8880-a18cdf61200e"),
            ("ErrorCode", "200"),
            ("ErrorMessage", "zoe@example.com"),
        ];
        let letter = letter_of(EVENT, &of);
        assert_eq!((letter.form, letter.class), (Form::FunctionQueue, Class::Unclassified));
        assert_eq!(letter.reason, "the function failed (ErrorCode 200); its log tells why");
        assert_eq!(letter.lambda_request_id.as_deref(), Some("e4b46cbf-b738-4a44-8880-a18cdf61200e"));
    }

    #[test]
    fn wrappers_are_taken_off_and_the_innermost_reason_counts() {
        let first = failed("Retryable", "the first");
        let twice = record(
            &first,
            "RetriesExhausted",
            r#","responsePayload":{"errorType":"Permanent","errorMessage":"it has no `detail`"}"#,
        );
        let text = Value::from(EVENT).to_string();
        let event: Value = serde_json::from_str(EVENT).unwrap();
        for (body, reason) in [
            (twice, "the first"),
            (
                record(&text, "EventAgeExceeded", ""),
                "it waited in Lambda's queue for longer than allowed (EventAgeExceeded)",
            ),
            (json!({"Type": "Notification", "TopicArn": "arn", "Message": first}).to_string(), "the first"),
            (json!({"Records": [{"eventSource": "aws:sqs", "body": first}]}).to_string(), "the first"),
            (
                json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": first}}]}).to_string(),
                "the first",
            ),
            (json!({"Messages": [{"MessageId": "1", "Body": first}]}).to_string(), "the first"),
            (
                json!({"source": "lambda", "detail": serde_json::from_str::<Value>(&first).unwrap()})
                    .to_string(),
                "the first",
            ),
            (text, "the queue does not tell"),
        ] {
            let letter = letter_of(&body, &[]);
            assert_eq!(letter.reason, reason, "{body}");
            assert_eq!(serde_json::from_str::<Value>(&letter.event(false)).unwrap(), event, "{body}");
        }
    }

    #[test]
    fn a_detail_that_became_a_text_is_an_object_again() {
        let mut event: Value = serde_json::from_str(EVENT).unwrap();
        let whole = event.clone();
        event["detail"] = event["detail"].to_string().into();
        let letter = letter_of(&event.to_string(), &[]);
        assert_eq!(serde_json::from_str::<Value>(&letter.event(false)).unwrap(), whole);
        assert_eq!(letter.request_id.unwrap().as_str(), "req16zRXf4PBGnr7o18A");
    }

    #[test]
    fn the_housekeepings_own_event_is_no_letter() {
        let rule =
            json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}).to_string();
        let scheduler = json!({"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"});
        for body in [rule.clone(), scheduler.to_string(), record(&rule, "RetriesExhausted", "")] {
            let contents = read(body.as_bytes(), &Attributes::new(), None);
            assert!(matches!(contents, Ok(Contents::Housekeeping { .. })), "{body}");
        }
    }

    #[test]
    fn an_event_that_this_version_can_t_read_is_a_letter_all_the_same() {
        let body = r#"{"detail-type":"SystemLog","detail":{"eventType":"access.request.create"}}"#;
        let letter = letter_of(body, &[]);
        assert_eq!((letter.event(false).as_ref(), &letter.request_id), (body, &None));
    }

    #[test]
    fn garbage_is_told_by_its_shape() {
        let deep = (0..9).fold(EVENT.to_owned(), |inner, _| Value::from(inner).to_string());
        for (body, cause) in [
            ("", Unreadable::NotJson),
            ("zoe@example.com", Unreadable::NotJson),
            ("[1]", Unreadable::NotAnEvent),
            ("{}", Unreadable::NotAnEvent),
            (r#"{"detail":null}"#, Unreadable::NotAnEvent),
            (r#"{"detail":"free text"}"#, Unreadable::NotAnEvent),
            (r#"{"requestPayload":42}"#, Unreadable::NotAnEvent),
            (r#"{"Records":[]}"#, Unreadable::Records(0)),
            (r#"{"Records":[{},{}]}"#, Unreadable::Records(2)),
            (&deep, Unreadable::TooDeep),
        ] {
            assert_eq!(read(body.as_bytes(), &Attributes::new(), None), Err(cause), "{body}");
        }
    }

    #[test]
    fn a_repost_is_asked_for_beside_the_detail_and_only_in_the_run_that_says_so() {
        let repost = letter_of(EVENT, &[]).event(true).into_owned();
        let sent: Value = serde_json::from_str(&repost).unwrap();
        let mut expected: Value = serde_json::from_str(EVENT).unwrap();
        expected["redrive"] = json!({"repost": true});
        assert_eq!(sent, expected);
        let again = letter_of(&repost, &[]);
        assert_eq!(again.event(true), repost, "once, not twice");
        assert!(!again.event(false).contains("redrive"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&body, &Attributes::new(), None);
        }

        #[test]
        fn no_damage_to_a_record_makes_it_panic_or_tell_an_address(
            at in 0..4000_usize, with in "\\PC{0,4}", cut in 0..40_usize, code in "\\PC{0,20}",
        ) {
            let mut body: Vec<char> = failed("Permanent", "failed for zoe@example.com").chars().collect();
            let at = at.min(body.len());
            body.splice(at..(at + cut).min(body.len()), with.chars());
            let body: String = body.into_iter().collect();
            let of = attributes(&[("ERROR_CODE", &code), ("RequestID", &code)]);
            if let Ok(Contents::Letter(letter)) = read(body.as_bytes(), &of, None) {
                prop_assert!(!letter.reason.contains('@'));
                prop_assert!(letter.reason.chars().all(|c| !c.is_control()));
                let _ = letter.event(true);
            }
        }

        #[test]
        fn whatever_an_event_holds_comes_out_byte_for_byte(number in "-?[1-9][0-9]{0,40}(\\.[0-9]{1,30})?(e[0-9]{1,4})?", text in "\\PC{0,40}") {
            let event = format!("{{ \"detail\" : {{\"eventType\":{},\n \"n\": {number} , \"n\":1}},\t\"x\": [ ] }}", Value::from(text));
            let letter = letter_of(&record(&event, "RetriesExhausted", ""), &[]);
            prop_assert_eq!(letter.event(false), event);
        }
    }
}
