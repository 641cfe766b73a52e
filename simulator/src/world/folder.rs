//! A world in a folder: JSON files that hold Okta's own replies, saved as they came, or records written by
//! hand. Every file is read and checked before anything is used, and all faults are reported at once. Unknown
//! members are normal: Okta's replies have many. A reference to something that no file has is a fault: the
//! simulator would answer 404 where the org does not.

mod fault;
mod files;
mod holdings;
mod kind;
mod members;
mod record;
mod references;

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

pub use self::fault::{WorldError, WorldFault};
use self::{fault::Faults, files::Files, kind::Kind, record::Record};
use super::{Records, World};

impl World {
    /// The org in the JSON files of a folder: `users.json`, `groups.json`, `apps.json`, `requests.json` and
    /// others, each of which may be missing. `docs/world.md` describes them. The service app, the user who
    /// made the API token, the user types, the org and its log stream are those of [`World::sample`] unless a
    /// file has them.
    ///
    /// # Errors
    ///
    /// The folder can't be read, or its files have faults: all of them.
    pub fn from_folder(folder: &Path) -> Result<Self, WorldError> {
        let mut faults = Faults::default();
        let files = Files::read(folder, &mut faults)?;
        let mut by_kind: BTreeMap<Kind, BTreeMap<String, Record>> = BTreeMap::new();
        for (kind, record) in files.records {
            members::check(kind, &record, &mut faults);
            add(by_kind.entry(kind).or_default(), kind, record, &mut faults);
        }
        if faults.is_incomplete {
            return faults.none(Self::default());
        }
        references::check(&by_kind, &mut faults);
        let sample = Self::sample();
        let mut world = Self {
            service_apps: sample.service_apps,
            organization: sample.organization,
            log_streams: sample.log_streams,
            user_types: sample.user_types,
            user_schemas: sample.user_schemas,
            ..Self::default()
        };
        let organization = by_kind.get(&Kind::Organization).and_then(|orgs| orgs.keys().next());
        let organization =
            organization.cloned().or_else(|| Some(world.organization["id"].as_str()?.to_owned()));
        references::check_labels(&by_kind, &organization.unwrap_or_default(), &mut faults);
        for (kind, records) in by_kind {
            world.take(kind, records);
        }
        holdings::apply(&mut world, &files.holdings, &mut faults);
        let owner = sample.users.get_key_value(&sample.token_owner);
        if let Some((id, owner)) = owner {
            world.users.entry(id.clone()).or_insert_with(|| owner.clone());
            world.token_owner.clone_from(id);
        }
        faults.none(world)
    }

    fn take(&mut self, kind: Kind, records: BTreeMap<String, Record>) {
        let values = records.into_iter().map(|(id, record)| (id, record.value));
        match kind {
            Kind::User => {
                self.users.extend(values.map(|(id, user)| (id, with_default(user, "status", "ACTIVE"))));
            }
            Kind::Group => self.groups.extend(values),
            Kind::App => self.apps.extend(values),
            Kind::Request => values.for_each(|(_, request)| self.insert_request(request)),
            Kind::Bundle => self.bundles.extend(values),
            Kind::Grant => {
                let grants: Records = values.map(|(id, grant)| (id, self.whole_grant(grant))).collect();
                self.entitlement_grants.extend(grants);
            }
            Kind::CatalogEntry => self.catalog_entries.extend(values),
            Kind::RequestType => self.request_types.extend(values),
            Kind::Task => self.tasks.extend(values),
            Kind::LogStream => self.log_streams = values.map(|(_, stream)| stream).collect(),
            Kind::Label => {
                let labels = |resource: &Value| resource["labels"].as_array().cloned().unwrap_or_default();
                self.labels.extend(values.map(|(orn, resource)| (orn, labels(&resource))));
            }
            Kind::Organization => {
                self.organization = values.map(|(_, org)| org).next_back().unwrap_or_default();
            }
        }
    }

    /// A grant with the members by which lists are filtered, if someone wrote it without them.
    fn whole_grant(&self, grant: Value) -> Value {
        let mut grant = with_default(with_default(grant, "status", "ACTIVE"), "action", "ALLOW");
        let bundle = grant["entitlementBundleId"].as_str().and_then(|id| self.bundles.get(id));
        if grant["target"].is_null() {
            let app = bundle.map_or(Value::Null, |bundle| bundle["target"]["externalId"].clone());
            grant["target"] = json!({ "externalId": app, "type": "APPLICATION" });
        }
        for (member, kind) in [("target", "APPLICATION"), ("targetPrincipal", "OKTA_USER")] {
            grant[member] = with_default(grant[member].take(), "type", kind);
        }
        grant
    }
}

/// Adds a record. The same one twice is normal: pages of a list may overlap.
fn add(records: &mut BTreeMap<String, Record>, kind: Kind, record: Record, faults: &mut Faults) {
    let Some(id) = record.text_at(kind.name_member()).map(str::to_owned) else { return };
    if let Some(other) = records.get(&id).filter(|other| other.value != record.value) {
        let text = format!(
            "{} `{id}` is here a second time, with other members; the first is at {}",
            kind.noun(),
            other.place()
        );
        faults.add(&record, record.line, text);
        return;
    }
    records.insert(id, record);
}

fn with_default(mut record: Value, member: &str, default: &str) -> Value {
    if record[member].is_null() && record.is_object() {
        record[member] = default.into();
    }
    record
}
