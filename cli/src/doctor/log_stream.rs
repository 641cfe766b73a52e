//! Checks Okta's log stream, which sends the System Log to the partner bus in this account and region.

use std::fmt;

use aws_config::Region;
use okta_request_enricher::okta::LogStream;
use okta_request_enricher::text;

use super::check::Check;

/// Where the log stream must end.
pub(super) enum Place {
    /// In the account and region of the deployment, as far as they are known.
    Here { account: Option<String>, region: Option<String> },
    /// In another account or region, from which events are forwarded.
    Elsewhere,
}

impl Place {
    /// The account and region in the ARN of something deployed, `arn:aws:<service>:<region>:<account>:…`.
    /// Without an ARN, the region is that of the session.
    pub(super) fn of_arn(arn: Option<&str>, session: Option<&Region>) -> Place {
        let part = |number| arn?.split(':').nth(number).map(str::to_owned);
        Place::Here { account: part(4), region: part(3).or_else(|| Some(session?.to_string())) }
    }

    fn has(&self, stream: &LogStream) -> bool {
        match self {
            Place::Here { account, region } => stream.ends_in(account.as_deref(), region.as_deref()),
            Place::Elsewhere => true,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Here { account: Some(account), region: Some(region) } => {
                write!(f, "account {account}, region {region}")
            }
            Place::Here { region: Some(region), .. } => write!(f, "region {region} (account unknown)"),
            Place::Here { .. } => f.write_str("this account (unknown)"),
            Place::Elsewhere => f.write_str("where events are forwarded from"),
        }
    }
}

/// Checks that an active log stream ends in this place. `streams`: those of the org, or why Okta did not show
/// them.
pub(super) fn check(streams: Result<Vec<LogStream>, &'static str>, place: &Place) -> Check {
    const CHECK: &str = "log stream";
    let streams = match streams {
        Ok(streams) => streams,
        Err(why) => return Check::skipped(CHECK, why),
    };
    let ours: Vec<_> = streams.iter().filter(|stream| place.has(stream)).collect();
    if let Some(stream) = ours.iter().find(|stream| stream.active) {
        let to = match place {
            Place::Here { account: None, region: None } => {
                "its account and region were not compared".to_owned()
            }
            place => format!("to {place}"),
        };
        return Check::ok(CHECK, format!("{} is active, {to}", stream.name));
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
        count => format!("the org has {} to EventBridge, none to {place}", text::count(count, "log stream")),
    };
    let remedy = "add one, of the type AWS EventBridge (Admin Console, Reports > Log Streaming)";
    Check::fail(CHECK, format!("{others}: no event is sent"), remedy)
}
