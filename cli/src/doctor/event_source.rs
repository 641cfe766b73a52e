//! Checks the partner event source, Okta's end of the log stream in this account: it must be associated with
//! a bus.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::SdkError;
use aws_sdk_eventbridge::primitives::{DateTime, DateTimeFormat};
use aws_sdk_eventbridge::types::EventSourceState;

use super::aws_failure::failed;
use super::check::{AGAIN, Check};
use super::pages;
use super::rule::PARTNER;

/// The name of this check.
pub(super) const CHECK: &str = "event source";

const ADD_STREAM: &str = "add the log stream in Okta anew, of the type AWS EventBridge (Admin Console, Reports > Log \
                          Streaming), and deploy with the new EventSourceName";

/// What associates a source with a bus.
const ASSOCIATE: &str = "associate it (EventBridge > Partner event sources), or deploy with \
                         \"EventBusName=''\", which does it";

/// One source.
struct Source {
    name: String,
    state: Option<EventSourceState>,
    /// Whether its bus is there. Then it is pending because somebody deactivated it.
    has_bus: bool,
    /// When a source expires that nobody associates with a bus.
    expires: Option<DateTime>,
}

/// Where the rule is that sends events to the function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleIs {
    /// On a bus of the account's own, to which events are forwarded.
    Forwarded,
    Nowhere,
    /// It could not be looked for.
    Unknown,
}

/// Checks the source of this partner bus, which has the bus's name.
pub(super) async fn check(client: &Client, partner_bus: &str) -> Check {
    let name = partner_bus;
    match Box::pin(client.describe_event_source().name(name).send()).await {
        Ok(found) => {
            let expires = found.expiration_time;
            judge(&Source { name: name.to_owned(), state: found.state, has_bus: true, expires })
        }
        Err(error) => {
            let what = format!("the event source {name}");
            failed(CHECK, &what, &error, "events:DescribeEventSource", ADD_STREAM)
        }
    }
}

/// Checks, without a partner bus, whether a source waits for one. Where events are forwarded, Okta's source is
/// elsewhere, and one that waits here changes nothing.
pub(super) async fn check_without_bus(client: &Client, rule: RuleIs) -> Check {
    if rule == RuleIs::Forwarded {
        return Check::skipped(
            CHECK,
            "not in this account and region: events are forwarded to the rule's bus",
        );
    }
    match waiting(client).await {
        Ok(Some(source)) => judge(&source),
        Ok(None) if rule == RuleIs::Unknown => {
            Check::skipped(CHECK, "Okta has none here; whether events are forwarded is unknown")
        }
        Ok(None) => {
            Check::fail(CHECK, "Okta has none in this account and region: no event arrives", ADD_STREAM)
        }
        Err(check) => check,
    }
}

/// The source to speak of, if there is one: one that can be associated goes before one that is gone.
async fn waiting(client: &Client) -> Result<Option<Source>, Check> {
    let sources = pages::all(async |token| {
        let asked = client.list_event_sources().name_prefix(PARTNER).set_next_token(token);
        let answer = Box::pin(asked.send()).await?;
        Ok((answer.event_sources.unwrap_or_default(), answer.next_token))
    });
    let sources = sources.await.map_err(|error: SdkError<_>| {
        failed(CHECK, "the event sources", &error, "events:ListEventSources", AGAIN)
    })?;
    let rank = |state: Option<&EventSourceState>| match state {
        Some(EventSourceState::Active) => 0,
        Some(EventSourceState::Pending) => 1,
        _ => 2,
    };
    let source = sources.into_iter().min_by_key(|source| rank(source.state()));
    Ok(source.map(|source| Source {
        name: source.name.unwrap_or_default(),
        state: source.state,
        has_bus: false,
        expires: source.expiration_time,
    }))
}

fn judge(Source { name, state, has_bus, expires }: &Source) -> Check {
    match state {
        Some(EventSourceState::Active) => Check::ok(CHECK, format!("{name} is ACTIVE")),
        Some(EventSourceState::Pending) => {
            let expires = expires.and_then(|time| time.fmt(DateTimeFormat::DateTime).ok());
            let expires = expires.map(|time| format!("; it expires at {time}")).unwrap_or_default();
            let (why, remedy) = if *has_bus {
                ("though its bus is there", format!("aws events activate-event-source --name {name}"))
            } else {
                ("without a bus", ASSOCIATE.to_owned())
            };
            Check::fail(CHECK, format!("{name} is PENDING, {why}: no event arrives{expires}"), remedy)
        }
        Some(EventSourceState::Deleted) => {
            Check::fail(CHECK, format!("{name} is DELETED: Okta's log stream is gone"), ADD_STREAM)
        }
        other => {
            let state = other.as_ref().map_or("unknown", EventSourceState::as_str);
            Check::warn(
                CHECK,
                format!("{name}: its state is {state}"),
                "look at it (EventBridge > Partner event sources)",
            )
        }
    }
}
