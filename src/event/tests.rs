use serde_json::json;

use super::*;
use crate::request::{Api, Conflict};

fn created(detail: &Value) -> RequestEvent {
    let source = "aws.partner/okta.com/acme/system-log";
    match parse(json!({"source": source, "detail": detail}).to_string().as_bytes()) {
        Ok(Incoming::Created(event)) => *event,
        other => panic!("{other:?}"),
    }
}

fn with_debug_data(debug_data: &Value) -> Value {
    json!({"eventType": CREATE, "debugContext": {"debugData": debug_data}})
}

#[test]
fn the_three_spellings_of_a_key_are_one() {
    for key in ["accessRequestId", "AccessRequestId", "access_request_id"] {
        let event = created(&with_debug_data(&json!({key: "req42kjDgk1EubTwo0g4", "requestId": "trace"})));
        assert_eq!(event.request_id.as_str(), "req42kjDgk1EubTwo0g4", "{key}");
    }
}

#[test]
fn the_envelope_has_the_time_where_okta_s_own_can_not_be_read() {
    let (own, envelope) = ("2026-11-24T09:06:26.274Z", "2026-11-24T09:06:27Z");
    for (published, time, read) in [
        (json!(own), json!(envelope), Some(own)),
        (json!(1_795_511_186), json!(envelope), Some(envelope)),
        (json!("24 November 2026"), json!(envelope), Some(envelope)),
        (json!(null), json!("soon"), None),
    ] {
        let mut detail = with_debug_data(&json!({"accessRequestId": "req42kjDgk1EubTwo0g4"}));
        detail["published"] = published;
        let Ok(Incoming::Created(event)) =
            parse(json!({"time": time, "detail": detail}).to_string().as_bytes())
        else {
            panic!("{detail}")
        };
        assert_eq!(event.published, read.map(|time| time.parse().unwrap()));
    }
}

#[test]
fn the_person_who_gets_the_access_goes_before_the_one_who_asked() {
    for (id, alone) in
        [("618ad20a5ccefb000985fd15", Some("00uAsker000000000001")), ("req42kjDgk1EubTwo0g4", None)]
    {
        let asked = json!({"accessRequestId": id, "requesterId": "00uAsker000000000001"});
        assert_eq!(created(&with_debug_data(&asked)).subject().map(UserId::as_str), alone, "{id}");
        let mut both = asked;
        both["requestedForId"] = json!("00uGetter00000000001");
        let event = created(&with_debug_data(&both));
        assert_eq!(event.subject().unwrap().as_str(), "00uGetter00000000001", "{id}");
    }
}

#[test]
fn only_what_reaches_the_function_from_okta_s_partner_source_is_okta_s_word() {
    let of = |source: &str| {
        let detail = with_debug_data(&json!({"accessRequestId": "req42kjDgk1EubTwo0g4"}));
        let envelope = json!({"source": source, "detail": detail});
        match parse(envelope.to_string().as_bytes()) {
            Ok(Incoming::Created(event)) => *event,
            other => panic!("{other:?}"),
        }
    };
    let partner = of("aws.partner/okta.com/acme/system-log");
    assert_eq!(partner.word(Channel::Function), Word::Okta);
    assert_eq!(partner.word(Channel::Operator), Word::Anyone);
    for source in ["", "my.bus", "aws.partner/okta.com", "aws.partner/okta.com/", "xaws.partner/okta.com/a"] {
        assert_eq!(of(source).word(Channel::Function), Word::Anyone, "{source}");
    }
    let listed = RequestEvent { delivery: Delivery::List, source_org: None, ..partner };
    assert_eq!(listed.word(Channel::Operator), Word::Okta);
}

#[test]
fn a_newer_id_anywhere_goes_before_an_older_one() {
    let mut detail = with_debug_data(&json!({"accessRequestId": "618ad20a5ccefb000985fd15"}));
    detail["target"] = json!([
        {"type": "User", "id": "reqNotThisOne0000001"},
        {"type": "ACCESS_REQUEST", "id": null, "alternateId": "req42kjDgk1EubTwo0g4", "displayName": "S"}
    ]);
    let event = created(&detail);
    assert_eq!(event.request_id.as_str(), "req42kjDgk1EubTwo0g4");
    assert_eq!(event.request_subject, "S");
    assert!(event.names_older_id && event.word(Channel::Function) == Word::Anyone);
}

#[test]
fn two_ids_of_one_generation_are_never_chosen_between() {
    let target = |id: &str| json!({"type": "ACCESS_REQUEST", "id": id});
    let (one, other) = ("req42kjDgk1EubTwo0g4", "req42kjDgk1EubTwo0g5");
    let (old, other_old) = ("618ad20a5ccefb000985fd15", "618ad20a5ccefb000985fd16");
    for (debug_data, targets) in [
        (json!({"accessRequestId": one}), json!([target(other)])),
        (json!({"accessRequestId": old}), json!([target(other_old)])),
        (json!({"accessRequestId": old, "access_request_id": other_old}), json!([])),
        (json!({}), json!([target(old), target(other_old)])),
    ] {
        let mut detail = with_debug_data(&debug_data);
        detail["target"] = targets;
        let payload = json!({"detail": detail}).to_string();
        assert!(matches!(parse(payload.as_bytes()), Err(EventError::TwoRequestIds { .. })), "{payload}");
    }
}

#[test]
fn an_older_id_with_marks_of_the_newer_generation_is_noted() {
    let old = json!({"accessRequestId": "618ad20a5ccefb000985fd15", "requestedResourceId": "0oaX"});
    assert_eq!(created(&with_debug_data(&old)).api, Api::V2);
    let mut typed = old;
    typed["requestTypeId"] = json!("618ad20a5ccefb000985fd16");
    assert_eq!(created(&with_debug_data(&typed)).api, Api::V1);
}

#[test]
fn members_of_a_wrong_kind_count_as_missing() {
    let event = created(&json!({
        "eventType": CREATE, "uuid": {}, "published": 7, "outcome": "SUCCESS", "target": [null, 3],
        "debugContext": {"debugData": {"accessRequestId": "req42kjDgk1EubTwo0g4", "requesterId": ["00u"]}}
    }));
    assert_eq!((event.uuid.as_str(), event.published, event.requester), ("", None, Asker::Unknown));
}

#[test]
fn what_is_logged_of_an_event_has_the_shape_of_an_id() {
    let detail = |uuid: &str| {
        let mut detail = with_debug_data(&json!({"accessRequestId": "req42kjDgk1EubTwo0g4"}));
        detail["uuid"] = json!(uuid);
        detail
    };
    let id = "c6ed294a-fef4-11ed-a5b1-bbb7c1de1a4b";
    assert_eq!(created(&detail(id)).uuid, id);
    for other in ["zoe@example.com", "two words", "a\u{1b}[2J", &"a".repeat(51)] {
        assert_eq!(created(&detail(other)).uuid, "", "{other:?}");
    }
}

#[test]
fn an_odd_member_costs_only_itself() {
    let detail = json!({
        "eventType": CREATE, "uuid": "u-1", "published": "2026-11-24T09:06:26.274Z", "outcome": {"result": "SUCCESS"},
        "debugContext": {"debugData": {
            "accessRequestId": "req42kjDgk1EubTwo0g4", "accessRequestSubject": "S", "accessRequestSource": "WEB",
            "requesterId": "00u1F5GHSf7bLpPyKNqn", "requestedForId": "00u1dqmRuvAdnyqHjqfp", "permalinkId": "7",
            "requestedResourceId": "0oa1", "accessScopeId": "enb1", "ruleConflictDetails": [{"ruleName": "Two hands"}]
        }},
        "target": [{"type": "User", "id": "00u1"}]
    });
    let parts = |event: &RequestEvent| {
        vec![
            ("/uuid", event.uuid.clone()),
            ("/published", format!("{:?}", event.published)),
            ("/debugContext/debugData/accessRequestSubject", event.request_subject.clone()),
            ("/debugContext/debugData/accessRequestSource", format!("{:?}", event.source)),
            ("/debugContext/debugData/requesterId", format!("{:?}", event.requester)),
            ("/debugContext/debugData/requestedForId", format!("{:?}", event.requested_for)),
            ("/debugContext/debugData/permalinkId", format!("{:?}", event.permalink)),
            ("/debugContext/debugData/requestedResourceId", format!("{:?}", event.resource_id)),
            ("/debugContext/debugData/accessScopeId", format!("{:?}", event.scope_id)),
            ("/debugContext/debugData/ruleConflictDetails", format!("{:?}", event.conflicts)),
        ]
    };
    // These decide whether there is an event at all.
    let deciding = ["/eventType", "/outcome/result", "/debugContext/debugData/accessRequestId"];
    for (place, odd) in json::odd_members(&detail) {
        if deciding.iter().any(|decides| decides.starts_with(&place)) {
            continue;
        }
        for (before, after) in parts(&created(&detail)).into_iter().zip(parts(&created(&odd))) {
            let touched = before.0 == place || place.starts_with(&format!("{}/", before.0));
            assert!(before == after || touched, "{place}: {before:?} {after:?}");
        }
    }
}

#[test]
fn conflicts_are_all_read_or_not_known() {
    let read = |list: &Value| Conflicts::of_list(Some(list), "ruleName");
    let found = read(&json!("[{\"ruleName\":\"Two \\ud83d\",\"description\":{},\"resourceName\":7}]"));
    let conflict =
        Conflict { rule: Some("Two \u{FFFD}".to_owned()), description: None, resource: Some("7".to_owned()) };
    assert_eq!(found, Conflicts::Known(vec![conflict]));
    for unknown in [json!(null), json!(""), json!("null")] {
        assert_eq!(read(&unknown), Conflicts::Unknown, "{unknown}");
    }
    for unreadable in [json!("[{"), json!({}), json!(7), json!([{}, null]), json!(["Two hands"])] {
        assert_eq!(read(&unreadable), Conflicts::Unreadable, "{unreadable}");
    }
}

#[test]
fn an_empty_spelling_of_a_member_hides_no_other_one() {
    let id = json!("req42kjDgk1EubTwo0g4");
    for empty in [json!(null), json!(""), json!("null")] {
        let event = created(&with_debug_data(&json!({
            "AccessRequestId": empty, "accessRequestId": id,
            "RuleConflictDetails": empty, "ruleConflictDetails": [{"ruleName": "Two hands"}],
        })));
        assert!(matches!(&event.conflicts, Conflicts::Known(found) if found.len() == 1), "{empty}");
    }
}

#[test]
fn what_nobody_reads_may_be_anything() {
    let read = json!({
        "source": "aws.partner/okta.com/acme/system-log", "numbers": [1, -1, 1.5, true, null],
        "detail": {"eventType": CREATE, "debugContext": {"debugData": {"accessRequestId": "req42kjDgk1EubTwo0g4"}}},
    });
    let expected = parse(read.to_string().as_bytes());
    assert!(matches!(expected, Ok(Incoming::Created(_))), "{expected:?}");
    let event = read.to_string();
    for (written, inserted) in [
        ("\"detail\":{", r#""detail":{"actor":{"id":"00u"},"client":[1e999,"\ud83d"],"#),
        ("{", r#"{"request":7,"#),
    ] {
        let with_more = event.replacen(written, inserted, 1);
        assert_ne!(with_more, event);
        assert_eq!(parse(with_more.as_bytes()), expected, "{with_more}");
    }
}

#[test]
fn what_is_not_ours_is_told_from_what_is_broken() {
    let other = json!({"detail": {"eventType": "user.session.start"}}).to_string();
    assert_eq!(parse(other.as_bytes()), Ok(Incoming::OtherEventType("user.session.start".into())));
    let failed = json!({"detail": {"eventType": CREATE, "outcome": {"result": "FAILURE"}}}).to_string();
    assert_eq!(parse(failed.as_bytes()), Ok(Incoming::NotMade("FAILURE".into())));
    for (payload, says) in [
        ("", "ends too early"),
        (r#"{"detail": {"eventType""#, "line 1, column 23"),
        ("[1]", "not a JSON object"),
        ("{}", "no `detail`"),
        (r#"{"detail": "text"}"#, "`detail` is not a JSON object"),
        (r#"{"detail": {}}"#, "no `eventType`"),
        (r#"{"eventType": "access.request.create"}"#, "bare System Log event"),
        (r#"{"detail": {"eventType": "access.request.create"}}"#, "failed to find the access request's id"),
    ] {
        let text = parse(payload.as_bytes()).unwrap_err().to_string();
        assert!(text.contains(says), "{payload}: {text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(payload in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = parse(&payload);
    }
}
