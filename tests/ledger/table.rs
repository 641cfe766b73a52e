//! The ledger in DynamoDB, against a double that keeps DynamoDB's rules, and in memory: what is written and
//! in how many calls, races, lost answers, and what each failure tells.

use std::time::{Duration, Instant};

use aws_config::Region;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use okta_request_enricher::aws;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::error::Error;
use okta_request_enricher::ledger::protocol::GRACE;
use okta_request_enricher::ledger::{ClaimRequest, Claimed, Grant, Ledger, LedgerError, Standing, Withheld};
use okta_request_enricher::request::RequestId;
use okta_request_enricher::surroundings::Surroundings;
use okta_simulator::doubles::{
    ACCESS_KEY_ID, Aws, LEDGER_TABLE, LedgerFault, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN,
};
use serde_json::json;

const V1: &str = "62ba4ab2d7a5c80e4d2a7c11";
const V2: &str = "req16zRXf4PBGnr7o18A";

fn ledger_at(url: String, table: &str) -> Ledger {
    let credentials =
        Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, Some(SESSION_TOKEN.into()), None, "test");
    let aws = aws::config(Surroundings::real(None, true).unwrap());
    let aws = aws
        .into_builder()
        .region(Region::new(REGION))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    Ledger::in_dynamodb(&aws, table.to_owned())
}

fn table() -> (Ledger, Aws) {
    let aws = Aws::start();
    (ledger_at(aws.url(), LEDGER_TABLE), aws)
}

fn id(text: &str) -> RequestId {
    RequestId::parse(text).unwrap()
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

/// A second of the time that the tests play in.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

/// Claims at second `now`, for an invocation of 90 seconds.
async fn claim(ledger: &Ledger, ids: &[&str], owner: &str, now: i64) -> Result<Claimed, LedgerError> {
    let (ids, now) = (ids.iter().map(|text| id(text)).collect::<Vec<_>>(), at(now));
    let until = now + SignedDuration::from_secs(90);
    ledger
        .claim(&ClaimRequest { id: &ids[0], aliases: &ids[1..], owner, until, repost: false }, now, soon())
        .await
}

/// The grant of a claim whose answer was lost, and the error.
fn unanswered(claimed: Result<Claimed, LedgerError>) -> (Grant, LedgerError) {
    match claimed {
        Ok(Claimed::Unknown(grant, error @ LedgerError::Unreachable { .. })) => (grant, error),
        other => panic!("{other:?}"),
    }
}

async fn standing(ledger: &Ledger, text: &str) -> Result<Standing, LedgerError> {
    ledger.look_up(&[id(text)], at(0), soon()).await.map(|found| found.standing)
}

async fn granted(ledger: &Ledger, ids: &[&str], owner: &str, now: i64) -> Grant {
    match claim(ledger, ids, owner, now).await {
        Ok(Claimed::Granted(grant)) => grant,
        other => panic!("expected a grant, got {other:?}"),
    }
}

#[tokio::test]
async fn a_claim_a_completion_and_a_duplicate_are_one_call_each() {
    let (ledger, aws) = table();
    let grant = granted(&ledger, &[V2], "lambda-1", 0).await;
    assert!(!grant.doubtful());
    let mut expected = json!({
        "id": V2, "state": "claimed", "owner": "lambda-1", "count": 1, "ids": [V2],
        "claimed_until": at(90).as_millisecond(), "expires_at": at(90).as_second() + 45 * 86_400,
    });
    assert_eq!(aws.records()[V2], expected);
    ledger.complete(&grant, soon()).await.unwrap();
    expected["state"] = json!("posted");
    assert_eq!(aws.records()[V2], expected);
    assert!(matches!(claim(&ledger, &[V2], "lambda-2", 100_000).await, Ok(Claimed::Duplicate)));
    assert_eq!(aws.ledger_calls(), ["PutItem"; 3]);
    assert_eq!(standing(&ledger, V2).await, Ok(Standing::Settled));
    assert_eq!(standing(&ledger, V1).await, Ok(Standing::Unrecorded));
}

#[tokio::test]
async fn the_protocol_is_kept_on_the_table_as_in_memory() {
    let (on_table, _aws) = table();
    for ledger in [on_table, Ledger::in_memory()] {
        // A live claim of another is waited for, to the end of its time and the grace.
        let first = granted(&ledger, &[V2], "one", 0).await;
        let Ok(Claimed::Live { until }) = claim(&ledger, &[V2], "two", 94).await else { panic!() };
        assert_eq!(until, at(90) + GRACE);
        // Then it is doubtful; whoever was late may no longer give it back.
        let second = granted(&ledger, &[V2], "two", 95).await;
        assert!(second.doubtful());
        ledger.release(&first, soon()).await.unwrap();
        // The release of the second leaves the doubt of the first.
        ledger.release(&second, soon()).await.unwrap();
        let third = granted(&ledger, &[V2], "two again", 200).await;
        assert!(third.doubtful());
        // Two without word: no third.
        assert!(matches!(claim(&ledger, &[V2], "three", 201).await, Ok(Claimed::Live { .. })));
        assert!(matches!(claim(&ledger, &[V2], "three", 1000).await, Ok(Claimed::Exhausted)));
        assert_eq!(standing(&ledger, V2).await, Ok(Standing::Settled));
        // A late word that the message stands is heard.
        ledger.complete(&first, soon()).await.unwrap();
        assert!(matches!(claim(&ledger, &[V2], "three", 1000).await, Ok(Claimed::Duplicate)));
        // What was released is as nothing.
        let other = "62ba4ab2d7a5c80e4d2a7c12";
        let released = granted(&ledger, &[other], "one", 0).await;
        ledger.release(&released, soon()).await.unwrap();
        assert!(!granted(&ledger, &[other], "two", 1).await.doubtful());
    }
}

#[tokio::test]
async fn who_marks_its_doubt_is_not_waited_for_and_whose_post_is_held_back_spends_nothing() {
    let (on_table, aws) = table();
    for ledger in [on_table, Ledger::in_memory()] {
        for ids in [&[V2][..], &[V1, "req000000000000000AB"]] {
            let first = granted(&ledger, ids, "one", 0).await;
            assert_eq!(standing(&ledger, ids[0]).await, Ok(Standing::Settled));
            ledger.doubt(&first, soon()).await.unwrap();
            assert_eq!(standing(&ledger, ids[0]).await, Ok(Standing::Unanswered));
            for now in 1..6 {
                let next = granted(&ledger, ids, &format!("held back {now}"), now).await;
                assert!(next.doubtful());
                ledger.release(&next, soon()).await.unwrap();
                assert_eq!(standing(&ledger, ids[0]).await, Ok(Standing::Unanswered));
            }
            let second = granted(&ledger, ids, "two", 6).await;
            // A mark that comes late does not end another's claim.
            ledger.doubt(&first, soon()).await.unwrap();
            assert!(matches!(claim(&ledger, ids, "three", 7).await, Ok(Claimed::Live { .. })));
            ledger.doubt(&second, soon()).await.unwrap();
            assert!(matches!(claim(&ledger, ids, "three", 8).await, Ok(Claimed::Exhausted)));
            assert_eq!(standing(&ledger, ids[0]).await, Ok(Standing::Settled));
        }
    }
    let expected = json!({
        "id": V2, "state": "in-doubt", "owner": "two", "count": 2, "ids": [V2],
        "claimed_until": at(96).as_millisecond(), "expires_at": at(96).as_second() + 45 * 86_400,
    });
    assert_eq!(aws.records()[V2], expected);
}

#[tokio::test]
async fn what_no_message_is_wanted_on_is_kept_with_its_reason() {
    let (on_table, _aws) = table();
    for ledger in [on_table, Ledger::in_memory()] {
        for (number, why) in Withheld::ALL.into_iter().enumerate() {
            let (one, other) =
                (format!("req00000000000000AA{number}"), format!("62ba4ab2d7a5c80e4d2a7c3{number}"));
            let (one, other) = (one.as_str(), other.as_str());
            let grant = granted(&ledger, &[one, other], "one", 0).await;
            ledger.withhold(&grant, why, soon()).await.unwrap();
            for known in [one, other] {
                let claimed = claim(&ledger, &[known], "two", 1000).await;
                assert!(matches!(claimed, Ok(Claimed::Withheld(kept)) if kept == why), "{claimed:?}");
                assert_eq!(standing(&ledger, known).await, Ok(Standing::Settled));
            }
            // An operator who insists is granted it.
            let (one_id, until) = (id(one), at(2000));
            let request = ClaimRequest { id: &one_id, aliases: &[], owner: "me", until, repost: true };
            let claimed = ledger.claim(&request, at(1500), soon()).await;
            let Ok(Claimed::Granted(again)) = claimed else { panic!("{claimed:?}") };
            assert!(!again.doubtful());
            // What was late may not withhold what another attempt has claimed since.
            ledger.withhold(&grant, why, soon()).await.unwrap();
            assert!(matches!(claim(&ledger, &[other], "four", 1600).await, Ok(Claimed::Live { .. })));
        }
    }
}

#[tokio::test]
async fn a_withheld_record_says_why() {
    let (ledger, aws) = table();
    let grant = granted(&ledger, &[V2], "lambda-1", 0).await;
    ledger.withhold(&grant, Withheld::RuleSaysNone, soon()).await.unwrap();
    let expected = json!({
        "id": V2, "state": "withheld", "reason": "rule-says-none", "owner": "lambda-1", "count": 0, "ids": [V2],
        "claimed_until": at(90).as_millisecond(), "expires_at": at(90).as_second() + 45 * 86_400,
    });
    assert_eq!(aws.records()[V2], expected);
    // The ids that Okta calls one request's share it.
    ledger.join(&[id(V2), id(V1)], at(0), soon()).await.unwrap();
    assert!(matches!(claim(&ledger, &[V1], "two", 999).await, Ok(Claimed::Withheld(Withheld::RuleSaysNone))));
    aws.put_record(&json!({ "id": V2, "state": "withheld", "reason": "of a later version", "owner": "x",
        "count": 0, "ids": [V2], "claimed_until": 1, "expires_at": 1 }));
    let error = claim(&ledger, &[V2], "two", 999).await.unwrap_err();
    assert!(error.to_string().contains("has no readable `reason`"), "{error}");
}

#[tokio::test]
async fn a_request_is_found_under_each_of_its_ids() {
    let (on_table, aws) = table();
    for ledger in [on_table, Ledger::in_memory()] {
        let grant = granted(&ledger, &[V2, V1, V2], "one", 0).await;
        assert!(matches!(claim(&ledger, &[V1], "two", 1).await, Ok(Claimed::Live { .. })));
        // Who knows but one of them takes over all of them.
        let second = granted(&ledger, &[V1], "two", 200).await;
        assert!(second.doubtful());
        assert!(matches!(claim(&ledger, &[V2], "one", 201).await, Ok(Claimed::Live { .. })));
        ledger.complete(&second, soon()).await.unwrap();
        for known in [&[V1][..], &[V2], &[V1, V2]] {
            assert!(matches!(claim(&ledger, known, "three", 999).await, Ok(Claimed::Duplicate)), "{known:?}");
        }
        ledger.release(&grant, soon()).await.unwrap();
        assert_eq!(standing(&ledger, V1).await, Ok(Standing::Settled));
        // A second id that becomes known later: the records are joined, the counts with them.
        let (a, b) = ("62ba4ab2d7a5c80e4d2a7c20", "62ba4ab2d7a5c80e4d2a7c21");
        granted(&ledger, &[a], "one", 0).await;
        granted(&ledger, &[b], "two", 0).await;
        assert!(matches!(claim(&ledger, &[a, b], "three", 50).await, Ok(Claimed::Live { .. })));
        assert!(matches!(claim(&ledger, &[a, b], "three", 200).await, Ok(Claimed::Exhausted)));
    }
    assert_eq!(aws.ledger_calls()[0], "TransactWriteItems");
}

#[tokio::test]
async fn of_ten_at_once_one_is_granted() {
    let (on_table, aws) = table();
    for (ledger, ids) in
        [(&on_table, &[V2][..]), (&on_table, &[V1, "req000000000000000AB"]), (&Ledger::in_memory(), &[V2])]
    {
        // What they meet the second time round is an old claim, to be taken over by one.
        for (now, doubtful) in [(0, false), (1000, true)] {
            let owners: Vec<_> = (now..now + 10).map(|n| format!("owner-{n}")).collect();
            let claims = owners.iter().map(|owner| claim(ledger, ids, owner, now));
            let claims = join_all(claims).await;
            let grants: Vec<_> = claims
                .iter()
                .filter_map(|claimed| match claimed {
                    Ok(Claimed::Granted(grant)) => Some(grant.doubtful()),
                    Ok(Claimed::Live { .. }) => None,
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(grants, [doubtful]);
        }
    }
    assert!(aws.records().values().all(|record| record["count"] == 2));
}

#[tokio::test]
async fn a_lost_answer_is_no_second_claim() {
    let cases = [
        (&[V2][..], LedgerFault::AnswerLost),
        (&[V2], LedgerFault::InternalAfterWrite),
        (&[V2, V1], LedgerFault::AnswerLost),
        (&[V2, V1], LedgerFault::InternalAfterWrite),
    ];
    let cases = cases.map(async |(ids, fault)| {
        let (ledger, aws) = table();
        aws.fail_ledger_times(1, fault);
        let grant = granted(&ledger, ids, "one", 0).await;
        assert!(!grant.doubtful());
        assert_eq!(aws.records()[V2]["count"], 1);
        aws.fail_ledger_times(1, fault);
        ledger.release(&grant, soon()).await.unwrap();
        assert_eq!(
            (&aws.records()[V2]["state"], &aws.records()[V2]["count"]),
            (&json!("released"), &json!(0))
        );
        let grant = granted(&ledger, ids, "one", 60).await;
        aws.fail_ledger_times(1, fault);
        ledger.complete(&grant, soon()).await.unwrap();
        assert!(aws.records().values().all(|record| record["state"] == "posted"));
    });
    join_all(cases).await;
}

#[tokio::test]
async fn what_passes_is_tried_again_and_the_write_is_told() {
    let faults = [LedgerFault::Throttled, LedgerFault::Conflict, LedgerFault::Internal, LedgerFault::Hangs];
    join_all(faults.map(async |fault| {
        for ids in [&[V2][..], &[V2, V1]] {
            let (ledger, aws) = table();
            aws.fail_ledger_times(1, fault);
            let grant = granted(&ledger, ids, "one", 0).await;
            // More tries than the SDK makes of one call.
            aws.fail_ledger_times(if fault == LedgerFault::Hangs { 1 } else { 4 }, fault);
            ledger.complete(&grant, soon()).await.unwrap();
            assert_eq!(aws.records()[V2]["state"], "posted", "{fault:?}");
        }
    }))
    .await;
}

#[tokio::test]
async fn each_failure_tells_what_to_do_next() {
    const START: &str = "failed to claim the request `req16zRXf4PBGnr7o18A` in the ledger table `";
    for (fault, says) in [
        (LedgerFault::NotFound, "or correct LEDGER_TABLE"),
        (LedgerFault::AccessDenied, "dynamodb:GetItem and dynamodb:PutItem"),
    ] {
        for ids in [&[V2][..], &[V2, V1]] {
            let (ledger, aws) = table();
            aws.fail_ledger(fault);
            let error = claim(&ledger, ids, "one", 0).await.unwrap_err();
            assert!(matches!(error, LedgerError::Refused { .. }), "{error:?}");
            let text = Error::from(error).to_string();
            assert!(text.starts_with(START) && text.contains(says), "{text}");
            assert_eq!(aws.ledger_calls().len(), 1);
        }
    }
    for (fault, says) in [
        (LedgerFault::Throttled, "ProvisionedThroughputExceededException (AWS request id 7a62c49f"),
        (LedgerFault::Internal, "InternalServerError"),
        (LedgerFault::Hangs, "no answer in time"),
    ] {
        let (ledger, aws) = table();
        aws.fail_ledger(fault);
        let (_, error) = unanswered(claim(&ledger, &[V2], "one", 0).await);
        let text = error.to_string();
        assert!(text.starts_with(START) && text.contains(says), "{text}");
    }
    let nowhere = ledger_at("http://127.0.0.1:9".into(), "t");
    let (_, error) = unanswered(claim(&nowhere, &[V2], "one", 0).await);
    assert_eq!(error.to_string(), format!("{START}t`: no connection"));

    let (ledger, aws) = table();
    aws.put_record(&json!({ "id": V2, "total": 3 }));
    let error = claim(&ledger, &[V2], "one", 0).await.unwrap_err();
    assert!(matches!(error, LedgerError::Malformed { .. }), "{error:?}");
    assert!(error.to_string().contains("the item `req16zRXf4PBGnr7o18A` has no readable `state`"), "{error}");
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_taken_back_and_leaves_no_doubt() {
    for ids in [&[V2][..], &[V2, V1]] {
        for (fault, stored) in [(LedgerFault::AnswerLost, true), (LedgerFault::Hangs, false)] {
            let (ledger, aws) = table();
            aws.fail_ledger(fault);
            let (grant, _) = unanswered(claim(&ledger, ids, "one", 0).await);
            assert_eq!(aws.records().len(), if stored { ids.len() } else { 0 });
            aws.heal_ledger();
            ledger.release(&grant, soon()).await.unwrap();
            let Ok(Claimed::Granted(next)) = claim(&ledger, ids, "two", 1).await else { panic!("{fault:?}") };
            assert!(!next.doubtful(), "{fault:?}");
            // A copy of the lost claim is written no more, and the release of it changes nothing.
            ledger.release(&grant, soon()).await.unwrap();
            assert_eq!(aws.records()[V2]["owner"], "two");
        }
    }
}

#[tokio::test]
async fn ids_that_are_joined_later_share_the_message_that_stands() {
    let (on_table, _aws) = table();
    for ledger in [on_table, Ledger::in_memory()] {
        let ids = [id(V2), id(V1)];
        let join = || ledger.join(&ids, at(0), soon());
        join().await.unwrap();
        assert_eq!(
            standing(&ledger, V1).await,
            Ok(Standing::Unrecorded),
            "nothing stands that could be shared"
        );
        let grant = granted(&ledger, &[V2], "one", 0).await;
        join().await.unwrap();
        assert_eq!(standing(&ledger, V1).await, Ok(Standing::Unrecorded), "whether it stands is unknown");
        ledger.complete(&grant, soon()).await.unwrap();
        for _ in 0..2 {
            join().await.unwrap();
            assert!(matches!(claim(&ledger, &[V1], "two", 999).await, Ok(Claimed::Duplicate)));
        }
        let found = ledger.look_up(&[id(V1)], at(0), soon()).await.unwrap();
        assert_eq!((found.standing, found.ids), (Standing::Settled, vec![V1.to_owned(), V2.to_owned()]));
        // An attempt that still works under the other id can neither undo it nor post again.
        let (a, b) = ("62ba4ab2d7a5c80e4d2a7c20", "62ba4ab2d7a5c80e4d2a7c21");
        let posted = granted(&ledger, &[a], "one", 0).await;
        let other = granted(&ledger, &[b], "two", 0).await;
        ledger.complete(&posted, soon()).await.unwrap();
        ledger.join(&[id(a), id(b)], at(0), soon()).await.unwrap();
        ledger.release(&other, soon()).await.unwrap();
        assert!(matches!(claim(&ledger, &[b], "two", 999).await, Ok(Claimed::Duplicate)));
    }
}

#[tokio::test]
async fn everything_ends_within_the_deadline() {
    let (ledger, aws) = table();
    let (id, now) = (id(V2), at(0));
    let grant = granted(&ledger, &[V2], "one", 0).await;
    for fault in [LedgerFault::Hangs, LedgerFault::Throttled] {
        aws.fail_ledger(fault);
        let deadline = || Deadline::after(Duration::from_millis(400));
        let started = Instant::now();
        let request = ClaimRequest { id: &id, aliases: &[], owner: "two", until: at(90), repost: false };
        unanswered(ledger.claim(&request, now, deadline()).await);
        assert!(matches!(ledger.complete(&grant, deadline()).await, Err(LedgerError::Unreachable { .. })));
        assert!(matches!(ledger.release(&grant, deadline()).await, Err(LedgerError::Unreachable { .. })));
        ledger.warm(deadline()).await;
        assert!(started.elapsed() < Duration::from_millis(2400), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn a_connection_that_is_warm_is_used_and_a_missing_table_does_no_harm_to_warming() {
    let (ledger, aws) = table();
    ledger.warm(soon()).await;
    assert_eq!(aws.ledger_calls(), ["GetItem"]);
    ledger_at(aws.url(), "another").warm(soon()).await;
}
