//! [`LogStream`]: the org's log streams to EventBridge (Okta API reference, "Log Streaming";
//! `okta.logStreams.read`). Okta turns a stream off after two failed deliveries and does not notify the
//! receiver.

use super::call::Call;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::pages::PageLimit;
use crate::deadline::Deadline;
use crate::json::{Lenient, Object};

/// An org has a few log streams, far fewer than one page.
const PAGES: PageLimit = PageLimit { pages: 10, beyond: "the org has more log streams than are read" };

/// A log stream to Amazon EventBridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStream {
    /// The name that an admin gave it.
    pub name: String,
    /// Whether Okta sends events.
    pub active: bool,
    /// The receiving AWS account.
    pub account: Option<String>,
    /// The receiving AWS region.
    pub region: Option<String>,
}

impl LogStream {
    /// Whether this stream may end in `account` and `region`. An unknown account or region matches any.
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
    /// Reads the org's log streams to EventBridge.
    pub async fn log_streams(&self, deadline: Deadline) -> Result<Vec<LogStream>, OktaError> {
        let call = Call::new(Endpoint::LogStreams);
        let wire = self.all_pages(call, PAGES, |page: Vec<Lenient<Object>>| (page, None), deadline).await?;
        let streams = wire.into_iter().filter_map(|stream| stream.0);
        let to_eventbridge =
            streams.filter(|stream| stream.text("type").as_deref() == Some("aws_eventbridge"));
        Ok(to_eventbridge
            .map(|stream| {
                let settings = stream.object("settings");
                LogStream {
                    name: stream.text("name").unwrap_or_default(),
                    active: stream.text("status").as_deref() == Some("ACTIVE"),
                    account: settings.text("accountId"),
                    region: settings.text("region"),
                }
            })
            .collect())
    }
}
