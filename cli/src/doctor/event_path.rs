//! Checks the path of an event through EventBridge: the partner bus, the rule that picks the requests, the
//! archive that can replay them; and the schedule of the housekeeping, which finds lost events.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{ArchiveState, EventBus, RuleState};
use okta_request_enricher::text;

use super::aws_failure::failed;
use super::check::{AGAIN, Check};
use super::report::Report;

/// The names of these checks. They need the function's ARN.
pub(super) const CHECKS: [&str; 3] = ["rule", "archive", "housekeeping"];

/// The prefix of the names of Okta's partner buses.
const PARTNER: &str = "aws.partner/okta.com/";

/// Makes the checks, for the function with this ARN.
pub(super) async fn check(aws: &SdkConfig, function: &str, report: &mut Report) {
    let client = Client::new(aws);
    let buses = match Box::pin(client.list_event_buses().name_prefix(PARTNER).send()).await {
        Ok(answer) => answer.event_buses.unwrap_or_default(),
        Err(error) => {
            report.add(failed("rule", "the buses", &error, "events:ListEventBuses", "check the region"));
            report.skip(&["archive"], "Okta's bus is unknown");
            report.add(housekeeping(&client, function).await);
            return;
        }
    };
    let (rule, bus) = rule(&client, &buses, function).await;
    report.add(rule);
    report.add(match bus {
        Some(bus) => archive(&client, bus).await,
        None => Check::skipped("archive", "Okta's bus is unknown"),
    });
    report.add(housekeeping(&client, function).await);
}

/// The check, and the bus with the rule.
async fn rule<'a>(client: &Client, buses: &'a [EventBus], function: &str) -> (Check, Option<&'a EventBus>) {
    const CHECK: &str = "rule";
    if buses.is_empty() {
        let detail = format!("no bus {PARTNER}… in this account and region: no event arrives");
        let remedy = "associate Okta's partner event source (EventBridge > Partner event sources), or deploy with an empty \
                      EventBusName, which does it";
        return (Check::fail(CHECK, detail, remedy), None);
    }
    for bus in buses {
        let name = bus.name().unwrap_or_default();
        let rules = match rules_to(client, name, function).await {
            Ok(rules) => rules,
            Err(check) => return (check, Some(bus)),
        };
        let Some(rule) = rules.first() else { continue };
        let check = match Box::pin(client.describe_rule().name(rule).event_bus_name(name).send()).await {
            Ok(rule) if rule.state() == Some(&RuleState::Disabled) => Check::fail(
                CHECK,
                format!("{} on {name} is disabled: no event arrives", rule.name().unwrap_or_default()),
                format!(
                    "aws events enable-rule --name {} --event-bus-name {name}, then replay the archive",
                    rule.name().unwrap_or_default()
                ),
            ),
            Ok(found) if found.event_pattern().is_none_or(|text| !text.contains("access.request.create")) => {
                Check::warn(
                    CHECK,
                    format!("{rule} on {name} does not name the event type access.request.create"),
                    "compare it with the template's rule: the function may get other events, or miss these",
                )
            }
            Ok(_) => Check::ok(CHECK, format!("{rule} on {name} is enabled")),
            Err(error) => failed(CHECK, &format!("the rule {rule}"), &error, "events:DescribeRule", AGAIN),
        };
        return (check, Some(bus));
    }
    let names: Vec<_> = buses.iter().filter_map(|bus| bus.name()).collect();
    let detail = format!("no rule on {} has the function as its target: no event arrives", names.join(", "));
    (Check::fail(CHECK, detail, "deploy again; the template creates the rule on the bus EventBusName"), None)
}

async fn rules_to(client: &Client, bus: &str, function: &str) -> Result<Vec<String>, Check> {
    let asked = client.list_rule_names_by_target().target_arn(function).event_bus_name(bus).send();
    Box::pin(asked).await.map(|answer| answer.rule_names.unwrap_or_default()).map_err(|error| {
        failed("rule", &format!("the rules of {bus}"), &error, "events:ListRuleNamesByTarget", AGAIN)
    })
}

async fn archive(client: &Client, bus: &EventBus) -> Check {
    const CHECK: &str = "archive";
    let asked = client.list_archives().set_event_source_arn(bus.arn.clone()).send();
    let archives = match Box::pin(asked).await {
        Ok(answer) => answer.archives.unwrap_or_default(),
        Err(error) => {
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
    let rules = match rules_to(client, "default", function).await {
        Ok(rules) => rules,
        Err(check) => return check.named(CHECK),
    };
    let Some(rule) = rules.first() else {
        return Check::warn(
            CHECK,
            "no schedule starts the function: nobody looks for lost events",
            "deploy with HousekeepingSchedule=\"rate(1 hour)\"",
        );
    };
    match Box::pin(client.describe_rule().name(rule).event_bus_name("default").send()).await {
        Ok(found) if found.state() == Some(&RuleState::Disabled) => Check::warn(
            CHECK,
            format!("{rule} is disabled: nobody looks for lost events"),
            format!("aws events enable-rule --name {rule}"),
        ),
        Ok(found) => {
            Check::ok(CHECK, format!("{rule}, {}", found.schedule_expression().unwrap_or("no schedule")))
        }
        Err(error) => failed(CHECK, &format!("the rule {rule}"), &error, "events:DescribeRule", AGAIN),
    }
}
