//! Which bundles the person holds in a world.

use okta_simulator::World;
use serde_json::json;

use super::asks::Ask;
use super::dice::Dice;
use super::people::{OTHER, SUBJECT};

/// A day that is over in every world. Okta may still call such a grant active.
const ENDED: &str = "2026-11-20";

/// A grant of a bundle.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    holder: &'static str,
    bundle: String,
    status: &'static str,
    action: &'static str,
    /// The last day.
    until: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Grants(Vec<Grant>);

impl Grants {
    pub(crate) fn of_dice(ask: &Ask, dice: &mut Dice) -> Grants {
        let number = dice.of(&[0, 0, 1, 1, 2, 3]);
        let grant = |dice: &mut Dice| Grant {
            holder: if dice.chance(85) { SUBJECT } else { OTHER },
            bundle: match &ask.scope {
                Some(scope) if dice.chance(85) => scope.id.clone(),
                _ => "enbAnother0000000001".to_owned(),
            },
            status: dice.of(&["ACTIVE", "ACTIVE", "ACTIVE", "SCHEDULED", "EXPIRED", "INACTIVE"]),
            action: dice.of(&["ALLOW", "ALLOW", "ALLOW", "DENY"]),
            until: dice.of(&[None, Some("2026-11-30"), Some("2027-01-01"), Some(ENDED)]),
        };
        Grants((0..number).map(|_| grant(dice)).collect())
    }

    pub(crate) fn put_into(&self, world: &mut World) {
        for (number, grant) in self.0.iter().enumerate() {
            let id = format!("graGrant{number:012}");
            let record = json!({
                "id": id, "entitlementBundleId": grant.bundle, "status": grant.status, "action": grant.action,
                "targetPrincipal": {"externalId": grant.holder, "type": "OKTA_USER"},
                "scheduleSettings": {"expirationDate": grant.until.map(|day| format!("{day}T23:00:00Z"))},
            });
            world.entitlement_grants.insert(id, record);
        }
    }

    /// What a message warns of if this person holds the bundle now.
    pub(crate) fn told(&self, bundle: &str, person: &str) -> Option<String> {
        let gives = |grant: &&Grant| {
            grant.holder == person
                && grant.bundle == bundle
                && grant.status == "ACTIVE"
                && grant.action == "ALLOW"
                && grant.until != Some(ENDED)
        };
        let untils: Vec<Option<&str>> = self.0.iter().filter(gives).map(|grant| grant.until).collect();
        match (untils.iter().max()?, untils.contains(&None)) {
            (Some(last), false) => Some(format!("already holds this, until {last}")),
            _ => Some("already holds this".to_owned()),
        }
    }
}
