//! [`Thing`]: an app, group, bundle or request type as Okta describes it: its name and what it gives (Okta API
//! reference, "Retrieve an entitlement bundle", "Retrieve a group" with `expand=stats`, "Retrieve an
//! application").

use super::asked::{Asked, AskedKind};
use crate::json::Object;

/// The part of a resource name (ORN) by which Okta marks its own Admin Console. A bundle of that app is an
/// administrator role.
const ADMIN_CONSOLE: &str = ":apps:saasure:";

/// Something that can be requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its name, untrusted; its id if Okta gives no name.
    pub name: String,
    /// What it gives.
    pub contents: Contents,
}

/// What a thing gives, as far as Okta says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Okta does not say: the name is from the access catalog, the kind has no contents, or the answer lacks
    /// them.
    Unknown,
    /// Of an entitlement bundle.
    Bundle(BundleContents),
    /// Of a group.
    Group(GroupStats),
    /// Of an app.
    App {
        /// The name of the kind of app, `sap_s4hana`; part of the app's resource name (ORN).
        technical_name: Option<String>,
    },
}

/// What an entitlement bundle gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleContents {
    /// Its entitlements; empty if Okta does not give them.
    pub entitlements: Vec<Entitlement>,
    /// Whether it is a role of Okta's own administrators; `None` if Okta does not say what app it is of.
    pub is_admin_role: Option<bool>,
    /// Its resource name, as Okta writes it.
    pub orn: Option<String>,
}

/// An entitlement of an app, with the values that a bundle gives. All texts are untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Its name, "Role".
    pub name: String,
    /// The names of the values; empty if Okta does not give them.
    pub values: Vec<String>,
}

/// Counts of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupStats {
    /// How many members it has.
    pub members: Option<u64>,
    /// How many apps it is assigned to.
    pub apps: Option<u64>,
    /// Whether its members are administrators of Okta.
    pub has_admins: Option<bool>,
}

impl Thing {
    /// Reads Okta's answer about `asked`. Any member may be missing or odd.
    pub(super) fn read(asked: &Asked, answer: &Object) -> Thing {
        let name = match asked.kind {
            AskedKind::Group => answer.object("profile").text("name"),
            _ => answer.text("label").or_else(|| answer.text("name")),
        };
        let contents = match asked.kind {
            AskedKind::App => Contents::App { technical_name: answer.text("name") },
            AskedKind::Group => group(answer),
            AskedKind::Bundle => bundle(answer),
            AskedKind::RequestType | AskedKind::Other => Contents::Unknown,
        };
        Thing { name: name.unwrap_or_else(|| asked.id.clone()), contents }
    }

    /// A thing of which only the name is known.
    #[must_use]
    pub fn named(name: String) -> Thing {
        Thing { name, contents: Contents::Unknown }
    }
}

fn group(answer: &Object) -> Contents {
    let stats = answer.object("_embedded").object("stats");
    // Okta's reference misspells the last one in places.
    let admins = ["hasAdminPrivilege", "hasAdminPrivlege"];
    let stats = GroupStats {
        members: stats.get("usersCount"),
        apps: stats.get("appsCount"),
        has_admins: admins.iter().find_map(|name| stats.get(name)),
    };
    if stats == GroupStats::default() { Contents::Unknown } else { Contents::Group(stats) }
}

fn bundle(answer: &Object) -> Contents {
    let target = answer.text("targetResourceOrn");
    let contents = BundleContents {
        entitlements: answer.list("entitlements").iter().filter_map(entitlement).collect(),
        is_admin_role: target.map(|orn| orn.contains(ADMIN_CONSOLE)),
        orn: answer.text("orn"),
    };
    if contents == BundleContents::default() { Contents::Unknown } else { Contents::Bundle(contents) }
}

fn entitlement(entry: &Object) -> Option<Entitlement> {
    let named = |object: &Object| object.text("name").or_else(|| object.text("externalValue"));
    let values = entry.list("values").iter().filter_map(named).collect();
    Some(Entitlement { name: named(entry)?, values })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json;

    fn read(kind: AskedKind, answer: &Value) -> Thing {
        let asked = Asked { kind, id: "enb1".to_owned(), name: None, place: None };
        Thing::read(&asked, &json::from_str(&answer.to_string()).unwrap())
    }

    fn contents_of(answer: &Value) -> BundleContents {
        match read(AskedKind::Bundle, answer).contents {
            Contents::Bundle(contents) => contents,
            Contents::Unknown => BundleContents::default(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bundle_gives_entitlements_and_says_whether_it_is_an_admin_role() {
        let target = |app: &str| format!("orn:okta:idp:00o1:apps:{app}:0oa1");
        let bundle = json!({
            "name": "Payer", "orn": "orn:okta:governance:00o1:entitlement-bundles:enb1",
            "targetResourceOrn": target("sap_s4hana"),
            "entitlements": [
                {"id": "esp1", "name": "Role", "values": [{"name": "Pay"}, {"externalValue": "POST"}, {"id": "x"}]},
                {"name": "Region"}, {"values": [{"name": "lost"}]}, null, "odd",
            ],
        });
        let contents = contents_of(&bundle);
        let role = Entitlement { name: "Role".to_owned(), values: vec!["Pay".to_owned(), "POST".to_owned()] };
        let region = Entitlement { name: "Region".to_owned(), values: vec![] };
        assert_eq!(contents.entitlements, [role, region]);
        assert_eq!(contents.is_admin_role, Some(false));
        assert!(contents.orn.is_some_and(|orn| orn.ends_with(":enb1")));
        assert_eq!(contents_of(&json!({"targetResourceOrn": target("saasure")})).is_admin_role, Some(true));
        assert_eq!(contents_of(&json!({"name": "Payer", "entitlements": []})).is_admin_role, None);
        assert_eq!(read(AskedKind::Bundle, &json!({})), Thing::named("enb1".to_owned()));
    }

    #[test]
    fn an_odd_member_costs_only_itself() {
        let answer = json!({
            "name": "sap", "label": "SAP", "profile": {"name": "Clerks"},
            "orn": "orn:okta:governance:00o1:entitlement-bundles:enb1", "targetResourceOrn": "orn:x:apps:saasure:1",
            "entitlements": [{"name": "Role", "values": [{"name": "A"}, {"name": "B"}]}],
            "_embedded": {"stats": {"usersCount": 3, "appsCount": 0, "hasAdminPrivilege": true}}
        });
        for kind in [AskedKind::Bundle, AskedKind::Group, AskedKind::App, AskedKind::RequestType] {
            let whole = read(kind, &answer);
            for (place, odd) in json::odd_members(&answer) {
                let thing = read(kind, &odd);
                let named = ["/name", "/label", "/profile", "/profile/name"].contains(&place.as_str());
                assert!(named || thing.name == whole.name, "{kind:?} {place}");
                let of_contents = ["/entitlements", "/orn", "/target", "/_embedded", "/name"];
                let touched = of_contents.iter().any(|part| place.starts_with(part));
                assert!(touched || thing.contents == whole.contents, "{kind:?} {place}");
            }
        }
        let stats = |stats: Value| read(AskedKind::Group, &json!({"_embedded": {"stats": stats}})).contents;
        let counts = |members, apps, has_admins| Contents::Group(GroupStats { members, apps, has_admins });
        assert_eq!(stats(json!({"usersCount": 3, "appsCount": "x"})), counts(Some(3), None, None));
        assert_eq!(stats(json!({"hasAdminPrivlege": true})), counts(None, None, Some(true)));
        assert_eq!(stats(json!({"usersCount": -1})), Contents::Unknown);
    }
}
