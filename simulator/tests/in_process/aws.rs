//! The account of AWS without a port: one signed call after the other, and a fault for a single call.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use okta_simulator::doubles::{
    ACCESS_KEY_ID, Account, AwsFault, EventsFault, LEDGER_TABLE, LedgerFault, REGION, SECRET_NAME,
    SESSION_TOKEN, SecretFault,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::body::Arrived;

/// A call in the form that an AWS SDK signs.
fn call(target: &str, body: &Value) -> Request<Bytes> {
    let (service, version) = match target.split('.').next() {
        Some("secretsmanager") => ("secretsmanager", "1.1"),
        Some("AWSEvents") => ("events", "1.1"),
        _ => ("dynamodb", "1.0"),
    };
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20310405/{REGION}/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target, Signature={}",
        "0".repeat(64)
    );
    Request::post(format!("https://{service}.{REGION}.amazonaws.com/"))
        .header("content-type", format!("application/x-amz-json-{version}"))
        .header("x-amz-target", target)
        .header("x-amz-date", "20310405T060708Z")
        .header("x-amz-security-token", SESSION_TOKEN)
        .header("authorization", authorization)
        .body(body.to_string().into())
        .expect("a request")
}

fn put(id: &str) -> Request<Bytes> {
    let item = json!({ "id": { "S": id }, "state": { "S": "claimed" } });
    let body = json!({ "TableName": LEDGER_TABLE, "Item": item });
    call("DynamoDB_20120810.PutItem", &body)
}

fn event() -> Request<Bytes> {
    let entry = json!({ "Source": "test", "DetailType": "Outcome", "Detail": "{\"n\":1}" });
    call("AWSEvents.PutEvents", &json!({ "Entries": [entry] }))
}

fn secret() -> Request<Bytes> {
    call("secretsmanager.GetSecretValue", &json!({ "SecretId": SECRET_NAME }))
}

fn json(answer: &Arrived) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// The status and the body.
async fn ask(account: &Account, request: Request<Bytes>) -> (u16, Value) {
    let answer = Arrived::of(account.answer(request).await).await;
    (answer.status, json(&answer))
}

/// The status and the code of the error.
async fn ask_failing(account: &Account, request: Request<Bytes>, fault: AwsFault) -> (u16, String) {
    let answer = Arrived::of(account.answer_failing(request, fault).await).await;
    let code = json(&answer)["__type"].as_str().unwrap_or_default().to_owned();
    (answer.status, code.rsplit('#').next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn its_three_services_answer_and_remember() {
    let account = Account::default();
    account.set_secret("a token");
    assert_eq!(ask(&account, secret()).await.1["SecretString"], "a token");
    assert_eq!(ask(&account, put("req1")).await, (200, json!({})));
    let key = json!({ "TableName": LEDGER_TABLE, "ConsistentRead": true, "Key": { "id": { "S": "req1" } } });
    let (status, read) = ask(&account, call("DynamoDB_20120810.GetItem", &key)).await;
    assert_eq!((status, &read["Item"]["state"]["S"]), (200, &"claimed".into()));
    assert_eq!(ask(&account, event()).await.1["FailedEntryCount"], 0);
    assert_eq!(account.records()["req1"], json!({ "id": "req1", "state": "claimed" }));
    assert_eq!(account.events()[0].detail, json!({ "n": 1 }));
    assert_eq!(account.ledger_calls(), ["PutItem", "GetItem"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_chooses_the_fault_of_its_own_call() {
    let account = Account::default();
    account.set_secret("a token");
    let ledger = [
        (LedgerFault::Throttled, 400, "ProvisionedThroughputExceededException"),
        (LedgerFault::RateExceeded, 400, "ThrottlingException"),
        (LedgerFault::Conflict, 400, "TransactionConflictException"),
        (LedgerFault::Internal, 500, "InternalServerError"),
    ];
    for (fault, status, code) in ledger {
        let answer = ask_failing(&account, put("req1"), AwsFault::Ledger(fault)).await;
        assert_eq!(answer, (status, code.to_owned()));
    }
    assert!(account.records().is_empty());
    let after = AwsFault::Ledger(LedgerFault::InternalAfterWrite);
    assert_eq!(ask_failing(&account, put("req1"), after).await.0, 500);
    let lost = account.answer_failing(put("req2"), AwsFault::Ledger(LedgerFault::AnswerLost));
    assert!(timeout(Duration::from_hours(1), lost).await.is_err());
    assert_eq!(account.records().keys().collect::<Vec<_>>(), ["req1", "req2"]);

    let throttled = (400, "ThrottlingException".to_owned());
    assert_eq!(ask_failing(&account, event(), AwsFault::Events(EventsFault::Throttled)).await, throttled);
    assert_eq!(ask_failing(&account, secret(), AwsFault::Secret(SecretFault::Throttled)).await, throttled);
    assert_eq!((ask(&account, event()).await.0, account.events().len()), (200, 1));
    assert_eq!(ask(&account, secret()).await.0, 200);
    assert_eq!(ask(&account, put("req3")).await.0, 200);
}

#[tokio::test]
async fn a_transaction_has_reasons() {
    let account = Account::default();
    let put = |id: &str| json!({ "Put": { "TableName": LEDGER_TABLE, "Item": { "id": { "S": id } } } });
    let writes = json!({ "ClientRequestToken": "t", "TransactItems": [put("req1"), put("req2")] });
    let request = || call("DynamoDB_20120810.TransactWriteItems", &writes);
    for (fault, reasons) in [
        (LedgerFault::RateExceeded, ["ThrottlingError", "None"]),
        (LedgerFault::Conflict, ["TransactionConflict", "TransactionConflict"]),
    ] {
        let answer = account.answer_failing(request(), AwsFault::Ledger(fault)).await;
        let answer = json(&Arrived::of(answer).await);
        let codes = answer["CancellationReasons"].as_array().expect("reasons").iter();
        assert_eq!(codes.map(|reason| reason["Code"].clone()).collect::<Vec<_>>(), reasons);
    }
    let running = ask_failing(&account, request(), AwsFault::Ledger(LedgerFault::InProgress)).await;
    assert_eq!(running, (400, "TransactionInProgressException".to_owned()));
    assert!(account.records().is_empty());
    assert_eq!((ask(&account, request()).await.0, account.records().len()), (200, 2));
}

#[tokio::test]
async fn a_chosen_fault_goes_before_the_others_and_uses_none_of_them_up() {
    let account = Account::default();
    account.fail_ledger_times(1, LedgerFault::AccessDenied);
    let chosen = AwsFault::Ledger(LedgerFault::Internal);
    assert_eq!(ask_failing(&account, put("req1"), chosen).await.1, "InternalServerError");
    assert_eq!(ask(&account, put("req1")).await.0, 400);
    assert_eq!(ask(&account, put("req1")).await.0, 200);
    // A fault of another service does nothing, now or later.
    assert_eq!(ask_failing(&account, event(), chosen).await.0, 200);
    assert_eq!(ask(&account, put("req2")).await.0, 200);
}

#[tokio::test]
async fn a_fault_of_the_table_replaces_one_that_has_not_begun() {
    let account = Account::default();
    account.fail_ledger_after(2, LedgerFault::Internal);
    account.fail_ledger_times(1, LedgerFault::AccessDenied);
    assert_eq!(ask(&account, put("req1")).await.0, 400);
    account.fail_ledger_after(2, LedgerFault::Internal);
    account.fail_ledger(LedgerFault::AccessDenied);
    assert_eq!(ask(&account, put("req1")).await.0, 400);
    account.heal_ledger();
    assert_eq!(ask(&account, put("req1")).await.0, 200);
}

#[tokio::test]
#[should_panic(expected = "a transaction without a token may be done twice")]
async fn a_transaction_without_a_token_fails_the_test() {
    let account = Account::default();
    let put = json!({ "Put": { "TableName": LEDGER_TABLE, "Item": { "id": { "S": "req1" } } } });
    let request = call("DynamoDB_20120810.TransactWriteItems", &json!({ "TransactItems": [put] }));
    account.answer(request).await;
}

#[tokio::test]
#[should_panic(expected = "x-amz-date is malformed")]
async fn a_malformed_call_fails_the_test() {
    let account = Account::default();
    let mut request = put("req1");
    request.headers_mut().insert("x-amz-date", "yesterday".parse().expect("a value"));
    account.answer(request).await;
}
