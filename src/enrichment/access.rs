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
/// reason. An unreadable entry of a list is mentioned beside the count of the others.
#[must_use]
pub fn evaluate(
    groups: &Result<Vec<Group>, OktaError>,
    apps: &Result<Vec<AppLink>, OktaError>,
    relevant: &Items,
) -> Section {
    // Okta's built-in group "Everyone" contains everyone, so it is not counted.
    let groups =
        groups.as_ref().map(|groups| groups.iter().filter(|group| !group.is_built_in()).collect::<Vec<_>>());
    let held = match &groups {
        Ok(groups) => {
            let named = groups.iter().filter(|group| !shown(group.name(), group.id()).is_empty()).count();
            count(named, "group", groups.len() - named)
        }
        Err(error) => Value::lacking(error),
    };
    let linked = match apps {
        Ok(apps) => {
            let unreadable = apps.iter().filter(|app| app.id().is_empty()).count();
            count(AppLink::distinct(apps), "app", unreadable)
        }
        Err(error) => Value::lacking(error),
    };
    let (mut named, mut unclear): (Vec<String>, usize) = (Vec::new(), 0);
    let mut missing = None;
    if !relevant.groups.is_empty() {
        match &groups {
            Ok(groups) => {
                let listed = groups.iter().filter(|group| relevant.has_group(group.id(), group.name()));
                named.extend(listed.map(|group| shown(group.name(), group.id()).to_owned()));
                unclear += groups.iter().filter(|group| !group.is_whole()).count();
            }
            Err(error) => missing = Some(Value::lacking(error)),
        }
    }
    if !relevant.apps.is_empty() {
        match apps {
            Ok(apps) => {
                let listed = apps.iter().filter(|app| relevant.has_app(app.id(), app.label()));
                named.extend(listed.map(|app| shown(app.label(), app.id()).to_owned()));
                unclear += apps.iter().filter(|app| !app.is_whole()).count();
            }
            Err(error) => missing = Some(Value::lacking(error)),
        }
    }
    named.sort();
    named.dedup();
    let relevant = match missing {
        Some(lack) => lack,
        None if relevant.is_empty() => Value::NotApplicable,
        None if named.is_empty() => known("none".to_owned(), unclear),
        None => known(text::list(&named, NAMED), unclear),
    };
    Section {
        source: Source::Access,
        facts: vec![
            Fact::named("groups", "Groups held", held),
            Fact::named("apps", "Apps held", linked),
            Fact::named("relevant", "Relevant access held", relevant),
        ],
        warnings: Vec::new(),
    }
}

/// The name of a group or app, or else its id.
fn shown<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id } else { name }
}

fn count(number: usize, noun: &str, unreadable: usize) -> Value {
    known(if number == 0 { "none".to_owned() } else { text::count(number, noun) }, unreadable)
}

/// What is known, and how many entries of Okta's lists it leaves out.
fn known(what: String, unreadable: usize) -> Value {
    Value::Known(match unreadable {
        0 => what,
        1 => format!("{what}; 1 entry of Okta's list could not be read"),
        more => format!("{what}; {more} entries of Okta's list could not be read"),
    })
}
