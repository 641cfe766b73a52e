//! Checks Okta's log stream, which sends the System Log to the partner bus in this account and region.

use aws_config::Region;
use okta_request_enricher::okta::LogStream;
use okta_request_enricher::text;

use super::check::Check;

/// The account and region of the deployment, as far as they are known.
pub(super) struct Place {
    account: Option<String>,
    region: Option<String>,
}

impl Place {
    /// The account and region in the ARN of something deployed, `arn:aws:<service>:<region>:<account>:…`.
    /// Without an ARN, the region is that of the session.
    pub(super) fn of_arn(arn: Option<&str>, session: Option<&Region>) -> Place {
        let part = |number| arn?.split(':').nth(number).map(str::to_owned);
        Place { account: part(4), region: part(3).or_else(|| Some(session?.to_string())) }
    }
}

/// Checks that an active log stream ends in this place. `streams` is `None` if Okta does not show them.
pub(super) fn check(streams: Option<&[LogStream]>, place: &Place) -> Check {
    const CHECK: &str = "log stream";
    let Some(streams) = streams else {
        return Check::skipped(CHECK, "the log streams could not be read from Okta");
    };
    let (account, region) = (place.account.as_deref(), place.region.as_deref());
    let there = match (account, region) {
        (Some(account), Some(region)) => format!("account {account}, region {region}"),
        (None, Some(region)) => format!("region {region} (account unknown)"),
        _ => "this account (unknown)".to_owned(),
    };
    let ours: Vec<_> = streams.iter().filter(|stream| stream.ends_in(account, region)).collect();
    if let Some(stream) = ours.iter().find(|stream| stream.active) {
        return Check::ok(CHECK, format!("{} is active, to {there}", stream.name));
    }
    if let Some(stream) = ours.first() {
        return Check::fail(
            CHECK,
            format!("Okta has turned {} off: no event is sent", stream.name),
            "activate it (Admin Console, Reports > Log Streaming), then run enricher reconcile",
        );
    }
    let others = match streams.len() {
        0 => "the org has no log stream to EventBridge".to_owned(),
        count => format!("the org has {} to EventBridge, none to {there}", text::count(count, "log stream")),
    };
    let remedy = "add one, of the type AWS EventBridge (Admin Console, Reports > Log Streaming)";
    Check::fail(CHECK, format!("{others}: no event is sent"), remedy)
}
