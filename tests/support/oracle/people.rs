//! The people of a world: the one who gets the access, the manager, a stranger and others, with odd profiles.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::dice::Dice;
use super::texts::{perhaps, text, visible};

pub(crate) const SUBJECT: &str = "00uSubject0000000001";
pub(crate) const MANAGER: &str = "00uManager0000000001";
pub(crate) const STRANGER: &str = "00uStranger000000001";
/// Another person whom an event may name wrongly, and who may have the manager's address.
pub(crate) const OTHER: &str = "00uOther000000000001";
/// Nobody has this id.
pub(crate) const GONE: &str = "00uGone0000000000001";
const EVERYONE: [&str; 4] = [SUBJECT, MANAGER, STRANGER, OTHER];

/// The moment of the event, unless another is set. The calendar of `ends` is that of its day, from seven o'clock on.
pub(crate) const NOW: &str = "2026-11-24T09:06:26.274Z";

thread_local! {
    static SET: Cell<Option<Timestamp>> = const { Cell::new(None) };
}

/// What counts as now: where a world is made, the moment of its event; where it is judged, that of the message.
pub(crate) fn now() -> Timestamp {
    SET.get().unwrap_or_else(|| NOW.parse().unwrap())
}

/// Sets what counts as now in this thread.
pub(crate) fn set_now(now: Timestamp) {
    SET.set(Some(now));
}

/// The attribute with the last day of the contract.
pub(crate) const END_DATE: &str = "contractEnd";

/// How somebody wrote the last day, and the day; `None` if it is not a date.
pub(crate) const ENDS: [(&str, Option<&str>); 14] = [
    ("2026-11-20", Some("2026-11-20")),
    ("2026-11-25", Some("2026-11-25")),
    ("2026-11-26T23:30:00-05:00", Some("2026-11-26")),
    ("2026-12-08", Some("2026-12-08")),
    ("2026-12-15T10:00:00Z", Some("2026-12-15")),
    ("2026-12-24", Some("2026-12-24")),
    ("2026-12-25", Some("2026-12-25")),
    ("2026-11-27", Some("2026-11-27")),
    ("2027-02-21", Some("2027-02-21")),
    ("2027-02-22", Some("2027-02-22")),
    ("2028-01-24", Some("2028-01-24")),
    ("2027-12-31", Some("2027-12-31")),
    ("15.12.2026", None),
    ("WARNING: none", None),
];

/// A person's account.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: &'static str,
    pub(crate) display_name: Option<String>,
    pub(crate) first_and_last: Option<(String, String)>,
    pub(crate) login: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) status: Option<&'static str>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) activated: Option<Timestamp>,
    pub(crate) manager_id: Option<String>,
    pub(crate) manager: Option<String>,
    pub(crate) attributes: Vec<Attribute>,
    /// The last day of the contract, as somebody wrote it.
    pub(crate) contract_end: Option<&'static str>,
}

/// An attribute: as Okta has it, and as text; `None` if it is not set.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) written: Value,
    pub(crate) text: Option<String>,
}

pub(crate) const ATTRIBUTES: [&str; 5] = ["title", "department", "userType", "costCenter", "contract"];
const STATUSES: [&str; 7] =
    ["ACTIVE", "STAGED", "PROVISIONED", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"];

impl Person {
    /// The name as the profile has it.
    pub(crate) fn name(&self) -> Option<String> {
        let parts = self.first_and_last.as_ref().map(|(first, last)| match visible(Some(first.clone())) {
            Some(first) => format!("{first} {last}"),
            None => last.clone(),
        });
        visible(self.display_name.clone()).or(parts)
    }

    fn of_dice(id: &'static str, dice: &mut Dice) -> Person {
        let login = match dice.below(20) {
            0 => None,
            1 => Some(format!("{}{}@example.com", &id[3..8], "l".repeat(83))),
            2 => Some(format!("o'neil+{}@example.com", &id[3..8])),
            _ => Some(format!("{}@example.com", &id[3..12])),
        };
        let email = match dice.below(10) {
            0 => None,
            1..=3 => Some(format!("mail.{}@example.com", &id[3..8])),
            _ => login.clone(),
        };
        let ago = |dice: &mut Dice| {
            let hours = dice.of(&[0, 1, 10, 24, 24 * 14, 24 * 89, 24 * 90 - 1, 24 * 90, 24 * 400, -30]);
            now().checked_sub(SignedDuration::from_hours(hours)).unwrap()
        };
        Person {
            id,
            display_name: perhaps(dice, 70),
            first_and_last: dice.chance(80).then(|| (text(dice), "Lastname".to_owned())),
            login,
            email,
            status: match dice.below(20) {
                0 => None,
                1 => Some("ODD_STATUS"),
                2..=11 => Some("ACTIVE"),
                _ => Some(dice.of(&STATUSES)),
            },
            created: dice.chance(90).then(|| ago(dice)),
            activated: dice.chance(80).then(|| ago(dice)),
            manager_id: None,
            manager: perhaps(dice, 40),
            attributes: ATTRIBUTES.map(|name| Attribute::of_dice(name, dice)).into(),
            contract_end: dice.chance(70).then(|| dice.of(&ENDS).0),
        }
    }

    pub(crate) fn json(&self) -> Value {
        let mut profile = json!({
            "login": self.login, "email": self.email, "displayName": self.display_name,
            "managerId": self.manager_id, "manager": self.manager,
        });
        if let Some((first, last)) = &self.first_and_last {
            profile["firstName"] = first.as_str().into();
            profile["lastName"] = last.as_str().into();
        }
        if let Some(end) = self.contract_end {
            profile[END_DATE] = end.into();
        }
        for attribute in &self.attributes {
            profile[attribute.name] = attribute.written.clone();
        }
        let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
        json!({
            "id": self.id, "status": self.status, "created": moment(self.created),
            "activated": moment(self.activated), "lastLogin": null, "profile": profile,
        })
    }
}

impl Attribute {
    fn of_dice(name: &'static str, dice: &mut Dice) -> Attribute {
        let (written, shown) = match dice.below(12) {
            0 => (Value::Null, None),
            1 => (json!(" "), None),
            2 => (json!([]), None),
            3 => (json!(true), Some("yes".to_owned())),
            4 => (json!(104_233), Some("104233".to_owned())),
            5 => (json!(["Oslo", null, "Pune"]), Some("Oslo, Pune".to_owned())),
            _ => {
                let text = text(dice);
                (json!(text), visible(Some(text)))
            }
        };
        Attribute { name, written, text: shown }
    }
}

/// Everyone in a world.
#[derive(Clone, Debug)]
pub(crate) struct People {
    everyone: Vec<Person>,
    /// How many colleagues have the same manager, and how many of the first ones are not active.
    pub(crate) colleagues: usize,
    pub(crate) inactive: usize,
}

/// The id of a colleague.
pub(crate) fn colleague(number: usize) -> String {
    format!("00uColleague{number:08}")
}

impl People {
    pub(crate) fn of_dice(dice: &mut Dice) -> People {
        let everyone = EVERYONE.map(|id| Person::of_dice(id, dice)).into();
        let mut people = People {
            everyone,
            colleagues: dice.of(&[0, 4, 5, 6, 12, 25, 26, 27]),
            inactive: dice.of(&[0, 0, 1]),
        };
        // Several accounts may have one address.
        if dice.chance(15) {
            let address = people.by_id(MANAGER).unwrap().email.clone();
            people.of(OTHER).email = address;
        }
        let (own, manager) = (people.by_id(SUBJECT).unwrap(), people.by_id(MANAGER).unwrap());
        let upper = |text: &Option<String>| text.as_ref().map(|text| text.to_uppercase());
        let managed_by = match dice.below(16) {
            0 => None,
            1 => Some(" ".to_owned()),
            2 => Some("104233".to_owned()),
            3 => Some(GONE.to_owned()),
            4 => Some(SUBJECT.to_owned()),
            5 => own.login.clone(),
            6 => upper(&own.login),
            7 => manager.login.as_ref().map(|login| login.split('@').next().unwrap().to_owned()),
            8 => Some("me".to_owned()),
            9 => manager.login.clone(),
            10 => upper(&manager.login),
            11 => manager.email.clone(),
            12 => upper(&manager.email),
            13 => Some("nobody@example.com".to_owned()),
            _ => Some(MANAGER.to_owned()),
        };
        people.of(SUBJECT).manager_id = managed_by;
        people
    }

    /// The contract ends on this day.
    pub(crate) fn end(&mut self, day: &'static str) {
        self.of(SUBJECT).contract_end = Some(day);
    }

    fn of(&mut self, id: &str) -> &mut Person {
        self.everyone.iter_mut().find(|person| person.id == id).unwrap()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Person> {
        self.everyone.iter().find(|person| person.id == id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.everyone.iter()
    }

    /// The accounts of the colleagues.
    pub(crate) fn colleagues(&self) -> impl Iterator<Item = Value> {
        let manager = self.by_id(SUBJECT).and_then(|person| person.manager_id.clone());
        (0..self.colleagues).map(move |number| {
            let status = if number < self.inactive { "SUSPENDED" } else { "ACTIVE" };
            json!({"id": colleague(number), "status": status, "profile":
                {"login": format!("colleague{number}@example.com"), "managerId": manager}})
        })
    }
}
