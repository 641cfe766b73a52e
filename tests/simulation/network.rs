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
use okta_simulator::FaultKind;
use okta_simulator::doubles::{AwsFault, EventsFault, LedgerFault, SecretFault};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::oracle::dice::Dice;
use super::scene::Scene;
use super::truth::{Number, Reply, Write};

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

/// What happens to a call.
#[derive(Clone, Debug)]
enum Fate {
    Arrives,
    /// Never sent.
    Refused,
    /// Sent, and lost on the way.
    LostBefore,
    /// Done, and the connection breaks.
    LostAfter,
    /// Done, and no answer ever comes.
    AnswerLost,
    /// Done, and the answer is slow.
    Slow(Duration),
    /// Never answered, and done only later, if at all.
    Late(Duration),
    /// Something in front of Okta answers with this status and a page. The call does not arrive.
    Proxy(u16),
    /// Done, and the answer lacks its second half without a sign of it.
    Shortened,
    /// The service itself fails like this.
    Okta(FaultKind),
    Aws(AwsFault),
    /// A bug of the program's own.
    Panic,
}

/// A call, as far as the simulation cares.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Token,
    Post { id: String },
    Probe,
    Table,
    Secret,
    Bus { is_empty: bool },
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
        let fate = match self.fate(&kind, &name) {
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
        self.is_sent(number, &kind, &name, &bucket, token, matches!(fate, Fate::Arrives));
        if matches!(fate, Fate::Panic) {
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
        arrives: bool,
    ) {
        let mut truth = self.scene.truth();
        let records = matches!(kind, Kind::Table | Kind::Bus { .. });
        if *kind != (Kind::Bus { is_empty: true }) {
            truth.sends(number, name, records);
        }
        if let Some(invocation) = truth.of_mut(number) {
            if let Some(token) = token {
                token.clone_into(&mut invocation.token);
            }
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
                truth.posts(number, id);
                truth.meets_limit(self.process, bucket);
            }
            Kind::Read if !name.contains("well-known") => truth.meets_limit(self.process, bucket),
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
            && matches!(kind, Kind::Read | Kind::Post { .. })
        {
            truth.learns_limit(self.process, bucket, window(response));
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
            truth.refused.insert((self.process, name.to_owned()), (Instant::now(), token));
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
                invocation.reads.insert(name.to_owned(), reply);
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
            self.aws_did(number, kind, &sent, head.status.is_success(), &bytes);
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
    fn aws_did(&self, number: Number, kind: &Kind, sent: &Bytes, succeeded: bool, _answer: &Bytes) {
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
                    if is_there(&write) {
                        let mut truth = self.scene.truth();
                        let known = write.ids.first().and_then(|id| truth.table.get(id));
                        let is_new = known.is_none_or(|known| {
                            known.owner != write.owner
                                || known.state != write.state
                                || known.count != write.count
                        });
                        if is_new {
                            truth.stores(Write { by: number, ..write });
                        }
                    }
                }
            }
            Kind::Bus { is_empty: false } if succeeded => {
                let details = body["Entries"].as_array().into_iter().flatten();
                let details = details.filter_map(|entry| entry["Detail"].as_str());
                let mut truth = self.scene.truth();
                for detail in details {
                    truth.writes_line(detail);
                    let detail = serde_json::from_str(detail).unwrap_or_default();
                    truth.of_mut(number).into_iter().for_each(|it| it.events.push(Value::clone(&detail)));
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

    fn fate(&self, kind: &Kind, name: &str) -> Fate {
        let rates = self.scene.rates();
        let rights = self.scene.rights;
        if name.starts_with("GET /governance/api/v2/requests?") && self.scene.elapsed() < rights.newer_from
            || name.starts_with("GET /governance/api/v1/requests?") && rights.lacks_older
        {
            return Fate::Okta(FaultKind::Status { status: 403, after: false });
        }
        if rates.is_read_only && matches!(kind, Kind::Post { .. } | Kind::Probe) {
            let code = "E0000010".to_owned();
            return Fate::Okta(FaultKind::Error { status: 503, code, description: None });
        }
        let truth = self.scene.truth();
        let has_two_ids = |name: &str| truth.with_two_ids.iter().any(|id| name.ends_with(id.as_str()));
        let mut dice = self.scene.dice();
        let rate = match kind {
            Kind::Read => rates.reads,
            Kind::Token => rates.tokens,
            Kind::Post { .. } | Kind::Probe => rates.posts,
            Kind::Table => rates.table,
            Kind::Secret => rates.secret,
            Kind::Bus { .. } => rates.bus,
        };
        if !dice.chance(rate) {
            return Fate::Arrives;
        }
        match kind {
            // What Okta refuses for good of requests decides under which id one is known.
            Kind::Read => of_read(&mut dice, name.contains("/requests?") || has_two_ids(name)),
            Kind::Token => of_read(&mut dice, false),
            Kind::Post { .. } | Kind::Probe => of_post(&mut dice),
            Kind::Table => of_aws(&mut dice, |dice| {
                AwsFault::Ledger(dice.of(&[
                    LedgerFault::Throttled,
                    LedgerFault::Throttled,
                    LedgerFault::Conflict,
                    LedgerFault::Internal,
                    LedgerFault::InternalAfterWrite,
                    LedgerFault::Hangs,
                ]))
            }),
            Kind::Secret => of_aws(&mut dice, |dice| AwsFault::Secret(secret_fault(dice))),
            Kind::Bus { .. } => of_aws(&mut dice, |dice| AwsFault::Events(bus_fault(dice))),
        }
    }
}

fn secret_fault(dice: &mut Dice) -> SecretFault {
    dice.of(&[SecretFault::Hangs, SecretFault::Throttled, SecretFault::Internal])
}

fn bus_fault(dice: &mut Dice) -> EventsFault {
    dice.of(&[EventsFault::Hangs, EventsFault::Internal])
}

fn of_read(dice: &mut Dice, passes: bool) -> Fate {
    let window = Duration::from_secs(dice.of(&[1, 5, 30, 60]));
    match dice.below(24) {
        0 => Fate::Refused,
        1 => Fate::LostBefore,
        2 => Fate::LostAfter,
        3 => Fate::AnswerLost,
        4 => Fate::Okta(FaultKind::Hang),
        5 | 6 => Fate::Slow(Duration::from_millis(dice.of(&[500, 3000, 6000, 20_000]))),
        7 => Fate::Okta(FaultKind::RateLimited(window)),
        8 => Fate::Okta(FaultKind::Concurrency),
        9 => Fate::Okta(FaultKind::Garbage),
        10 => Fate::Okta(FaultKind::Empty),
        11 => Fate::Okta(FaultKind::Html),
        12 => Fate::Okta(FaultKind::Truncated),
        13 => Fate::Okta(FaultKind::PlainText),
        14 => Fate::Okta(FaultKind::Bare),
        16 => Fate::Shortened,
        17 if !passes => Fate::Proxy(dice.of(&[400, 403, 404, 502, 503])),
        15 if dice.chance(20) => Fate::Panic,
        _ => {
            let statuses: &[u16] = if passes {
                &[429, 500, 502, 503, 504]
            } else {
                &[400, 401, 403, 404, 409, 429, 500, 500, 502, 503, 503, 504]
            };
            let status = dice.of(statuses);
            Fate::Okta(FaultKind::Status { status, after: false })
        }
    }
}

fn of_post(dice: &mut Dice) -> Fate {
    let window = Duration::from_secs(dice.of(&[1, 5, 30, 60]));
    match dice.below(24) {
        0 | 1 => Fate::Refused,
        2 => Fate::LostBefore,
        3 | 4 => Fate::LostAfter,
        5 => Fate::AnswerLost,
        6 => Fate::Okta(FaultKind::Hang),
        7 => Fate::Late(Duration::from_secs(dice.of(&[5, 35, 100, 400]))),
        8 => Fate::Slow(Duration::from_millis(dice.of(&[500, 5000, 25_000, 40_000]))),
        9 if dice.chance(50) => Fate::Proxy(dice.of(&[400, 403, 404, 502, 503])),
        9 => Fate::Okta(FaultKind::RateLimited(window)),
        10 => Fate::Okta(FaultKind::Concurrency),
        11 => Fate::Okta(FaultKind::Error { status: 503, code: "E0000010".to_owned(), description: None }),
        12 => Fate::Okta(dice.of(&[
            FaultKind::Truncated,
            FaultKind::Html,
            FaultKind::Garbage,
            FaultKind::Empty,
        ])),
        13 if dice.chance(20) => Fate::Panic,
        14..17 => Fate::Okta(FaultKind::Status {
            status: dice.of(&[400, 401, 403, 404, 408, 409, 429]),
            after: false,
        }),
        _ => {
            let after = dice.chance(50);
            Fate::Okta(FaultKind::Status { status: dice.of(&[500, 502, 503, 504]), after })
        }
    }
}

fn of_aws(dice: &mut Dice, fault: impl FnOnce(&mut Dice) -> AwsFault) -> Fate {
    match dice.below(14) {
        0 => Fate::Refused,
        1 => Fate::LostBefore,
        2 => Fate::LostAfter,
        3 => Fate::AnswerLost,
        4 => Fate::Late(Duration::from_millis(dice.of(&[200, 2000, 8000, 70_000, 200_000]))),
        _ => Fate::Aws(fault(dice)),
    }
}

impl Kind {
    fn of(request: &Request<Bytes>) -> Kind {
        if let Some(target) = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()) {
            return match target.split('.').next() {
                Some("secretsmanager") => Kind::Secret,
                Some("AWSEvents") => {
                    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
                    Kind::Bus { is_empty: body["Entries"].as_array().is_none_or(Vec::is_empty) }
                }
                _ => Kind::Table,
            };
        }
        let path = request.uri().path();
        let message = path.strip_suffix("/messages").and_then(|path| path.rsplit('/').next());
        match message {
            Some(id) if id.trim_start_matches("req").bytes().all(|byte| byte == b'0') => Kind::Probe,
            Some(id) if request.method() == http::Method::POST => Kind::Post { id: id.to_owned() },
            _ if path.starts_with("/oauth2/") => Kind::Token,
            _ => Kind::Read,
        }
    }
}

/// Whether a message may need this read: people, their groups, and requests.
fn is_needed(name: &str) -> bool {
    let path = name.trim_start_matches("GET ").split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    matches!(
        parts[..],
        ["api", "v1", "users", _]
            | ["api", "v1", "users", _, "groups"]
            | ["governance", "api", _, "requests", ..]
    )
}

fn name(request: &Request<Bytes>, kind: &Kind) -> String {
    match kind {
        Kind::Table | Kind::Secret | Kind::Bus { .. } => {
            let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
            let operation = target.and_then(|target| target.split('.').nth(1)).unwrap_or_default();
            let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
            let wrote = writes(&body).into_iter().map(|write| format!(" {} {:?}", write.state, write.ids));
            format!("{operation}{}", wrote.collect::<String>())
        }
        _ => format!(
            "{} {}",
            request.method(),
            request.uri().path_and_query().map_or("", |path| path.as_str())
        ),
    }
}

/// The call without its ids: what one rate limit counts.
fn bucket(name: &str) -> String {
    let path = name.split('?').next().unwrap_or(name);
    let part = |part: &str| {
        if part.len() > 15 && part.bytes().any(|b| b.is_ascii_digit()) { "{id}" } else { part }.to_owned()
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The records that a call would store.
fn writes(body: &Value) -> Vec<Write> {
    let puts: Vec<&Value> = match body["TransactItems"].as_array() {
        Some(writes) => writes.iter().map(|write| &write["Put"]["Item"]).collect(),
        None => vec![&body["Item"]],
    };
    let write = |item: &Value| {
        let text = |name: &str| item[name]["S"].as_str().map(str::to_owned);
        Some(Write {
            by: 0,
            state: text("state")?,
            owner: text("owner")?,
            count: item["count"]["N"].as_str()?.parse().ok()?,
            ids: vec![text("id")?],
        })
    };
    let mut writes: Vec<Write> = Vec::new();
    for one in puts.into_iter().filter_map(write) {
        // A transaction writes copies of one record.
        let same = |it: &&mut Write| (&it.owner, &it.state, it.count) == (&one.owner, &one.state, one.count);
        match writes.iter_mut().find(same) {
            Some(known) => known.ids.extend(one.ids),
            None => writes.push(one),
        }
    }
    writes
}

/// What an answer says of its rate limit: whether it is used up, and when its window ends. `None`: it says nothing.
fn window(response: &Response<()>) -> Option<(bool, Instant)> {
    let number = |name: &str| response.headers().get(name)?.to_str().ok()?.parse::<i64>().ok();
    if number("x-rate-limit-limit")? == 0 {
        return None;
    }
    let date = response.headers().get("date")?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    let left = u64::try_from(number("x-rate-limit-reset")? - date).ok()?;
    Some((number("x-rate-limit-remaining")? == 0, Instant::now() + Duration::from_secs(left)))
}

/// What an answer says of its rate limit, for the story.
fn limit(response: &Response<()>) -> String {
    let header = |name: &str| response.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or("?");
    match header("x-rate-limit-remaining") {
        "?" => String::new(),
        left => format!(
            " ({left} of {} left until {})",
            header("x-rate-limit-limit"),
            header("x-rate-limit-reset")
        ),
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
