//! [`Aws`] is the part of AWS that the function calls, on one loopback port: Secrets Manager with one secret,
//! EventBridge's `PutEvents`, and DynamoDB with one table ([`dynamodb`](super::dynamodb)); and what both say of a
//! deployment ([`deployed`](super::deployed)). It checks how each call is addressed and signed (form, not cryptography), and fails on
//! command. A call that AWS would not understand is a complaint, and an unread complaint fails the test.
//!
//! A further service is one arm in [`route`] and one function beside [`get_secret_value`].

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::deployed::{Deployed, No};
use super::dynamodb::{self, LedgerFault, Table};
use super::{Background, listen};

pub const ACCOUNT: &str = "123456789012";
pub const REGION: &str = "us-east-1";
pub const ACCESS_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLESESSIONTOKEN//////////wEaCXVzLWVhc3QtMSJH";

/// The one secret's name.
pub const SECRET_NAME: &str = "okta-request-enricher/okta";
/// The one secret's ARN.
pub const SECRET_ARN: &str =
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:okta-request-enricher/okta-AbCdEf";

/// How Secrets Manager fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretFault {
    /// `ResourceNotFoundException`: also what a secret of another name gets.
    NotFound,
    /// `AccessDeniedException`: the role lacks `secretsmanager:GetSecretValue`.
    AccessDenied,
    /// `DecryptionFailure`: the role lacks `kms:Decrypt`.
    DecryptionFailure,
    /// `InternalServiceError`, status 500.
    Internal,
    /// `ThrottlingException`.
    Throttled,
    /// `ValidationException`.
    Validation,
    /// No answer at all.
    Hangs,
}

/// How `PutEvents` fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventsFault {
    /// Status 200 with `FailedEntryCount` 1, and this `ErrorCode` and `ErrorMessage`.
    EntryRejected { code: &'static str, message: &'static str },
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
    pub bus: String,
    pub source: String,
    pub detail_type: String,
    pub detail: Value,
    /// The entry as it came, for its other members.
    pub entry: Value,
}

/// The running endpoint. Panics when dropped with unread complaints, unless the test is failing already.
pub struct Aws {
    addr: SocketAddr,
    account: Arc<Mutex<Account>>,
    _server: Background,
}

#[derive(Default)]
struct Account {
    secret: Option<String>,
    secret_fault: Failing<SecretFault>,
    secret_delay: Duration,
    secret_reads: usize,
    events: Vec<PutEvent>,
    events_fault: Failing<EventsFault>,
    events_delay: Duration,
    empty_event_puts: usize,
    event_puts: usize,
    table: Table,
    deployed: Deployed,
    complaints: Vec<String>,
}

impl Aws {
    /// Starts it without a secret. Needs a tokio runtime.
    #[track_caller]
    pub fn start() -> Self {
        let (listener, addr) = listen();
        let account = Arc::new(Mutex::new(Account::default()));
        let routes = Router::new().fallback(call).with_state(Arc::clone(&account));
        let server = Background::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { addr, account, _server: server }
    }

    /// What goes into `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stores the secret's current value and ends any fault of Secrets Manager.
    pub fn set_secret(&self, text: impl Into<String>) {
        let mut account = lock(&self.account);
        account.secret = Some(text.into());
        account.secret_fault = Failing::Never;
    }

    /// Lets every read of the secret fail until [`set_secret`](Self::set_secret).
    pub fn fail_secret(&self, fault: SecretFault) {
        lock(&self.account).secret_fault = Failing::Always(fault);
    }

    /// Lets the next `times` reads fail: the SDK's own retries count.
    pub fn fail_secret_times(&self, times: usize, fault: SecretFault) {
        lock(&self.account).secret_fault = Failing::Times(times, fault);
    }

    /// Delays every answer of Secrets Manager from now on.
    pub fn delay_secret(&self, delay: Duration) {
        lock(&self.account).secret_delay = delay;
    }

    /// How often the secret was asked for, failures included.
    pub fn secret_reads(&self) -> usize {
        lock(&self.account).secret_reads
    }

    /// Lets every `PutEvents` fail until [`heal_events`](Self::heal_events).
    pub fn fail_events(&self, fault: EventsFault) {
        lock(&self.account).events_fault = Failing::Always(fault);
    }

    /// Lets the next `times` calls fail: the SDK's own retries count.
    pub fn fail_events_times(&self, times: usize, fault: EventsFault) {
        lock(&self.account).events_fault = Failing::Times(times, fault);
    }

    /// Ends any fault of EventBridge.
    pub fn heal_events(&self) {
        lock(&self.account).events_fault = Failing::Never;
    }

    /// Delays every answer of EventBridge from now on.
    pub fn delay_events(&self, delay: Duration) {
        lock(&self.account).events_delay = delay;
    }

    /// The events accepted so far, in order.
    pub fn events(&self) -> Vec<PutEvent> {
        lock(&self.account).events.clone()
    }

    /// How often `PutEvents` was called without an event: it opens the connection.
    pub fn empty_event_puts(&self) -> usize {
        lock(&self.account).empty_event_puts
    }

    /// How often `PutEvents` was called with an event, failures included.
    pub fn event_puts(&self) -> usize {
        lock(&self.account).event_puts
    }

    /// Lets every call of the ledger table fail until [`heal_ledger`](Self::heal_ledger).
    pub fn fail_ledger(&self, fault: LedgerFault) {
        lock(&self.account).table.fault = Failing::Always(fault);
    }

    /// Lets the next `times` calls of the table fail: the SDK's own retries count.
    pub fn fail_ledger_times(&self, times: usize, fault: LedgerFault) {
        lock(&self.account).table.fault = Failing::Times(times, fault);
    }

    /// Lets `calls` calls of the table pass, and the later ones fail: the claim goes through, what follows does not.
    pub fn fail_ledger_after(&self, calls: usize, fault: LedgerFault) {
        let mut account = lock(&self.account);
        (account.table.pass, account.table.fault) = (calls, Failing::Always(fault));
    }

    /// Ends any fault of the table.
    pub fn heal_ledger(&self) {
        let mut account = lock(&self.account);
        (account.table.pass, account.table.fault) = (0, Failing::Never);
    }

    /// Delays every answer of the table from now on.
    pub fn delay_ledger(&self, delay: Duration) {
        lock(&self.account).table.delay = delay;
    }

    /// The table's items by their `id`, as plain JSON: `{"id":"req…","state":"claimed","count":1,…}`.
    pub fn records(&self) -> BTreeMap<String, Value> {
        lock(&self.account).table.records()
    }

    /// Stores an item, given as plain JSON (texts, numbers, lists of texts), in place of any with its `id`.
    pub fn put_record(&self, item: &Value) {
        lock(&self.account).table.put_record(item);
    }

    /// Which operations of the table were called, in order, failures included.
    pub fn ledger_calls(&self) -> Vec<String> {
        lock(&self.account).table.calls.clone()
    }

    /// Changes or reads what AWS says of the deployment.
    pub fn deployed<R>(&self, look: impl FnOnce(&mut Deployed) -> R) -> R {
        look(&mut lock(&self.account).deployed)
    }

    /// Takes the complaints: calls to other services or operations, and calls not signed as AWS wants it.
    pub fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.account).complaints)
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        let complaints = self.complaints();
        assert!(
            complaints.is_empty() || std::thread::panicking(),
            "the AWS double was called as AWS would not have it:\n{}",
            complaints.join("\n")
        );
    }
}

/// A fault, and how many more calls meet it.
#[derive(Default)]
pub(super) enum Failing<F> {
    #[default]
    Never,
    Always(F),
    Times(usize, F),
}

impl<F: Copy> Failing<F> {
    pub(super) fn next(&mut self) -> Option<F> {
        match self {
            Self::Never | Self::Times(0, _) => None,
            Self::Always(fault) => Some(*fault),
            Self::Times(left, fault) => {
                *left -= 1;
                Some(*fault)
            }
        }
    }
}

/// What to answer, decided under the lock; sent after it.
pub(super) struct Reply {
    delay: Duration,
    /// `None`: never.
    answer: Option<(StatusCode, Value)>,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self::status(200, body)
    }

    pub(super) fn fault(status: u16, code: &str, message: &str) -> Self {
        Self::status(status, json!({ "__type": code, "message": message }))
    }

    pub(super) fn status(status: u16, body: Value) -> Self {
        Self { delay: Duration::ZERO, answer: Some((StatusCode::from_u16(status).unwrap(), body)) }
    }

    pub(super) fn never() -> Self {
        Self { delay: Duration::ZERO, answer: None }
    }

    pub(super) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

async fn call(State(account): State<Arc<Mutex<Account>>>, headers: HeaderMap, body: Bytes) -> Response {
    let Reply { delay, answer } = route(&mut lock(&account), &headers, &body);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let Some((status, body)) = answer else { std::future::pending().await };
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amzn-requestid", "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE0"),
    ];
    (status, headers, body.to_string()).into_response()
}

/// What answers a call: its target and its body.
type Operation = fn(&mut Account, &str, &Value) -> Reply;

fn route(account: &mut Account, headers: &HeaderMap, body: &[u8]) -> Reply {
    let target = header(headers, "x-amz-target").unwrap_or_default();
    let (service, content_type, operation): (_, _, Operation) = match target {
        "secretsmanager.GetSecretValue" => ("secretsmanager", "application/x-amz-json-1.1", get_secret_value),
        "AWSEvents.PutEvents" => ("events", "application/x-amz-json-1.1", put_events),
        "DynamoDB_20120810.GetItem" => ("dynamodb", "application/x-amz-json-1.0", get_item),
        "DynamoDB_20120810.PutItem" => ("dynamodb", "application/x-amz-json-1.0", put_item),
        "DynamoDB_20120810.TransactWriteItems" => {
            ("dynamodb", "application/x-amz-json-1.0", transact_write_items)
        }
        "DynamoDB_20120810.DescribeTable"
        | "DynamoDB_20120810.DescribeTimeToLive"
        | "DynamoDB_20120810.DescribeContinuousBackups" => {
            ("dynamodb", "application/x-amz-json-1.0", describe)
        }
        "AWSEvents.ListEventBuses"
        | "AWSEvents.DescribeEventBus"
        | "AWSEvents.ListRuleNamesByTarget"
        | "AWSEvents.DescribeRule"
        | "AWSEvents.ListArchives" => ("events", "application/x-amz-json-1.1", describe),
        _ => {
            account.complaints.push(format!("unknown operation `{target}`"));
            return Reply::fault(400, "UnknownOperationException", "");
        }
    };
    let mut refuse = |fault: String, status, code| {
        account.complaints.push(format!("{target}: {fault}"));
        Reply::fault(status, code, &fault)
    };
    if let Err(fault) = check_signature(headers, service) {
        return refuse(fault, 403, "IncompleteSignatureException");
    }
    if header(headers, "content-type") != Some(content_type) {
        return refuse(format!("content-type is not `{content_type}`"), 400, "SerializationException");
    }
    match serde_json::from_slice(body) {
        Ok(request) => operation(account, target, &request),
        Err(e) => refuse(format!("the body is not JSON: {e}"), 400, "SerializationException"),
    }
}

fn get_secret_value(account: &mut Account, _: &str, request: &Value) -> Reply {
    const NOT_FOUND: &str = "Secrets Manager can't find the specified secret.";
    account.secret_reads += 1;
    let reply = match account.secret_fault.next() {
        Some(SecretFault::NotFound) => Reply::fault(400, "ResourceNotFoundException", NOT_FOUND),
        Some(SecretFault::AccessDenied) => Reply::fault(
            400,
            "AccessDeniedException",
            "User: arn:aws:sts::123456789012:assumed-role/enricher/okta-request-enricher is not authorized to perform: \
             secretsmanager:GetSecretValue on resource: okta-request-enricher/okta because no identity-based policy \
             allows the secretsmanager:GetSecretValue action",
        ),
        Some(SecretFault::DecryptionFailure) => Reply::fault(
            400,
            "DecryptionFailure",
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
        ),
        Some(SecretFault::Internal) => {
            Reply::fault(500, "InternalServiceError", "An error occurred on the server side.")
        }
        Some(SecretFault::Throttled) => Reply::fault(400, "ThrottlingException", "Rate exceeded"),
        Some(SecretFault::Validation) => Reply::fault(400, "ValidationException", "Invalid secret id"),
        Some(SecretFault::Hangs) => Reply::never(),
        None => {
            let known = matches!(request["SecretId"].as_str(), Some(SECRET_NAME | SECRET_ARN));
            let current = matches!(request["VersionStage"].as_str(), None | Some("AWSCURRENT"));
            match account.secret.as_ref().filter(|_| known && current) {
                None => Reply::fault(400, "ResourceNotFoundException", NOT_FOUND),
                Some(secret) => Reply::ok(json!({
                    "ARN": SECRET_ARN,
                    "Name": SECRET_NAME,
                    "VersionId": "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1",
                    "SecretString": secret,
                    "VersionStages": ["AWSCURRENT"],
                    "CreatedDate": 1_767_225_600.0,
                })),
            }
        }
    };
    reply.after(account.secret_delay)
}

fn put_events(account: &mut Account, _: &str, request: &Value) -> Reply {
    let entries = request["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=10).contains(&entries.len()) {
        // Without entries it opens the connection ahead.
        match entries {
            [] => account.empty_event_puts += 1,
            _ => account.complaints.push(format!("PutEvents with {} entries", entries.len())),
        }
        return Reply::fault(400, "ValidationException", "Entries must have length between 1 and 10");
    }
    account.event_puts += 1;
    let fault = account.events_fault.next();
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
            account.events.extend(entries.iter().filter_map(|entry| accept(entry).ok()));
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
                        account.events.push(event);
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
    reply.after(account.events_delay)
}

fn get_item(account: &mut Account, _: &str, request: &Value) -> Reply {
    account.table.call("GetItem", request, &mut account.complaints, dynamodb::get_item)
}

fn put_item(account: &mut Account, _: &str, request: &Value) -> Reply {
    account.table.call("PutItem", request, &mut account.complaints, dynamodb::put_item)
}

fn transact_write_items(account: &mut Account, _: &str, request: &Value) -> Reply {
    account.table.call("TransactWriteItems", request, &mut account.complaints, dynamodb::transact_write_items)
}

fn describe(account: &mut Account, target: &str, request: &Value) -> Reply {
    match account.deployed.answer(target.split('.').next_back().unwrap(), request) {
        Ok(answer) => Reply::ok(answer),
        Err(No::Code(code)) => {
            Reply::fault(400, code, "zoe.bronte-mueller@example.com: details that are not ours")
        }
        Err(No::Complaint(fault)) => {
            account.complaints.push(fault.clone());
            Reply::fault(400, "ValidationException", &fault)
        }
    }
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
    Ok(PutEvent { bus, source, detail_type, detail, entry: entry.clone() })
}

/// Signature Version 4 with temporary credentials, by its form.
pub(super) fn check_signature(headers: &HeaderMap, service: &str) -> Result<(), String> {
    let date = header(headers, "x-amz-date").ok_or("no x-amz-date")?;
    let day =
        date.get(..8).filter(|_| date.len() == 16 && date.ends_with('Z')).ok_or("x-amz-date is malformed")?;
    if header(headers, "x-amz-security-token") != Some(SESSION_TOKEN) {
        return Err("x-amz-security-token is not the session's".to_owned());
    }
    let authorization = header(headers, "authorization").ok_or("no authorization")?;
    let fields = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or_else(|| format!("authorization is not AWS4-HMAC-SHA256: `{authorization}`"))?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
            .ok_or_else(|| format!("authorization has no {name}"))
    };
    let (credential, expected) =
        (field("Credential")?, format!("{ACCESS_KEY_ID}/{day}/{REGION}/{service}/aws4_request"));
    if credential != expected {
        return Err(format!("the credential is `{credential}`, not `{expected}`"));
    }
    let signed: Vec<_> = field("SignedHeaders")?.split(';').collect();
    for name in ["host", "x-amz-date", "x-amz-security-token", "x-amz-target"] {
        // REST services have no target.
        if headers.contains_key(name) && !signed.contains(&name) {
            return Err(format!("header `{name}` is not signed"));
        }
    }
    let signature = field("Signature")?;
    if signature.len() != 64 || !signature.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("the signature is malformed: `{signature}`"));
    }
    Ok(())
}

pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A test that panicked elsewhere must not hide behind a poisoned lock.
fn lock(account: &Mutex<Account>) -> MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}
