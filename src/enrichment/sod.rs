//! Separation of duties. Okta's own rules: the conflicts that it wrote into the event, and into a v2 request. The
//! policy's toxic combinations: would what is asked for, with what is held, complete one; is one already held. "No
//! conflicts" is said only of what was really checked, and with it.

use super::request::Named;
use super::{Fact, Inquiry, Section, Source, Value};
use crate::event::{Conflict, RequestEvent};
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, AppLink, Group, Kind, OktaError};
use crate::policy::{Items, ToxicCombination};
use crate::text;

/// The names of its facts.
pub const FACTS: &[&str] = &["okta", "combinations"];

/// The calls that it makes.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::RequestV2,
    Endpoint::UserGroups,
    Endpoint::UserAppLinks,
    Endpoint::App,
    Endpoint::Group,
    Endpoint::Bundle,
    Endpoint::RequestType,
];

/// How long a name may be within a warning, in characters.
const NAME_LIMIT: usize = 80;

/// What the person holds and asks for.
pub struct Held<'a> {
    /// Groups held.
    pub groups: &'a Result<Vec<Group>, OktaError>,
    /// Apps held.
    pub apps: &'a Result<Vec<AppLink>, OktaError>,
    /// What is asked for; empty where neither event nor request tells.
    pub asked: &'a [Named],
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let asks_okta = matches!(inquiry.event.request_id, crate::event::RequestId::V2(_))
        || !inquiry.combinations.is_empty();
    let request = if asks_okta { Some(inquiry.request().await) } else { None };
    let okta = okta_rules(inquiry.event, request.as_ref());
    let (combinations, mut warnings) = if inquiry.combinations.is_empty() {
        (Value::NotApplicable, Vec::new())
    } else {
        let (resource, scope) =
            super::request::asked(inquiry.event, request.as_ref().and_then(|r| r.as_ref().ok()));
        let (groups, apps, resource, scope) = tokio::join!(
            inquiry.groups(),
            inquiry.apps(),
            super::request::named(inquiry, resource),
            super::request::named(inquiry, scope)
        );
        let asked: Vec<_> = resource.into_iter().chain(scope).collect();
        evaluate(inquiry.combinations, &Held { groups: &groups, apps: &apps, asked: &asked })
    };
    let (okta, mut all) = okta;
    all.append(&mut warnings);
    let facts = vec![
        Fact::named("okta", "Separation of duties, Okta's rules", okta),
        Fact::named("combinations", "Separation of duties, our rules", combinations),
    ];
    Section { source: Source::Sod, facts, warnings: all }
}

/// What Okta's own rules say: conflicts, none, or not checked.
#[must_use]
pub fn okta_rules(
    event: &RequestEvent,
    request: Option<&Result<AccessRequest, OktaError>>,
) -> (Value, Vec<String>) {
    let of_request =
        request.and_then(|request| request.as_ref().ok()).and_then(|request| request.conflicts.as_ref());
    let mut conflicts: Vec<&Conflict> = Vec::new();
    for conflict in event.conflicts.iter().flatten().chain(of_request.into_iter().flatten()) {
        if !conflicts.iter().any(|known| known.rule == conflict.rule) {
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
                text += &format!(": {}", text::neutralise(description, 160));
            }
            text
        })
        .collect();
    let value = if let Some(many) = Some(conflicts.len()).filter(|count| *count > 0) {
        Value::Known(format!("{many} {}, see above", if many == 1 { "conflict" } else { "conflicts" }))
    } else if event.conflicts.is_some() || of_request.is_some() {
        Value::Known("no conflicts found".to_owned())
    } else if let Some(Err(error)) = request {
        Value::NotAvailable(error.brief())
    } else {
        Value::Known("Okta made no assessment of this request".to_owned())
    };
    (value, warnings)
}

/// One thing that stands on a side of a combination.
struct Item {
    name: String,
    asked: bool,
}

/// What the toxic combinations say.
#[must_use]
pub fn evaluate(combinations: &[ToxicCombination], held: &Held<'_>) -> (Value, Vec<String>) {
    let (mut warnings, mut conflicts) = (Vec::new(), 0);
    for combination in combinations {
        let (one, other) = (side(&combination.one, held), side(&combination.other, held));
        let both = |asked: bool| {
            one.iter().find(|i| !i.asked || asked).zip(other.iter().find(|i| !i.asked || asked))
        };
        // Held already goes before asked for: it is the case that nobody can still prevent.
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
            text += &format!("; {}", text::neutralise(&combination.description, 160));
        }
        warnings.push(text);
    }
    (verdict(combinations, held, conflicts), warnings)
}

/// What was found, and of what it can be said.
fn verdict(combinations: &[ToxicCombination], held: &Held<'_>, conflicts: usize) -> Value {
    let sides = || combinations.iter().flat_map(|combination| [&combination.one, &combination.other]);
    let needs_groups = sides().any(|side| !side.groups.is_empty());
    let needs_apps = sides().any(|side| !side.apps.is_empty());
    let mut lacking = Vec::new();
    match held.groups {
        Err(error) if needs_groups => lacking.push(format!("groups held: {}", error.brief())),
        _ => {}
    }
    match held.apps {
        Err(error) if needs_apps => lacking.push(format!("apps held: {}", error.brief())),
        _ => {}
    }
    if held.asked.iter().all(|named| named.asked.kind == Kind::RequestType) {
        lacking.push("what is asked for: Okta does not tell on this request".to_owned());
    }
    lacking.extend(
        held.asked.iter().filter_map(|named| Some(format!("a name: {}", named.name.as_ref().err()?.brief()))),
    );
    let found = match conflicts {
        0 => None,
        1 => Some("1 conflict, see above".to_owned()),
        many => Some(format!("{many} conflicts, see above")),
    };
    if !lacking.is_empty() {
        let checked = lacking.join("; ");
        return Value::NotAvailable(match found {
            Some(found) => format!("{found}; not fully checked: {checked}"),
            None => format!("not fully checked: {checked}"),
        });
    }
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mut against = Vec::new();
    if let (true, Ok(groups)) = (needs_groups, held.groups) {
        against.push(counted(groups.iter().filter(|group| !group.is_built_in()).count(), "group"));
    }
    if let (true, Ok(apps)) = (needs_apps, held.apps) {
        against.push(counted(apps.len(), "app"));
    }
    against.push("what is asked for".to_owned());
    let found = found.unwrap_or_else(|| "no conflicts found".to_owned());
    Value::Known(format!(
        "{found} ({} checked against {})",
        counted(combinations.len(), "rule"),
        against.join(" and ")
    ))
}

/// What of a side is held or asked for.
fn side(side: &Items, held: &Held<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for group in held.groups.iter().flatten().filter(|group| side.has_group(group.id(), group.name())) {
        items.push(Item { name: group.name().to_owned(), asked: false });
    }
    for app in held.apps.iter().flatten().filter(|app| side.has_app(app.id(), app.label())) {
        items.push(Item { name: app.label().to_owned(), asked: false });
    }
    for named in held.asked {
        let (id, name) = (named.asked.id.as_str(), named.name.as_deref().unwrap_or_default());
        let meant = match named.asked.kind {
            Kind::App => side.has_app(id, name),
            Kind::Group => side.has_group(id, name),
            Kind::Bundle => side.has_bundle(id, name),
            Kind::RequestType | Kind::Other => false,
        };
        if meant {
            items.push(Item { name: if name.is_empty() { id } else { name }.to_owned(), asked: true });
        }
    }
    items
}

/// A name within a sentence.
fn quoted(name: &str) -> String {
    format!("“{}”", text::neutralise(name, NAME_LIMIT).replace(['“', '”'], "'"))
}
