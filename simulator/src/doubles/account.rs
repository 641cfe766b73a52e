//! [`Account`] is the part of AWS that the function calls: Secrets Manager with one secret, EventBridge's
//! `PutEvents`, DynamoDB with one table, and what AWS reports about a deployment and its alarms
//! ([`Deployed`]). It needs no port: [`Account::answer`] takes a request and returns the answer.
//! [`Aws`](super::Aws) also serves it on one.
//!
//! It checks how each call is addressed and signed, and fails on command. A call that AWS would refuse as
//! malformed is a complaint, and complaints fail the test. A further service is one arm in [`route`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, Uri};
use axum::response::Response;
use serde_json::Value;

use super::alarms;
use super::deployed::{Deployed, PRIVATE_DETAILS, Refusal};
use super::dynamodb::{self, LedgerFault, Table};
use super::event_bridge::{self, Bus, EventsFault, PutEvent};
use super::reply::{Failing, Reply, header};
use super::secrets_manager::{self, SecretFault, Vault};
use super::signature::check_signature;
use crate::Answered;

/// The account. Dropping it panics if there were complaints, unless the test is failing already.
#[derive(Default)]
pub struct Account {
    pub(super) books: Arc<SharedBooks>,
}

/// How one call fails. A fault of another service than the called one does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsFault {
    /// A call of the ledger table.
    Ledger(LedgerFault),
    /// A `PutEvents`.
    Events(EventsFault),
    /// A read of the secret.
    Secret(SecretFault),
}

/// What the account has and has seen, behind one lock.
#[derive(Default)]
pub(super) struct SharedBooks(Mutex<Books>);

#[derive(Default)]
struct Books {
    vault: Vault,
    bus: Bus,
    table: Table,
    deployed: Deployed,
    complaints: Vec<String>,
}

impl Account {
    /// Answers one call. It meets the faults that are set. The future never ends under a fault that hangs,
    /// and may be dropped at any moment; a delay needs a tokio runtime.
    pub async fn answer(&self, request: Request<Bytes>) -> Response<Answered> {
        self.exchange(request, None).await
    }

    /// Answers one call as [`answer`](Self::answer) does, but with this fault, whatever faults are set.
    pub async fn answer_failing(&self, request: Request<Bytes>, fault: AwsFault) -> Response<Answered> {
        self.exchange(request, Some(fault)).await
    }

    async fn exchange(&self, request: Request<Bytes>, fault: Option<AwsFault>) -> Response<Answered> {
        let (head, body) = request.into_parts();
        Answered::receive(self.books.answer(&head.uri, &head.headers, &body, fault).await).await
    }

    /// Stores the secret's current value and ends any fault of Secrets Manager.
    pub fn set_secret(&self, text: impl Into<String>) {
        let vault = &mut self.books.lock().vault;
        (vault.secret, vault.fault) = (Some(text.into()), None);
    }

    /// Fails every read of the secret until [`set_secret`](Self::set_secret).
    pub fn fail_secret(&self, fault: SecretFault) {
        self.books.lock().vault.fault = Some(fault);
    }

    /// How often the secret was read, failures included.
    pub fn secret_reads(&self) -> usize {
        self.books.lock().vault.reads
    }

    /// Fails every `PutEvents` until [`heal_events`](Self::heal_events).
    pub fn fail_events(&self, fault: EventsFault) {
        self.books.lock().bus.fault = Some(fault);
    }

    /// Ends any fault of EventBridge.
    pub fn heal_events(&self) {
        self.books.lock().bus.fault = None;
    }

    /// Delays every answer of EventBridge from now on.
    pub fn delay_events(&self, delay: Duration) {
        self.books.lock().bus.delay = delay;
    }

    /// The events accepted so far, in order.
    pub fn events(&self) -> Vec<PutEvent> {
        self.books.lock().bus.events.clone()
    }

    /// How often `PutEvents` was called without an event, which opens the connection.
    pub fn empty_event_puts(&self) -> usize {
        self.books.lock().bus.empty_puts
    }

    /// How often `PutEvents` was called with an event, failures included.
    pub fn event_puts(&self) -> usize {
        self.books.lock().bus.puts
    }

    /// Fails every call of the ledger table until [`heal_ledger`](Self::heal_ledger).
    pub fn fail_ledger(&self, fault: LedgerFault) {
        self.set_ledger(0, Failing::Always(fault));
    }

    /// Fails the next `times` calls of the table; the SDK's own retries count.
    pub fn fail_ledger_times(&self, times: usize, fault: LedgerFault) {
        self.set_ledger(0, Failing::Times(times, fault));
    }

    /// Fails every call of the table after the next `calls`: with 1 the claim succeeds and its completion
    /// fails.
    pub fn fail_ledger_after(&self, calls: usize, fault: LedgerFault) {
        self.set_ledger(calls, Failing::Always(fault));
    }

    /// Ends any fault of the table.
    pub fn heal_ledger(&self) {
        self.set_ledger(0, Failing::Never);
    }

    /// So many calls of the table succeed before `fault` begins.
    fn set_ledger(&self, pass: usize, fault: Failing<LedgerFault>) {
        let mut books = self.books.lock();
        (books.table.pass, books.table.fault) = (pass, fault);
    }

    /// The table's item with this `id`, as plain JSON.
    pub fn record(&self, id: &str) -> Option<Value> {
        self.books.lock().table.record(id)
    }

    /// The table's items by `id`, as plain JSON: `{"id":"req…","state":"claimed","count":1,…}`.
    pub fn records(&self) -> BTreeMap<String, Value> {
        self.books.lock().table.records()
    }

    /// Stores an item, given as plain JSON (texts, numbers, lists of texts); replaces one with the same `id`.
    pub fn put_record(&self, item: &Value) {
        self.books.lock().table.put_record(item);
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
        self.books.lock().table.calls.clone()
    }

    /// Reads or changes what AWS reports about the deployment.
    pub fn deployed<R>(&self, look: impl FnOnce(&mut Deployed) -> R) -> R {
        look(&mut self.books.lock().deployed)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let complaints = std::mem::take(&mut self.books.lock().complaints);
        assert!(
            complaints.is_empty() || std::thread::panicking(),
            "malformed calls to the double of AWS:\n{}",
            complaints.join("\n")
        );
    }
}

impl SharedBooks {
    /// Answers one call, with this fault or with those that are set.
    pub(super) async fn answer(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
        fault: Option<AwsFault>,
    ) -> Response {
        let alarm = alarms::answer(&self.lock().deployed, uri, headers, body);
        match alarm {
            None => {}
            Some(Ok(response)) => return response,
            Some(Err(complaint)) => {
                self.lock().complaints.push(complaint.clone());
                return Reply::fault(400, "ValidationException", &complaint).send().await;
            }
        }
        let reply = self.lock().reply(headers, body, fault);
        reply.send().await
    }

    /// A test that panicked elsewhere must not hide behind a poisoned lock.
    fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    /// The reply to one call of a service with a target, with this fault or with those that are set.
    fn reply(&mut self, headers: &HeaderMap, body: &[u8], fault: Option<AwsFault>) -> Reply {
        // This also ends the fault of an earlier call that did not reach its service.
        self.choose(fault);
        self.route(headers, body)
    }

    /// Makes the next call of a service fail with this fault.
    fn choose(&mut self, fault: Option<AwsFault>) {
        (self.table.chosen, self.bus.chosen, self.vault.chosen) = match fault {
            Some(AwsFault::Ledger(fault)) => (Some(fault), None, None),
            Some(AwsFault::Events(fault)) => (None, Some(fault), None),
            Some(AwsFault::Secret(fault)) => (None, None, Some(fault)),
            None => (None, None, None),
        };
    }

    fn route(&mut self, headers: &HeaderMap, body: &[u8]) -> Reply {
        let target = header(headers, "x-amz-target").unwrap_or_default();
        let (service, content_type, operation): (_, _, Operation) = match target {
            "secretsmanager.GetSecretValue" => {
                ("secretsmanager", "application/x-amz-json-1.1", get_secret_value)
            }
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
                self.complaints.push(format!("unknown operation `{target}`"));
                return Reply::fault(400, "UnknownOperationException", "");
            }
        };
        let mut refuse = |fault: String, status, code| {
            self.complaints.push(format!("{target}: {fault}"));
            Reply::fault(status, code, &fault)
        };
        if let Err(fault) = check_signature(headers, service) {
            return refuse(fault, 403, "IncompleteSignatureException");
        }
        if header(headers, "content-type") != Some(content_type) {
            return refuse(format!("content-type is not `{content_type}`"), 400, "SerializationException");
        }
        match serde_json::from_slice(body) {
            Ok(request) => operation(self, target, &request),
            Err(e) => refuse(format!("the body is not JSON: {e}"), 400, "SerializationException"),
        }
    }
}

/// Answers a call, given its target and body.
type Operation = fn(&mut Books, &str, &Value) -> Reply;

fn get_secret_value(books: &mut Books, _: &str, request: &Value) -> Reply {
    secrets_manager::get_secret_value(&mut books.vault, request)
}

fn put_events(books: &mut Books, _: &str, request: &Value) -> Reply {
    event_bridge::put_events(&mut books.bus, &mut books.complaints, request)
}

fn get_item(books: &mut Books, _: &str, request: &Value) -> Reply {
    books.table.call("GetItem", request, &mut books.complaints, dynamodb::get_item)
}

fn put_item(books: &mut Books, _: &str, request: &Value) -> Reply {
    books.table.call("PutItem", request, &mut books.complaints, dynamodb::put_item)
}

fn transact_write_items(books: &mut Books, _: &str, request: &Value) -> Reply {
    books.table.call("TransactWriteItems", request, &mut books.complaints, dynamodb::transact_write_items)
}

fn describe(books: &mut Books, target: &str, request: &Value) -> Reply {
    match books.deployed.answer(target.split('.').next_back().unwrap(), request) {
        Ok(answer) => Reply::ok(answer),
        Err(Refusal::Code(code)) => Reply::fault(400, code, PRIVATE_DETAILS),
        Err(Refusal::Complaint(fault)) => {
            books.complaints.push(fault.clone());
            Reply::fault(400, "ValidationException", &fault)
        }
    }
}
