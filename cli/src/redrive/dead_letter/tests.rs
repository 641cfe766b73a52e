use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::redrive::failure_record::{Form, LetterClass};

const EVENT: &str = include_str!("../../../../events/access.request.create--v2.json");
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
    assert_eq!((letter.failure.form, letter.failure.class), (Form::Undelivered, LetterClass::Undelivered));
    assert_eq!(
        letter.failure.reason,
        "EventBridge could not deliver it: NO_PERMISSIONS, after 185 more attempts"
    );
    assert_eq!(letter.request_id, RequestId::parse("req16zRXf4PBGnr7o18A"));
    assert_eq!(letter.published, "2026-11-24T09:06:26.274Z".parse().ok());
    let letter = letter_of(EVENT, &[("ERROR_CODE", "zoe@example.com")]);
    assert_eq!(letter.failure.reason, "EventBridge could not deliver it: no code");
}

#[test]
fn a_byte_order_mark_is_no_part_of_an_event() {
    let wrapped = json!({ "Message": format!("\u{FEFF}{EVENT}") }).to_string();
    for body in [format!("\u{FEFF}{EVENT}"), format!("\u{FEFF}{wrapped}")] {
        let letter = letter_of(&body, &[]);
        assert_eq!(letter.event(false), EVENT);
        assert_eq!(letter.request_id, RequestId::parse("req16zRXf4PBGnr7o18A"));
    }
}

#[test]
fn a_record_of_a_failed_invocation_holds_the_event_byte_for_byte_and_our_text() {
    let letter = letter_of(&failed("Retryable", "failed to post the message: Okta answered 503"), &[]);
    assert_eq!(letter.event(false), EVENT.trim_end());
    assert_eq!((letter.failure.form, letter.failure.class), (Form::Destination, LetterClass::Retryable));
    assert_eq!(letter.failure.reason, "failed to post the message: Okta answered 503");
    assert_eq!(letter.failure.lambda_request_id.as_deref(), Some("e4b46cbf-b738-4a44-8880-a18cdf61200e"));
    assert_eq!(letter.failure.failed_at, "2026-11-24T09:12:00.123Z".parse().ok());
    assert_eq!(letter_of(&failed("Permanent", "x"), &[]).failure.class, LetterClass::Permanent);
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
        assert_eq!(letter.failure.reason, format!("the function ended without an answer: {reason}"));
        assert_eq!(letter.failure.class, LetterClass::Unclassified);
    }
    assert_eq!(
        letter_of(&failed("Permanent", "\u{1b}[2Jto zoe@example.com\n\u{202e}x"), &[]).failure.reason,
        "[2Jto … x"
    );
}

#[test]
fn an_expired_event_has_no_response() {
    let letter = letter_of(&record(EVENT, "EventAgeExceeded", ""), &[]);
    assert_eq!(letter.failure.class, LetterClass::Expired);
}

#[test]
fn a_plain_dead_letter_queue_of_lambda_tells_the_request_id() {
    let of = [
        ("RequestID", "e4b46cbf-b738-4a44-8880-a18cdf61200e"),
        ("ErrorCode", "200"),
        ("ErrorMessage", "zoe@example.com"),
    ];
    let letter = letter_of(EVENT, &of);
    assert_eq!((letter.failure.form, letter.failure.class), (Form::FunctionQueue, LetterClass::Unclassified));
    assert_eq!(letter.failure.reason, "the function failed (ErrorCode 200); see its log");
    assert_eq!(letter.failure.lambda_request_id.as_deref(), Some("e4b46cbf-b738-4a44-8880-a18cdf61200e"));
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
            json!({"source": "lambda", "detail": serde_json::from_str::<Value>(&first).unwrap()}).to_string(),
            "the first",
        ),
        (text, "unknown: the letter has no failure record"),
    ] {
        let letter = letter_of(&body, &[]);
        assert_eq!(letter.failure.reason, reason, "{body}");
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
    let rule = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}).to_string();
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
            prop_assert!(!letter.failure.reason.contains('@'));
            prop_assert!(letter.failure.reason.chars().all(|c| !c.is_control()));
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
