//! The way from the function to Okta and to AWS, over connections that a test can kill.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use okta_simulator::doubles::{
    Alpn, Answer, End, Hasty, LEDGER_TABLE, Lambda, Proxy, Stage, TlsFront, event,
};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::sync::Semaphore;

/// Whose connections die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Okta,
    /// Secrets Manager, DynamoDB and EventBridge, all behind one host.
    Aws,
    Both,
}

impl Host {
    pub(crate) const ALL: [Host; 3] = [Host::Okta, Host::Aws, Host::Both];
}

/// How the function speaks to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1 without TLS.
    Plain,
    Tls(Alpn),
}

impl Protocol {
    pub(crate) const ALL: [Protocol; 3] =
        [Protocol::Plain, Protocol::Tls(Alpn::Http1), Protocol::Tls(Alpn::H2)];
}

/// Processes at the same time; more would be starved by each other.
pub(crate) static PLACES: Semaphore = Semaphore::const_new(4);

/// Okta and AWS, at the end of ways that a test can break.
pub(crate) struct Way {
    pub(crate) stage: Stage,
    host: Host,
    legs: Vec<Leg>,
    _roots: NamedTempFile,
    raised: usize,
}

/// The way to one host.
struct Leg {
    proxy: Proxy,
    front: Option<TlsFront>,
    _hasty: Option<Hasty>,
}

impl Leg {
    fn to(upstream: SocketAddr, protocol: Protocol, hasty: bool) -> Leg {
        let hasty = hasty.then(|| Hasty::start(upstream));
        let upstream = hasty.as_ref().map_or(upstream, Hasty::addr);
        let front = match protocol {
            Protocol::Plain => None,
            Protocol::Tls(alpn) => Some(TlsFront::start(upstream, alpn)),
        };
        let proxy = Proxy::start(front.as_ref().map_or(upstream, TlsFront::addr));
        Leg { proxy, front, _hasty: hasty }
    }

    fn url(&self) -> String {
        let scheme = if self.front.is_some() { "https" } else { "http" };
        // The certificate is for this name.
        format!("{scheme}://localhost:{}", self.proxy.addr().port())
    }
}

impl Way {
    /// A way to `host`. If `hasty`, the host closes each connection after its answer.
    pub(crate) async fn to(host: Host, protocol: Protocol, hasty: bool) -> Way {
        let mut stage = Stage::with_service_app()
            .await
            .with("LEDGER_TABLE", LEDGER_TABLE)
            .with("OUTCOME_BUS", "outcomes");
        let mut legs = Vec::new();
        if host != Host::Aws {
            legs.push(Leg::to(stage.okta.addr(), protocol, hasty));
            stage = stage.with("OKTA_ORG_URL", legs.last().unwrap().url());
        }
        if host != Host::Okta {
            legs.push(Leg::to(stage.aws.addr(), protocol, hasty));
            stage = stage.with("AWS_ENDPOINT_URL", legs.last().unwrap().url());
        }
        let root =
            |leg: &Leg| leg.front.as_ref().map(|front| std::fs::read_to_string(front.ca_file()).unwrap());
        let roots: String = legs.iter().filter_map(root).collect();
        let file = NamedTempFile::with_suffix(".pem").unwrap();
        if !roots.is_empty() {
            std::fs::write(file.path(), roots).unwrap();
            stage = stage.with("SSL_CERT_FILE", file.path().display().to_string());
        }
        Way { stage, host, legs, _roots: file, raised: 0 }
    }

    /// Ends every open connection.
    pub(crate) fn end(&self, end: End) {
        self.legs.iter().for_each(|leg| leg.proxy.end(end));
    }

    /// The next request's event.
    pub(crate) fn next_event(&mut self) -> String {
        self.raised += 1;
        self.stage.okta.with_world(|world| world.another_request(&event("v2"), self.raised))
    }

    /// Whether each request so far has its one whole message, which stands in the ledger and was told to the
    /// bus; the error says what is wrong.
    pub(crate) fn check(&self, process: &Lambda, answer: Answer, case: &str) -> Result<(), String> {
        let wrong = |what: String| Err(format!("{:?} {case} ({}): {what}", self.host, self.raised));
        let Answer::Response(answer) = answer else { return wrong(format!("{answer:?}")) };
        if answer["outcome"] != "posted" || answer["degraded"] != json!([]) {
            return wrong(answer.to_string());
        }
        if process.log_lines_json().pop().unwrap()["Doubtful"] != 0 {
            return wrong("a post was in doubt".to_owned());
        }
        let messages = self.stage.messages();
        if messages.len() != self.raised || messages.values().any(|count| *count != 1) {
            return wrong(format!("messages {messages:?}"));
        }
        let records = self.stage.aws.records();
        if let Some(id) = messages.keys().find(|id| records.get(*id).is_none_or(|it| it["state"] != "posted"))
        {
            return wrong(format!("{id} in the ledger: {:?}", records.get(id)));
        }
        let told = self.stage.aws.events();
        let is_told = |id: &&String| told.iter().any(|event| event.detail["request_id"] == ***id);
        match messages.keys().find(|id| !is_told(id)) {
            Some(id) => wrong(format!("the bus does not know of {id}")),
            None => Ok(()),
        }
    }

    /// Takes one more request to its message; prints what that took.
    pub(crate) async fn invoke(&mut self, process: &Lambda, case: &str) -> Result<(), String> {
        let event = self.next_event();
        let started = Instant::now();
        let answer = process.invoke(event).await;
        self.note(started, case);
        self.check(process, answer, case)
    }

    pub(crate) fn note(&self, started: Instant, case: &str) {
        println!("{:>6} ms  {:?} {case} ({})", started.elapsed().as_millis(), self.host, self.raised);
    }
}

/// Long enough for the event to lie in a frozen process's socket. Lambda thaws a process because of an event.
pub(crate) const UNTIL_THE_EVENT_LIES_THERE: Duration = Duration::from_millis(50);

/// Fails with everything that went wrong.
#[track_caller]
pub(crate) fn assert_none_failed(results: Vec<Result<(), String>>) {
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
