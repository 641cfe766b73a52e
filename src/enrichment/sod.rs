//! The section `sod`: separation of duties. Okta's own rules: the conflicts that Okta wrote into the event or
//! into a v2 request. The policy's toxic combinations: does the person hold both sides, or would the
//! requested access complete them? The section says "no conflicts" only about what it checked, and names
//! that.

use futures_util::future::join_all;

use super::inquiry::{Inquiry, Matter};
use super::request::{self, Named};
use crate::event::{Conflicts, RequestEvent};
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, AppLink, AskedKind, Group, OktaError};
use crate::policy::{Items, ToxicCombination};
use crate::request::{Api, Conflict};
use crate::section::{Fact, Lack, Section, Source, Value};
use crate::text;

/// The calls that this source makes for Okta's own rules.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::RequestV2];

/// The calls that it makes for toxic combinations, if the policy has any.
pub const OF_COMBINATIONS: &[Endpoint] = &[
    Endpoint::UserGroups,
    Endpoint::UserAppLinks,
    Endpoint::App,
    Endpoint::Group,
    Endpoint::Bundle,
    Endpoint::CatalogEntry,
    Endpoint::RequestType,
];

/// The longest name in a warning, in characters: no single name fills a warning.
const NAME_LIMIT: usize = 80;
/// The longest description of a rule or combination in a warning, in characters.
const DESCRIPTION_LIMIT: usize = 160;

/// The words before the list of checks that could not be made.
const UNCHECKED: &str = "not fully checked: ";

/// The reason if Okta does not say what is asked for.
const UNTOLD: &str = "Okta does not tell on this request";

/// The reason if an entry of a list has no id or no name: it could be on either side of a combination.
const PARTLY_UNREADABLE: &str = "an entry of Okta's list could not be read";

/// What the person holds, and what the request asks for.
pub struct Access<'a> {
    /// The groups that the person holds.
    pub groups: &'a Result<Vec<Group>, OktaError>,
    /// The apps that the person holds.
    pub apps: &'a Result<Vec<AppLink>, OktaError>,
    /// The requested things; empty if neither the event nor the request names any.
    pub asked: &'a [Named],
    /// Why some requested things are unknown; `None` if all are known.
    pub unknown: Option<Lack>,
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let matter = &inquiry.matter;
    let asks_okta = matter.id.api() == Api::V2 || !matter.combinations.is_empty();
    let request = if asks_okta { Some(matter.request().await) } else { None };
    let okta = okta_rules(matter.event, request.as_deref());
    if matter.combinations.is_empty() {
        return of(okta, (Value::NotApplicable, Vec::new()));
    }
    of(okta, our_rules(inquiry, request.as_deref()).await)
}

/// The section if the person is unknown: only Okta's rules can be checked.
pub(super) async fn of_nobody(matter: &Matter<'_>, why: &str) -> Section {
    let okta = okta_rules(matter.event, Some(&*matter.request().await));
    let ours = match matter.combinations {
        [] => Value::NotApplicable,
        _ => Value::NotAvailable(Lack::because(why)),
    };
    of(okta, (ours, Vec::new()))
}

fn of(okta: (Value, Vec<String>), ours: (Value, Vec<String>)) -> Section {
    let facts = vec![
        Fact::named("okta", "Separation of duties, Okta's rules", okta.0),
        Fact::named("combinations", "Separation of duties, our rules", ours.0),
    ];
    Section { source: Source::Sod, facts, warnings: [okta.1, ours.1].concat() }
}

/// The section without its details: it says that conflicts exist, and which checks could not be made.
#[must_use]
pub fn without_details(section: Section, why: &str) -> Section {
    let exist = format!(
        "separation-of-duties conflicts exist; details are not shown, {why}: see the request in Okta"
    );
    let hidden = |fact: Fact| match fact.value {
        Value::NotAvailable(lack) => {
            // The reason may begin with the number of conflicts.
            let reason =
                lack.reason.find(UNCHECKED).map_or(&*lack.reason, |at| &lack.reason[at..]).to_owned();
            Fact { value: Value::NotAvailable(Lack { reason, ..lack }), ..fact }
        }
        Value::Known(_) | Value::NotSet | Value::NotApplicable => {
            Fact { value: Value::NotApplicable, ..fact }
        }
    };
    Section {
        facts: section.facts.into_iter().map(hidden).collect(),
        warnings: if section.warnings.is_empty() { Vec::new() } else { vec![exist] },
        ..section
    }
}

async fn our_rules(
    inquiry: &Inquiry<'_>,
    request: Option<&Result<AccessRequest, OktaError>>,
) -> (Value, Vec<String>) {
    let known = request.and_then(|request| request.as_ref().ok());
    let matter = &inquiry.matter;
    let (resource, scope) = request::asked(matter.event, known);
    let more = known.into_iter().flat_map(|request| request.more.clone());
    let asked = resource.into_iter().chain(scope).chain(more);
    let names = join_all(asked.map(|asked| request::named(matter, Some(asked))));
    let (groups, apps, asked) = tokio::join!(inquiry.groups(), inquiry.apps(), names);
    let asked: Vec<_> = asked.into_iter().flatten().collect();
    let unknown = match request {
        Some(Ok(request)) => request.partly_unnamed.then(|| Lack::because(UNTOLD)),
        Some(Err(error)) => Some(error.into()),
        None => None,
    };
    evaluate(matter.combinations, &Access { groups: &groups, apps: &apps, asked: &asked, unknown })
}

/// The conflicts with Okta's own rules: the fact, and one warning for each conflict. `request` is `None` if
/// it was not read.
#[must_use]
pub fn okta_rules(
    event: &RequestEvent,
    request: Option<&Result<AccessRequest, OktaError>>,
) -> (Value, Vec<String>) {
    let of_request = request.and_then(|request| request.as_ref().ok()).map(|request| &request.conflicts);
    let known = |list: &'_ Conflicts| match list {
        Conflicts::Known(conflicts) => conflicts.clone(),
        Conflicts::Unknown | Conflicts::Unreadable => Vec::new(),
    };
    let mut conflicts: Vec<Conflict> = Vec::new();
    for conflict in [Some(&event.conflicts), of_request].into_iter().flatten().flat_map(known) {
        let same = |known: &Conflict| known.rule == conflict.rule && known.resource == conflict.resource;
        if !conflicts.iter().any(same) {
            conflicts.push(conflict);
        }
    }
    let warnings: Vec<_> = conflicts
        .iter()
        .map(|conflict| {
            let mut text = format!("conflict with the rule {}", quoted(&conflict.rule));
            if let Some(resource) = &conflict.resource {
                text += &format!(" of {}", quoted(resource));
            }
            if let Some(description) = &conflict.description {
                text += &format!(": {}", text::neutralise(description, DESCRIPTION_LIMIT));
            }
            text
        })
        .collect();
    // An unreadable list may hold conflicts, even if the other list is empty.
    let unreadable = if event.conflicts == Conflicts::Unreadable {
        Some("Okta's event tells of conflicts in an unknown form")
    } else if of_request == Some(&Conflicts::Unreadable) {
        Some("Okta assessed this request in an unknown form")
    } else {
        None
    };
    let assessed = |list: &Conflicts| matches!(list, Conflicts::Known(_));
    let value = match (conflicts.len(), unreadable, request) {
        (0, Some(reason), _) => Value::NotAvailable(Lack::because(reason)),
        (found, Some(reason), _) => {
            Value::NotAvailable(Lack::because(&format!("{}; {reason}", text::count(found, "conflict"))))
        }
        (0, ..) if assessed(&event.conflicts) || of_request.is_some_and(assessed) => {
            Value::Known(no_conflicts(event, request).to_owned())
        }
        (0, _, Some(Err(error))) => Value::lacking(error),
        (0, _, Some(Ok(request))) if request.has_duration => {
            Value::Known("Okta tells of no assessment of this request".to_owned())
        }
        (0, ..) => Value::Known("Okta does not tell for this kind of request".to_owned()),
        (found, ..) => Value::Known(text::count(found, "conflict")),
    };
    (value, warnings)
}

/// The text for an empty list of conflicts. Okta also sends an empty list for plain apps and groups, which
/// its rules do not cover (Okta help, "Separation of duties").
fn no_conflicts(event: &RequestEvent, request: Option<&Result<AccessRequest, OktaError>>) -> &'static str {
    let request = request.and_then(|request| request.as_ref().ok());
    let (resource, scope) = request::asked(event, request);
    let more = request.into_iter().flat_map(|request| &request.more);
    let mut asked = resource.iter().chain(&scope).chain(more).peekable();
    let plain = |kind| matches!(kind, AskedKind::App | AskedKind::Group);
    if asked.peek().is_some() && asked.all(|asked| plain(asked.kind)) {
        "not checked: they cover only entitlements of governance-enabled apps"
    } else {
        "no conflicts found (they cover only entitlements of governance-enabled apps)"
    }
}

/// A held or requested thing that one side of a combination lists.
struct Item {
    kind: AskedKind,
    id: String,
    name: String,
    asked: bool,
}

/// The conflicts with the policy's toxic combinations: the fact, and one warning for each conflict, the most
/// severe first.
#[must_use]
pub fn evaluate(combinations: &[ToxicCombination], access: &Access<'_>) -> (Value, Vec<String>) {
    let (mut warnings, mut conflicts) = (Vec::new(), 0);
    let mut by_severity: Vec<_> = combinations.iter().collect();
    by_severity.sort_by_key(|combination| std::cmp::Reverse(combination.severity as u8));
    for combination in by_severity {
        let (one, other) = (side(&combination.one, access), side(&combination.other, access));
        // The same thing on both sides is not a pair.
        let both = |asked: bool| {
            let counts = |item: &&Item| !item.asked || asked;
            one.iter().filter(counts).find_map(|first| {
                let another = |second: &&Item| (second.kind, &second.id) != (first.kind, &first.id);
                Some((first, other.iter().filter(counts).find(another)?))
            })
        };
        // A pair that the person already holds comes first: denying this request does not prevent it.
        let Some((first, second)) = both(false).or_else(|| both(true)) else { continue };
        conflicts += 1;
        let verb = |item: &Item| if item.asked { "asks for" } else { "holds" };
        let mut text = format!(
            "{}-severity conflict {}: {} {} and {} {}",
            combination.severity.as_str(),
            quoted(&combination.name),
            verb(first),
            quoted(&first.name),
            verb(second),
            quoted(&second.name),
        );
        if !first.asked && !second.asked {
            text += " already";
        }
        if !combination.description.is_empty() {
            text += &format!("; {}", text::neutralise(&combination.description, DESCRIPTION_LIMIT));
        }
        warnings.push(text);
    }
    (verdict(combinations, access, conflicts), warnings)
}

/// The fact: how many conflicts there are, and what was checked or could not be checked.
fn verdict(combinations: &[ToxicCombination], access: &Access<'_>, conflicts: usize) -> Value {
    let sides = || combinations.iter().flat_map(|combination| [&combination.one, &combination.other]);
    let needs_groups = sides().any(|side| !side.groups.is_empty());
    let needs_apps = sides().any(|side| !side.apps.is_empty());
    let mut lacks: Vec<(&str, Lack)> = Vec::new();
    match access.groups {
        Err(error) if needs_groups => lacks.push(("groups held", error.into())),
        Ok(groups) if needs_groups && !groups.iter().all(Group::is_whole) => {
            lacks.push(("groups held", Lack::because(PARTLY_UNREADABLE)));
        }
        _ => {}
    }
    match access.apps {
        Err(error) if needs_apps => lacks.push(("apps held", error.into())),
        Ok(apps) if needs_apps && !apps.iter().all(AppLink::is_whole) => {
            lacks.push(("apps held", Lack::because(PARTLY_UNREADABLE)));
        }
        _ => {}
    }
    let unknown_access =
        |named: &Named| matches!(named.asked.kind, AskedKind::RequestType | AskedKind::Other);
    if let Some(unknown) = &access.unknown {
        lacks.push(("what is asked for", unknown.clone()));
    } else if access.asked.is_empty() || access.asked.iter().any(unknown_access) {
        lacks.push(("what is asked for", Lack::because(UNTOLD)));
    }
    lacks.extend(access.asked.iter().filter_map(|named| Some(("a name", named.name.as_ref().err()?.into()))));
    let found = (conflicts > 0).then(|| text::count(conflicts, "conflict"));
    if !lacks.is_empty() {
        let texts: Vec<_> = lacks.iter().map(|(what, lack)| format!("{what}: {}", lack.reason)).collect();
        let unchecked = format!("{UNCHECKED}{}", texts.join("; "));
        let reason = found.map_or(unchecked.clone(), |found| format!("{found}; {unchecked}"));
        let errors = lacks.into_iter().flat_map(|(_, lack)| lack.errors).collect();
        return Value::NotAvailable(Lack { reason, errors });
    }
    let mut against = Vec::new();
    if let (true, Ok(groups)) = (needs_groups, access.groups) {
        against.push(text::count(groups.iter().filter(|group| !group.is_built_in()).count(), "group"));
    }
    if let (true, Ok(apps)) = (needs_apps, access.apps) {
        against.push(text::count(AppLink::distinct(apps), "app"));
    }
    against.push("what is asked for".to_owned());
    let found = found.unwrap_or_else(|| "no conflicts found".to_owned());
    let rules = text::count(combinations.len(), "rule");
    let bundles =
        if sides().any(|side| !side.bundles.is_empty()) { "; bundles held are not read" } else { "" };
    Value::Known(format!("{found} ({rules} checked against {}{bundles})", against.join(", ")))
}

/// The held and requested things that a side lists.
fn side(side: &Items, access: &Access<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for group in access.groups.iter().flatten().filter(|group| side.has_group(group.id(), group.name())) {
        items.push(Item {
            kind: AskedKind::Group,
            id: group.id().to_owned(),
            name: group.name().to_owned(),
            asked: false,
        });
    }
    for app in access.apps.iter().flatten().filter(|app| side.has_app(app.id(), app.label())) {
        items.push(Item {
            kind: AskedKind::App,
            id: app.id().to_owned(),
            name: app.label().to_owned(),
            asked: false,
        });
    }
    for named in access.asked {
        let (id, name) = (named.asked.id.as_str(), named.name.as_deref().unwrap_or_default());
        let listed = match named.asked.kind {
            AskedKind::App => side.has_app(id, name),
            AskedKind::Group => side.has_group(id, name),
            AskedKind::Bundle => side.has_bundle(id, name),
            AskedKind::RequestType | AskedKind::Other => false,
        };
        if listed {
            let shown = if name.is_empty() { id } else { name };
            items.push(Item {
                kind: named.asked.kind,
                id: id.to_owned(),
                name: shown.to_owned(),
                asked: true,
            });
        }
    }
    items
}

/// A name in quotation marks, neutralised; quotation marks in the name can't end it.
fn quoted(name: &str) -> String {
    format!("“{}”", text::neutralise(name, NAME_LIMIT).replace(['“', '”'], "'"))
}
