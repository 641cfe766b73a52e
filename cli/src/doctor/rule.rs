//! Finds and checks the [`Rule`] that sends Okta's access requests to the function. It may be on any bus but
//! the default one: on Okta's partner bus, or on one to which events are forwarded.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleOutput;
use aws_sdk_eventbridge::types::{EventBus, RuleState};
use okta_request_enricher::event::CREATE;
use serde_json::Value;

use super::aws_failure::{failed, is_denied};
use super::check::{AGAIN, Check, UNDO};
use super::pages;

/// The name of this check.
pub(super) const CHECK: &str = "rule";

/// The prefix of the names of Okta's partner buses, and of their event sources.
pub(super) const PARTNER: &str = "aws.partner/okta.com/";

/// The bus on which schedules are. Events of Okta never reach it.
const DEFAULT: &str = "default";

/// A rule with the function as its target.
pub(super) struct Rule {
    pub(super) name: String,
    /// `None` if AWS does not say it.
    pub(super) arn: Option<String>,
    pub(super) bus: EventBus,
    is_disabled: bool,
    /// Whether its pattern matches access requests.
    names_requests: bool,
}

/// What is known of the way from Okta to the function.
pub(super) struct Found {
    pub(super) check: Check,
    pub(super) rule: Option<Rule>,
    /// A partner bus of Okta's, if there is one: that of the rule, or else the first one.
    pub(super) partner_bus: Option<EventBus>,
}

/// Finds the rule for the function with this ARN. One that is enabled and names access requests goes before
/// all others.
pub(super) async fn find(client: &Client, function: &str) -> Found {
    let without_bus = |check| Found { check, rule: None, partner_bus: None };
    let buses = pages::all(async |token| {
        let answer = Box::pin(client.list_event_buses().set_next_token(token).send()).await?;
        Ok((answer.event_buses.unwrap_or_default(), answer.next_token))
    });
    let mut buses = match buses.await {
        Ok(buses) => buses,
        Err(error) => {
            let error: SdkError<_> = error;
            let check = failed(CHECK, "the buses", &error, "events:ListEventBuses", "check the region");
            return without_bus(check);
        }
    };
    buses.retain(|bus| bus.name().is_some_and(|name| name != DEFAULT));
    if buses.is_empty() {
        let detail = format!(
            "no bus {PARTNER}… and no other bus of your own in this account and region: no event arrives"
        );
        let remedy = "associate Okta's partner event source (EventBridge > Partner event sources), or deploy with \
                      \"EventBusName=''\", which does it";
        return without_bus(Check::fail(CHECK, detail, remedy));
    }
    // The rule is usually on Okta's own bus. Asked first, it ends the search.
    buses.sort_by_key(|bus| !is_partner(bus));
    let (check, rule) = match search(client, &buses, function).await {
        Ok(Some(rule)) => (judge(&rule), Some(rule)),
        Ok(None) => (none_on(&buses), None),
        Err(check) => (check, None),
    };
    let bus_of_rule = rule.as_ref().map(|rule| &rule.bus);
    let partner_bus = bus_of_rule.into_iter().chain(&buses).find(|bus| is_partner(bus)).cloned();
    Found { check, rule, partner_bus }
}

fn is_partner(bus: &EventBus) -> bool {
    bus.name().is_some_and(|name| name.starts_with(PARTNER))
}

/// Returns the best rule. If there is none, returns the first failure.
async fn search(client: &Client, buses: &[EventBus], function: &str) -> Result<Option<Rule>, Check> {
    let (mut best, mut failure): (Option<Rule>, _) = (None, None);
    for bus in buses {
        let rules = match rules_on(client, bus, function).await {
            Ok(rules) => rules,
            // Credentials may be allowed some buses and not others.
            Err((check, is_of_rights)) => {
                failure = failure.or(Some(check));
                if !is_of_rights {
                    break;
                }
                Vec::new()
            }
        };
        for rule in rules {
            if rule.rank() == 0 {
                return Ok(Some(rule));
            }
            if best.as_ref().is_none_or(|best| rule.rank() < best.rank()) {
                best = Some(rule);
            }
        }
    }
    match (best, failure) {
        (None, Some(check)) => Err(check),
        (best, _) => Ok(best),
    }
}

/// The rules of one bus that have the function as their target. Beside a failure: whether a permission
/// lacks.
async fn rules_on(client: &Client, bus: &EventBus, function: &str) -> Result<Vec<Rule>, (Check, bool)> {
    let bus_name = bus.name().unwrap_or_default();
    let names = names_to(client, bus_name, function).await?;
    let mut rules = Vec::new();
    for name in names {
        let rule = describe(client, &name, bus_name).await?;
        rules.push(Rule {
            is_disabled: rule.state() == Some(&RuleState::Disabled),
            names_requests: rule.event_pattern().is_some_and(names_requests),
            arn: rule.arn,
            bus: bus.clone(),
            name,
        });
    }
    Ok(rules)
}

/// The names of the rules on a bus that have the function as their target.
async fn names_to(client: &Client, bus: &str, function: &str) -> Result<Vec<String>, (Check, bool)> {
    let names = pages::all(async |token| {
        let asked = client.list_rule_names_by_target().target_arn(function).event_bus_name(bus);
        let answer = Box::pin(asked.set_next_token(token).send()).await?;
        Ok((answer.rule_names.unwrap_or_default(), answer.next_token))
    });
    names.await.map_err(|error: SdkError<_>| {
        let what = format!("the rules of {bus}");
        let is_of_rights = error.code().is_some_and(is_denied);
        (failed(CHECK, &what, &error, "events:ListRuleNamesByTarget", AGAIN), is_of_rights)
    })
}

/// A rule of the default bus that starts the function by the clock.
pub(super) struct Schedule {
    pub(super) name: String,
    pub(super) is_disabled: bool,
    /// Such as `rate(1 hour)`.
    pub(super) expression: String,
}

/// The schedule that starts the function; an enabled one before those that are disabled.
pub(super) async fn schedule(client: &Client, function: &str) -> Result<Option<Schedule>, Check> {
    let (mut disabled, mut failure) = (None, None);
    for name in names_to(client, DEFAULT, function).await.map_err(|(check, _)| check)? {
        let found = match describe(client, &name, DEFAULT).await {
            Ok(found) => found,
            Err((check, _)) => {
                failure = failure.or(Some(check));
                continue;
            }
        };
        // Other rules of that bus wait for events.
        let Some(expression) = found.schedule_expression.filter(|it| !it.is_empty()) else { continue };
        let is_disabled = found.state == Some(RuleState::Disabled);
        let schedule = Schedule { name, is_disabled, expression };
        if !is_disabled {
            return Ok(Some(schedule));
        }
        disabled = disabled.or(Some(schedule));
    }
    match (disabled, failure) {
        (_, Some(check)) => Err(check),
        (disabled, None) => Ok(disabled),
    }
}

/// A rule as AWS describes it. Beside a failure: whether a permission lacks.
async fn describe(client: &Client, name: &str, bus: &str) -> Result<DescribeRuleOutput, (Check, bool)> {
    let asked = client.describe_rule().name(name).event_bus_name(bus).send();
    Box::pin(asked).await.map_err(|error| {
        let is_of_rights = error.code().is_some_and(is_denied);
        (failed(CHECK, &format!("the rule {name}"), &error, "events:DescribeRule", AGAIN), is_of_rights)
    })
}

impl Rule {
    /// 0 is the best.
    fn rank(&self) -> u8 {
        match (self.names_requests, self.is_disabled) {
            (true, false) => 0,
            (true, true) => 1,
            (false, _) => 2,
        }
    }
}

fn judge(rule: &Rule) -> Check {
    let (name, bus) = (&rule.name, rule.bus.name().unwrap_or_default());
    if rule.is_disabled {
        return Check::fail(
            CHECK,
            format!("{name} on {bus} is disabled: no event arrives"),
            format!("aws events enable-rule --name {name} --event-bus-name {bus}, then replay the archive"),
        );
    }
    if !rule.names_requests {
        return Check::warn(
            CHECK,
            format!("{name} on {bus} does not name the event type {CREATE}"),
            "compare it with the template's rule: the function may get other events, or miss these",
        );
    }
    Check::ok(CHECK, format!("{name} on {bus} is enabled"))
}

fn none_on(buses: &[EventBus]) -> Check {
    const SHOWN: usize = 3;
    let names: Vec<_> = buses.iter().filter_map(|bus| bus.name()).take(SHOWN).collect();
    let more = match buses.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let detail =
        format!("no rule on {}{more} has the function as its target: no event arrives", names.join(", "));
    Check::fail(CHECK, detail, UNDO)
}

/// Whether a pattern matches access requests by their event type. What else it asks for does not count.
fn names_requests(pattern: &str) -> bool {
    let pattern: Value = serde_json::from_str(pattern).unwrap_or_default();
    let types = pattern["detail"]["eventType"].as_array();
    types.into_iter().flatten().any(|wanted| match wanted {
        Value::String(name) => name == CREATE,
        // "Content filtering in event patterns", EventBridge user guide.
        Value::Object(filter) => filter.iter().any(|(operator, value)| match operator.as_str() {
            "prefix" => value.as_str().is_some_and(|prefix| CREATE.starts_with(prefix)),
            "suffix" => value.as_str().is_some_and(|suffix| CREATE.ends_with(suffix)),
            "equals-ignore-case" => value.as_str().is_some_and(|name| CREATE.eq_ignore_ascii_case(name)),
            _ => false,
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_access_requests_or_does_not() {
        for types in [
            r#"["access.request.create"]"#,
            r#"["user.lifecycle.create", "access.request.create"]"#,
            r#"[{"prefix": "access.request."}]"#,
            r#"[{"suffix": ".create"}]"#,
            r#"[{"equals-ignore-case": "Access.Request.Create"}]"#,
        ] {
            assert!(names_requests(&format!(r#"{{"detail": {{"eventType": {types}}}}}"#)), "{types}");
        }
        for types in [
            r#"["access.request.resolve"]"#,
            r#"[{"anything-but": ["access.request.create"]}]"#,
            r#"[{"prefix": "user."}]"#,
            r#"[{"prefix": {"equals-ignore-case": "user."}}]"#,
            r#""access.request.create""#,
            "[]",
            "null",
        ] {
            assert!(!names_requests(&format!(r#"{{"detail": {{"eventType": {types}}}}}"#)), "{types}");
        }
        for pattern in ["", "access.request.create", r#"{"source": ["access.request.create"]}"#, "[]"] {
            assert!(!names_requests(pattern), "{pattern}");
        }
    }
}
