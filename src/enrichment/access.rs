//! The section `access`: how many groups and apps the person holds, and which of the rule's `relevant` ones.

use super::inquiry::Inquiry;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AppLink, Group, OktaError};
use crate::policy::Items;
use crate::section::{Fact, Section, Source, Value};
use crate::text;

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::UserGroups, Endpoint::UserAppLinks];

/// The most relevant groups and apps that a message names; the line would get too long with more.
const NAMED: usize = 8;

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let (groups, apps) = tokio::join!(inquiry.groups(), inquiry.apps());
    evaluate(&groups, &apps, &inquiry.matter.rule.relevant)
}

/// Counts groups and apps, and names the relevant ones. Without an answer the fact is not available, with the
/// reason.
#[must_use]
pub fn evaluate(
    groups: &Result<Vec<Group>, OktaError>,
    apps: &Result<Vec<AppLink>, OktaError>,
    relevant: &Items,
) -> Section {
    // Okta's built-in group "Everyone" contains everyone, so it is not counted.
    let groups =
        groups.as_ref().map(|groups| groups.iter().filter(|group| !group.is_built_in()).collect::<Vec<_>>());
    let count = |number: usize, noun: &str| {
        Value::Known(if number == 0 { "none".to_owned() } else { text::count(number, noun) })
    };
    let mut named: Vec<String> = Vec::new();
    let mut missing = None;
    if !relevant.groups.is_empty() {
        match &groups {
            Ok(groups) => named.extend(
                groups
                    .iter()
                    .filter(|group| relevant.has_group(group.id(), group.name()))
                    .map(|g| g.name().to_owned()),
            ),
            Err(error) => missing = Some(Value::lacking(error)),
        }
    }
    if !relevant.apps.is_empty() {
        match apps {
            Ok(apps) => named.extend(
                apps.iter()
                    .filter(|app| relevant.has_app(app.id(), app.label()))
                    .map(|app| app.label().to_owned()),
            ),
            Err(error) => missing = Some(Value::lacking(error)),
        }
    }
    named.sort();
    named.dedup();
    let relevant = match missing {
        Some(lack) => lack,
        None if relevant.is_empty() => Value::NotApplicable,
        None if named.is_empty() => Value::Known("none".to_owned()),
        None => Value::Known(text::list(&named, NAMED)),
    };
    Section {
        source: Source::Access,
        facts: vec![
            Fact::named(
                "groups",
                "Groups held",
                groups.as_ref().map_or_else(|e| Value::lacking(e), |g| count(g.len(), "group")),
            ),
            Fact::named(
                "apps",
                "Apps held",
                apps.as_ref().map_or_else(Value::lacking, |apps| count(AppLink::distinct(apps), "app")),
            ),
            Fact::named("relevant", "Relevant access held", relevant),
        ],
        warnings: Vec::new(),
    }
}
