//! [`Network`]: carries each call of a process to Okta or AWS and its answer back, as fast, as late or as broken as
//! the weather has it. A call that nobody awaits any more may still arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use okta_request_enricher::http::{Broken, Service};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::call::{Kind, bucket, is_needed, limit, name, window, writes};
use super::fate::Fate;
use super::invocation::{Number, OutcomeEvent, Reply, Write};
use super::scene::Scene;

/// The connections of one process.
pub(crate) struct Network {
    pub(crate) process: usize,
    /// The invocation at work; 0 if there is none.
    pub(crate) current: Arc<AtomicUsize>,
    pub(crate) scene: Arc<Scene>,
    /// The region for which the process signs: each has one of its own, since the AWS SDK shares its quota of retries
    /// within a region.
    pub(crate) region: String,
}

type Answer = Result<Response<reqwest::Body>, Broken>;

impl Network {
    pub(crate) fn service(self) -> Service {
        let network = Arc::new(self);
        Arc::new(move |request| Arc::clone(&network).carry(request).boxed())
    }

    async fn carry(self: Arc<Self>, request: Request<Bytes>) -> Answer {
        let number = self.current.load(Ordering::Relaxed);
        let kind = Kind::of(&request);
        let name = name(&request, &kind);
        let fate = match Fate::of(&self.scene, &kind, &name) {
            // Lambda starts a process again whose start panics.
            Fate::Panic if number == 0 => Fate::Refused,
            fate => fate,
        };
        self.scene.story.tell(format!("process {}", self.process), || {
            let fate = if matches!(fate, Fate::Arrives) { String::new() } else { format!(" [{fate:?}]") };
            format!("sends {name}{fate}")
        });
        let bucket = bucket(&name);
        let shown = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let token = shown.and_then(|shown| shown.strip_prefix("SSWS "));
        if let Some(shown) = shown.filter(|_| matches!(kind, Kind::Read | Kind::Post { .. } | Kind::Probe)) {
            self.scene.truth().shows(self.process, shown);
        }
        self.is_sent(number, &kind, &name, &bucket, token, &fate);
        if kind == Kind::Table {
            let body = serde_json::from_slice(request.body()).unwrap_or_default();
            for write in writes(&body) {
                self.scene.truth().joins(number, &write.ids);
            }
        }
        if matches!(fate, Fate::Panic) {
            self.scene.truth().of_mut(number).into_iter().for_each(|invocation| invocation.met_bug = true);
            panic!("a simulated bug");
        }
        sleep(self.latency(&kind)).await;
        let answer = Arc::clone(&self).deliver(number, &kind, request, fate).await;
        self.is_answered(number, &kind, &name, &bucket, &answer);
        let (story, process) = (&self.scene.story, self.process);
        story.tell(format!("process {process}"), || match &answer {
            Ok((response, _)) => format!("is answered {} to {name}{}", response.status(), limit(response)),
            Err(broken) => format!("is not answered to {name}: {broken}"),
        });
        let (response, body) = answer?;
        Ok(response.map(|()| body))
    }

    fn is_sent(
        &self,
        number: Number,
        kind: &Kind,
        name: &str,
        bucket: &str,
        token: Option<&str>,
        fate: &Fate,
    ) {
        let arrives = matches!(fate, Fate::Arrives);
        let mut truth = self.scene.truth();
        let records = matches!(kind, Kind::Table | Kind::Bus { .. });
        if *kind != (Kind::Bus { is_empty: true }) {
            truth.sends(number, name, records);
        }
        if let Some(invocation) = truth.of_mut(number) {
            if let Some(token) = token {
                token.clone_into(&mut invocation.token);
            }
            invocation.has_valid_credential &= !fate.refuses_credential();
            match kind {
                Kind::Read => {
                    invocation.reads.entry(name.to_owned()).or_insert(Reply::None);
                    invocation.tries.entry(name.to_owned()).or_insert((0, Instant::now())).0 += 1;
                }
                Kind::Token => {
                    invocation.token_calls += 1;
                    invocation.may_hold_back |= !arrives;
                    invocation.lacks_credential |= !arrives;
                }
                Kind::Secret => {
                    invocation.may_hold_back |= !arrives;
                    invocation.lacks_credential |= !arrives;
                    invocation.secret_failed |= !arrives;
                }
                Kind::Table => invocation.table_failed |= !arrives,
                Kind::Bus { is_empty: false } => invocation.bus_failed |= !arrives,
                _ => {}
            }
        }
        match kind {
            Kind::Secret => truth.asks_for_secret(self.process),
            Kind::Table | Kind::Bus { .. } => {}
            Kind::Read if name.contains("well-known") => {}
            Kind::Read | Kind::Token | Kind::Post { .. } | Kind::Probe => {
                truth.uses_credential(self.process, name);
            }
        }
        match kind {
            Kind::Post { id } => {
                truth.posts(number, id, fate.makes_up_an_answer());
                truth.meets_limit(self.process, bucket);
                truth.takes_place(self.process, bucket);
            }
            Kind::Read if !name.contains("well-known") => {
                truth.meets_limit(self.process, bucket);
                truth.takes_place(self.process, bucket);
            }
            Kind::Probe => truth.takes_place(self.process, bucket),
            _ => {}
        }
    }

    fn is_answered(
        &self,
        number: Number,
        kind: &Kind,
        name: &str,
        bucket: &str,
        answer: &Result<(Response<()>, reqwest::Body), Broken>,
    ) {
        let mut truth = self.scene.truth();
        if let Ok((response, _)) = answer
            && matches!(kind, Kind::Read | Kind::Post { .. } | Kind::Probe)
        {
            truth.learns_limit(self.process, bucket, window(response));
            if truth.is_limited(self.process, bucket)
                && let Some(invocation) = truth.of_mut(number)
            {
                invocation.limited.insert(bucket.to_owned());
            }
        }
        let reply = match answer {
            Err(broken) if broken.connected => Reply::Broken,
            Err(_) => Reply::Refused,
            Ok((response, body)) => {
                let body = body.as_bytes().unwrap_or_default();
                let read_only = body.windows(8).any(|bytes| bytes == b"E0000010");
                let json: Option<Value> = serde_json::from_slice(body).ok();
                let is_okta_s = json.is_some() || body.is_empty() && !matches!(kind, Kind::Read);
                Reply::Status { status: response.status().as_u16(), read_only, is_okta_s }
            }
        };
        if matches!(reply, Reply::Status { status: 403, .. }) {
            let token = truth.of(number).map(|by| by.token.clone()).unwrap_or_default();
            let token = if truth.has_just_changed_credential(self.process) { None } else { Some(token) };
            truth.refuses(self.process, name, token);
        }
        if let (Kind::Token, Ok((_, body))) = (kind, answer) {
            truth.grants_token(
                &serde_json::from_slice(body.as_bytes().unwrap_or_default()).unwrap_or_default(),
            );
        }
        match reply {
            Reply::Status { status: 401, .. } => truth.refuses_credential(self.process),
            reply if *kind == Kind::Secret && reply.is_success() => truth.gets_secret(self.process),
            _ => {}
        }
        let Some(invocation) = truth.of_mut(number) else { return };
        invocation.may_hold_back |= matches!(reply, Reply::Status { status: 401 | 429, .. });
        invocation.lacks_credential |= matches!(reply, Reply::Status { status: 401, .. });
        match kind {
            Kind::Read => {
                let is_by_list = invocation.is_by_list();
                let known = invocation.reads.entry(name.to_owned()).or_insert(Reply::None);
                // For several requests the org's id is asked for again. An answer that was no good counts for one.
                let has_failed = is_by_list && !matches!(known, Reply::None) && !known.is_whole();
                if !(name.contains("well-known") && has_failed) {
                    *known = reply;
                }
                let now = Instant::now();
                invocation.tries.entry(name.to_owned()).and_modify(|tries| tries.1 = now);
                if is_needed(name) {
                    invocation.ready_at = now;
                }
            }
            Kind::Post { id } => {
                let post = invocation.posts.iter_mut().rev().find(|post| post.id == *id);
                post.into_iter().for_each(|post| post.reply = reply);
            }
            Kind::Probe => {
                let is_alive = |reply| match reply {
                    Reply::Status { status, is_okta_s, .. } => status < 500 && status != 429 && is_okta_s,
                    _ => false,
                };
                invocation.probed |= is_alive(reply);
            }
            Kind::Table if reply.is_success() && name.contains(" claimed [") => {
                invocation.knows_its_claim = true;
                invocation.ready_at = Instant::now();
            }
            Kind::Table if reply.is_success() => {}
            Kind::Table => {
                // A condition that does not hold is no failure.
                let is_refusal = matches!(reply, Reply::Status { status: 400, .. });
                invocation.table_failed |= !is_refusal;
            }
            Kind::Bus { is_empty: false } if !reply.is_success() => invocation.bus_failed = true,
            _ => {}
        }
    }

    async fn deliver(
        self: Arc<Self>,
        number: Number,
        kind: &Kind,
        request: Request<Bytes>,
        fate: Fate,
    ) -> Result<(Response<()>, reqwest::Body), Broken> {
        let broken = |connected, cause: &str| Broken { connected, timed_out: false, cause: cause.to_owned() };
        match fate {
            Fate::Refused => Err(broken(false, "no connection (connection refused)")),
            Fate::LostBefore => Err(broken(true, "the connection broke (reset)")),
            Fate::LostAfter => {
                self.arrive(number, kind, request, Fate::Arrives).await?;
                Err(broken(true, "the connection broke (reset)"))
            }
            Fate::Slow(time) => {
                let answer = self.arrive(number, kind, request, Fate::Arrives).await;
                sleep(time).await;
                answer
            }
            Fate::Proxy(status) => {
                let page = "<html><body>Blocked by Zqproxy for someone@example.com</body></html>";
                Ok((Response::builder().status(status).body(()).unwrap(), page.into()))
            }
            Fate::Shortened => {
                let (response, body) = self.arrive(number, kind, request, Fate::Arrives).await?;
                let whole = body.as_bytes().unwrap_or_default();
                let half = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
                Ok((response, half.into()))
            }
            Fate::AnswerLost => {
                self.arrive(number, kind, request, Fate::Arrives).await?;
                std::future::pending().await
            }
            Fate::Late(time) => {
                let kind = kind.clone();
                tokio::spawn(async move {
                    sleep(time).await;
                    let _ = self.arrive(number, &kind, request, Fate::Arrives).await;
                });
                std::future::pending().await
            }
            fate => self.arrive(number, kind, request, fate).await,
        }
    }

    /// The call arrives at its service.
    async fn arrive(
        &self,
        number: Number,
        kind: &Kind,
        mut request: Request<Bytes>,
        fate: Fate,
    ) -> Result<(Response<()>, reqwest::Body), Broken> {
        let sent = request.body().clone();
        if matches!(kind, Kind::Table | Kind::Secret | Kind::Bus { .. }) {
            let signed = request.headers().get("authorization").and_then(|value| value.to_str().ok());
            if let Some(signed) =
                signed.map(|signed| signed.replace(&self.region, okta_simulator::doubles::REGION))
            {
                request.headers_mut().insert("authorization", signed.parse().unwrap());
            }
            let response = match fate {
                Fate::Aws(fault) => self.scene.aws.answer_failing(request, fault).await,
                _ => self.scene.aws.answer(request).await,
            };
            let (head, body) = response.into_parts();
            let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            self.aws_did(number, kind, &sent, head.status.is_success());
            return Ok((Response::from_parts(head, ()), bytes.into()));
        }
        let answered = match fate {
            Fate::Okta(fault) => self.scene.okta.answer_failing(request, fault).await,
            _ => self.scene.okta.answer(request).await,
        };
        if let Kind::Post { id } = kind {
            self.scene.stands(number, id);
        }
        let response = answered.map_err(|cut| Broken {
            connected: cut == okta_simulator::Cut::BrokeOff,
            timed_out: false,
            cause: cut.to_string(),
        })?;
        let (head, body) = response.into_parts();
        match body.collect().await {
            Ok(body) => Ok((Response::from_parts(head, ()), body.to_bytes().into())),
            // The headers came, and half of the body.
            Err(_) => Ok((Response::from_parts(head, ()), half_a_body())),
        }
    }

    /// What the table and the bus took.
    fn aws_did(&self, number: Number, kind: &Kind, sent: &Bytes, succeeded: bool) {
        let body: Value = serde_json::from_slice(sent).unwrap_or_default();
        match kind {
            Kind::Table => {
                let stored = writes(&body);
                // The double knows: a fault may come after the write, and a transaction that comes again writes nothing.
                let is_there = |write: &Write| {
                    write.ids.first().and_then(|id| self.scene.aws.record(id)).is_some_and(|record| {
                        record["owner"] == write.owner.as_str()
                            && record["state"] == write.state.as_str()
                            && record["count"] == write.count
                    })
                };
                for write in stored {
                    if write.state == "claimed" {
                        self.scene.truth().claims(number, &write.ids);
                    }
                    if is_there(&write) {
                        let mut truth = self.scene.truth();
                        let known = write.ids.first().and_then(|id| truth.table.get(id));
                        let is_new = known.is_none_or(|known| {
                            known.owner != write.owner
                                || known.state != write.state
                                || known.count != write.count
                        });
                        if is_new {
                            truth.stores(Write { by: number, at: Instant::now(), ..write });
                        }
                    }
                }
            }
            Kind::Bus { is_empty: false } if succeeded => {
                let mut truth = self.scene.truth();
                for entry in body["Entries"].as_array().into_iter().flatten() {
                    let detail = entry["Detail"].as_str().unwrap_or_default();
                    truth.writes_line(detail);
                    let event = OutcomeEvent {
                        detail_type: entry["DetailType"].as_str().unwrap_or_default().to_owned(),
                        detail: serde_json::from_str(detail).unwrap_or_default(),
                    };
                    if let Some(invocation) = truth.of_mut(number) {
                        invocation.events.push(event);
                    }
                }
            }
            _ => {}
        }
    }

    fn latency(&self, kind: &Kind) -> Duration {
        let slow = self.scene.rates().slow;
        let mut dice = self.scene.dice();
        let (least, range) = match kind {
            Kind::Read | Kind::Token => (40, 200),
            Kind::Post { .. } | Kind::Probe => (100, 300),
            Kind::Table => (3, 25),
            Kind::Secret | Kind::Bus { .. } => (10, 50),
        };
        let is_okta_s = matches!(kind, Kind::Read | Kind::Token | Kind::Post { .. } | Kind::Probe);
        let slow = if is_okta_s { slow } else { Duration::ZERO };
        slow + Duration::from_millis(least + dice.below(range) as u64)
    }
}

/// A body that breaks off.
fn half_a_body() -> reqwest::Body {
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let chunks = [Ok(Bytes::from_static(b"{\"half\": ")), Err(broken)];
    reqwest::Body::wrap(http_body_util::StreamBody::new(futures_util::stream::iter(
        chunks.map(|chunk| chunk.map(hyper::body::Frame::data)),
    )))
}
