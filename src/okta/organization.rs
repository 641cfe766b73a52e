//! [`Organization`]: what an org says of itself to everyone, without a credential.

use std::time::Duration;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::error::OktaError;
use super::exchange::{Body, MAX_ERROR_BODY, read_bounded};
use super::org::OrgUrl;
use super::sending::unreachable;
use crate::deadline::{self, Deadline};
use crate::json::{self, Object};
use crate::shape;
use crate::surroundings::Surroundings;

/// The path at which every org answers (Okta API reference, "Well-Known URIs").
const ORGANIZATION: &str = "/.well-known/okta-organization";

/// How long the org may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// An org as Okta describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The org's id, `00o…`.
    pub id: String,
    /// Its Okta host. Behind a custom domain this is another host than the one that was asked.
    pub host: Option<String>,
    /// `idx` (Identity Engine) or `v1` (Classic Engine).
    pub pipeline: Option<String>,
    /// By how much Okta's clock is ahead of this machine's, to a second; `None` if the answer has no date.
    pub clock_ahead: Option<SignedDuration>,
}

impl Organization {
    /// Asks the org. Sends no credential.
    pub async fn ask(
        Surroundings { http, clock, .. }: &Surroundings,
        org: &OrgUrl,
        deadline: Deadline,
    ) -> Result<Organization, OktaError> {
        let call = || format!("GET {ORGANIZATION}");
        let unreadable = |cause: &str| OktaError::Unreadable { call: call(), cause: cause.to_owned() };
        let (before, limit) = (clock.now(), TIMEOUT.min(deadline.remaining()));
        let answered = async {
            let response =
                http.send_twice(reqwest::Request::new(Method::GET, org.join(ORGANIZATION))).await?;
            let clock_ahead = clock_ahead(response.headers(), before, clock.now());
            let (status, headers) = (response.status(), response.headers().clone());
            Ok((clock_ahead, status, headers, read_bounded(response, MAX_ERROR_BODY).await?))
        };
        let answered = deadline::within(limit, answered).await.ok_or_else(|| match limit {
            Duration::ZERO => OktaError::OutOfTime { call: call() },
            _ => OktaError::TimedOut { call: call(), after: limit },
        })?;
        let (clock_ahead, status, headers, body) = answered.map_err(|error| unreachable(call(), error))?;
        let (Body::Whole(body) | Body::Start(body)) = body;
        if !status.is_success() {
            return Err(OktaError::of_answer(call(), status, &headers, &body));
        }
        let wire: Object =
            json::from_slice(&body).map_err(|_| unreadable("the answer is not that of an Okta org"))?;
        // Nothing else of the answer is shown to anyone.
        let id = |text: Option<String>| text.filter(|text| shape::is_id(text));
        let host = |href: String| Some(Url::parse(&href).ok()?.host_str()?.to_owned());
        let href = wire.object("_links").object("organization").text("href");
        Ok(Organization {
            id: id(wire.text("id")).ok_or_else(|| unreadable("the answer names no org"))?,
            host: href.and_then(host).filter(|host| shape::is_host(host)),
            pipeline: id(wire.text("pipeline")),
            clock_ahead,
        })
    }
}

/// Compares the answer's `Date`, which is cut to whole seconds, with the middle of the exchange.
fn clock_ahead(headers: &http::HeaderMap, before: Timestamp, after: Timestamp) -> Option<SignedDuration> {
    let date = jiff::fmt::rfc2822::parse(headers.get("date")?.to_str().ok()?).ok()?.timestamp();
    let theirs = date.checked_add(SignedDuration::from_millis(500)).ok()?;
    Some(theirs.duration_since(before + after.duration_since(before) / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_with_the_middle_of_the_exchange() {
        let headers = |date: &str| http::HeaderMap::from_iter([(http::header::DATE, date.parse().unwrap())]);
        let nine = Timestamp::from_second(1_795_510_800).unwrap();
        let ahead = |date: &str, from: i64, to: i64| {
            let at = |milliseconds| nine + SignedDuration::from_millis(milliseconds);
            clock_ahead(&headers(date), at(from), at(to)).map(|ahead| ahead.as_millis())
        };
        assert_eq!(ahead("Tue, 24 Nov 2026 09:00:00 GMT", 0, 1000), Some(0));
        assert_eq!(ahead("Tue, 24 Nov 2026 09:00:00 GMT", 10_000, 13_000), Some(-11_000));
        assert_eq!(ahead("Tue, 24 Nov 2026 09:01:00 GMT", 0, 1000), Some(60_000));
        assert_eq!(ahead("now", 0, 1000), None);
    }
}
