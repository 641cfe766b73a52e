//! Checks the path of an event through EventBridge: the rule that picks the requests, Okta's event source, the
//! queue for what can't be delivered, and the archive that can replay events. It also checks the schedule of the
//! housekeeping, which finds lost events.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::SdkError;
use aws_sdk_eventbridge::types::{ArchiveState, EventBus};
use okta_request_enricher::text;

use super::aws_failure::failed;
use super::check::{AGAIN, Check};
use super::dead_letters::Queue;
use super::event_source::RuleIs;
use super::findings::Findings;
use super::rule::Schedule;
use super::{event_source, pages, rule, undelivered};

/// The names of these checks. They need the function's ARN.
pub(super) const CHECKS: [&str; 5] =
    [rule::CHECK, event_source::CHECK, undelivered::CHECK, "archive", "housekeeping"];

/// Makes the checks, for the function with this ARN and its dead-letter queue. Returns whether events are
/// forwarded to the rule's bus from another account or region.
pub(super) async fn check(
    aws: &SdkConfig,
    function: &str,
    queue: Option<&Queue>,
    findings: &mut Findings<'_>,
) -> bool {
    let client = Client::new(aws);
    let found = rule::find(&client, function).await;
    let rule = found.rule.as_ref();
    let partner = found.partner_bus.as_ref();
    let rule_is = match rule {
        Some(_) => RuleIs::Forwarded,
        None if found.check.is_fail() => RuleIs::Nowhere,
        None => RuleIs::Unknown,
    };
    findings.add(found.check);
    let source = async {
        match partner.and_then(|bus| bus.name()) {
            Some(bus) => event_source::check(&client, bus).await,
            None => event_source::check_without_bus(&client, rule_is).await,
        }
    };
    let undelivered = async {
        match rule {
            Some(rule) => undelivered::check(aws, &client, rule, function, queue).await,
            None => Check::skipped(undelivered::CHECK, "the rule is unknown"),
        }
    };
    let archive = async {
        match rule.map(|rule| &rule.bus).or(partner) {
            Some(bus) => archive(&client, bus).await,
            None => Check::skipped("archive", "Okta's bus is unknown"),
        }
    };
    let (source, undelivered, archive, housekeeping) = tokio::join!(
        Box::pin(source),
        Box::pin(undelivered),
        Box::pin(archive),
        Box::pin(housekeeping(&client, function))
    );
    for check in [source, undelivered, archive, housekeeping] {
        findings.add(check);
    }
    partner.is_none() && rule.is_some()
}

async fn archive(client: &Client, bus: &EventBus) -> Check {
    const CHECK: &str = "archive";
    let archives = pages::all(async |token| {
        let asked = client.list_archives().set_event_source_arn(bus.arn.clone()).set_next_token(token);
        let answer = Box::pin(asked.send()).await?;
        Ok((answer.archives.unwrap_or_default(), answer.next_token))
    });
    let archives = match archives.await {
        Ok(archives) => archives,
        Err(error) => {
            let error: SdkError<_> = error;
            return failed(CHECK, "the archives", &error, "events:ListArchives", AGAIN);
        }
    };
    let on = archives.iter().find(|archive| archive.state() == Some(&ArchiveState::Enabled));
    match on {
        Some(archive) => {
            let days = match archive.retention_days() {
                None | Some(0) => "for ever".to_owned(),
                Some(days) => format!("for {}", text::count(days, "day")),
            };
            let name = archive.archive_name().unwrap_or_default();
            Check::ok(CHECK, format!("{name} keeps events {days}"))
        }
        None => Check::warn(
            CHECK,
            "none: lost events can't be replayed, and Okta has no replay",
            "deploy with ArchiveRetentionDays=14",
        ),
    }
}

/// The schedule is a rule on the default bus, which every account has.
async fn housekeeping(client: &Client, function: &str) -> Check {
    const CHECK: &str = "housekeeping";
    match rule::schedule(client, function).await {
        Err(check) => check.named(CHECK),
        Ok(None) => Check::warn(
            CHECK,
            "no schedule starts the function: nobody looks for lost events",
            "deploy with \"HousekeepingSchedule='rate(1 hour)'\"",
        ),
        Ok(Some(Schedule { name, is_disabled: true, .. })) => Check::warn(
            CHECK,
            format!("{name} is disabled: nobody looks for lost events"),
            format!("aws events enable-rule --name {name}"),
        ),
        Ok(Some(Schedule { name, expression, .. })) => Check::ok(CHECK, format!("{name}, {expression}")),
    }
}
