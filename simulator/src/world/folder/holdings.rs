//! Who is in which group, and who has which app. Okta's replies do not say whose they are, so the file does:
//! `memberships.json` and `assignments.json` by the user's id, or `memberships/00u….json` with one reply.

use serde_json::{Value, json};

use super::{super::World, fault::Faults, kind::Kind, record::Record, references::missing};

/// What people hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holding {
    /// Groups: `GET /api/v1/users/{id}/groups`.
    Groups,
    /// Apps: `GET /api/v1/users/{id}/appLinks`.
    Apps,
}

/// What one person holds.
#[derive(Debug)]
pub(super) struct Holdings {
    pub(super) holding: Holding,
    pub(super) user: String,
    /// A list of ids, or of Okta's records.
    pub(super) record: Record,
}

impl Holding {
    const ALL: [(Self, &'static str); 2] = [(Self::Groups, "memberships"), (Self::Apps, "assignments")];

    pub(super) fn of_file(stem: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| *name == stem).map(|(holding, _)| holding)
    }

    pub(super) fn files() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(|(_, name)| name)
    }

    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Groups => "\"00g…\"",
            Self::Apps => "\"0oa…\"",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Groups => Kind::Group,
            Self::Apps => Kind::App,
        }
    }
}

/// Gives the people of the world what they hold.
pub(super) fn apply(world: &mut World, all: &[Holdings], faults: &mut Faults) {
    for Holdings { holding, user, record } in all {
        if !world.users.contains_key(user) {
            let file = if *holding == Holding::Groups { "memberships" } else { "assignments" };
            faults.add(record, record.line, missing(file, Kind::User, user));
        }
        let Some(list) = record.value.as_array() else {
            let text = format!("here must stand a list, [{}]", holding.example());
            faults.add(record, record.line, text);
            continue;
        };
        for item in list {
            match (holding, item) {
                (Holding::Groups, Value::String(id)) if world.groups.contains_key(id) => {
                    join(world, user, id);
                }
                (Holding::Apps, Value::String(id)) if world.apps.contains_key(id) => {
                    let link = link(&world.apps[id], id);
                    world.app_links.entry(user.clone()).or_default().push(link);
                }
                (_, Value::String(id)) => {
                    faults.add(record, record.line_of("", id), missing(user, holding.kind(), id));
                }
                // Okta's own reply describes the group or app.
                (Holding::Groups, Value::Object(group)) if group.get("id").is_some_and(Value::is_string) => {
                    let id = item["id"].as_str().unwrap_or_default();
                    world.groups.entry(id.to_owned()).or_insert_with(|| item.clone());
                    join(world, user, id);
                }
                (Holding::Apps, Value::Object(link))
                    if link.get("appInstanceId").is_some_and(Value::is_string) =>
                {
                    world.app_links.entry(user.clone()).or_default().push(item.clone());
                }
                _ => {
                    let call = match holding {
                        Holding::Groups => "groups",
                        Holding::Apps => "appLinks",
                    };
                    let text = format!(
                        "an element is neither an id nor a record of GET /api/v1/users/{{id}}/{call}; write {}",
                        holding.example()
                    );
                    faults.add(record, record.line, text);
                }
            }
        }
    }
}

fn join(world: &mut World, user: &str, group: &str) {
    let groups = world.memberships.entry(user.to_owned()).or_default();
    if !groups.iter().any(|other| other == group) {
        groups.push(group.to_owned());
    }
}

/// The link to an app, as its user sees it.
fn link(app: &Value, id: &str) -> Value {
    json!({
        "label": app["label"], "appName": app["name"], "appInstanceId": id, "hidden": false,
        "linkUrl": null, "logoUrl": null, "credentialsSetup": false, "sortOrder": 0,
    })
}
