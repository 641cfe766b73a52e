//! [`Aws`] is the part of AWS that the function calls, on one loopback port: Secrets Manager with one secret,
//! EventBridge's `PutEvents`, DynamoDB with one table, and what AWS reports about a deployment and its alarms
//! ([`Deployed`]).
//!
//! It checks how each call is addressed and signed, and fails on command. A call that AWS would refuse as
//! malformed is a complaint, and complaints fail the test. A further service is one arm in [`route`].

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::Value;

use super::alarms;
use super::deployed::{Deployed, PRIVATE_DETAILS, Refusal};
use super::dynamodb::{self, LedgerFault, Table};
use super::event_bridge::{self, Bus, EventsFault, PutEvent};
use super::loopback::{Background, listen};
use super::reply::{Failing, Reply, header};
use super::secrets_manager::{self, SecretFault, Vault};
use super::signature::check_signature;

/// The running endpoint. Dropping it panics if there were complaints, unless the test is failing already.
pub struct Aws {
    addr: SocketAddr,
    account: Arc<Mutex<Account>>,
    _server: Background,
}

#[derive(Default)]
struct Account {
    vault: Vault,
    bus: Bus,
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

    /// The address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The value of `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stores the secret's current value and ends any fault of Secrets Manager.
    pub fn set_secret(&self, text: impl Into<String>) {
        let vault = &mut lock(&self.account).vault;
        (vault.secret, vault.fault) = (Some(text.into()), None);
    }

    /// Fails every read of the secret until [`set_secret`](Self::set_secret).
    pub fn fail_secret(&self, fault: SecretFault) {
        lock(&self.account).vault.fault = Some(fault);
    }

    /// How often the secret was read, failures included.
    pub fn secret_reads(&self) -> usize {
        lock(&self.account).vault.reads
    }

    /// Fails every `PutEvents` until [`heal_events`](Self::heal_events).
    pub fn fail_events(&self, fault: EventsFault) {
        lock(&self.account).bus.fault = Some(fault);
    }

    /// Ends any fault of EventBridge.
    pub fn heal_events(&self) {
        lock(&self.account).bus.fault = None;
    }

    /// Delays every answer of EventBridge from now on.
    pub fn delay_events(&self, delay: Duration) {
        lock(&self.account).bus.delay = delay;
    }

    /// The events accepted so far, in order.
    pub fn events(&self) -> Vec<PutEvent> {
        lock(&self.account).bus.events.clone()
    }

    /// How often `PutEvents` was called without an event, which opens the connection.
    pub fn empty_event_puts(&self) -> usize {
        lock(&self.account).bus.empty_puts
    }

    /// How often `PutEvents` was called with an event, failures included.
    pub fn event_puts(&self) -> usize {
        lock(&self.account).bus.puts
    }

    /// Fails every call of the ledger table until [`heal_ledger`](Self::heal_ledger).
    pub fn fail_ledger(&self, fault: LedgerFault) {
        lock(&self.account).table.fault = Failing::Always(fault);
    }

    /// Fails the next `times` calls of the table; the SDK's own retries count.
    pub fn fail_ledger_times(&self, times: usize, fault: LedgerFault) {
        lock(&self.account).table.fault = Failing::Times(times, fault);
    }

    /// Fails every call of the table after the next `calls`: with 1 the claim succeeds and its completion
    /// fails.
    pub fn fail_ledger_after(&self, calls: usize, fault: LedgerFault) {
        let mut account = lock(&self.account);
        (account.table.pass, account.table.fault) = (calls, Failing::Always(fault));
    }

    /// Ends any fault of the table.
    pub fn heal_ledger(&self) {
        let mut account = lock(&self.account);
        (account.table.pass, account.table.fault) = (0, Failing::Never);
    }

    /// The table's items by `id`, as plain JSON: `{"id":"req…","state":"claimed","count":1,…}`.
    pub fn records(&self) -> BTreeMap<String, Value> {
        lock(&self.account).table.records()
    }

    /// Stores an item, given as plain JSON (texts, numbers, lists of texts); replaces one with the same `id`.
    pub fn put_record(&self, item: &Value) {
        lock(&self.account).table.put_record(item);
    }

    /// Moves the end of every claim far into the past, as if much time had gone by.
    pub fn expire_claims(&self) {
        for (_, mut record) in self.records() {
            if record.get("claimed_until").is_some() {
                record["claimed_until"] = 1.into();
                self.put_record(&record);
            }
        }
    }

    /// The operations of the table called so far, in order, failures included.
    pub fn ledger_calls(&self) -> Vec<String> {
        lock(&self.account).table.calls.clone()
    }

    /// Reads or changes what AWS reports about the deployment.
    pub fn deployed<R>(&self, look: impl FnOnce(&mut Deployed) -> R) -> R {
        look(&mut lock(&self.account).deployed)
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        let complaints = std::mem::take(&mut lock(&self.account).complaints);
        assert!(
            complaints.is_empty() || std::thread::panicking(),
            "malformed calls to the double of AWS:\n{}",
            complaints.join("\n")
        );
    }
}

async fn call(
    State(account): State<Arc<Mutex<Account>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answered = alarms::answer(&lock(&account).deployed, &uri, &headers, &body);
    match answered {
        None => {}
        Some(Ok(response)) => return response,
        Some(Err(complaint)) => {
            lock(&account).complaints.push(complaint.clone());
            return Reply::fault(400, "ValidationException", &complaint).send().await;
        }
    }
    let reply = route(&mut lock(&account), &headers, &body);
    reply.send().await
}

/// Answers a call, given its target and body.
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
        | "AWSEvents.DescribeEventSource"
        | "AWSEvents.ListEventSources"
        | "AWSEvents.ListTargetsByRule"
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
    secrets_manager::get_secret_value(&mut account.vault, request)
}

fn put_events(account: &mut Account, _: &str, request: &Value) -> Reply {
    event_bridge::put_events(&mut account.bus, &mut account.complaints, request)
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
        Err(Refusal::Code(code)) => Reply::fault(400, code, PRIVATE_DETAILS),
        Err(Refusal::Complaint(fault)) => {
            account.complaints.push(fault.clone());
            Reply::fault(400, "ValidationException", &fault)
        }
    }
}

/// A test that panicked elsewhere must not hide behind a poisoned lock.
fn lock(account: &Mutex<Account>) -> MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}
