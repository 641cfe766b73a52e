//! How admins marked the things of a world.

use okta_simulator::World;
use serde_json::{Value, json};

use super::asked::{AskedFor, Lack, by_own_call};
use super::case::Case;
use super::checks::Check;
use super::dice::Dice;
use super::failures::Call;
use super::texts::{shortened, text, visible};
use super::things::Kind;

const ORG: &str = "00oacmeSimulatedOrg0";

/// Name and values of each label.
#[derive(Clone, Debug)]
pub(crate) struct Labels(Vec<(String, Vec<String>)>);

impl Labels {
    pub(crate) fn of_dice(dice: &mut Dice) -> Labels {
        let number = dice.of(&[0, 1, 1, 2, 7]);
        let label = |dice: &mut Dice| {
            let name = dice.of(&["Crown Jewel", "Compliance", "Privileged"]).to_owned();
            let name = if dice.chance(70) { name } else { text(dice) };
            let values = match dice.below(4) {
                0 => Vec::new(),
                1 => vec![name.clone()],
                2 => vec!["SOX".to_owned()],
                _ => vec![text(dice), "GDPR".to_owned()],
            };
            (name, values)
        };
        Labels((0..number).map(|_| label(dice)).collect())
    }

    /// Whether each has a name. One without may be the gravest.
    pub(crate) fn are_readable(&self) -> bool {
        self.0.iter().all(|(name, _)| visible(Some(name.clone())).is_some())
    }

    /// The resource that is asked for has them.
    pub(crate) fn put_into(&self, case: &Case, world: &mut World) {
        let mut asked = case.ask.resource.iter().chain(&case.ask.scope);
        let asked = asked.find(|thing| has_labels(thing.kind));
        let Some(thing) = asked else { return };
        let id = &thing.id;
        let orn = match thing.kind {
            Kind::App => format!("orn:okta:idp:{ORG}:apps:some_app:{id}"),
            Kind::Group => format!("orn:okta:directory:{ORG}:groups:{id}"),
            Kind::Bundle => format!("orn:okta:governance:{ORG}:entitlement-bundles:{id}"),
            Kind::RequestType | Kind::Other => return,
        };
        let label = |(name, values): &(String, Vec<String>)| {
            let values: Vec<Value> = values.iter().map(|value| json!({"name": value})).collect();
            json!({"name": name, "values": values})
        };
        world.labels.insert(orn, self.0.iter().map(label).collect());
    }
}

fn has_labels(kind: Kind) -> bool {
    matches!(kind, Kind::App | Kind::Group | Kind::Bundle)
}

/// The line and the check of the labels.
pub(crate) fn told(case: &Case) -> (Option<String>, Option<Check>) {
    let not_done = |lack| (None, Some(Check::of("labels", Vec::new(), Some(lack))));
    let asked = AskedFor::of(case);
    let mut things = asked.resource.iter().chain(&asked.scope);
    let Some(first) = things.find(|asked| has_labels(asked.kind)) else {
        return asked.unnamed(case).map_or((None, None), not_done);
    };
    match first.kind {
        Kind::App => {
            if let Err(lack) = by_own_call(case, first) {
                return not_done(lack);
            }
            // The catalog may give the name, but no labels.
            if let Some(how) = case.failures.of(Call::App) {
                return not_done(Lack::of_call(Call::App, how));
            }
        }
        Kind::RequestType | Kind::Other => return (None, None),
        Kind::Group | Kind::Bundle => {}
    }
    if let Some(how) = case.failures.of(Call::Labels) {
        return not_done(Lack::of_call(Call::Labels, how));
    }
    if !case.labels.are_readable() {
        return not_done(Lack::because("Okta's answer could not be read"));
    }
    let label = |(name, values): &(String, Vec<String>)| {
        let values = values.iter().filter(|value| *value != name).cloned();
        let values = values.filter_map(|value| visible(Some(value)));
        let values: Vec<String> = values.map(|value| shortened(&value, 60)).collect();
        let name = shortened(name, 60);
        if values.is_empty() { name } else { format!("{name}: {}", values.join(", ")) }
    };
    let labels: Vec<String> = case.labels.0.iter().map(label).collect();
    let more = labels.len().saturating_sub(6);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let shown: Vec<&str> = labels.iter().take(6).map(String::as_str).collect();
    ((!labels.is_empty()).then(|| format!("Marked in Okta: {}{more}", shown.join("; "))), None)
}
