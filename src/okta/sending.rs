//! [`Sending`]: one call on its way to Okta. It sends the call, and sends it again where that is safe: a read
//! after any failure that may pass, a post only if Okta certainly did nothing. It keeps the deadline and
//! waits out rate limits. What the headers prove and what the answer means is decided elsewhere.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::answers;
use super::call::{Call, Tries};
use super::doubt::Doubt;
use super::error::{OktaError, RateLimit};
use super::exchange::Exchange;
use super::meter::{Meter, whole_milliseconds};
use super::org::OrgUrl;
use super::rate_limit::RateLimits;
use crate::STEPS;
use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::http::{Broken, Client, Http, SILENCE};
use crate::luck::Luck;

/// The least wait before a call that a rate limit refused is sent again, whatever the answer says.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// Pauses between the tries of one call, where Okta names none: three tries in all. Chance lengthens each.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(200))
    .with_max_delay(Duration::from_secs(2))
    .with_max_times(2)
    .with_jitter();

// What Okta's own clients add to a call that is sent again (Okta developer guide, "Rate limits best
// practices").
const RETRY_COUNT: HeaderName = HeaderName::from_static("x-okta-retry-count");
const RETRY_FOR: HeaderName = HeaderName::from_static("x-okta-retry-for");

/// A read is not sent again for want of an answer if less time than this is left: the first may just be slow.
const LEAST_TIME_TO_ASK_AGAIN: Duration = Duration::from_secs(5);

/// What authorizes the tries of one call: each has its own headers, and the body that belongs to them.
pub(super) trait Sign {
    fn sign(&mut self) -> LocalBoxFuture<'_, Result<(HeaderMap, Option<Bytes>), OktaError>>;
}

/// What a call uses, the org that it goes to, and the meter that counts it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route<'a> {
    pub(super) http: &'a Http,
    pub(super) clock: Clock,
    pub(super) luck: &'a Luck,
    pub(super) org: &'a OrgUrl,
    pub(super) meter: &'a Meter,
    pub(super) doubt: &'a Doubt,
}

/// One call and its tries so far.
pub(super) struct Sending<'a> {
    route: Route<'a>,
    call: &'a Call,
    /// The rate limits that count the call; `None`: it is not counted.
    limits: Option<&'a RateLimits>,
    deadline: Deadline,
    backoff: ExponentialBackoff,
    /// Tries that failed.
    failed: u32,
    /// The HTTP client that made the last try.
    client: Option<Client>,
    /// Okta's id of the first exchange that failed with an answer.
    first_failed: Option<String>,
}

impl<'a> Sending<'a> {
    /// A call that was not tried yet.
    pub(super) fn new(
        route: Route<'a>,
        call: &'a Call,
        limits: Option<&'a RateLimits>,
        deadline: Deadline,
    ) -> Sending<'a> {
        let backoff = BACKOFF.with_jitter_seed(route.luck.number()).build();
        Sending { route, call, limits, deadline, backoff, failed: 0, client: None, first_failed: None }
    }

    /// Repeats `one_try` until it succeeds, or until its error must not or can't be tried again in time.
    pub(super) async fn until_answered<T>(
        mut self,
        mut one_try: impl AsyncFnMut(&mut Sending<'a>) -> Result<T, OktaError>,
    ) -> Result<T, OktaError> {
        loop {
            match one_try(&mut self).await {
                Ok(answer) => return Ok(answer),
                Err(error) => self.before_next_try(error).await?,
            }
        }
    }

    /// Waits until the call's rate limit has a place for it, by what Okta's answers have reported. Fails immediately
    /// if that takes too long.
    async fn wait_for_place(&self, limits: &RateLimits) -> Result<(), OktaError> {
        while let Some(wait) = limits.closed_for(self.call.endpoint) {
            let waits = self.call.tries == Tries::Several;
            if !waits || wait + self.call.least_time() > self.deadline.remaining() {
                return Err(OktaError::OverLimit { call: self.call.name(), wait });
            }
            self.wait_for_limit(wait).await;
        }
        Ok(())
    }

    /// Headers and body of the next try, how long it may take, and its place in the rate limit. To sign it may take
    /// a call for an access token, so the place is taken last: only what is certainly sent uses up the limit.
    async fn ready(&self, sign: &mut dyn Sign) -> Result<(HeaderMap, Option<Bytes>, Duration), OktaError> {
        let call = self.call;
        loop {
            if let Some(limits) = self.limits {
                self.wait_for_place(limits).await?;
            }
            let (headers, body) = sign.sign().await?;
            let timeout = call.timeout(self.failed).min(self.deadline.remaining());
            if timeout < call.least_time() {
                return Err(OktaError::OutOfTime { call: call.name() });
            }
            let Some(limits) = self.limits else { return Ok((headers, body, timeout)) };
            if limits.admit(call.endpoint) {
                self.route.meter.count_call();
                return Ok((headers, body, timeout));
            }
        }
    }

    /// Makes one try within the deadline, signed by `sign`.
    pub(super) async fn once(&mut self, sign: &mut dyn Sign) -> Result<Exchange, OktaError> {
        let call = self.call;
        let name = call.name();
        let (headers, body, timeout) = self.ready(sign).await?;
        let http = self.route.http;
        let client = match (call.repeatable(), self.failed) {
            (true, 0 | 1) => http.client(),
            (true, _) => http.client_for_last_try(),
            (false, _) => http.client_for_post(),
        };
        self.client = Some(client.clone());
        let request = self.request(headers, body);
        let started = Instant::now();
        let answered = async {
            if !call.repeatable() {
                return self.exchange(&client, request).await;
            }
            let again = self.again(&client, sign);
            tokio::select! {
                biased;
                answered = self.exchange(&client, request) => answered,
                answered = again => answered,
                () = client.found_dead() => Err(Broken::found_dead()),
            }
        };
        let exchange = match tokio::time::timeout(timeout, answered).await {
            Err(_) => return Err(OktaError::TimedOut { call: name, after: timeout }),
            Ok(Err(error)) => return Err(unreachable(name, error)),
            Ok(Ok(exchange)) => exchange,
        };
        tracing::info!(
            target: STEPS,
            {
                okta.call = name,
                okta.status = exchange.status.as_u16(),
                okta.request_id = answers::request_id(&exchange.headers),
                okta.milliseconds = whole_milliseconds(started.elapsed()),
            },
            "call answered"
        );
        Ok(exchange)
    }

    async fn exchange(&self, client: &Client, request: reqwest::Request) -> Result<Exchange, Broken> {
        let answer = client.send(request).await?;
        self.route.doubt.note(client, &answer);
        Ok(Exchange::read(answer, self.call.body_timeout()).await)
    }

    /// Sends a read once more, on a new connection, if that of `silent` may be dead. If the new connection answers
    /// first, the old one counts as dead. Without an answer this never ends.
    fn again<'s>(
        &'s self,
        silent: &'s Client,
        sign: &'s mut dyn Sign,
    ) -> LocalBoxFuture<'s, Result<Exchange, Broken>> {
        let Route { http, doubt, meter, .. } = self.route;
        if !doubt.meets(silent) {
            return Box::pin(std::future::pending());
        }
        Box::pin(async move {
            tokio::time::sleep(SILENCE).await;
            if self.deadline.remaining() >= LEAST_TIME_TO_ASK_AGAIN
                && doubt.lets_ask_again()
                && let (Ok((headers, body)), Ok(client)) = (sign.sign().await, http.fresh())
            {
                if self.limits.is_some() {
                    meter.count_call();
                }
                let call = self.call.name();
                tracing::info!(target: STEPS, call, "no answer yet: asked again on a new connection");
                if let Ok(exchange) = self.exchange(&client, self.request(headers, body)).await {
                    if doubt.remains() {
                        http.replace(silent, client);
                    }
                    return Ok(exchange);
                }
            }
            std::future::pending().await
        })
    }

    fn request(&self, headers: HeaderMap, body: Option<Bytes>) -> reqwest::Request {
        let call = self.call;
        let mut url = self.route.org.join(&call.path);
        url.set_query(call.query.as_deref());
        let mut request = reqwest::Request::new(call.endpoint.method(), url);
        let all = request.headers_mut();
        *all = headers;
        all.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if self.failed > 0 {
            all.insert(RETRY_COUNT, self.failed.into());
        }
        if let Some(id) = self.first_failed.as_ref().and_then(|id| HeaderValue::from_str(id).ok()) {
            all.insert(RETRY_FOR, id);
        }
        if let Some(content_type) = call.content_type {
            all.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        *request.body_mut() = body.map(Into::into);
        request
    }

    /// Pauses before the next try. Returns the error if there must be no other, or if it could not be made in
    /// time.
    async fn before_next_try(&mut self, error: OktaError) -> Result<(), OktaError> {
        let is_dead = match &error {
            OktaError::Unreachable { sent, .. } => *sent,
            OktaError::TimedOut { after, .. } => *after >= SILENCE,
            _ => false,
        };
        if let Some(client) = self.client.as_ref().filter(|_| is_dead) {
            self.route.http.reconnect(client);
        }
        let Some(pause) = self.pause_after(&error) else { return Err(error) };
        if pause + self.call.least_time() > self.deadline.remaining() {
            return Err(error);
        }
        tracing::info!(target: STEPS, %error, milliseconds = whole_milliseconds(pause), "the call is tried again");
        if matches!(error, OktaError::RateLimited { .. }) {
            self.wait_for_limit(pause).await;
        } else {
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// How long to pause before the next try; `None` if there must be no other.
    fn pause_after(&mut self, error: &OktaError) -> Option<Duration> {
        let again = match error {
            OktaError::Unreachable { sent: false, .. } => true,
            _ if self.call.tries == Tries::One => false,
            // The deadline alone bounds these tries.
            OktaError::RateLimited { limit: RateLimit::Window(Some(wait)), .. } => {
                self.note_failure(error);
                return Some((*wait).max(LEAST_WAIT));
            }
            OktaError::RateLimited { .. } | OktaError::ReadOnly { .. } => true,
            OktaError::Unreachable { .. } | OktaError::Unavailable { .. } | OktaError::TimedOut { .. } => {
                self.call.repeatable()
            }
            _ => false,
        };
        let pause = again.then(|| self.backoff.next()).flatten()?;
        self.note_failure(error);
        Some(match error {
            // The connection may have died unseen: the first retry needs no pause.
            OktaError::Unreachable { .. } | OktaError::TimedOut { .. } if self.failed == 1 => Duration::ZERO,
            _ => pause,
        })
    }

    fn note_failure(&mut self, error: &OktaError) {
        self.failed += 1;
        self.first_failed = self.first_failed.take().or_else(|| error.okta_request_id().map(str::to_owned));
    }

    async fn wait_for_limit(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
        self.route.meter.add_wait(wait);
    }
}

/// No answer, or not all of its headers.
pub(super) fn unreachable(call: String, Broken { connected, cause, .. }: Broken) -> OktaError {
    OktaError::Unreachable { call, cause, sent: connected }
}

/// A header value that no debug output shows. A text that can't be a header is sent empty, and Okta refuses
/// it.
pub(super) fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}
