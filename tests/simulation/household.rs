//! [`Household`]: one person who gets access, with their manager, colleagues and things, one access request, and the
//! event about it. All are made by the oracle of messages, which knows what a true message about them says. The oracle
//! knows one world with fixed ids; here many share one Okta, so each has ids and addresses of its own.

use jiff::Timestamp;
use okta_simulator::World;
use serde_json::{Map, Value, json};

use super::oracle::asks::{Ask, V1, V2};
use super::oracle::case::Case;
use super::oracle::dice::Dice;
use super::oracle::people::{SUBJECT, set_now};
use super::oracle::rules::Rule;

/// One person's request, and all that it is about.
pub(crate) struct Household {
    pub(crate) number: usize,
    pub(crate) case: Case,
    pub(crate) raised: Timestamp,
    /// The request's id, and its id in the older generation, if Okta gives it one.
    pub(crate) id: String,
    pub(crate) older_id: Option<String>,
    /// The two ids are of two requests, which the person raised at the same moment. The event is about the older.
    pub(crate) is_double: bool,
    /// The event about the request, as Okta sends it.
    pub(crate) event: Value,
    names: Names,
}

impl Household {
    /// A household whose request is raised at this time. The policy is the seed's.
    pub(crate) fn of_dice(number: usize, rule: &Rule, raised: Timestamp, dice: &mut Dice) -> Household {
        set_now(raised);
        let mut case = loop {
            let case = Case::of_dice(dice, |_, _| rule.clone());
            let manager = case.people.by_id(SUBJECT).and_then(|person| person.manager_id.as_deref());
            // If event and request differ, a message depends on whether the request is read: that is judged only
            // where it was. Everyone is `me`.
            if (case.ask.agrees() || dice.chance(10)) && manager != Some("me") {
                break case;
            }
        };
        case.failures.0.clear();
        // An earlier request that is open is an event of its own; one that comes later would change what is true.
        case.earlier.requests.retain(|earlier| earlier.status != "PENDING" && earlier.created <= raised);
        let names = Names::of(number);
        let event = names.given(&case.ask.event());
        let older_id = (case.ask.is_v2 && dice.chance(25)).then(|| names.give(V1));
        let id = names.give(case.ask.id());
        let is_double = older_id.is_some() && dice.chance(20);
        let mut household = Household { number, case, raised, id, older_id, is_double, event, names };
        household.event["detail"]["uuid"] = json!(format!("6df5abfe-cd2b-5329-a6b1-{number:012}"));
        household.number_request();
        household
    }

    /// An event of a newer request that has an older id may name that one, with the request's number.
    fn number_request(&mut self) {
        if self.older_id.is_some() {
            self.event["detail"]["debugContext"]["debugData"]["permalinkId"] =
                json!(self.permalink().to_string());
        }
    }

    fn permalink(&self) -> usize {
        1000 + self.number
    }

    /// The event, naming the older id of its request.
    pub(crate) fn event_by_older_id(&self) -> Option<Value> {
        let older_id = self.older_id.as_ref()?;
        let mut event = self.event.clone();
        event["detail"]["debugContext"]["debugData"]["accessRequestId"] = json!(older_id);
        Some(event)
    }

    pub(crate) fn ask(&self) -> &Ask {
        &self.case.ask
    }

    /// Whether event and request say the same about the people.
    pub(crate) fn agrees(&self) -> bool {
        self.case.ask.agrees()
    }

    /// Its id of the older generation, if it has one.
    pub(crate) fn oldest_id(&self) -> Option<&String> {
        if self.ask().is_v2 { self.older_id.as_ref() } else { Some(&self.id) }
    }

    /// Whether Okta's answers about the newer request name its number alone, as if somebody outside Okta decided it.
    pub(crate) fn shows_number_alone(&self) -> bool {
        self.older_id.is_some() && self.number.is_multiple_of(2)
    }

    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.id == id || self.older_id.as_deref() == Some(id)
    }

    /// Adds everyone and everything but the request to Okta.
    pub(crate) fn move_in(&self, world: &mut World) {
        set_now(self.raised);
        let own = self.case.world();
        let requests = own.v2_requests.iter().filter(|(id, _)| *id != V2);
        let requests: Map<String, Value> =
            requests.map(|(id, request)| (id.clone(), request.clone())).collect();
        let all = json!({
            "users": own.users, "groups": own.groups, "memberships": own.memberships, "links": own.app_links,
            "apps": own.apps, "requests": requests, "bundles": own.bundles, "grants": own.entitlement_grants,
            "labels": own.labels, "tasks": own.tasks, "catalog": own.catalog_entries, "types": own.request_types,
        });
        let Value::Object(mut all) = self.names.given(&all) else { return };
        let mut take = |name: &str| match all.remove(name) {
            Some(Value::Object(members)) => members.into_iter(),
            _ => Map::new().into_iter(),
        };
        world.users.extend(take("users"));
        world.groups.extend(take("groups"));
        world.apps.extend(take("apps"));
        world.v2_requests.extend(take("requests"));
        world.bundles.extend(take("bundles"));
        world.entitlement_grants.extend(take("grants"));
        world.tasks.extend(take("tasks"));
        world.catalog_entries.extend(take("catalog"));
        world.request_types.extend(take("types"));
        let list = |value: Value| value.as_array().cloned().unwrap_or_default();
        let texts = |value| list(value).iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        world.memberships.extend(take("memberships").map(|(id, groups)| (id, texts(groups))));
        world.app_links.extend(take("links").map(|(id, links)| (id, list(links))));
        world.labels.extend(take("labels").map(|(id, labels)| (id, list(labels))));
    }

    /// Adds the request to Okta: now it can be read, and stands in the lists.
    pub(crate) fn raise(&self, world: &mut World) {
        set_now(self.raised);
        let mut request = self.names.given(&self.ask().request());
        let created = json!(self.raised.to_string());
        request["created"] = created.clone();
        request["lastUpdated"] = created.clone();
        if let Some(older_id) = &self.older_id {
            request["requestApproval"] = self.approval(older_id);
            let people: Vec<_> = request["requestedFor"]["externalId"].as_str().into_iter().collect();
            world.insert_request(json!({
                "id": older_id, "requestStatus": "OPEN", "created": created, "lastUpdated": created,
                "permalinkId": self.permalink(), "requesterUserIds": people, "requestTypeId": Value::Null,
            }));
        }
        world.insert_request(request);
    }

    /// What Okta's answer about the newer request says of its older id.
    fn approval(&self, older_id: &str) -> Value {
        let (of_this, number) = match self.is_double {
            true => (older_id.replace("69a9", "69b9"), self.permalink() + 5000),
            false => (older_id.to_owned(), self.permalink()),
        };
        let of_this = if self.shows_number_alone() { "N/A" } else { of_this.as_str() };
        json!({"externalRequestId": of_this, "permalinkId": number})
    }

    /// Somebody decides the request.
    pub(crate) fn close(&self, world: &mut World, now: Timestamp) {
        let status = if self.ask().is_v2 { ("status", "APPROVED") } else { ("requestStatus", "RESOLVED") };
        let request = world.request_mut(&self.id);
        request[status.0] = json!(status.1);
        request["resolved"] = json!(now.to_string());
        request["lastUpdated"] = json!(now.to_string());
        if let Some(older_id) = &self.older_id {
            let older = world.request_mut(older_id);
            older["requestStatus"] = json!("RESOLVED");
            older["lastUpdated"] = json!(now.to_string());
        }
    }

    /// The text in the oracle's own names.
    pub(crate) fn in_oracle_s_names(&self, text: &str) -> String {
        self.names.take_back(text)
    }
}

/// The names of one household: each has the length of the oracle's, so that texts are shortened alike.
struct Names(Vec<(String, String)>);

impl Names {
    fn of(number: usize) -> Names {
        let three = format!("{number:03}");
        assert_eq!(three.len(), 3, "a seed has at most 1000 households");
        let mut names = Vec::new();
        for id in ["00uColleague", "pcaService", "0oaApp", "00gGroup", "enbBundle", "enbAnother"] {
            names.push((format!("{id}000"), format!("{id}{three}")));
        }
        for id in ["cenPart", "cenWhole", "reqEarlier", "graGrant"] {
            names.push((format!("{id}000"), format!("{id}{three}")));
        }
        let mut name = |from: &str, to: String| names.push((from.to_owned(), to));
        name(V1, format!("69a97622417fb5da41baf{three}"));
        name(V2, format!("req16zRXf4PBGnr7o{three}"));
        name("68b0a1576dd8db837f5e", format!("68b0a1576dd8db837{three}"));
        name("68df878eddd64307621e77c3", format!("68df878eddd64307621e7{three}"));
        for (stem, whole, short) in [
            ("Subje", "Subject00", 's'),
            ("Manag", "Manager00", 'm'),
            ("Stran", "Stranger0", 't'),
            ("Other", "Other0000", 'o'),
        ] {
            name(whole, format!("{}{three}", &whole[..6]));
            let short = format!("Q{short}{three}");
            for (before, after) in [("o'neil+", ""), ("mail.", ""), ("", "llllllll")] {
                name(&format!("{before}{stem}{after}"), format!("{before}{short}{after}"));
            }
        }
        name("Gone00000", format!("Gone00{three}"));
        name("nobody@", format!("no{three}y@"));
        name("104233", format!("104{three}"));
        // An address may be written in capitals.
        let capitals = names
            .iter()
            .filter(|(from, _)| from.contains(['.', '+']) || from.len() == 9 || from.ends_with("lll"));
        let capitals: Vec<_> = capitals.map(|(from, to)| (from.to_uppercase(), to.to_uppercase())).collect();
        names.extend(capitals);
        Names(names)
    }

    /// All names in one pass: the texts are long.
    fn give(&self, text: &str) -> String {
        let begins = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
        let mut starts = vec![false; 1 << 16];
        for (from, _) in &self.0 {
            starts[begins(from.as_bytes())] = true;
        }
        let (mut given, mut copied, mut at) = (String::with_capacity(text.len()), 0, 0);
        let bytes = text.as_bytes();
        while at + 1 < bytes.len() {
            let found = starts[begins(&bytes[at..])]
                .then(|| self.0.iter().find(|(from, _)| bytes[at..].starts_with(from.as_bytes())))
                .flatten();
            if let Some((from, to)) = found {
                given.push_str(&text[copied..at]);
                given.push_str(to);
                at += from.len();
                copied = at;
            } else {
                at += 1;
            }
        }
        given.push_str(&text[copied..]);
        given
    }

    fn given(&self, value: &Value) -> Value {
        serde_json::from_str(&self.give(&value.to_string())).unwrap()
    }

    fn take_back(&self, text: &str) -> String {
        self.0.iter().rev().fold(text.to_owned(), |text, (from, to)| text.replace(to.as_str(), from))
    }
}
