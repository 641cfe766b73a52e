//! The things of a world: groups, apps, bundles and their entries in the catalog, and which of them the person
//! holds.

use okta_simulator::World;
use serde_json::{Value, json};

use super::contents::Contents;
use super::dice::Dice;
use super::people::SUBJECT;
use super::texts::{text, visible};

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    App,
    Group,
    Bundle,
    RequestType,
    Other,
}

/// A thing with its name; `None` if Okta has none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Thing {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

/// Everything that can be held or asked for.
#[derive(Clone, Debug)]
pub(crate) struct Things {
    pub(crate) all: Vec<Thing>,
    /// The groups and apps that the person holds. One without an id can't be read.
    pub(crate) held: Vec<Thing>,
    /// The name of the entry for what is asked for, and of the one above it.
    pub(crate) catalog: (Option<String>, Option<String>),
    /// What groups and bundles give, by id.
    contents: Vec<(String, Contents)>,
}

pub(crate) const ENTRY: &str = "cenPart0000000000001";
const ENTRY_ABOVE: &str = "cenWhole000000000001";
pub(crate) const REQUEST_TYPE: &str = "68df878eddd64307621e77c3";
const KINDS: [(Kind, &str, usize); 3] =
    [(Kind::App, "0oaApp", 4), (Kind::Group, "00gGroup", 4), (Kind::Bundle, "enbBundle", 2)];
/// The name of the kind of app.
const TECHNICAL: &str = "some_app";
const NAMES: [&str; 5] =
    ["SAP Accounts Payable - Post", "Vendor Master", "GitHub", "Production Deployers", "Change Approvers"];

impl Things {
    pub(crate) fn of_dice(dice: &mut Dice) -> Things {
        let mut all = Vec::new();
        for (kind, prefix, number) in KINDS {
            for n in 0..number {
                let name = match dice.below(20) {
                    0 => None,
                    1..=9 => Some(text(dice)),
                    _ => Some(dice.of(&NAMES).to_owned()),
                };
                let id = format!("{prefix}{n:0width$}", width = 20 - prefix.len());
                all.push(Thing { kind, id, name });
            }
        }
        let name = Some(text(dice));
        all.push(Thing { kind: Kind::RequestType, id: REQUEST_TYPE.to_owned(), name });
        let holdable: Vec<Thing> =
            all.iter().filter(|thing| matches!(thing.kind, Kind::App | Kind::Group)).cloned().collect();
        let mut held = dice.some(&holdable, 40);
        if dice.chance(4) {
            held.push(Thing {
                kind: Kind::App,
                id: String::new(),
                name: Some("a link without id".to_owned()),
            });
        }
        let catalog =
            (dice.chance(80).then(|| text(dice)), dice.chance(80).then(|| "the app above".to_owned()));
        let contents = all.iter().map(|thing| (thing.id.clone(), Contents::of_dice(dice))).collect();
        Things { all, held, catalog, contents }
    }

    pub(crate) fn contents_of(&self, id: &str) -> Option<&Contents> {
        self.contents.iter().find(|(of, _)| of == id).map(|(_, contents)| contents)
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> Vec<Thing> {
        self.all.iter().filter(|thing| thing.kind == kind).cloned().collect()
    }

    pub(crate) fn name_of(&self, id: &str) -> Option<String> {
        let thing = self.all.iter().find(|thing| thing.id == id)?;
        let technical = (thing.kind == Kind::App).then(|| TECHNICAL.to_owned());
        visible(thing.name.clone()).or(technical)
    }

    pub(crate) fn put_into(&self, world: &mut World) {
        for Thing { kind, id, name } in &self.all {
            let contents = self.contents_of(id).unwrap();
            let (records, record) = match kind {
                Kind::App => (&mut world.apps, json!({"id": id, "label": name, "name": TECHNICAL})),
                Kind::Group => (&mut world.groups, group(id, name.as_deref(), &contents.of_group())),
                Kind::Bundle => {
                    let mut bundle = contents.of_bundle();
                    (bundle["id"], bundle["name"]) = (json!(id), json!(name));
                    (&mut world.bundles, bundle)
                }
                Kind::RequestType | Kind::Other => {
                    (&mut world.request_types, json!({"id": id, "name": name}))
                }
            };
            records.insert(id.clone(), record);
        }
        let everyone =
            json!({"id": "00gEveryone000000001", "type": "BUILT_IN", "profile": {"name": "Everyone"}});
        world.insert_group(everyone, SUBJECT);
        let (groups, apps): (Vec<_>, Vec<_>) = self.held.iter().partition(|held| held.kind == Kind::Group);
        world.memberships.get_mut(SUBJECT).unwrap().extend(groups.iter().map(|group| group.id.clone()));
        let link = |Thing { id, name, .. }: &Thing| json!({"label": name, "appInstanceId": (!id.is_empty()).then_some(id)});
        // One app may have several links.
        let another = apps.iter().find(|app| !app.id.is_empty());
        let links = apps.iter().chain(another).map(|app| link(app)).collect();
        world.app_links.insert(SUBJECT.to_owned(), links);
        let (part, whole) = &self.catalog;
        let entries = [
            json!({"id": ENTRY, "name": part, "parent": ENTRY_ABOVE}),
            json!({"id": ENTRY_ABOVE, "name": whole}),
        ];
        for entry in entries {
            world.catalog_entries.insert(entry["id"].as_str().unwrap().to_owned(), entry);
        }
    }
}

fn group(id: &str, name: Option<&str>, stats: &Value) -> Value {
    json!({"id": id, "type": "OKTA_GROUP", "profile": {"name": name}, "_embedded": {"stats": stats}})
}
