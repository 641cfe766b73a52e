//! The line from an event to its message without a process: the library's real client, remembering in memory
//! what it answered, against whatever plays Okta.

use std::time::Duration;

use okta_request_enricher::config::Config;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::event::Channel;
use okta_request_enricher::handler::{AsOf, Enricher, Invocation};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::outcome::Attempt;
use okta_request_enricher::secret::Secret;
use okta_simulator::Simulator;

/// An enricher for `okta` with this credential and these variables, which takes events as the deployed
/// function does; events may be of any age, unless they say otherwise.
pub(crate) fn enricher(okta: &Simulator, secret: &str, settings: &[(&str, &str)]) -> Enricher {
    operator_s_enricher(okta, secret, settings).fed_by(Channel::Function)
}

/// The same for events that an operator gives by hand.
pub(crate) fn operator_s_enricher(okta: &Simulator, secret: &str, settings: &[(&str, &str)]) -> Enricher {
    operator_s_enricher_at(okta, secret, settings, AsOf::Now)
}

/// The same, with messages as of then.
pub(crate) fn operator_s_enricher_at(
    okta: &Simulator,
    secret: &str,
    settings: &[(&str, &str)],
    as_of: AsOf,
) -> Enricher {
    let url = okta.url();
    let config = Config::from_lookup(|name| {
        let set = settings.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        set.or_else(|| match name {
            "OKTA_ORG_URL" => Some(url.clone()),
            "OKTA_SECRET_ID" => Some("unused".into()),
            "MAX_EVENT_AGE" => Some("4000000000".into()),
            _ => None,
        })
    });
    let secret = Secret::given(Credential::parse(secret).unwrap());
    Enricher::for_operator(config.unwrap(), secret, Ledger::in_memory(), as_of).unwrap()
}

/// One attempt to its end, as Lambda would have it within this time.
pub(crate) async fn attempt(enricher: &Enricher, payload: impl AsRef<[u8]>, limit: Duration) -> Attempt {
    let invocation = Invocation { request_id: "lambda", account: None, deadline: Deadline::after(limit) };
    enricher.handle(payload.as_ref(), invocation).await
}
