//! What the requested thing gives, and whether that is administrator rights.

use serde_json::{Value, json};

use super::asked::{AskedFor, by_own_call};
use super::case::Case;
use super::checks::{Check, Grave, Warning};
use super::dice::Dice;
use super::texts::{shortened, text, visible};
use super::things::Kind;

/// What Okta says that a thing gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Contents {
    /// Of a bundle: names of entitlements, with those of their values.
    entitlements: Vec<(Option<String>, Vec<Option<String>>)>,
    /// The app of a bundle is Okta's Admin Console.
    of_admin_console: bool,
    /// Of a group.
    members: Option<u64>,
    apps: Option<u64>,
    has_admins: Option<bool>,
    /// Okta misspells the member.
    is_misspelt: bool,
}

impl Contents {
    pub(crate) fn of_dice(dice: &mut Dice) -> Contents {
        let name = |dice: &mut Dice| match dice.below(20) {
            0 => None,
            1..4 => Some(text(dice)),
            _ => Some(dice.of(&["Role", "Vendor Maintainer", "Payment Clerk", "Region", "Pune"]).to_owned()),
        };
        let number = dice.of(&[0, 1, 1, 2, 4, 7]);
        let values = |dice: &mut Dice| {
            let number = dice.of(&[0, 1, 2, 3, 6]);
            (0..number).map(|_| name(dice)).collect()
        };
        let count = |dice: &mut Dice| dice.of(&[None, Some(0), Some(1), Some(4), Some(312)]);
        Contents {
            entitlements: (0..number).map(|_| (name(dice), values(dice))).collect(),
            of_admin_console: dice.chance(20),
            members: count(dice),
            apps: count(dice),
            has_admins: dice.of(&[None, Some(true), Some(false), Some(false)]),
            is_misspelt: dice.chance(30),
        }
    }

    /// The members of a bundle.
    pub(crate) fn of_bundle(&self) -> Value {
        let value = |name: &Option<String>| json!({"id": "ent1", "name": name});
        let entitlements: Vec<Value> = self
            .entitlements
            .iter()
            .map(|(name, values)| {
                json!({"id": "esp1", "name": name, "values": values.iter().map(value).collect::<Vec<_>>()})
            })
            .collect();
        let app = if self.of_admin_console { "saasure" } else { "sap_s4hana" };
        json!({"entitlements": entitlements, "targetResourceOrn": format!("orn:okta:idp:00o1:apps:{app}:0oa1")})
    }

    /// The statistics of a group.
    pub(crate) fn of_group(&self) -> Value {
        let admins = if self.is_misspelt { "hasAdminPrivlege" } else { "hasAdminPrivilege" };
        json!({"usersCount": self.members, "appsCount": self.apps, admins: self.has_admins})
    }

    /// The entitlements with a name, and the values with one.
    fn named(&self) -> Vec<(String, Vec<String>)> {
        let named = self.entitlements.iter().filter_map(|(name, values)| {
            let values = values.iter().filter_map(|value| visible(value.clone())).collect();
            Some((visible(name.clone())?, values))
        });
        named.collect()
    }

    fn roles(&self) -> Vec<String> {
        self.named().into_iter().flat_map(|(_, values)| values).collect()
    }
}

/// The line and the check of what exactly is asked for.
pub(crate) fn told(case: &Case) -> (Option<String>, Option<Check>) {
    let check = |warnings| Some(Check::of("administrator rights", warnings, None));
    let asked = AskedFor::of(case);
    let Some(exactly) = asked.exactly() else { return (None, None) };
    if !matches!(exactly.kind, Kind::Group | Kind::Bundle) {
        return (None, None);
    }
    if let Err(lack) = by_own_call(case, exactly) {
        return (None, Some(Check::of("administrator rights", Vec::new(), Some(lack))));
    }
    if super::asked::is_from_catalog(case, exactly) {
        return (None, None);
    }
    let Some(contents) = case.things.contents_of(&exactly.id) else { return (None, None) };
    let warn = |says: String| vec![Warning::new(Grave::Administrator, says)];
    let (line, check) = match exactly.kind {
        Kind::Group => {
            let warnings = match contents.has_admins {
                None => return (group(contents), None),
                Some(true) => warn("members of this group are Okta administrators".to_owned()),
                Some(false) => Vec::new(),
            };
            (group(contents), check(warnings))
        }
        _ if contents.of_admin_console => {
            let roles = contents.roles();
            let names = match &roles[..] {
                [] => shortened(&case.things.name_of(&exactly.id).unwrap_or(exactly.id.clone()), 60),
                roles => list(roles, 2),
            };
            // The warning names all of them already.
            let line = bundle(contents).filter(|_| roles.len() > 2);
            (line, check(warn(format!("this is an Okta administrator role: {names}"))))
        }
        _ => (bundle(contents), None),
    };
    // The other things were not looked at.
    let gives = asked.more.iter().any(|asked| matches!(asked.kind, Kind::Group | Kind::Bundle));
    (line, check.filter(|check| !gives || !check.warnings.is_empty()))
}

fn list(names: &[String], most: usize) -> String {
    let shown: Vec<String> = names.iter().take(most).map(|name| shortened(name, 60)).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn group(contents: &Contents) -> Option<String> {
    let count = |number: u64, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    match (contents.apps, contents.members) {
        (Some(apps), Some(members)) => {
            Some(format!("This group opens {}; {}", count(apps, "app"), count(members, "member")))
        }
        (Some(apps), None) => Some(format!("This group opens {}", count(apps, "app"))),
        (None, Some(members)) => Some(format!("This group has {}", count(members, "member"))),
        (None, None) => None,
    }
}

/// At most five values; an entitlement without values is one.
fn bundle(contents: &Contents) -> Option<String> {
    let named = contents.named();
    let (mut left, mut shown, mut more) = (5, Vec::new(), 0);
    for (name, values) in &named {
        let number = values.len().max(1);
        let fits = number.min(left);
        more += number - fits;
        left -= fits;
        if fits == 0 {
            continue;
        }
        let values: Vec<String> = values.iter().take(fits).map(|value| shortened(value, 60)).collect();
        let name = shortened(name, 60);
        shown.push(if values.is_empty() { name } else { format!("{name} ({})", values.join(", ")) });
    }
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!shown.is_empty()).then(|| format!("Contains: {}{more}", shown.join(", ")))
}
