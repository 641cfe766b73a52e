//! Whether Okta sends events to this function. Okta turns a log stream off after two failed deliveries and
//! does not notify the receiver.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::deadline::Deadline;
use crate::error::Error;
use crate::okta::{LogStream, OktaClient, OktaError};
use crate::outcome::Stream;

/// The state of the streams that end in this account and region, and a warning unless one of them is active.
/// The right to read them is optional, so a run warns of its absence only if no earlier run did:
/// `said_refused`.
pub(super) async fn state(
    okta: &OktaClient,
    account: Option<&str>,
    region: Option<&str>,
    said_refused: &AtomicBool,
    deadline: Deadline,
) -> (Stream, Option<String>) {
    let streams = okta.log_streams(deadline).await;
    let refused = streams.as_ref().is_err_and(OktaError::is_of_rights);
    let said = said_refused.swap(refused, Ordering::Relaxed);
    match streams {
        Ok(streams) => judge(&streams, account, region),
        Err(_) if refused && said => (Stream::Unknown, None),
        Err(error) => {
            let warning = format!(
                "failed to read the log streams: {}; until that works, a stream that is off is noticed only by its silence",
                Error::from(error)
            );
            (Stream::Unknown, Some(warning))
        }
    }
}

fn judge(streams: &[LogStream], account: Option<&str>, region: Option<&str>) -> (Stream, Option<String>) {
    let ours: Vec<_> = streams.iter().filter(|stream| stream.ends_in(account, region)).collect();
    if ours.iter().any(|stream| stream.active) {
        return (Stream::Active, None);
    }
    if ours.is_empty() {
        let warning = "the org has no log stream to EventBridge in this account and region; add one in the Admin \
                       Console (Reports > Log Streaming)";
        return (Stream::Unknown, Some(warning.to_owned()));
    }
    let names: Vec<_> = ours.iter().map(|stream| format!("`{}`", stream.name)).collect();
    let warning = format!(
        "the log stream to this account and region is off ({}), so Okta sends no events: Okta turned it off after \
         failed deliveries, or an admin did; activate it in the Admin Console (Reports > Log Streaming)",
        names.join(", ")
    );
    (Stream::Inactive, Some(warning))
}
