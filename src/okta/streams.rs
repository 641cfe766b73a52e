//! The org's log streams: Okta turns one off after two failed deliveries, without a word to the other side (API
//! reference, "Log Streaming"; `okta.logStreams.read`).

use serde::Deserialize;

use super::endpoint::Endpoint;
use super::{Call, OktaClient, OktaError};
use crate::deadline::Deadline;

/// A log stream to Amazon EventBridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStream {
    /// As its admin named it.
    pub name: String,
    /// Okta sends events.
    pub active: bool,
    /// The AWS account that it goes to.
    pub account: Option<String>,
    /// The AWS region that it goes to.
    pub region: Option<String>,
}

impl LogStream {
    /// Whether it may be the one that ends here; what is not known speaks for it.
    #[must_use]
    pub fn ends_in(&self, account: Option<&str>, region: Option<&str>) -> bool {
        let same = |theirs: &Option<String>, ours: Option<&str>| match (theirs, ours) {
            (Some(theirs), Some(ours)) => theirs == ours,
            _ => true,
        };
        same(&self.account, account) && same(&self.region, region)
    }
}

impl OktaClient {
    /// The org's streams to EventBridge.
    pub async fn log_streams(&self, deadline: Deadline) -> Result<Vec<LogStream>, OktaError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Settings {
            account_id: Option<String>,
            region: Option<String>,
        }
        #[derive(Deserialize)]
        struct Wire {
            name: Option<String>,
            #[serde(rename = "type")]
            kind: Option<String>,
            status: Option<String>,
            settings: Option<Settings>,
        }
        let wire: Vec<Wire> = self.json(Call::new(Endpoint::LogStreams), deadline).await?;
        let to_eventbridge = wire.into_iter().filter(|it| it.kind.as_deref() == Some("aws_eventbridge"));
        Ok(to_eventbridge
            .map(|it| {
                let (account, region) = it.settings.map_or((None, None), |at| (at.account_id, at.region));
                let active = it.status.as_deref() == Some("ACTIVE");
                LogStream { name: it.name.unwrap_or_default(), active, account, region }
            })
            .collect())
    }
}
