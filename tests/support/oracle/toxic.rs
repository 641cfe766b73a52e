//! The policy's own rules about separation of duties, in a world.

use super::asked::{AskedFor, Lack, apps_of, groups_of};
use super::case::Case;
use super::checks::{Check, Grave, OUR_RULES, Warning};
use super::failures::Call;
use super::people::SUBJECT;
use super::rules::{Items, Toxic};
use super::texts::{quoted, shortened, visible};
use super::things::{Kind, Thing};

/// A thing that is held or asked for.
struct Item {
    kind: Kind,
    id: String,
    name: Option<String>,
    is_asked: bool,
}

pub(crate) fn check(case: &Case, subject: &str) -> Check {
    let items = items(case, subject);
    let warnings = case.rule.toxic.iter().filter_map(|toxic| warning(toxic, &items)).collect();
    Check::of(OUR_RULES, warnings, lack(case, subject))
}

fn items(case: &Case, subject: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let item = |Thing { kind, id, name }: Thing| Item { kind, id, name, is_asked: false };
    // Okta makes everyone a member of it.
    if subject == SUBJECT && case.failures.of(Call::Groups).is_none() {
        let (id, name) = ("00gEveryone000000001".to_owned(), Some("Everyone".to_owned()));
        items.push(Item { kind: Kind::Group, id, name, is_asked: false });
    }
    items.extend(groups_of(case, subject).into_iter().flatten().map(item));
    items.extend(apps_of(case, subject).into_iter().flatten().map(item));
    items.extend(AskedFor::of(case).all().map(|asked| Item {
        kind: asked.kind,
        id: asked.id.clone(),
        name: asked.name.as_ref().ok().cloned(),
        is_asked: true,
    }));
    items
}

fn warning(toxic: &Toxic, items: &[Item]) -> Option<Warning> {
    let (one, other) = (toxic.one.listed(items), toxic.other.listed(items));
    let pairs: Vec<(&Item, &Item)> = one
        .iter()
        .flat_map(|first| other.iter().map(move |second| (*first, *second)))
        .filter(|(first, second)| (first.kind, &first.id) != (second.kind, &second.id))
        .collect();
    let is_held = |(first, second): &&(&Item, &Item)| !first.is_asked && !second.is_asked;
    // What the person holds already is said rather than what the request would add.
    let any_held = pairs.iter().any(|pair| is_held(&pair));
    let told = pairs.iter().filter(|pair| !any_held || is_held(pair));
    let wordings: Vec<String> = told.map(|(first, second)| wording(toxic, first, second)).collect();
    let grave = if toxic.severity == "high" { Grave::HighConflict } else { Grave::Conflict };
    (!wordings.is_empty()).then_some(Warning { grave, wordings })
}

fn wording(toxic: &Toxic, first: &Item, second: &Item) -> String {
    let name = |item: &Item| quoted(visible(item.name.clone()).as_ref().unwrap_or(&item.id), 60);
    let pair = match (first.is_asked, second.is_asked) {
        (false, false) => format!("holds {} and {} already", name(first), name(second)),
        (false, true) => format!("holds {} and asks for {}", name(first), name(second)),
        (true, false) => format!("holds {} and asks for {}", name(second), name(first)),
        (true, true) => format!("asks for {} and {}", name(first), name(second)),
    };
    let about = match shortened(&toxic.description, 120) {
        about if about.is_empty() => String::new(),
        about => format!(": {about}"),
    };
    format!("{}-severity conflict {}: {pair}{about}", toxic.severity, quoted(&toxic.name, 60))
}

/// Everything that could not be compared.
fn lack(case: &Case, subject: &str) -> Option<Lack> {
    let sides = || case.rule.toxic.iter().flat_map(|toxic| [&toxic.one, &toxic.other]);
    let mut parts: Vec<String> = Vec::new();
    let held = [
        ("groups held", groups_of(case, subject), sides().any(|side| !side.groups.is_empty())),
        ("apps held", apps_of(case, subject), sides().any(|side| !side.apps.is_empty())),
    ];
    for (part, things, is_needed) in held {
        let is_whole = |thing: &Thing| visible(thing.name.clone()).is_some() && !thing.id.is_empty();
        match things {
            _ if !is_needed => {}
            Err(lack) => parts.push(format!("{part}: {}", lack.reason)),
            Ok(things) if things.iter().all(is_whole) => {}
            Ok(_) => parts.push(format!("{part}: an entry of Okta's list could not be read")),
        }
    }
    let asked = AskedFor::of(case);
    if let Some(how) = case.failures.of(Call::Request) {
        parts.push(format!("what is asked for: {}", Call::Request.reason(how)));
    } else if asked.all().any(|asked| matches!(asked.kind, Kind::RequestType | Kind::Other)) {
        parts.push("what is asked for: Okta does not say".to_owned());
    }
    for lack in asked.all().filter_map(|asked| asked.name.as_ref().err()) {
        let part = format!("a name: {}", lack.reason);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    (!parts.is_empty()).then(|| Lack::because(&parts.join("; ")))
}

impl Items {
    fn listed<'a>(&self, items: &'a [Item]) -> Vec<&'a Item> {
        let is_listed = |item: &&Item| match item.kind {
            Kind::Group => lists(&self.groups, &item.id, item.name.as_deref()),
            Kind::App => lists(&self.apps, &item.id, item.name.as_deref()),
            Kind::Bundle => lists(&self.bundles, &item.id, item.name.as_deref()),
            Kind::RequestType | Kind::Other => false,
        };
        items.iter().filter(is_listed).collect()
    }
}

/// Whether an id or a name is on a list of ids and globs.
pub(crate) fn lists(list: &[String], id: &str, name: Option<&str>) -> bool {
    let name = name.unwrap_or_default().to_lowercase();
    list.iter().any(|entry| entry == id || matches(&entry.to_lowercase(), &name))
}

/// A glob with stars at its ends only.
fn matches(glob: &str, text: &str) -> bool {
    match (glob.strip_prefix('*'), glob.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(rest), Some(_)) => text.contains(rest.trim_end_matches('*')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == glob,
    }
}
