//! [`Call`]: one call as it is sent, without its credential, and how much time it needs. It sends nothing.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use url::form_urlencoded;

use super::endpoint::Endpoint;

/// How long one try of a read may take, including reading its answer. A nearer deadline shortens it.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the first try of a read may take. Its connection may have died unseen while Lambda froze the
/// process; a slower answer is asked for again over a new connection.
const FIRST_READ_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a post may take. Giving up leaves it unknown whether the message arrived, so this is long.
const POST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the body of an answer to a post is waited for. The status alone says whether the message was posted.
const POST_BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// A read is not sent if less time than this is left.
const LEAST_READ_TIME: Duration = Duration::from_millis(500);

/// A post is not sent if less time than this is left: Okta takes longer, and whether it arrived would stay
/// unknown.
const LEAST_POST_TIME: Duration = Duration::from_millis(1500);

/// How often a call may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tries {
    /// Again after a failure that may pass.
    Several,
    /// Once, without a wait for a rate limit. Again only if it was not sent, or if Okta refused the credential or the
    /// proof.
    One,
}

/// One call. `path` is the endpoint's own path with a parsed id in it, so it needs no encoding and can't name
/// another endpoint.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) endpoint: Endpoint,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Option<Bytes>,
    /// The id is a login, which is personal data: [`Call::name`] leaves it out.
    pub(super) hides_id: bool,
    pub(super) tries: Tries,
}

impl Call {
    /// A call to an endpoint whose path has no id.
    pub(super) fn new(endpoint: Endpoint) -> Call {
        let path = endpoint.template().to_owned();
        let (hides_id, tries) = (false, Tries::Several);
        Call { endpoint, path, query: None, content_type: None, body: None, hides_id, tries }
    }

    /// A call about one thing. `id` must come from a type that only its parser makes.
    pub(super) fn on(endpoint: Endpoint, id: &str) -> Call {
        Call { path: endpoint.template().replace("{id}", id), ..Call::new(endpoint) }
    }

    /// The same call with these parameters.
    pub(super) fn with_query(self, parameters: &[(&str, &str)]) -> Call {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish()
            // Okta reads `+` as a plus sign, not as a space.
            .replace('+', "%20");
        Call { query: Some(query), ..self }
    }

    /// Whether sending it twice does no more than sending it once: reads, and requests for a token.
    pub(super) fn repeatable(&self) -> bool {
        self.endpoint.method() == Method::GET || self.endpoint == Endpoint::Token
    }

    /// How much time must be left for sending it.
    pub(super) fn least_time(&self) -> Duration {
        if self.repeatable() { LEAST_READ_TIME } else { LEAST_POST_TIME }
    }

    /// How long the body of an answer is waited for, once its status is known.
    pub(super) fn body_timeout(&self) -> Duration {
        if self.repeatable() { READ_TIMEOUT } else { POST_BODY_TIMEOUT }
    }

    /// How long a try may take that comes after `failed` failed ones.
    pub(super) fn timeout(&self, failed: u32) -> Duration {
        match (self.repeatable(), failed) {
            (true, 0) => FIRST_READ_TIMEOUT,
            (true, _) => READ_TIMEOUT,
            (false, _) => POST_TIMEOUT,
        }
    }

    /// `GET /api/v1/users/00u…`, for errors and logs.
    pub(super) fn name(&self) -> String {
        let path = if self.hides_id { self.endpoint.template() } else { &self.path };
        format!("{} {path}", self.endpoint.method())
    }
}
