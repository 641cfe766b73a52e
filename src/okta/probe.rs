//! Probes: what an org, a credential and its rights are, found out by calls that change nothing. They go the way of every
//! other call, and so meet the same credential, the same limits and the same answers.
//!
//! Okta answers 403 where a scope or a role lacks, before it looks for what the call names; 404 means that it looked, and
//! so that the caller may. (That order is inferred, and nowhere promised.) What a role is allowed to see of
//! all that exists, a probe can't tell.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::OrgUrl;
use super::endpoint::Endpoint;
use super::{Body, Call, MAX_ERROR_BODY, OktaClient, OktaError, error, read_bounded};
use crate::deadline::Deadline;
use crate::request::UserId;
use crate::secret::Credential;

/// Where every org tells who it is, without a credential (Okta API reference, "Well-Known URIs").
const ORGANIZATION: &str = "/.well-known/okta-organization";

/// How long the org may take to say who it is.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What Okta says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The org's id, `00o…`.
    pub id: String,
    /// Its own host, which behind a custom domain is another than the one that was asked.
    pub host: Option<String>,
    /// `idx` (Identity Engine) or `v1` (Classic Engine).
    pub pipeline: Option<String>,
    /// By how much Okta's clock is ahead of this machine's, to a second; `None` where the answer bears no date.
    pub clock_ahead: Option<SignedDuration>,
}

/// Whose credential it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// An API token: that of this user, where Okta tells.
    User(Option<UserId>),
    /// A service app, whose key Okta knows.
    ServiceApp,
}

impl Organization {
    /// Asks the org who it is. Sends no credential.
    pub async fn ask(
        http: &reqwest::Client,
        org: &OrgUrl,
        deadline: Deadline,
    ) -> Result<Organization, OktaError> {
        #[derive(Deserialize)]
        struct Link {
            href: Option<String>,
        }
        #[derive(Deserialize)]
        struct Links {
            organization: Option<Link>,
        }
        #[derive(Deserialize)]
        struct Wire {
            id: Option<String>,
            pipeline: Option<String>,
            #[serde(rename = "_links")]
            links: Option<Links>,
        }
        let call = || format!("GET {ORGANIZATION}");
        let unreadable = |cause: &str| OktaError::Unreadable { call: call(), cause: cause.to_owned() };
        let unreachable = |error: &reqwest::Error| OktaError::Unreachable {
            call: call(),
            cause: error::transport_cause(error),
            sent: !error.is_connect(),
        };
        let (before, timeout) = (Timestamp::now(), TIMEOUT.min(deadline.remaining()));
        let asked = http.get(org.join(ORGANIZATION)).timeout(timeout).send().await;
        let response = asked.map_err(|error| unreachable(&error))?;
        let clock_ahead = clock_ahead(response.headers(), before, Timestamp::now());
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_bounded(response, MAX_ERROR_BODY).await.map_err(|error| unreachable(&error))?;
        let (Body::Whole(body) | Body::Start(body)) = body;
        if !status.is_success() {
            return Err(OktaError::of_answer(call(), status, &headers, &body));
        }
        let wire: Wire =
            serde_json::from_slice(&body).map_err(|_| unreadable("the answer is not that of an Okta org"))?;
        // Nothing else of the answer is shown to anyone.
        let identifier = |text: Option<String>| text.filter(|text| error::is_identifier(text));
        let href = wire.links.and_then(|links| links.organization?.href);
        Ok(Organization {
            id: identifier(wire.id).ok_or_else(|| unreadable("the answer names no org"))?,
            host: identifier(href.and_then(|href| Some(Url::parse(&href).ok()?.host_str()?.to_owned()))),
            pipeline: identifier(wire.pipeline),
            clock_ahead,
        })
    }
}

impl OktaClient {
    /// Whose credential it is, by a call that only a valid one gets through: for a service app the one for a token.
    pub async fn identity(&self, deadline: Deadline) -> Result<Identity, OktaError> {
        #[derive(Deserialize)]
        struct Wire {
            id: Option<String>,
        }
        let held = self.secret.get(deadline).await.map_err(OktaError::Secret)?;
        match &*held.credential {
            Credential::ServiceApp(_) => {
                self.warm_token(&held, deadline).await.map(|()| Identity::ServiceApp)
            }
            Credential::ApiToken(_) => {
                let wire: Wire = self.json(Call::on(Endpoint::User, "me"), deadline).await?;
                Ok(Identity::User(wire.id.as_deref().and_then(UserId::parse)))
            }
        }
    }

    /// Whether the credential may make this call. A list is read; everything else is asked for by an id that nothing has.
    ///
    /// # A message is never posted
    ///
    /// The right to post can't be told but by trying. So the call names a request that can't exist, by an id from this
    /// file and none from outside: as the ids that Okta makes show, they are random (v2), or begin with the present time (v1:
    /// eight digits that count the seconds since 1970); neither gives nothing but zeros. Who has no right gets 403, who has it 404.
    pub async fn probe(&self, endpoint: Endpoint, deadline: Deadline) -> Result<(), OktaError> {
        let of_nothing = match endpoint {
            Endpoint::Token => return self.identity(deadline).await.map(drop),
            Endpoint::RequestsV1 | Endpoint::RequestsV2 | Endpoint::LogStreams => None,
            Endpoint::User | Endpoint::UserGroups | Endpoint::UserAppLinks => Some("00u00000000000000000"),
            Endpoint::App => Some("0oa00000000000000000"),
            Endpoint::Group => Some("00g00000000000000000"),
            Endpoint::Bundle => Some("enb00000000000000000"),
            Endpoint::RequestType | Endpoint::RequestV1 | Endpoint::MessageV1 => {
                Some("000000000000000000000000")
            }
            Endpoint::RequestV2 | Endpoint::MessageV2 => Some("req00000000000000000"),
        };
        let mut call = match of_nothing {
            Some(id) => Call::on(endpoint, id),
            None => Call::new(endpoint),
        };
        match endpoint {
            Endpoint::RequestsV1 | Endpoint::RequestsV2 => call.query = Some("limit=1".to_owned()),
            Endpoint::MessageV1 | Endpoint::MessageV2 => {
                call.content_type = Some("application/json");
                // Well-formed, or Okta might find fault with it before it looks for the right.
                let message = "A probe of okta-request-enricher, on a request that does not exist";
                call.body = Some(json!({ "message": message }).to_string().into());
            }
            _ => {}
        }
        let (name, posts) = (call.name(), call.body.is_some());
        match Box::pin(self.send(call, deadline)).await {
            Err(OktaError::NotFound { .. }) if of_nothing.is_some() => Ok(()),
            Ok(_) if posts => {
                let cause =
                    "Okta took a message on a request that does not exist; tell the authors of this program";
                Err(OktaError::Unreadable { call: name, cause: cause.to_owned() })
            }
            answered => answered.map(drop),
        }
    }

    /// How many calls of this kind Okta allows in a window, which is a minute; `None` where no answer has told.
    #[must_use]
    pub fn limit_of(&self, endpoint: Endpoint) -> Option<u64> {
        self.usage().get(&endpoint)?.limit
    }
}

/// The answer's `Date`, which is cut to whole seconds, against the middle of the exchange.
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
