//! A [`Queue`] is one Amazon SQS standard queue on a loopback port. A receipt hides its messages for a time,
//! only the last receipt's handle deletes, the order is not that of sending, and a batch holds ten. Its clock advances
//! only by [`Queue::pass`]. A call that SQS would refuse is a complaint, and complaints fail the test.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::deployed::{queue_arn, rule_arn};
use super::loopback::{Background, PATIENCE, listen};
use super::reply::header;
use super::signature::{ACCOUNT, check_signature};

/// The calls that the credentials do not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Every call.
    All,
    /// This operation alone.
    Operation(&'static str),
}

/// The running queue. Dropping it panics if there were complaints, unless the test is failing already.
pub struct Queue {
    addr: SocketAddr,
    store: Arc<Mutex<Store>>,
    _server: Background,
}

#[derive(Default)]
struct Store {
    addr: String,
    /// The queue's policy; `None`: it has none.
    policy: Option<String>,
    messages: BTreeMap<String, Message>,
    now: Duration,
    made: usize,
    denied: Option<Denied>,
    /// Delivers each deleted message once more.
    at_least_twice: bool,
    /// Deleted messages that come once more.
    revenants: Vec<(String, Message)>,
    /// Every receipt's handle that was given out.
    handles: BTreeSet<String>,
    calls: Vec<String>,
    complaints: Vec<String>,
}

#[derive(Clone)]
struct Message {
    body: String,
    attributes: BTreeMap<String, String>,
    sent_ms: i64,
    /// The last receipt's handle and how long it hides.
    receipt: Option<(String, Duration)>,
    receipts: usize,
}

impl Queue {
    /// Starts it, empty. Needs a tokio runtime.
    #[track_caller]
    pub fn start() -> Self {
        let (listener, addr) = listen();
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": queue_arn(), "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn()}},
        }]});
        let (addr_text, policy) = (format!("http://{addr}"), Some(policy.to_string()));
        let store = Arc::new(Mutex::new(Store { addr: addr_text, policy, ..Store::default() }));
        let routes = Router::new().fallback(call).with_state(Arc::clone(&store));
        let server = Background::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { addr, store, _server: server }
    }

    /// What goes into `AWS_ENDPOINT_URL_SQS`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What goes into `--queue-url`.
    pub fn url(&self) -> String {
        lock(&self.store).url()
    }

    /// Puts a message that was sent `age` ago into the queue, and returns its id.
    pub fn put(&self, body: impl Into<String>, attributes: &[(&str, &str)], age: Duration) -> String {
        let mut store = lock(&self.store);
        store.made += 1;
        // The order of the ids is not the order of sending: a real queue keeps no order either.
        let id = format!("{:08x}-0000-4000-8000-000000000000", (store.made * 0x9E37_79B1) & 0xFFFF_FFFF);
        let now = jiff::Timestamp::now().as_millisecond();
        let message = Message {
            body: body.into(),
            attributes: attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            sent_ms: now - i64::try_from(age.as_millis()).unwrap(),
            receipt: None,
            receipts: 0,
        };
        store.messages.insert(id.clone(), message);
        id
    }

    /// Advances the queue's clock: hidden messages may become visible.
    pub fn pass(&self, time: Duration) {
        lock(&self.store).now += time;
    }

    /// Replaces the policy, which lets EventBridge send for the deployment's rule.
    pub fn set_policy(&self, policy: Option<String>) {
        lock(&self.store).policy = policy;
    }

    /// Refuses these calls from now on, and no others.
    pub fn deny(&self, denied: Denied) {
        lock(&self.store).denied = Some(denied);
    }

    /// From now on, delivers every deleted message once more: SQS promises “at least once”.
    pub fn deliver_deleted_again(&self) {
        lock(&self.store).at_least_twice = true;
    }

    /// The ids of all messages, hidden ones included.
    pub fn ids(&self) -> Vec<String> {
        lock(&self.store).messages.keys().cloned().collect()
    }

    /// The bodies of all messages, hidden ones included.
    pub fn bodies(&self) -> Vec<String> {
        lock(&self.store).messages.values().map(|message| message.body.clone()).collect()
    }

    /// How many messages are hidden now.
    pub fn hidden(&self) -> usize {
        let store = lock(&self.store);
        store.messages.values().filter(|message| message.is_hidden(store.now)).count()
    }

    /// The operations called so far, in order.
    pub fn calls(&self) -> Vec<String> {
        lock(&self.store).calls.clone()
    }

    /// Waits until an operation was called `times` times.
    pub async fn wait_for(&self, operation: &str, times: usize) {
        let came = async {
            while self.calls().iter().filter(|call| *call == operation).count() < times {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, came).await.expect("the call in time");
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let complaints = std::mem::take(&mut lock(&self.store).complaints);
        assert!(
            complaints.is_empty() || std::thread::panicking(),
            "the queue was called as SQS would not have it:\n{}",
            complaints.join("\n")
        );
    }
}

/// A code and a message, with status 400.
type Refusal = (&'static str, String);

impl Store {
    fn url(&self) -> String {
        format!("{}/{ACCOUNT}/dead-letters", self.addr)
    }

    fn call(&mut self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        let denied = match self.denied {
            Some(Denied::All) => true,
            Some(Denied::Operation(denied)) => operation == denied,
            None => false,
        };
        if denied {
            return Err(("AccessDeniedException", format!("not authorized to perform: sqs:{operation}")));
        }
        if operation == "GetQueueUrl" {
            let ours = request["QueueName"] == "dead-letters" && request["QueueOwnerAWSAccountId"] == ACCOUNT;
            let missing = || ("QueueDoesNotExist", "The specified queue does not exist.".to_owned());
            return ours.then(|| json!({"QueueUrl": self.url()})).ok_or_else(missing);
        }
        if request["QueueUrl"] != self.url() {
            return Err(("QueueDoesNotExist", "The specified queue does not exist.".to_owned()));
        }
        match operation {
            "GetQueueAttributes" => self.attributes(request),
            "ReceiveMessage" => self.receive(request),
            "DeleteMessage" => self.delete(request),
            "ChangeMessageVisibilityBatch" => self.change_visibility(request),
            _ => Err(("InvalidAction", format!("no operation `{operation}`"))),
        }
    }

    fn attributes(&self, request: &Value) -> Result<Value, Refusal> {
        let hidden = self.messages.values().filter(|message| message.is_hidden(self.now)).count();
        let mut attributes = json!({});
        for name in request["AttributeNames"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let value = match name {
                "ApproximateNumberOfMessages" => self.messages.len() - hidden,
                "ApproximateNumberOfMessagesNotVisible" => hidden,
                "MessageRetentionPeriod" => 1_209_600,
                "QueueArn" => {
                    attributes[name] = queue_arn().into();
                    continue;
                }
                "Policy" => {
                    if let Some(policy) = &self.policy {
                        attributes[name] = policy.as_str().into();
                    }
                    continue;
                }
                _ => return Err(("InvalidAttributeName", format!("no attribute `{name}`"))),
            };
            attributes[name] = value.to_string().into();
        }
        Ok(json!({ "Attributes": attributes }))
    }

    fn receive(&mut self, request: &Value) -> Result<Value, Refusal> {
        let number = |name: &str, default| request[name].as_u64().unwrap_or(default);
        let (most, wait) = (number("MaxNumberOfMessages", 1), number("WaitTimeSeconds", 0));
        let hides = Duration::from_secs(number("VisibilityTimeout", 30));
        if !(1..=10).contains(&most) || wait > 20 {
            return Err(("InvalidParameterValue", "out of range".to_owned()));
        }
        if wait == 0 {
            self.complaints.push("a short poll may miss messages".to_owned());
        }
        // Nobody sends while the reader waits, so its wait is cut short.
        let wants = |list: &str, name: &str| {
            let list = request[list].as_array().map(Vec::as_slice).unwrap_or_default();
            list.iter().any(|wanted| wanted == name || wanted == "All")
        };
        let (most, now) = (usize::try_from(most).unwrap(), self.now);
        let handles = &mut self.handles;
        let mut receive = |id: &str, message: &mut Message| {
            message.receipts += 1;
            let handle = format!("{id}/{}", message.receipts);
            handles.insert(handle.clone());
            message.receipt = Some((handle.clone(), now + hides));
            let mut shown = json!({"MessageId": id, "ReceiptHandle": handle, "Body": message.body});
            if wants("MessageSystemAttributeNames", "SentTimestamp") {
                shown["Attributes"] = json!({"SentTimestamp": message.sent_ms.to_string()});
            }
            let attributes =
                message.attributes.iter().filter(|(name, _)| wants("MessageAttributeNames", name));
            let attributes: Map<String, Value> = attributes
                .map(|(name, value)| (name.clone(), json!({"DataType": "String", "StringValue": value})))
                .collect();
            if !attributes.is_empty() {
                shown["MessageAttributes"] = attributes.into();
            }
            shown
        };
        let again = self.revenants.drain(..self.revenants.len().min(most));
        let mut received: Vec<Value> = again.map(|(id, mut message)| receive(&id, &mut message)).collect();
        let visible = self.messages.iter_mut().filter(|(_, message)| !message.is_hidden(now));
        received.extend(visible.take(most - received.len()).map(|(id, message)| receive(id, message)));
        Ok(if received.is_empty() { json!({}) } else { json!({"Messages": received}) })
    }

    fn delete(&mut self, request: &Value) -> Result<Value, Refusal> {
        let handle = request["ReceiptHandle"].as_str().unwrap_or_default();
        if !self.handles.contains(handle) {
            return Err(("ReceiptHandleIsInvalid", format!("`{handle}` is no receipt's handle")));
        }
        let id = handle.split('/').next().unwrap().to_owned();
        let Some(message) = self.messages.get(&id) else {
            // Deleting twice is no fault.
            return Ok(json!({}));
        };
        if message.receipt.as_ref().is_none_or(|(last, _)| last != handle) {
            self.complaints.push(format!("deletes `{id}` with an old receipt handle, which may do nothing"));
            return Ok(json!({}));
        }
        let message = self.messages.remove(&id).unwrap();
        if self.at_least_twice {
            self.revenants.push((id, message));
        }
        Ok(json!({}))
    }

    fn change_visibility(&mut self, request: &Value) -> Result<Value, Refusal> {
        let entries = request["Entries"].as_array().cloned().unwrap_or_default();
        if !(1..=10).contains(&entries.len()) {
            let code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
            return Err((code, format!("{} entries", entries.len())));
        }
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            let handle = entry["ReceiptHandle"].as_str().unwrap_or_default();
            let time = Duration::from_secs(entry["VisibilityTimeout"].as_u64().unwrap_or_default());
            let now = self.now;
            let held = self.messages.values_mut().find_map(|message| {
                message.is_hidden(now).then_some(message.receipt.as_mut()?).filter(|(last, _)| last == handle)
            });
            if let Some((_, until)) = held {
                *until = now + time;
                successful.push(json!({"Id": entry["Id"]}));
                continue;
            }
            let is_known = self.handles.contains(handle);
            let code = if is_known { "MessageNotInflight" } else { "ReceiptHandleIsInvalid" };
            if !is_known {
                self.complaints.push(format!("hides by `{handle}`, which is no receipt's handle"));
            }
            failed.push(json!({"Id": entry["Id"], "SenderFault": true, "Code": code}));
        }
        Ok(json!({"Successful": successful, "Failed": failed}))
    }
}

impl Message {
    fn is_hidden(&self, now: Duration) -> bool {
        self.receipt.as_ref().is_some_and(|(_, until)| *until > now)
    }
}

async fn call(State(store): State<Arc<Mutex<Store>>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut store = lock(&store);
    let target = header(&headers, "x-amz-target").unwrap_or_default().to_owned();
    let operation = target.strip_prefix("AmazonSQS.").unwrap_or_default();
    if let Err(fault) = check_signature(&headers, "sqs") {
        store.complaints.push(format!("{target}: {fault}"));
    }
    store.calls.push(operation.to_owned());
    let request = serde_json::from_slice(&body).unwrap_or_default();
    let (status, query_code, body) = match store.call(operation, &request) {
        Ok(answer) => (StatusCode::OK, None, answer),
        Err((code, message)) => {
            if !matches!(code, "AccessDeniedException" | "QueueDoesNotExist") {
                store.complaints.push(format!("{target}: {code}: {message}"));
            }
            // As SQS answers a client of the JSON protocol: the older protocol's code is in a header.
            let query =
                (code == "QueueDoesNotExist").then_some("AWS.SimpleQueueService.NonExistentQueue;Sender");
            let body = json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": message});
            (StatusCode::BAD_REQUEST, query, body)
        }
    };
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amzn-requestid", "0d8ad8b5-0000-5a51-9f3a-3d3d5EXAMPLE"),
        ("x-amzn-query-error", query_code.unwrap_or("none;none")),
    ];
    let mut response = (status, headers, body.to_string()).into_response();
    if query_code.is_none() {
        response.headers_mut().remove("x-amzn-query-error");
    }
    response
}

fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
