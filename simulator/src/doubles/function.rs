//! A [`Function`] is the deployed function as its callers see it: Lambda's `Invoke` on a loopback port,
//! answered by the test or by the deployed binary in a [`Lambda`]. Invocations can be held in flight. It also
//! answers what Lambda reports about the function ([`Deployed`]).

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use super::deployed::{Deployed, PRIVATE_DETAILS, Refusal};
use super::invocation::Answer;
use super::lambda::Lambda;
use super::loopback::{Background, PATIENCE, listen};
use super::reply::header;
use super::signature::{FUNCTION_NAME, check_signature, function_arn};

/// How one invocation ends.
#[derive(Clone, Debug)]
pub enum FunctionAnswer {
    /// The function answers.
    Returns(Value),
    /// The function fails: `errorType` and `errorMessage`.
    Fails(&'static str, String),
    /// Lambda refuses the invocation: status and error code.
    Lambda(u16, &'static str),
    /// The connection ends without an answer.
    Cut,
}

impl FunctionAnswer {
    /// The function's answer after it posted on the request of this event.
    pub fn posted(event: &Value) -> Self {
        let id = &event["detail"]["debugContext"]["debugData"]["accessRequestId"];
        Self::Returns(
            json!({"outcome": "posted", "request_id": id, "api": "v2", "rule": "r", "degraded": []}),
        )
    }
}

/// The running endpoint. Dropping it panics if there were complaints, unless the test is failing already.
pub struct Function {
    addr: SocketAddr,
    calls: Arc<Calls>,
    _server: Background,
}

type Script = Box<dyn FnMut(&Value) -> FunctionAnswer + Send>;

enum Backend {
    Script(Mutex<Script>),
    Binary(Lambda),
}

struct Calls {
    backend: Backend,
    events: watch::Sender<Vec<Bytes>>,
    held: watch::Sender<bool>,
    complaints: Mutex<Vec<String>>,
    deployed: Mutex<Deployed>,
}

impl Function {
    /// Starts it; `script` answers each event. Needs a tokio runtime.
    #[track_caller]
    pub fn start(script: impl FnMut(&Value) -> FunctionAnswer + Send + 'static) -> Self {
        Self::with(Backend::Script(Mutex::new(Box::new(script))))
    }

    /// Starts it; the deployed binary answers each event. Needs a tokio runtime.
    #[track_caller]
    pub fn of(lambda: Lambda) -> Self {
        Self::with(Backend::Binary(lambda))
    }

    #[track_caller]
    fn with(backend: Backend) -> Self {
        let (listener, addr) = listen();
        let calls = Arc::new(Calls {
            backend,
            events: watch::Sender::default(),
            held: watch::Sender::default(),
            complaints: Mutex::default(),
            deployed: Mutex::default(),
        });
        let routes = Router::new().fallback(call).with_state(Arc::clone(&calls));
        let server = Background::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { addr, calls, _server: server }
    }

    /// What goes into `AWS_ENDPOINT_URL_LAMBDA`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Reads or changes what Lambda reports about the function.
    pub fn deployed<R>(&self, look: impl FnOnce(&mut Deployed) -> R) -> R {
        look(&mut self.calls.deployed.lock().unwrap())
    }

    /// The events received so far, in order, byte for byte.
    pub fn events(&self) -> Vec<Bytes> {
        self.calls.events.borrow().clone()
    }

    /// Waits until this many events were received.
    pub async fn wait_for(&self, events: usize) {
        let mut came = self.calls.events.subscribe();
        timeout(PATIENCE, came.wait_for(|came| came.len() >= events)).await.expect("events in time").unwrap();
    }

    /// Holds invocations without an answer until [`release`](Self::release).
    pub fn hold(&self) {
        self.calls.held.send_replace(true);
    }

    /// Answers the invocations that are held, and later ones at once.
    pub fn release(&self) {
        self.calls.held.send_replace(false);
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let complaints = self.calls.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(complaints.is_empty() || std::thread::panicking(), "{}", complaints.join("\n"));
    }
}

async fn call(
    State(calls): State<Arc<Calls>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let complain = |text: String| calls.complaints.lock().unwrap().push(text);
    if let Err(fault) = check_signature(&headers, "lambda") {
        complain(format!("{uri}: {fault}"));
    }
    if method == Method::POST {
        return invoke(&calls, &uri, &headers, body).await;
    }
    let Some((operation, name)) = described(uri.path()).filter(|_| method == Method::GET) else {
        complain(format!("no operation: {method} {uri}"));
        return lambda_error(404, "ResourceNotFoundException");
    };
    let mut request = if name.is_empty() { json!({}) } else { json!({ "FunctionName": short(name) }) };
    for pair in uri.query().into_iter().flat_map(|query| query.split('&')) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request[name] = value.into();
    }
    match calls.deployed.lock().unwrap().answer(operation, &request) {
        Ok(answer) => ([("content-type", "application/json")], answer.to_string()).into_response(),
        Err(Refusal::Code(code)) => lambda_error(if code.starts_with("Access") { 403 } else { 404 }, code),
        Err(Refusal::Complaint(fault)) => {
            complain(fault);
            lambda_error(400, "InvalidParameterValueException")
        }
    }
}

/// The operation of a path, and the function's name in it.
fn described(path: &str) -> Option<(&'static str, &str)> {
    if path == "/2016-08-19/account-settings" {
        return Some(("GetAccountSettings", ""));
    }
    [
        ("GetFunctionConfiguration", "/2015-03-31/functions/", "/configuration"),
        ("GetFunctionConcurrency", "/2019-09-30/functions/", "/concurrency"),
        ("GetFunctionEventInvokeConfig", "/2019-09-25/functions/", "/event-invoke-config"),
    ]
    .into_iter()
    .find_map(|(name, start, end)| Some((name, path.strip_prefix(start)?.strip_suffix(end)?)))
}

/// A function's name without what an ARN adds.
fn short(name: &str) -> String {
    let name = name.replace("%3A", ":");
    name.strip_prefix(&function_arn()).map(|rest| format!("{FUNCTION_NAME}{rest}")).unwrap_or(name)
}

async fn invoke(calls: &Calls, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Response {
    let complain = |text: String| calls.complaints.lock().unwrap().push(text);
    if header(headers, "x-amz-invocation-type") != Some("RequestResponse") {
        complain("the invocation does not wait for its answer".to_owned());
    }
    let name =
        uri.path().strip_prefix("/2015-03-31/functions/").and_then(|rest| rest.strip_suffix("/invocations"));
    let short = short(name.unwrap_or_default());
    if !matches!(short.strip_prefix(FUNCTION_NAME), Some("" | ":live")) {
        return lambda_error(404, "ResourceNotFoundException");
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        complain("the event is not JSON".to_owned());
        return lambda_error(400, "InvalidRequestContentException");
    };
    calls.events.send_modify(|events| events.push(body.clone()));
    let mut held = calls.held.subscribe();
    held.wait_for(|held| !held).await.unwrap();
    let answer = match &calls.backend {
        Backend::Script(script) => script.lock().unwrap()(&event),
        Backend::Binary(lambda) => match lambda.invoke(body).await {
            Answer::Response(value) => FunctionAnswer::Returns(value),
            Answer::Error { error_type, error_message } => {
                let payload = json!({"errorType": error_type, "errorMessage": error_message});
                return ([("x-amz-function-error", "Unhandled")], payload.to_string()).into_response();
            }
            other => panic!("the function ended: {other:?}"),
        },
    };
    match answer {
        FunctionAnswer::Returns(value) => value.to_string().into_response(),
        FunctionAnswer::Fails(kind, message) => {
            let payload = json!({"errorType": kind, "errorMessage": message});
            ([("x-amz-function-error", "Unhandled")], payload.to_string()).into_response()
        }
        FunctionAnswer::Lambda(status, code) => lambda_error(status, code),
        FunctionAnswer::Cut => {
            let body = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
            axum::body::Body::from_stream(body).into_response()
        }
    }
}

fn lambda_error(status: u16, code: &str) -> Response {
    let headers = [
        ("x-amzn-errortype", code.to_owned()),
        ("x-amzn-requestid", "b5f4d1c7-0000-4a51-9f3a-3d3d5EXAMPLE".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    let body = json!({"Type": "User", "Message": PRIVATE_DETAILS});
    (StatusCode::from_u16(status).unwrap(), headers, body.to_string()).into_response()
}
