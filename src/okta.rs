//! The [`OktaClient`]: one way to send a call to the org, and so the one place that adds the credential, keeps
//! the deadline and the rate limits, repeats what is safe to repeat, bounds what is read and turns an answer into a
//! value or an [`OktaError`]. The calls themselves, with their wire types, stand in the files below, one noun each. Nothing here can decide, grant or change
//! access: the only call that writes posts a message.

mod credential;
pub mod endpoint;
mod error;
mod names;
mod org;
mod probe;
mod rate_limit;
mod request_list;
mod requests;
mod streams;
mod users;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use bytes::{Bytes, BytesMut};
use futures_util::future::select;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;

use self::credential::Tokens;
use self::endpoint::Endpoint;
pub use self::error::{OktaAnswer, OktaError, RateLimit};
use self::names::Names;
pub use self::names::{Asked, AskedKind};
pub use self::org::OrgUrl;
pub use self::probe::{Identity, Organization};
use self::rate_limit::RateLimits;
pub use self::rate_limit::Usage;
pub use self::request_list::ListedRequest;
pub use self::requests::{AccessRequest, FormAnswer};
pub use self::streams::LogStream;
pub use self::users::{AppLink, Group, LastSignIn, User, UserKey};
use crate::deadline::Deadline;
use crate::http::Http;
use crate::secret::{Credential, Secret};

/// How long a read may take, reading its answer included; less when the deadline is nearer.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the first try of a read may take. Its connection may have died unseen while Lambda froze the process; what
/// takes longer is tried again on another.
const FIRST_READ_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a post may take. It is given up late: whether it arrived would stay unknown.
const POST_TIMEOUT: Duration = Duration::from_secs(30);

/// What a read must have left of its deadline to be sent.
const LEAST_READ_TIME: Duration = Duration::from_millis(500);

/// The same of a post. Less than what Okta takes would only leave it in doubt.
const LEAST_POST_TIME: Duration = Duration::from_millis(1500);

/// Before a call that a limit refused is sent again, whatever the answer says.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// Pauses between the tries of one call, where Okta names none: three tries in all.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(200))
    .with_max_delay(Duration::from_secs(2))
    .with_max_times(2)
    .with_jitter();

/// What is read of a good answer. The largest expected one, a page of 200 groups, is a tenth of it.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// What is read of an answer that is only looked at for Okta's error code.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// A client of one org.
#[derive(Debug)]
pub struct OktaClient {
    http: Http,
    org: OrgUrl,
    secret: Arc<Secret>,
    tokens: Tokens,
    names: Names,
    limits: Arc<RateLimits>,
    /// Milliseconds that calls have waited for rate limits.
    waited: AtomicU64,
}

/// One call as it is sent. `path` is an endpoint's own with a parsed id in it, so it needs no encoding and can't leave
/// its place.
#[derive(Debug)]
struct Call {
    endpoint: Endpoint,
    path: String,
    query: Option<String>,
    content_type: Option<&'static str>,
    body: Option<Bytes>,
    /// The id is a login: a personal datum, for no log.
    hides_id: bool,
}

impl Call {
    fn new(endpoint: Endpoint) -> Call {
        let path = endpoint.template().to_owned();
        Call { endpoint, path, query: None, content_type: None, body: None, hides_id: false }
    }

    /// `id` is of a type that only its parser makes.
    fn on(endpoint: Endpoint, id: &str) -> Call {
        Call { path: endpoint.template().replace("{id}", id), ..Call::new(endpoint) }
    }

    fn without_id_in_logs(self) -> Call {
        Call { hides_id: true, ..self }
    }

    /// Sent twice, it does no more than sent once: a read, or one more token.
    fn repeatable(&self) -> bool {
        self.endpoint.method() == Method::GET || self.endpoint == Endpoint::Token
    }

    fn least_time(&self) -> Duration {
        if self.repeatable() { LEAST_READ_TIME } else { LEAST_POST_TIME }
    }

    /// `GET /api/v1/users/00u…`, for errors and logs.
    fn name(&self) -> String {
        let path = if self.hides_id { self.endpoint.template() } else { &self.path };
        format!("{} {path}", self.endpoint.method())
    }
}

/// What came back: the status, and as much of the body as was wanted.
struct Exchange {
    status: StatusCode,
    headers: HeaderMap,
    body: Result<Body, reqwest::Error>,
}

/// What was read of an answer's body.
enum Body {
    Whole(Bytes),
    /// It is longer than was asked for.
    Start(Bytes),
}

impl OktaClient {
    /// A client that has sent nothing yet. A service app's token is asked for the scopes of `endpoints`.
    #[must_use]
    pub fn new(http: Http, org: OrgUrl, secret: Arc<Secret>, endpoints: &[Endpoint]) -> OktaClient {
        let tokens = Tokens::new(endpoint::scopes(endpoints));
        OktaClient {
            http,
            org,
            secret,
            tokens,
            names: Names::default(),
            limits: Arc::default(),
            waited: AtomicU64::new(0),
        }
    }

    /// A client of the same org with the same credential, connections and limits, whose token is asked for the scopes of
    /// `endpoints`: what is lacking for these costs the others nothing.
    #[must_use]
    pub fn for_endpoints(&self, endpoints: &[Endpoint]) -> OktaClient {
        let other = OktaClient::new(self.http.clone(), self.org.clone(), Arc::clone(&self.secret), endpoints);
        OktaClient { limits: Arc::clone(&self.limits), ..other }
    }

    /// x
    pub fn for_attempt(&self) -> &OktaClient {
        self
    }

    /// Whether the credential may read lists of access requests: Okta lets no API token.
    pub async fn may_list(&self, deadline: Deadline) -> Result<bool, OktaError> {
        let held = self.secret.get(deadline).await.map_err(OktaError::Secret)?;
        Ok(matches!(&*held.credential, Credential::ServiceApp(_)))
    }

    /// The org it talks to.
    #[must_use]
    pub fn org(&self) -> &OrgUrl {
        &self.org
    }

    /// How many calls were sent with the credential so far; those for tokens are not among them.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.limits.calls()
    }

    /// How often each call was sent so far, and what its limit is.
    #[must_use]
    pub fn usage(&self) -> HashMap<Endpoint, Usage> {
        self.limits.usage()
    }

    /// Leaves so many of each hundred calls that a limit allows to others, from now on.
    pub fn spare(&self, percent: u64) {
        self.limits.spare(percent);
    }

    /// How long calls have waited for rate limits so far; waits at the same time add up.
    #[must_use]
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited.load(Ordering::Relaxed))
    }

    /// Scopes that the service app lacks, although the configuration needs them.
    #[must_use]
    pub fn lacking_scopes(&self) -> Vec<String> {
        self.tokens.lacking()
    }

    /// Reads the credential and opens the connection, at the same time, then fetches the access token, so that the
    /// first event finds all three. What fails is met again, and told, by the call that needs it. An HTTP/2
    /// connection need only be there: it takes the first call while the answer to this one is on its way.
    pub async fn warm(&self, deadline: Deadline) {
        // Answers without a credential (Okta API reference, "Well-Known URIs"), and every org has it.
        let connect = self
            .http
            .client()
            .1
            .get(self.org.join("/.well-known/okta-organization"))
            .timeout(deadline.remaining());
        let connect = tokio::spawn(async {
            // Read to its end, so that an HTTP/1.1 connection goes back to the pool.
            let connected = async { read_bounded(connect.send().await?, MAX_ERROR_BODY).await };
            if let Err(error) = connected.await {
                tracing::debug!(cause = %error::transport_cause(&error), "the connection to Okta could not be opened ahead");
            }
        });
        let opened = pin!(self.http.opened());
        let (secret, _) = tokio::join!(self.secret.get(deadline), select(connect, opened));
        let ready = match &secret {
            Ok(held) => self.warm_token(held, deadline).await,
            Err(error) => Err(OktaError::Secret(error.clone())),
        };
        if let Err(error) = ready {
            tracing::debug!(%error, "the credential could not be made ready ahead");
        }
    }

    /// Sends a call and reads its answer as JSON.
    async fn json<T: DeserializeOwned>(&self, call: Call, deadline: Deadline) -> Result<T, OktaError> {
        self.page(call, deadline).await.map(|(answer, _)| answer)
    }

    /// The same, and the cursor of the next page. The link to it is not followed: it may point anywhere.
    async fn page<T: DeserializeOwned>(
        &self,
        call: Call,
        deadline: Deadline,
    ) -> Result<(T, Option<String>), OktaError> {
        let name = call.name();
        // Boxed: it is a large future, and many of them are in flight.
        let (headers, body) = Box::pin(self.send(call, deadline)).await?;
        match serde_json::from_slice(&body) {
            Ok(answer) => match next_cursor(&headers) {
                Ok(next) => Ok((answer, next)),
                Err(()) => Err(OktaError::Unreadable {
                    call: name,
                    cause: "the link to the next page can't be read".to_owned(),
                }),
            },
            // serde_json's own text may quote the answer.
            Err(_) if body.is_empty() => {
                Err(OktaError::Unreadable { call: name, cause: "the answer is empty".to_owned() })
            }
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let cause = format!("the answer is not the expected JSON (line {line}, column {column})");
                Err(OktaError::Unreadable { call: name, cause })
            }
        }
    }

    /// Sends a call, and again where that is safe: a read after any failure that may pass; a post only when it is certain
    /// that nothing was done. A 401 costs a new credential and one more try: it may have been rotated or revoked.
    async fn send(&self, call: Call, deadline: Deadline) -> Result<(HeaderMap, Bytes), OktaError> {
        let mut held = self.secret.get(deadline).await.map_err(OktaError::Secret)?;
        let (mut renewed, mut used) = (false, None);
        let mut tries = Tries::new();
        loop {
            self.admit(&call, deadline).await?;
            match self.send_once(&call, &mut held, &mut used, &mut tries, deadline).await {
                Ok(answer) => {
                    held.accept();
                    return Ok(answer);
                }
                Err(OktaError::Unauthorized { .. })
                    if !renewed && self.renew(&mut held, used, deadline).await? =>
                {
                    renewed = true;
                }
                Err(error) => self.before_next_try(&mut tries, &call, error, deadline).await?,
            }
        }
    }

    async fn send_once(
        &self,
        call: &Call,
        held: &mut crate::secret::HeldCredential,
        used: &mut Option<tokio::time::Instant>,
        tries: &mut Tries,
        deadline: Deadline,
    ) -> Result<(HeaderMap, Bytes), OktaError> {
        let authorization;
        (authorization, *used) = self.authorize(held, call, deadline).await?;
        let mut url = self.org.join(&call.path);
        url.set_query(call.query.as_deref());
        let mut request = self
            .client(tries)
            .request(call.endpoint.method(), url)
            .header(ACCEPT, "application/json")
            .headers(authorization)
            .headers(tries.headers());
        if let Some(content_type) = call.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let exchange = self.exchange(request, call, tries.timeout(call), deadline).await?;
        self.limits.note(call.endpoint, &exchange.headers);
        outcome(call, exchange)
    }

    /// The client for the next of these tries.
    fn client(&self, tries: &mut Tries) -> reqwest::Client {
        let (number, client) = self.http.client();
        tries.client = number;
        client
    }

    /// Waits until the rate limit lets the call pass, as far as Okta's answers tell; fails at once where that is too long.
    async fn admit(&self, call: &Call, deadline: Deadline) -> Result<(), OktaError> {
        while let Err(wait) = self.limits.admit(call.endpoint) {
            if wait + call.least_time() > deadline.remaining() {
                return Err(OktaError::OverLimit { call: call.name(), wait });
            }
            self.wait_for_limit(wait).await;
        }
        Ok(())
    }

    /// Pauses before a call is sent again; or gives the error back where it must not be, or can't be in time.
    async fn before_next_try(
        &self,
        tries: &mut Tries,
        call: &Call,
        error: OktaError,
        deadline: Deadline,
    ) -> Result<(), OktaError> {
        let Some(pause) = tries.pause(call, &error) else { return Err(error) };
        if pause + call.least_time() > deadline.remaining() {
            return Err(error);
        }
        // The pool may hold more of the kind, and would try one after another.
        if matches!(error, OktaError::TimedOut { .. }) {
            self.http.reconnect(tries.client);
        }
        tracing::debug!(%error, milliseconds = whole_milliseconds(pause), "the call is tried again");
        if matches!(error, OktaError::RateLimited { .. }) {
            self.wait_for_limit(pause).await;
        } else {
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    async fn wait_for_limit(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
        self.waited.fetch_add(whole_milliseconds(wait), Ordering::Relaxed);
    }

    /// Sends one request within the deadline, and reads what is wanted of the answer.
    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        call: &Call,
        timeout: Duration,
        deadline: Deadline,
    ) -> Result<Exchange, OktaError> {
        let name = call.name();
        let timeout = timeout.min(deadline.remaining());
        if timeout < call.least_time() {
            return Err(OktaError::OutOfTime { call: name });
        }
        let answered = async {
            let response = request.send().await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let limit = if status.is_success() { MAX_BODY } else { MAX_ERROR_BODY };
            Ok(Exchange { status, headers, body: read_bounded(response, limit).await })
        };
        let started = tokio::time::Instant::now();
        let exchange = match tokio::time::timeout(timeout, answered).await {
            Err(_) => return Err(OktaError::TimedOut { call: name, after: timeout }),
            Ok(Err(error)) => {
                let cause = error::transport_cause(&error);
                return Err(OktaError::Unreachable { call: name, cause, sent: !error.is_connect() });
            }
            Ok(Ok(exchange)) => exchange,
        };
        tracing::debug!(
            okta.call = name,
            okta.status = exchange.status.as_u16(),
            okta.request_id = error::request_id(&exchange.headers),
            okta.milliseconds = whole_milliseconds(started.elapsed()),
            "call answered"
        );
        Ok(exchange)
    }
}

/// The tries of one call.
struct Tries {
    backoff: ExponentialBackoff,
    made: u32,
    /// The number of the client that the last one was sent by.
    client: u64,
    /// Okta's id of the first exchange that failed with an answer.
    first: Option<String>,
}

impl Tries {
    fn new() -> Tries {
        Tries { backoff: BACKOFF.build(), made: 0, client: 0, first: None }
    }

    /// How long the present try may take.
    fn timeout(&self, call: &Call) -> Duration {
        match (call.repeatable(), self.made) {
            (true, 0) => FIRST_READ_TIMEOUT,
            (true, _) => READ_TIMEOUT,
            (false, _) => POST_TIMEOUT,
        }
    }

    /// The pause before the next try of a call that failed with `error`; none: there must be no other.
    fn pause(&mut self, call: &Call, error: &OktaError) -> Option<Duration> {
        let again = match error {
            // The deadline is limit enough.
            OktaError::RateLimited { limit: RateLimit::Window(Some(wait)), .. } => {
                self.note(error);
                return Some((*wait).max(LEAST_WAIT));
            }
            OktaError::RateLimited { .. } => true,
            OktaError::Unreachable { sent, .. } => !sent || call.repeatable(),
            OktaError::Unavailable { .. } | OktaError::TimedOut { .. } => call.repeatable(),
            _ => false,
        };
        let pause = again.then(|| self.backoff.next()).flatten()?;
        self.note(error);
        Some(match error {
            // The connection had died unseen, and Okta is not to be spared.
            OktaError::Unreachable { .. } | OktaError::TimedOut { .. } if self.made == 1 => Duration::ZERO,
            _ => pause,
        })
    }

    fn note(&mut self, error: &OktaError) {
        self.made += 1;
        self.first = self.first.take().or_else(|| error.okta_request_id().map(str::to_owned));
    }

    /// What Okta's own clients tell of a call that is sent again (Okta developer guide, "Rate limits best practices").
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.made > 0 {
            headers.insert("x-okta-retry-count", self.made.into());
        }
        if let Some(id) = self.first.as_deref().and_then(|id| id.parse().ok()) {
            headers.insert("x-okta-retry-for", id);
        }
        headers
    }
}

fn whole_milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What an answer means.
fn outcome(call: &Call, exchange: Exchange) -> Result<(HeaderMap, Bytes), OktaError> {
    let Exchange { status, headers, body } = exchange;
    if !status.is_success() {
        let start = match &body {
            Ok(Body::Whole(bytes) | Body::Start(bytes)) => bytes.as_ref(),
            Err(_) => &[],
        };
        return Err(OktaError::of_answer(call.name(), status, &headers, start));
    }
    if call.endpoint.method() == Method::POST {
        // The status says that it was done; nothing in the body, nor its loss, can take that back.
        return Ok((headers, Bytes::new()));
    }
    match body {
        Ok(Body::Whole(bytes)) => Ok((headers, bytes)),
        Ok(Body::Start(_)) => Err(OktaError::Unreadable {
            call: call.name(),
            cause: format!("the answer is larger than {} MiB", MAX_BODY / 1024 / 1024),
        }),
        Err(error) => Err(OktaError::Unreachable {
            call: call.name(),
            cause: format!("it broke off ({})", error::transport_cause(&error)),
            sent: true,
        }),
    }
}

/// The `after` of the `Link` header with `rel="next"` (Okta API reference, "Pagination"). The error: there is a next
/// page, but no telling which.
fn next_cursor(headers: &HeaderMap) -> Result<Option<String>, ()> {
    let links = headers.get_all("link").iter().filter_map(|link| link.to_str().ok());
    let Some(next) = links.flat_map(|link| link.split('<')).find(|link| link.contains("rel=\"next\"")) else {
        return Ok(None);
    };
    cursor_of(next.split('>').next().unwrap_or_default()).map(Some).ok_or(())
}

/// The `after` of a link. The link itself is not followed: it may point anywhere.
fn cursor_of(link: &str) -> Option<String> {
    let (_, query) = link.split_once('?')?;
    let (_, cursor) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "after")?;
    (!cursor.is_empty()).then(|| cursor.into_owned())
}

async fn read_bounded(mut response: reqwest::Response, limit: usize) -> Result<Body, reqwest::Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok(Body::Start(body.freeze()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Body::Whole(body.freeze()))
}
