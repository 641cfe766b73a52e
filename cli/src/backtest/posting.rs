//! Whether messages could be posted. Only an attempt shows it: the call names a request that can't exist, as
//! that of `doctor` does, so nothing is posted.

use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::okta::OktaClient;
use okta_request_enricher::request::Api;
use serde::Serialize;

use super::past::TIME_LIMIT;
use crate::terminal;

/// Okta refuses the messages of one generation.
#[derive(Serialize)]
pub(super) struct Refused {
    pub(super) api: Api,
    /// Messages that would fail.
    pub(super) messages: usize,
    pub(super) reason: String,
}

/// Asks for each generation that has messages.
pub(super) async fn refused(okta: &OktaClient, messages: &[(Api, usize)]) -> Vec<Refused> {
    let mut refused = Vec::new();
    // A token of their own: a scope that is not granted must not harm the other calls.
    let client = okta.for_endpoints(&[Api::V1.messages(), Api::V2.messages()]);
    for (api, messages) in messages.iter().copied().filter(|(_, messages)| *messages > 0) {
        let asked = client.probe(api.messages(), Deadline::after(TIME_LIMIT));
        let Err(error) = Box::pin(asked).await else { continue };
        let remedy = error.remedy().map(|remedy| format!("; {remedy}")).unwrap_or_default();
        if error.is_of_rights() {
            let scope = api.messages().scope().unwrap_or_default();
            let reason = if client.lacking_scopes().iter().any(|lacking| lacking == scope) {
                format!("the OAuth scope {scope} is not granted{remedy}")
            } else {
                format!("{error}{remedy}")
            };
            refused.push(Refused { api, messages, reason });
        } else {
            let api = api.as_str();
            terminal::eprintln!(
                "failed to find out whether messages of {api} can be posted: {error}{remedy}"
            );
        }
    }
    refused
}
